"""Keeps the groups of nearly the same pictures up to date."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.library.folding import look_for_alikes
from app.ui.jobs import Jobs
from app.ui.seldom import Seldom


class Folding(QObject):
    """Looks again when the library has changed, not too often."""

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._looking = Seldom(jobs, self)

    def look(self) -> None:
        """The library has changed."""
        self._looking.want(look_for_alikes)

    def stop(self) -> None:
        self._looking.stop()
