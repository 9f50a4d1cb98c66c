"""Has models measured that nobody measured on this machine, once there are photos to do it with, while work waits."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, Signal

from app.core.errors import MeasuringFailed, OrielError
from app.core.models import Measured, MeasureFact
from app.library.models.measuring import measure_missing
from app.ui.controllers.indexing import Indexing
from app.ui.jobs import Job, Jobs

_PRIORITY = -2
"""A model that is to be loaded goes first, and one that a person wants measured."""

log = logging.getLogger(__name__)


class MeasuringModels(QObject):
    """Runs for at most 20 seconds a model, once in a model's life on this machine; a search never waits for it.

    Decoding and embedding would take the processor from what is measured, so they wait: with a better number type they
    are done sooner.
    """

    measured = Signal(object)
    """A Tuning: the model runs so from now on."""
    failed = Signal(str)
    """The model in this folder could not be measured; the next start tries again."""

    def __init__(self, indexing: Indexing, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._indexing = indexing
        self._jobs = jobs
        self._job: Job | None = None
        self._has_failed = False
        self._gives_way = False
        indexing.searchable_changed.connect(self.look)

    def look(self) -> None:
        """Measure what nobody has measured, if this is a moment for it; after a failure not before the next start."""
        if self._job is not None or self._has_failed or self._gives_way or self._indexing.is_paused:
            return
        self._job = self._jobs.start(
            measure_missing,
            lane="models",
            priority=_PRIORITY,
            on_step=self._on_fact,
            on_done=lambda _: self._end(),
            on_error=self._on_error,
            on_cancelled=self._end,
        )

    def give_way(self, is_asked: bool) -> None:
        """A person has a model measured, or has had: work waits for that too, and nothing else is measured."""
        if is_asked == self._gives_way:
            return
        self._gives_way = is_asked
        if is_asked and self._job is not None:
            self._job.cancel()
        self._indexing.set_measuring(is_asked)
        if not is_asked:
            self.look()

    def _on_fact(self, fact: MeasureFact) -> None:
        self._indexing.set_measuring(not isinstance(fact, Measured))
        if isinstance(fact, Measured):
            self.measured.emit(fact.tuning)

    def _on_error(self, error: Exception) -> None:
        """Nobody asked for it, and the model runs as before: a person is told nothing."""
        self._has_failed = True
        if isinstance(error, OrielError):
            log.info("A model could not be measured: %s", error)
        if isinstance(error, MeasuringFailed):
            self.failed.emit(str(error.fields["folder"]))
        self._end()

    def _end(self) -> None:
        self._job = None
        self._indexing.set_measuring(self._gives_way)
