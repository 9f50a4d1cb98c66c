"""What a person types is always a query."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.query import Query, Scope, Term
from app.search.query import MOST_TERMS, parse


def test_words_phrases_and_negations_are_told_apart() -> None:
    query = parse('two dogs "on a beach" -cat -"red car"')
    assert query.terms == (
        Term("two"),
        Term("dogs"),
        Term("on a beach", is_exact=True),
        Term("cat", is_negated=True),
        Term("red car", is_exact=True, is_negated=True),
    )
    assert query.text == "two dogs on a beach"


def test_an_open_quote_reaches_to_the_end() -> None:
    assert parse('dog "in the sn').terms == (Term("dog"), Term("in the sn", is_exact=True))


def test_typographic_quotes_are_quotes() -> None:
    assert parse("“red car”").terms == (Term("red car", is_exact=True),)


def test_a_hyphen_inside_a_word_is_no_minus() -> None:
    assert parse("t-shirt").terms == (Term("t-shirt"),)


@pytest.mark.parametrize("text", ["", "  ", "?!", "-", '""', '-"', "…", "(*)", "- -"])
def test_what_means_nothing_is_empty(text: str) -> None:
    assert parse(text).is_empty


def test_an_emoji_is_a_word() -> None:
    assert parse("🐶 !").terms == (Term("🐶"),)


def test_a_pasted_page_is_asked_for_by_its_first_different_words() -> None:
    query = parse(" ".join(f"word{n} word{n}" for n in range(5_000)))
    assert len(query.terms) == MOST_TERMS


def test_the_scope_is_kept() -> None:
    assert parse("dog", Scope(tag="x")).scope == Scope(tag="x")


@given(st.text())
def test_parsing_never_raises(text: str) -> None:
    query = parse(text)
    assert isinstance(query, Query)
    assert all(term.text.strip() for term in query.terms)
