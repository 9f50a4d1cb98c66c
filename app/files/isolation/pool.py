"""The children that decode: started when they are needed, shared by all threads, replaced when they are lost.

A file that costs a child is tried once more, alone, with all the room there is: it may have been the others' need of
memory, or somebody else who ended the child. Only then is it the file's own fault.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol

from app.core.errors import DecodersUnavailable, OrielError, UnreadableImage
from app.core.types import PhotoFile, ReadPhoto, Reason, RgbImage
from app.files.isolation.answers import NeedsMemory, image_of, read_of
from app.files.isolation.child import Cause, Child, Limits, Lost
from app.files.isolation.wire import Garbage, Message, pack
from app.files.pictures.pixels import LARGEST_PX
from app.files.thumbnails import ThumbnailStore

WORK = "app.files.isolation.work"
MOST_CHILDREN = 8
"""More of them take more memory than people expect of a photo program, and few disks give more to do."""

_NICE = 10
_ATTEMPTS_TO_START = 3
_PAUSE_S = 0.3
_REASONS = {
    Cause.TIME: Reason.TIMED_OUT,
    Cause.MEMORY: Reason.TOO_LARGE,
    Cause.CRASH: Reason.CRASHED,
    Cause.GARBAGE: Reason.CORRUPT,
}

log = logging.getLogger(__name__)


class Decoders(Protocol):
    """Who decodes for a library. Thread-safe."""

    def read(self, file: PhotoFile, thumbnails: ThumbnailStore) -> ReadPhoto:
        """As ``reading.read_photo``."""

    def decode_full(self, path: Path, max_edge_px: int | None = None) -> RgbImage:
        """As ``decoding.decode_full``."""

    def interrupt(self) -> None:
        """Stop all reading that is under way: what a decoder hangs on would hold a person up."""

    def close(self) -> None:
        """Once, when nobody decodes any more."""


@dataclass(frozen=True, slots=True)
class _Task:
    """``is_urgent``: a person waits for it. ``result``: makes it of the child's answer."""

    request: Message
    path: Path
    limit_s: float
    is_urgent: bool
    result: Callable[[Message, Child], Any]


class DecoderPool:
    """Decodes in children, as ``Decoders`` says; none is started before the first picture."""

    def __init__(self, children: int, *, work: str = WORK, limits: Limits | None = None, nice: int = _NICE) -> None:
        """Start nothing yet.

        Args:
            children: so many read at one time, MOST_CHILDREN at most.
            work: the module that they decode with.
            limits: what they may use.
            nice: how much those that read stand back for others.
        """
        self._work = work
        self._nice = nice
        self._limits = limits or Limits()
        self._turns = threading.BoundedSemaphore(max(1, min(children, MOST_CHILDREN)))
        self._room = _Room(self._limits.room_px)
        self._lock = threading.Lock()
        self._urgent: dict[Child, bool] = {}
        """All children that live → whether they are kept for what a person waits for."""
        self._idle: list[Child] = []
        self._interrupts = 0
        self._is_closed = False
        self._watch = _Watch(self._limits, self._live, self._end_idle)

    def read(self, file: PhotoFile, thumbnails: ThumbnailStore) -> ReadPhoto:
        """As ``reading.read_photo``; the child stores the thumbnail.

        Raises:
            UnreadableImage: with the reason, TIMED_OUT and CRASHED among them.
            DiskFull, CatalogUnavailable: as there.
            DecodersUnavailable: no child can be started.
            CancelledError: after ``interrupt`` or ``close``.
        """
        request = {
            "do": "read",
            "file": pack(file),
            "folder": str(thumbnails.folder),
            "edge_px": thumbnails.edge_px,
            "max_edge_px": thumbnails.max_edge_px,
        }
        limit_s = self._limits.time_for(file.size_bytes)
        task = _Task(request, file.path, limit_s, False, lambda answer, _: read_of(answer, file, thumbnails))
        interrupts = self._interrupts
        with self._turns:
            if interrupts != self._interrupts:
                raise CancelledError
            read: ReadPhoto = self._do(task)
            return read

    def decode_full(self, path: Path, max_edge_px: int | None = None) -> RgbImage:
        """As ``decoding.decode_full``, in a child of its own that stands back for nobody.

        Raises:
            UnreadableImage: with the reason, TIMED_OUT and CRASHED among them.
            DecodersUnavailable: no child can be started.
            CancelledError: after ``close``.
        """
        request = {"do": "full", "path": str(path), "max_edge_px": max_edge_px}
        limit_s = self._limits.time_for(_size_bytes(path))
        image: RgbImage = self._do(
            _Task(request, path, limit_s, True, lambda answer, child: image_of(answer, path, child.pixels))
        )
        return image

    def interrupt(self) -> None:
        """Stop all reading that is under way: what a decoder hangs on would hold a person up."""
        with self._lock:
            self._interrupts += 1
            reading = [child for child, is_urgent in self._urgent.items() if not is_urgent]
        for child in reading:
            child.kill(Cause.STOPPED)

    def close(self) -> None:
        """End all children; within a second or so, whatever they do."""
        with self._lock:
            self._is_closed = True
            children, idle, self._idle = list(self._urgent), self._idle, []
        for child in children:
            child.kill(Cause.STOPPED)  # those that are busy; whoever waits for them sees to their end
        for child in idle:
            child.dismiss()
        for child in idle:
            self._end(child)
        self._watch.look()

    # One task

    def _do(self, task: _Task) -> Any:
        try:
            try:
                return self._ask(task, is_alone=False)
            except Lost as lost:
                if lost.cause not in (Cause.CRASH, Cause.MEMORY):
                    raise
            with self._room.of(self._limits.room_px):
                return self._ask(task, is_alone=True)
        except Lost as lost:
            _blame(task, lost)

    def _ask(self, task: _Task, *, is_alone: bool) -> Any:
        child = self._take(is_urgent=task.is_urgent)
        try:
            with ExitStack() as held:
                answer = child.ask(
                    task.request,
                    task.limit_s,
                    is_alone=is_alone,
                    ask_room=lambda wanted_px: held.enter_context(self._room.of(wanted_px)),
                )
                result = task.result(answer, child)
        except OrielError:
            self._give_back(child)
            raise
        except NeedsMemory:
            self._give_back(child)
            raise Lost(Cause.MEMORY) from None
        except Garbage as error:
            self._end(child)
            raise Lost(Cause.GARBAGE, str(error)) from None
        except BaseException:  # it is lost, or somebody pressed Ctrl+C
            self._end(child)
            raise
        self._give_back(child)
        return result

    # Children

    def _take(self, *, is_urgent: bool) -> Child:
        child = self._take_idle(is_urgent=is_urgent)
        if child is None:
            return self._start(is_urgent=is_urgent)
        self._watch.look()  # not under our lock: the watch takes it under its own
        return child

    def _take_idle(self, *, is_urgent: bool) -> Child | None:
        with self._lock:
            if self._is_closed:
                raise CancelledError
            for place in range(len(self._idle) - 1, -1, -1):
                if self._urgent[self._idle[place]] == is_urgent:
                    return self._idle.pop(place)
        return None

    def _start(self, *, is_urgent: bool) -> Child:
        told = ""
        for attempt in range(_ATTEMPTS_TO_START):
            time.sleep(_PAUSE_S * attempt)
            try:
                return self._started(is_urgent=is_urgent)
            except OSError as error:
                told = str(error)
            except Lost as lost:
                if lost.cause is Cause.STOPPED:
                    raise
                told = f"{lost.cause.value} {lost.detail}"
            log.warning("A decoder did not start: %s", told)
        raise DecodersUnavailable(detail=told)

    def _started(self, *, is_urgent: bool) -> Child:
        nice, pixels_bytes = (0, LARGEST_PX * 3) if is_urgent else (self._nice, 0)
        child = Child(self._work, self._limits, nice=nice, pixels_bytes=pixels_bytes)
        with self._lock:
            self._urgent[child] = is_urgent
            is_closed = self._is_closed
        self._watch.look()
        try:
            if is_closed:
                raise Lost(Cause.STOPPED)
            child.wait_until_ready()
        except BaseException:
            self._end(child)
            raise
        return child

    def _give_back(self, child: Child) -> None:
        with self._lock:
            is_kept = not self._is_closed and child.served < self._limits.most_files
            if is_kept:
                self._idle.append(child)
        if not is_kept:
            self._end(child)

    def _end(self, child: Child) -> None:
        child.end()
        with self._lock:
            self._urgent.pop(child, None)

    # For the watch

    def _live(self) -> list[Child]:
        with self._lock:
            return list(self._urgent)

    def _end_idle(self) -> None:
        with self._lock:
            tired = [child for child in self._idle if child.idle_s > self._limits.idle_s]
            self._idle = [child for child in self._idle if child not in tired]
        for child in tired:
            self._end(child)


class _Watch:
    """A thread that looks at time and memory while there are children, and ends with the last of them."""

    _LOOK_S = 0.05
    _REST_S = 1.0

    def __init__(self, limits: Limits, live: Callable[[], list[Child]], end_idle: Callable[[], None]) -> None:
        self._limits = limits
        self._live = live
        self._end_idle = end_idle
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._bell = threading.Event()

    def look(self) -> None:
        """There is something to look at: a child was started, or asked."""
        self._bell.set()
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="decoders", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        before = time.monotonic()
        while children := self._living():
            is_busy = any(child.is_busy for child in children)
            self._bell.wait(self._REST_S)
            self._bell.clear()
            if is_busy:
                time.sleep(self._LOOK_S)
                self._bell.set()
            now = time.monotonic()
            passed_s, before = min(now - before, self._REST_S), now
            for child in children:
                child.spend(passed_s)
            self._bound_memory(children)
            self._end_idle()

    def _living(self) -> list[Child]:
        with self._lock:
            children = self._live()
            if not children:
                self._thread = None
            return children

    def _bound_memory(self, children: list[Child]) -> None:
        taken = {child: child.memory_bytes() for child in children if child.is_busy}
        for child, size_bytes in taken.items():
            if size_bytes > child.allowed_bytes:
                child.kill(Cause.MEMORY)
        usual = [child for child in taken if not child.is_large]
        if len(taken) > 1 and usual and sum(taken.values()) > self._limits.total_bytes:
            max(usual, key=lambda child: taken[child]).kill(Cause.MEMORY)


class _Room:
    """Bounds the pixels of large pictures over all children; one above the bound waits until it is alone."""

    def __init__(self, total_px: int) -> None:
        self._free_px = total_px
        self._total_px = total_px
        self._changed = threading.Condition()

    @contextmanager
    def of(self, wanted_px: int) -> Iterator[None]:
        share_px = min(wanted_px, self._total_px)
        with self._changed:
            self._changed.wait_for(lambda: self._free_px >= share_px)
            self._free_px -= share_px
        try:
            yield
        finally:
            with self._changed:
                self._free_px += share_px
                self._changed.notify_all()


def _blame(task: _Task, lost: Lost) -> NoReturn:
    if lost.cause is Cause.STOPPED:
        raise CancelledError from lost
    detail = {Cause.TIME: f"{task.limit_s:.0f} s", Cause.MEMORY: "memory"}.get(lost.cause, lost.detail)
    log.warning("A decoder was lost over %s: %s %s", task.path, lost.cause.value, lost.detail)
    raise UnreadableImage(path=task.path, reason=_REASONS[lost.cause], detail=detail) from lost


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):  # told by the child
        return 0
