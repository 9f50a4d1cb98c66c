"""Rows of the catalogue as the shared nouns: which columns to ask for, and what is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from app.catalog import places
from app.catalog.store.connection import Connection, Row, as_json
from app.core.types import DateSource, FileId, Metadata, PhotoFile, PhotoId, Role

FILE_COLUMNS: Final = "f.photo_id, f.id, r.path, d.relative, f.name, f.size_bytes, f.mtime_ns, f.role"
FILE_TABLES: Final = "JOIN folder d ON d.id = f.folder_id JOIN root r ON r.id = d.root_id"

METADATA_COLUMNS: Final = (
    "taken_at, date_source, utc_offset_min, latitude, longitude, camera, lens, exposure_s, f_number, iso, focal_mm"
)

AVAILABLE_FILE: Final = (
    "EXISTS (SELECT 1 FROM file f JOIN folder d ON d.id = f.folder_id JOIN root r ON r.id = d.root_id"
    " WHERE f.photo_id = p.id AND f.is_missing = 0 AND f.role <> 'sidecar' AND r.is_offline = 0)"
)
"""Whether a picture or video of photo ``p`` can be opened now."""

# Few photos lie on an absent drive or are missing, so these are looked for first.
OFFLINE_PHOTOS: Final = (
    "SELECT p.id FROM photo p WHERE p.removed_at IS NULL AND p.id IN"
    " (SELECT photo_id FROM file WHERE is_missing = 1 UNION SELECT f.photo_id FROM file f WHERE f.folder_id IN"
    "  (SELECT d.id FROM folder d JOIN root r ON r.id = d.root_id WHERE r.is_offline = 1))"
    f" AND NOT {AVAILABLE_FILE}"
)

SHOWN_CAPTION: Final = (
    "coalesce((SELECT text FROM own_caption WHERE photo_id = p.id),"
    " (SELECT text FROM machine_caption WHERE photo_id = p.id))"
)

SHOWN_FROM: Final = 0.5
"""A machine's tag is shown from this confidence on; indexes and tallies of the schema say the same."""

SHOWN_MACHINE_TAG: Final = (
    f"m.confidence >= {SHOWN_FROM} AND NOT EXISTS"
    " (SELECT 1 FROM rejected_tag x WHERE x.photo_id = m.photo_id AND x.tag_id = m.tag_id)"
)

SUBTREE: Final = (
    "WITH RECURSIVE subtree(id) AS (SELECT ? UNION ALL"
    " SELECT folder.id FROM folder JOIN subtree ON folder.parent_id = subtree.id)"
)
"""A folder and all below it; its one parameter is the folder's id."""


def photo_file(row: Row) -> PhotoFile:
    """From FILE_COLUMNS."""
    return PhotoFile(
        photo_id=PhotoId(row[0]),
        file_id=FileId(row[1]),
        path=places.joined(row[2], row[3], row[4]),
        size_bytes=row[5],
        mtime_ns=row[6],
        role=Role(row[7]),
    )


def with_others(sql: Connection, files: Sequence[PhotoFile]) -> list[PhotoFile]:
    """The files, each with the other files of its photo that are there."""
    rows = sql.rows(
        f"SELECT {FILE_COLUMNS} FROM json_each(?) j CROSS JOIN file f ON f.photo_id = j.value {FILE_TABLES}"
        " WHERE f.is_shown = 0 AND f.is_missing = 0 AND f.is_online_only = 0 AND r.is_offline = 0 ORDER BY f.id",
        (as_json(file.photo_id for file in files),),
    )
    others: dict[int, tuple[tuple[Path, Role], ...]] = {}
    for other in map(photo_file, rows):
        others[other.photo_id] = (*others.get(other.photo_id, ()), (other.path, other.role))
    return [replace(file, others=others[file.photo_id]) if file.photo_id in others else file for file in files]


def metadata(row: Row) -> Metadata:
    """From a row that begins with METADATA_COLUMNS."""
    return Metadata(row[0], DateSource(row[1]), *row[2:11])


def storable(text: str | None) -> str | None:
    """Text from outside may hold lone surrogates, which SQLite refuses."""
    return None if text is None else text.encode("utf-8", "replace").decode("utf-8")
