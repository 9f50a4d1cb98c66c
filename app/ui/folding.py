"""Keeps the groups of nearly the same pictures up to date, and remembers whether answers are folded."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.library.folding import look_for_alikes
from app.ui.jobs import Jobs

if TYPE_CHECKING:
    from app.library.library import Library

_SHARE = 0.05
"""Of the time at most, however large the library and however often it changes."""


class Folding(QObject):
    """Looks again when the library has changed, not too often."""

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._not_before = 0.0
        self._is_looking = False

    def look(self) -> None:
        """The library has changed."""
        if self._is_looking or time.monotonic() < self._not_before:
            return
        self._is_looking = True
        self._jobs.start(
            _look,
            lane="aside",
            on_done=self._on_looked,
            on_error=lambda _: self._on_looked(0),
            on_cancelled=self._on_cancelled,
        )

    def _on_looked(self, took_s: float) -> None:
        self._is_looking = False
        self._not_before = time.monotonic() + took_s / _SHARE

    def _on_cancelled(self) -> None:
        self._is_looking = False


def _look(library: Library) -> float:
    started = time.monotonic()
    look_for_alikes(library)
    return time.monotonic() - started
