"""What the stages that run models have in common: batches by question, retries one by one, turns with others."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.core.errors import ModelsBusy, ModelUnusable, OrielError
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
        the models, Unavailable if the model cannot be loaded; last the Summary.

    Raises:
        DiskFull: what was done before is kept.
    """
    started = time.monotonic()
    done = skipped = 0
    size = min(4, batches.largest)  # small at first: the first results are on screen soon
    yield Progress(batches.stage, 0, batches.remaining())
    while ids := batches.ask(size, first()):
        before = time.monotonic()
        try:
            with library.models_lock.step():
                failures = _do(library, batches, ids)
        except ModelsBusy:
            yield Waiting(batches.stage)
            continue
        except ModelUnusable as error:
            yield Unavailable(batches.stage, str(error))
            break
        yield from failures
        done, skipped = done + len(ids) - len(failures), skipped + len(failures)
        size = _next_size(len(ids), time.monotonic() - before, batches.largest)
        yield Progress(batches.stage, done, done + batches.remaining())
    yield Summary(batches.stage, added=done, skipped=skipped, seconds=time.monotonic() - started)


def _next_size(size: int, took_s: float, largest: int) -> int:
    """Grow while a step is short; the first step also loads the model, so shrink by half at most."""
    wanted = int(size * STEP_S / max(took_s, 1e-3))
    return max(1, size // 2, min(wanted, size * 2, largest))


def _do(library: Library, batches: Batches, ids: list[PhotoId]) -> list[Skipped]:
    """Do one batch; whatever goes wrong with it is tried again photo by photo, so that one costs one."""
    read = [(photo_id, library.thumbnails.read(photo_id)) for photo_id in ids]
    lost = [photo_id for photo_id, image in read if image is None]
    if lost:
        library.catalog.forget_thumbnails(lost)  # deleted or damaged: made again from the original
    usable = [(photo_id, image) for photo_id, image in read if image is not None]
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
            library.catalog.write_failures(batches.stage, [(photo_id, None, Reason.MODEL_FAILED, str(error))])
            path = library.catalog.paths([photo_id])[photo_id]
            skipped.append(Skipped(path, batches.stage, Reason.MODEL_FAILED, str(error)))
    return skipped


def _is_fatal(error: Exception) -> bool:
    """Errors that are not about one photo: trying the next would only repeat them."""
    return isinstance(error, OrielError) and error.code in {
        "disk_full",
        "catalog_unavailable",
        "catalog_damaged",
    }
