"""Notices when this window or another program has changed the library, and reads what the sidebar shows of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.core.query import Scope
from app.core.types import Folder, Kind, Place
from app.ui.jobs import Jobs
from app.ui.timers import repeating

if TYPE_CHECKING:
    from app.library.library import Library

_POLL_MS = 500
_SHORTEST_PAUSE_S = 1.0
_SHARE = 0.1
"""Refreshing may take at most this share of the ask lane's time, however large the library."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The sidebar's facts. ``tags``: name and count, most used first."""

    photos: int
    favourites: int
    recent: int
    failed: int
    folders: tuple[Folder, ...]
    tags: tuple[tuple[str, int], ...]
    kinds: Mapping[Kind, int]
    places: tuple[tuple[Place, int], ...]


class Noticing(QObject):
    """Polls the catalogue's change counter on the ask lane."""

    noticed = Signal(object)
    """The library has changed; an Overview of it."""

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._counter: int | None = None
        self._is_due = True
        self._is_asking = False
        self._not_before = 0.0
        self._timer = repeating(self, _POLL_MS, self._poll)

    def start(self) -> None:
        self._timer.start()
        self._poll()

    def stop(self) -> None:
        self._timer.stop()

    def look_now(self) -> None:
        """Something was just changed by a person, who waits to see it."""
        self._is_due = True
        self._not_before = 0.0
        self._poll()

    def _poll(self) -> None:
        if self._is_asking or not self._timer.isActive():
            return
        self._is_asking = True
        is_allowed = time.monotonic() >= self._not_before
        is_due, counter = self._is_due and is_allowed, self._counter
        self._jobs.start(
            lambda library: _look(library, counter, is_due=is_due, is_allowed=is_allowed),
            on_done=self._on_looked,
            on_error=lambda _: self._on_failed(),
            on_cancelled=self._on_failed,
        )
        if is_due:
            self._is_due = False

    def _on_looked(self, seen: tuple[int, Overview | None, float]) -> None:
        self._is_asking = False
        counter, overview, took_s = seen
        if overview is None:
            self._is_due = self._is_due or counter != self._counter
        else:
            self._not_before = time.monotonic() + max(_SHORTEST_PAUSE_S, took_s / _SHARE)
        self._counter = counter
        if overview is not None:
            self.noticed.emit(overview)
        elif self._is_due and self._not_before == 0.0:
            self._poll()

    def _on_failed(self) -> None:
        self._is_asking = False


def _look(
    library: Library, counter: int | None, *, is_due: bool, is_allowed: bool
) -> tuple[int, Overview | None, float]:
    """On the ask lane: has anything changed, and if it may be read now, what is there?"""
    now = library.catalog.change_counter()
    if not is_due and not (is_allowed and now != counter):
        return now, None, 0.0
    started = time.monotonic()
    overview = read_overview(library)
    return now, overview, time.monotonic() - started


def read_overview(library: Library) -> Overview:
    """Count and list what the sidebar shows."""
    catalog = library.catalog
    return Overview(
        photos=len(catalog.scope_ids(Scope())),
        favourites=len(catalog.scope_ids(Scope(is_favourite=True))),
        recent=len(catalog.scope_ids(Scope(is_recent=True))),
        failed=len(catalog.failures()),
        folders=tuple(catalog.folders()),
        tags=tuple(catalog.tags()),
        kinds=catalog.kinds(),
        places=tuple(catalog.place_counts()),
    )
