"""Dates that a person sets and shifts: shown everywhere, kept through every reading, undone."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from app.catalog.catalog import Catalog
from app.core.types import DateSource, Metadata, Order, PhotoId
from tests.catalog.conftest import PICTURES, Filler

EXIF = Metadata(taken_at=5_000.5, date_source=DateSource.EXIF, utc_offset_min=60)


def date(catalog: Catalog, photo_id: PhotoId) -> tuple[float, DateSource | None]:
    photo = catalog.photo(photo_id)
    assert photo is not None
    assert photo.taken_at == photo.metadata.taken_at == catalog.rows([photo_id])[0].taken_at
    return photo.taken_at, photo.metadata.date_source


def test_a_date_that_a_person_set_is_shown_and_sorts(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg", "b.jpg", "c.jpg")
    catalog.set_dates(ids[2:], 7.25)
    assert date(catalog, ids[2]) == (7.25, DateSource.USER)
    table = catalog.table(Order.OLDEST)
    assert (table.ids.tolist(), table.taken_at[0]) == ([ids[2], ids[0], ids[1]], 7.25)


def test_a_date_that_a_person_set_stands_through_every_reading(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg")
    catalog.set_dates(ids, 7.25)
    fill.read(*ids, metadata=EXIF)
    assert date(catalog, ids[0]) == (7.25, DateSource.USER)
    catalog.clear_dates(ids)
    assert date(catalog, ids[0]) == (5_000.5, DateSource.EXIF)
    assert catalog.undo() == "date"
    assert date(catalog, ids[0]) == (7.25, DateSource.USER)


def test_shifting_moves_each_photo_from_where_it_stands(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg", "b.jpg")
    fill.read(*ids, metadata=EXIF)
    catalog.set_dates(ids[:1], 100.0)
    catalog.shift_dates(ids, -3600)
    assert [date(catalog, each)[0] for each in ids] == [-3500.0, 1_400.5]
    catalog.shift_dates(ids, 3600)
    assert [date(catalog, each) for each in ids] == [(100.0, DateSource.USER), (5_000.5, DateSource.USER)]
    assert [catalog.undo(), catalog.undo()] == ["date", "date"]
    assert [date(catalog, each) for each in ids] == [(100.0, DateSource.USER), (5_000.5, DateSource.EXIF)]


def test_shifting_by_nothing_and_clearing_nothing_are_no_decisions(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg")
    catalog.shift_dates(ids, 0)
    catalog.clear_dates(ids)
    assert catalog.undo() is None
    assert date(catalog, ids[0])[1] is DateSource.FILE


@pytest.mark.parametrize("taken_at", [math.nan, math.inf, -1e15, 1e15])
def test_what_no_calendar_knows_is_refused(catalog: Catalog, fill: Filler, taken_at: float) -> None:
    ids = fill.add("a.jpg", "b.jpg")
    with pytest.raises(ValueError, match="no date"):
        catalog.set_dates(ids, taken_at)
    with pytest.raises(ValueError, match="no date"):
        catalog.shift_dates(ids, taken_at)
    assert catalog.undo() is None


def test_thousands_of_dates_are_shifted_and_undone_at_once(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add(*(f"{number}.jpg" for number in range(1500)))
    before = catalog.table(Order.OLDEST).taken_at.tolist()
    catalog.shift_dates(ids, 60)
    assert catalog.table(Order.OLDEST).taken_at.tolist() == [each + 60 for each in before]
    catalog.undo()
    assert catalog.table(Order.OLDEST).taken_at.tolist() == before


def test_a_moved_photo_keeps_its_own_date_and_a_dated_one_stays_by_itself(catalog: Catalog, fill: Filler) -> None:
    old = fill.add("a.jpg", root=Path("/p/Old"))
    new, other = fill.add("a.jpg", "b.jpg", root=PICTURES)
    catalog.set_dates(old, 7.25)
    catalog.set_dates([other], 8.0)
    fill.read(*old, new, other, content=b"same", metadata=EXIF)
    folder = catalog.folder_at(Path("/p/Old"))
    assert folder is not None
    catalog.write_found(folder, missing=[fill.file(old[0]).file_id])
    assert catalog.adopt_moved(other) is None
    assert catalog.adopt_moved(new) == old[0]
    assert date(catalog, old[0]) == (7.25, DateSource.USER)
