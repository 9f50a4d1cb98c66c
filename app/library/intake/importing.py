"""Take folders and files in: what lies on disk becomes rows; nothing is opened yet."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.catalog.intake.found import NOT_THERE, KnownFile
from app.core.errors import NotInLibrary, PathMissing
from app.core.types import (
    Fact,
    FolderId,
    FolderUnavailable,
    FoundFile,
    FoundPhoto,
    Kind,
    Progress,
    Reason,
    Root,
    RootId,
    Skipped,
    Stage,
    Summary,
)
from app.files.walk.formats import is_member
from app.files.walk.pairing import pair
from app.files.walk.volumes import volume_of
from app.files.walk.walking import FoundFolder, found_file, found_folder, walk
from app.library.intake.leaving_out import ignoring
from app.library.intake.lost import forget_lost_thumbnails
from app.library.intake.offline import NOT_OF_THE_PICTURE, is_away
from app.library.library import Library

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
    """Take in one file with those that are one photo with it, and nothing else beside it.

    Yields:
        Skipped where it is no picture; last the Summary.

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
    photo = _photo_with(found, found_folder(path.parent, left_out=library.left_out))
    known = library.catalog.known_files(folder_id)
    removed = {
        known[file.name].photo_id for file in photo.files if file.name in known and known[file.name].removed_reason
    }
    if removed:
        library.catalog.restore_photos(removed)
        known = library.catalog.known_files(folder_id)
    only = {file.name: known[file.name] for file in photo.files if file.name in known}
    yield from _sync(library, folder_id, only, [photo], tally)
    yield tally.summary


def _photo_with(file: FoundFile, folder: FoundFolder) -> FoundPhoto:
    """The photo that a file is, alone or with others; what a person names is taken though a walk passes it over."""
    return next((photo for photo in folder.photos if file in photo.files), None) or pair([file])[0][0]


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
        if is_away(root):
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
    out = _left_out_names(found, known)
    _leave_out(library, folder_id, children, found.ignored, out)
    wanted = {name: file for name, file in known.items() if name not in out}
    yield from _sync(library, folder_id, {} if b"" in found.ignored else wanted, found.photos, tally)
    gone = [child for name, child in children.items() if not (path / os.fsdecode(name)).is_dir()]
    if gone and not is_away(root):  # large folders take a while; the drive may have gone meanwhile
        for child in gone:
            library.catalog.mark_folder_missing(child)


def _left_out_names(found: FoundFolder, known: Mapping[bytes, KnownFile]) -> set[bytes]:
    """The ignored files whose photos leave: not where another of its files is wanted, as which the photo stays."""
    wanted = {known[file.name].photo_id for photo in found.photos for file in photo.files if file.name in known}
    return {name for name in found.ignored & known.keys() if known[name].photo_id not in wanted}


def _leave_out(
    library: Library, folder_id: FolderId, children: dict[bytes, FolderId], ignored: set[bytes], files: set[bytes]
) -> None:
    """What is known of names that are there but not wanted leaves."""
    if b"" in ignored:
        library.catalog.leave_folder_out(folder_id)
        return
    if files:
        library.catalog.leave_out(folder_id, files)
    for name in ignored & children.keys():
        library.catalog.leave_folder_out(children[name])


def _scan_single_files(library: Library, root: Root, tally: _Tally) -> Iterator[Fact]:
    """A folder of which only single files were added: look after those and what belongs to them, take no others in."""
    folder_id = library.catalog.folder(root.root_id, b"")
    known = library.catalog.known_files(folder_id)
    folder = found_folder(root.path, left_out=library.left_out)
    found = {photo.shown.name: photo for photo in folder.photos if any(file.name in known for file in photo.files)}
    listed = {file.name for photo in found.values() for file in photo.files}
    for name in known.keys() - listed:  # what a walk passes over, and a person named
        with suppress(PathMissing):
            file = found_file(root.path / os.fsdecode(name))
            if is_member(file.name):
                found[name] = pair([file])[0][0]
    yield from _sync(library, folder_id, known, list(found.values()), tally)


def _sync(
    library: Library,
    folder_id: FolderId,
    known: dict[bytes, KnownFile],
    found: Sequence[FoundPhoto],
    tally: _Tally,
) -> Iterator[Fact]:
    """Bring what is known of one folder in step with what was found in it."""
    names = {file.name for photo in found for file in photo.files}
    missing = [file.file_id for name, file in known.items() if name not in names and not file.is_missing]
    if missing:
        library.catalog.write_found(folder_id, missing=missing)
    # Videos last: of a photo whose picture is gone, the raw is what stays, and its motion becomes a photo of its own.
    ordered = sorted(found, key=lambda photo: photo.kind is Kind.VIDEO)
    for start in range(0, len(ordered), CHUNK):
        _sync_chunk(library, folder_id, known, ordered[start : start + CHUNK], tally)
        yield tally.progress
    yield tally.progress


def _sync_chunk(
    library: Library,
    folder_id: FolderId,
    known: dict[bytes, KnownFile],
    found: Sequence[FoundPhoto],
    tally: _Tally,
) -> None:
    other: list[FoundPhoto] = []
    for photo in _without_removed(found, known):
        if _is_settled(photo, known):
            if known[photo.shown.name].removed_reason == "small":
                tally.left_out["small"] += 1
            else:
                tally.unchanged += 1
            continue
        other.append(photo)
        if any(file.name in known for file in photo.files):
            tally.updated += 1
        else:
            tally.added += 1
    if other:
        library.thumbnails.remove(library.catalog.write_found(folder_id, other))


def _without_removed(photos: Iterable[FoundPhoto], known: Mapping[bytes, KnownFile]) -> Iterator[FoundPhoto]:
    """Without what is out of the library until a person adds it again; back from the trash is another matter.

    Beside a removed picture, the other files are a photo only where they were one, or where they show another one.
    """
    for photo in photos:
        removed = {file.name for file in photo.files if _is_out(known.get(file.name))}
        if not removed:
            yield photo
            continue
        rest = [file for file in photo.files if file.name not in removed]
        if photo.shown.name not in removed or any(file.name in known for file in rest):
            yield from pair(rest)[0]


def _is_out(file: KnownFile | None) -> bool:
    return file is not None and file.removed_reason in ("removed", "folder") and not file.is_missing


def _is_settled(photo: FoundPhoto, known: Mapping[bytes, KnownFile]) -> bool:
    """Whether a photo is known just as it was found."""
    shown = known.get(photo.shown.name)
    if shown is None or not shown.is_shown or not shown.is_as(photo.shown) or shown.removed_reason in NOT_THERE:
        return False
    for file, role in photo.others:
        other = known.get(file.name)
        if other is None or other.photo_id != shown.photo_id or other.role is not role or other.is_shown:
            return False
        if not other.is_as(file):
            return False
    return True


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
