"""Scopes: as an SQL condition on photo ``p``, and as the ids of the photos in them."""

from __future__ import annotations

from pathlib import Path

from app.catalog.rows import SHOWN_MACHINE_TAG, SUBTREE
from app.catalog.store.connection import Connection, Part
from app.catalog.tag_names import tag_key
from app.core.query import Scope
from app.core.types import PhotoIds, Place

RECENT_S = 30 * 24 * 3600

_SCOPES_KEPT = 4
_CLOCK_S = 3600
"""How long a photo may still count as recent after it no longer is, where nothing else changes."""


class Scopes(Part):
    """Which photos a scope holds. Each search asks, so the last answers are kept until something is written."""

    def __init__(self, sql: Connection, library: Path) -> None:
        super().__init__(sql, library)
        self._ids_of: dict[Scope, PhotoIds] = {}
        self._valid_for: tuple[int, ...] = ()
        self._all_ids: tuple[int, PhotoIds] | None = None

    def scope_ids(self, scope: Scope) -> PhotoIds:
        """int64, shape (n,), ascending, read-only: the shown photos of a scope; all shown ones where it is empty.

        The same array is returned as long as nothing was written to the catalogue; of all shown photos, as long as they
        are the same ones, so that searching is fast while stages write what they find.
        """
        return self._all() if scope == Scope() else self._some(scope)

    def _all(self) -> PhotoIds:
        changes = int(self._sql.value("SELECT coalesce(sum(n), 0) FROM tally WHERE what = 'photo_changes'"))
        if self._all_ids is not None and self._all_ids[0] == changes:
            return self._all_ids[1]
        ids = self._sql.ids("SELECT id FROM photo WHERE removed_at IS NULL")
        ids.flags.writeable = False
        if not self._sql.db.conn.in_transaction:  # What is rolled back leaves no trace in the number of changes.
            self._all_ids = changes, ids
        return ids

    def _some(self, scope: Scope) -> PhotoIds:
        now = self._sql.now()
        moment = (*self._sql.version(), int(now // _CLOCK_S))
        if moment != self._valid_for or len(self._ids_of) > _SCOPES_KEPT:
            self._ids_of, self._valid_for = {}, moment
        if scope in self._ids_of:
            return self._ids_of[scope]
        where, given = condition(scope, now)
        ids = self._sql.ids(f"SELECT p.id FROM photo p WHERE {where}", given)
        ids.flags.writeable = False
        if not self._sql.db.conn.in_transaction:  # What is rolled back leaves no trace in the version.
            self._ids_of[scope] = ids
        return ids


def condition(scope: Scope, now: float) -> tuple[str, list[object]]:
    """SQL that is true for the shown photos of a scope, and its parameters in their order."""
    parts: list[str] = ["p.removed_at IS NULL"]
    given: list[object] = []
    if scope.folder_id is not None:
        parts.append(f"p.folder_id IN ({SUBTREE} SELECT id FROM subtree)")
        given.append(scope.folder_id)
    if scope.tag is not None:
        parts.append(f"p.id IN ({TAGGED})")
        given += [tag_key(scope.tag), tag_key(scope.tag)]
    if scope.is_favourite:
        parts.append("p.id IN (SELECT photo_id FROM judgement WHERE is_favourite = 1)")
    if scope.is_recent:
        parts.append("p.added_at >= ?")
        given.append(now - RECENT_S)
    if scope.kind is not None:
        parts.append("p.kind = ?")
        given.append(scope.kind.value)
    if scope.place is not None:
        where, names = _of_place(scope.place)
        parts.append(f"p.place_id IN (SELECT id FROM place WHERE {where})")
        given += names
    return " AND ".join(parts), given


def _of_place(place: Place) -> tuple[str, list[str]]:
    if place.city:
        return "country_code = ? AND region = ? AND city = ?", [place.country_code, place.region, place.city]
    if place.region:
        return "country_code = ? AND region = ?", [place.country_code, place.region]
    return "country_code = ?", [place.country_code]


TAGGED = (
    "SELECT o.photo_id FROM own_tag o JOIN tag t ON t.id = o.tag_id WHERE t.key = ?"
    " UNION SELECT m.photo_id FROM machine_tag m JOIN tag t ON t.id = m.tag_id"
    f" WHERE t.key = ? AND {SHOWN_MACHINE_TAG}"
)
"""Photos that show a tag; both parameters are its key."""
