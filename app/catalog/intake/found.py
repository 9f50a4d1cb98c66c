"""What walking a folder found: new, changed, returned and missing files, and which of them are one photo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.catalog import kinds, places, words
from app.catalog.intake import merging
from app.catalog.natural import natural_key
from app.catalog.rows import SUBTREE
from app.catalog.store.connection import ROWS_A_TRANSACTION, Connection, Part, Row, as_json, chunked
from app.core.clock import wall_clock
from app.core.types import DateSource, FileId, FolderId, FoundFile, FoundPhoto, PhotoId, Role

UNREAD_ASPECT = 4 / 3
NOT_THERE = ("trashed", "left_out")
"""Reasons for which a photo is not shown that end with its file being found."""

_KNOWN = (
    "SELECT f.name, f.id, f.photo_id, f.size_bytes, f.mtime_ns, f.is_missing, p.removed_reason, f.role,"
    " f.is_shown, f.is_online_only FROM file f JOIN photo p ON p.id = f.photo_id WHERE f.folder_id = ?"
)


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file of a folder as the catalogue knows it.

    ``removed_reason``: why its photo is not shown: "removed" and "folder" by a person, "trashed", "left_out" by a
    pattern, "small" by its pixels; None: it is.
    """

    file_id: FileId
    photo_id: PhotoId
    size_bytes: int
    mtime_ns: int
    is_missing: bool
    removed_reason: str | None
    role: Role
    is_shown: bool
    is_online_only: bool

    def is_as(self, file: FoundFile) -> bool:
        """Whether the file is there just as it is known."""
        return (
            not self.is_missing
            and self.size_bytes == file.size_bytes
            and self.mtime_ns == file.mtime_ns
            and self.is_online_only == file.is_online_only
        )


class Found(Part):
    """Taking in what was found in a folder. Running any of it again changes nothing."""

    def known_files(self, folder_id: FolderId) -> dict[bytes, KnownFile]:
        """The files of one folder (not of those below it), by name."""
        return {row[0]: _known_file(row) for row in self._sql.rows(_KNOWN, (folder_id,))}

    def write_found(
        self, folder_id: FolderId, found: Sequence[FoundPhoto] = (), *, missing: Sequence[FileId] = ()
    ) -> list[PhotoId]:
        """Write what a walk found in one folder, at most 200 files a transaction.

        A changed file that is shown is read again, and so is one whose sidecars have changed; what was derived stays
        until the reading shows another picture. Files that join a known photo leave it its id and all that a person
        decided. Where files of several photos turn out to be one, these are merged; where a photo's files turn out to
        be two, the one that is shown stays with it. A photo that had gone to the trash, or that a pattern left out, is
        shown again as soon as one of its pictures is there again.

        Args:
            folder_id: where the files lie.
            found: photos to write, as a whole each; those that are known to be so already need not be among them.
            missing: gone from the disk; their photos stay. Written first.

        Returns:
            The photos that are no more, since they turned out to be a part of others.
        """
        for ids in chunked(self._shown_first(missing)):
            with self._sql.write():
                self._lose(ids)
        gone: list[PhotoId] = []
        for photos in _by_files(found):
            with self._sql.write():
                gone += _Writing(self._sql, self._library, folder_id).write(photos)
        return gone

    def _shown_first(self, ids: Sequence[FileId]) -> list[FileId]:
        return self._sql.column(
            "SELECT f.id FROM json_each(?) j CROSS JOIN file f ON f.id = j.value ORDER BY f.is_shown DESC, j.key",
            (as_json(ids),),
        )

    def _lose(self, ids: Sequence[FileId]) -> None:
        given = (as_json(ids),)
        chosen = "(SELECT value FROM json_each(?))"
        self._sql.run(f"UPDATE file SET is_missing = 1 WHERE id IN {chosen}", given)
        # What the shown file says with its sidecars may be another thing without them.
        told_otherwise = (
            "is_shown = 1 AND is_missing = 0 AND photo_id IN"
            f" (SELECT photo_id FROM file WHERE role = 'sidecar' AND id IN {chosen})"
        )
        self._sql.run(f"UPDATE file SET needs_read = 1 WHERE {told_otherwise}", given)
        self._sql.run(
            f"UPDATE in_hand SET is_late = 1 WHERE file_id IN (SELECT id FROM file WHERE {told_otherwise})", given
        )
        photos = self._sql.column(
            f"SELECT DISTINCT photo_id FROM file WHERE role IN ('motion', 'twin') AND id IN {chosen}", given
        )
        if photos:
            kinds.keep_in_step(self._sql, photos)

    def mark_folder_missing(self, folder_id: FolderId) -> None:
        """A folder is gone from the disk: so are all files in it and below it; their photos stay."""
        gone = self._sql.column(
            f"{SUBTREE} SELECT id FROM file WHERE folder_id IN subtree AND is_missing = 0", (folder_id,)
        )
        self.write_found(folder_id, missing=gone)

    def leave_out(self, folder_id: FolderId, names: Iterable[bytes]) -> None:
        """A person's patterns name these files: their photos leave until no pattern does; nothing of them is lost."""
        known = self.known_files(folder_id)
        self._leave_out([known[name].photo_id for name in names if name in known])

    def leave_folder_out(self, folder_id: FolderId) -> None:
        """A person's patterns name this folder: what is known of it and below it leaves until no pattern does."""
        self._leave_out(self._sql.column(f"{SUBTREE} SELECT id FROM photo WHERE folder_id IN subtree", (folder_id,)))

    def _leave_out(self, ids: Sequence[PhotoId]) -> None:
        for chosen in chunked(ids):
            self._sql.run(
                "UPDATE photo SET removed_at = ?, removed_reason = 'left_out'"
                " WHERE removed_at IS NULL AND id IN (SELECT value FROM json_each(?))",
                (self._sql.now(), as_json(chosen)),
            )

    def restore_photos(self, ids: Iterable[PhotoId]) -> None:
        """A person adds these photos again that were removed before."""
        self._sql.run(
            "UPDATE photo SET removed_at = NULL, removed_reason = NULL WHERE id IN (SELECT value FROM json_each(?))",
            (as_json(ids),),
        )


class _Writing:
    """Writes found photos of one folder, in one transaction."""

    def __init__(self, sql: Connection, library: Path, folder_id: FolderId) -> None:
        self._sql = sql
        self._library = library
        self._folder_id = folder_id
        self._known: dict[bytes, KnownFile] = {}
        self._merged: dict[int, int] = {}

    def write(self, photos: Sequence[FoundPhoto]) -> list[PhotoId]:
        """Write them; the photos that were merged into others."""
        names = [file.name for photo in photos for file in photo.files]
        marks = ",".join("?" * len(names))
        # Read here: another program, or this one before it was killed, may have been here since they were compared.
        rows = self._sql.rows(f"{_KNOWN} AND f.name IN ({marks})", (self._folder_id, *names))
        self._known = {row[0]: _known_file(row) for row in rows}
        written, renamed = [], []
        for photo in photos:
            owners = self._owners(photo)
            photo_id = self._one_of(owners) if owners else self._insert(photo)
            if not owners:
                self._write_all(photo_id, photo)
                renamed.append(photo_id)
            elif self._write_changes(photo_id, photo):
                renamed.append(photo_id)
            written.append(photo_id)
        # Files may have left other photos for these.
        kinds.keep_in_step(self._sql, {*written, *(old.photo_id for old in self._known.values())})
        words.keep_in_step(self._sql, renamed)
        return [PhotoId(photo_id) for photo_id in self._merged]

    def _one_of(self, owners: Sequence[int]) -> int:
        """The one photo that several are."""
        if len(owners) == 1:
            return owners[0]
        stays = merging.merge(self._sql, self._library, owners)
        self._merged |= {photo_id: stays for photo_id in owners if photo_id != stays}
        return stays

    def _owners(self, photo: FoundPhoto) -> list[int]:
        """The known photos that these files are, the shown file's first.

        A file's photo is not among them where it shows another file that is there and does not belong here; nor is,
        beside a shown photo, one that a person removed.
        """
        files = [photo.shown, *(file for file, role in photo.others if role is not Role.SIDECAR)]
        known = [self._known[file.name] for file in files if file.name in self._known]
        ours = {old.file_id for old in known}
        found = dict.fromkeys(self._merged.get(old.photo_id, old.photo_id) for old in known)
        rows = self._sql.rows(
            "SELECT p.id, p.removed_reason, f.id FROM json_each(?) j JOIN photo p ON p.id = j.value"
            " LEFT JOIN file f ON f.photo_id = p.id AND f.is_shown = 1 AND f.is_missing = 0 ORDER BY j.key",
            (as_json(found),),
        )
        free = [(photo_id, why) for photo_id, why, shown in rows if shown is None or shown in ours]
        wanted = [photo_id for photo_id, why in free if why is None or why in NOT_THERE]
        return wanted or [photo_id for photo_id, _ in free][:1]

    def _insert(self, photo: FoundPhoto) -> int:
        file = photo.shown
        name = places.shown(file.name)
        return self._sql.insert(
            "INSERT INTO photo(folder_id, name, name_key, aspect, taken_at, date_source, read_taken_at,"
            " read_date_source, added_at, kind, read_kind) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5, ?6, ?7, ?8, ?8)",
            (
                self._folder_id,
                name,
                natural_key(name),
                UNREAD_ASPECT,
                wall_clock(file.mtime_ns / 1e9),
                DateSource.FILE.value,
                self._sql.now(),
                photo.kind.value,
            ),
        )

    def _write_all(self, photo_id: int, photo: FoundPhoto) -> None:
        """Write the files of a new photo."""
        self._write_file(photo_id, photo.shown, Role.ORIGINAL, is_shown=True, needs_read=True)
        for file, role in photo.others:
            self._write_file(photo_id, file, role, is_shown=False, needs_read=False)

    def _write_changes(self, photo_id: int, photo: FoundPhoto) -> bool:
        """Write a known photo's files; whether another one is shown than before, so that its name is another."""
        shown = self._known.get(photo.shown.name)
        is_other = shown is None or shown.photo_id != photo_id or not shown.is_shown
        if is_other:
            self._show(photo_id, photo)
        is_back = is_other or shown is None or not shown.is_as(photo.shown) or shown.removed_reason in NOT_THERE
        needs_read = is_other or shown is None or _differs(shown, photo.shown)
        for file, role in photo.others:
            old = self._known.get(file.name)
            is_new = old is None or old.photo_id != photo_id or not old.is_as(file)
            # A small picture beside a raw or a video is a photo: its reading tells.
            if role is Role.SIDECAR or (shown is not None and shown.removed_reason == "small"):
                needs_read |= is_new
            if role is not Role.SIDECAR:
                is_back |= old is not None and old.is_missing
            if is_new or old is None or old.role is not role or old.is_shown:
                self._write_file(photo_id, file, role, is_shown=False, needs_read=False)
        if is_back or needs_read:
            self._write_file(photo_id, photo.shown, Role.ORIGINAL, is_shown=True, needs_read=needs_read)
        if is_back:
            self._bring_back(photo_id)
        if needs_read:
            self._look_again_at_small(photo_id)
        return is_other

    def _show(self, photo_id: int, photo: FoundPhoto) -> None:
        """Another file is shown than before: its name is the photo's, and it is what will be read."""
        name = places.shown(photo.shown.name)
        self._sql.run("UPDATE file SET is_shown = 0, needs_read = 0 WHERE photo_id = ? AND is_shown = 1", (photo_id,))
        self._sql.run(
            "UPDATE photo SET folder_id = ?, name = ?, name_key = ?, read_kind = ? WHERE id = ?",
            (self._folder_id, name, natural_key(name), photo.kind.value, photo_id),
        )

    def _write_file(self, photo_id: int, file: FoundFile, role: Role, *, is_shown: bool, needs_read: bool) -> None:
        # A reading that is still due stays due as long as the file is the shown one.
        self._sql.run(
            "INSERT INTO file(photo_id, folder_id, name, role, size_bytes, mtime_ns, is_online_only, is_shown,"
            " needs_read) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(folder_id, name) DO UPDATE SET"
            " photo_id = excluded.photo_id, role = excluded.role, size_bytes = excluded.size_bytes,"
            " mtime_ns = excluded.mtime_ns, is_online_only = excluded.is_online_only, is_missing = 0,"
            " is_shown = excluded.is_shown,"
            " needs_read = excluded.is_shown AND (excluded.needs_read OR file.needs_read)",
            (
                photo_id,
                self._folder_id,
                file.name,
                role.value,
                file.size_bytes,
                file.mtime_ns,
                file.is_online_only,
                is_shown,
                needs_read,
            ),
        )
        if needs_read:
            self._sql.run(
                "UPDATE in_hand SET is_late = 1 WHERE file_id = (SELECT id FROM file WHERE folder_id = ? AND name = ?)",
                (self._folder_id, file.name),
            )

    def _bring_back(self, photo_id: int) -> None:
        """A picture of it is there: its failures are forgotten; it is neither in the trash nor left out any more."""
        self._sql.run("DELETE FROM failure WHERE photo_id = ?", (photo_id,))
        self._sql.run(
            "UPDATE photo SET removed_at = NULL, removed_reason = NULL"
            " WHERE removed_reason IN ('trashed', 'left_out') AND id = ?",
            (photo_id,),
        )

    def _look_again_at_small(self, photo_id: int) -> None:
        """Its file has changed: whether it is too small still, its reading tells, as if it were new."""
        self._sql.run(
            "UPDATE photo SET removed_at = NULL, removed_reason = NULL, is_read = 0, content_hash = NULL"
            " WHERE removed_reason = 'small' AND id = ?",
            (photo_id,),
        )


def _known_file(row: Row) -> KnownFile:
    _, file_id, photo_id, size_bytes, mtime_ns, is_missing, removed_reason, role, is_shown, is_online_only = row
    return KnownFile(
        FileId(file_id),
        PhotoId(photo_id),
        size_bytes,
        mtime_ns,
        bool(is_missing),
        removed_reason,
        Role(role),
        bool(is_shown),
        bool(is_online_only),
    )


def _by_files(photos: Sequence[FoundPhoto]) -> Iterator[list[FoundPhoto]]:
    """Cut into lists of one transaction's length, counted in files; a photo is never cut."""
    batch: list[FoundPhoto] = []
    files = 0
    for photo in photos:
        count = 1 + len(photo.others)
        if batch and files + count > ROWS_A_TRANSACTION:
            yield batch
            batch, files = [], 0
        batch.append(photo)
        files += count
    if batch:
        yield batch


def _differs(known: KnownFile, file: FoundFile) -> bool:
    """Whether the file must be read again: another version, or no longer in the cloud alone."""
    is_here_now = known.is_online_only and not file.is_online_only
    return is_here_now or (known.size_bytes, known.mtime_ns) != (file.size_bytes, file.mtime_ns)
