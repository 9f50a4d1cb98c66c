"""Which photos the fields of a query hold for."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.catalog.catalog import Catalog
from app.core.query import Field, FieldName, Term
from app.core.types import DateSource, Kind, Metadata, PhotoId, Place, Reason, Stage
from app.search.query import parse
from tests.catalog.conftest import PICTURES, Filler

NOW = calendar.timegm((2024, 3, 31, 15, 0, 0))  # a Sunday


def _found(catalog: Catalog, asked: str) -> list[int]:
    (part,) = parse(asked).parts
    assert isinstance(part, Field)
    return list(catalog.fitting(part).tolist())


def _day(year: int, month: int, day: int, hour: int = 12) -> float:
    return float(calendar.timegm((year, month, day, hour, 0, 0)))


def test_a_field_is_looked_up_once_until_something_is_written(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg", "b.jpg")
    catalog.add_tag(ids[:1], "Beach")
    field = Field(FieldName.TAG, "beach")
    assert catalog.fitting(field) is catalog.fitting(field)
    catalog.add_tag(ids[1:], "Beach")
    assert catalog.fitting(field).tolist() == ids

    def change_and_fail() -> None:
        with catalog._sql.write():
            catalog.remove_tag(ids, "Beach")
            assert catalog.fitting(field).tolist() == []
            raise InterruptedError

    with pytest.raises(InterruptedError):
        change_and_fail()
    assert catalog.fitting(field).tolist() == ids


def test_many_fields_in_turn_are_told_apart(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg")
    for _ in range(2):
        for number in range(9):
            assert catalog.fitting(Field(FieldName.RATING, number)).tolist() == ([] if number else ids)


def test_a_tag_is_found_by_its_whole_name_and_else_by_its_words(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg", "b.jpg", "c.jpg", "d.jpg")
    catalog.add_tag(ids[:1], "Beach")
    catalog.add_tag(ids[1:2], "beach party")
    catalog.write_machine_tags("v", [(ids[2], [("beach", 0.9)]), (ids[3], [("beach", 0.3)])])
    assert _found(catalog, "tag:BEACH") == [ids[0], ids[2]]
    assert _found(catalog, "tag:party") == [ids[1]]
    assert _found(catalog, 'tag:"beach parties"') == [ids[1]]
    assert _found(catalog, "tag:sea") == []


def test_folders_and_files_are_found_by_the_beginning_of_their_words(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("IMG_2041.jpg", "rome.jpg", folder=b"2019/Rome")
    others = fill.add("x.heic", folder=b"2020")
    assert _found(catalog, "folder:rom") == ids
    assert _found(catalog, "folder:2019/Rome") == ids
    assert _found(catalog, f"folder:{PICTURES.name}") == ids + others
    assert _found(catalog, "file:rome") == ids[1:]
    assert _found(catalog, "file:img_20") == ids[:1]
    assert _found(catalog, "file:*.heic") == others


def test_captions_are_found_by_phrase_whoever_wrote_them(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg", "b.jpg", "c.jpg")
    catalog.set_caption(ids[1], "Our red dog")
    catalog.write_captions("m", [(ids[2], "a dog in red")])
    assert _found(catalog, "caption:dogs") == ids[1:]
    assert _found(catalog, 'caption:"red dog"') == ids[1:2]


def test_text_in_pictures_is_found_where_it_was_read(catalog: Catalog, fill: Filler) -> None:
    fill.add("invoice.jpg")
    assert _found(catalog, "text:invoice") == []


def test_cameras_and_lenses_are_found_by_parts_of_their_names(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg", "b.jpg", "c.jpg")
    fill.read(ids[0], metadata=Metadata(camera="Canon EOS 80D", lens="EF 50mm f/1.8"))
    fill.read(ids[1], metadata=Metadata(camera="NIKON D5"))
    assert _found(catalog, 'camera:"canon 80d"') == ids[:1]
    assert _found(catalog, "camera:nikon") == ids[1:2]
    assert _found(catalog, "camera:n") == ids[:2]
    assert _found(catalog, "camera:sony") == []
    assert _found(catalog, "lens:50mm") == ids[:1]
    fill.read(ids[2], metadata=Metadata(camera="NIKON D500"))
    assert _found(catalog, "camera:d5") == ids[1:]
    assert _found(catalog, 'camera:"nikon d5"') == ids[1:2]


def test_kinds_are_told_apart(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg", "b.jpg")
    catalog.write_reads([replace(fill.reading(ids[1]), kind=Kind.SCREENSHOT)])
    assert _found(catalog, "type:photo") == ids[:1]
    assert _found(catalog, "type:screenshots") == ids[1:]


@pytest.mark.parametrize("asked", ["place:york", 'place:"new york"', "place:usa", "place:us", 'place:"York, USA"'])
def test_places_are_found_by_parts_of_their_names(catalog: Catalog, fill: Filler, asked: str) -> None:
    ids = fill.add("a.jpg", "b.jpg")
    places = [Place("New York", "NY", "USA", "US"), Place("Île-Rousse", "Corsica", "France", "FR")]
    for number, photo_id in enumerate(ids):
        fill.read(photo_id, metadata=Metadata(latitude=float(number), longitude=2.0))
    catalog.write_places(
        list(zip(sorted(catalog.photos_without_place(9), key=lambda at: at.photo_id), places, strict=True))
    )
    assert _found(catalog, asked) == ids[:1]
    assert _found(catalog, "place:ile") == ids[1:]


def test_traits_are_found(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg", "b.jpg", "c.jpg")
    catalog.set_favourite(ids[:1], True)
    catalog.set_rating(ids[1:2], 3)
    catalog.write_captions("m", [(ids[0], "a dog")])
    catalog.set_caption(ids[1], "mine")
    catalog.write_machine_tags("v", [(ids[2], [("sea", 0.9)]), (ids[0], [("sea", 0.2)])])
    assert _found(catalog, "is:favourite") == ids[:1]
    assert _found(catalog, "is:unrated") == [ids[0], ids[2]]
    assert _found(catalog, "is:captioned") == ids[:2]
    assert _found(catalog, "is:tagged") == ids[2:]
    assert _found(catalog, "is:offline") == []
    assert _found(catalog, "is:unreadable") == []
    failed = [(photo_id, fill.file(photo_id).file_id, Reason.CORRUPT, "") for photo_id in ids]
    catalog.write_failures(Stage.READ, failed[1:2])
    catalog.write_failures(Stage.EMBED, failed[2:])
    assert _found(catalog, "is:unreadable") == ids[1:2]
    catalog.set_offline(catalog.roots()[0].root_id, True)
    assert _found(catalog, "is:offline") == ids


@pytest.mark.parametrize(
    ("asked", "ratings"),
    [
        ("rating:3", [3]),
        ("rating:>=3", [3, 5]),
        ("rating:>3", [5]),
        ("rating:<3", [0, 1]),
        ("rating:<=3", [0, 1, 3]),
        ("rating:5..2", [3, 5]),
        ("rating:0", [0]),
        ("rating:0..1", [0, 1]),
        ("rating:>5", []),
        ("rating:<0", []),
    ],
)
def test_ratings_are_compared(catalog: Catalog, fill: Filler, asked: str, ratings: Sequence[int]) -> None:
    rated = dict(zip((0, 1, 3, 5), fill.add("a.jpg", "b.jpg", "c.jpg", "d.jpg"), strict=True))
    for rating, photo_id in rated.items():
        catalog.set_rating([photo_id], rating)
    assert _found(catalog, asked) == [rated[rating] for rating in ratings]


DAYS = {
    "future": (2030, 1, 1),
    "today": (2024, 3, 31),
    "yesterday": (2024, 3, 30),
    "monday": (2024, 3, 25),
    "before": (2024, 3, 24),
    "february": (2024, 2, 29),
    "last year": (2023, 5, 17),
    "long ago": (1969, 7, 20),
}


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ("date:2023", ["last year"]),
        ("date:2023-05-17", ["last year"]),
        ("date:2023-06", []),
        ("date:1960..2023", ["last year", "long ago"]),
        ("date:2023..1960", ["last year", "long ago"]),
        ("date:2023-05..2024-02", ["february", "last year"]),
        ("date:>2024-03-30", ["future", "today"]),
        ("date:<=2023", ["last year", "long ago"]),
        ("before:2024", ["last year", "long ago"]),
        ("after:2024", ["future"]),
        ("after:2024-03-30", ["future", "today"]),
        ("date:today", ["today"]),
        ("date:yesterday", ["yesterday"]),
        ("date:this-week", ["today", "yesterday", "monday"]),
        ('date:"last week"', ["before"]),
        ("date:this-month", ["today", "yesterday", "monday", "before"]),
        ("date:last-month", ["february"]),
        ("date:this-year", ["today", "yesterday", "monday", "before", "february"]),
        ("date:last-year", ["last year"]),
        ("date:1d", ["today", "yesterday"]),
        ("date:1w", ["today", "yesterday", "monday", "before"]),
        ("date:1m", ["today", "yesterday", "monday", "before", "february"]),
        ("before:1m", ["last year", "long ago"]),
        ("date:2y..1w", ["before", "february", "last year"]),
        ("date:9999y", ["today", "yesterday", "monday", "before", "february", "last year", "long ago"]),
    ],
)
def test_dates_hold_for_whole_days_on_the_clocks_of_the_place(
    catalog: Catalog, fill: Filler, asked: str, days: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.catalog.find.filtering.wall_clock", lambda _seconds: float(NOW))
    ids = fill.add(*[f"{number}.jpg" for number in range(len(DAYS))])
    for photo_id, day in zip(ids, DAYS.values(), strict=True):
        fill.read(photo_id, metadata=Metadata(taken_at=_day(*day, 23), date_source=DateSource.EXIF))
    named = dict(zip(ids, DAYS, strict=True))
    assert sorted(named[PhotoId(found)] for found in _found(catalog, asked)) == sorted(days)


def test_photos_stand_in_the_order_of_their_dates(
    catalog: Catalog, fill: Filler, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = fill.add(*[f"{number}.jpg" for number in range(6)])
    catalog.remove_photos(ids[2:3])
    given = np.array([ids[1], ids[3], ids[5]], np.int64)
    assert catalog.newest_first(given).tolist() == [ids[5], ids[3], ids[1]]
    monkeypatch.setattr("app.catalog.looking._FEW", 0)
    assert catalog.newest_first(given).tolist() == [ids[5], ids[3], ids[1]]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(list(FieldName)), text=st.text(min_size=1))
def test_any_value_has_an_answer(shared: Catalog, name: FieldName, text: str) -> None:
    for part in parse(f'{name}:"{text}" {name}:{text}').parts:
        if isinstance(part, Field):
            shared.fitting(part)
        elif isinstance(part, Term):
            shared.holding([part])


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    library: Path = tmp_path_factory.mktemp("library")
    catalog = Catalog.open(library)
    Filler(catalog).add("dog.jpg", "a.jpg")
    return catalog
