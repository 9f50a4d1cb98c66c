"""Photos with a position get a place, once, whenever the program stops."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from app.core.types import Place, Progress, Stage, Summary
from app.library.enrich import placing
from app.library.enrich.placing import place_missing
from app.library.find.finding import find
from app.library.intake.importing import import_path
from app.library.intake.reading import read_missing
from app.library.library import Library
from tests.fakes import FewPlaces

AREZZO = Place("Arezzo", "Tuscany", "Italy", "IT")


def make(path: Path, latitude: int | None) -> None:
    exif = Image.Exif()
    if latitude is not None:
        exif.get_ifd(0x8825).update({1: "N", 2: (float(latitude), 28.0, 2.8), 3: "E", 4: (11.0, 53.0, 6.5)})
        exif[0x8825] = 0
    Image.new("RGB", (140, 130), (len(path.name), 90, 120)).save(path, exif=exif)


@pytest.fixture
def placed(library: Library, photos: Path) -> Library:
    for name, latitude in (("a.jpg", 43), ("bb.jpg", 43), ("sea.jpg", 20), ("plain.jpg", None)):
        make(photos / name, latitude)
    library = replace(library, gazetteer=FewPlaces({(43, 11): AREZZO}))
    for stage in (import_path(library, photos), read_missing(library)):
        list(stage)
    return library


def places(library: Library, photos: Path) -> dict[str, Place | None]:
    found = {}
    for path in sorted(photos.iterdir()):
        photo_id = library.catalog.photo_at(path)
        photo = library.catalog.photo(photo_id) if photo_id else None
        found[path.name] = photo.place if photo else None
    return found


def test_positions_become_places(placed: Library, photos: Path) -> None:
    facts = list(place_missing(placed))
    assert places(placed, photos) == {"a.jpg": AREZZO, "bb.jpg": AREZZO, "plain.jpg": None, "sea.jpg": None}
    assert facts[0] == Progress(Stage.PLACE, 0, 3)
    assert facts[-2] == Progress(Stage.PLACE, 3, 3)
    assert isinstance(facts[-1], Summary)
    assert (facts[-1].stage, facts[-1].added) == (Stage.PLACE, 3)


def test_what_has_a_place_is_not_asked_again_even_where_that_is_nowhere(placed: Library) -> None:
    list(place_missing(placed))
    list(place_missing(placed))
    assert placed.gazetteer.asked == 3


def test_it_goes_on_where_it_was_stopped(placed: Library, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "AT_ONCE", 1)
    stopped = place_missing(placed)
    next(stopped)
    next(stopped)
    stopped.close()
    assert placed.catalog.count_without_place() == 2
    list(place_missing(placed))
    assert placed.gazetteer.asked == 3
    assert placed.catalog.count_without_place() == 0


def test_the_urgent_ones_come_first(placed: Library, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "AT_ONCE", 1)
    wanted = placed.catalog.photo_at(photos / "sea.jpg")
    assert wanted is not None
    running = place_missing(placed, first=lambda: [wanted])
    next(running)
    next(running)
    assert wanted not in [each.photo_id for each in placed.catalog.photos_without_place(9)]
    running.close()


def test_a_place_is_searched_for_by_its_name(placed: Library, photos: Path) -> None:
    list(place_missing(placed))
    answer = find(placed, "arezzo", wait_for_model=True)
    first = {placed.catalog.photo_at(photos / name) for name in ("a.jpg", "bb.jpg")}
    assert set(answer.ids[:2].tolist()) == first


def test_a_library_without_positions_never_asks_the_gazetteer(library: Library, photos: Path) -> None:
    make(photos / "plain.jpg", None)
    library = replace(library, gazetteer=FewPlaces())
    for stage in (import_path(library, photos), read_missing(library), place_missing(library)):
        list(stage)
    assert library.gazetteer.asked == 0
