"""A checkpoint that loads at first use, unloads on request and loads again: what embedder and captioner share."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from app.core.errors import OutOfMemory
from app.core.models import NumberType, Tuning
from app.core.types import MovedToProcessor
from app.vision.checkpoints.weights import Checkpoint, Kind, inspect, signature
from app.vision.device import choose_device, is_out_of_memory, is_there, number_type, release_cached
from app.vision.number_types import fitting_types, is_convolutional, named
from app.vision.tuning import TuningStore

PROCESSOR = "cpu"


@dataclass(frozen=True, slots=True)
class Way:
    """How a model runs. None: what is usually best."""

    device: str
    number_type: NumberType
    batch_size: int | None
    threads: int | None


class Placed(Protocol):
    """What all models in memory have in common."""

    @property
    def way(self) -> Way: ...


Loaded = TypeVar("Loaded", bound=Placed)
Made = TypeVar("Made")


class Handle(ABC, Generic[Loaded]):
    """Knows a checkpoint folder. Threads may call everything; reading what a model is needs no torch."""

    kind: Kind

    def __init__(
        self,
        folder: Path,
        *,
        device: str | None = None,
        threads: int | None = None,
        batch_size: int | None = None,
        number_type: NumberType | None = None,
        tunings: TuningStore | None = None,
        tell: Callable[[MovedToProcessor], None] | None = None,
        is_movable: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Remember the folder; nothing is read yet.

        Args:
            folder: in the Hugging Face layout, with safetensors.
            device: "cuda", "mps" or "cpu"; None: the measured one, or the best there is.
            threads: cores for one call on the processor, at most; None: all.
            batch_size: pictures in one pass; None: the measured one, or what is usually best.
            number_type: a person's choice, taken where it fits; None: the measured one, or what is usually best.
            tunings: what was measured on this machine.
            tell: hears what a person should know of how the model runs.
            is_movable: it goes on on the processor where its device has no memory.
            clock: seconds, by which its rest is counted.
        """
        self._folder = folder
        self._device = device
        self._batch_size = batch_size
        self._number_type = number_type
        self._tunings = tunings
        self._tell = tell
        self._is_movable = is_movable
        self.threads = threads
        self._clock = clock
        self._used_at = clock()
        self._load_lock = threading.Lock()
        self._loaded: Loaded | None = None
        self._known: tuple[object, Checkpoint, str] | None = None

    @property
    def name(self) -> str:
        return self._folder.name

    @property
    def folder(self) -> Path:
        return self._folder

    @property
    def edge_px(self) -> int:
        return self._inspected()[0].edge_px

    @property
    def identity(self) -> str:
        """What measurements of it are kept under. Needs no torch."""
        return self._inspected()[1]

    @property
    def tuning(self) -> Tuning | None:
        """How it runs best here; None: nobody measured it. Needs no torch."""
        return self._tunings.known(self.identity) if self._tunings is not None else None

    @property
    def is_loaded(self) -> bool:
        return self._loaded is not None

    def load(self) -> None:
        """Load now instead of at first use.

        Raises:
            ModelUnusable: see ``weights.inspect`` and ``loading.load_model``.
            OutOfMemory: the weights do not fit.
        """
        self._ready()

    def unload(self) -> None:
        """Forget the model; calls under way finish with it, the next call loads it again."""
        with self._load_lock:
            self._loaded = None

    def rest(self, idle_s: float) -> bool:
        """Unload where nobody has used it for so long; whether it was."""
        with self._load_lock:
            is_idle = self._loaded is not None and self._clock() - self._used_at >= idle_s
            if is_idle:
                self._loaded = None
            return is_idle

    def reload(self) -> None:
        """Load anew, beside the present one, which answers until then: after a measuring. Not loaded, it stays so.

        Raises:
            ModelUnusable, OutOfMemory: as ``load``; the present one goes on.
        """
        with self._load_lock:
            if self._loaded is not None:
                self._loaded = self._load_where_it_fits()

    @abstractmethod
    def _identify(self, checkpoint: Checkpoint) -> str:
        """What tells the results of this checkpoint from those of another."""

    @abstractmethod
    def _load(self) -> Loaded:
        """Bring the checkpoint into memory, ready to compute."""

    def _inspected(self) -> tuple[Checkpoint, str]:
        """The checked folder and its identity, read again only when one of its files changed."""
        seen = signature(self._folder)
        known = self._known
        if known is None or known[0] != seen:
            checkpoint = inspect(self._folder, self.kind)
            known = (seen, checkpoint, self._identify(checkpoint))
            self._known = known
        return known[1], known[2]

    def _way(self) -> Way:
        """How to run now: as the caller or a person said, else as was measured here, else as is usually best."""
        checkpoint, tuning = self._inspected()[0], self.tuning
        if tuning is not None and not (self._device in (None, tuning.device) and is_there(tuning.device)):
            tuning = None  # the card was taken out, say
        device = tuning.device if tuning is not None else choose_device(self._device)
        has_convolutions = is_convolutional(checkpoint)
        chosen = tuning.number_type if tuning is not None else None
        if self._number_type in fitting_types(device, is_convolutional=has_convolutions):
            chosen = self._number_type
        if chosen is None:
            chosen = named(number_type(device, is_convolutional=has_convolutions))
        batch_size = self._batch_size or (tuning.batch_size if tuning is not None else None)
        counts = [count for count in (self.threads, tuning.threads if tuning is not None else None) if count]
        return Way(device, chosen, batch_size, min(counts, default=None))

    def _run(self, use: Callable[[Loaded], Made]) -> Made:
        """Use the model; where its device has no memory even for one, once more on the processor.

        Raises:
            ModelUnusable: it can't be loaded.
            OutOfMemory: the processor has none either.
        """
        loaded = self._ready()
        try:
            return use(loaded)
        except OutOfMemory:
            if not self._can_leave(loaded.way.device):
                raise
        self._move(loaded)
        return use(self._ready())

    def _ready(self) -> Loaded:
        self._used_at = self._clock()
        loaded = self._loaded
        if loaded is None:
            with self._load_lock:
                loaded = self._loaded
                if loaded is None:
                    loaded = self._loaded = self._load_where_it_fits()
        return loaded

    def _load_where_it_fits(self) -> Loaded:
        try:
            return self._load()
        except (OutOfMemory, RuntimeError, MemoryError) as error:
            device = self._way().device
            if not isinstance(error, OutOfMemory) and not is_out_of_memory(error):
                raise
            if not self._can_leave(device):
                raise OutOfMemory(detail=str(error)) from error
        # Outside of the handler, whose traceback holds tensors.
        self._settle_on_processor(device)
        return self._load()

    def _move(self, full: Loaded) -> None:
        """Leave a device without memory, once, however many threads meet it."""
        with self._load_lock:
            if self._loaded is full:
                self._loaded = None
                self._settle_on_processor(full.way.device)

    def _can_leave(self, device: str) -> bool:
        return self._is_movable and device != PROCESSOR

    def _settle_on_processor(self, device: str) -> None:
        self._device = PROCESSOR
        release_cached(device)
        if self._tell is not None:
            self._tell(MovedToProcessor(self.name, device))
