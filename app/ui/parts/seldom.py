"""Does one thing again whenever it is wanted, in a small share of the time, and never forgets the last wish."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.ui.jobs import Jobs, Work

if TYPE_CHECKING:
    from app.library.library import Library

_SHARE = 0.05
"""Of the time at most, where nothing else is said, however long it takes and however often it is wanted."""


class Seldom(QObject):
    """Runs on the lane ``aside``; what is wanted while it runs or rests is done once, afterwards."""

    done = Signal(object)
    """What the work came to."""

    def __init__(self, jobs: Jobs, parent: QObject | None = None, *, share: float = _SHARE) -> None:
        """``share`` of the time that it may take."""
        super().__init__(parent)
        self._jobs = jobs
        self._share = share
        self._wanted: Work | None = None
        self._is_running = False
        self._is_urgent = False
        self._began = 0.0
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._go)

    def want(self, work: Work, *, is_urgent: bool = False) -> None:
        """Do this, in place of what was wanted and is not begun; without a rest before it where a person waits."""
        self._wanted = work
        self._is_urgent |= is_urgent
        self._go()

    def stop(self) -> None:
        """Nothing is wanted any more."""
        self._wanted = None
        self._rest.stop()

    def _go(self) -> None:
        if self._is_running or self._wanted is None or (self._rest.isActive() and not self._is_urgent):
            return
        self._rest.stop()
        work, self._wanted, self._is_urgent, self._is_running = self._wanted, None, False, True
        self._jobs.start(
            lambda library: self._begin(work, library),
            lane="aside",
            on_done=lambda found: self._end(lambda: self.done.emit(found)),
            on_error=lambda _: self._end(),  # it is in the log; the next wish tries again
            on_cancelled=self._on_cancelled,
        )

    def _begin(self, work: Work, library: Library) -> Any:
        """On the lane: what it waited for others there is no time that it took itself."""
        self._began = time.monotonic()
        return work(library)

    def _end(self, tell: Callable[[], Any] = lambda: None) -> None:
        self._is_running = False
        self._rest.start(int(1000 * (time.monotonic() - self._began) / self._share))
        tell()
        self._go()

    def _on_cancelled(self) -> None:
        self._is_running = False
