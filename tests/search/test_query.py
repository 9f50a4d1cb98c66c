"""What a person types is always a query, and a query can be written down again."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.periods import Ago, Date, Named, Unit
from app.core.query import (
    And,
    Comparison,
    Field,
    FieldName,
    Mistake,
    Node,
    Not,
    Or,
    Query,
    Scope,
    Term,
    Trait,
)
from app.core.types import Kind
from app.search.query import MOST_DEPTH, MOST_TERMS, parse, to_text


def both(*parts: Node) -> And:
    return And(parts)


def either(*parts: Node) -> Or:
    return Or(parts)


DOG, CAT, BEACH, SEA = (Term(word) for word in ("dog", "cat", "beach", "sea"))


def test_words_phrases_and_negations_are_told_apart() -> None:
    assert parse('two dogs "on a beach" -cat -"red car"').parts == (
        Term("two"),
        Term("dogs"),
        Term("on a beach", is_exact=True),
        Not(CAT),
        Not(Term("red car", is_exact=True)),
    )


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("dog OR cat", either(DOG, CAT)),
        ("beach dog OR cat sea", both(BEACH, either(DOG, CAT), SEA)),
        ("dog OR cat OR sea", either(DOG, CAT, SEA)),
        ("dog OR (cat OR sea)", either(DOG, CAT, SEA)),
        ("(beach dog) OR cat", either(both(BEACH, DOG), CAT)),
        ("beach (dog sea)", both(BEACH, DOG, SEA)),
        ("((dog))", DOG),
        ("-(dog cat)", Not(both(DOG, CAT))),
        ("-(dog OR cat) sea", both(Not(either(DOG, CAT)), SEA)),
        ("-(-dog)", DOG),
        ("--dog", Not(DOG)),
        ("dog -(beach OR (cat sea))", both(DOG, Not(either(BEACH, both(CAT, SEA))))),
        ("dog or cat", both(DOG, Term("or"), CAT)),
        ("dog dog OR cat dog", both(DOG, either(DOG, CAT))),
        ("dog OR dog", DOG),
        ("dog () cat", both(DOG, CAT)),
    ],
)
def test_parts_belong_together_as_they_are_read(text: str, root: Node) -> None:
    query = parse(text)
    assert query.root == root
    assert query.problems == ()


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("tag:beach", Field(FieldName.TAG, "beach")),
        ("TAG:beach", Field(FieldName.TAG, "beach")),
        ('tag:"New  York"', Field(FieldName.TAG, "New York")),
        ('folder:"2019/Rome (old)"', Field(FieldName.FOLDER, "2019/Rome (old)")),
        ("file:IMG(1).jpg", Field(FieldName.FILE, "IMG(1).jpg")),
        ("type:video", Field(FieldName.TYPE, Kind.VIDEO)),
        ("type:Screenshots", Field(FieldName.TYPE, Kind.SCREENSHOT)),
        ("is:favorite", Field(FieldName.IS, Trait.FAVOURITE)),
        ("rating:4", Field(FieldName.RATING, 4)),
        ("rating:=4", Field(FieldName.RATING, 4)),
        ("rating:>=4", Field(FieldName.RATING, 4, Comparison.AT_LEAST)),
        ("rating:≤2", Field(FieldName.RATING, 2, Comparison.AT_MOST)),
        ("rating:<2", Field(FieldName.RATING, 2, Comparison.BELOW)),
        ("rating:3..5", Field(FieldName.RATING, 3, Comparison.BETWEEN, 5)),
        ("rating:3..", Field(FieldName.RATING, 3, Comparison.AT_LEAST)),
        ("rating:..3", Field(FieldName.RATING, 3, Comparison.AT_MOST)),
        ("date:2023", Field(FieldName.DATE, Date(2023))),
        ("date:2023-5", Field(FieldName.DATE, Date(2023, 5))),
        ("date:2023/05/17", Field(FieldName.DATE, Date(2023, 5, 17))),
        ("date:2023-05..2023-08", Field(FieldName.DATE, Date(2023, 5), Comparison.BETWEEN, Date(2023, 8))),
        ("date:>=2023", Field(FieldName.DATE, Date(2023), Comparison.AT_LEAST)),
        ('date:"last week"', Field(FieldName.DATE, Named.LAST_WEEK)),
        ("date:This-Year", Field(FieldName.DATE, Named.THIS_YEAR)),
        ("date:3m", Field(FieldName.DATE, Ago(3, Unit.MONTH))),
        ("before:2y", Field(FieldName.BEFORE, Ago(2, Unit.YEAR))),
        ("after:2023-05-17", Field(FieldName.AFTER, Date(2023, 5, 17))),
    ],
)
def test_fields_are_read_with_their_values(text: str, field: Field) -> None:
    query = parse(f"dog {text}")
    assert query.parts == (DOG, field)
    assert query.problems == ()
    assert parse(to_text(query.root)) == query


@pytest.mark.parametrize(
    "text", ["note:abc", "3:45", "https://example.org/tag:x", "t-shirt", "C:/tag", "date", "orange"]
)
def test_what_is_no_field_is_a_plain_word(text: str) -> None:
    assert parse(text).root == Term(text)


@pytest.mark.parametrize(
    ("text", "part", "code"),
    [
        ("dog date:2023-13", "date:2023-13", Mistake.NOT_A_DATE),
        ("dog date:2023-02-30", "date:2023-02-30", Mistake.NOT_A_DATE),
        ("dog before:soon", "before:soon", Mistake.NOT_A_DATE),
        ('dog date:"some day"', 'date:"some day"', Mistake.NOT_A_DATE),
        ("dog date:2023..x", "date:2023..x", Mistake.NOT_A_DATE),
        ("rating:abc dog", "rating:abc", Mistake.NOT_A_RATING),
        ("rating:6 dog", "rating:6", Mistake.NOT_A_RATING),
        ("-rating:abc dog", "rating:abc", Mistake.NOT_A_RATING),
        ("dog type:song", "type:song", Mistake.VALUE_UNKNOWN),
        ("dog is:odd", "is:odd", Mistake.VALUE_UNKNOWN),
        ("dog tag:", "tag:", Mistake.VALUE_MISSING),
        ('dog tag:""', 'tag:""', Mistake.VALUE_MISSING),
        ("(dog", "(", Mistake.GROUP_NOT_CLOSED),
        ("dog)", ")", Mistake.GROUP_NOT_OPENED),
        ("dog OR", "OR", Mistake.OR_WITHOUT_SIDE),
        ("OR dog", "OR", Mistake.OR_WITHOUT_SIDE),
        ("(OR dog)", "OR", Mistake.OR_WITHOUT_SIDE),
    ],
)
def test_a_mistake_has_its_place_and_the_rest_still_searches(text: str, part: str, code: Mistake) -> None:
    query = parse(text)
    assert query.root == DOG
    (problem,) = query.problems
    assert problem.code is code
    assert text[problem.start : problem.end] == part


@pytest.mark.parametrize(
    ("text", "quote", "leaf"),
    [
        ('dog "big cat', '"', Term("big cat", is_exact=True)),
        ("dog “big cat", "“", Term("big cat", is_exact=True)),
        ('dog camera:"Canon EOS 80D', '"', Field(FieldName.CAMERA, "Canon EOS 80D")),
    ],
)
def test_an_open_quote_reaches_to_the_end_and_is_told(text: str, quote: str, leaf: Node) -> None:
    query = parse(text)
    assert query.parts == (DOG, leaf)
    (problem,) = query.problems
    assert problem.code is Mistake.QUOTE_NOT_CLOSED
    assert text[problem.start : problem.end] == quote
    assert parse(f'{text}"').problems == ()


def test_a_mistake_tells_what_could_stand_there() -> None:
    (problem,) = parse("is:odd").problems
    assert problem.fields == {
        "field": "is",
        "value": "odd",
        "choices": "favourite, unrated, captioned, tagged, offline, unreadable",
    }


@pytest.mark.parametrize("text", ["sea dog OR date:2023-13 cat", "sea dog date:2023-13 OR cat", "sea dog OR () cat"])
def test_an_or_that_lost_a_side_joins_nothing(text: str) -> None:
    assert parse(text).root == both(SEA, DOG, CAT)


def test_every_part_knows_its_place() -> None:
    text = 'dog -"red car" (cat OR tag:"a b") -(sea beach)'
    places = [text[part.start : part.end] for part in parse(text).parts]
    assert places == ["dog", '-"red car"', '(cat OR tag:"a b")', "-(sea beach)"]
    group = parse(text).parts[2]
    assert isinstance(group, Or)
    assert [text[part.start : part.end] for part in group.parts] == ["cat", 'tag:"a b"']


def test_an_open_quote_reaches_to_the_end() -> None:
    assert parse('dog "in the sn').parts == (DOG, Term("in the sn", is_exact=True))


def test_typographic_quotes_are_quotes() -> None:
    assert parse("“red car”").root == Term("red car", is_exact=True)
    assert parse("tag:“red car”").root == Field(FieldName.TAG, "red car")


def test_a_name_with_parentheses_is_one_word() -> None:
    assert parse("(IMG(1).jpg)").root == Term("IMG(1).jpg")


@pytest.mark.parametrize("text", ["", "  ", "?!", "-", '""', '-"', "…", "(*)", "- -", "()", "-()"])
def test_what_means_nothing_is_empty(text: str) -> None:
    assert parse(text).is_empty


def test_an_emoji_is_a_word() -> None:
    assert parse("🐶 !").root == Term("🐶")


def test_a_pasted_page_is_asked_for_by_its_first_different_words() -> None:
    query = parse(" ".join(f"word{n} word{n}" for n in range(5_000)))
    assert len(query.parts) == MOST_TERMS
    assert [problem.code for problem in query.problems] == [Mistake.TOO_LONG]
    assert parse("red " * 5_000).problems == ()


def test_the_scope_is_kept() -> None:
    assert parse("dog", Scope(tag="x")).scope == Scope(tag="x")


@pytest.mark.parametrize(
    "text",
    ["(" * 10_000, "(" * 5_000 + "dog" + ")" * 5_000, "-(" * 5_000 + "dog", "x(" * 5_000, ")" * 10_000,
     "(dog OR (cat " * 700, "-(dog -(cat " * 800, "a OR " * 2_000, '"' * 10_000, "tag:" * 2_500, "a( " * 3_000],
)  # fmt: skip
def test_ten_thousand_characters_are_read(text: str) -> None:
    query = parse(text)
    assert parse(to_text(query.root)).root == query.root


def test_groups_that_are_too_deep_lose_their_parentheses_alone() -> None:
    query = parse("(dog OR " * 50 + "cat" + ")" * 50)
    assert query.root == either(DOG, CAT)
    assert [problem.code for problem in query.problems] == [Mistake.TOO_DEEP]
    assert parse("(" * MOST_DEPTH + "dog" + ")" * MOST_DEPTH).problems == ()


PIECES = st.sampled_from(
    ["dog", "cat", "OR", "or", "-", "--", "−", "(", ")", '"', "“", ":", "tag:", "date:", "rating:", "is:", "type:",
     "2023", "2023-05", "..", ">=", "4", "last week", "7d", "favourite", "video", "a(b)", "a(", "b)", "x:y", "\x00",
     "\ud800", "\x1c", "\x85", "ſ", "iſ:", "日本", "🐶", "?"]
)  # fmt: skip
TYPED = st.lists(PIECES | st.sampled_from([" ", "  "]) | st.text(max_size=3), max_size=40).map("".join)


@settings(max_examples=500, deadline=None)
@given(TYPED | st.text())
def test_any_text_is_a_query_that_can_be_written_down(text: str) -> None:
    query = parse(text)
    assert isinstance(query, Query)
    assert parse(to_text(query.root)).root == query.root
    assert all(0 <= problem.start < problem.end <= len(text) for problem in query.problems)
    assert all(0 <= part.start < part.end <= len(text) for part in query.parts)
    assert all(first.end <= second.start for first, second in pairwise(sorted(query.parts, key=lambda p: p.start)))


WORDS = st.sampled_from(["dog", "cat", "sea", "IMG(1).jpg", "t-shirt", "x:y", "or"])
NAMES = st.sampled_from([FieldName.TAG, FieldName.FOLDER, FieldName.CAMERA])
LEAVES = (
    st.builds(Term, WORDS)
    | st.builds(Term, WORDS | st.just("red car"), st.just(True))
    | st.builds(Field, NAMES, WORDS | st.sampled_from(["New York", "a (b", "-x", ">=4", "2..3"]))
    | st.builds(Field, st.just(FieldName.RATING), st.integers(0, 5), st.sampled_from(list(Comparison)[:5]))
    | st.builds(Field, st.just(FieldName.DATE), st.sampled_from([Date(2023), Date(999 + 1, 2), Named.TODAY]))
)


def _written(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(parts, min_size=1, max_size=4)
    return several.map(" ".join) | several.map(" OR ".join) | parts.map("({})".format) | parts.map("-({})".format)


@settings(max_examples=300, deadline=None)
@given(st.recursive(LEAVES.map(to_text), _written, max_leaves=20))
def test_any_tree_that_is_written_down_is_read_again_without_problems(text: str) -> None:
    query = parse(text)
    assert {problem.code for problem in query.problems} <= {Mistake.TOO_MANY_WAYS}  # as many as chance wrote
    assert parse(to_text(query.root)).root == query.root
