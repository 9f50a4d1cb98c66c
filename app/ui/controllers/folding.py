"""Keeps the groups of nearly the same pictures up to date."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.library.find.folding import look_for_alikes
from app.ui.jobs import Jobs
from app.ui.parts.seldom import Seldom


class Folding(QObject):
    """Looks again when the library has changed, not too often."""

    first_found = Signal()
    """There are groups for the first time: what was answered before is not folded."""
    looked = Signal()
    """Another look has come to its end."""

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._has_found = False
        self._looking = Seldom(jobs, self)
        self._looking.done.connect(self._on_looked)

    def look(self) -> None:
        """The library has changed."""
        self._looking.want(look_for_alikes)

    def stop(self) -> None:
        self._looking.stop()

    def _on_looked(self, count: int) -> None:
        is_first, self._has_found = count > 0 and not self._has_found, self._has_found or count > 0
        if is_first:
            self.first_found.emit()
        self.looked.emit()
