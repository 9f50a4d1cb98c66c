"""Where in a text the words of a query stand, as the index of words takes them."""

from __future__ import annotations

import pytest

from app.search.word_marks import phrases, spans


def _marked(text: str, *asked: str, is_name: bool = False) -> list[str]:
    return [text[start:end] for start, end in spans(text, phrases(asked), is_name=is_name)]


@pytest.mark.parametrize(
    ("asked", "text", "found"),
    [
        ("running", "A dog runs and ran, then it will run", ["runs", "run"]),
        ("run", "running, stopped", ["running"]),
        ("stopped", "it stops", ["stops"]),
        ("falling", "leaves fall", ["fall"]),
        ("ski", "a skiing trip", ["skiing"]),
        ("parties", "a Party", ["Party"]),
        ("zürich", "ZURICH", ["ZURICH"]),
        ("海滩", "我们在上海的海滩", ["海滩"]),
    ],
)
def test_a_word_is_marked_in_whatever_form(asked: str, text: str, found: list[str]) -> None:
    assert _marked(text, asked) == found


def test_words_that_are_joined_in_a_name_are_marked_singly() -> None:
    assert _marked("BeachParty2019.jpg", "party", "2019", is_name=True) == ["Party", "2019"]
