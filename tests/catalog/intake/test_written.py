"""What a person wrote in another program comes over once, and Oriel's own word is the last."""

from __future__ import annotations

from dataclasses import replace

from app.catalog.catalog import Catalog
from app.core.query import Term
from app.core.types import PhotoId, Written
from tests.catalog.conftest import PICTURES, Filler

TOLD = Written("Anna at the seaside", is_favourite=True)


def read(fill: Filler, photo_id: PhotoId, written: Written | None = TOLD, content: bytes | None = None) -> None:
    fill.catalog.write_reads([replace(fill.reading(photo_id, content), written=written)])


def shown(catalog: Catalog, photo_id: PhotoId) -> tuple[str | None, bool, int]:
    photo = catalog.photo(photo_id)
    assert photo is not None
    return photo.caption, photo.is_favourite, photo.rating


def test_a_caption_and_a_favourite_come_over_and_are_found(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg", "cat.jpg")
    read(fill, ids[0])
    read(fill, ids[1], Written(None, is_favourite=True))
    assert shown(catalog, ids[0]) == ("Anna at the seaside", True, 0)
    assert shown(catalog, ids[1]) == (None, True, 0)
    hits = catalog.match([Term("seaside")], limit=9)
    assert hits.ids.tolist() == [ids[0]]
    assert hits.is_person.tolist() == [True]
    assert catalog.undo() is None


def test_what_a_person_changed_in_oriel_is_not_changed_back_by_another_reading(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg")
    read(fill, ids[0])
    catalog.set_caption(ids[0], None)
    catalog.set_favourite(ids, False)
    catalog.forget_thumbnails(ids)
    read(fill, ids[0])
    assert shown(catalog, ids[0]) == (None, False, 0)


def test_what_a_person_said_in_oriel_before_stays(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg")
    catalog.set_caption(ids[0], "Rex")
    catalog.set_rating(ids, 4)
    read(fill, ids[0])
    assert shown(catalog, ids[0]) == ("Rex", False, 4)


def test_a_sidecar_that_comes_later_is_taken_over_then(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg")
    read(fill, ids[0], None)
    read(fill, ids[0])
    assert shown(catalog, ids[0]) == ("Anna at the seaside", True, 0)


def test_a_moved_photo_is_recognised_with_what_came_over_in_both_places(catalog: Catalog, fill: Filler) -> None:
    old = fill.add("dog.jpg")
    read(fill, old[0], content=b"rex")
    catalog.set_caption(old[0], "Rex at the seaside")
    folder = catalog.folder_at(PICTURES)
    assert folder is not None
    catalog.write_found(folder, missing=[fill.file(old[0]).file_id])
    new = fill.add("dog.jpg", folder=b"moved")
    read(fill, new[0], content=b"rex")
    assert catalog.adopt_moved(new[0]) == old[0]
    assert shown(catalog, old[0]) == ("Rex at the seaside", True, 0)


def test_text_that_no_database_takes_is_mended(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg")
    read(fill, ids[0], Written("bad \udcff caption"))
    assert shown(catalog, ids[0])[0] == "bad ? caption"
