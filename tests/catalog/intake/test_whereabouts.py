"""Places of photos: asked for, written, found by their names, counted, and looked up again where photos moved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.catalog.catalog import Catalog
from app.catalog.intake.whereabouts import Position
from app.core.query import Scope, Term
from app.core.types import WHY_BITS, Metadata, PhotoId, Place, Why
from tests.catalog.conftest import Filler

ROME = Place("Rome", "Lazio", "Italy", "IT")
ROME_GEORGIA = Place("Rome", "Georgia", "United States", "US")
VIRGINIA_BEACH = Place("Virginia Beach", "Virginia", "United States", "US")
AREZZO = Place("Arezzo", "Tuscany", "Italy", "IT")
NOWHERE = Place("", "", "", "")
ITALY = Place("", "", "Italy", "IT")


def put(fill: Filler, place: Place, *names: str) -> list[PhotoId]:
    """Photos that lie there."""
    ids = fill.add(*names)
    fill.read(*ids, metadata=Metadata(latitude=41.9, longitude=12.5))
    fill.catalog.write_places([(Position(photo_id, 41.9, 12.5), place) for photo_id in ids])
    return ids


def persons(catalog: Catalog, *words: str) -> list[PhotoId]:
    """Photos that stand before all others for these words."""
    hits = catalog.match([Term(word) for word in words], limit=99)
    return sorted(hits.ids[hits.is_person].tolist())


def test_photos_with_a_position_are_asked_for_once(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg", "b.jpg", "c.jpg")
    fill.read(*ids[:2], metadata=Metadata(latitude=41.9, longitude=12.5))
    fill.read(ids[2])
    asked = catalog.photos_without_place(9)
    assert asked == [Position(ids[0], 41.9, 12.5), Position(ids[1], 41.9, 12.5)]
    assert [each.photo_id for each in catalog.photos_without_place(9, ids[1:])] == [ids[1], ids[0]]
    catalog.write_places([(asked[0], ROME), (asked[1], NOWHERE)])
    assert (catalog.photos_without_place(9), catalog.count_without_place()) == ([], 0)
    assert [(photo.place if (photo := catalog.photo(each)) else None) for each in ids] == [ROME, None, None]


def test_a_removed_photo_is_not_asked_for(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg")
    fill.read(*ids, metadata=Metadata(latitude=41.9, longitude=12.5))
    catalog.remove_photos(ids)
    assert catalog.photos_without_place(9) == []


def test_a_photo_whose_position_changed_is_looked_up_again(catalog: Catalog, fill: Filler) -> None:
    ids = put(fill, ROME, "a.jpg")
    fill.read(*ids, metadata=Metadata(latitude=41.9, longitude=12.5))
    assert catalog.photos_without_place(9) == []
    fill.read(*ids, metadata=Metadata(latitude=43.4, longitude=11.9))
    assert catalog.photos_without_place(9) == [Position(ids[0], 43.4, 11.9)]
    assert catalog.match([Term("rome")], limit=9).ids.tolist() == []
    catalog.write_places([(Position(ids[0], 41.9, 12.5), ROME)])  # asked before the change
    assert catalog.count_without_place() == 1
    fill.read(*ids)
    assert catalog.count_without_place() == 0


@pytest.mark.parametrize(
    "query", ["rome", "ROME", "Rome Italy", "italy rome", "lazio", "rome lazio italy", "in rome", "Italy"]
)
def test_a_query_that_is_a_place_finds_its_photos_first(catalog: Catalog, fill: Filler, query: str) -> None:
    ids = put(fill, ROME, "a.jpg")
    put(fill, VIRGINIA_BEACH, "b.jpg")
    assert persons(catalog, *query.split()) == ids


@pytest.mark.parametrize("query", ["beach", "virgin", "virginia rome", "dog italy", "states"])
def test_a_part_of_a_places_name_is_no_place(catalog: Catalog, fill: Filler, query: str) -> None:
    put(fill, ROME, "a.jpg")
    put(fill, VIRGINIA_BEACH, "b.jpg")
    assert persons(catalog, *query.split()) == []


def test_places_of_one_name_are_all_meant_until_the_country_is_said(catalog: Catalog, fill: Filler) -> None:
    italy, georgia = put(fill, ROME, "a.jpg"), put(fill, ROME_GEORGIA, "b.jpg")
    assert persons(catalog, "rome") == [*italy, *georgia]
    assert persons(catalog, "rome", "united", "states") == georgia


def test_accents_and_joined_names_are_found(catalog: Catalog, fill: Filler) -> None:
    ids = put(fill, Place("Paris", "Île-de-France", "France", "FR"), "a.jpg")
    assert persons(catalog, "ile", "de", "france") == persons(catalog, "Île-de-France") == ids


def test_a_hit_says_that_it_is_the_place(catalog: Catalog, fill: Filler) -> None:
    put(fill, ROME, "a.jpg")
    for word in ("rome", "rom", "italy"):
        assert catalog.match([Term(word)], limit=9).whys.tolist() == [WHY_BITS[Why.PLACE]]


def test_a_country_of_thousands_weighs_less_than_a_word_in_a_caption(catalog: Catalog, fill: Filler) -> None:
    put(fill, ROME, *(f"{number}.jpg" for number in range(1200)))
    (told,) = fill.add("told.jpg")
    catalog.write_captions("m", [(told, "a map of italy")])
    hits = catalog.match([Term("map"), Term("italy")], limit=2000)
    assert hits.ids[0] == told
    assert hits.relevance[0] > 2 * hits.relevance[1]


def test_places_are_counted_by_country_and_city(catalog: Catalog, fill: Filler) -> None:
    put(fill, ROME_GEORGIA, "a.jpg")
    put(fill, ROME, "b.jpg")
    put(fill, AREZZO, "c.jpg", "d.jpg", "e.jpg")
    put(fill, NOWHERE, "f.jpg")
    catalog.remove_photos(put(fill, VIRGINIA_BEACH, "g.jpg"))
    assert catalog.place_counts() == [(AREZZO, 3), (ROME, 1), (ROME_GEORGIA, 1)]


def test_a_scope_holds_a_city_a_region_or_a_country(catalog: Catalog, fill: Filler) -> None:
    rome, arezzo, georgia = put(fill, ROME, "a.jpg"), put(fill, AREZZO, "b.jpg"), put(fill, ROME_GEORGIA, "c.jpg")
    fill.add("nowhere.jpg")
    for place, ids in (
        (ROME, rome),
        (ITALY, [*rome, *arezzo]),
        (replace(ITALY, region="Tuscany"), arezzo),
        (ROME_GEORGIA, georgia),
        (replace(ROME, region="Georgia"), []),
    ):
        assert catalog.scope_ids(Scope(place=place)).tolist() == ids
