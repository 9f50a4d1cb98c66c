"""Looks now and then whether a model has been idle for so long that its memory should be free."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.library.models.resting import rest_models
from app.ui.jobs import Jobs
from app.ui.timers import repeating

_LOOK_MS = 30_000


class Resting(QObject):
    """On the lane that loads models: what is being loaded is never taken for idle."""

    rested = Signal()
    """A model has left the memory."""

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._timer = repeating(self, _LOOK_MS, self.look)

    def start(self) -> None:
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def look(self) -> None:
        """Let rest what has been idle for long."""
        self._jobs.start(rest_models, lane="models", key="rest", on_done=self._on_looked)

    def _on_looked(self, count: int) -> None:
        if count:
            self.rested.emit()
