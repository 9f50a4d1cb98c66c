"""Edits the text of a query for the mouse: filters are put in and taken out, and what is being typed is told."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.core.query import And, Field, FieldName, Node, Not, Or
from app.search.lexing import Mark, tokens
from app.search.query import parse, to_text
from app.search.reading_values import quoted

_SEVERAL = (FieldName.TAG, FieldName.IS)
"""A photo may have several of these: another one joins those that are there. Of all others, it takes their place."""
_OR_BEHIND = re.compile(r"(?:(?<=[\s(])|^)OR$")
_OR_BEFORE = re.compile(r"OR(?=[\s)]|$)")
_OPEN_BEHIND = re.compile(r"[-−]?\($")


@dataclass(frozen=True, slots=True)
class Typing:
    """What is being typed where the cursor stands.

    Attributes:
        field: whose value it is; None: a word, or the beginning of a field's name.
        prefix: what stands before the cursor.
        start, end: what a completion takes the place of; a value's quotes are part of it.
    """

    field: FieldName | None
    prefix: str
    start: int
    end: int


def completion_context(text: str, cursor: int) -> Typing:
    """What could be completed at the cursor; an empty word where nothing is begun, and in quoted phrases."""
    for token in tokens(text):
        if token.mark is Mark.FIELD and token.inner <= cursor <= token.end:
            opening = token.inner - (text[token.inner - 1] != ":")
            return Typing(token.field, token.text[: cursor - token.inner], opening, token.end)
        if token.mark in (Mark.WORD, Mark.OR, Mark.FIELD) and token.start < cursor <= token.end:
            return Typing(None, text[token.start : cursor], token.start, token.end)
    return Typing(None, "", cursor, cursor)


def with_field(text: str, name: FieldName, value: str | None) -> str:
    """The text with ``name:value`` in it, where it must hold.

    Args:
        text: of the query.
        name: of the field. Others of the same name go, but for tags and traits, of which there may be several.
        value: as it is typed, without quotes (">=4", "New York"); None: fields of this name are only taken out.
    """
    told = None if value is None else parse(f"{name}:{quoted(value)}").root
    there = [part for part in parse(text).parts if isinstance(part, Field) and part.name is name]
    if told is not None and told in there:
        return text
    if told is None or name not in _SEVERAL:
        for part in there:
            text = without_part(text, part)
    return text if told is None else _joined(text, told)


def toggled(text: str, name: FieldName, value: str) -> str:
    """The text without ``name:value`` where it must hold already, otherwise as ``with_field`` gives it."""
    told = parse(f"{name}:{quoted(value)}").root
    if told is None or told not in parse(text).parts:
        return with_field(text, name, value)
    return without_part(text, told)


def filters_in(text: str) -> tuple[Node, ...]:
    """The parts of the text in which a field stands, in their order: each alone, a group as the one part that it is."""
    return tuple(part for part in parse(text).parts if _has_field(part))


def without_part(text: str, part: Node) -> str:
    """The text without this part of it, wherever and how often it stands there by now; all other parts stay."""
    rest = [each for each in parse(text).parts if each != part]
    edited = text
    while (found := next((each for each in parse(edited).parts if each == part), None)) is not None:
        edited = without_span(edited, found.start, found.end)
    left = parse(edited).parts
    return edited if all(each in left for each in rest) else " ".join(map(to_text, rest))


def without_span(text: str, start: int, end: int) -> str:
    """The text without one of its parts, and without the OR or the parentheses that stood there for it alone."""
    left, right = text[:start].rstrip(), text[end:].lstrip()
    while right.startswith(")") and (found := _OPEN_BEHIND.search(left)):
        left, right = left[: found.start()].rstrip(), right[1:].lstrip()
    if found := _OR_BEHIND.search(left):
        left = left[: found.start()].rstrip()
    elif found := _OR_BEFORE.match(right):
        right = right[found.end() :].lstrip()
    is_tight = left.endswith("(") or right.startswith(")")
    return f"{left}{'' if is_tight else ' '}{right}".strip()


def _has_field(part: Node) -> bool:
    if isinstance(part, Not):
        return _has_field(part.part)
    if isinstance(part, And | Or):
        return any(_has_field(each) for each in part.parts)
    return isinstance(part, Field)


def _joined(text: str, term: Node) -> str:
    """Behind the text, or before it where it ends in an open quote, an open group or an OR.

    Where it begins with such an OR as well, what was understood of the text takes its place.
    """
    told = to_text(term)
    behind, before = f"{text.strip()} {told}".strip(), f"{told} {text}".strip()
    if term in parse(behind).parts[-1:]:
        return behind
    return before if term in parse(before).parts[:1] else f"{told} {to_text(parse(text).root)}".strip()
