"""Carries a person's decisions about photos to the library, and takes them back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.core.types import FolderId, PhotoId
from app.library.organise.trashing import move_to_trash
from app.ui import wording
from app.ui.jobs import Jobs

if TYPE_CHECKING:
    from app.library.library import Library

Ids = Sequence[PhotoId]


class Deciding(QObject):
    """Every decision is a short job on the ask lane; what the window shows follows when it is written."""

    decided = Signal(list)
    """These photo ids are shown otherwise now; empty: any may be."""
    enriching_wanted = Signal()
    """Captions or tags were dropped and shall be made again."""
    captions_changed = Signal()
    begun = Signal()
    """A decision is on its way into the library."""
    told = Signal(object)
    """A sentence, or an Exception."""

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs

    def rate(self, ids: Ids, rating: int) -> None:
        self._decide(ids, lambda library: library.catalog.set_rating(ids, rating))

    def set_favourite(self, ids: Ids, is_favourite: bool) -> None:
        self._decide(ids, lambda library: library.catalog.set_favourite(ids, is_favourite))

    def toggle_favourite(self, ids: Ids) -> None:
        """All become favourites; if all are, none is."""

        def work(library: Library) -> None:
            rows = library.catalog.rows(ids)
            library.catalog.set_favourite(ids, not all(row.is_favourite for row in rows))

        self._decide(ids, work)

    def caption(self, photo_id: PhotoId, text: str) -> None:
        def on_done(_: object) -> None:
            self.decided.emit([photo_id])
            self.captions_changed.emit()

        def work(library: Library) -> None:
            library.catalog.set_caption(photo_id, text or None)

        self.begun.emit()
        self._jobs.start(work, priority=5, is_decision=True, on_done=on_done, on_error=self.told.emit)

    def add_tag(self, ids: Ids, name: str) -> None:
        self._decide(ids, lambda library: library.catalog.add_tag(ids, name))

    def remove_tag(self, ids: Ids, name: str) -> None:
        self._decide(ids, lambda library: library.catalog.remove_tag(ids, name))

    def set_dates(self, ids: Ids, taken_at: float) -> None:
        self._decide(ids, lambda library: library.catalog.set_dates(ids, taken_at))

    def shift_dates(self, ids: Ids, seconds: float) -> None:
        self._decide(ids, lambda library: library.catalog.shift_dates(ids, seconds))

    def clear_dates(self, ids: Ids) -> None:
        self._decide(ids, lambda library: library.catalog.clear_dates(ids))

    def remove_photos(self, ids: Ids) -> None:
        told = self.tr("{photos} removed from the library. Undo brings them back.").format(
            photos=wording.photos(len(ids))
        )
        self._decide([], lambda library: library.catalog.remove_photos(ids), told)

    def remove_folder(self, folder_id: FolderId) -> None:
        told = self.tr("The folder was removed from the library. Undo brings it back.")
        self._decide([], lambda library: library.catalog.remove_folder(folder_id), told)

    def change_searches(
        self, change: Callable[[Library], Any], on_changed: Callable[[Any], object] = lambda _: None
    ) -> None:
        """Save, rename, move or remove a search; ``on_changed`` gets what ``change`` gave."""

        def on_done(changed: Any) -> None:
            on_changed(changed)
            self.decided.emit([])

        self.begun.emit()
        self._jobs.start(change, priority=5, is_decision=True, on_done=on_done, on_error=self.told.emit)

    def trash(self, ids: Ids) -> None:
        def on_done(refused: dict[Any, Exception]) -> None:
            self.decided.emit([])
            if refused:
                self.told.emit(next(iter(refused.values())))

        self.begun.emit()
        self._jobs.start(lambda library: move_to_trash(library, ids), on_done=on_done, on_error=self.told.emit)

    def enrich_again(self, ids: Ids) -> None:
        """Drop what machines said of these photos, so that they say it anew."""

        def work(library: Library) -> None:
            for photo_id in ids:
                library.catalog.forget_machine(photo_id)

        def on_done(_: object) -> None:
            self.decided.emit(list(ids))
            self.enriching_wanted.emit()

        self._jobs.start(work, on_done=on_done, on_error=self.told.emit)

    def undo(self) -> None:
        self._step(lambda library: library.catalog.undo(), wording.undone, self.tr("Nothing to undo"))

    def redo(self) -> None:
        def done(kind: str) -> str:
            return self.tr("Redone: {change}").format(change=wording.change(kind))

        self._step(lambda library: library.catalog.redo(), done, self.tr("Nothing to redo"))

    def _step(self, work: Callable[[Library], str | None], done: Callable[[str], str], nothing: str) -> None:
        def on_done(kind: str | None) -> None:
            self.told.emit(nothing if kind is None else done(kind))
            self.decided.emit([])
            if kind == "caption":
                self.captions_changed.emit()

        self._jobs.start(work, is_decision=True, on_done=on_done, on_error=self.told.emit)

    def _decide(self, ids: Ids, work: Callable[[Library], None], told: str = "") -> None:
        self.begun.emit()

        def on_done(_: object) -> None:
            self.decided.emit(list(ids))
            if told:
                self.told.emit(told)

        self._jobs.start(work, priority=5, is_decision=True, on_done=on_done, on_error=self.told.emit)
