"""Every decision, taken back and carried out again; the trash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.catalog import words
from app.catalog.catalog import Catalog
from app.catalog.organise import history
from app.core.query import Scope, Term
from app.core.types import FoundFile, FoundPhoto, Order, PhotoId
from tests.catalog.conftest import PICTURES, Filler

Decision = Callable[[Catalog, list[PhotoId]], None]


def _remove_folder(catalog: Catalog, ids: list[PhotoId]) -> None:
    folder = catalog.folder_at(PICTURES / "Rome")
    assert folder is not None
    catalog.remove_folder(folder)


def _remove_root(catalog: Catalog, ids: list[PhotoId]) -> None:
    folder = catalog.folder_at(PICTURES)
    assert folder is not None
    catalog.remove_folder(folder)


def _trash(catalog: Catalog, ids: list[PhotoId]) -> None:
    catalog.begin_trash(ids)
    catalog.finish_trash(ids)


def _save_search(catalog: Catalog, ids: list[PhotoId]) -> None:
    catalog.save_search("Cats", '{"text": "cat"}')


def _saved(catalog: Catalog) -> int:
    return catalog.saved_searches()[0].search_id


DECISIONS: dict[str, Decision] = {
    "rating": lambda catalog, ids: catalog.set_rating(ids, 4),
    "favourite": lambda catalog, ids: catalog.set_favourite(ids, True),
    "caption": lambda catalog, ids: catalog.set_caption(ids[0], "Rex on the sofa"),
    "date": lambda catalog, ids: catalog.set_dates(ids, 1_000.5),
    "add_tag": lambda catalog, ids: catalog.add_tag(ids, "holiday"),
    "remove_tag": lambda catalog, ids: catalog.remove_tag(ids, "dog"),
    "remove": lambda catalog, ids: catalog.remove_photos(ids),
    "remove_folder": _remove_folder,
    "remove_root": _remove_root,
    "trash": _trash,
    "save_search": _save_search,
    "rename_search": lambda catalog, ids: catalog.rename_search(_saved(catalog), "Cats"),
    "change_search": lambda catalog, ids: catalog.change_search(_saved(catalog), '{"text": "cat"}'),
    "place_search": lambda catalog, ids: catalog.place_search(_saved(catalog), 1),
    "remove_search": lambda catalog, ids: catalog.remove_search(_saved(catalog)),
}


def _seen(catalog: Catalog, ids: list[PhotoId]) -> object:
    """All that a decision can change, words included."""
    found = [sorted(catalog.match([Term(word)], limit=9).ids) for word in ("sofa", "holiday", "dog", "mine")]
    return (
        [(row.photo_id, row.caption, row.rating, row.is_favourite, row.taken_at) for row in catalog.rows(ids)],
        catalog.tags_of(ids),
        catalog.table(Order.NAME).ids.tolist(),
        catalog.tags(),
        catalog.folders(),
        catalog.roots(),
        catalog.saved_searches(),
        found,
    )


@pytest.mark.parametrize("name", DECISIONS)
def test_every_decision_can_be_undone_and_redone(catalog: Catalog, fill: Filler, name: str) -> None:
    ids = fill.add("a.jpg", "b.jpg", folder=b"Rome")
    fill.add("c.jpg")
    catalog.write_machine_tags("v", [(ids[0], [("dog", 0.9), ("cat", 0.7)])])
    catalog.write_captions("m", [(ids[0], "an animal")])
    catalog.add_tag(ids[:1], "mine")
    catalog.save_search("Dogs", '{"text": "dog"}')
    catalog.save_search("Cats", '{"text": "cat"}')
    before = _seen(catalog, ids)
    DECISIONS[name](catalog, ids)
    after = _seen(catalog, ids)
    assert after != before
    kind = name.replace("remove_root", "remove_folder")
    assert catalog.next_steps() == (kind, None)
    assert catalog.undo() == kind
    assert catalog.next_steps() == ("save_search", kind)
    assert _seen(catalog, ids) == before
    assert catalog.redo() == kind
    assert _seen(catalog, ids) == after
    assert catalog.redo() is None


def test_undo_goes_back_step_by_step_and_a_new_decision_ends_redo(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg")
    for rating in (1, 2, 3):
        catalog.set_rating(ids, rating)
    assert [catalog.undo(), catalog.rows(ids)[0].rating] == ["rating", 2]
    assert [catalog.undo(), catalog.rows(ids)[0].rating] == ["rating", 1]
    assert [catalog.redo(), catalog.rows(ids)[0].rating] == ["rating", 2]
    catalog.set_favourite(ids, True)
    assert catalog.redo() is None
    assert [catalog.undo() for _ in range(4)] == ["favourite", "rating", "rating", None]


def test_deciding_what_is_so_already_is_no_decision(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg")
    catalog.set_rating(ids, 0)
    catalog.set_favourite(ids, False)
    catalog.set_caption(ids[0], "  ")
    catalog.remove_tag(ids, "nothing")
    catalog.set_rating([PhotoId(99)], 3)
    assert catalog.undo() is None


def test_undo_works_across_programs_and_restarts(library: Path, catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg")
    catalog.set_rating(ids, 5)
    other = Catalog.open(library)
    assert other.undo() == "rating"
    other.close()
    assert catalog.rows(ids)[0].rating == 0


def test_a_decision_that_fails_half_way_is_none(
    catalog: Catalog, fill: Filler, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = fill.add("a.jpg")

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(words, "keep_in_step", fail)
    with pytest.raises(RuntimeError):
        catalog.set_caption(ids[0], "Rex")
    monkeypatch.undo()
    assert catalog.captions_of(ids) == {}
    assert catalog.undo() is None


def test_history_is_bounded(catalog: Catalog, fill: Filler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEPT", 3)
    ids = fill.add("a.jpg")
    for rating in (1, 2, 3, 4, 5):
        catalog.set_rating(ids, rating)
    assert [catalog.undo() for _ in range(4)] == ["rating", "rating", "rating", None]


@pytest.mark.parametrize("rating", [-1, 6])
def test_ratings_are_0_to_5(catalog: Catalog, fill: Filler, rating: int) -> None:
    with pytest.raises(ValueError, match="rating"):
        catalog.set_rating(fill.add("a.jpg"), rating)


def test_a_persons_caption_hides_the_machines_until_it_goes(catalog: Catalog, fill: Filler) -> None:
    (photo_id,) = fill.add("a.jpg")
    catalog.write_captions("m", [(photo_id, "a dog")])
    catalog.set_caption(photo_id, " Rex \udcff")
    catalog.write_captions("m2", [(photo_id, "another dog")])
    photo = catalog.photo(photo_id)
    assert photo is not None
    assert (photo.caption, photo.caption_model) == ("Rex ?", None)
    catalog.set_caption(photo_id, None)
    photo = catalog.photo(photo_id)
    assert photo is not None
    assert (photo.caption, photo.caption_model) == ("another dog", "m2")


def test_a_rejected_machine_tag_never_comes_back_unless_a_person_adds_it(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg", "b.jpg")
    said = [(photo_id, [("dog", 0.9)]) for photo_id in ids]
    catalog.write_machine_tags("v", said)
    catalog.remove_tag(ids[:1], "DOG")
    catalog.write_machine_tags("v2", said)
    assert list(catalog.tags_of(ids)) == ids[1:]
    assert catalog.match([Term("dog")], limit=5).ids.tolist() == ids[1:]
    assert catalog.tags() == [("dog", 1)]
    catalog.add_tag(ids[:1], "dog")
    assert [(tag.name, tag.is_machine) for tag in catalog.tags_of(ids)[ids[0]]] == [("dog", False)]
    assert catalog.tags() == [("dog", 2)]


def test_tags_that_differ_in_case_are_one(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg")
    catalog.add_tag(ids, "Straße")
    catalog.add_tag(ids, " STRASSE ")
    assert catalog.tags() == [("Straße", 1)]
    assert catalog.scope_ids(Scope(tag="strasse")).tolist() == ids
    with pytest.raises(ValueError, match="name"):
        catalog.add_tag(ids, "  ")


def test_tags_are_counted_once_for_each_photo_that_shows_them(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add(*[f"{number}.jpg" for number in range(6)])
    catalog.write_machine_tags("v", [(photo_id, [("dog", 0.9), ("cat", 0.4), ("sea", 0.7)]) for photo_id in ids])
    assert catalog.tags() == [("dog", 6), ("sea", 6)]
    catalog.add_tag(ids[:2], "dog")
    catalog.add_tag(ids[:1], "cat")
    catalog.remove_tag(ids[2:4], "dog")
    catalog.remove_tag(ids, "sea")
    assert catalog.tags() == [("dog", 4), ("cat", 1)]
    catalog.remove_photos([ids[0], ids[2], ids[5]])
    assert catalog.tags() == [("dog", 2)]
    for _ in range(5):
        catalog.undo()
    assert catalog.tags() == [("dog", 6), ("sea", 6)]


def test_tags_that_a_person_gave_stand_first(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg", "b.jpg")
    catalog.write_machine_tags("v", [(photo_id, [("dog", 0.9)]) for photo_id in ids])
    catalog.add_tag(ids[:1], "treasure")
    assert catalog.tags() == [("treasure", 1), ("dog", 2)]


def test_machine_tags_below_one_half_are_kept_but_not_shown(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg")
    catalog.write_machine_tags("v", [(ids[0], [("dog", 0.49), ("cat", 0.5)])])
    assert [tag.name for tag in catalog.tags_of(ids)[ids[0]]] == ["cat"]
    assert catalog.match([Term("dog")], limit=5).ids.tolist() == []


def test_a_removed_photo_stays_away_when_its_folder_is_walked(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg")
    catalog.remove_photos(ids)
    assert fill.add("a.jpg") == ids
    folder = catalog.folder_at(PICTURES)
    assert folder is not None
    assert catalog.known_files(folder)[b"a.jpg"].removed_reason == "removed"
    assert catalog.table(Order.NAME).ids.tolist() == []
    catalog.restore_photos(ids)
    assert catalog.table(Order.NAME).ids.tolist() == ids


def test_a_crash_while_trashing_leaves_an_intent(catalog: Catalog, fill: Filler, library: Path) -> None:
    ids = fill.add("a.jpg", "b.jpg")
    catalog.begin_trash(ids)
    restarted = Catalog.open(library)
    pending = restarted.pending_trash()
    assert {photo_id: [file.path.name for file in files] for photo_id, files in pending.items()} == {
        ids[0]: ["a.jpg"],
        ids[1]: ["b.jpg"],
    }
    restarted.cancel_trash(ids[:1])
    restarted.finish_trash(iter(ids[1:]))
    assert restarted.pending_trash() == {}
    assert restarted.table(Order.NAME).ids.tolist() == ids[:1]
    restarted.close()


def test_a_trashed_photo_is_shown_again_when_its_file_is_back(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg", "b.jpg")
    catalog.remove_photos(ids[1:])
    _trash(catalog, ids[:1])
    folder = catalog.folder_at(PICTURES)
    assert folder is not None
    known = catalog.known_files(folder)[b"a.jpg"]
    assert known.is_missing
    catalog.write_found(folder, [FoundPhoto(FoundFile(b"a.jpg", known.size_bytes, known.mtime_ns))])
    assert catalog.table(Order.NAME).ids.tolist() == ids[:1]
    assert not catalog.rows(ids)[0].is_offline


def test_a_decision_about_thousands_of_photos_keeps_words_in_step(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add(*[f"{number}.jpg" for number in range(words.AT_ONCE + 100)])
    catalog.add_tag(ids, "holiday")
    assert len(catalog.match([Term("holiday")], limit=10_000).ids) == len(ids)
    catalog.undo()
    assert catalog.match([Term("holiday")], limit=10_000).ids.tolist() == []
