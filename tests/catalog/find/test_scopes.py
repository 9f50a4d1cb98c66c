"""The photos of a scope, which are remembered between two changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.catalog.catalog import Catalog
from app.catalog.find.scopes import RECENT_S
from app.core.query import Scope
from app.core.types import Kind
from tests.catalog.conftest import Filler

FAVOURITES = Scope(is_favourite=True)


def test_the_same_ids_are_handed_out_until_something_is_written(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg", "b.jpg")
    asked = catalog.scope_ids(Scope())
    assert catalog.scope_ids(Scope()) is asked
    catalog.set_favourite(ids[1:], True)
    assert catalog.scope_ids(FAVOURITES).tolist() == ids[1:]
    catalog.set_favourite(ids, True)
    assert catalog.scope_ids(FAVOURITES).tolist() == ids
    catalog.remove_photos(ids[:1])
    assert catalog.scope_ids(Scope()).tolist() == ids[1:]


def test_all_shown_ids_stay_while_stages_write_what_they_find(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg", "b.jpg")
    asked = catalog.scope_ids(Scope())
    catalog.write_captions("m", [(ids[0], "a dog")])
    catalog.write_machine_tags("v", [(ids[1], [("dog", 0.9)])])
    assert catalog.scope_ids(Scope()) is asked


def test_what_another_program_writes_is_noticed(catalog: Catalog, fill: Filler, library: Path) -> None:
    ids = fill.add("a.jpg", "b.jpg")
    assert catalog.scope_ids(Scope()).tolist() == ids
    other = Catalog.open(library)
    other.remove_photos(ids[:1])
    other.close()
    assert catalog.scope_ids(Scope()).tolist() == ids[1:]


def test_what_was_rolled_back_is_not_remembered(catalog: Catalog, fill: Filler) -> None:
    (photo_id,) = fill.add("a.jpg")

    def change_and_fail() -> None:
        with catalog._sql.write():
            catalog.set_favourite([photo_id], True)
            assert catalog.scope_ids(FAVOURITES).tolist() == [photo_id]
            raise InterruptedError

    with pytest.raises(InterruptedError):
        change_and_fail()
    assert catalog.scope_ids(FAVOURITES).tolist() == []


def test_photos_whose_removal_was_rolled_back_are_shown(catalog: Catalog, fill: Filler) -> None:
    first, second = fill.add("a.jpg", "b.jpg")

    def remove_and_fail() -> None:
        with catalog._sql.write():
            catalog.remove_photos([first])
            assert catalog.scope_ids(Scope()).tolist() == [second]
            raise InterruptedError

    with pytest.raises(InterruptedError):
        remove_and_fail()
    catalog.remove_photos([second])
    assert catalog.scope_ids(Scope()).tolist() == [first]


def test_what_is_remembered_can_not_be_changed(catalog: Catalog, fill: Filler) -> None:
    fill.add("a.jpg")
    with pytest.raises(ValueError, match="read-only"):
        catalog.scope_ids(Scope())[0] = 7


def test_a_photo_does_not_stay_recent_for_ever(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg")
    assert catalog.scope_ids(Scope(is_recent=True)).tolist() == ids
    now = catalog._sql.now()
    catalog._sql.now = lambda: now + RECENT_S + 7200
    assert catalog.scope_ids(Scope(is_recent=True)).tolist() == []


def test_many_scopes_in_turn_are_told_apart(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add(*[f"{number}.jpg" for number in range(9)])
    for number, photo_id in enumerate(ids):
        catalog.add_tag([photo_id], f"tag {number}")
    for _ in range(2):
        assert [catalog.scope_ids(Scope(tag=f"tag {n}")).tolist() for n in range(9)] == [[one] for one in ids]


def test_photos_are_counted_and_narrowed_by_kind(catalog: Catalog, fill: Filler) -> None:
    plain, raw, gone = fill.add("a.jpg", "b.dng", "c.dng")
    fill.read(plain)
    catalog.write_reads([replace(fill.reading(photo_id), kind=Kind.RAW) for photo_id in (raw, gone)])
    catalog.remove_photos([gone])
    assert catalog.kinds() == {Kind.RAW: 1, Kind.PHOTO: 1}
    assert catalog.scope_ids(Scope(kind=Kind.RAW)).tolist() == [raw]
