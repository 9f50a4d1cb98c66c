"""The marks stand where the words of the query stand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.core.types import TextLine
from app.search.query import parse
from app.search.text_marks import MOST_MARKS, marked


def line(text: str, left: float = 0.0, right: float = 1.0, top: float = 0.0, bottom: float = 0.1) -> TextLine:
    return TextLine(text, 1.0, ((left, top), (right, top), (right, bottom), (left, bottom)))


def seen(text: str, query: str) -> list[str]:
    """The marked parts of a line whose letters each take one part of its width."""
    places = marked([line(text)], parse(query).root)
    return [text[round(place[0][0] * len(text)) : round(place[1][0] * len(text))] for place in places]


def test_each_word_of_the_query_is_marked_wherever_it_stands() -> None:
    assert seen("Berlin to Paris via Berlin", "berlin paris") == ["Berlin", "Paris", "Berlin"]


def test_capitals_accents_and_other_forms_of_a_word_make_no_difference() -> None:
    assert seen("CAFÉ Müller", "cafe muller") == ["CAFÉ", "Müller"]
    assert seen("invoices paid", "invoice") == ["invoices"]
    assert seen("Departures", "depart") == ["Departures"]


def test_quoted_words_are_marked_as_one_and_only_side_by_side() -> None:
    assert seen("total amount due, amount total", '"total amount"') == ["total amount"]


def test_a_field_asks_for_text_and_other_fields_and_what_is_left_out_do_not() -> None:
    assert seen("exit here", "text:exit tag:here") == ["exit"]
    assert seen("exit here", "exit -here") == ["exit"]
    assert seen("exit here", "cat OR here") == ["here"]


def test_in_scripts_without_spaces_a_part_is_enough() -> None:
    assert seen("東京駅前広場", "駅前") == ["駅前"]


def test_a_place_is_part_of_its_line() -> None:
    (place,) = marked([line("aaaa bbbbb", left=0.2, right=0.7, top=0.5, bottom=0.6)], parse("bbbbb").root)
    assert [(round(x, 3), round(y, 3)) for x, y in place] == [(0.45, 0.5), (0.7, 0.5), (0.7, 0.6), (0.45, 0.6)]


def test_in_a_line_from_top_to_bottom_a_place_is_below() -> None:
    (place,) = marked([line("aa bb", left=0.0, right=0.1, top=0.0, bottom=1.0)], parse("bb").root)
    assert [(round(x, 3), round(y, 3)) for x, y in place] == [(0.0, 0.6), (0.1, 0.6), (0.1, 1.0), (0.0, 1.0)]


def test_without_a_question_nothing_is_marked() -> None:
    assert marked([line("exit")], parse("").root) == []


def test_no_more_than_can_be_drawn() -> None:
    assert len(marked([line("a " * 200)] * 9, parse('"a"').root)) == MOST_MARKS


@given(st.text(), st.text())
def test_any_text_and_any_query_are_legal(text: str, query: str) -> None:
    for place in marked([line(text)], parse(query).root):
        assert all(-0.001 <= number <= 1.001 for corner in place for number in corner)
