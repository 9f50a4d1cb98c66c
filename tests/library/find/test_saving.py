"""A saved search is asked again as it was, and new photos join it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.examples import Box, Example, Picture
from app.core.query import Scope
from app.core.types import FolderId, Kind, PhotoId, Place
from app.library.enrich.embedding import embed_missing
from app.library.find.folding import look_for_alikes
from app.library.find.saving import Question, Unkeepable, count_saved, from_json, to_json
from app.library.intake.importing import import_path
from app.library.intake.reading import read_missing
from app.library.library import Library
from tests.making import make_photo

ROME = Place("Rome", "Lazio", "Italy", "IT")


def _take_in(library: Library, photos: Path) -> None:
    for fact in (import_path(library, photos), read_missing(library), embed_missing(library)):
        list(fact)


@given(st.text(), st.sampled_from([Scope(), Scope(FolderId(3), "dog", kind=Kind.VIDEO, place=ROME, is_recent=True)]))
def test_a_question_comes_back_as_it_was(text: str, scope: Scope) -> None:
    text = text.encode("utf-8", "ignore").decode()
    examples = (Example(PhotoId(7)), Example(PhotoId(8), Box(0, 0.25, 1, 0.5), -1.0))
    question = Question(text, scope, examples, "space-1")
    assert from_json(to_json(question)) == question


def test_a_picture_from_a_file_is_kept_and_pixels_alone_are_not() -> None:
    kept = from_json(to_json(Question(examples=(Example(Picture("sea", path=Path("/a/sea.jpg")), weight=2.0),))))
    (example,) = kept.examples
    assert isinstance(example.source, Picture)
    assert (example.source.name, example.source.path, example.weight) == ("sea", Path("/a/sea.jpg"), 2.0)
    with pytest.raises(Unkeepable):
        to_json(Question(examples=(Example(Picture("pasted picture")),)))


def test_what_a_newer_oriel_kept_is_read_as_far_as_it_is_known() -> None:
    assert from_json('{"text": "dog", "scope": {"kind": "hologram", "mood": 3}, "more": 1}') == Question("dog")


@pytest.mark.parametrize(
    "told",
    [
        "",
        "dog",
        "[]",
        "null",
        '{"scope": 3}',
        '{"scope": {"place": {"moon": 1}}}',
        '{"scope": {"folder_id": "x"}}',
        '{"examples": 3}',
        '{"examples": [{"photo": 1}]}',
        '{"examples": [{"weight": 1}]}',
        '{"examples": [{"photo": 1, "weight": 1, "box": [0, 0, 1]}]}',
        '{"examples": [{"photo": 1, "weight": 1, "box": [0, 0, 0, 0]}]}',
        '{"examples": [{"photo": [], "weight": 1}]}',
    ],
)
def test_what_is_no_question_is_refused_in_one_way(told: str) -> None:
    with pytest.raises(ValueError):
        from_json(told)


def test_a_picture_whose_name_is_no_text_is_kept_in_the_catalogue(library: Library) -> None:
    question = Question("\ud800", examples=(Example(Picture("sea\udcff", path=Path("/a/sea\udcff.jpg"))),))
    library.catalog.save_search("sea", to_json(question))
    (saved,) = library.catalog.saved_searches()
    kept = from_json(saved.question)
    assert isinstance(kept.examples[0].source, Picture)
    assert (kept.text, kept.examples[0].source.path) == ("\ud800", Path("/a/sea\udcff.jpg"))


def test_new_photos_join_a_saved_search_by_themselves(library: Library, photos: Path) -> None:
    for number in range(3):
        make_photo(photos / f"red {number}.jpg", "red")
        make_photo(photos / f"blue {number}.jpg", "blue")
    _take_in(library, photos)
    library.embedder.load()
    search_id = library.catalog.save_search("Red ones", to_json(Question("red")))
    saved = library.catalog.saved_searches()
    assert dict(count_saved(library, saved)) == {search_id: 3}
    make_photo(photos / "red 9.jpg", "red")
    _take_in(library, photos)
    assert dict(count_saved(library, saved)) == {search_id: 4}


def test_a_saved_search_counts_what_its_page_does(library: Library, photos: Path) -> None:
    first = make_photo(photos / "red.jpg", "red")
    shutil.copy(first, photos / "copy of red.jpg")
    make_photo(photos / "blue.jpg", "blue")
    _take_in(library, photos)
    library.embedder.load()
    look_for_alikes(library)
    search_id = library.catalog.save_search("Red ones", to_json(Question("red")))
    saved = library.catalog.saved_searches()
    assert dict(count_saved(library, saved, is_folding=True)) == {search_id: 1}
    assert dict(count_saved(library, saved)) == {search_id: 2}
    no_words = library.catalog.save_search("Named", to_json(Question("file:copy")))
    assert dict(count_saved(library, library.catalog.saved_searches()))[no_words] == 1


def test_what_can_not_be_counted_is_not_guessed(library: Library, photos: Path) -> None:
    make_photo(photos / "red.jpg", "red")
    _take_in(library, photos)
    library.embedder.unload()
    gone = Question(examples=(Example(Picture("x", path=photos / "gone.jpg")),))
    words = library.catalog.save_search("words", to_json(Question("red")))
    lost = library.catalog.save_search("lost", to_json(gone))
    broken = library.catalog.save_search("broken", "[]")
    counts = dict(count_saved(library, library.catalog.saved_searches()))
    assert counts == {words: None, lost: None, broken: None}
