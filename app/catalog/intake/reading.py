"""Which files are to be read, what reading them gave, and what failed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from app.catalog import dates, kinds, words
from app.catalog.intake.found import UNREAD_ASPECT
from app.catalog.intake.whereabouts import forget_places
from app.catalog.intake.written import HAS_DECISIONS, hand_over, take_over
from app.catalog.rows import FILE_COLUMNS, FILE_TABLES, SUBTREE, photo_file, storable, with_others
from app.catalog.store.connection import Part, as_json, chunked
from app.catalog.vectors.embeddings import forget_everywhere
from app.core.clock import wall_clock
from app.core.types import (
    DateSource,
    Failure,
    FileId,
    FolderId,
    PhotoFile,
    PhotoId,
    ReadPhoto,
    Reason,
    Stage,
)

SMALL_PX = 100
"""A picture whose edges are both shorter is an icon, a button, a preview that a program keeps: no photo."""

_TO_READ = (
    f"FROM file f INDEXED BY file_to_read JOIN photo p ON p.id = f.photo_id {FILE_TABLES}"
    " WHERE f.needs_read = 1 AND f.is_missing = 0 AND f.is_online_only = 0 AND r.is_offline = 0"
    " AND p.removed_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM failure x WHERE x.photo_id = p.id AND x.stage = 'read')"
)


class Reading(Part):
    """The first reading of files."""

    def photos_to_read(
        self, limit: int, first: Sequence[PhotoId] = (), under: FolderId | None = None
    ) -> list[PhotoFile]:
        """Shown files that were never read, have changed, or lost their thumbnail, and can be read now.

        Args:
            limit: at most so many.
            first: photos before all others, in this order.
            under: only in this folder and below it.

        Returns:
            Each with the other files of its photo that are there. What would have to be downloaded is not among them.
        """
        chosen = self._to_read_of(first)[:limit] if first else []
        inside = f" AND f.folder_id IN ({SUBTREE} SELECT id FROM subtree)" if under is not None else ""
        rows = self._sql.rows(
            f"SELECT {FILE_COLUMNS} {_TO_READ}{inside} ORDER BY f.mtime_ns DESC, f.id DESC LIMIT ?",
            (*([under] if under is not None else []), limit),
        )
        taken = {file.file_id for file in chosen}
        others = [photo_file(row) for row in rows if row[1] not in taken]
        return with_others(self._sql, [*chosen, *others][:limit])

    def _to_read_of(self, ids: Sequence[PhotoId]) -> list[PhotoFile]:
        to_read = _TO_READ.replace("INDEXED BY file_to_read", "INDEXED BY file_by_photo")
        rows = self._sql.rows(
            f"SELECT {FILE_COLUMNS} {to_read} AND f.photo_id IN (SELECT value FROM json_each(?))", (as_json(ids),)
        )
        place = {photo_id: number for number, photo_id in enumerate(ids)}
        return sorted((photo_file(row) for row in rows), key=lambda file: place[file.photo_id])

    def count_to_read(self) -> int:
        return int(self._sql.value(f"SELECT count(*) {_TO_READ}"))

    def write_reads(self, reads: Sequence[ReadPhoto]) -> list[PhotoId]:
        """Write what reading gave. Where the picture is another one than before, what was derived from it goes.

        Returns:
            Photos whose picture changed. Their vectors have been dropped from every store by the time this is written:
            were they dropped afterwards, a crash between would leave a vector of a picture that is gone.
        """
        changed: list[PhotoId] = []
        for batch in chunked(reads):
            before = self._contents(batch)
            others = [read.photo_id for read in batch if before[read.photo_id] not in (None, read.content_hash)]
            forget_everywhere(self._library, others)
            with self._sql.write():
                shown = self._still_shown(batch)
                self._write_files(shown)
                self._write_photos(shown)
                self._forget_derived(others)
                self._leave_small_out(r.photo_id for r in shown if before[r.photo_id] != r.content_hash)
            changed += others
        return changed

    def _contents(self, reads: Sequence[ReadPhoto]) -> Mapping[PhotoId, bytes | None]:
        """What is known of the photos' pictures so far; None for those that were never read."""
        given = (as_json(read.photo_id for read in reads),)
        found = self._sql.rows("SELECT id, content_hash FROM photo WHERE id IN (SELECT value FROM json_each(?))", given)
        return defaultdict(lambda: None, found)

    def _leave_small_out(self, ids: Iterable[PhotoId]) -> None:
        """Icons and the like leave the library until their file changes.

        A person's single files stay, and so does what was read before as it is now: somebody wanted it back.
        """
        self._sql.run(
            "UPDATE photo SET removed_at = ?, removed_reason = 'small' WHERE removed_at IS NULL"
            " AND width_px < ? AND height_px < ? AND id IN (SELECT value FROM json_each(?))"
            " AND folder_id IN (SELECT d.id FROM folder d JOIN root r ON r.id = d.root_id WHERE r.is_whole = 1)"
            " AND NOT EXISTS (SELECT 1 FROM file f WHERE f.photo_id = photo.id AND f.role IN ('twin', 'motion'))",
            (self._sql.now(), SMALL_PX, SMALL_PX, as_json(ids)),
        )

    def small_among(self, ids: Iterable[PhotoId]) -> list[PhotoId]:
        """Of these photos, those that are left out because they are too small."""
        return self._sql.column(
            "SELECT id FROM photo WHERE removed_reason = 'small' AND id IN (SELECT value FROM json_each(?))",
            (as_json(ids),),
        )

    def _still_shown(self, reads: Sequence[ReadPhoto]) -> list[ReadPhoto]:
        """The reads of files that are still what their photo shows.

        Where a walk found meanwhile that another file is, that one is read (again): the thumbnail is of this one.
        """
        given = (as_json(read.file_id for read in reads),)
        owners: dict[int, int] = dict(
            self._sql.rows(
                "SELECT id, photo_id FROM file WHERE is_shown = 1 AND id IN (SELECT value FROM json_each(?))", given
            )
        )
        late = [read for read in reads if owners.get(read.file_id) != read.photo_id]
        if late:
            self._sql.run_many(
                "UPDATE file SET needs_read = 1 WHERE photo_id = ? AND is_shown = 1", [(r.photo_id,) for r in late]
            )
        return [read for read in reads if owners.get(read.file_id) == read.photo_id]

    def _write_files(self, reads: Sequence[ReadPhoto]) -> None:
        # A walk may have met a newer version, or another sidecar, while this one was read: then it is read again. An
        # older time than the known one is either that or an exchanged file; reading once more tells, and the versions
        # agree then.
        self._sql.run_many(
            "UPDATE file SET needs_read = mtime_ns > ?3 OR EXISTS"
            " (SELECT 1 FROM in_hand h WHERE h.file_id = ?1 AND h.is_late = 1),"
            " size_bytes = ?2, mtime_ns = ?3 WHERE id = ?1",
            [(read.file_id, read.size_bytes, read.mtime_ns) for read in reads],
        )
        self._sql.run_many(
            "DELETE FROM failure WHERE photo_id = ? AND stage = 'read'", [(read.photo_id,) for read in reads]
        )

    def _write_photos(self, reads: Sequence[ReadPhoto]) -> None:
        forget_places(self._sql, reads)
        self._sql.run_many(
            "UPDATE photo SET is_read = 1, width_px = ?, height_px = ?, aspect = ?, mean_colour = ?,"
            " perceptual_hash = ?, content_hash = ?, thumbnail_bytes = ?,"
            " read_taken_at = ?, read_date_source = ?, read_kind = ?, duration_s = ?, utc_offset_min = ?,"
            " latitude = ?, longitude = ?, camera = ?, lens = ?, exposure_s = ?, f_number = ?,"
            " iso = ?, focal_mm = ? WHERE id = ?",
            [_photo_values(read) for read in reads],
        )
        ids = [read.photo_id for read in reads]
        dates.keep_in_step(self._sql, ids)
        kinds.keep_in_step(self._sql, ids)
        take_over(self._sql, reads)

    def _forget_derived(self, ids: Iterable[PhotoId]) -> None:
        chosen = list(ids)
        for table in ("machine_caption", "machine_tag", "tagged", "picture_text", "failure"):
            self._sql.run_many(f"DELETE FROM {table} WHERE photo_id = ?", [(photo_id,) for photo_id in chosen])
        kinds.keep_in_step(self._sql, chosen)
        words.keep_in_step(self._sql, chosen)

    def adopt_moved(self, photo_id: PhotoId) -> PhotoId | None:
        """Recognise a photo that was moved: the same picture is known, and every file of it is missing.

        The file goes to the known photo, which keeps its id and all that belongs to it; the new photo's row goes, and
        what its file, name and sidecars say there counts. A photo that a pattern left out, where it was, is shown
        again. A new photo that a person already decided something about stays by itself.

        Returns:
            The known photo; None where this is not a moved one.
        """
        with self._sql.write():
            old_id = self._sql.value(_MOVED_FROM, (photo_id,))
            if old_id is None or self._sql.value(HAS_DECISIONS, (photo_id,)):
                return None
            # Before the row goes: a crash in between costs a vector that can be made again, not one left over.
            forget_everywhere(self._library, [photo_id])
            self._sql.run("DELETE FROM file WHERE photo_id = ?", (old_id,))
            self._sql.run("DELETE FROM failure WHERE photo_id = ? AND stage = 'read'", (old_id,))
            self._sql.run("UPDATE file SET photo_id = ? WHERE photo_id = ?", (old_id, photo_id))
            self._sql.run(
                f"UPDATE photo SET removed_at = NULL, removed_reason = NULL, ({_TOLD}) = (SELECT {_TOLD} FROM photo"
                " WHERE id = ?) WHERE id = ?",
                (photo_id, old_id),
            )
            # A copy's time may be that of copying.
            self._sql.run(
                "UPDATE photo SET (read_taken_at, read_date_source, utc_offset_min) ="
                " (n.read_taken_at, n.read_date_source, n.utc_offset_min)"
                " FROM photo n WHERE n.id = ? AND n.read_date_source <> 'file' AND photo.id = ?",
                (photo_id, old_id),
            )
            hand_over(self._sql, photo_id, old_id)
            dates.keep_in_step(self._sql, [old_id])
            kinds.keep_in_step(self._sql, [old_id])
            words.forget(self._sql, photo_id)
            self._sql.run("DELETE FROM photo WHERE id = ?", (photo_id,))
            words.keep_in_step(self._sql, [old_id])
        return PhotoId(old_id)

    def moved_photos(self) -> list[PhotoId]:
        """Photos for ``adopt_moved`` where the old place was found empty only after the new one was read."""
        return self._sql.column(_MOVED)

    def read_ids(self, start: int, end: int, limit: int = -1) -> list[PhotoId]:
        """Photos that were read, of the ids from ``start`` to below ``end``, ascending; ``limit`` -1: all."""
        return self._sql.column(
            "SELECT id FROM photo WHERE id >= ? AND id < ? AND is_read = 1 ORDER BY id LIMIT ?", (start, end, limit)
        )

    def highest_id(self) -> int:
        """The highest id of any photo; 0 where there is none."""
        return int(self._sql.value("SELECT coalesce(max(id), 0) FROM photo"))

    def forget_thumbnails(self, ids: Iterable[PhotoId]) -> None:
        """Their thumbnails are gone: they are read again."""
        for chosen in chunked(list(ids)):
            given = (as_json(chosen),)
            with self._sql.write():
                self._sql.run(
                    "UPDATE file SET needs_read = 1 WHERE is_shown = 1"
                    " AND photo_id IN (SELECT value FROM json_each(?))",
                    given,
                )
                self._sql.run(
                    "UPDATE photo SET is_read = 0, thumbnail_bytes = 0 WHERE id IN (SELECT value FROM json_each(?))",
                    given,
                )

    def write_failures(self, stage: Stage, failures: Sequence[tuple[PhotoId, FileId | None, Reason, str]]) -> None:
        """Remember what a stage could not use: not tried again until the file changes, or a person asks."""
        with self._sql.write():
            self._sql.run_many(
                "INSERT OR REPLACE INTO failure"
                "(photo_id, stage, file_id, size_bytes, mtime_ns, reason, detail, failed_at)"
                " SELECT p.id, ?, f.id, f.size_bytes, f.mtime_ns, ?, ?, ? FROM photo p LEFT JOIN file f ON f.id = ?"
                " WHERE p.id = ?",
                [
                    (stage.value, reason.value, storable(detail), self._sql.now(), file_id, photo_id)
                    for photo_id, file_id, reason, detail in failures
                ],
            )

    def failures(self) -> list[Failure]:
        """What was skipped, of the photos that are shown; the newest failure first."""
        rows = self._sql.rows(
            f"SELECT {FILE_COLUMNS}, x.stage, x.reason, x.detail FROM failure x"
            " JOIN photo p ON p.id = x.photo_id AND p.removed_at IS NULL"
            " JOIN file f ON f.id = coalesce(x.file_id,"
            "  (SELECT id FROM file WHERE photo_id = p.id ORDER BY is_shown DESC, id LIMIT 1))"
            f" {FILE_TABLES} ORDER BY x.failed_at DESC, x.photo_id"
        )
        return [Failure(PhotoId(row[0]), photo_file(row).path, Stage(row[8]), Reason(row[9]), row[10]) for row in rows]

    def clear_failures(self, stage: Stage | None = None) -> None:
        """Let them be tried again: of one stage, or all."""
        self._sql.run("DELETE FROM failure WHERE ?1 IS NULL OR stage = ?1", (None if stage is None else stage.value,))

    def take_over_failures(self) -> None:
        """The model that was being prepared is the present one now, and so are its failures."""
        with self._sql.write():
            self._sql.run("DELETE FROM failure WHERE stage = ?", (Stage.EMBED.value,))
            self._sql.run("UPDATE failure SET stage = ? WHERE stage = ?", (Stage.EMBED.value, Stage.PREPARE.value))

    def forget_failures(self, reasons: Iterable[Reason]) -> None:
        """Let files be tried again that failed for one of these reasons, whether or not they have changed."""
        given = [(reason.value,) for reason in reasons]
        if self._sql.value("SELECT EXISTS (SELECT 1 FROM failure)"):  # usually none: no need to wait for the lock
            with self._sql.write():
                self._sql.run_many("DELETE FROM failure WHERE reason = ?", given)


# What place, name, headers and sidecars of a file tell, beside its picture.
_TOLD = (
    "folder_id, name, name_key, latitude, longitude, place_id, camera, lens, exposure_s, f_number, iso, focal_mm,"
    " read_kind, duration_s"
)

# Photo n has the picture of photo o, of which every file is missing though its drive is there.
_IS_MOVED = (
    "photo o JOIN photo n ON n.content_hash = o.content_hash AND n.id <> o.id"
    " WHERE (o.removed_at IS NULL OR o.removed_reason = 'left_out') AND n.removed_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM file f JOIN folder d ON d.id = f.folder_id JOIN root r ON r.id = d.root_id"
    "  WHERE f.photo_id = o.id AND (f.is_missing = 0 OR r.is_offline = 1))"
    " AND EXISTS (SELECT 1 FROM file f WHERE f.photo_id = n.id AND f.is_missing = 0)"
)
_MOVED_FROM = f"SELECT o.id FROM {_IS_MOVED} AND n.id = ? ORDER BY (o.name = n.name) DESC, o.id LIMIT 1"
_MOVED = (
    f"SELECT DISTINCT n.id FROM {_IS_MOVED} AND o.id IN (SELECT photo_id FROM file WHERE is_missing = 1) ORDER BY n.id"
)


def _photo_values(read: ReadPhoto) -> tuple[object, ...]:
    meta = read.metadata
    is_dated = meta.taken_at is not None
    aspect = read.width_px / read.height_px if read.width_px and read.height_px else UNREAD_ASPECT
    return (
        read.width_px,
        read.height_px,
        aspect,
        read.mean_colour,
        read.perceptual_hash,
        read.content_hash,
        read.thumbnail_bytes,
        meta.taken_at if is_dated else wall_clock(read.mtime_ns / 1e9),
        (meta.date_source or DateSource.EXIF).value if is_dated else DateSource.FILE.value,
        read.kind.value,
        read.duration_s,
        meta.utc_offset_min,
        meta.latitude,
        meta.longitude,
        storable(meta.camera),
        storable(meta.lens),
        meta.exposure_s,
        meta.f_number,
        meta.iso,
        meta.focal_mm,
        read.photo_id,
    )
