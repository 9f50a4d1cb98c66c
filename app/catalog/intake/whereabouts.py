"""Where photos were taken: which still have no place, what the gazetteer said, and the places of the library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.catalog import words
from app.catalog.store.connection import Connection, Part, as_json, chunked
from app.core.types import PhotoId, Place, ReadPhoto

_UNPLACED = "FROM photo WHERE place_id IS NULL AND latitude IS NOT NULL AND removed_at IS NULL"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a photo was taken, in degrees."""

    photo_id: PhotoId
    latitude: float
    longitude: float


class Whereabouts(Part):
    """Places of photos, by their positions."""

    def photos_without_place(self, limit: int, first: Sequence[PhotoId] = ()) -> list[Position]:
        """Photos with a position whose place was not looked up yet; those of ``first`` before all others."""
        rows = self._sql.rows(
            f"SELECT id, latitude, longitude {_UNPLACED}"
            " ORDER BY id IN (SELECT value FROM json_each(?)) DESC, id LIMIT ?",
            (as_json(first), limit),
        )
        return [Position(*row) for row in rows]

    def count_without_place(self) -> int:
        return int(self._sql.value(f"SELECT count(*) {_UNPLACED}"))

    def write_places(self, places: Sequence[tuple[Position, Place]]) -> None:
        """Write where photos lie. Nowhere is an answer too; one whose position changed meanwhile stays to be asked."""
        for batch in chunked(places):
            with self._sql.write():
                self._sql.run_many(
                    "INSERT OR IGNORE INTO place(city, region, country, country_code) VALUES (?, ?, ?, ?)",
                    {(place.city, place.region, place.country, place.country_code) for _, place in batch},
                )
                self._sql.run_many(
                    "UPDATE photo SET place_id = (SELECT id FROM place WHERE city = ? AND region = ?"
                    " AND country_code = ?) WHERE id = ? AND latitude = ? AND longitude = ?",
                    [
                        (place.city, place.region, place.country_code, at.photo_id, at.latitude, at.longitude)
                        for at, place in batch
                    ],
                )
                words.keep_in_step(self._sql, [at.photo_id for at, _ in batch])

    def place_counts(self) -> list[tuple[Place, int]]:
        """Each city with its shown photos: countries by name, in each the cities with most photos first.

        ``Scope(place=…)`` takes such a place, or one of which only country, or country and region, are given.
        """
        rows = self._sql.rows(
            "SELECT w.city, w.region, w.country, w.country_code, t.n FROM tally t JOIN place w ON w.id = t.value"
            " WHERE t.what = 'place' AND t.n > 0 AND w.country_code <> ''"
            " ORDER BY w.country, w.country_code, t.n DESC, w.city, w.region"
        )
        return [(Place(*row[:4]), row[4]) for row in rows]


def forget_places(sql: Connection, reads: Sequence[ReadPhoto]) -> None:
    """Before reads are written: photos whose position is another one now are looked up again."""
    said = [(each.photo_id, each.metadata.latitude, each.metadata.longitude) for each in reads]
    given = (as_json(photo_id for photo_id, _, _ in said),)
    asked = "SELECT id FROM photo WHERE place_id IS NOT NULL AND id IN (SELECT value FROM json_each(?))"
    placed = sql.column(asked, given)
    sql.run_many(
        "UPDATE photo SET place_id = NULL WHERE id = ? AND (latitude IS NOT ? OR longitude IS NOT ?)"
        " AND place_id IS NOT NULL",
        said,
    )
    if placed:
        left = set(sql.column(asked, given))
        words.keep_in_step(sql, [photo_id for photo_id in placed if photo_id not in left])
