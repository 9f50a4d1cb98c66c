"""Shows background work in the card and in the details, and carries out what a person says about it there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.ui.controllers.indexing import Indexing
from app.ui.dialogs.work_dialog import WorkDialog
from app.ui.jobs import Jobs
from app.ui.joiners.work_texts import card_state, stage_lines
from app.ui.panes.status_card import StatusCard


class Working(QObject):
    """The card calls attention to skipped photos until somebody has looked at the details."""

    change_cancelled = Signal()
    """The present model shall stay."""

    def __init__(
        self,
        indexing: Indexing,
        card: StatusCard,
        jobs: Jobs,
        dialog_parent: QWidget,
        *,
        show_file: Callable[[Path], None],
        next_model: Callable[[], str] = lambda: "",
    ) -> None:
        """``show_file`` in the file manager; ``next_model`` names the one that is being prepared, "" where none is."""
        super().__init__(dialog_parent)
        self._show_file = show_file
        self._next_model = next_model
        self._indexing = indexing
        self._card = card
        self._jobs = jobs
        self._dialog_parent = dialog_parent
        self._dialog: WorkDialog | None = None
        self._failed = 0
        self._seen_failures = 0
        indexing.changed.connect(self._show)
        card.details_requested.connect(self.show_details)
        card.pause_toggled.connect(self._toggle_pause)

    def set_failed(self, count: int) -> None:
        """So many photos are skipped now."""
        self._failed = count
        self._show()

    def show_details(self) -> None:
        if self._dialog is None:
            dialog = self._dialog = WorkDialog(self._dialog_parent)
            dialog.pause_toggled.connect(self._toggle_pause)
            dialog.retry_requested.connect(self._retry_failed)
            dialog.change_cancelled.connect(self.change_cancelled)
            dialog.failure_chosen.connect(lambda failure: self._show_file(failure.path))
            dialog.destroyed.connect(self._on_dialog_closed)
            self._read_failures()
        self._seen_failures = self._failed
        self._show()
        self._dialog.show()
        self._dialog.raise_()

    def _show(self) -> None:
        unseen = self._failed if self._failed > self._seen_failures else 0
        next_model = self._next_model()
        self._card.show_state(card_state(self._indexing, unseen_failures=unseen, next_model=next_model))
        if self._dialog is not None:
            self._dialog.set_paused(self._indexing.is_paused_by_person)
            self._dialog.show_lines(stage_lines(self._indexing, next_model=next_model))

    def _on_dialog_closed(self) -> None:
        self._dialog = None

    def _read_failures(self) -> None:
        def on_done(failures: list[Any]) -> None:
            if self._dialog is not None:
                self._dialog.show_failures(failures)

        self._jobs.start(lambda library: library.catalog.failures(), key="failures", on_done=on_done)

    def _retry_failed(self) -> None:
        self._seen_failures = 0
        self._indexing.retry_failed()
        self._read_failures()

    def _toggle_pause(self) -> None:
        self._indexing.set_paused(not self._indexing.is_paused_by_person)
