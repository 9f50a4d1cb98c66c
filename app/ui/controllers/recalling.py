"""Remembers what was searched for in earnest: submitted, looked at for a while, or a photo was opened from it."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject

from app.core.query import Node
from app.search.editing import filters_in
from app.search.query import parse
from app.ui.jobs import Jobs
from app.ui.timers import pausing

STAY_MS = 5000
"""Whoever looks at an answer for so long has found it worth asking for."""
REFINED_S = 60.0
"""Whoever types on, or filters, so soon is still on the way to what they are looking for."""


class Recalling(QObject):
    """Half typed words pass by unnoted. No job takes the place of another: what shall be forgotten is."""

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._noted = ""
        self._noted_at = 0.0
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
        now = time.monotonic()
        is_refined = now - self._noted_at < REFINED_S and _is_on_the_way(self._noted, text)
        before = self._noted if is_refined else ""
        self._noted, self._noted_at = text, now
        self._jobs.start(lambda library: library.catalog.note_asked(text, instead_of=before))

    def forget(self) -> None:
        """Remember nothing of what was asked so far."""
        self._stay.stop()
        self._noted = ""
        self._jobs.start(lambda library: library.catalog.forget_asked(), is_decision=True)

    def stop(self) -> None:
        """The window closes."""
        self._stay.stop()


def _is_on_the_way(before: str, after: str) -> bool:
    """Whether the first text was typed on to the second, or asks the same with more, fewer or other filters."""
    if after.startswith(before):
        return True
    (words, filters), (words_after, filters_after) = _parts(before), _parts(after)
    return words == words_after and (bool(words) or filters <= filters_after or filters_after <= filters)


def _parts(text: str) -> tuple[list[Node], set[Node]]:
    """What is looked for, and what must hold besides."""
    filters = filters_in(text)
    return [part for part in parse(text).parts if part not in filters], set(filters)
