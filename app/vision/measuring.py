"""Finds out how a model runs best on this machine: tries what fits, compares, and keeps the choice."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.errors import MeasuringFailed
from app.core.models import NUMBER_TYPES, Lost, Measured, MeasureFact, Measuring, Trial, Tuning
from app.core.types import RgbImage
from app.vision.handle import Handle
from app.vision.trying import Answer, Bench, ChildBench, Offer, Question, Results
from app.vision.tuning import TuningStore, processor_name

LONGEST_S = 20.0
"""For all of it, where the computer is at rest."""
_LEAST_S = 15.0
"""For trying, however long the process took to start: beside many programs importing torch alone takes 20 s."""
_LONGEST_START_S = 40.0
MOST_DRIFT = 0.02
"""The share of the distance between photos by which a number type may move their vectors."""
SAMPLES = {"embedder": 32, "captioner": 4}
"""How many photos number types are compared on; a caption is ten times as dear as a vector."""

FEWEST_PHOTOS = 4
"""That vectors are judged by."""
FEWEST_CAPTIONS = 2
"""What float32 describes in the time on a busy computer; each is compared by the scores of all words."""

_VARIATIONS = 2
_LIMIT_S = 3.0
_SHORT_S = 1.0
_EXACT_SHARE = 0.8
"""Of the time that is left: what the first way may take before it is given up."""
_JUDGING_SHARE = 0.4
"""Of the time that is left: in which the first way computes what the others are compared with."""
_NEARLY = 0.9
"""Speeds within a tenth of each other are the same: then the more precise type, or the usual batch, is taken."""
_SAME_PHOTO = 1e-5
"""Below this distance (1 - cosine) photos are copies of each other, and nothing can be judged by them."""


class ModelTuner:
    """Fulfils ``core.models.Tuner`` for a handle."""

    def __init__(
        self, handle: Handle[Any], store: TuningStore, *, make_bench: Callable[..., Bench] = ChildBench
    ) -> None:
        self._handle = handle
        self._store = store
        self._make_bench = make_bench

    @property
    def name(self) -> str:
        return self._handle.name

    @property
    def folder(self) -> Path:
        return self._handle.folder

    @property
    def wanted_photos(self) -> int:
        return SAMPLES[self._handle.kind]

    @property
    def tuning(self) -> Tuning | None:
        """Raises ModelUnusable."""
        return self._handle.tuning

    def measure(self, images: Sequence[RgbImage]) -> Iterator[MeasureFact]:
        """Try what fits, keep the choice, and let the model run so, between two of its batches.

        Args:
            images: photos that are unlike each other, ``wanted_photos`` of them or more; with fewer than a few, only
                what would run unmeasured can win.

        Yields:
            Measuring several times a second, so that whoever steps this can stop; last Measured.

        Raises:
            ModelUnusable: the checkpoint can't be used.
            MeasuringFailed: no way came to its end in the time.
        """
        handle = self._handle
        identity = handle.identity
        sample = images[: self.wanted_photos]
        bench = self._make_bench(handle.folder, handle.kind, sample)
        fewest = FEWEST_CAPTIONS if handle.kind == "captioner" else FEWEST_PHOTOS
        run = Run(handle.name, bench, len(sample), handle.threads, fewest=fewest)
        try:
            for fact in run.facts():
                if isinstance(fact, Measured):
                    self._store.keep(identity, fact.tuning)
                    handle.reload()
                yield fact
        except MeasuringFailed as error:
            error.fields["folder"] = handle.folder
            raise
        finally:
            bench.close()


class Run:
    """One measuring."""

    def __init__(
        self,
        model: str,
        bench: Bench,
        samples: int,
        threads: int | None,
        *,
        fewest: int = FEWEST_PHOTOS,
        clock: Callable[[], float] = time.monotonic,
        longest_s: float = LONGEST_S,
    ) -> None:
        """Remember what to do.

        Args:
            model: as shown to people.
            bench: where ways are tried.
            samples: photos that the bench has.
            threads: the most that may be used; None: as many as torch uses by itself.
            fewest: photos that number types are judged by.
            clock: seconds.
            longest_s: for all of it, if the process starts quickly; a way under way is given up then.
        """
        self._model = model
        self._bench = bench
        self._samples = samples
        self._most_threads = threads
        self._clock = clock
        self._began = clock()
        self._longest_s = longest_s
        self._until = self._began + max(longest_s, _LONGEST_START_S)
        self._fewest = fewest
        self._tried: list[Trial] = []
        self._reference: Results | None = None
        self._reference_s = 0.0
        self._start_s = 0.0
        self._is_broken = False
        self._total = 1

    def facts(self) -> Iterator[MeasureFact]:
        """Yield Measuring several times a second; last Measured. Raises MeasuringFailed."""
        offer = yield from self._find_out()
        for device, types in offer.ways.items():
            if device == "cpu" and any(trial.device.startswith("cuda") and not trial.lost for trial in self._tried):
                break  # no processor comes near a card that works
            threads = self._most_threads or offer.own_threads
            ways = [Trial(device, each, offer.usual_sizes[device], threads) for each in types]
            self._total = len(self._tried) + len(ways) + _VARIATIONS
            for way in ways:
                yield from self._try(way, offer)
        best = choose(self._tried)
        if best is None:
            raise MeasuringFailed(name=self._model, tried=tuple(self._tried))
        for way in _variations(best, offer):
            best = yield from self._vary(best, way)
        yield Measured(self._model, self._tuning(best, offer))

    def _find_out(self) -> Generator[MeasureFact, None, Offer]:
        guess = Trial("cpu", "float32", 1, 1)
        try:
            self._bench.open()
        except OSError as error:
            raise MeasuringFailed(name=self._model, tried=(replace(guess, detail=str(error)),)) from error
        told = yield from self._wait(guess, self._until)
        if not isinstance(told, Offer):
            failed = replace(guess, lost=told.failed, detail=told.detail)
            raise MeasuringFailed(name=self._model, tried=(failed,))
        now = self._clock()
        self._start_s = now - self._began
        self._until = max(self._began + self._longest_s, now + _LEAST_S)
        return told

    def _wait(self, trial: Trial, until: float) -> Generator[MeasureFact, None, Offer | Answer]:
        while (told := self._bench.look()) is None:
            if self._clock() >= until:
                self._bench.give_up()
                self._is_broken = True
                return Answer(failed=Lost.TIMED_OUT)
            yield Measuring(self._model, trial, len(self._tried), self._total)
        self._is_broken = isinstance(told, Answer) and told.failed is Lost.CRASHED
        return told

    def _ask(self, trial: Trial, judged: int, limit_s: float) -> Generator[MeasureFact, None, Answer]:
        """Try one way. What takes far longer than float32 did is not waited for: it has lost already."""
        now = self._clock()
        if now >= self._until:
            return Answer(failed=Lost.TIMED_OUT)
        until, judging_s = self._until, 0.0
        if self._reference is not None:
            until = min(until, now + _SHORT_S + 1.5 * self._reference_s + (self._start_s if self._is_broken else 0))
        elif not self._tried:
            judging_s = _JUDGING_SHARE * (until - now)
            until = now + _EXACT_SHARE * (until - now)
        self._bench.ask(Question(trial, judged, min(limit_s, until - now), judging_s))
        told = yield from self._wait(trial, until)
        return told if isinstance(told, Answer) else Answer(failed=Lost.FAILED)

    def _try(self, way: Trial, offer: Offer) -> Iterator[MeasureFact]:
        before = self._clock()
        judged = self._samples if self._reference is None else len(self._reference)
        answer = yield from self._ask(way, judged, _LIMIT_S)
        trial = _tried(way, answer)
        is_exact = way.number_type == "float32"
        if not trial.lost and is_exact and self._reference is None and answer.results is not None:
            self._reference, self._reference_s = answer.results, self._clock() - before
        elif not trial.lost:
            trial = replace(trial, fidelity=drift(self._reference, answer.results, fewest=self._fewest))
            if trial.fidelity is None and not is_exact and (way.device, way.number_type) != offer.guess:
                trial = replace(trial, lost=Lost.UNJUDGED)
            elif trial.fidelity is not None and trial.fidelity > MOST_DRIFT:
                trial = replace(trial, lost=Lost.UNFAITHFUL)
        self._tried.append(trial)

    def _vary(self, best: Trial, way: Trial) -> Generator[MeasureFact, None, Trial]:
        """The better of two ways that differ in no number type, so that results need no judging."""
        answer = yield from self._ask(way, 0, _SHORT_S)
        trial = replace(_tried(way, answer), fidelity=best.fidelity)
        self._tried.append(trial)
        is_better = not trial.lost and _speed(best) < _NEARLY * _speed(trial)
        return trial if is_better else best

    def _tuning(self, best: Trial, offer: Offer) -> Tuning:
        tried = tuple(
            trial if trial.lost or trial is best else replace(trial, lost=Lost.SLOWER) for trial in self._tried
        )
        return Tuning(
            best.device,
            best.number_type,
            best.batch_size,
            best.threads,
            best.per_second,
            best.memory_bytes,
            best.fidelity,
            tried,
            offer.device_names.get(best.device) or processor_name(),
            self._clock() - self._began,
        )


def choose(tried: Sequence[Trial]) -> Trial | None:
    """The fastest that nothing speaks against; of those about as fast the most precise. None: there is none."""
    usable = [trial for trial in tried if not trial.lost]
    if not usable:
        return None
    enough = _NEARLY * max(_speed(trial) for trial in usable)
    fast = [trial for trial in usable if _speed(trial) >= enough]
    return min(fast, key=lambda trial: (NUMBER_TYPES.index(trial.number_type), -_speed(trial)))


def drift(reference: Results | None, results: Results | None, *, fewest: int = FEWEST_PHOTOS) -> float | None:
    """How far results moved: mean (1 - cosine) to the reference over the median (1 - cosine) between photos.

    Args:
        reference: float32's results, a row a photo.
        results: of the same photos in the same order; there may be fewer.
        fewest: photos that it can be judged by.

    Returns:
        None where it can't be judged: too few photos, or copies of one.
    """
    if reference is None or results is None or results.shape[1] != reference.shape[1]:
        return None
    count = min(len(reference), len(results))
    if count < fewest:
        return None
    exact, moved = _unit(reference[:count]), _unit(results[:count])
    apart = float(np.median((1 - exact @ exact.T)[np.triu_indices(count, 1)]))
    return float((1 - (exact * moved).sum(axis=1)).mean()) / apart if apart > _SAME_PHOTO else None


def _unit(rows: Results) -> npt.NDArray[np.float64]:
    wide = rows.astype(np.float64)
    unit: npt.NDArray[np.float64] = wide / np.linalg.norm(wide, axis=1, keepdims=True)
    return unit


def _speed(trial: Trial) -> float:
    return trial.per_second or 0.0


def _tried(way: Trial, answer: Answer) -> Trial:
    if answer.failed is not None:
        return replace(way, lost=answer.failed, detail=answer.detail)
    return replace(way, per_second=answer.done / answer.seconds, memory_bytes=answer.memory_bytes)


def _variations(best: Trial, offer: Offer) -> list[Trial]:
    """The chosen way with other batches, and with other threads where it is the processor that computes."""
    bare = Trial(best.device, best.number_type, best.batch_size, best.threads)
    ways = [replace(bare, batch_size=size) for size in (best.batch_size * 2, best.batch_size // 2) if size]
    if best.device == "cpu" and offer.own_threads < best.threads:
        ways.append(replace(bare, threads=offer.own_threads))
    return ways
