"""What the models have still to do, as questions, and the library in numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.catalog.catalog import Catalog
from app.core.query import Scope, Term
from app.core.types import FileId, Kind, Order, PhotoId, Reason, Stage
from tests.catalog.conftest import Filler


def _embed(catalog: Catalog, *ids: PhotoId, space: str = "space") -> None:
    store = catalog.embeddings(space, 2)
    store.add(np.array(ids), np.tile(np.array([0.6, 0.8], np.float32), (len(ids), 1)))
    store.close()


def test_photos_are_embedded_once_read_newest_first(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("1.jpg", "2.jpg", "3.jpg", "4.jpg")
    assert catalog.photos_without_embedding("space", 9) == []
    fill.read(*ids[:3])
    assert catalog.photos_without_embedding("space", 9) == [ids[2], ids[1], ids[0]]
    assert catalog.photos_without_embedding("space", 2, first=[ids[0], ids[3], PhotoId(99)]) == [ids[0], ids[2]]
    _embed(catalog, ids[2])
    assert catalog.photos_without_embedding("space", 9) == [ids[1], ids[0]]
    assert catalog.count_without_embedding("space") == 2
    assert catalog.count_without_embedding("another-space") == 3


def test_a_failed_photo_is_not_asked_for_again(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("1.jpg", "2.jpg")
    fill.read(*ids)
    _embed(catalog, *ids)
    for stage in (Stage.EMBED, Stage.TAG, Stage.CAPTION):
        catalog.write_failures(stage, [(ids[0], FileId(1), Reason.MODEL_FAILED, "")])
    assert catalog.photos_without_embedding("other", 9) == ids[1:]
    assert catalog.photos_without_tags("space", "v", 9) == ids[1:]
    assert catalog.photos_without_caption("m", 9) == ids[1:]


def test_tagging_follows_embedding_and_no_tags_is_an_answer(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("1.jpg", "2.jpg")
    fill.read(*ids)
    assert catalog.photos_without_tags("space", "v", 9) == []
    _embed(catalog, ids[0])
    assert catalog.photos_without_tags("space", "v", 9) == ids[:1]
    assert catalog.count_without_tags("space", "v") == 1
    catalog.write_machine_tags("v", [(ids[0], [])])
    assert catalog.photos_without_tags("space", "v", 9) == []
    assert catalog.photos_without_tags("space", "v2", 9) == ids[:1]


def test_machine_tags_are_replaced_not_added(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("1.jpg")
    catalog.write_machine_tags("v", [(ids[0], [("dog", 0.9), ("cat", 0.6)])])
    catalog.write_machine_tags("v", [(ids[0], [("bird", 0.8)])])
    assert [tag.name for tag in catalog.tags_of(ids)[ids[0]]] == ["bird"]
    assert catalog.match([Term("dog")], limit=5).ids.tolist() == []
    assert catalog.tags() == [("bird", 1)]


def test_a_photo_that_means_a_document_is_one_until_another_model_says_otherwise(
    catalog: Catalog, fill: Filler
) -> None:
    ids = fill.add("1.jpg", "2.jpg")
    fill.read(*ids)
    catalog.write_machine_tags("v", [(photo_id, []) for photo_id in ids], documents={ids[0]})
    assert [row.kind for row in catalog.rows(ids)] == [Kind.DOCUMENT, Kind.PHOTO]
    assert catalog.kinds() == {Kind.DOCUMENT: 1, Kind.PHOTO: 1}
    assert catalog.scope_ids(Scope(kind=Kind.DOCUMENT)).tolist() == ids[:1]
    catalog.write_machine_tags("v2", [(ids[0], [])])
    assert catalog.kinds() == {Kind.PHOTO: 2}


def test_a_document_stays_one_when_it_is_read_again_but_not_when_its_picture_has_changed(
    catalog: Catalog, fill: Filler
) -> None:
    (photo_id,) = fill.add("1.jpg")
    fill.read(photo_id, content=b"letter")
    catalog.write_machine_tags("v", [(photo_id, [])], documents={photo_id})
    fill.read(photo_id, content=b"letter")
    assert catalog.rows([photo_id])[0].kind is Kind.DOCUMENT
    fill.read(photo_id, content=b"beach")
    assert catalog.rows([photo_id])[0].kind is Kind.PHOTO


def test_a_screenshot_of_a_document_stays_a_screenshot(catalog: Catalog, fill: Filler) -> None:
    (photo_id,) = fill.add("Screenshot 1.png")
    catalog.write_reads([replace(fill.reading(photo_id), kind=Kind.SCREENSHOT)])
    catalog.write_machine_tags("v", [(photo_id, [])], documents={photo_id})
    assert catalog.rows([photo_id])[0].kind is Kind.SCREENSHOT


def test_generating_again_takes_a_document_back_until_then(catalog: Catalog, fill: Filler) -> None:
    (photo_id,) = fill.add("1.jpg")
    fill.read(photo_id)
    catalog.write_machine_tags("v", [(photo_id, [])], documents={photo_id})
    catalog.forget_machine(photo_id)
    assert catalog.rows([photo_id])[0].kind is Kind.PHOTO


def test_favourites_and_rated_photos_are_captioned_first(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("1.jpg", "2.jpg", "3.jpg", "4.jpg")
    fill.read(*ids)
    catalog.set_rating([ids[1]], 3)
    catalog.set_favourite([ids[0]], True)
    catalog.set_caption(ids[3], "mine")
    assert catalog.photos_without_caption("m", 9, first=[ids[2]]) == [ids[2], ids[0], ids[1], ids[3]]
    catalog.write_captions("m", [(ids[0], "a dog")])
    assert catalog.photos_without_caption("m", 9) == [ids[1], ids[3], ids[2]]
    assert catalog.count_without_caption("m") == 3
    assert catalog.count_without_caption("m2") == 4


def test_generate_again_drops_the_machines_words_alone(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("1.jpg")
    fill.read(*ids)
    _embed(catalog, *ids)
    catalog.write_captions("m", [(ids[0], "a dog")])
    catalog.write_machine_tags("v", [(ids[0], [("dog", 0.9)])])
    catalog.add_tag(ids, "mine")
    catalog.forget_machine(ids[0])
    assert catalog.photos_without_caption("m", 9) == ids
    assert catalog.photos_without_tags("space", "v", 9) == ids
    assert [tag.name for tag in catalog.tags_of(ids)[ids[0]]] == ["mine"]
    assert catalog.match([Term("dog")], limit=5).ids.tolist() == []


def test_results_for_photos_that_are_no_more_are_passed_over(catalog: Catalog) -> None:
    catalog.write_captions("m", [(PhotoId(99), "a dog")])
    catalog.write_machine_tags("v", [(PhotoId(99), [("dog", 0.9)])])
    assert catalog.tags() == []


def test_status_counts_what_is_shown(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("1.jpg", "2.jpg", "3.jpg")
    fill.read(*ids)
    _embed(catalog, *ids)
    catalog.write_captions("m", [(ids[0], "a dog")])
    catalog.write_machine_tags("v", [(ids[0], []), (ids[1], [])])
    catalog.remove_photos(ids[2:])
    status = catalog.status("space", "v", "m")
    assert (status.photos, status.read, status.embedded, status.tagged, status.captioned) == (2, 2, 2, 2, 1)
    assert catalog.status("nowhere", "v2", "m2").embedded == 0
    assert catalog.status("nowhere", "v", None).captioned == 1
    catalog.remove_photos(ids)
    status = catalog.status("space", "v", "m")
    assert (status.photos, status.read, status.embedded, status.tagged, status.captioned) == (0, 0, 0, 0, 0)


def test_a_damaged_vector_file_does_not_stop_the_questions(catalog: Catalog, fill: Filler, library: Path) -> None:
    ids = fill.add("1.jpg")
    fill.read(*ids)
    _embed(catalog, *ids)
    store = catalog.embeddings("space", 2)
    (library / "embeddings" / "space.sqlite").write_bytes(b"rubbish" * 1000)
    assert catalog.photos_without_embedding("space", 9) == ids
    assert catalog.count_without_tags("space", "v") == 0
    assert catalog.status("space", "v").embedded == 0
    store.add(np.array(ids), np.array([[1.0, 0.0]], np.float32))
    assert catalog.photos_without_embedding("space", 9) == []
    store.close()


def test_orders_are_stable_and_natural(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("file10.jpg", "File2.jpg", "file1.jpg")
    catalog.set_rating([ids[1]], 5)
    assert catalog.table(Order.NAME).ids.tolist() == [ids[2], ids[1], ids[0]]
    assert catalog.table(Order.NEWEST).ids.tolist() == ids[::-1]
    assert catalog.table(Order.OLDEST).ids.tolist() == ids
    assert catalog.table(Order.ADDED).ids[-1] == ids[0]
    assert catalog.table(Order.RATING).ids.tolist() == [ids[1], ids[2], ids[0]]
    table = catalog.table(Order.NEWEST)
    assert (table.ids.dtype, table.taken_at.dtype, table.aspects.dtype) == (np.int64, np.float64, np.float32)
    assert table.taken_at.tolist() == sorted(table.taken_at, reverse=True)


def test_rows_keep_the_order_asked_for(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("1.jpg", "2.jpg", "3.jpg")
    asked = [ids[2], PhotoId(99), ids[0]]
    assert [row.photo_id for row in catalog.rows(asked)] == [ids[2], ids[0]]
    assert [row.photo_id for row in catalog.rows(np.array(asked))] == [ids[2], ids[0]]  # type: ignore[arg-type]
    assert catalog.photo(PhotoId(99)) is None


def test_settings_are_kept_with_the_library(catalog: Catalog) -> None:
    assert catalog.setting("order") is None
    catalog.set_setting("order", "name")
    catalog.set_setting("order", "newest")
    assert catalog.setting("order") == "newest"


@pytest.mark.parametrize("space", ["", "../other", "a/b", ".hidden", "x" * 200])
def test_a_space_is_a_plain_file_name(catalog: Catalog, space: str) -> None:
    with pytest.raises(ValueError, match="space"):
        catalog.photos_without_embedding(space, 1)
