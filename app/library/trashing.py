"""Move photos to the system's trash, so that a death in between leaves nothing half done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.core.errors import NotOursToMove, OrielError, TrashFailed
from app.core.types import PhotoId
from app.files import trash
from app.files.ignoring import is_in_photos_library
from app.library.library import Library


def move_to_trash(library: Library, ids: Sequence[PhotoId]) -> dict[Path, OrielError]:
    """Move the files of photos to the trash; the photos leave the library, their data stays for their return.

    The intent is written first, then the file moves, then the intent is cleared, one photo after the other.

    Returns:
        The files that are where they were: those that the trash refused (TrashFailed), those that Apple Photos keeps
        (NotOursToMove).
    """
    refused: dict[Path, OrielError] = {}
    for file in library.catalog.files_of(ids):
        if is_in_photos_library(file.path):
            refused[file.path] = NotOursToMove(path=file.path)
            continue
        library.catalog.begin_trash([file.photo_id])
        try:
            trash.move_to_trash(file.path)
        except TrashFailed as error:
            library.catalog.cancel_trash([file.photo_id])
            refused[file.path] = error
        else:
            library.catalog.finish_trash([file.photo_id])
    return refused


def settle_trash(library: Library) -> None:
    """At start-up: finish or take back what a killed program began."""
    for file in library.catalog.pending_trash():
        if file.path.exists():
            library.catalog.cancel_trash([file.photo_id])
        else:
            library.catalog.finish_trash([file.photo_id])
