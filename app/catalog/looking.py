"""Looking at photos: the table behind the grid, the rows on screen, one photo with everything, and where files lie."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np

from app.catalog import places
from app.catalog.enrich import picture_texts
from app.catalog.find import scopes
from app.catalog.intake.folders import locate_folder
from app.catalog.rows import (
    AVAILABLE_FILE,
    FILE_COLUMNS,
    FILE_TABLES,
    METADATA_COLUMNS,
    SHOWN_CAPTION,
    SHOWN_MACHINE_TAG,
    metadata,
    photo_file,
)
from app.catalog.store.connection import Part, as_json
from app.core.id_sets import are_among
from app.core.query import Scope
from app.core.types import (
    Kind,
    Order,
    Photo,
    PhotoFile,
    PhotoId,
    PhotoIds,
    PhotoRow,
    PhotoTable,
    Place,
    Reason,
    Tag,
    TextLine,
)

# The id breaks ties, so that the same question gives the same order.
_ORDERS: Final = {
    Order.NEWEST: "p.taken_at DESC, p.id DESC",
    Order.OLDEST: "p.taken_at, p.id",
    Order.NAME: "p.name_key, p.id",
    Order.ADDED: "p.added_at DESC, p.id DESC",
    Order.RATING: "coalesce(g.rating, 0) DESC, p.taken_at DESC, p.id DESC",
}

_FEW: Final = 2_000
"""So many photos are sorted by themselves; more are picked from all in their order, which an index keeps."""

_GIVEN = "FROM json_each(?) j CROSS JOIN photo p ON p.id = j.value"

_ROW = (
    f"SELECT p.id, p.name, {SHOWN_CAPTION}, p.taken_at, coalesce(g.rating, 0), coalesce(g.is_favourite, 0),"
    f" NOT {AVAILABLE_FILE}, (SELECT reason FROM failure x WHERE x.photo_id = p.id AND x.stage = 'read'),"
    " p.kind, p.duration_s,"
    " EXISTS (SELECT 1 FROM file f WHERE f.photo_id = p.id AND f.role = 'twin' AND f.is_missing = 0),"
    " EXISTS (SELECT 1 FROM file f WHERE f.photo_id = p.id AND f.is_shown = 1 AND f.is_online_only = 1)"
    f" {_GIVEN} LEFT JOIN judgement g ON g.photo_id = p.id ORDER BY j.key"
)

# The shown file if it is there, else the first picture or video that is there, else the shown one; a sidecar last.
# With min(), SQLite takes the other columns from the row of the minimum.
_BEST_FILE = (
    f"SELECT {FILE_COLUMNS}, min((f.role = 'sidecar') * 2199023255552 + f.is_missing * 1099511627776"
    " - f.is_shown * 549755813888 + f.id)"
    f" FROM file f {FILE_TABLES}"
    " WHERE f.photo_id IN (SELECT value FROM json_each(?)) GROUP BY f.photo_id"
)

_PHOTO = (
    "SELECT "
    + METADATA_COLUMNS
    + ", p.name, p.width_px, p.height_px, coalesce(g.rating, 0), coalesce(g.is_favourite, 0),"
    f" NOT {AVAILABLE_FILE}, o.text, c.text, c.model_id,"
    " (SELECT reason FROM failure x WHERE x.photo_id = p.id AND x.stage <> 'prepare'"
    "  ORDER BY x.stage = 'read' DESC, x.stage LIMIT 1),"
    " p.kind, p.duration_s, w.city, w.region, w.country, w.country_code,"
    " EXISTS (SELECT 1 FROM file f WHERE f.photo_id = p.id AND f.is_shown = 1 AND f.is_online_only = 1)"
    " FROM photo p LEFT JOIN place w ON w.id = p.place_id LEFT JOIN judgement g ON g.photo_id = p.id"
    " LEFT JOIN own_caption o ON o.photo_id = p.id"
    " LEFT JOIN machine_caption c ON c.photo_id = p.id WHERE p.id = ?"
)


class Looking(Part):
    """Questions of the window and the terminal."""

    def table(self, order: Order, scope: Scope = Scope()) -> PhotoTable:  # noqa: B008 (frozen)
        """All shown photos of a scope in their order."""
        condition, given = scopes.condition(scope, self._sql.now())
        ratings = " LEFT JOIN judgement g ON g.photo_id = p.id" if order is Order.RATING else ""
        columns = self._sql.numbers(
            f"SELECT p.id, p.taken_at, p.aspect FROM photo p{ratings} WHERE {condition} ORDER BY {_ORDERS[order]}",
            given,
            columns=3,
        )
        return PhotoTable(
            ids=columns[:, 0].astype(np.int64),
            taken_at=np.ascontiguousarray(columns[:, 1]),
            aspects=columns[:, 2].astype(np.float32),
        )

    def newest_first(self, ids: PhotoIds) -> PhotoIds:
        """These photos in the order of their dates, the newest first."""
        if len(ids) < _FEW:
            given = f"json_each(?) j CROSS JOIN photo p ON p.id = j.value ORDER BY {_ORDERS[Order.NEWEST]}"
            return np.array(self._sql.column(f"SELECT p.id FROM {given}", (as_json(ids),)), np.int64)
        # One text for all ids is read four times as fast as a row for each; the limit keeps them in their order.
        ordered = f"SELECT p.id FROM photo p WHERE p.removed_at IS NULL ORDER BY {_ORDERS[Order.NEWEST]} LIMIT -1"
        listed = np.fromstring(self._sql.value(f"SELECT group_concat(id) FROM ({ordered})") or "", np.int64, sep=",")
        chosen: PhotoIds = listed[are_among(listed, ids)]
        return chosen

    def rows(self, ids: Iterable[PhotoId]) -> list[PhotoRow]:
        """What the grid shows of these photos, in their order; photos that are no more are left out."""
        return [
            PhotoRow(
                photo_id=row[0],
                name=row[1],
                caption=row[2],
                taken_at=row[3],
                rating=row[4],
                is_favourite=bool(row[5]),
                is_offline=bool(row[6]),
                failure=None if row[7] is None else Reason(row[7]),
                kind=Kind(row[8]),
                duration_s=row[9],
                is_pair=bool(row[10]),
                is_online_only=bool(row[11]),
            )
            for row in self._sql.rows(_ROW, (as_json(ids),))
        ]

    def photo(self, photo_id: PhotoId) -> Photo | None:
        """Everything about one photo; None where it is no more."""
        row = self._sql.row(_PHOTO, (photo_id,))
        file = self._best_files([photo_id]).get(photo_id)
        if row is None or file is None:
            return None
        name, width_px, height_px, rating, is_favourite, is_offline, own, made, model_id, failure, *more = row[11:]
        return Photo(
            photo_id=photo_id,
            path=file.path,
            name=name,
            folder=places.shown(places.encoded(file.path.parent)),
            size_bytes=file.size_bytes,
            width_px=width_px,
            height_px=height_px,
            taken_at=row[0],
            metadata=metadata(row),
            rating=rating,
            is_favourite=bool(is_favourite),
            is_offline=bool(is_offline),
            caption=made if own is None else own,
            caption_model=model_id if own is None else None,
            tags=self.tags_of([photo_id]).get(photo_id, ()),
            failure=None if failure is None else Reason(failure),
            kind=Kind(more[0]),
            duration_s=more[1],
            place=Place(*more[2:6]) if more[4] else None,
            files=tuple(self.files_of([photo_id], only_present=True) or self.files_of([photo_id])),
            is_online_only=bool(more[6]),
            text=self.texts_of([photo_id]).get(photo_id, ()),
        )

    def folder_name(self, photo_id: PhotoId) -> str:
        """The photo's folder by which it is found: the name of its root, and the way from there; empty for none."""
        row = self._sql.row(
            "SELECT r.path, d.relative FROM photo p JOIN folder d ON d.id = p.folder_id JOIN root r ON r.id = d.root_id"
            " WHERE p.id = ?",
            (photo_id,),
        )
        if row is None:
            return ""
        root, relative = (places.shown(place) for place in (places.name(row[0].rstrip(b"/")), row[1]))
        return f"{root}/{relative}" if relative else root

    def photo_at(self, path: Path) -> PhotoId | None:
        """The shown photo whose file lies at ``path`` (absolute)."""
        place = places.encoded(path)
        folder_id = locate_folder(self._sql, places.parent(place))
        found: PhotoId | None = self._sql.value(
            "SELECT p.id FROM file f JOIN photo p ON p.id = f.photo_id AND p.removed_at IS NULL"
            " WHERE f.folder_id = ? AND f.name = ?",
            (folder_id, places.name(place)),
        )
        return found

    def paths(self, ids: Iterable[PhotoId]) -> dict[PhotoId, Path]:
        """Where the photos lie: for each its first file that is there."""
        return {photo_id: file.path for photo_id, file in self._best_files(ids).items()}

    def _best_files(self, ids: Iterable[PhotoId]) -> dict[PhotoId, PhotoFile]:
        return {PhotoId(row[0]): photo_file(row) for row in self._sql.rows(_BEST_FILE, (as_json(ids),))}

    def files_of(self, ids: Iterable[PhotoId], *, only_present: bool = False) -> list[PhotoFile]:
        """All files of the photos, in the order of ``ids``: each photo's shown one first, its sidecars last.

        ``only_present``: without those that were not there when their folder was last looked at.
        """
        present = "WHERE f.is_missing = 0" if only_present else ""
        rows = self._sql.rows(
            f"SELECT {FILE_COLUMNS} FROM json_each(?) j CROSS JOIN file f ON f.photo_id = j.value {FILE_TABLES}"
            f" {present} ORDER BY j.key, f.is_shown DESC, f.role = 'sidecar', f.is_missing, f.id",
            (as_json(ids),),
        )
        return [photo_file(row) for row in rows]

    def tags_of(self, ids: Iterable[PhotoId]) -> dict[PhotoId, tuple[Tag, ...]]:
        """The shown tags of photos: a person's first, then the machine's, surest first. Without tags: not in it."""
        given = as_json(ids)
        rows = self._sql.rows(
            "SELECT o.photo_id, t.name, NULL AS confidence FROM own_tag o JOIN tag t ON t.id = o.tag_id"
            " WHERE o.photo_id IN (SELECT value FROM json_each(?1))"
            " UNION ALL SELECT m.photo_id, t.name, m.confidence FROM machine_tag m JOIN tag t ON t.id = m.tag_id"
            f" WHERE m.photo_id IN (SELECT value FROM json_each(?1)) AND {SHOWN_MACHINE_TAG} AND NOT EXISTS"
            "  (SELECT 1 FROM own_tag o WHERE o.photo_id = m.photo_id AND o.tag_id = m.tag_id)",
            (given,),
        )
        found: dict[PhotoId, tuple[Tag, ...]] = {}
        for photo_id, name, confidence in sorted(rows, key=lambda row: (row[2] is not None, -(row[2] or 0), row[1])):
            found[photo_id] = (*found.get(photo_id, ()), Tag(name, confidence))
        return found

    def texts_of(self, ids: Iterable[PhotoId]) -> dict[PhotoId, tuple[TextLine, ...]]:
        """What stands in the pictures. Without text: not in it."""
        return picture_texts.texts_of(self._sql, ids)

    def captions_of(self, ids: Iterable[PhotoId]) -> dict[PhotoId, str]:
        """The shown captions: a person's where there is one, else the machine's. Without one: not in it."""
        rows = self._sql.rows(f"SELECT p.id, {SHOWN_CAPTION} {_GIVEN}", (as_json(ids),))
        return {photo_id: text for photo_id, text in rows if text is not None}
