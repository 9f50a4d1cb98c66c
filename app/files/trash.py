"""Moves files to the system's trash; nothing here deletes."""

from __future__ import annotations

from pathlib import Path

from send2trash import send2trash

from app.core.errors import TrashFailed


def move_to_trash(path: Path) -> None:
    """Move one file to the system's trash.

    Raises:
        TrashFailed: it is not there, or the system refused; it lies where it was.
    """
    try:
        send2trash(str(path))
    except (OSError, UnicodeError) as error:
        raise TrashFailed(path=path, detail=str(error)) from error
