"""A question comes back from the catalogue as it was asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.examples import Box, Example, Picture
from app.core.query import Scope
from app.core.types import FolderId, Kind, PhotoId, Place
from app.library.find.questions import Question, Unkeepable, from_json, to_json
from app.library.library import Library

ROME = Place("Rome", "Lazio", "Italy", "IT")


@given(st.text(), st.sampled_from([Scope(), Scope(FolderId(3), "dog", kind=Kind.VIDEO, place=ROME, is_recent=True)]))
def test_a_question_comes_back_as_it_was(text: str, scope: Scope) -> None:
    text = text.encode("utf-8", "ignore").decode()
    examples = (Example(PhotoId(7)), Example(PhotoId(8), Box(0, 0.25, 1, 0.5), -1.0))
    question = Question(text, scope, examples, "space-1")
    assert from_json(to_json(question)) == question


def test_a_picture_that_is_kept_or_a_file_is_told_and_pixels_alone_are_not() -> None:
    kept = from_json(to_json(Question(examples=(Example(Picture("sea", path=Path("/a/sea.jpg")), weight=2.0),))))
    (example,) = kept.examples
    assert isinstance(example.source, Picture)
    assert (example.source.name, example.source.path, example.weight) == ("sea", Path("/a/sea.jpg"), 2.0)
    (example,) = from_json(to_json(Question(examples=(Example(Picture("sea", key="12ab")),)))).examples
    assert isinstance(example.source, Picture)
    assert (example.source.name, example.source.key, example.source.path) == ("sea", "12ab", None)
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


def test_a_question_asks_the_same_whichever_model_answers() -> None:
    picture = Example(Picture("sea", key="12ab"))
    assert Question("dog", examples=(picture,), space="a").asks_the_same(Question("dog", examples=(picture,)))
    assert not Question("dog").asks_the_same(Question("dog", Scope(tag="x")))
    pasted = Question(examples=(Example(Picture("pasted picture")),))
    assert not pasted.asks_the_same(pasted)
