"""Knows which models lie on this computer; downloads and removes them on jobs, only ever because somebody asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.core.models import DownloadFact, Downloading, ModelState, PublishedModel, Tuning
from app.ui.jobs import Job, Jobs
from app.vision.downloads.downloading import download
from app.vision.downloads.store import ModelStore
from app.vision.tuning import TuningStore, tuning_of


@dataclass(frozen=True, slots=True)
class Fetch:
    """A download under way.

    Attributes:
        fact: its last one; None: the hub has not answered yet, or another download comes first.
        is_stopping: cancelled; it ends with the answer that it waits for.
    """

    fact: DownloadFact | None = None
    is_stopping: bool = False

    @property
    def share(self) -> float | None:
        """How much has come, 0 to 1; None while that can't be said."""
        fact = self.fact
        return fact.done_bytes / fact.total_bytes if isinstance(fact, Downloading) and fact.total_bytes else None


class Fetching(QObject):
    """Downloads go on whatever is shown, one after the other, and take nobody's turn."""

    changed = Signal()
    """Another state, a step of a download, or its end."""
    fetched = Signal(object)
    """A PublishedModel is whole now."""

    def __init__(self, jobs: Jobs, store: ModelStore, tunings: TuningStore, parent: QObject | None = None) -> None:
        """``tunings``: what was measured of models on this machine."""
        super().__init__(parent)
        self._jobs = jobs
        self._store = store
        self._tunings = tunings
        self._downloads: dict[str, Job] = {}
        self._ended: set[str] = set()
        self.states: tuple[ModelState, ...] = ()
        """Of all published models; empty until somebody has looked."""
        self.tunings: Mapping[str, Tuning] = {}
        """By model id, of those that were measured here."""
        self.fetches: dict[str, Fetch] = {}
        self.errors: dict[str, Exception] = {}
        """Why the last download or removal of a model failed, until the next."""

    @property
    def published(self) -> Sequence[PublishedModel]:
        return self._store.published

    @property
    def is_busy(self) -> bool:
        """Whether a download is under way that nobody has cancelled."""
        return any(not fetch.is_stopping for fetch in self.fetches.values())

    @property
    def store(self) -> ModelStore:
        return self._store

    @property
    def address(self) -> str:
        """Where models come from."""
        return self._store.hub.endpoint

    def set_store(self, store: ModelStore) -> None:
        """From now on; what is under way goes on from where it began."""
        self._store = store
        self.look()

    def look(self) -> None:
        """See what lies on this computer. Asks no hub."""
        store, tunings = self._store, self._tunings
        self._jobs.start(lambda _: _look(store, tunings), key="model_states", on_done=self._on_looked)

    def name_of(self, model_id: str) -> str:
        """As people call it."""
        return self._store.find(model_id).name

    def folder_of(self, model: PublishedModel) -> Path:
        """Where the model is, or would be."""
        return self._store.folder_of(model)

    def state_of(self, model_id: str) -> ModelState | None:
        return next((state for state in self.states if state.model.model_id == model_id), None)

    def download(self, model_id: str) -> None:
        """Begin, or go on with what is here of it."""
        if model_id in self._downloads:
            return
        store, model = self._store, self._store.find(model_id)
        self.errors.pop(model_id, None)
        self._ended.discard(model_id)
        self.fetches[model_id] = Fetch()
        self._downloads[model_id] = self._jobs.start(
            lambda _: download(store, model),
            lane="downloads",
            on_step=partial(self._on_fact, model_id),
            on_done=partial(self._on_end, model),
            on_error=partial(self._on_error, model),
            on_cancelled=partial(self._on_end, model),
        )
        self.changed.emit()

    def cancel(self, model_id: str) -> None:
        """What came is kept."""
        if model_id in self._downloads:
            self.fetches[model_id] = replace(self.fetches[model_id], is_stopping=True)
            self._downloads[model_id].cancel()
            self.changed.emit()

    def remove(self, model_id: str, in_use: Sequence[Path]) -> None:
        """Delete a model, or what is here of it."""
        store, model = self._store, self._store.find(model_id)
        self.errors.pop(model_id, None)
        self._jobs.start(
            lambda _: store.remove(model, in_use=in_use),
            on_done=lambda _: self.look(),
            on_error=partial(self._on_error, model),
        )

    def _on_looked(self, seen: tuple[tuple[ModelState, ...], Mapping[str, Tuning]]) -> None:
        self.states, self.tunings = seen
        for model_id in self._ended:
            self.fetches.pop(model_id, None)
        self._ended.clear()
        self.changed.emit()

    def _on_fact(self, model_id: str, fact: DownloadFact) -> None:
        self.fetches[model_id] = replace(self.fetches[model_id], fact=fact)
        self.changed.emit()

    def _on_error(self, model: PublishedModel, error: Exception) -> None:
        self.errors[model.model_id] = error
        self._forget(model)

    def _on_end(self, model: PublishedModel, last: Any = None) -> None:
        """``last``: None where it was cancelled."""
        self._forget(model)
        if last is not None:
            self.fetched.emit(model)

    def _forget(self, model: PublishedModel) -> None:
        """It is shown until its new state is known: a moment of "Download" again would be wrong."""
        self._downloads.pop(model.model_id, None)
        self._ended.add(model.model_id)
        self.look()


def _look(store: ModelStore, tunings: TuningStore) -> tuple[tuple[ModelState, ...], Mapping[str, Tuning]]:
    states = tuple(store.states())
    measured: dict[str, Tuning] = {}
    for state in states:
        kind = state.model.kind
        if state.is_installed and kind != "text_tower":
            tuning = tuning_of(tunings, state.folder, kind)
            if tuning is not None:
                measured[state.model.model_id] = tuning
    return states, measured


def running(fetches: Mapping[str, Fetch]) -> str | None:
    """The model whose download is stepped now: the oldest one that has begun."""
    begun = (model_id for model_id, fetch in fetches.items() if fetch.fact is not None)
    return next(begun, next(iter(fetches), None))
