"""Positions get the names of towns, regions and countries; the open sea gets none."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from app.core.types import Place
from app.files.decoding import decode
from app.files.places import gazetteer
from app.files.places.gazetteer import NOWHERE, GeoNames
from tests.files.samples import shared_photo


@pytest.fixture(scope="module")
def names() -> GeoNames:
    return GeoNames()


def place(names: GeoNames, latitude: float, longitude: float) -> Place:
    return names.places(np.array([[latitude, longitude]]))[0]


@pytest.mark.parametrize(
    ("latitude", "longitude", "city", "country"),
    [
        (43.4674, 11.8851, "Arezzo", "Italy"),
        (41.8902, 12.4922, "Rome", "Italy"),
        (38.6979, -9.4215, "Cascais", "Portugal"),
        (-33.8568, 151.2153, "Sydney", "Australia"),
        (35.6586, 139.7016, "Tokyo", "Japan"),
        (-22.9711, -43.1823, "Rio de Janeiro", "Brazil"),
        (78.2232, 15.6267, "Longyearbyen", "Svalbard and Jan Mayen"),
    ],
)
def test_a_position_in_a_town_is_that_town(
    names: GeoNames, latitude: float, longitude: float, city: str, country: str
) -> None:
    found = place(names, latitude, longitude)
    assert (found.city, found.country) == (city, country)


def test_a_quarter_of_a_large_city_is_the_city(names: GeoNames) -> None:
    assert place(names, 52.499, 13.403) == Place("Berlin", "State of Berlin", "Germany", "DE")  # Kreuzberg
    assert place(names, 51.536, -0.103).city == "London"  # Islington
    assert place(names, 40.7091, -74.0032).city == "New York City"  # Seaport


def test_a_town_of_another_region_beside_a_large_city_stays_itself(names: GeoNames) -> None:
    assert place(names, 52.3989, 13.0657) == Place("Potsdam", "Brandenburg", "Germany", "DE")
    assert place(names, 40.7282, -74.0776).region == "New Jersey"
    assert place(names, 43.7384, 7.4246).country == "Monaco"


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(40.0, -40.0), (90.0, 0.0), (-90.0, 77.0), (23.0, 10.0), (0.0, 180.0), (0.0, -180.0)],
)
def test_the_open_sea_the_desert_and_the_ice_have_no_name(names: GeoNames, latitude: float, longitude: float) -> None:
    assert place(names, latitude, longitude) == NOWHERE


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, 181.0])
def test_what_is_no_position_is_nowhere(names: GeoNames, value: float) -> None:
    found = names.places(np.array([[value, 11.0], [43.4674, 11.8851], [43.0, value]]))
    assert [each.city for each in found] == ["", "Arezzo", ""]


def test_the_nearest_town_is_found_across_180_degrees(names: GeoNames) -> None:
    assert place(names, -16.8, 179.99) == place(names, -16.8, -179.99)
    assert place(names, -16.8, -179.99).country == "Fiji"


def test_no_positions_have_no_places_and_load_nothing() -> None:
    empty = GeoNames()
    assert empty.places(np.empty((0, 2))) == []
    assert empty._towns is None


def test_it_agrees_with_comparing_every_town(names: GeoNames) -> None:
    place(names, 0.0, 0.0)
    towns = names._towns
    assert towns is not None
    random = np.random.default_rng(5)
    chosen = random.integers(0, len(towns.latitudes), 150)
    positions = np.stack([towns.latitudes[chosen], towns.longitudes[chosen]], 1) + random.normal(0, 0.1, (150, 2))
    positions = np.concatenate([positions, np.stack([random.uniform(-90, 90, 50), random.uniform(-180, 180, 50)], 1)])
    vectors = gazetteer._vectors(positions[:, 0], positions[:, 1])
    apart = np.linalg.norm(vectors[:, None] - towns.vectors[None], axis=2)
    nearest, far = apart.argmin(axis=1), 2 * np.sin(gazetteer.FARTHEST_KM / 6371 / 2)
    wanted = np.where(apart.min(axis=1) <= far, nearest, -1)
    assert gazetteer._nearest(towns, positions).tolist() == wanted.tolist()
    assert 0 < (wanted >= 0).sum() < len(wanted)


def test_threads_that_ask_at_once_load_it_once(monkeypatch: pytest.MonkeyPatch, names: GeoNames) -> None:
    place(names, 0.0, 0.0)
    loaded: list[int] = []

    def read_towns() -> gazetteer._Towns:
        loaded.append(1)
        assert names._towns is not None
        return names._towns

    monkeypatch.setattr(gazetteer, "_read_towns", read_towns)
    shared = GeoNames()
    threads = [threading.Thread(target=place, args=(shared, 43.4674, 11.8851)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loaded == [1]


@pytest.mark.parametrize("name", ["DSCN0025.jpg", "DSCN0029.jpg", "DSCN0038.jpg", "DSCN0040.jpg", "DSCN0042.jpg"])
def test_real_photos_lie_where_they_were_taken(names: GeoNames, name: str) -> None:
    found = decode(shared_photo(f"gps/{name}"), edge_px=32, max_edge_px=64).metadata
    assert found.latitude is not None
    assert found.longitude is not None
    assert place(names, found.latitude, found.longitude) == Place("Arezzo", "Tuscany", "Italy", "IT")
