"""The menu of filters: what photos can be limited to, with how many there are of each, most used first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.core.periods import Named
from app.core.query import FieldName, Scope, Suggestion, Trait
from app.core.types import Kind
from app.ui import wording
from app.ui.parts import query_words
from app.ui.theme import keep_icon

_MOST_SHOWN = 10
_LONGEST_NAME = 44
_MOST_STARS = 5
_COUNT_DIGITS = 5
_FIGURE_SPACE = "\u2007"

SPANS = (Named.TODAY, Named.THIS_WEEK, Named.THIS_MONTH, Named.THIS_YEAR, Named.LAST_YEAR)
"""Dates that are offered by name."""

_ICONS = {
    FieldName.DATE: "calendar-clock",
    FieldName.RATING: "star",
    FieldName.TYPE: "film",
    FieldName.PLACE: "map-pin",
    FieldName.CAMERA: "aperture",
    FieldName.LENS: "circle-dot",
    FieldName.FOLDER: "folder",
    FieldName.TAG: "tag",
}
"""Fields that have a menu of values, in their order."""

COUNTED = tuple(_ICONS)
"""Fields whose values are wanted when the menu opens."""


class Filters(QObject):
    """Fills a menu, and ticks what is in the query now."""

    opened = Signal()
    """The menu is about to be seen: what values are there?"""
    chosen = Signal(object, str)
    """A FieldName, and its value as it is typed: put it into the query, or take it out of it."""
    recent_chosen = Signal(bool)
    more_requested = Signal(object)
    """A FieldName whose values are all wanted."""
    dates_requested = Signal()

    def __init__(self, menu: QMenu, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ticked: frozenset[tuple[FieldName, str]] = frozenset()
        self._values: dict[FieldName, Sequence[Suggestion]] = {}
        self._favourite = self._add(menu, self.tr("Favourites"), FieldName.IS, Trait.FAVOURITE)
        self._recent = menu.addAction(self.tr("Recently added"))
        self._recent.setCheckable(True)
        self._recent.triggered.connect(self.recent_chosen)
        menu.addSeparator()
        self._menus = {name: menu.addMenu(query_words.field(name)) for name in COUNTED}
        for name, values in self._menus.items():
            keep_icon(values.menuAction(), _ICONS[name])
        menu.aboutToShow.connect(self.opened)
        for name in COUNTED:
            self._fill(name)

    def show_scope(self, scope: Scope) -> None:
        self._recent.setChecked(scope.is_recent)

    def show_ticked(self, ticked: frozenset[tuple[FieldName, str]]) -> None:
        """Tick what the query holds: names of fields, and their values as they are typed."""
        if ticked != self._ticked:
            self._ticked = ticked
            self._favourite.setChecked((FieldName.IS, Trait.FAVOURITE) in ticked)
            for name in COUNTED:
                self._fill(name)

    def set_values(self, name: FieldName, values: Sequence[Suggestion]) -> None:
        """What photos have, most used first; years, the newest first."""
        if values != self._values.get(name):
            self._values[name] = values
            self._fill(name)

    def _fill(self, name: FieldName) -> None:
        menu = self._menus[name]
        menu.clear()
        if name is FieldName.DATE:
            self._fill_dates(menu)
        elif name is FieldName.RATING:
            self._fill_ratings(menu)
        elif name is FieldName.TYPE:
            self._fill_types(menu)
        else:
            self._fill_values(menu, name)

    def _fill_values(self, menu: QMenu, name: FieldName) -> None:
        values = self._values.get(name, ())
        for each in values[:_MOST_SHOWN]:
            self._add(menu, each.value, name, each.value, each.count)
        if not values:
            menu.addAction(self.tr("None")).setEnabled(False)
        elif len(values) > _MOST_SHOWN:
            menu.addSeparator()
            self._add_more(menu, name)

    def _add_more(self, menu: QMenu, name: FieldName) -> None:
        menu.addAction(self.tr("More…")).triggered.connect(lambda _=False: self.more_requested.emit(name))

    def _fill_dates(self, menu: QMenu) -> None:
        for span in SPANS:
            self._add(menu, _begun_large(query_words.named(span)), FieldName.DATE, span)
        menu.addSeparator()
        years = self._values.get(FieldName.DATE, ())
        for each in years[:_MOST_SHOWN]:
            self._add(menu, each.value, FieldName.DATE, each.value, each.count)
        if years:
            menu.addSeparator()
        if len(years) > _MOST_SHOWN:
            self._add_more(menu, FieldName.DATE)
        menu.addAction(self.tr("From … to …")).triggered.connect(lambda _=False: self.dates_requested.emit())

    def _fill_ratings(self, menu: QMenu) -> None:
        for stars in range(_MOST_STARS, 0, -1):
            drawn = "★" * stars + "☆" * (_MOST_STARS - stars)
            is_most = stars == _MOST_STARS
            text = drawn if is_most else self.tr("{stars} and more").format(stars=drawn)
            self._add(menu, text, FieldName.RATING, "5" if is_most else f">={stars}", self._rated(stars))
        menu.addSeparator()
        self._add(menu, _begun_large(query_words.trait(Trait.UNRATED)), FieldName.IS, Trait.UNRATED)

    def _rated(self, least: int) -> int | None:
        if FieldName.RATING not in self._values:
            return None
        return sum(each.count or 0 for each in self._values[FieldName.RATING] if int(each.value) >= least)

    def _fill_types(self, menu: QMenu) -> None:
        counts = {each.value: each.count or 0 for each in self._values.get(FieldName.TYPE, ())}
        for kind in Kind:
            count = counts.get(kind, 0) if counts else None
            self._add(menu, wording.kinds(kind), FieldName.TYPE, kind, count)

    def _add(self, menu: QMenu, text: str, name: FieldName, value: str, count: int | None = None) -> QAction:
        shown = text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME // 2] + "…" + text[-_LONGEST_NAME // 2 :]
        shown = shown.replace("&", "&&").replace("\t", " ")
        action = menu.addAction(shown if count is None else f"{shown}\t{_aligned(count)}")
        action.setCheckable(True)
        action.setChecked((name, value) in self._ticked)
        action.setEnabled(count != 0 or action.isChecked())
        action.triggered.connect(partial(self._tell, name, str(value)))
        return action

    def _tell(self, name: FieldName, value: str, _is_on: bool = False) -> None:
        self.chosen.emit(name, value)


def _aligned(count: int) -> str:
    """With spaces as wide as digits in front: a menu writes what stands behind a tab from the left."""
    return wording.number(count).rjust(_COUNT_DIGITS, _FIGURE_SPACE)


def _begun_large(text: str) -> str:
    return text[:1].upper() + text[1:]
