"""Saved searches in the window: kept under a name, opened, put in order, counted anew when the library changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.core.query import Source
from app.core.types import SavedSearch
from app.library.find.questions import Question, from_json
from app.library.find.saving import count_saved, draw_anew, keep_counts, kept, last_counts, state_counted
from app.ui.controllers.deciding import Deciding
from app.ui.dialogs import questions
from app.ui.jobs import Jobs
from app.ui.parts.seldom import Seldom
from app.ui.views import Shown, View

if TYPE_CHECKING:
    from app.library.library import Library

_LONGEST_NAME = 60
_SHARE = 0.2
"""Of the time, while the library grows: two hundred searches are counted anew within a minute, not ten."""
Counts = Mapping[int, int | None]


@dataclass(frozen=True, slots=True)
class Manner:
    """How pages count: whether nearly the same pictures stand as one, and where words are looked for."""

    is_folding: bool
    sources: frozenset[Source]


class Saving(QObject):
    """Asks for names, keeps and opens; what can be undone goes the way of all decisions."""

    changed = Signal(object, object)
    """SavedSearches in their order, and by their ids how many photos belong to each, as far as known."""
    opened = Signal(object)
    """A View to go to."""
    saved = Signal(object, object)
    """The View whose question was saved, and the one that it is now."""
    outgrown = Signal()
    """Other photos belong to the saved search on screen than its page shows."""
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
        self._is_waiting = False
        """Some could not be counted, since the model was not there."""
        self._is_urgent = False
        self._page: tuple[int, int] | None = None
        """The saved search on screen, by its id, and how many photos belong to it there."""
        self._counted = ""
        """The state of the library in which all were counted last."""
        self._counting = Seldom(jobs, self, share=_SHARE)
        self._counting.done.connect(self._on_counted)
        self._counting_page = Seldom(jobs, self)
        """The one on screen waits for no other."""
        self._counting_page.done.connect(lambda found: self._take_counted(found[1]))

    def save(self) -> None:
        """Keep the question that is asked now, under a name."""
        view = self._view()
        if not self._is_question(view) or self._is_saved(view):
            return
        name = self._asked_name(self.tr("Save this search as"), self._free_name(view.text.strip()[:_LONGEST_NAME]))
        if name:

            def work(library: Library) -> View:
                question = kept(library, _question(view))
                return _view(question, library.catalog.save_search(name, question))

            self._deciding.change_searches(work, lambda now: self.saved.emit(view, now))

    def rename(self, saved: SavedSearch) -> None:
        name = self._asked_name(self.tr("Rename the search"), saved.name)
        if name:
            self._decide(lambda library: library.catalog.rename_search(saved.search_id, name))

    def replace(self, saved: SavedSearch) -> None:
        """Let the saved search ask what is asked now; the line of good matches is drawn anew in any case."""
        view = self._view()
        if not self._is_question(view):
            return

        def work(library: Library) -> View:
            question = kept(library, _question(view))
            library.catalog.change_search(saved.search_id, question)
            draw_anew(library, saved.search_id, question)
            return _view(question, saved.search_id)

        self._deciding.change_searches(work, lambda now: self.saved.emit(view, now))

    def remove(self, saved: SavedSearch) -> None:
        self._decide(lambda library: library.catalog.remove_search(saved.search_id))
        self.told.emit(self.tr("“{name}” was removed. Undo brings it back.").format(name=_short(saved.name)))

    def move(self, search_id: int, place: int) -> None:
        """Put a saved search at another place: 0 is the first."""
        self._decide(lambda library: library.catalog.place_search(search_id, place))

    def shift(self, saved: SavedSearch, steps: int) -> None:
        """Move it up (below 0) or down by so many places."""
        places = [each.search_id for each in self._saved]
        if saved.search_id in places:
            self.move(saved.search_id, places.index(saved.search_id) + steps)

    def open(self, saved: SavedSearch) -> None:
        """Ask it again."""
        try:
            view = _view(saved.question, saved.search_id)
        except ValueError:
            told = self.tr("“{name}” can't be read. It may have been saved by a newer Oriel.")
            self.told.emit(told.format(name=saved.name))
            return
        self.opened.emit(view)

    def look(self) -> None:
        """The library has changed: which searches are there, and how many photos belong to them?"""
        sources = self._manner().sources
        self._jobs.start(
            lambda library: (library.catalog.saved_searches(), last_counts(library, sources)),
            key="saved",
            on_done=lambda found: self._on_read(*found),
        )

    def look_again(self) -> None:
        """Pages count otherwise now, though the library is the same."""
        self._counted = ""
        self.look()

    def look_now(self) -> None:
        """Count at once what is counted otherwise now: the model can answer, or a person folds otherwise."""
        self._is_urgent = True
        self.look()

    def on_searchable(self) -> None:
        """More can be found; a search without a count, since there was no model, need not wait for it any longer."""
        if self._is_waiting:
            self.look_now()
        else:
            self.look()

    def on_shown(self, shown: Shown) -> None:
        """The page of a saved search has just been counted: the sidebar says the same."""
        answer = shown.answer if shown.folded is None else shown.folded.answer
        self._page = None
        if shown.view.saved_id is not None and answer is not None and answer.is_meaning_ready:
            self._page = shown.view.saved_id, answer.good
            self._take({**self._counts, shown.view.saved_id: answer.good})

    def stop(self) -> None:
        self._counting.stop()
        self._counting_page.stop()

    def _on_read(self, saved: Sequence[SavedSearch], last: Counts) -> None:
        has_changed = list(saved) != list(self._saved)
        asked = {each.search_id: each.question for each in self._saved}
        self._saved = saved
        known = {each.search_id: self._counts.get(each.search_id) for each in saved}
        for each in saved:
            if asked.get(each.search_id) != each.question:
                known[each.search_id] = last.get(each.search_id)
        if has_changed:
            self._counts = known
            self.changed.emit(saved, known)
        is_urgent, self._is_urgent = has_changed or self._is_urgent, False
        if saved:
            manner, state = self._manner(), "" if is_urgent else self._counted
            self._counting.want(lambda library: _counted(library, saved, manner, state), is_urgent=is_urgent)
            shown = [each for each in saved if self._page is not None and each.search_id == self._page[0]]
            self._counting_page.want(lambda library: _counted(library, shown, manner, state))

    def _on_counted(self, found: tuple[str, Counts]) -> None:
        state, counts = found
        self._is_waiting = None in counts.values() or (self._is_waiting and not counts)
        self._counted = "" if self._is_waiting else state
        self._take_counted(counts)

    def _take_counted(self, counts: Counts) -> None:
        self._take({**self._counts, **{key: count for key, count in counts.items() if count is not None}})
        if self._page is not None and counts.get(self._page[0]) not in (None, self._page[1]):
            self._page = None
            self.outgrown.emit()

    def _take(self, counts: dict[int, int | None]) -> None:
        if counts != self._counts:
            self._counts = counts
            self.changed.emit(self._saved, counts)

    def _is_question(self, view: View) -> bool:
        """Whether there is something to be kept; says so where there is not."""
        if not view.is_question:
            self.told.emit(self.tr("Search for something first; then the search can be saved."))
        return view.is_question

    def _is_saved(self, view: View) -> bool:
        """Whether the question is a saved search already; says so."""
        named = [each.name for each in self._saved if each.search_id == view.saved_id]
        if named:
            self.told.emit(self.tr("This search is saved already, as “{name}”.").format(name=_short(named[0])))
        return bool(named)

    def _free_name(self, name: str) -> str:
        """A name that no saved search has yet, to begin with: two of one name can't be told apart."""
        taken = {each.name.casefold() for each in self._saved}
        if not name or name.casefold() not in taken:
            return name
        return next(told for number in range(2, len(taken) + 3) if (told := f"{name} {number}").casefold() not in taken)

    def _asked_name(self, question: str, name: str) -> str:
        return questions.ask_name(self._dialog_parent, question, name)

    def _decide(self, act: Callable[[Library], object]) -> None:
        self._deciding.change_searches(act)


def _counted(
    library: Library, saved: Sequence[SavedSearch], manner: Manner, known: str
) -> Iterator[tuple[str, Counts]]:
    """Search by search, so that nothing else on the lane waits for all of them; none if all is as it was.

    ``known``: the state of the library in which they were counted last.
    """
    state = state_counted(library)
    counts: dict[int, int | None] = {}
    yield state, counts
    if state == known:
        return
    for search_id, count in count_saved(library, saved, is_folding=manner.is_folding, sources=manner.sources):
        counts[search_id] = count
        yield state, counts
    keep_counts(library, counts, manner.sources)


def _question(view: View) -> Question:
    return Question(view.text, view.scope, view.examples)


def _view(told: str, search_id: int) -> View:
    """Where a saved question is asked. Raises ValueError: it is none."""
    question = from_json(told)
    return View(question.scope, question.text, question.examples, saved_id=search_id)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
