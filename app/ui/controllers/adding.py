"""Takes models from folders that a person names: looks what they hold, and converts weights once that is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.errors import ModelUnusable
from app.core.models import Tuning
from app.ui.jobs import Jobs
from app.vision.checkpoints.pickled import PICKLED, convert_pickled
from app.vision.checkpoints.weights import Checkpoint, Kind, inspect_any
from app.vision.tuning import TuningStore, tuning_of


@dataclass(frozen=True, slots=True)
class OwnModel:
    """A model in a folder of the person's own.

    Attributes:
        kind: None where nothing can be said of it now.
        dim: length of a vector; 0 for a captioner.
        trouble: why it can't be used.
        tuning: how it runs here; None: not measured.
    """

    folder: Path
    kind: Kind | None
    dim: int = 0
    size_bytes: int = 0
    trouble: ModelUnusable | None = None
    tuning: Tuning | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A folder that is looked at or converted, or that was refused.

    Attributes:
        pickled_bytes: its weights are there, but in pickle's format; so large they are.
    """

    folder: Path
    is_converting: bool = False
    trouble: Exception | None = None
    pickled_bytes: int = 0

    @property
    def can_be_converted(self) -> bool:
        return self.pickled_bytes > 0


class Adding(QObject):
    """Looks at one folder at a time."""

    changed = Signal()
    added = Signal(object)
    """The folder of a model that can be used."""

    def __init__(self, jobs: Jobs, tunings: TuningStore, parent: QObject | None = None) -> None:
        """``tunings``: what was measured of models on this machine."""
        super().__init__(parent)
        self._jobs = jobs
        self._tunings = tunings
        self.models: tuple[OwnModel, ...] = ()
        self.attempt: Attempt | None = None

    def look(self, folders: Iterable[Path]) -> None:
        """See what the folders hold."""
        wanted, tunings = tuple(folders), self._tunings
        self._jobs.start(
            lambda _: tuple(_own(folder, tunings) for folder in wanted), key="own_models", on_done=self._on_looked
        )

    def add(self, folder: Path) -> None:
        self._set(Attempt(folder))
        self._jobs.start(
            lambda _: inspect_any(folder),
            key="added_model",
            on_done=self._on_inspected,
            on_error=partial(self._on_refused, folder),
        )

    def convert(self) -> None:
        """Write the attempt's weights anew as safetensors; the person was asked."""
        attempt = self.attempt
        if attempt is None or not attempt.can_be_converted:
            return
        folder = attempt.folder
        self._set(Attempt(folder, is_converting=True))
        self._jobs.start(
            lambda _: convert_pickled(folder),
            lane="downloads",
            priority=1,
            on_done=lambda _: self.add(folder),
            on_error=partial(self._on_failed, folder),
        )

    def drop(self) -> None:
        """The person has seen that the folder was refused."""
        self._set(None)

    def _on_looked(self, models: tuple[OwnModel, ...]) -> None:
        self.models = models
        self.changed.emit()

    def _on_inspected(self, checkpoint: Checkpoint) -> None:
        self._set(None)
        self.added.emit(checkpoint.folder)

    def _on_refused(self, folder: Path, error: Exception) -> None:
        is_pickled = isinstance(error, ModelUnusable) and error.fields.get("detail") == "pickled_only"
        self._set(Attempt(folder, trouble=error, pickled_bytes=_size(folder / PICKLED) if is_pickled else 0))

    def _on_failed(self, folder: Path, error: Exception) -> None:
        self._set(Attempt(folder, trouble=error))

    def _set(self, attempt: Attempt | None) -> None:
        self.attempt = attempt
        self.changed.emit()


def _own(folder: Path, tunings: TuningStore) -> OwnModel:
    try:
        checkpoint = inspect_any(folder)
    except ModelUnusable as error:
        return OwnModel(folder, None, trouble=error)
    size_bytes = sum(_size(path) for path in {tensor.file for tensor in checkpoint.tensors.values()})
    tuning = tuning_of(tunings, folder, checkpoint.kind)
    return OwnModel(folder, checkpoint.kind, checkpoint.dim, size_bytes, tuning=tuning)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
