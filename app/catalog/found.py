"""What walking a folder found: new, changed, returned and missing files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.catalog import places, words
from app.catalog.connection import Part, as_json, chunked
from app.catalog.natural import natural_key
from app.catalog.rows import SUBTREE
from app.core.clock import wall_clock
from app.core.types import DateSource, FileId, FolderId, FoundFile, Kind, PhotoId

UNREAD_ASPECT = 4 / 3


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file of a folder as the catalogue knows it.

    ``removed_reason``: why its photo is not shown: "removed" and "folder" by a person, "trashed", "left_out" by a
    pattern; None: it is.
    """

    file_id: FileId
    photo_id: PhotoId
    size_bytes: int
    mtime_ns: int
    is_missing: bool
    removed_reason: str | None = None
    is_online_only: bool = False


class Found(Part):
    """Taking in what was found in a folder. Running any of it again changes nothing."""

    def known_files(self, folder_id: FolderId) -> dict[bytes, KnownFile]:
        """The files of one folder (not of those below it), by name."""
        rows = self._sql.rows(
            "SELECT f.name, f.id, f.photo_id, f.size_bytes, f.mtime_ns, f.is_missing, p.removed_reason,"
            " f.is_online_only"
            " FROM file f JOIN photo p ON p.id = f.photo_id WHERE f.folder_id = ?",
            (folder_id,),
        )
        return {row[0]: KnownFile(row[1], row[2], row[3], row[4], bool(row[5]), row[6], bool(row[7])) for row in rows}

    def write_found(
        self,
        folder_id: FolderId,
        *,
        new: Sequence[FoundFile] = (),
        changed: Sequence[tuple[FileId, FoundFile]] = (),
        back: Sequence[FileId] = (),
        missing: Sequence[FileId] = (),
    ) -> None:
        """Write what a walk found in one folder, at most 200 rows a transaction.

        Args:
            folder_id: where the files lie.
            new: a photo and a file each; dated by the file until read.
            changed: other size or time: read again. What was derived stays until the reading shows another picture.
            back: were missing or left out and are there again, unchanged. A photo that had gone to the trash, or that
                a pattern left out, is shown again.
            missing: gone from the disk; their photos stay.
        """
        for found in chunked(new):
            with self._sql.write():
                self._add(folder_id, found)
        for pairs in chunked(changed):
            with self._sql.write():
                self._change(pairs)
        for ids in chunked(back):
            with self._sql.write():
                self._bring_back(ids)
        for ids in chunked(missing):
            self._sql.run(
                "UPDATE file SET is_missing = 1 WHERE id IN (SELECT value FROM json_each(?))", (as_json(ids),)
            )

    def _add(self, folder_id: FolderId, found: Sequence[FoundFile]) -> None:
        known = self.known_files(folder_id)
        added = [self._insert(folder_id, file) for file in found if file.name not in known]
        words.keep_in_step(self._sql, added)
        # Another program, or this one before it was killed, may have been here first.
        twice = [(known[file.name], file) for file in found if file.name in known]
        self._bring_back([old.file_id for old, _ in twice if old.is_missing])
        self._change([(old.file_id, file) for old, file in twice if differs(old, file)])

    def _insert(self, folder_id: FolderId, file: FoundFile) -> int:
        name = places.shown(file.name)
        photo_id = self._sql.insert(
            "INSERT INTO photo(folder_id, name, name_key, aspect, taken_at, date_source, read_taken_at,"
            " read_date_source, added_at, kind) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5, ?6, ?7, ?8)",
            (
                folder_id,
                name,
                natural_key(name),
                UNREAD_ASPECT,
                wall_clock(file.mtime_ns / 1e9),
                DateSource.FILE.value,
                self._sql.now(),
                Kind.PHOTO.value,
            ),
        )
        self._sql.insert(
            "INSERT INTO file(photo_id, folder_id, name, size_bytes, mtime_ns, is_online_only)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (photo_id, folder_id, file.name, file.size_bytes, file.mtime_ns, file.is_online_only),
        )
        return photo_id

    def _change(self, pairs: Sequence[tuple[FileId, FoundFile]]) -> None:
        self._sql.run_many(
            "UPDATE file SET size_bytes = ?, mtime_ns = ?, is_online_only = ?, needs_read = 1 WHERE id = ?",
            [(file.size_bytes, file.mtime_ns, file.is_online_only, file_id) for file_id, file in pairs],
        )
        self._bring_back([file_id for file_id, _ in pairs])

    def _bring_back(self, ids: Iterable[FileId]) -> None:
        """The file is there: present again, its failures forgotten, out of the trash if it was in it."""
        given = (as_json(ids),)
        chosen = "(SELECT photo_id FROM file WHERE id IN (SELECT value FROM json_each(?)))"
        self._sql.run("UPDATE file SET is_missing = 0 WHERE id IN (SELECT value FROM json_each(?))", given)
        self._sql.run(f"DELETE FROM failure WHERE photo_id IN {chosen}", given)
        self._sql.run(
            "UPDATE photo SET removed_at = NULL, removed_reason = NULL"
            f" WHERE removed_reason IN ('trashed', 'left_out') AND id IN {chosen}",
            given,
        )

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


def differs(known: KnownFile, file: FoundFile) -> bool:
    """Whether the file must be looked at again: another version, or no longer in the cloud alone."""
    is_here_now = known.is_online_only and not file.is_online_only
    return is_here_now or (known.size_bytes, known.mtime_ns) != (file.size_bytes, file.mtime_ns)
