"""What is offered behind a field finds what it says."""

from __future__ import annotations

import calendar

import pytest

from app.catalog.catalog import Catalog
from app.catalog.find import suggesting
from app.core.periods import Named
from app.core.query import Field, FieldName, Suggestion, Trait
from app.core.types import DateSource, Metadata, PhotoId, Place
from app.search.editing import with_field
from app.search.query import parse
from tests.catalog.conftest import PICTURES, Filler


@pytest.fixture
def filled(catalog: Catalog, fill: Filler) -> Catalog:
    """Five photos with something of everything."""
    ids = fill.add("a.jpg", "b.jpg", "c.jpg") + fill.add("d.jpg", "e.jpg", folder=b"2019/Rome (old)")
    cameras = ["Canon EOS 80D", "NIKON D5", "NIKON D500", "NIKON D5", None]
    for number, (photo_id, camera) in enumerate(zip(ids, cameras, strict=True)):
        taken_at = float(calendar.timegm((2019 + number // 2, 5, 1, 0, 0, 0)))
        told = Metadata(taken_at, DateSource.EXIF, latitude=float(number), longitude=1.0, camera=camera, lens=camera)
        fill.read(photo_id, metadata=told)
    places = [Place("Rome", "Lazio", "Italy", "IT"), Place("Île-Rousse", "Corsica", "France", "FR")]
    catalog.write_places([(at, places[at.photo_id % 2]) for at in catalog.photos_without_place(9)])
    catalog.add_tag(ids[:3], "New York")
    catalog.add_tag(ids[:1], "york ham")
    catalog.add_tag(ids[:2], "Été")
    catalog.set_rating(ids[:2], 4)
    catalog.set_rating(ids[2:3], 1)
    return catalog


@pytest.mark.parametrize(
    ("name", "prefix", "values"),
    [
        (FieldName.TAG, "", ["New York", "Été", "york ham"]),
        (FieldName.TAG, "yor", ["york ham", "New York"]),
        (FieldName.TAG, "ete", ["Été"]),
        (FieldName.TAG, "ork", []),
        (FieldName.FOLDER, "rome", [f"{PICTURES.name}/2019/Rome (old)"]),
        (FieldName.CAMERA, "nikon", ["NIKON D5", "NIKON D500"]),
        (FieldName.LENS, "80", ["Canon EOS 80D"]),
        (FieldName.TYPE, "", ["photo"]),
        (FieldName.PLACE, "", ["France", "Île-Rousse, France", "Italy", "Rome, Italy"]),
        (FieldName.PLACE, "il", ["Île-Rousse, France"]),
        (FieldName.IS, "", [str(trait) for trait in Trait]),
        (FieldName.RATING, "", ["4", "1"]),
        (FieldName.DATE, "", ["2021", "2020", "2019", *map(str, Named)]),
        (FieldName.BEFORE, "la", ["last-week", "last-month", "last-year"]),
        (FieldName.CAPTION, "", []),
        (FieldName.FILE, "", []),
        (FieldName.TEXT, "", []),
    ],
)
def test_values_are_offered_by_the_beginning_of_their_words(
    filled: Catalog, name: FieldName, prefix: str, values: list[str]
) -> None:
    assert [each.value for each in filled.suggest(name, prefix)] == values


@pytest.mark.parametrize("name", list(FieldName))
def test_what_is_offered_finds_as_many_photos_as_it_says(filled: Catalog, name: FieldName) -> None:
    for offered in filled.suggest(name):
        (part,) = parse(with_field("", name, offered.value)).parts
        assert isinstance(part, Field)
        if offered.count is not None and name not in (FieldName.BEFORE, FieldName.AFTER):
            assert len(filled.fitting(part)) == offered.count


def test_what_changed_is_offered_and_no_more_than_wanted(filled: Catalog) -> None:
    assert len(filled.suggest(FieldName.TAG, limit=2)) == 2
    filled.remove_photos(filled.fitting(Field(FieldName.CAMERA, "NIKON D5")).tolist())
    assert Suggestion("NIKON D500", 1) in filled.suggest(FieldName.CAMERA)
    assert [each.value for each in filled.suggest(FieldName.CAMERA, "nikon")] == ["NIKON D500"]


def test_values_that_took_long_are_not_counted_at_each_letter_while_the_library_is_written(
    filled: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggesting, "_pause_s", lambda _: 1000.0)
    before = filled.suggest(FieldName.TAG)
    filled.add_tag([PhotoId(1)], "new")
    assert filled.suggest(FieldName.TAG) == before
    monkeypatch.setattr(filled, "_not_before", {})  # the pause is over
    assert "new" in [each.value for each in filled.suggest(FieldName.TAG)]


def test_only_what_costs_much_is_kept_for_a_while() -> None:
    assert suggesting._pause_s(0.05) == 0
    assert suggesting._pause_s(0.5) == pytest.approx(10)
