"""The mouse writes the same query that a person would type."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.core.query import And, Field, FieldName, Node, Term
from app.search.editing import (
    Typing,
    completion_context,
    filters_in,
    toggled,
    with_field,
    without_part,
    without_span,
)
from app.search.query import parse
from tests.search.test_query import TYPED


@pytest.mark.parametrize(
    ("text", "name", "value", "edited"),
    [
        ("", FieldName.RATING, ">=4", "rating:>=4"),
        ("dog", FieldName.RATING, ">=4", "dog rating:>=4"),
        ("dog rating:3 cat", FieldName.RATING, ">=4", "dog cat rating:>=4"),
        ("rating:3", FieldName.RATING, None, ""),
        ("dog", FieldName.RATING, None, "dog"),
        ("tag:a", FieldName.TAG, "New York", 'tag:a tag:"New York"'),
        ("tag:a b", FieldName.TAG, "a", "tag:a b"),
        ("tag:a b tag:c", FieldName.TAG, None, "b"),
        ('dog "in the', FieldName.TYPE, "video", 'type:video dog "in the'),
        ("dog OR (cat", FieldName.TYPE, "video", "type:video dog OR (cat"),
        ("dog OR", FieldName.TYPE, "video", "type:video dog OR"),
        ("OR dog OR", FieldName.TYPE, "video", "type:video dog"),
        ("dog OR tag:x", FieldName.TAG, "x", "dog OR tag:x tag:x"),
        ("", FieldName.TAG, "say “hi”", 'tag:"say hi"'),
    ],
)
def test_a_filter_is_put_in_or_changed_or_taken_out(text: str, name: FieldName, value: str | None, edited: str) -> None:
    assert with_field(text, name, value) == edited


@pytest.mark.parametrize(
    ("text", "cut", "rest"),
    [
        ("dog tag:x cat", "tag:x", "dog cat"),
        ("dog OR tag:x cat", "tag:x", "dog cat"),
        ("dog OR tag:x OR cat", "tag:x", "dog OR cat"),
        ("tag:x OR cat", "tag:x", "cat"),
        ("sea tag:x OR cat", "tag:x", "sea cat"),
        ("sea (tag:x OR cat)", "tag:x", "sea (cat)"),
        ("sea (tag:x) cat", "tag:x", "sea cat"),
        ("sea OR -((tag:x)) cat", "tag:x", "sea cat"),
        ("(tag:x)", "tag:x", ""),
        ("FLOOR tag:x ORANGE", "tag:x", "FLOOR ORANGE"),
    ],
)
def test_a_part_goes_with_what_stood_there_for_it_alone(text: str, cut: str, rest: str) -> None:
    start = text.index(cut)
    assert without_span(text, start, start + len(cut)) == rest


@pytest.mark.parametrize(
    ("text", "typing"),
    [
        ("tag:be|", Typing(FieldName.TAG, "be", 4, 6)),
        ("tag:|", Typing(FieldName.TAG, "", 4, 4)),
        ("dog -tag:b|e sea", Typing(FieldName.TAG, "b", 9, 11)),
        ('dog tag:"new y|', Typing(FieldName.TAG, "new y", 8, 14)),
        ('dog tag:"new| york" x', Typing(FieldName.TAG, "new", 8, 18)),
        ("ta|", Typing(None, "ta", 0, 2)),
        ("ta|g:x", Typing(None, "ta", 0, 5)),
        ("dog -ta|", Typing(None, "ta", 5, 7)),
        ("(ta|)", Typing(None, "ta", 1, 3)),
        ("dog |", Typing(None, "", 4, 4)),
        ('"red c|', Typing(None, "", 6, 6)),
    ],
)
def test_what_is_being_typed_is_told(text: str, typing: Typing) -> None:
    assert completion_context(text.replace("|", ""), text.index("|")) == typing


@settings(max_examples=200, deadline=None)
@given(TYPED, st.sampled_from(["a", "New York", "(b", "“"]))
@example("OR dog OR", "a")
def test_a_filter_that_was_put_in_is_there_whatever_was_typed(text: str, value: str) -> None:
    edited = with_field(text, FieldName.CAMERA, f"x {value}")
    cameras = [part for part in parse(edited).parts if isinstance(part, Field) and part.name is FieldName.CAMERA]
    assert len(cameras) == 1
    assert Term("dog") not in _all(parse(text).root) or Term("dog") in _all(parse(edited).root)


@settings(max_examples=200, deadline=None)
@given(TYPED, st.integers(0, 200), st.integers(0, 200))
def test_any_place_can_be_asked_about_and_cut(text: str, start: int, end: int) -> None:
    typing = completion_context(text, min(start, len(text)))
    assert 0 <= typing.start <= typing.end <= len(text)
    parse(without_span(text, min(start, end), max(start, end)))


def _all(node: Node | None) -> tuple[Node, ...]:
    return node.parts if isinstance(node, And) else () if node is None else (node,)


@pytest.mark.parametrize(
    ("text", "name", "value", "edited"),
    [
        ("dog", FieldName.TAG, "New York", 'dog tag:"New York"'),
        ('dog tag:"New York"', FieldName.TAG, "New York", "dog"),
        ("rating:3", FieldName.RATING, ">=4", "rating:>=4"),
        ("dog -is:favourite", FieldName.IS, "favourite", "dog -is:favourite is:favourite"),
    ],
)
def test_a_filter_that_is_chosen_again_goes(text: str, name: FieldName, value: str, edited: str) -> None:
    assert toggled(text, name, value) == edited


def test_filters_are_the_parts_in_which_a_field_stands() -> None:
    text = 'dog -tag:x (type:video OR is:favourite) "a b" (tag:y OR cat) date:2023 (sea OR roof) -(place:x dog)'
    places = [text[part.start : part.end] for part in filters_in(text)]
    assert places == ["-tag:x", "(type:video OR is:favourite)", "(tag:y OR cat)", "date:2023", "-(place:x dog)"]


def test_a_part_goes_wherever_it_stands_by_now() -> None:
    (part,) = filters_in("tag:x dog")
    assert without_part("a brown dog tag:x", part) == "a brown dog"
    assert without_part("a brown dog", part) == "a brown dog"


@pytest.mark.parametrize(
    ("text", "filter_at", "rest"),
    [
        ("sea tag:dog OR tag:cat roof", 0, "sea roof"),
        ("sea (tag:dog OR tag:cat) tag:x", 0, "sea tag:x"),
        ("sea (tag:dog OR tag:cat) tag:x", 1, "sea (tag:dog OR tag:cat)"),
        ("dog OR tag:cat sea", 0, "sea"),
        ("-(dog tag:x) sea", 0, "sea"),
        ("tag:a OR tag:b OR tag:a sea", 0, "sea"),
        ("tag:a sea tag:a", 0, "sea"),
        ("tag:a OR tag:a sea", 0, "sea"),
        ("(tag:a tag:b) sea", 0, "(tag:b) sea"),
    ],
)
def test_a_group_goes_as_a_whole_and_a_repeated_filter_everywhere(text: str, filter_at: int, rest: str) -> None:
    assert without_part(text, filters_in(text)[filter_at]) == rest


@settings(max_examples=500, deadline=None)
@given(TYPED)
@example("dog (OR tag:a) OR cat tag:b")
@example("tag:a OR tag:b OR tag:a dog")
@example("(tag:a (tag:a)) OR -tag:b tag:c")
def test_a_filter_that_is_taken_out_is_gone_and_all_others_stay(text: str) -> None:
    there = parse(text).parts
    for part in filters_in(text):
        left = parse(without_part(text, part)).parts
        assert part not in left
        assert [each for each in left if each in there] == [each for each in there if each != part]
