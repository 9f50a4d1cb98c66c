"""Undo and Redo say what they would take back or carry out again, and are greyed where there is nothing."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from app.ui import wording
from app.ui.controllers.deciding import Deciding
from app.ui.jobs import Jobs


class Undoing(QObject):
    """Asks the library's history after each decision, of this window or of another program."""

    def __init__(self, deciding: Deciding, jobs: Jobs, *, undo: QAction, redo: QAction, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._undo, self._redo = undo, redo
        self._undo_text, self._redo_text = undo.text(), redo.text()
        self._show((None, None))
        deciding.begun.connect(self._on_begun)
        deciding.decided.connect(lambda _: self.look())

    def look(self) -> None:
        """The history may be another now."""
        self._jobs.start(lambda library: library.catalog.next_steps(), key="undoing", on_done=self._show)

    def _on_begun(self) -> None:
        """Whoever presses Ctrl+Z at once is not too early: the job that undoes waits for the decision."""
        self._undo.setEnabled(True)

    def _show(self, steps: tuple[str | None, str | None]) -> None:
        to_undo, to_redo = steps
        for action, text, kind in ((self._undo, self._undo_text, to_undo), (self._redo, self._redo_text, to_redo)):
            action.setEnabled(kind is not None)
            action.setText(text if kind is None else f"{text}: {wording.change(kind)}")
