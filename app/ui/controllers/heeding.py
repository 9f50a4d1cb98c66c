"""Heeds which models another program has chosen while the window is open: `oriel models use` in a terminal, say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.ui.jobs import Jobs
from app.ui.timers import repeating

_LOOK_MS = 2_000

Chosen = Mapping[str, Any]
"""Settings that another program has changed, by name."""


class Heeding(QObject):
    """Looks now and then."""

    chosen = Signal(object)
    """A Chosen that is not empty; perhaps one that is known by now."""

    def __init__(self, jobs: Jobs, look: Callable[[], Chosen], parent: QObject | None = None) -> None:
        """``look``: reads what another program has chosen since this one wrote its settings; threads may call it."""
        super().__init__(parent)
        self._jobs = jobs
        self._look = look
        self._is_looking = False
        self._timer = repeating(self, _LOOK_MS, self.look)

    def start(self) -> None:
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def look(self) -> None:
        """See whether anything was chosen."""
        if self._is_looking:
            return
        self._is_looking = True
        self._jobs.start(
            lambda _: self._look(),
            on_done=self._on_looked,
            on_error=lambda _: self._on_looked({}),
            on_cancelled=lambda: self._on_looked({}),
        )

    def _on_looked(self, chosen: Chosen) -> None:
        self._is_looking = False
        if chosen and self._timer.isActive():
            self.chosen.emit(chosen)
