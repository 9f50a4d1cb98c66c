"""Where in a picture the words of a query stand: the places that the viewer marks."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence

from app.core.query import And, Field, FieldName, Node, Not, Or, Term
from app.core.types import Corner, TextLine
from app.search.word_marks import phrases, spans

Place = tuple[Corner, Corner, Corner, Corner]
"""Corners as those of a TextLine."""

MOST_MARKS = 500
"""A word that stands everywhere is not looked for; drawing thousands of marks takes longer than a frame may."""
_NARROW = frozenset("iljtfrI.,:;'!|()[] ")
_WIDE = frozenset("mwMW@%")
_ROOM, _MOST_ROOM = 0.2, 0.1
"""What a detected line has of ground on either side, in heights of the line, and at most, in lengths of it."""


def marked(lines: Sequence[TextLine], root: Node | None, *, aspect: float = 1.0) -> list[Place]:
    """The places of the words that a query asks for, from the first line to the last.

    A word is taken for another form of itself as the index does it, roughly: marks need not agree with it in every
    case. Where in its line a word stands is reckoned from the usual widths of letters.

    Args:
        lines: of one picture.
        root: of the query.
        aspect: of the picture, width / height.
    """
    asked = phrases(_texts(root))
    found: list[Place] = []
    for line in lines:
        for start, end in spans(line.text, asked):
            found.append(_part(line, *_shares(line, start, end, aspect), is_upright=_is_upright(line, aspect)))
            if len(found) == MOST_MARKS:
                return found
    return found


def _texts(node: Node | None) -> Iterator[str]:
    """What is looked for in pictures; not what must not stand there."""
    if isinstance(node, Term):
        yield node.text
    elif isinstance(node, Field):
        if node.name is FieldName.TEXT:
            yield str(node.value)
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from _texts(part)
    elif isinstance(node, Not) or node is None:
        return


def _shares(line: TextLine, start: int, end: int, aspect: float) -> tuple[float, float]:
    """Where letters begin and end along their line, as shares of its length, without the room around its text."""
    widths = [_width(letter) for letter in line.text]
    whole, before, until = sum(widths), sum(widths[:start]), sum(widths[:end])
    wide, high = _size(line, aspect)
    room = min(_ROOM * min(wide, high) / max(wide, high, 1e-6), _MOST_ROOM)
    return room + before / whole * (1 - 2 * room), room + until / whole * (1 - 2 * room)


def _width(letter: str) -> float:
    """Of a letter in most print, a small "n" being 1."""
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.8
    if letter in _NARROW:
        return 0.55
    if letter in _WIDE:
        return 1.5
    return 1.2 if letter.isupper() else 1.0


def _size(line: TextLine, aspect: float) -> tuple[float, float]:
    """Width and height of a line, both in heights of the picture."""
    top_left, top_right, _, bottom_left = line.corners

    def length(end: Corner) -> float:
        return math.hypot((end[0] - top_left[0]) * aspect, end[1] - top_left[1])

    return length(top_right), length(bottom_left)


def _part(line: TextLine, start: float, end: float, *, is_upright: bool) -> Place:
    """A part of a line along the way in which it is read: from left to right, or from top to bottom."""
    top_left, top_right, bottom_right, bottom_left = line.corners
    if is_upright:
        return (
            _between(top_left, bottom_left, start),
            _between(top_right, bottom_right, start),
            _between(top_right, bottom_right, end),
            _between(top_left, bottom_left, end),
        )
    return (
        _between(top_left, top_right, start),
        _between(top_left, top_right, end),
        _between(bottom_left, bottom_right, end),
        _between(bottom_left, bottom_right, start),
    )


def _is_upright(line: TextLine, aspect: float) -> bool:
    """Letters below each other, or a line that was turned."""
    wide, high = _size(line, aspect)
    return len(line.text) > 1 and high > 1.5 * wide


def _between(start: Corner, end: Corner, share: float) -> Corner:
    return (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
