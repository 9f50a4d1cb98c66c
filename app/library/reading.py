"""Read photos for the first time: one decoding gives thumbnail, hashes and metadata."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from app.core.errors import UnreadableImage
from app.core.types import (
    Fact,
    FileId,
    PhotoFile,
    PhotoId,
    Progress,
    ReadPhoto,
    Reason,
    Skipped,
    Stage,
    Summary,
)
from app.files.reading import read_photo
from app.library.library import Library
from app.library.stages import Urgent, nobody_waits

STEP_S = 0.4
"""Write what is ready and yield this often: what is on screen appears soon, transactions stay small."""

MOST_READS = 200


def read_missing(library: Library, *, first: Urgent = nobody_waits) -> Iterator[Fact]:
    """Read every photo that has not been read since its file last changed, on all threads, the urgent ones first.

    Yields:
        Skipped for each file that cannot be used, Progress after each step; last the Summary.

    Raises:
        DiskFull: what was read before is kept.
    """
    started = time.monotonic()
    done = skipped = 0
    yield Progress(Stage.READ, 0, library.catalog.count_to_read())
    for facts in _steps(library, first):
        failed = sum(isinstance(fact, Skipped) for fact in facts.skipped)
        done, skipped = done + facts.read, skipped + failed
        yield from facts.skipped
        yield Progress(Stage.READ, done, done + library.catalog.count_to_read())
    yield Summary(Stage.READ, added=done, skipped=skipped, seconds=time.monotonic() - started)


class _Step:
    """What one step brought."""

    def __init__(self) -> None:
        self.read = 0
        self.skipped: list[Skipped] = []


class _InHand:
    """Photos handed to the decoding threads and not yet written."""

    def __init__(self, library: Library, pool: ThreadPoolExecutor) -> None:
        self._library = library
        self._pool = pool
        self.futures: dict[Future[ReadPhoto], PhotoFile] = {}

    def take(self, files: Sequence[PhotoFile]) -> None:
        """Mark files, then decode them: the mark is on disk before a decoder sees the first byte."""
        self._library.catalog.mark_in_hand([file.file_id for file in files])
        for file in files:
            self.futures[self._pool.submit(read_photo, file, self._library.thumbnails)] = file

    def refill(self, first: Urgent) -> None:
        """Keep enough in hand that no thread waits, and few enough that what is urgent comes next."""
        room = 4 * self._library.threads - len(self.futures)
        if room < 2 * self._library.threads:
            return
        held = {file.file_id for file in self.futures.values()}
        wanted = self._library.catalog.photos_to_read(room + len(held), first())
        self.take([file for file in wanted if file.file_id not in held][:room])

    def drop(self) -> None:
        """Forget what no thread has begun, wait for the rest, and take the marks away."""
        for future in self.futures:
            future.cancel()
        wait(self.futures)
        self._library.catalog.clear_in_hand([file.file_id for file in self.futures.values()])
        self.futures.clear()


def _steps(library: Library, first: Urgent) -> Iterator[_Step]:
    with ThreadPoolExecutor(library.threads, thread_name_prefix="decode") as pool:
        in_hand = _InHand(library, pool)
        try:
            yield from _after_crash(library, in_hand)
            in_hand.refill(first)
            while in_hand.futures:
                yield _collect(library, in_hand, first)
                in_hand.refill(first)
        finally:
            in_hand.drop()


def _collect(library: Library, in_hand: _InHand, first: Urgent) -> _Step:
    """Gather what gets ready within one step and write it."""
    ready: dict[Future[ReadPhoto], PhotoFile] = {}
    until = time.monotonic() + STEP_S
    while in_hand.futures and time.monotonic() < until and len(ready) < MOST_READS:
        finished, _ = wait(in_hand.futures, timeout=until - time.monotonic(), return_when=FIRST_COMPLETED)
        ready.update({future: in_hand.futures.pop(future) for future in finished})
        in_hand.refill(first)
    return _write(library, ready)


def _write(library: Library, ready: dict[Future[ReadPhoto], PhotoFile]) -> _Step:
    step, reads = _Step(), []
    for future, file in ready.items():
        try:
            reads.append(future.result())
        except UnreadableImage as error:
            step.skipped.append(_skipped(file, error))
    _keep(library, reads)
    by_path = {file.path: file for file in ready.values()}
    _fail(library, [(by_path[skip.path], skip) for skip in step.skipped])
    library.catalog.clear_in_hand([file.file_id for file in ready.values()])
    step.read = len(reads)
    return step


def _keep(library: Library, reads: Sequence[ReadPhoto]) -> None:
    if not reads:
        return
    changed = library.catalog.write_reads(reads)
    if changed:
        library.embeddings.remove(changed)
    for read in reads:
        # Its thumbnail is already stored under the new id; the photo it turns out to be has its own.
        if library.catalog.adopt_moved(read.photo_id) is not None:
            library.thumbnails.remove([read.photo_id])


def _fail(library: Library, failed: Sequence[tuple[PhotoFile, Skipped]]) -> None:
    if failed:
        rows: list[tuple[PhotoId, FileId | None, Reason, str]] = [
            (file.photo_id, file.file_id, skip.reason, skip.detail) for file, skip in failed
        ]
        library.catalog.write_failures(Stage.READ, rows)


def _skipped(file: PhotoFile, error: UnreadableImage) -> Skipped:
    reason = Reason(error.fields.get("reason", Reason.CORRUPT))
    return Skipped(file.path, Stage.READ, reason, str(error.fields.get("detail", "")))


def _after_crash(library: Library, in_hand: _InHand) -> Iterator[_Step]:
    """Photos that were in hand when the program died: each alone, so that a second death names its cause."""
    for file, attempts in library.catalog.crashed_in_hand():
        if attempts < 2:
            in_hand.take([file])
            wait(in_hand.futures)
            ready = dict(in_hand.futures)
            in_hand.futures.clear()
            yield _write(library, ready)
            continue
        step = _Step()
        step.skipped.append(Skipped(file.path, Stage.READ, Reason.CRASHED))
        _fail(library, [(file, step.skipped[0])])
        library.catalog.clear_in_hand([file.file_id])
        yield step
