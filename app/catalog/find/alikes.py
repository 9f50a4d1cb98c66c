"""What tells which photos are nearly the same picture, read for all photos at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from app.catalog.store.connection import Parameters, Part, as_json
from app.core.types import DateSource, Kind, PhotoId, PhotoIds

_OF_THE_SHOT = ", ".join(f"'{source}'" for source in (DateSource.EXIF, DateSource.XMP, DateSource.VIDEO))
_AMONG = " AND id IN (SELECT value FROM json_each(?))"
_LAID_OUT = ", ".join(f"'{kind}'" for kind in (Kind.SCREENSHOT, Kind.DOCUMENT))


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """How photos look, as columns in the order in which they were taken.

    Attributes:
        ids: int64, shape (n,).
        shot_at: float64, shape (n,), seconds; not a number where the date is not the moment of the shot.
        hashes: uint64, shape (n,): difference hashes of the thumbnails.
        aspects: float32, shape (n,), width / height.
        is_laid_out: bool, shape (n,): screenshots and documents, which look alike and say different things.
        copies: int64, shape (m, 2): a photo, and the first one with the same image data.
    """

    ids: PhotoIds
    shot_at: npt.NDArray[np.float64]
    hashes: npt.NDArray[np.uint64]
    aspects: npt.NDArray[np.float32]
    is_laid_out: npt.NDArray[np.bool_]
    copies: npt.NDArray[np.int64]


class Alikes(Part):
    """Looks of photos."""

    def looks(self, ids: Iterable[PhotoId] | None = None) -> Looks:
        """Of all shown photos that were read; ``ids``: of a few."""
        given = () if ids is None else (as_json(ids),)
        among = "" if ids is None else _AMONG
        # A hash has 64 bits, of which a float64 keeps 53: it comes in two halves.
        columns = self._sql.numbers(
            f"SELECT id, taken_at, date_source IN ({_OF_THE_SHOT}),"
            " perceptual_hash >> 32 & 4294967295, perceptual_hash & 4294967295, aspect,"
            f" kind IN ({_LAID_OUT}) FROM photo"
            f" WHERE removed_at IS NULL AND perceptual_hash IS NOT NULL{among} ORDER BY taken_at, id",
            given,
            columns=7,
        )
        return Looks(
            ids=columns[:, 0].astype(np.int64),
            shot_at=np.where(columns[:, 2] > 0, columns[:, 1], np.nan),
            hashes=_joined(columns[:, 3], columns[:, 4]),
            aspects=columns[:, 5].astype(np.float32),
            is_laid_out=columns[:, 6].astype(np.bool_),
            copies=self._copies(among, given),
        )

    def following(self) -> npt.NDArray[np.int64]:
        """Ids of photos without the moment of their shot that stand side by side in their folder, by name.

        Returns:
            int64, shape (m, 2): a photo and the next one.
        """
        columns = self._sql.numbers(
            "SELECT id, folder_id FROM photo WHERE removed_at IS NULL AND perceptual_hash IS NOT NULL"
            f" AND date_source NOT IN ({_OF_THE_SHOT}) AND kind NOT IN ({_LAID_OUT}) ORDER BY folder_id, name_key, id",
            columns=2,
        )
        ids, folders = columns[:, 0].astype(np.int64), columns[:, 1]
        pairs: npt.NDArray[np.int64] = np.column_stack([ids[:-1], ids[1:]])[folders[:-1] == folders[1:]]
        return pairs

    def _copies(self, among: str, given: Parameters) -> npt.NDArray[np.int64]:
        found = self._sql.numbers(
            "SELECT p.id, first.id FROM (SELECT content_hash, min(id) AS id FROM photo WHERE removed_at IS NULL"
            f" AND content_hash IS NOT NULL{among} GROUP BY content_hash HAVING count(*) > 1) first"
            " JOIN photo p ON p.content_hash = first.content_hash"
            f" WHERE p.removed_at IS NULL AND p.id <> first.id{among.replace(' AND id', ' AND p.id')}",
            (*given, *given),
            columns=2,
        )
        return found.astype(np.int64)


def _joined(high: npt.NDArray[Any], low: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    return high.astype(np.uint64) << np.uint64(32) | low.astype(np.uint64)
