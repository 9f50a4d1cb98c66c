"""What the stages that run models have in common: batches by question, retries one by one, turns with others."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from app.core.errors import ModelsBusy, ModelUnusable, OrielError, UnreadableImage
from app.core.types import (
    Fact,
    PhotoId,
    Progress,
    Reason,
    RgbImage,
    Skipped,
    Stage,
    Summary,
    Unavailable,
    Waiting,
)
from app.library.library import Library

Urgent = Callable[[], Sequence[PhotoId]]
"""Ids that a person is looking at right now; asked anew before every step."""

STEP_S = 0.7
"""A step aims at this long: below the second after which other work must get its turn."""


_TIMES_AS_LONG = 50
"""A question whose answer grows with the library is asked again after so many times what it took."""


def nobody_waits() -> Sequence[PhotoId]:
    """Nothing is more urgent than anything else."""
    return ()


@dataclass(frozen=True)
class Batches:
    """One stage, as questions and an act.

    Attributes:
        remaining: how many photos are still to be done.
        ask: the next ids, at most this many, urgent ones first.
        act: does the given photos with their images and writes what came out, in one transaction.
    """

    stage: Stage
    remaining: Callable[[], int]
    ask: Callable[[int, Sequence[PhotoId]], list[PhotoId]]
    act: Callable[[list[PhotoId], list[RgbImage]], None]
    largest: int


def run_batches(library: Library, batches: Batches, first: Urgent) -> Iterator[Fact]:
    """Step through a stage until its question has no answer left.

    Yields:
        Progress after each batch, Skipped for a photo that cannot be used, Waiting while another program runs
        the models, Unavailable if the model cannot be loaded, MovedToProcessor; last the Summary.

    Raises:
        DiskFull: what was done before is kept.
    """
    started = time.monotonic()
    done = skipped = 0
    remaining = _Remaining(batches.remaining)
    yield Progress(batches.stage, 0, remaining.after(0))
    with ThreadPoolExecutor(min(4, library.threads), thread_name_prefix="thumbnails") as pool:
        ahead = _Ahead(library, batches, first, pool)
        while batch := ahead.take():
            before = time.monotonic()
            try:
                with library.models_lock.step():
                    ahead.look()
                    failures = _do(library, batches, batch)
            except ModelsBusy:
                yield Waiting(batches.stage)
                continue
            except ModelUnusable as error:
                yield Unavailable(batches.stage, error)
                break
            yield from library.notes.take()
            yield from failures
            done, skipped = done + len(batch) - len(failures), skipped + len(failures)
            ahead.size = _next_size(len(batch), time.monotonic() - before, batches.largest)
            yield Progress(batches.stage, done, done + remaining.after(len(batch)))
    yield Summary(batches.stage, added=done, skipped=skipped, seconds=time.monotonic() - started)


class _Remaining:
    """How many photos are left: counted, which takes as long as there are photos, only a small part of the time."""

    def __init__(self, count: Callable[[], int]) -> None:
        self._count = count
        self._left = 0
        self._holds_until = -math.inf

    def after(self, done: int) -> int:
        """``done``: of them, since the last call."""
        self._left -= done
        began = time.monotonic()
        if began >= self._holds_until or self._left <= 0:
            self._left = self._count()
            now = time.monotonic()
            self._holds_until = now + _TIMES_AS_LONG * (now - began)
        return self._left


Batch = list[tuple[PhotoId, RgbImage | None]]
"""Photos with their thumbnails; None where the thumbnail is lost."""


class _Ahead:
    """Reads the next batch's thumbnails while the model works on this one, so that it never waits for the disk."""

    def __init__(self, library: Library, batches: Batches, first: Urgent, pool: ThreadPoolExecutor) -> None:
        self._library = library
        self._batches = batches
        self._first = first
        self._pool = pool
        self._in_work: set[PhotoId] = set()
        self._next: list[tuple[PhotoId, Future[RgbImage | None]]] = []
        self.size = min(4, batches.largest)  # small at first: the first results are on screen soon

    def take(self) -> Batch:
        """The next batch; empty when the question has no answer left."""
        self._in_work = set()
        if not self._next:
            self.look()
        batch = [(photo_id, image.result()) for photo_id, image in self._next]
        self._in_work, self._next = {photo_id for photo_id, _ in batch}, []
        return batch

    def look(self) -> None:
        """Begin to read the batch that follows the one in work, which is not written yet and still an answer."""
        asked = self._batches.ask(self.size + len(self._in_work), self._first())
        ids = [photo_id for photo_id in asked if photo_id not in self._in_work][: self.size]
        self._next = [(photo_id, self._pool.submit(self._library.thumbnails.read, photo_id)) for photo_id in ids]


def _next_size(size: int, took_s: float, largest: int) -> int:
    """Grow while a step is short; the first step also loads the model, so shrink by half at most."""
    wanted = int(size * STEP_S / max(took_s, 1e-3))
    return max(1, size // 2, min(wanted, size * 2, largest))


def _do(library: Library, batches: Batches, batch: Batch) -> list[Skipped]:
    """Do one batch; whatever goes wrong with it is tried again photo by photo, so that one costs one."""
    lost = [photo_id for photo_id, image in batch if image is None]
    if lost:
        library.catalog.forget_thumbnails(lost)  # deleted or damaged: made again from the original
    usable = [(photo_id, image) for photo_id, image in batch if image is not None]
    if not usable:
        return []
    try:
        batches.act([photo_id for photo_id, _ in usable], [image for _, image in usable])
    except ModelUnusable:
        raise
    except (OrielError, RuntimeError, ValueError) as error:
        if _is_fatal(error):
            raise
        return _one_by_one(library, batches, usable)
    return []


def _one_by_one(library: Library, batches: Batches, usable: list[tuple[PhotoId, RgbImage]]) -> list[Skipped]:
    skipped = []
    for photo_id, image in usable:
        try:
            batches.act([photo_id], [image])
        except (OrielError, RuntimeError, ValueError) as error:
            if _is_fatal(error):
                raise
            reason, detail = _told(error)
            library.catalog.write_failures(batches.stage, [(photo_id, None, reason, detail)])
            path = library.catalog.paths([photo_id])[photo_id]
            skipped.append(Skipped(path, batches.stage, reason, detail))
    return skipped


def _told(error: Exception) -> tuple[Reason, str]:
    """A stage that decodes the original may find it broken, or gone."""
    if isinstance(error, UnreadableImage):
        return Reason(str(error.fields["reason"])), str(error.fields.get("detail", ""))
    return Reason.MODEL_FAILED, str(error)


def _is_fatal(error: Exception) -> bool:
    """Errors that are not about one photo: trying the next would only repeat them."""
    return isinstance(error, OrielError) and error.code in {
        "disk_full",
        "catalog_unavailable",
        "catalog_damaged",
    }
