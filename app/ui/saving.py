"""Saved searches in the window: kept under a name, opened, counted anew when the library changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QInputDialog, QLineEdit, QWidget

from app.core.types import SavedSearch
from app.library.saving import Question, Unkeepable, count_saved, from_json, to_json
from app.ui.deciding import Deciding
from app.ui.jobs import Jobs
from app.ui.views import View

if TYPE_CHECKING:
    from app.library.library import Library

_SHARE = 0.05
"""Of the time that counting may take, however many searches there are."""
_LONGEST_NAME = 60


class Saving(QObject):
    """Asks for names, keeps and opens; what can be undone goes the way of all decisions."""

    changed = Signal(object, object)
    """SavedSearches in their order, and by their ids how many good matches each has, as far as known."""
    opened = Signal(object)
    """A View to go to."""
    told = Signal(object)

    def __init__(self, jobs: Jobs, deciding: Deciding, *, view: Callable[[], View], dialog_parent: QWidget) -> None:
        super().__init__(dialog_parent)
        self._jobs = jobs
        self._deciding = deciding
        self._view = view
        self._dialog_parent = dialog_parent
        self._saved: Sequence[SavedSearch] = ()
        self._counts: dict[int, int | None] = {}
        self._not_before = 0.0
        self._is_counting = False

    def save(self) -> None:
        """Keep the question that is asked now, under a name."""
        view = self._view()
        if not view.is_question:
            self.told.emit(self.tr("Search for something first; then the search can be saved."))
            return
        try:
            to_json(_question(view, None))
        except Unkeepable:
            self.told.emit(
                self.tr(
                    "A pasted picture can't be kept. Save it as a file, search with the file, then save the search."
                )
            )
            return
        name = self._asked_name(self.tr("Save this search as"), view.text.strip()[:_LONGEST_NAME])
        if name:
            self._decide(lambda library: library.catalog.save_search(name, _kept(library, view)))

    def rename(self, saved: SavedSearch) -> None:
        name = self._asked_name(self.tr("Rename the search"), saved.name)
        if name:
            self._decide(lambda library: library.catalog.rename_search(saved.search_id, name))

    def replace(self, saved: SavedSearch) -> None:
        """Let the saved search ask what is asked now."""
        view = self._view()
        self._decide(lambda library: library.catalog.change_search(saved.search_id, _kept(library, view)))

    def remove(self, saved: SavedSearch) -> None:
        self._decide(lambda library: library.catalog.remove_search(saved.search_id))

    def open(self, saved: SavedSearch) -> None:
        """Ask it again."""
        question = from_json(saved.question)
        self.opened.emit(View(question.scope, question.text, question.examples, saved_id=saved.search_id))

    def look(self) -> None:
        """The library has changed: which searches are there, and how many matches have they?"""
        self._jobs.start(lambda library: library.catalog.saved_searches(), key="saved", on_done=self._on_read)

    def _on_read(self, saved: Sequence[SavedSearch]) -> None:
        has_changed = list(saved) != list(self._saved)
        self._saved = saved
        if has_changed:
            self.changed.emit(saved, self._counts)
        if saved and not self._is_counting and (has_changed or time.monotonic() >= self._not_before):
            self._is_counting = True
            self._jobs.start(
                lambda library: _counted(library, saved),
                lane="aside",
                on_done=self._on_counted,
                on_error=lambda _: self._on_counted(({}, 0.0)),
                on_cancelled=lambda: self._on_counted(({}, 0.0)),
            )

    def _on_counted(self, counted: tuple[Mapping[int, int | None], float]) -> None:
        counts, took_s = counted
        self._is_counting = False
        self._not_before = time.monotonic() + took_s / _SHARE
        if counts and counts != self._counts:
            self._counts = dict(counts)
            self.changed.emit(self._saved, self._counts)

    def _asked_name(self, question: str, name: str) -> str:
        told, is_given = QInputDialog.getText(
            self._dialog_parent, self.tr("Saved search"), question, QLineEdit.EchoMode.Normal, name
        )
        return told.strip() if is_given else ""

    def _decide(self, act: Callable[[Library], object]) -> None:
        self._deciding.change_searches(act)


def _counted(library: Library, saved: Sequence[SavedSearch]) -> tuple[Mapping[int, int | None], float]:
    started = time.monotonic()
    counts = dict(count_saved(library, saved))
    return counts, time.monotonic() - started


def _kept(library: Library, view: View) -> str:
    return to_json(_question(view, library.embedder.space))


def _question(view: View, space: str | None) -> Question:
    return Question(view.text, view.scope, view.examples, space)
