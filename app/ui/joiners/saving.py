"""Saved searches in the window: kept under a name, opened, counted anew when the library changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QInputDialog, QLineEdit, QWidget

from app.core.query import Source
from app.core.types import SavedSearch
from app.library.find.saving import Question, Unkeepable, count_saved, from_json, to_json
from app.ui.controllers.deciding import Deciding
from app.ui.jobs import Jobs
from app.ui.parts.seldom import Seldom
from app.ui.views import View

if TYPE_CHECKING:
    from app.library.library import Library

_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Manner:
    """How pages count: whether nearly the same pictures stand as one, and where words are looked for."""

    is_folding: bool
    sources: frozenset[Source]


class Saving(QObject):
    """Asks for names, keeps and opens; what can be undone goes the way of all decisions."""

    changed = Signal(object, object)
    """SavedSearches in their order, and by their ids how many good matches each has, as far as known."""
    opened = Signal(object)
    """A View to go to."""
    told = Signal(object)

    def __init__(
        self,
        jobs: Jobs,
        deciding: Deciding,
        *,
        view: Callable[[], View],
        manner: Callable[[], Manner],
        dialog_parent: QWidget,
    ) -> None:
        """``manner`` tells how answers are counted on their pages."""
        super().__init__(dialog_parent)
        self._jobs = jobs
        self._deciding = deciding
        self._view = view
        self._manner = manner
        self._dialog_parent = dialog_parent
        self._saved: Sequence[SavedSearch] = ()
        self._counts: dict[int, int | None] = {}
        self._is_urgent = False
        self._counting = Seldom(jobs, self)
        self._counting.done.connect(self._on_counted)

    def save(self) -> None:
        """Keep the question that is asked now, under a name."""
        view = self._view()
        if not self._is_keepable(view):
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
        if self._is_keepable(view):
            self._decide(lambda library: library.catalog.change_search(saved.search_id, _kept(library, view)))

    def remove(self, saved: SavedSearch) -> None:
        self._decide(lambda library: library.catalog.remove_search(saved.search_id))

    def open(self, saved: SavedSearch) -> None:
        """Ask it again."""
        try:
            question = from_json(saved.question)
        except ValueError:
            told = self.tr("“{name}” can't be read. It may have been saved by a newer Oriel.")
            self.told.emit(told.format(name=saved.name))
            return
        self.opened.emit(View(question.scope, question.text, question.examples, saved_id=saved.search_id))

    def look(self) -> None:
        """The library has changed: which searches are there, and how many matches have they?"""
        self._jobs.start(lambda library: library.catalog.saved_searches(), key="saved", on_done=self._on_read)

    def look_now(self) -> None:
        """Count at once what is counted otherwise now: the model can answer, or a person folds otherwise."""
        self._is_urgent = True
        self.look()

    def on_searchable(self) -> None:
        """More can be found; a search without a count, since there was no model, need not wait for it any longer."""
        if any(self._counts.get(saved.search_id) is None for saved in self._saved):
            self.look_now()
        else:
            self.look()

    def stop(self) -> None:
        self._counting.stop()

    def _on_read(self, saved: Sequence[SavedSearch]) -> None:
        has_changed = list(saved) != list(self._saved)
        self._saved = saved
        if has_changed:
            self.changed.emit(saved, self._counts)
        is_urgent, self._is_urgent = has_changed or self._is_urgent, False
        if saved:
            manner = self._manner()
            self._counting.want(lambda library: _counted(library, saved, manner), is_urgent=is_urgent)

    def _on_counted(self, counts: Mapping[int, int | None]) -> None:
        if counts != self._counts:
            self._counts = dict(counts)
            self.changed.emit(self._saved, self._counts)

    def _is_keepable(self, view: View) -> bool:
        """Whether the question can be kept; says why not."""
        if not view.is_question:
            self.told.emit(self.tr("Search for something first; then the search can be saved."))
            return False
        try:
            to_json(_question(view, None))
        except Unkeepable:
            self.told.emit(
                self.tr(
                    "A pasted picture can't be kept. Save it as a file, search with the file, then save the search."
                )
            )
            return False
        return True

    def _asked_name(self, question: str, name: str) -> str:
        told, is_given = QInputDialog.getText(
            self._dialog_parent, self.tr("Saved search"), question, QLineEdit.EchoMode.Normal, name
        )
        return told.strip() if is_given else ""

    def _decide(self, act: Callable[[Library], object]) -> None:
        self._deciding.change_searches(act)


def _counted(library: Library, saved: Sequence[SavedSearch], manner: Manner) -> Iterator[Mapping[int, int | None]]:
    """Search by search, so that nothing else on the lane waits for all of them."""
    counts: dict[int, int | None] = {}
    for search_id, count in count_saved(library, saved, is_folding=manner.is_folding, sources=manner.sources):
        counts[search_id] = count
        yield counts


def _kept(library: Library, view: View) -> str:
    return to_json(_question(view, library.embedder.space))


def _question(view: View, space: str | None) -> Question:
    return Question(view.text, view.scope, view.examples, space)
