"""Notice that a drive is away: its photos stay, greyed, and nothing of them counts as failed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from app.core.errors import FolderAway, OrielError, UnreadableImage
from app.core.types import FolderUnavailable, Reason, Root
from app.library.library import Library

NOT_OF_THE_PICTURE = frozenset({Reason.VANISHED, Reason.ONLINE_ONLY, Reason.UNREADABLE, Reason.CHANGED_WHILE_READ})
"""Reasons that lie with the drive, its permissions or the moment: tried again whenever its folder is looked at."""


def mark_away(library: Library) -> tuple[list[Path], list[FolderUnavailable]]:
    """Mark the library's folders offline that are not there any more.

    Returns:
        All folders that are away; a fact for each of which that was not known.
    """
    away = [root for root in library.catalog.roots() if is_away(root)]
    new = [root for root in away if not root.is_offline]
    for root in new:
        library.catalog.set_offline(root.root_id, True)
    return [root.path for root in away], [FolderUnavailable(root.path, is_offline=True) for root in new]


def is_away(root: Root) -> bool:
    """Whether a folder of the library is gone; a drive that went away often leaves its empty mount point behind."""
    if not root.path.is_dir():
        return True
    try:
        return root.is_whole and root.photo_count > 0 and is_empty(root.path)
    except OSError as error:
        return not isinstance(error, PermissionError)


def blamed(library: Library, error: UnreadableImage, path: Path) -> OrielError:
    """What keeps a photo's file from being read: FolderAway where the library's folder is gone with it."""
    if error.fields.get("reason") == Reason.VANISHED:
        for root in library.catalog.roots():
            if root.path in path.parents and is_away(root):
                return FolderAway(path=path, folder=root.path)
    return error


def is_below(path: Path, folders: Sequence[Path]) -> bool:
    """Whether a file lies in one of the folders or below it."""
    return any(folder in path.parents for folder in folders)


def is_empty(folder: Path) -> bool:
    """Raises OSError where it can't be listed."""
    with os.scandir(folder) as entries:
        return next(entries, None) is None
