"""Turns what a person types, clicks and chooses in the panes into the view to go to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from app.core.examples import Box, Example, Picture
from app.core.query import Scope
from app.core.types import FolderId, Order, Photo, PhotoId
from app.search.query import parse
from app.ui.controllers.browsing import Browsing
from app.ui.joiners.searching import EXAMPLE, Searching, with_examples, with_weight, without
from app.ui.panes.search_field import SearchField
from app.ui.pixels import pixels_of
from app.ui.views import View


class Steering(QObject):
    """Its slots take what the panes tell."""

    def __init__(
        self,
        browsing: Browsing,
        searching: Searching,
        field: SearchField,
        *,
        focus_photos: Callable[[], None],
        folder_at: Callable[[Path], FolderId | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._browsing = browsing
        self._searching = searching
        self._field = field
        self._focus_photos = focus_photos
        self._folder_at = folder_at
        searching.asked.connect(self._on_asked)
        field.text_changed.connect(searching.type)
        field.submitted.connect(self._on_submitted)
        field.chip_removed.connect(self.widen)
        field.chip_weighed.connect(self.weigh)
        field.image_given.connect(self.search_with)

    def go_to_scope(self, scope: Scope) -> None:
        """A place keeps the question, so that it narrows it; "All photos" is the way home."""
        view = self._browsing.view
        text = "" if scope == Scope() else view.text
        self._searching.drop()
        self._browsing.go(View(scope, text))

    def go_to(self, view: View) -> None:
        self._searching.drop()
        self._browsing.go(view)

    def go_to_tag(self, name: str) -> None:
        self._browsing.go(View(Scope(tag=name)))

    def go_to_folder_of(self, photo: Photo) -> None:
        folder_id = self._folder_at(photo.path.parent)
        if folder_id is not None:
            self._browsing.go(View(Scope(folder_id=folder_id)))

    def go_home(self) -> None:
        self._browsing.go(View())

    def narrow(self, field: str, value: object) -> None:
        """Set a field of the scope."""
        view = self._browsing.view
        changed: dict[str, Any] = {field: value}
        self._browsing.go(replace(view, scope=replace(view.scope, **changed), saved_id=None))

    def widen(self, key: str) -> None:
        """Take away what the chip of this key stands for."""
        view = without(self._browsing.view, key)
        if key.startswith(EXAMPLE) and not view.is_question:
            self._browsing.clear_question()
        else:
            self._browsing.go(view)

    def ask(self, text: str) -> None:
        """Ask as if it had been typed."""
        self._field.retype(text)
        self._searching.ask_now(text)

    def find_similar(self, photo_id: int) -> None:
        self._go_to_examples(View(examples=(Example(PhotoId(photo_id)),)))

    def find_part(self, photo_id: int, box: Box) -> None:
        """What is like a part of a photo."""
        self._go_to_examples(View(examples=(Example(PhotoId(photo_id), box),)))

    def search_with(self, given: Sequence[Path] | QImage | Picture) -> None:
        """Search with pictures from outside the library, and with the words that are asked already."""
        self._go_to_examples(with_examples(self._browsing.view, [Example(picture) for picture in self._given(given)]))

    def more_like(self, ids: Sequence[int], *, weight: float = 1.0) -> None:
        """Put photos into the question; ``weight`` below 0: what is like them is unwanted."""
        examples = [Example(PhotoId(photo_id), weight=weight) for photo_id in ids]
        self._go_to_examples(with_examples(self._browsing.view, examples))

    def weigh(self, key: str, weight: float) -> None:
        """The picture of this chip counts so much."""
        self._browsing.go(with_weight(self._browsing.view, key, weight))

    def _given(self, given: Sequence[Path] | QImage | Picture) -> list[Picture]:
        if isinstance(given, Picture):
            return [given]
        if isinstance(given, QImage):
            return [Picture(self.tr("pasted picture"), image=pixels_of(given))]
        return [Picture(path.name, path=path) for path in given]

    def _go_to_examples(self, view: View) -> None:
        self._searching.drop()
        self._browsing.go(view)
        self._focus_photos()

    def set_answer_order(self, order: Order | None) -> None:
        """None: best match first."""
        if order is None:
            self._browsing.sort_by_match()
        else:
            self._browsing.set_order(order)

    def step_back(self) -> None:
        """One place back, whatever was asked there."""
        if self._browsing.can_go_back:
            self._searching.drop()
            self._browsing.back()
            self._focus_photos()

    def leave(self) -> None:
        """Out of typed words to the photos that they were asked of; from anywhere else one place back.

        Out of the empty search field only the keyboard goes back, to the photos.
        """
        is_asked_by_picture = bool(self._browsing.view.examples) and self._browsing.can_go_back
        if (self._browsing.view.is_question or self._field.text) and not is_asked_by_picture:
            self._searching.drop()
            self._field.set_text("")
            self._browsing.clear_question()
            self._focus_photos()
        elif self._field.has_focus:
            self._focus_photos()
        else:
            self.step_back()

    def _on_asked(self, text: str) -> None:
        view = self._browsing.view
        if not view.examples and _is_unfinished(text):
            return
        if text.strip() or view.examples:
            saved_id = view.saved_id if text == view.text else None
            self._browsing.go(View(view.scope, text, view.examples, saved_id=saved_id))
        elif view.text:
            self._browsing.clear_question()

    def _on_submitted(self, text: str) -> None:
        self._searching.ask_now(text)
        self._focus_photos()


def _is_unfinished(text: str) -> bool:
    """Whether nothing in it can be searched for yet ("date:"): the photos stay as they are meanwhile."""
    query = parse(text)
    return query.is_empty and bool(query.problems)
