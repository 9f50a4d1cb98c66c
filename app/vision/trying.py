"""Tries ways to run a model in a process of its own, where one that crashes, hangs or eats memory costs nothing else.

``Bench`` is this side: it starts the process, asks, watches its memory, and believes nothing that can't be. ``_serve``
is the other side: it runs the same code that will embed and caption photos.
"""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import psutil

from app.core.errors import OrielError, OutOfMemory
from app.core.models import NUMBER_TYPES, Lost, NumberType, Trial
from app.core.types import RgbImage
from app.vision.checkpoints.loading import import_class
from app.vision.checkpoints.weights import Kind, inspect
from app.vision.device import (
    choose_device,
    device_name,
    number_type,
    prepare_environment,
    release_cached,
    silence_libraries,
    use_threads,
)
from app.vision.number_types import fitting_types, is_convolutional, named

_LOOK_S = 0.05
"""How often the process's memory is looked at."""
_END_S = 2.0
_LONGEST_ANSWER = 1 << 16
_MOST_RESULTS_BYTES = 64 << 20
_TOLD_CHARACTERS = 300
_DEFAULT_SIZES = {("embedder", True): 16, ("embedder", False): 64, ("captioner", True): 2, ("captioner", False): 16}
"""By kind of model and whether it is the processor; two captions at first, since four take float32 most of the time."""
_CONVOLUTIONAL_SIZE = 8
_MOST_BATCHES = 8

Results = npt.NDArray[np.float32]
"""float32, shape (photos, length): what two number types are compared by, a row a photo."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the machine has for a model.

    Attributes:
        ways: number types by device, the best device first, float32 first in each.
        guess: what would run without any measuring: (device, number type).
        usual_sizes: photos in one pass, by device.
        own_threads: as many as torch would use by itself: one a core, where a core counts as two processors.
        device_names: by device; empty where it has no name of its own.
    """

    ways: dict[str, tuple[NumberType, ...]]
    guess: tuple[str, NumberType]
    usual_sizes: dict[str, int]
    own_threads: int
    device_names: dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one way.

    Attributes:
        done: photos that were timed, in ``seconds``.
        results: of the first photos, for comparing; None where none were wanted.
        failed: with ``detail``, instead of all that.
    """

    done: int = 0
    seconds: float = 0.0
    memory_bytes: int | None = None
    results: Results | None = None
    failed: Lost | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One way to try.

    Attributes:
        judged: so many of the first photos are computed for comparing; 0: none, the model is loaded already.
        limit_s: no further batch is begun after so long.
        judging_s: but one of those for comparing is, if this is longer.
    """

    trial: Trial
    judged: int
    limit_s: float
    judging_s: float = 0.0


class Bench(Protocol):
    """Where ways are tried, one at a time. ``look`` returns within a moment; ``close`` may be called at any time."""

    def open(self) -> None:
        """Begin to find out what there is. The first ``look`` that is no None is the Offer."""

    def ask(self, question: Question) -> None:
        """Begin to try a way."""

    def look(self) -> Offer | Answer | None:
        """What has come; None: nothing yet."""

    def give_up(self) -> None:
        """End what is being tried."""

    def close(self) -> None: ...


class ChildBench:
    """A bench in a child process, which is started anew after a crash and after ``give_up``."""

    def __init__(self, folder: Path, kind: Kind, images: Sequence[RgbImage], *, serve: Any = None) -> None:
        """``serve``: what runs in the child, where it is not this file's own (faults are injected with it)."""
        self._arguments = (str(folder), kind, list(images))
        self._serve = serve or _serve
        self._child: Any = None
        self._pipe: Connection | None = None
        self._is_ready = False
        self._waiting: Question | None = None
        self._asked_at = 0.0
        self._idle_bytes = self._most_bytes = 0

    def open(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._child = context.Process(target=self._serve, args=(*self._arguments, theirs), daemon=True)
        try:
            self._child.start()
        except OSError:  # no memory for a process, or too many of them
            self.close()
            raise
        theirs.close()
        self._is_ready = False

    def ask(self, question: Question) -> None:
        self._waiting = question
        if self._pipe is None:
            with suppress(OSError):  # then the next look says so
                self.open()
        elif self._is_ready:
            self._send()

    def look(self) -> Offer | Answer | None:
        try:
            return self._look()
        except (EOFError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            code = self._exit_code()
            self.give_up()
            return Answer(failed=Lost.CRASHED, detail=f"exit code {code}" if code else repr(error)[:_TOLD_CHARACTERS])

    def give_up(self) -> None:
        self._waiting = None
        self.close()

    def close(self) -> None:
        child, self._child = self._child, None
        pipe, self._pipe = self._pipe, None
        self._is_ready = False
        if child is not None and child.pid is not None:
            child.kill()
            child.join()
        if pipe is not None:
            pipe.close()

    def _look(self) -> Offer | Answer | None:
        if self._pipe is None:
            raise EOFError
        until = time.monotonic() + 4 * _LOOK_S
        while not self._pipe.poll(_LOOK_S):
            self._most_bytes = max(self._most_bytes, self._bytes())
            if time.monotonic() > until:
                return None
        told = json.loads(self._pipe.recv_bytes(_LONGEST_ANSWER))
        if not self._is_ready:
            return self._on_offer(told)
        question, self._waiting = self._waiting, None
        if question is None:
            raise ValueError("an answer to no question")
        return self._on_answer(told, question)

    def _on_offer(self, told: dict[str, Any]) -> Offer | None:
        self._is_ready, self._idle_bytes = True, self._bytes()
        offer = Offer(
            {device: tuple(_named(name) for name in names) for device, names in told["ways"].items()},
            (str(told["guess"][0]), _named(told["guess"][1])),
            {device: max(1, int(size)) for device, size in told["usual_sizes"].items()},
            max(1, int(told["own_threads"])),
            {device: str(name) for device, name in told["device_names"].items()},
        )
        if self._waiting is None:
            return offer
        self._send()  # started anew in the middle: what there is is known
        return None

    def _send(self) -> None:
        if self._pipe is None or self._waiting is None:
            raise EOFError
        trial = self._waiting.trial
        self._most_bytes, self._asked_at = self._bytes(), time.monotonic()
        self._pipe.send_bytes(json.dumps({**asdict(self._waiting), "trial": asdict(trial)}).encode())

    def _on_answer(self, told: dict[str, Any], question: Question) -> Answer:
        if "failed" in told:
            return Answer(failed=Lost(told["failed"]), detail=str(told.get("detail", ""))[:_TOLD_CHARACTERS])
        done, seconds = int(told["done"]), float(told["seconds"])
        results = self._results(told["shape"], question.judged)
        if not (done > 0 and 0 < seconds <= time.monotonic() - self._asked_at + _LOOK_S):
            raise ValueError("times that can't be")
        grown = max(0, max(self._most_bytes, self._bytes()) - self._idle_bytes)
        return Answer(done, seconds, grown, results)

    def _results(self, shape: Any, wanted: int) -> Results | None:
        """A second message, the plain bytes of an array: nothing is unpickled from the child."""
        if not wanted:
            return None
        rows, length = (int(size) for size in shape)
        if self._pipe is None or not (0 < rows <= wanted and 0 < 4 * rows * length <= _MOST_RESULTS_BYTES):
            raise ValueError("results of no use")
        if not self._pipe.poll(_END_S):
            raise EOFError
        array = np.frombuffer(self._pipe.recv_bytes(_MOST_RESULTS_BYTES), np.float32).reshape(rows, length)
        if not (np.isfinite(array).all() and (np.linalg.norm(array, axis=1) > 0).all()):
            raise ValueError("numbers that are none")
        return array

    def _bytes(self) -> int:
        with suppress(psutil.Error):
            return int(psutil.Process(self._child.pid).memory_info().rss)
        return 0

    def _exit_code(self) -> int | None:
        if self._child is None:
            return None
        self._child.join(_END_S)
        return self._child.exitcode  # type: ignore[no-any-return]


def _named(name: Any) -> NumberType:
    return NUMBER_TYPES[NUMBER_TYPES.index(name)]


# What runs in the process.


def _serve(folder: str, kind: Kind, images: list[RgbImage], pipe: Connection) -> None:
    prepare_environment()
    silence_libraries()
    pipe.send_bytes(json.dumps(_offer(Path(folder), kind)).encode())
    work = _Work(Path(folder), kind, images)
    while True:
        try:
            asked = json.loads(pipe.recv_bytes())
        except (EOFError, OSError):  # nobody asks any more
            return
        told, results = work.answer(Question(**{**asked, "trial": Trial(**asked["trial"])}))
        pipe.send_bytes(json.dumps(told).encode())
        if results is not None:
            pipe.send_bytes(results.tobytes())


def _offer(folder: Path, kind: Kind) -> dict[str, Any]:
    import torch

    checkpoint = inspect(folder, kind)
    import_class(checkpoint)  # takes seconds, which are no way's own
    has_convolutions = is_convolutional(checkpoint)
    best = choose_device()
    devices = [best] if best == "cpu" else [best, "cpu"]
    sizes = {device: _DEFAULT_SIZES[kind, device == "cpu"] for device in devices}
    if has_convolutions:
        sizes["cpu"] = _CONVOLUTIONAL_SIZE
    return {
        "ways": {device: fitting_types(device, is_convolutional=has_convolutions) for device in devices},
        "guess": (best, named(number_type(best, is_convolutional=has_convolutions))),
        "usual_sizes": sizes,
        "own_threads": torch.get_num_threads(),
        "device_names": {device: device_name(device) for device in devices},
    }


class _Work:
    """Runs one way after the other; the model stays while only the batch size changes."""

    def __init__(self, folder: Path, kind: Kind, images: list[RgbImage]) -> None:
        self._folder = folder
        self._kind = kind
        self._images = images
        self._model: Any = None
        self._loaded_as: tuple[object, ...] = ()
        self._times: list[float] = []
        """Seconds a photo, by batch; the least counts: what else the machine does can only make one slower."""

    def answer(self, question: Question) -> tuple[dict[str, Any], Results | None]:
        """A table that JSON can say, and the results that go beside it."""
        trial, limit_s = question.trial, question.limit_s
        began = time.perf_counter()
        self._times = []
        try:
            self._load(trial)
            results = self._judge(trial, question.judged, began + max(limit_s, question.judging_s))
            self._time(trial, began + limit_s)
        except Exception as error:  # noqa: BLE001 - a way that fails, however it does, is out
            self._model = None
            lost = Lost.OUT_OF_MEMORY if isinstance(error, OutOfMemory) else Lost.FAILED
            detail = str(error) if isinstance(error, OrielError) else repr(error)
            return {"failed": lost, "detail": detail[:_TOLD_CHARACTERS]}, None
        shape = None if results is None else results.shape
        return {"done": 1, "seconds": min(self._times), "shape": shape}, results

    def _load(self, trial: Trial) -> None:
        wanted = (trial.device, trial.number_type, trial.threads)
        if self._model is not None and self._loaded_as == wanted:
            return
        self._model = None
        release_cached(trial.device)
        # Imported here: these know Handle, which knows what was measured.
        from app.vision.captioner import BlipCaptioner
        from app.vision.embedder import ClipEmbedder

        make = ClipEmbedder if self._kind == "embedder" else BlipCaptioner
        # As many in one pass as are handed over, unless memory runs out.
        self._model = make(
            self._folder,
            device=trial.device,
            threads=trial.threads,
            batch_size=1 << 16,
            number_type=trial.number_type,
            is_movable=False,
        )
        use_threads(trial.threads)
        self._model.load()
        self._loaded_as = wanted

    def _judge(self, trial: Trial, judged: int, until: float) -> Results | None:
        """Results of the first photos, batch by batch; of fewer where the time is over (the first may be slow)."""
        made: list[Results] = []
        size = trial.batch_size if self._kind == "embedder" else 1  # one caption may take seconds
        for start in range(0, judged, size):
            made.append(self._timed(self._images[start : min(start + size, judged)]))
            if time.perf_counter() > until:
                break
        return np.concatenate(made).astype(np.float32) if made else None

    def _time(self, trial: Trial, until: float) -> None:
        batch = [self._images[place % len(self._images)] for place in range(trial.batch_size)]
        for _ in range(_MOST_BATCHES):
            if self._times and time.perf_counter() > until:
                return
            self._timed(batch)

    def _timed(self, batch: Sequence[RgbImage]) -> Results:
        """Vectors, or what captions are compared by: one pass over the photos gives results and their time."""
        compute = self._model.embed_images if self._kind == "embedder" else self._model.sketch
        before = time.perf_counter()
        made: Results = compute(batch)
        self._times.append((time.perf_counter() - before) / len(batch))
        return made
