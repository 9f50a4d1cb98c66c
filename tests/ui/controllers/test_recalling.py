"""What is remembered of all that was asked."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from app.ui.controllers import recalling
from app.ui.controllers.recalling import Recalling


@pytest.fixture
def noted(qapp) -> tuple[Recalling, list[tuple[str, str]]]:
    """A text, and which one it takes the place of."""
    told: list[tuple[str, str]] = []
    catalog = SimpleNamespace(note_asked=lambda text, instead_of: told.append((text, instead_of)))

    def start(work: Callable[[Any], Any], **_: object) -> None:
        work(SimpleNamespace(catalog=catalog))

    return Recalling(SimpleNamespace(start=start)), told


def test_filtering_and_typing_on_leave_the_last_state_alone(noted):
    asked, told = noted
    states = ["dog", "dog camera:nikon", "dog camera:nikon tag:dog", "dog tag:dog"]
    for text in states:
        asked.note(text)
    assert told == list(zip(states, ["", *states], strict=False))


def test_another_question_leaves_the_one_before(noted):
    asked, told = noted
    for text in ("dog tag:x", "cat tag:x", "tag:x", "rating:5"):
        asked.note(text)
    assert [before for _, before in told] == [""] * 4


def test_the_same_words_a_while_later_are_a_question_of_their_own(noted, monkeypatch):
    monkeypatch.setattr(recalling, "REFINED_S", 0.0)
    asked, told = noted
    asked.note("dog")
    asked.note("dog tag:x")
    assert told == [("dog", ""), ("dog tag:x", "")]
