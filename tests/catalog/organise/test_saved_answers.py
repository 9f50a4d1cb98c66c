"""What saved searches came to is kept for the question and the model that it was worked out for."""

from __future__ import annotations

from app.catalog.catalog import Catalog
from app.catalog.organise.saved_answers import _KEPT_S
from tests.catalog.conftest import PICTURES, Filler


def test_a_cut_is_of_one_question_and_one_model(catalog: Catalog) -> None:
    search_id = catalog.save_search("Dogs", "dogs?")
    catalog.keep_cut(search_id, "dogs?", "clip", "[1]")
    catalog.rename_search(search_id, "Our dogs")
    assert catalog.saved_cut(search_id, "clip") == "[1]"
    assert catalog.saved_cut(search_id, "siglip") is None
    catalog.change_search(search_id, "cats?")
    assert catalog.saved_cut(search_id, "clip") is None
    catalog.undo()
    assert catalog.saved_cut(search_id, "clip") == "[1]"
    catalog.forget_cuts(search_id, "dogs?")
    assert catalog.saved_cut(search_id, "clip") is None


def test_a_cut_comes_back_with_its_search_and_is_not_kept_for_ever_without_it(catalog: Catalog) -> None:
    search_id = catalog.save_search("Dogs", "dogs?")
    catalog.keep_cut(search_id, "dogs?", "clip", "[1]")
    catalog.remove_search(search_id)
    assert catalog.saved_cut(search_id, "clip") is None
    catalog.undo()
    assert catalog.saved_cut(search_id, "clip") == "[1]"
    other_id = catalog.save_search("Cats", "cats?")
    catalog.remove_search(search_id)
    catalog.keep_cut(other_id, "cats?", "clip", "[2]")
    assert _cuts(catalog) == ["[1]", "[2]"]
    now = catalog._sql.now()
    catalog._sql.now = lambda: now + 2 * _KEPT_S
    catalog.keep_cut(other_id, "cats?", "clip", "[3]")
    assert _cuts(catalog) == ["[3]"]


def test_counts_are_told_for_what_is_asked_still(catalog: Catalog) -> None:
    dogs, cats = catalog.save_search("Dogs", "dogs?"), catalog.save_search("Cats", "cats?")
    catalog.keep_counts("clip", {dogs: 3, cats: 0, 7: 9})
    catalog.keep_cut(dogs, "dogs?", "clip", "[1]")
    assert catalog.saved_counts("clip") == {dogs: 3, cats: 0}
    catalog.keep_counts("clip", {dogs: 4})
    catalog.change_search(cats, "kittens?")
    assert catalog.saved_counts("clip") == {dogs: 4}
    assert catalog.saved_cut(dogs, "clip") == "[1]"
    assert catalog.saved_counts("siglip") == {}


def test_the_state_changes_with_what_photos_are_found_by_and_with_nothing_else(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg", "b.jpg")
    folder = catalog.folder(catalog.add_root(PICTURES), b"")
    states = [catalog.state_searched()]
    catalog.note_asked("dogs")
    catalog.keep_counts("clip", {catalog.save_search("Dogs", "dogs?"): 1})
    assert catalog.state_searched() == states[0]
    for change in (
        lambda: catalog.set_rating(ids, 3),
        lambda: catalog.add_tag(ids, "dog"),
        catalog.undo,
        lambda: catalog.write_captions("m", [(ids[0], "a dog")]),
        lambda: catalog.write_captions("m", [(ids[0], "a cat")]),
        lambda: catalog.write_machine_tags("v", [(ids[0], [("dog", 0.9)])]),
        lambda: fill.add("c.jpg"),
        lambda: catalog.write_found(folder, missing=[fill.file(ids[1]).file_id]),
        lambda: catalog.remove_photos(ids[:1]),
    ):
        change()
        states.append(catalog.state_searched())
    assert len(set(states)) == len(states)


def _cuts(catalog: Catalog) -> list[str]:
    return sorted(catalog._sql.column("SELECT cut FROM saved_answer"))
