"""Takes up work that another program began on this library and left: photos that it took in and did not finish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.ui.jobs import Jobs
from app.ui.timers import pausing

if TYPE_CHECKING:
    from app.library.library import Library

QUIET_MS = 8_000
"""A program that is at work writes more often than that."""


class Resuming(QObject):
    """Asks what is left once the library has been quiet for a while after a change."""

    wanted = Signal()
    """There is work that was not known of."""

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._left = 0
        self._pause = pausing(self, QUIET_MS, self._look)

    def note_change(self) -> None:
        """Somebody has written into the library, this window perhaps."""
        self._pause.start()

    def stop(self) -> None:
        self._pause.stop()

    def _look(self) -> None:
        self._jobs.start(_left, lane="aside", key="left over", on_done=self._on_looked)

    def _on_looked(self, left: int) -> None:
        is_news, self._left = left > self._left, left  # what can't be done is not tried again and again
        if is_news:
            self.wanted.emit()


def _left(library: Library) -> int:
    """How many photos are still to be read or to be looked at by the model."""
    return library.catalog.count_to_read() + library.catalog.count_without_embedding(library.embedder.space)
