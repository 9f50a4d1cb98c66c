"""Filters by mouse: writes into the query what is chosen, and shows what stands in it, as chips, ticks and hints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.core.query import Field, FieldName, Mistake, Node, Problem, Suggestion
from app.search.editing import filters_in, toggled, with_field, without_part
from app.search.query import parse
from app.search.reading_values import write_field
from app.ui.dialogs.range_dialog import RangeDialog
from app.ui.dialogs.values_dialog import ValuesDialog
from app.ui.jobs import Jobs
from app.ui.panes.filter_row import Filter, FilterRow
from app.ui.panes.filters import COUNTED, Filters
from app.ui.panes.search_field import SearchField
from app.ui.parts import query_words
from app.ui.timers import pausing

if TYPE_CHECKING:
    from app.library.library import Library

PATIENCE_MS = 1200
"""What stands at the cursor may be half typed: it is not called a mistake before."""
_MOST_VALUES = 500
_CLOSED_LAST = (Mistake.GROUP_NOT_CLOSED, Mistake.QUOTE_NOT_CLOSED)


class Filtering(QObject):
    """``ask`` searches for a text as if it had been typed."""

    def __init__(
        self,
        field: SearchField,
        filters: Filters,
        row: FilterRow,
        *,
        jobs: Jobs,
        ask: Callable[[str], None],
        dialog_parent: QWidget,
    ) -> None:
        super().__init__(dialog_parent)
        self._field = field
        self._filters = filters
        self._row = row
        self._jobs = jobs
        self._ask = ask
        self._dialog_parent = dialog_parent
        self._patience = pausing(self, PATIENCE_MS, lambda: self._mark(self._is_unfinished))
        field.text_changed.connect(lambda _: self._patience.stop())
        field.submitted.connect(lambda _: self._mark(lambda _: False))
        filters.opened.connect(self._count)
        filters.chosen.connect(lambda name, value: self._ask(toggled(self._field.text, name, value)))
        filters.more_requested.connect(self._show_values)
        filters.dates_requested.connect(self._show_dates)
        row.removed.connect(lambda part: self._ask(without_part(self._field.text, part)))
        row.chosen.connect(self._select)

    def show(self, text: str) -> None:
        """This is asked now."""
        parts = filters_in(text)
        self._row.show_filters([Filter(part, query_words.filter_name(part)) for part in parts])
        self._filters.show_ticked(frozenset(_typed(part) for part in parts if isinstance(part, Field)))
        self._mark(self._is_at_cursor)

    def stop(self) -> None:
        """The window closes."""
        self._patience.stop()

    def _mark(self, is_spared: Callable[[Problem], bool]) -> None:
        """Underline the mistakes of what stands in the field, and say what they are."""
        text = self._field.text
        told = parse(text).problems
        problems = [each for each in told if not is_spared(each)]
        if len(problems) < len(told) and is_spared == self._is_at_cursor:
            self._patience.start()
        self._field.mark([(each.start, each.end) for each in problems])
        sentences = query_words.mistakes(problems, text)
        self._row.say(query_words.first_of(sentences), "\n".join(sentences) if len(sentences) > 1 else "")

    def _is_at_cursor(self, problem: Problem) -> bool:
        """Perhaps still being typed; a parenthesis or a quote stays open until the last word is there."""
        return self._field.has_focus and (problem.end == self._field.place or problem.code in _CLOSED_LAST)

    def _is_unfinished(self, problem: Problem) -> bool:
        """A value is still to come, and may be chosen from a list."""
        return problem.code is Mistake.VALUE_MISSING and self._is_at_cursor(problem)

    def _select(self, part: Node) -> None:
        found = next((each for each in parse(self._field.text).parts if each == part), None)
        if found is not None:
            self._field.select(found.start, found.end)

    # Values

    def _count(self) -> None:
        """All fields in one job, a step for each: a search goes between them."""

        def work(library: Library) -> Iterator[tuple[FieldName, list[Suggestion]]]:
            for name in COUNTED:
                yield name, _most_used(name, library.catalog.suggest(name, limit=_MOST_VALUES))

        self._jobs.start(work, key="filters", on_step=lambda found: self._filters.set_values(*found))

    def _show_values(self, name: FieldName) -> None:
        dialog = ValuesDialog(query_words.field(name), self._dialog_parent)

        def look(prefix: str) -> None:
            self._jobs.start(
                lambda library: _most_used(name, library.catalog.suggest(name, prefix, _MOST_VALUES)),
                key="filter values",
                on_done=dialog.show_values,
            )

        dialog.typed.connect(look)
        dialog.chosen.connect(lambda value: self._ask(with_field(self._field.text, name, value)))
        dialog.open()
        look("")

    def _show_dates(self) -> None:
        dialog = RangeDialog(self._dialog_parent)
        dialog.chosen.connect(lambda value: self._ask(with_field(self._field.text, FieldName.DATE, value)))
        dialog.open()


def _most_used(name: FieldName, values: Sequence[Suggestion]) -> list[Suggestion]:
    """Folders come as a tree. Years stay in their order, without the spans that have names: the menu has those."""
    if name is FieldName.FOLDER:
        return sorted(values, key=lambda each: -(each.count or 0))
    return [each for each in values if name is not FieldName.DATE or each.value.isdigit()]


def _typed(part: Field) -> tuple[FieldName, str]:
    """Its value as it is typed, without quotes."""
    return part.name, write_field(part).removeprefix(f"{part.name}:").strip('"')
