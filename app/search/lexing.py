"""Takes what a person typed apart: words, phrases, fields with their values, minus signs, OR, parentheses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from app.core.query import FieldName

QUOTES = str.maketrans("“”„‟«»＂", '"""""""')
"""All quotes are one, and none is longer than another: places in the text stay what they are."""
_MINUS = "-−"
_RUN = re.compile(r'[^\s"()]*')
_BREAK = re.compile(r'[\s"()]')
_FIELD = re.compile(rf"({'|'.join(FieldName)}):", re.IGNORECASE | re.ASCII)


class Mark(Enum):
    """What sort of token it is."""

    OPEN = auto()
    CLOSE = auto()
    OR = auto()
    WORD = auto()
    PHRASE = auto()
    FIELD = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A part of the text, from ``start`` (behind its minus sign) to ``end``.

    ``text`` is a word as it stands, or what is in the quotes of a phrase or a field's value; it begins at ``inner``.
    """

    mark: Mark
    start: int
    end: int
    text: str = ""
    inner: int = 0
    minus: int | None = None
    """Where the minus sign before it stands."""
    field: FieldName | None = None
    open_quote: int | None = None
    """Where the quote around it stands, if nothing closes it."""


def tokens(text: str) -> Iterator[Token]:
    """The tokens of any text, in their order. Between them stand spaces and what means nothing."""
    return _Lexer(text.translate(QUOTES)).tokens()


def has_content(text: str) -> bool:
    """Whether there is a letter, a digit or a pictorial symbol (an emoji, say): not punctuation alone."""
    return any(_says_something(unicodedata.category(character)) for character in text)


def _says_something(category: str) -> bool:
    return category[0] in "LNM" or category == "So"


class _Lexer:
    """Walks through the text once. No token depends on what came before it, but for its minus sign."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._partners = _partners(text)

    def tokens(self) -> Iterator[Token]:
        place = 0
        is_fresh = True  # A minus sign means "not" only behind a space or a parenthesis: not behind a quote.
        minus: int | None = None
        while place < len(self._text):
            character = self._text[place]
            if character.isspace():
                place, is_fresh, minus = place + 1, True, None
            elif character in _MINUS:
                if is_fresh and minus is None:
                    minus = place
                place += 1
            else:
                token = self._token(place, minus)
                if token.mark in (Mark.OPEN, Mark.CLOSE, Mark.OR, Mark.FIELD) or has_content(token.text):
                    yield token
                place, is_fresh, minus = token.end, token.mark is Mark.OPEN, None

    def _token(self, start: int, minus: int | None) -> Token:
        if self._text[start] == "(":
            return Token(Mark.OPEN, start, start + 1, minus=minus)
        if self._text[start] == ")":
            return Token(Mark.CLOSE, start, start + 1)
        if self._text[start] == '"':
            end = self._end_of_quote(start)
            return Token(
                Mark.PHRASE,
                start,
                end,
                self._text[start + 1 : end].rstrip('"'),
                start + 1,
                minus,
                open_quote=self._open_quote(start),
            )
        end = self._end_of_run(start)
        word = self._text[start:end]
        if word == "OR" and minus is None:
            return Token(Mark.OR, start, end, word, start)
        # Written small, it stays a word wherever it is printed.
        return self._field(start, end, minus) or Token(
            Mark.WORD, start, end, "or" if word == "OR" else word, start, minus
        )

    def _field(self, start: int, end: int, minus: int | None) -> Token | None:
        found = _FIELD.match(self._text, start, end)
        if found is None:
            return None
        name, inner, open_quote = FieldName(found[1].lower()), found.end(), None
        if inner == end and self._text[end : end + 1] == '"':
            open_quote = self._open_quote(end)
            end, inner = self._end_of_quote(end), end + 1
        return Token(Mark.FIELD, start, end, self._text[inner:end].rstrip('"'), inner, minus, name, open_quote)

    def _end_of_quote(self, start: int) -> int:
        """An open quote reaches to the end, as it does while somebody types."""
        end = self._text.find('"', start + 1)
        return len(self._text) if end < 0 else end + 1

    def _open_quote(self, start: int) -> int | None:
        return start if self._text.find('"', start + 1) < 0 else None

    def _end_of_run(self, start: int) -> int:
        """A word ends at a space, a quote, or a parenthesis whose partner does not stand in it: IMG(1).jpg is one."""
        place = start
        while True:
            found = _RUN.match(self._text, place)
            place = found.end() if found else place
            if place not in self._partners or place == start:
                return place
            place = self._partners[place] + 1


def _partners(text: str) -> dict[int, int]:
    """Where the parenthesis opened here is closed, for those without a space or a quote in between."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for each in _BREAK.finditer(text):
        if each[0] == "(":
            opened.append(each.start())
        elif each[0] != ")":
            opened.clear()
        elif opened:
            found[opened.pop()] = each.start()
    return found
