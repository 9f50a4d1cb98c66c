"""Measures how a model runs best on this machine because somebody asked, and tells how far it is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app import startup
from app.core.models import MeasureFact, Measuring
from app.library.models.measuring import measure
from app.settings import Settings
from app.ui.jobs import Job, Jobs
from app.vision.checkpoints.weights import Kind

if TYPE_CHECKING:
    from app.library.library import Library

_PRIORITY = -1
"""A model that is to be loaded goes first; what nobody asked for has given way (``MeasuringModels.give_way``)."""
_FEWEST_PHOTOS = 4
"""That number types can be judged by, where a person asks."""


class Timing(QObject):
    """One model at a time; it takes half a minute, or a minute on a busy computer, and can be cancelled."""

    changed = Signal()
    ended = Signal(str)
    """Something is known of the model of this key now."""

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.key: str | None = None
        """Of the model that is being measured."""
        self.fact: Measuring | None = None
        self.errors: dict[str, Exception] = {}
        self._job: Job | None = None

    @property
    def is_running(self) -> bool:
        return self.key is not None

    def start(self, key: str, folder: Path, kind: Kind, settings: Settings) -> None:
        """Measure the model in a folder, with photos of the library; does nothing while another one is measured."""
        if self.key is not None:
            return
        self.errors.pop(key, None)
        self.key = key
        self.changed.emit()  # whatever measures unasked gives way before this takes its place
        self._job = self._jobs.start(
            partial(_measure, folder=folder, kind=kind, settings=settings),
            lane="models",
            priority=_PRIORITY,
            on_step=self._on_fact,
            on_done=lambda _: self._end(),
            on_error=self._on_error,
            on_cancelled=self._end,
        )

    def cancel(self) -> None:
        """End it within a moment; what was known before stays."""
        if self._job is not None:
            self._job.cancel()

    def _on_fact(self, fact: MeasureFact) -> None:
        if isinstance(fact, Measuring):
            self.fact = fact
            self.changed.emit()

    def _on_error(self, error: Exception) -> None:
        if self.key is not None:
            self.errors[self.key] = error
        self._end()

    def _end(self) -> None:
        key, self.key, self.fact, self._job = self.key, None, None, None
        if key is not None:
            self.ended.emit(key)
        self.changed.emit()


def _measure(library: Library, *, folder: Path, kind: Kind, settings: Settings) -> Iterator[MeasureFact]:
    """With the tuner of the model that runs, if it does: it goes on as was measured."""
    found = [tuner for tuner in library.tuners if tuner.folder == folder]
    tuner = found[0] if found else startup.tuner_of(settings, folder, kind)
    return measure(library, tuner, fewest=_FEWEST_PHOTOS)
