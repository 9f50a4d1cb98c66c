"""Remembers what was searched for in earnest: submitted, looked at for a while, or a photo was opened from it."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.ui.jobs import Jobs
from app.ui.timers import pausing

STAY_MS = 5000
"""Whoever looks at an answer for so long has found it worth asking for."""


class Recalling(QObject):
    """Half typed words pass by unnoted."""

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._noted = ""
        self._looked_at = ""
        self._stay = pausing(self, STAY_MS, lambda: self.note(self._looked_at))

    def look_at(self, text: str) -> None:
        """The answer to this is shown now; "": no answer is."""
        self._looked_at = text
        if text.strip():
            self._stay.start()
        else:
            self._stay.stop()

    def note(self, text: str) -> None:
        """This was asked in earnest. Noted once, however often it is told in a row."""
        if not text.strip() or text == self._noted:
            return
        self._noted = text
        self._jobs.start(lambda library: library.catalog.note_asked(text), key="note asked")

    def forget(self) -> None:
        """Remember nothing of what was asked so far."""
        self._stay.stop()
        self._noted = ""
        self._jobs.start(lambda library: library.catalog.forget_asked(), key="note asked")

    def stop(self) -> None:
        """The window closes."""
        self._stay.stop()
