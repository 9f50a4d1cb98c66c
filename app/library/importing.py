"""Take folders and files in: what lies on disk becomes rows; nothing is opened yet."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.catalog.found import KnownFile, differs
from app.core.errors import NotInLibrary, PathMissing
from app.core.types import (
    Fact,
    FileId,
    FolderId,
    FolderUnavailable,
    FoundFile,
    Progress,
    Reason,
    Root,
    RootId,
    Skipped,
    Stage,
    Summary,
)
from app.files.formats import is_member
from app.files.volumes import volume_of
from app.files.walking import FoundFolder, found_file, walk
from app.library.leaving_out import ignoring
from app.library.library import Library
from app.library.lost import forget_lost_thumbnails
from app.library.offline import NOT_OF_THE_PICTURE, is_away

CHUNK = 500
"""Files written between two yields: even a folder of 100,000 files leaves others their turn."""


@dataclass
class _Tally:
    """What a walk has met so far."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    started: float = field(default_factory=time.monotonic)

    @property
    def progress(self) -> Progress:
        return Progress(Stage.FIND, self.added + self.updated + self.unchanged, None)

    @property
    def summary(self) -> Summary:
        return Summary(
            Stage.FIND,
            added=self.added,
            updated=self.updated,
            unchanged=self.unchanged,
            skipped=self.skipped,
            seconds=time.monotonic() - self.started,
            left_out=dict(self.left_out),
        )


def import_path(library: Library, path: Path) -> Iterator[Fact]:
    """Take in a folder or a single file, whichever ``path`` is.

    Raises:
        PathMissing: nothing is there, and no folder of the library ever was.
    """
    path = _absolute(path)
    if path.is_dir() or _root_at(library, path) is not None:
        return import_folder(library, path)
    if not os.path.lexists(path):
        raise PathMissing(path=path)
    return import_file(library, path)


def import_folder(library: Library, folder: Path) -> Iterator[Fact]:
    """Take in a folder with all below it; taken in before, it is compared with what is known.

    Yields:
        Progress as files are found, FolderUnavailable for what cannot be listed; last the Summary.

    Raises:
        PathMissing: nothing is there, and it is no folder of the library.
    """
    folder = _absolute(folder)
    if not folder.is_dir():
        root = _root_at(library, folder)
        if root is None:
            raise PathMissing(path=folder)
        tally = _Tally()
        yield _offline(library, root, tally)
        yield tally.summary
        return
    forget_lost_thumbnails(library)
    root_id = library.catalog.add_root(folder, volume=volume_of(folder))
    yield from _scan(library, _root(library, root_id), folder)


def import_file(library: Library, path: Path) -> Iterator[Fact]:
    """Take in one file and nothing beside it. Yields Skipped where it is no picture; last the Summary.

    Raises:
        PathMissing: there is no file.
    """
    path = _absolute(path)
    tally = _Tally()
    found = found_file(path) if path.is_file() or not os.path.lexists(path) else None
    if found is None or not is_member(found.name):  # a pipe, a device, a link to itself: there, but no picture
        tally.skipped = 1
        yield Skipped(path, Stage.FIND, Reason.NOT_AN_IMAGE)
        yield tally.summary
        return
    root_id = library.catalog.add_root(path.parent, is_whole=False, volume=volume_of(path.parent))
    folder_id = library.catalog.folder(root_id, _relative(_root(library, root_id).path, path.parent))
    library.catalog.forget_failures(NOT_OF_THE_PICTURE)
    known = library.catalog.known_files(folder_id)
    if (file := known.get(found.name)) is not None and file.removed_reason is not None:
        library.catalog.restore_photos([file.photo_id])
    only = {found.name: known[found.name]} if found.name in known else {}
    yield from _sync(library, folder_id, only, [found], tally)
    yield tally.summary


def rescan(library: Library, folder: Path | None = None) -> Iterator[Fact]:
    """Compare what is known with what lies on disk, for one folder of the library or all of it.

    Raises:
        NotInLibrary: ``folder`` lies in no folder of the library.
    """
    roots = library.catalog.roots()
    if folder is not None:
        folder = _absolute(folder)
        roots = [root for root in roots if folder == root.path or root.path in folder.parents]
        if not roots:
            raise NotInLibrary(path=folder)
    forget_lost_thumbnails(library)
    for root in roots:
        yield from _scan(library, root, folder or root.path)


def _scan(library: Library, root: Root, start: Path) -> Iterator[Fact]:
    tally = _Tally()
    library.catalog.forget_failures(NOT_OF_THE_PICTURE)
    if not root.path.is_dir():
        yield _offline(library, root, tally)
    elif not root.is_whole:
        yield from _scan_single_files(library, root, tally)
    else:
        yield from _scan_whole(library, root, start, tally)
    yield tally.summary


def _scan_whole(library: Library, root: Root, start: Path, tally: _Tally) -> Iterator[Fact]:
    def is_excluded(relative: bytes) -> bool:
        return library.catalog.is_excluded(root.root_id, relative)

    if start == root.path and is_away(root):
        yield _offline(library, root, tally)
        return
    library.catalog.set_offline(root.root_id, False)
    rules = ignoring(library)
    inside = _relative(root.path, start)
    for found in walk(root.path, start=inside, left_out=library.left_out, is_excluded=is_excluded, ignoring=rules):
        if not root.path.is_dir():
            yield _offline(library, root, tally)
            return
        yield from _sync_folder(library, root, found, tally)


def _sync_folder(library: Library, root: Root, found: FoundFolder, tally: _Tally) -> Iterator[Fact]:
    tally.left_out.update(found.left_out)
    path = root.path / os.fsdecode(found.relative)
    folder_id = library.catalog.folder(root.root_id, found.relative)
    if found.error is not None:
        library.catalog.mark_folder_missing(folder_id)
        is_offline = isinstance(found.error, FileNotFoundError)
        yield FolderUnavailable(path, is_offline=is_offline, detail=found.error.strerror or "")
        return
    known = library.catalog.known_files(folder_id)
    children = library.catalog.child_folders(folder_id)
    _leave_out(library, folder_id, children, found.ignored)
    wanted = {name: file for name, file in known.items() if name not in found.ignored}
    yield from _sync(library, folder_id, {} if b"" in found.ignored else wanted, found.files, tally)
    for name, child in children.items():
        if not (path / os.fsdecode(name)).is_dir():
            library.catalog.mark_folder_missing(child)


def _leave_out(library: Library, folder_id: FolderId, children: dict[bytes, FolderId], ignored: set[bytes]) -> None:
    """What is known of names that are there but not wanted leaves; a name is one of a file or of a folder."""
    if b"" in ignored:
        library.catalog.leave_folder_out(folder_id)
        return
    if ignored:
        library.catalog.leave_out(folder_id, ignored)
    for name in ignored & children.keys():
        library.catalog.leave_folder_out(children[name])


def _scan_single_files(library: Library, root: Root, tally: _Tally) -> Iterator[Fact]:
    """A folder of which only single files were added: look after those, take no others in."""
    folder_id = library.catalog.folder(root.root_id, b"")
    known = library.catalog.known_files(folder_id)
    found = []
    for name in known:
        with suppress(PathMissing):
            found.append(found_file(root.path / os.fsdecode(name)))
    yield from _sync(library, folder_id, known, found, tally)


def _sync(
    library: Library,
    folder_id: FolderId,
    known: dict[bytes, KnownFile],
    found: Sequence[FoundFile],
    tally: _Tally,
) -> Iterator[Fact]:
    """Bring what is known of one folder in step with what was found in it."""
    for start in range(0, len(found), CHUNK):
        _sync_chunk(library, folder_id, known, found[start : start + CHUNK], tally)
        yield tally.progress
    names = {file.name for file in found}
    missing = [file.file_id for name, file in known.items() if name not in names and not file.is_missing]
    if missing:
        library.catalog.write_found(folder_id, missing=missing)
    yield tally.progress


def _sync_chunk(
    library: Library,
    folder_id: FolderId,
    known: dict[bytes, KnownFile],
    found: Sequence[FoundFile],
    tally: _Tally,
) -> None:
    new: list[FoundFile] = []
    changed: list[tuple[FileId, FoundFile]] = []
    back: list[FileId] = []
    for file in found:
        before = known.get(file.name)
        if before is None:
            new.append(file)
        elif before.removed_reason not in (None, "left_out") and not before.is_missing:
            continue  # out of the library until a person adds it again; back from the trash is another matter
        elif differs(before, file):
            changed.append((before.file_id, file))
        elif before.is_missing or before.removed_reason == "left_out":
            back.append(before.file_id)
        else:
            tally.unchanged += 1
    if new or changed or back:
        library.catalog.write_found(folder_id, new=new, changed=changed, back=back)
    tally.added += len(new)
    tally.updated += len(changed) + len(back)


def _offline(library: Library, root: Root, tally: _Tally) -> FolderUnavailable:
    library.catalog.set_offline(root.root_id, True)
    tally.unchanged += root.photo_count
    return FolderUnavailable(root.path, is_offline=True)


def _root_at(library: Library, path: Path) -> Root | None:
    return next((root for root in library.catalog.roots() if root.path == path), None)


def _root(library: Library, root_id: RootId) -> Root:
    return next(root for root in library.catalog.roots() if root.root_id == root_id)


def _absolute(path: Path) -> Path:
    """Links resolved, so that one folder reached by two names is one folder."""
    return Path(os.path.realpath(path.expanduser()))


def _relative(root: Path, folder: Path) -> bytes:
    relative = folder.relative_to(root).as_posix()
    return b"" if relative == "." else os.fsencode(relative)
