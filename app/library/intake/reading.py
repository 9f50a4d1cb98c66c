"""Read photos for the first time: one decoding gives thumbnail, hashes and metadata."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path

from app.core.errors import OrielError, UnreadableImage
from app.core.types import (
    Fact,
    FileId,
    FolderUnavailable,
    PhotoFile,
    PhotoId,
    Progress,
    ReadPhoto,
    Reason,
    Skipped,
    Stage,
    Summary,
)
from app.library.intake.offline import NOT_OF_THE_PICTURE, is_below, mark_away
from app.library.library import Library
from app.library.stages import Urgent, nobody_waits

STEP_S = 0.4
"""Write what is ready and yield this often: what is on screen appears soon, transactions stay small."""

MOST_READS = 200

PATIENCE_S = 2.0
"""Who stops the reading waits no longer for what the decoders are at."""

MOST_ATTEMPTS = 3
"""A program dies with many photos in hand, then with one alone; but a person may have ended it in that moment, so only
dying on the same one alone again says that it is the cause."""

Ready = dict[Future[ReadPhoto], PhotoFile]
"""What the threads are done with, well or badly."""


def read_missing(library: Library, *, first: Urgent = nobody_waits) -> Iterator[Fact]:
    """Read every photo that has not been read since its file last changed, on all threads, the urgent ones first.

    Yields:
        Skipped for each file that cannot be used, FolderUnavailable for a drive that went away meanwhile, Progress
        after each step; last the Summary.

    Raises:
        DiskFull: what was read before is kept.
    """
    started = time.monotonic()
    done = skipped = small = 0
    yield Progress(Stage.READ, 0, library.catalog.count_to_read())
    for step in _steps(library, first):
        done, skipped, small = done + step.read, skipped + len(step.skipped), small + step.small
        yield from step.skipped
        yield from step.gone
        yield Progress(Stage.READ, done, done + library.catalog.count_to_read())
    # Where the old place was walked only after the new one was read.
    _adopt_moved(library, library.catalog.moved_photos())
    left_out = {"small": small} if small else {}
    seconds = time.monotonic() - started
    yield Summary(Stage.READ, added=done - small, skipped=skipped, seconds=seconds, left_out=left_out)


class _Step:
    """What one step brought."""

    def __init__(self) -> None:
        self.read = 0
        self.small = 0
        self.skipped: list[Skipped] = []
        self.gone: list[FolderUnavailable] = []


class _InHand:
    """Photos handed to the decoding threads, until what came of them is written."""

    def __init__(self, library: Library, pool: ThreadPoolExecutor) -> None:
        self._library = library
        self._pool = pool
        self._held: set[FileId] = set()
        self.decoding: dict[Future[ReadPhoto], PhotoFile] = {}

    def take(self, files: Sequence[PhotoFile]) -> None:
        """Mark files, then decode them: the mark is on disk before a decoder sees the first byte."""
        self._library.catalog.mark_in_hand([file.file_id for file in files])
        self._held.update(file.file_id for file in files)
        for file in files:
            self.decoding[self._pool.submit(self._library.decoders.read, file, self._library.thumbnails)] = file

    def refill(self, first: Urgent) -> None:
        """Keep enough in hand that no thread waits, and few enough that what is urgent comes next."""
        room = 4 * self._library.threads - len(self.decoding)
        if room < 2 * self._library.threads:
            return
        # What is decoded but not written yet is still an answer to the question.
        asked = self._library.catalog.photos_to_read(room + len(self._held), first())
        self.take([file for file in asked if file.file_id not in self._held][:room])

    def finished(self, timeout_s: float | None) -> Ready:
        """What got ready within this time, None: all of it."""
        when = FIRST_COMPLETED if timeout_s is not None else ALL_COMPLETED
        done, _ = wait(self.decoding, timeout=timeout_s, return_when=when)
        return {future: self.decoding.pop(future) for future in done}

    def release(self, files: Iterable[PhotoFile]) -> None:
        """Take the marks away of files that are written, or given up."""
        ids = [file.file_id for file in files]
        self._library.catalog.clear_in_hand(ids)
        self._held.difference_update(ids)

    def drop(self) -> None:
        """Forget what no thread has begun, give the rest a moment; no mark is left, since nothing crashed."""
        for future in self.decoding:
            future.cancel()
        if wait(self.decoding, timeout=PATIENCE_S).not_done:
            self._library.decoders.interrupt()
        self.finished(None)
        with suppress(OrielError):  # the disk may be full; what stopped the reading is what is told
            self._library.catalog.clear_in_hand(self._held)
        self._held.clear()


def _steps(library: Library, first: Urgent) -> Iterator[_Step]:
    with ThreadPoolExecutor(library.threads, thread_name_prefix="decode") as pool:
        in_hand = _InHand(library, pool)
        try:
            yield from _after_crash(library, in_hand)
            in_hand.refill(first)
            while in_hand.decoding:
                yield _collect(library, in_hand, first)
                in_hand.refill(first)
        finally:
            in_hand.drop()


def _collect(library: Library, in_hand: _InHand, first: Urgent) -> _Step:
    """Gather what gets ready within one step and write it."""
    ready: Ready = {}
    until = time.monotonic() + STEP_S
    while in_hand.decoding and (left := until - time.monotonic()) > 0 and len(ready) < MOST_READS:
        ready.update(in_hand.finished(left))
        in_hand.refill(first)
    return _write(library, in_hand, ready)


def _write(library: Library, in_hand: _InHand, ready: Ready) -> _Step:
    step, reads = _Step(), []
    unread: list[tuple[PhotoFile, Skipped]] = []
    for future, file in ready.items():
        try:
            reads.append(future.result())
        except UnreadableImage as error:
            unread.append((file, _skipped(file, error)))
    _set_aside(library, unread, step)
    _keep(library, reads)
    in_hand.release(ready.values())
    step.read = len(reads)
    step.small = len(library.catalog.small_among(read.photo_id for read in reads))
    return step


def _set_aside(library: Library, unread: Sequence[tuple[PhotoFile, Skipped]], step: _Step) -> None:
    """Remember what could not be used; but a drive that went away is no fault of its photos."""
    away: list[Path] = []
    if any(skipped.reason in NOT_OF_THE_PICTURE for _, skipped in unread):
        away, step.gone = mark_away(library)
    failed: list[tuple[PhotoId, FileId | None, Reason, str]] = []
    for file, skipped in unread:
        if skipped.reason in NOT_OF_THE_PICTURE and is_below(file.path, away):
            continue
        step.skipped.append(skipped)
        failed.append((file.photo_id, file.file_id, skipped.reason, skipped.detail))
    if failed:
        library.catalog.write_failures(Stage.READ, failed)


def _keep(library: Library, reads: Sequence[ReadPhoto]) -> None:
    if not reads:
        return
    library.catalog.write_reads(reads)
    _adopt_moved(library, [read.photo_id for read in reads])


def _adopt_moved(library: Library, ids: Sequence[PhotoId]) -> None:
    """Hand the files of photos that were only moved to the photos that they are."""
    for photo_id in ids:
        if library.catalog.adopt_moved(photo_id) is not None:
            # The thumbnail lies under the new id; the photo that it turned out to be has its own.
            library.thumbnails.remove([photo_id])


def _skipped(file: PhotoFile, error: UnreadableImage) -> Skipped:
    reason = Reason(str(error.fields.get("reason", Reason.CORRUPT)))
    return Skipped(file.path, Stage.READ, reason, str(error.fields.get("detail", "")))


def _after_crash(library: Library, in_hand: _InHand) -> Iterator[_Step]:
    """Photos that were in hand when the program died: each alone, so that the next death names its cause."""
    for file, attempts in library.catalog.crashed_in_hand():
        if attempts < MOST_ATTEMPTS:
            in_hand.take([file])
            yield _write(library, in_hand, in_hand.finished(None))
            continue
        library.catalog.write_failures(Stage.READ, [(file.photo_id, file.file_id, Reason.CRASHED, "")])
        in_hand.release([file])
        step = _Step()
        step.skipped.append(Skipped(file.path, Stage.READ, Reason.CRASHED))
        yield step
