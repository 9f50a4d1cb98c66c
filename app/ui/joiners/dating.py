"""Asks when the selected photos were taken, and has it kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.core.types import Photo, PhotoId
from app.ui.controllers.deciding import Deciding
from app.ui.controllers.selecting import Selecting
from app.ui.dialogs.date_dialog import DateDialog
from app.ui.jobs import Jobs

if TYPE_CHECKING:
    from app.library.library import Library


class Dating(QObject):
    """The photos are those that were selected when the question was asked."""

    told = Signal(object)
    """A sentence, or an Exception."""

    def __init__(self, selecting: Selecting, deciding: Deciding, jobs: Jobs, dialog_parent: QWidget) -> None:
        super().__init__(dialog_parent)
        self._selecting = selecting
        self._deciding = deciding
        self._jobs = jobs
        self._dialog_parent = dialog_parent

    def ask(self) -> None:
        ids, current = list(self._selecting.ids), self._selecting.current
        if not ids or current is None:
            return
        shown = PhotoId(current)

        def work(library: Library) -> Photo | None:
            return library.catalog.photo(shown)

        self._jobs.start(work, on_done=lambda photo: self._show(photo, ids), on_error=self.told.emit)

    def _show(self, photo: Photo | None, ids: list[PhotoId]) -> None:
        if photo is None:
            return
        dialog = DateDialog(photo, len(ids), self._dialog_parent)
        dialog.date_set.connect(lambda taken_at: self._deciding.set_dates(ids, taken_at))
        dialog.date_shifted.connect(lambda seconds: self._deciding.shift_dates(ids, seconds))
        dialog.date_cleared.connect(lambda: self._deciding.clear_dates(ids))
        dialog.open()
