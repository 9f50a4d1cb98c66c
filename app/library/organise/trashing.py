"""Move photos to the system's trash, so that a death in between leaves nothing half done."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from app.core.errors import NotOursToMove, OrielError, TrashFailed
from app.core.types import FileId, FoundFile, PhotoFile, PhotoId, Role
from app.files import trash
from app.files.walk.ignoring import is_in_photos_library
from app.files.walk.pairing import pair
from app.library.library import Library


def move_to_trash(library: Library, ids: Sequence[PhotoId]) -> dict[Path, OrielError]:
    """Move all files of photos to the trash; the photos leave the library, their data stays for their return.

    The intent is written first, then the files move, the shown one first and sidecars last, then the intent is
    cleared, one photo after the other. Where the trash refuses the first, nothing of the photo has moved; where it
    refuses a later picture or video, the photo stays in the library as what is left of it; a sidecar that it refuses
    is left behind. A sidecar that would be another photo's without this one stays where it is, and so does a file that
    the library does not count as there, such as a raw that a pattern leaves out.

    Returns:
        The files that are where they were: those that the trash refused (TrashFailed), those that Apple Photos keeps
        (NotOursToMove).
    """
    refused: dict[Path, OrielError] = {}
    by_photo: dict[PhotoId, list[PhotoFile]] = {}
    present = {file.file_id for file in library.catalog.files_of(ids, only_present=True)}
    for file in library.catalog.files_of(ids):
        by_photo.setdefault(file.photo_id, []).append(file)
    for photo_id, files in by_photo.items():
        # Of a photo that is missing altogether, what has come back unnoticed is meant.
        by_photo[photo_id] = [file for file in files if file.file_id in present] or files
    for photo_id, files in _without_shared(library, by_photo).items():
        if is_in_photos_library(files[0].path):
            refused[files[0].path] = NotOursToMove(path=files[0].path)
            continue
        there = [file for file in files if os.path.lexists(file.path)]
        library.catalog.begin_trash([photo_id])
        refused |= _move(library, photo_id, there or files[:1])
    return refused


def settle_trash(library: Library) -> None:
    """At start-up: finish or take back what a killed program began.

    Of a photo of which some files had gone, the others follow; of a drive that is away nothing is said until it is
    back.
    """
    for photo_id, files in _without_shared(library, library.catalog.pending_trash()).items():
        there = [file for file in files if os.path.lexists(file.path)]
        if files and not any(file.path.parent.is_dir() for file in files):
            continue
        if not there:
            library.catalog.finish_trash([photo_id])
        elif len(there) == len(files):
            library.catalog.cancel_trash([photo_id])
        else:
            _move(library, photo_id, there)


def _move(library: Library, photo_id: PhotoId, files: Sequence[PhotoFile]) -> dict[Path, OrielError]:
    """Move what is there of one photo whose intent is written; what was refused."""
    refused: dict[Path, OrielError] = {}
    moved: list[FileId] = []
    for file in files:
        try:
            trash.move_to_trash(file.path)
        except TrashFailed as error:
            refused[file.path] = error
            if file.role is not Role.SIDECAR:
                library.catalog.keep_from_trash(photo_id, moved)
                return refused
        else:
            moved.append(file.file_id)
    library.catalog.finish_trash([photo_id])
    return refused


def _without_shared(library: Library, by_photo: dict[PhotoId, list[PhotoFile]]) -> dict[PhotoId, list[PhotoFile]]:
    """Without the sidecars that belong to another photo of their folder once these photos are gone."""
    folders: dict[Path, list[PhotoFile]] = defaultdict(list)
    for files in by_photo.values():
        for file in files:
            if file.role is Role.SIDECAR:
                folders[file.path.parent].append(file)
    kept = {file for folder, beside in folders.items() for file in _shared(library, folder, beside, by_photo)}
    if not kept:
        return by_photo
    return {photo_id: [file for file in files if file.file_id not in kept] for photo_id, files in by_photo.items()}


def _shared(library: Library, folder: Path, beside: Sequence[PhotoFile], doomed: Iterable[PhotoId]) -> set[FileId]:
    folder_id = library.catalog.folder_at(folder)
    if folder_id is None:
        return set()
    gone = set(doomed)
    stay = [
        FoundFile(name, known.size_bytes, known.mtime_ns)
        for name, known in library.catalog.known_files(folder_id).items()
        if known.photo_id not in gone and not known.is_missing
    ]
    file_ids = {os.fsencode(file.path.name): file.file_id for file in beside}
    photos, _ = pair([*stay, *(FoundFile(name, 0, 0) for name in file_ids)])
    return {file_ids[file.name] for photo in photos for file, _ in photo.others if file.name in file_ids}
