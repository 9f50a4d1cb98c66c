"""Offers while a person types: values of fields with their counts, fields by name, what was asked before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.core.periods import Named
from app.core.query import FieldName, Suggestion
from app.search.editing import Typing, completion_context
from app.search.reading_values import quoted
from app.ui import wording
from app.ui.jobs import Jobs
from app.ui.panes.search_field import SearchField
from app.ui.parts import query_words
from app.ui.parts.completion_list import Offer

if TYPE_CHECKING:
    from app.library.library import Library

_MOST_VALUES = 8
_MOST_RECENT = 6
_MOST_RECENT_OF_A_WORD = 3
_MOST_OFFERS = 9
_SHORTEST_WORD = 2
"""Of fewer letters nearly everything could be meant."""

_FOR_WORDS = {
    FieldName.TAG: 3,
    FieldName.PLACE: 2,
    FieldName.DATE: 2,
    FieldName.FOLDER: 2,
    FieldName.CAMERA: 2,
}
"""Fields whose values are offered for a word that names none, and how many of each."""

_ICONS = {
    FieldName.TAG: "tag",
    FieldName.FOLDER: "folder",
    FieldName.CAMERA: "aperture",
    FieldName.LENS: "circle-dot",
    FieldName.TYPE: "images",
    FieldName.PLACE: "map-pin",
    FieldName.IS: "heart",
    FieldName.RATING: "star",
    FieldName.DATE: "calendar-clock",
    FieldName.BEFORE: "calendar-clock",
    FieldName.AFTER: "calendar-clock",
}


class Completing(QObject):
    """Asks on the ask lane, behind searches; an answer to what has been typed over meanwhile is dropped."""

    def __init__(self, field: SearchField, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._field = field
        self._jobs = jobs
        field.typed.connect(self._look)
        field.recent_wanted.connect(self._look_for_recent)
        field.forget_wanted.connect(self._forget)

    def _look(self, text: str, cursor: int) -> None:
        self._jobs.start(
            lambda library: _offers(library, text, cursor),
            key="complete",
            priority=5,
            on_done=lambda offers: self._show(text, cursor, offers),
        )

    def _look_for_recent(self) -> None:
        self._jobs.start(
            lambda library: [_asked(each) for each in library.catalog.asked(limit=_MOST_RECENT)],
            key="complete",
            priority=5,
            on_done=lambda offers: self._show("", 0, offers),
        )

    def _forget(self, asked: str) -> None:
        text, cursor = self._field.text, self._field.place

        def on_done(_: object) -> None:
            if text:
                self._look(text, cursor)
            else:
                self._look_for_recent()

        self._jobs.start(lambda library: library.catalog.forget_asked(asked), is_decision=True, on_done=on_done)

    def _show(self, text: str, cursor: int, offers: Sequence[Offer]) -> None:
        if self._field.text == text and self._field.place == cursor:
            self._field.offer(offers)


def _offers(library: Library, text: str, cursor: int) -> Iterator[list[Offer]]:
    """The last list is the answer; a search may go between the steps."""
    typing = completion_context(text, cursor)
    if typing.field is not None:
        values = library.catalog.suggest(typing.field, typing.prefix, _MOST_VALUES)
        yield _without_typed([_of_field(text, typing, typing.field, each) for each in values], text)
        return
    found = _asked_before(library, text, cursor)
    yield found
    if len(typing.prefix) >= _SHORTEST_WORD:
        for name, most in _FOR_WORDS.items():
            values = library.catalog.suggest(name, typing.prefix, most)
            found += [_of_word(text, typing, name, each) for each in values]
            yield found
        named = [_named(text, typing, name) for name in FieldName if name.startswith(typing.prefix.casefold())]
        found = [*found[: _MOST_OFFERS - len(named)], *named]
    yield found


def _asked_before(library: Library, text: str, cursor: int) -> list[Offer]:
    if cursor < len(text) or not text.strip():
        return []
    asked = library.catalog.asked(text, _MOST_RECENT_OF_A_WORD + 1)
    return _without_typed([_asked(each) for each in asked], text)[:_MOST_RECENT_OF_A_WORD]


def _without_typed(offers: Sequence[Offer], text: str) -> list[Offer]:
    """What stands there already is no offer."""
    typed = " ".join(text.split()).casefold()
    return [each for each in offers if each.text.strip().casefold() != typed]


def _asked(text: str) -> Offer:
    return Offer(text, "", "clock", text, len(text), is_question=True)


def _named(text: str, typing: Typing, name: FieldName) -> Offer:
    put, cursor = _put(text, typing, f"{name}:", "")
    return Offer(f"{name}:", query_words.field(name), "search", put, cursor, goes_on=True)


def _of_field(text: str, typing: Typing, name: FieldName, value: Suggestion) -> Offer:
    put, cursor = _put(text, typing, quoted(value.value), " ")
    count = "" if value.count is None else wording.number(value.count)
    return Offer(_shown(name, value.value), count, _ICONS.get(name, "search"), put, cursor, is_sure=True)


def _of_word(text: str, typing: Typing, name: FieldName, value: Suggestion) -> Offer:
    put, cursor = _put(text, typing, f"{name}:{quoted(value.value)}", " ")
    about = query_words.field(name)
    detail = about if value.count is None else f"{about} · {wording.number(value.count)}"
    return Offer(_shown(name, value.value), detail, _ICONS[name], put, cursor)


def _shown(name: FieldName, value: str) -> str:
    is_span = name in (FieldName.DATE, FieldName.BEFORE, FieldName.AFTER) and value in set(Named)
    return query_words.named(Named(value)) if is_span else value


def _put(text: str, typing: Typing, told: str, behind: str) -> tuple[str, int]:
    """The text in which ``told`` stands for what was being typed, and the place behind it."""
    before, after = text[: typing.start] + told + behind, text[typing.end :]
    return before + (after.lstrip(" ") if behind else after), len(before)
