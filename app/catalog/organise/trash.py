"""Photos on their way to the system's trash: the intent is written first, so that a crash half-way is noticed."""

from __future__ import annotations

from collections.abc import Iterable

from app.catalog import kinds
from app.catalog.organise import history
from app.catalog.organise.history import Edit, Facet
from app.catalog.rows import FILE_COLUMNS, FILE_TABLES, photo_file
from app.catalog.store.connection import Part, as_json
from app.core.types import FileId, PhotoFile, PhotoId


class Trash(Part):
    """Intents to move photos to the trash."""

    def begin_trash(self, ids: Iterable[PhotoId]) -> None:
        """Say that these are about to be moved to the trash."""
        with self._sql.write(is_durable=True):
            self._sql.run(
                "INSERT OR IGNORE INTO trash_intent(photo_id, begun_at)"
                " SELECT id, ? FROM photo WHERE id IN (SELECT value FROM json_each(?))",
                (self._sql.now(), as_json(ids)),
            )

    def finish_trash(self, ids: Iterable[PhotoId]) -> None:
        """They are in the trash: no longer shown, unless their files come back.

        Undoing shows them again, greyed, for the file is put back by the system's trash alone; a rescan then finds it.
        """
        ids = list(ids)
        given = as_json(ids)
        removal = [self._sql.now(), "trashed"]
        chosen = "FROM json_each(?) j JOIN photo p ON p.id = j.value"
        shown = self._sql.column(f"SELECT p.id {chosen} WHERE p.removed_at IS NULL", (given,))
        with self._sql.write(is_durable=True):
            self._sql.run("UPDATE file SET is_missing = 1 WHERE photo_id IN (SELECT value FROM json_each(?))", (given,))
            history.decide(self._sql, "trash", [Edit(Facet.REMOVAL, i, None, removal) for i in shown])
            self.cancel_trash(ids)

    def cancel_trash(self, ids: Iterable[PhotoId]) -> None:
        """They are still where they were."""
        self._sql.run("DELETE FROM trash_intent WHERE photo_id IN (SELECT value FROM json_each(?))", (as_json(ids),))

    def keep_from_trash(self, photo_id: PhotoId, gone: Iterable[FileId]) -> None:
        """The trash refused a file of this photo: it stays, without those that are in the trash already."""
        with self._sql.write(is_durable=True):
            self._sql.run(
                "UPDATE file SET is_missing = 1 WHERE id IN (SELECT value FROM json_each(?))", (as_json(gone),)
            )
            kinds.keep_in_step(self._sql, [photo_id])
            self.cancel_trash([photo_id])

    def pending_trash(self) -> dict[PhotoId, list[PhotoFile]]:
        """Photos of which it is not known whether they reached the trash: a start-up looks and decides.

        Returns:
            For each the files that were there when it began, the shown one first, its sidecars last.
        """
        rows = self._sql.rows(
            f"SELECT {FILE_COLUMNS} FROM trash_intent i JOIN file f ON f.photo_id = i.photo_id {FILE_TABLES}"
            " WHERE f.is_missing = 0 ORDER BY i.photo_id, f.is_shown DESC, f.role = 'sidecar', f.id"
        )
        found: dict[PhotoId, list[PhotoFile]] = {
            photo_id: [] for photo_id in self._sql.column("SELECT photo_id FROM trash_intent ORDER BY photo_id")
        }
        for file in map(photo_file, rows):
            found[file.photo_id].append(file)
        return found
