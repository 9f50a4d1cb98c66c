"""A checkpoint that loads at first use, unloads on request and loads again: what embedder and captioner share."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Generic, TypeVar

from app.vision.weights import Checkpoint, Kind, inspect, signature

Loaded = TypeVar("Loaded")


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
    ) -> None:
        """Remember the folder; nothing is read yet.

        Args:
            folder: in the Hugging Face layout, with safetensors.
            device: "cuda", "mps" or "cpu"; None: the best there is.
            threads: cores for one call on the processor; None: all.
            batch_size: pictures in one pass; None: what was measured to be best.
        """
        self._folder = folder
        self._device = device
        self._batch_size = batch_size
        self.threads = threads
        self._load_lock = threading.Lock()
        self._loaded: Loaded | None = None
        self._known: tuple[object, Checkpoint, str] | None = None

    @property
    def name(self) -> str:
        return self._folder.name

    @property
    def edge_px(self) -> int:
        return self._inspected()[0].edge_px

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

    def _ready(self) -> Loaded:
        loaded = self._loaded
        if loaded is None:
            with self._load_lock:
                loaded = self._loaded
                if loaded is None:
                    loaded = self._loaded = self._load()
        return loaded
