"""Whatever a reader claims to have seen can be kept, is bounded, and is found."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.enrich.picture_texts import MOST_CHARACTERS, MOST_LINES, Stored, stored, text_lines
from app.core.types import TextLine

SQUARE = ((0.1, 0.2), (0.3, 0.2), (0.3, 0.4), (0.1, 0.4))


def kept(*texts: str) -> list[str]:
    return [line.text for line in text_lines(stored(TextLine(text, 0.9, SQUARE) for text in texts).lines)]


def test_a_line_comes_back_as_it_was() -> None:
    line = TextLine("Überweisung 12,50 €", 0.875, SQUARE)
    assert text_lines(stored([line]).lines) == (line,)


def test_emoji_and_scripts_that_run_from_right_to_left_are_kept() -> None:
    assert kept("مخرج", "יציאה", "🎂 Happy", "出口") == ["مخرج", "יציאה", "🎂 Happy", "出口"]


def test_what_sqlite_or_a_line_cannot_hold_is_dropped() -> None:
    assert kept("a\nb", "\x00", "\udcff", "  ") == ["a b"]


def test_a_million_characters_are_cut_to_what_a_picture_may_have() -> None:
    (text,) = kept("a" * 1_000_000)
    assert len(text) == MOST_CHARACTERS
    assert len(kept(*(["word"] * 10_000))) == MOST_LINES


def test_numbers_that_are_none_or_outside_are_brought_inside() -> None:
    odd = TextLine("x", math.nan, ((-1.0, 2.0), (math.inf, 0.5), (0.0, 0.0), (1.0, 1.0)))
    (line,) = text_lines(stored([odd]).lines)
    assert line == TextLine("x", 0.0, ((0.0, 1.0), (0.0, 0.5), (0.0, 0.0), (1.0, 1.0)))


@given(st.lists(st.text()))
def test_any_text_can_be_kept(texts: list[str]) -> None:
    for text in kept(*texts):
        assert text.strip()
        text.encode("utf-8")


def test_how_much_stands_there_and_how_surely_it_was_read_is_kept_too() -> None:
    told = stored(
        [
            TextLine("ten of ten", 1.0, SQUARE),
            TextLine("  ", 0.1, SQUARE),
            TextLine("thirtythirtythirtythirtythirty", 0.6, SQUARE),
        ]
    )
    assert told.letters == 40
    assert told.confidence == pytest.approx(0.7)
    assert stored([]) == Stored("[]", 0, 0.0)
