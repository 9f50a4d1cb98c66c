"""Reads what is known about the selected photo, and which photos are like it, once the selection rests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.core.examples import Example
from app.core.types import Photo, PhotoId
from app.library.find.likeness import find_like
from app.ui.jobs import Jobs
from app.ui.timers import pausing

if TYPE_CHECKING:
    from app.library.library import Library

_REST_MS = 60
_SIMILAR_REST_MS = 350
MOST_SIMILAR = 4


class Selecting(QObject):
    """Holds which photos a command means."""

    photo_read = Signal(object, int)
    """A Photo, or None where nothing is selected, and how many are selected."""
    similar_found = Signal(object, list)
    """The PhotoId that was asked about, and the ids of its nearest photos."""

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._ids: list[PhotoId] = []
        self._current: PhotoId | None = None
        self._is_watched = True
        self._rest = pausing(self, _REST_MS, self.read)
        self._similar_rest = pausing(self, _SIMILAR_REST_MS, self._find_similar)

    @property
    def ids(self) -> list[PhotoId]:
        """The selected photos in the order shown."""
        return list(self._ids)

    @property
    def current(self) -> PhotoId | None:
        return self._current

    def select(self, ids: Sequence[int], current: int | None) -> None:
        """These are selected now; ``current`` is the one that the panel is about."""
        self._ids = [PhotoId(photo_id) for photo_id in ids]
        is_current_selected = current is not None and current in self._ids
        wanted = PhotoId(current) if is_current_selected and current is not None else None
        self._current = wanted or (self._ids[0] if self._ids else None)
        if self._is_watched:
            self._rest.start()

    def set_watched(self, is_watched: bool) -> None:
        """Whether anybody looks; nothing is read for a closed panel."""
        self._is_watched = is_watched
        if is_watched:
            self._rest.start()

    def read(self) -> None:
        """Read the current photo anew, because it or the selection has changed."""
        if not self._is_watched:
            return
        current, count = self._current, len(self._ids)
        if current is None:
            self.photo_read.emit(None, 0)
            return
        self._jobs.start(
            lambda library: library.catalog.photo(current),
            key="photo",
            priority=5,
            on_done=lambda photo: self._on_read(photo, count),
        )

    def stop(self) -> None:
        self._rest.stop()
        self._similar_rest.stop()

    def _on_read(self, photo: Photo | None, count: int) -> None:
        self.photo_read.emit(photo, count)
        if photo is not None:
            self._similar_rest.start()

    def _find_similar(self) -> None:
        current = self._current
        if current is None or not self._is_watched:
            return
        self._jobs.start(
            lambda library: _nearest(library, current),
            key="similar",
            on_done=lambda ids: self.similar_found.emit(current, ids),
        )


def _nearest(library: Library, photo_id: PhotoId) -> list[PhotoId]:
    answer = find_like(library, [Example(photo_id)])
    return [PhotoId(found) for found in answer.ids[1 : MOST_SIMILAR + 1].tolist()]
