"""The marks stand where the words of the query stand."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from app.core.types import TextLine
from app.search.query import parse
from app.search.text_marks import MOST_MARKS, _width, marked


def line(text: str, left: float = 0.0, right: float = 1.0, top: float = 0.0, bottom: float = 0.1) -> TextLine:
    return TextLine(text, 1.0, ((left, top), (right, top), (right, bottom), (left, bottom)))


def seen(text: str, query: str) -> list[str]:
    """The marked parts of a long line, by the letters whose middle they cover."""
    places = marked([line(text, bottom=0.001)], parse(query).root)
    begins = list(itertools.accumulate(map(_width, text), initial=0.0))
    middles = [(begins[row] + begins[row + 1]) / 2 / begins[-1] for row in range(len(text))]
    return [
        "".join(letter for letter, at in zip(text, middles, strict=True) if place[0][0] < at < place[1][0])
        for place in places
    ]


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


def rounded(place) -> list[tuple[float, float]]:  # type: ignore[no-untyped-def]
    return [(round(x, 2), round(y, 2)) for x, y in place]


def test_a_place_is_part_of_its_line_without_the_ground_around_the_text() -> None:
    # 0.5 wide and 0.1 high: a fifth of the height is ground on either side, 0.02 of the picture.
    (place,) = marked([line("nnnn nnnnn", left=0.2, right=0.7, top=0.5, bottom=0.6)], parse("nnnnn").root)
    assert rounded(place) == [(0.44, 0.5), (0.68, 0.5), (0.68, 0.6), (0.44, 0.6)]


def test_in_a_line_from_top_to_bottom_a_place_is_below() -> None:
    (place,) = marked([line("nn uu", left=0.0, right=0.1, top=0.0, bottom=1.0)], parse("uu").root)
    assert rounded(place) == [(0.0, 0.56), (0.1, 0.56), (0.1, 0.98), (0.0, 0.98)]


def test_whether_a_line_stands_is_told_by_its_size_on_the_picture_and_not_by_shares_of_it() -> None:
    # 0.1 × 0.2 of a panorama five times as wide as high is a lying line.
    (place,) = marked([line("nn uu", right=0.1, bottom=0.2)], parse("uu").root, aspect=5.0)
    assert place[0][1] == 0.0
    assert place[2][1] == 0.2


def test_wide_letters_take_more_of_a_line_than_narrow_ones() -> None:
    (wide,) = marked([line("MMMM iiii", bottom=0.001)], parse("mmmm").root)
    assert wide[1][0] > 0.6


def test_without_a_question_nothing_is_marked() -> None:
    assert marked([line("exit")], parse("").root) == []


def test_no_more_than_can_be_drawn() -> None:
    assert len(marked([line("a " * 200)] * 9, parse('"a"').root)) == MOST_MARKS


@given(st.text(), st.text())
def test_any_text_and_any_query_are_legal(text: str, query: str) -> None:
    for place in marked([line(text)], parse(query).root):
        assert all(-0.001 <= number <= 1.001 for corner in place for number in corner)
