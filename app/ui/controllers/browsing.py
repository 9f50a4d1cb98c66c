"""Where the person is in the library: which photos are shown, in which order, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.core.errors import OrielError
from app.core.examples import Example, Picture
from app.core.query import EVERYWHERE, Scope, Source
from app.core.types import Answer, Order, PhotoId, PhotoTable
from app.library.find.examples import Looking, look_at
from app.library.find.folding import folded
from app.library.find.lacking import lack
from app.library.find.questions import Question
from app.library.find.saving import answer, answer_saved
from app.ui.jobs import Jobs
from app.ui.views import Place, Shown, View

if TYPE_CHECKING:
    from app.library.library import Library

_MOST_BACK = 100


class Browsing(QObject):
    """Goes to views and back; each is read or searched on the ask lane, and only the last one wished for is shown."""

    view_changed = Signal(object)
    """A View is on its way: show its text and chips at once."""
    shown = Signal(object)
    """A Shown is ready for the grid."""
    failed = Signal(object)
    """An Exception."""
    looking = Signal(object)
    """A Looking: the answer waits for the pictures of its question."""
    model_wanted = Signal()
    """An answer came from words alone because the text model is not loaded yet."""

    def __init__(self, jobs: Jobs, order: Order, place: Callable[[], Place], parent: QObject | None = None) -> None:
        """``place`` tells where the grid is now, to come back to."""
        super().__init__(parent)
        self._jobs = jobs
        self._place = place
        self._order = order
        self._view = View()
        self._back: list[tuple[View, Place]] = []
        self._forward: list[tuple[View, Place]] = []
        self._all: PhotoTable | None = None
        self._awaited: Place | None = None
        self._is_folding = True
        self._sources = EVERYWHERE
        self._opened: frozenset[int] = frozenset()
        self._last: Shown | None = None

    @property
    def view(self) -> View:
        return self._view

    @property
    def order(self) -> Order:
        return self._order

    @property
    def can_go_back(self) -> bool:
        return bool(self._back)

    def go(self, view: View) -> None:
        """Go somewhere else; typing on in one question does not lengthen the way back."""
        if view == self._view:
            return
        was_typing = bool(self._view.text) and bool(view.text) and replace(view, text=self._view.text) == self._view
        if not was_typing:
            self._back = [*self._back[-_MOST_BACK:], (self._view, self._place())]
            self._forward.clear()
        self._set(view)

    def become(self, view: View, now: View) -> None:
        """What was asked in ``view`` is a saved search now; where it is asked still, that is where the person is.

        The order is the person's: a search keeps none.
        """
        if self._view == view:
            self._view = now = replace(now, is_by_match=view.is_by_match)
            self.view_changed.emit(now)
            self._show(now, self._awaited or self._place())

    def clear_question(self) -> None:
        """Back to the photos as they were before the question, at the place where they were; forward asks it again."""
        plain = View(self._view.scope)
        if self._view != plain:
            self._forward = [(self._view, self._place())]
        for at in range(len(self._back) - 1, -1, -1):
            view, place = self._back[at]
            if view == plain:
                del self._back[at:]
                self._set(view, place)
                return
        self._set(plain)

    def back(self) -> None:
        if self._back:
            self._forward.append((self._view, self._place()))
            self._set(*self._back.pop())

    def forward(self) -> None:
        if self._forward:
            self._back.append((self._view, self._place()))
            self._set(*self._forward.pop())

    @property
    def is_folding(self) -> bool:
        """Whether nearly the same pictures stand in an answer as one."""
        return self._is_folding

    def set_folding(self, is_folding: bool) -> None:
        self._is_folding = is_folding
        if self._view.is_question:
            self._show(self._view, None)

    def fold_again(self) -> None:
        """There are groups now that were not known when the answer on screen was folded."""
        if self._is_folding:
            self.look_again()

    def look_again(self) -> None:
        """The answer on screen would be another now; the person stays in place."""
        if self._view.is_question:
            self._show(self._view, self._awaited or self._place())

    @property
    def sources(self) -> frozenset[Source]:
        """Where the words of questions are looked for."""
        return self._sources

    def set_sources(self, sources: frozenset[Source]) -> None:
        self._sources = sources
        if self._view.is_question:
            self._show(self._view, None)

    def toggle_group(self, photo_id: int) -> None:
        """Show what stands behind a photo of the answer, or put it back behind it."""
        shown = self._last
        if shown is None or shown.folded is None or not len(shown.folded.behind(PhotoId(photo_id))):
            return
        self._opened ^= {photo_id}
        self._last = replace(shown, answer=shown.folded.opened(self._opened), place=self._place())
        self.shown.emit(self._last)

    def set_order(self, order: Order) -> None:
        self._order = order
        self._all = None
        if self._view.is_question:
            self._view = replace(self._view, is_by_match=False)
        self._set(self._view)

    def sort_by_match(self) -> None:
        self._set(replace(self._view, is_by_match=True))

    def refresh(self, *, is_answer_stale: bool = False) -> None:
        """The library has changed. An answer that a person looks at stays as it is unless it is stale itself."""
        self._all = None
        if not self._view.is_question or is_answer_stale:
            self._show(self._view, self._awaited)

    def _set(self, view: View, place: Place | None = None) -> None:
        self._view = view
        self.view_changed.emit(view)
        self._show(view, place)

    def _show(self, view: View, place: Place | None) -> None:
        order, known, is_folding, sources = self._order, self._all, self._is_folding, self._sources
        self._awaited = place  # a refresh may come before the photos do

        def work(library: Library) -> tuple[Shown, PhotoTable] | Iterator[tuple[Shown, PhotoTable] | Looking]:
            def show() -> tuple[Shown, PhotoTable]:
                return _shown(library, view, order, known, is_folding=is_folding, sources=sources)

            return _looked_at(library, view, show) if view.examples else show()

        self._jobs.start(
            work,
            key="search",
            priority=10,
            on_step=lambda step: self._on_step(view, step),
            on_done=lambda found: self._on_shown(found[0], found[1], place),
            on_error=lambda error: self._on_failed(view, error),
        )

    def _on_step(self, view: View, step: tuple[Shown, PhotoTable] | Looking) -> None:
        if isinstance(step, Looking) and view == self._view:
            self.looking.emit(step)

    def _on_failed(self, view: View, error: Exception) -> None:
        """A picture that can't be looked at goes, and what is left of its question is asked; words stay words."""
        self.failed.emit(error)
        if view != self._view or not view.examples or (self._last is not None and self._last.view == view):
            return
        left = tuple(each for each in view.examples if not _is_of(each, error))
        if len(left) < len(view.examples) and (left or view.text.strip()):
            self._set(replace(view, examples=left, saved_id=None))
        elif self._back:
            self._set(*self._back.pop())
        else:
            self._set(View(view.scope))

    def _on_shown(self, shown: Shown, everything: PhotoTable, place: Place | None) -> None:
        self._all, self._awaited = everything, None
        is_same_question = self._last is not None and self._last.view == shown.view
        self._opened = self._opened if is_same_question else frozenset()
        if shown.folded is not None:
            shown = replace(shown, answer=shown.folded.opened(self._opened))
        self._last = replace(shown, place=place)
        self.shown.emit(self._last)
        if shown.answer is not None and not shown.answer.is_meaning_ready:
            self.model_wanted.emit()


def _looked_at(
    library: Library, view: View, show: Callable[[], tuple[Shown, PhotoTable]]
) -> Iterator[tuple[Shown, PhotoTable] | Looking]:
    """One picture a step: a person who asks something else meanwhile waits for one of them, not for all."""
    yield from look_at(library, view.examples)
    yield show()


def _shown(
    library: Library,
    view: View,
    order: Order,
    known: PhotoTable | None,
    *,
    is_folding: bool,
    sources: frozenset[Source],
) -> tuple[Shown, PhotoTable]:
    """On the ask lane: read or search. Also gives the table of all photos, for the next time."""
    everything = known if known is not None else library.catalog.table(order, Scope())
    if not view.is_question:
        table = everything if view.scope == Scope() else library.catalog.table(order, view.scope)
        return Shown(view, table, None), everything
    found = _answer(library, view, sources)
    if not len(found):
        return Shown(view, everything, found, lack=lack(library, view.text)), everything
    if not view.is_by_match:
        found = sorted_as(found, everything)
    if not is_folding:
        return Shown(view, everything, found), everything
    whole = folded(library, found)
    return Shown(view, everything, whole.answer, folded=whole), everything


def _answer(library: Library, view: View, sources: frozenset[Source]) -> Answer:
    question = Question(view.text, view.scope, view.examples)
    if view.saved_id is None:
        return answer(library, question, sources)
    return answer_saved(library, view.saved_id, question, sources)


def _is_of(example: Example, error: Exception) -> bool:
    """Whether the error tells of this picture's file."""
    path = error.fields.get("path") if isinstance(error, OrielError) else None
    return isinstance(example.source, Picture) and example.source.path is not None and example.source.path == path


def sorted_as(answer: Answer, table: PhotoTable) -> Answer:
    """The good matches in the table's order, then the weaker ones in it."""
    if not len(answer):
        return answer
    highest = int(max(answer.ids.max(), table.ids.max(initial=0)))
    places = np.full(highest + 1, len(table.ids), np.int64)
    places[table.ids] = np.arange(len(table.ids))
    is_weak = np.arange(len(answer)) >= answer.good
    order = np.lexsort((places[answer.ids], is_weak))
    return replace(answer, ids=answer.ids[order], scores=answer.scores[order], whys=answer.whys[order])
