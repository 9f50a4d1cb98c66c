"""Turns what a person typed into a query tree; any text is legal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from app.core.query import Query, Scope, Term

MOST_TERMS = 64
"""A pasted page of text is asked for by its first different words; the model reads no more than that either."""

_QUOTES = str.maketrans("“”„‟«»＂", '"""""""')
_PART = re.compile(r'(?P<minus>(?<!\S)[-−])?(?:"(?P<phrase>[^"]*)(?:"|$)|(?P<word>[^\s"]+))')


def parse(text: str, scope: Scope | None = None) -> Query:
    """Read free text, ``"exact phrases"``, ``-word`` and ``-"phrase"``.

    An open quote reaches to the end, as it does while somebody types. Parts without a letter, digit or symbol
    that could mean something are passed over.

    Args:
        text: anything at all.
        scope: what the search is limited to; None: the whole library.

    Returns:
        The query; it is empty where nothing in the text can be searched for.
    """
    terms = tuple(_first_different(_terms(text.translate(_QUOTES))))
    words = " ".join(term.text for term in terms if not term.is_negated)
    return Query(words, terms, scope or Scope())


def _terms(text: str) -> Iterator[Term]:
    for part in _PART.finditer(text):
        phrase, word = part["phrase"], part["word"]
        told = " ".join((word if phrase is None else phrase).split())
        if has_content(told):
            yield Term(told, is_exact=phrase is not None, is_negated=part["minus"] is not None)


def _first_different(terms: Iterator[Term]) -> Iterator[Term]:
    """Repeated words say nothing more; the model would only be told twice."""
    seen: set[Term] = set()
    for term in terms:
        if term not in seen:
            seen.add(term)
            yield term
        if len(seen) == MOST_TERMS:
            return


def has_content(text: str) -> bool:
    """Whether there is a letter, a digit or a pictorial symbol (an emoji, say): not punctuation alone."""
    return any(unicodedata.category(character)[0] in "LNM" or _is_pictorial(character) for character in text)


def _is_pictorial(character: str) -> bool:
    return unicodedata.category(character) == "So"
