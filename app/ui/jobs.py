"""Runs work on a few threads and hands each callback to the GUI thread: the one door between threads and Qt."""

from __future__ import annotations

import itertools
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, QThread, Signal

from app import startup
from app.core.errors import OrielError
from app.core.types import Waiting

if TYPE_CHECKING:
    from app.library.library import Library

LaneName = Literal["ask", "work", "models", "aside", "downloads"]
OpenLibrary = Callable[[], "Library"]
Work = Callable[["Library"], Any]
"""Returns a value, or an iterator of facts whose last one is the result."""

_STACK_BYTES = 16 * 2**20
"""Decoders and models recurse deeper than the 512 KiB that some systems give a thread."""
_WORK_NICE = 10
_PROMPT: tuple[LaneName, ...] = ("ask", "models")
"""A person waits for what these do; and a model that is loaded at low priority beside other programs takes minutes."""
_WAITING_PAUSE_S = 0.5
"""A job that says it is waiting for another program lets the jobs behind it go first for this long."""

log = logging.getLogger(__name__)


class Ending(Enum):
    """How a job ended; exactly one of these per job."""

    DONE = "done"
    ERROR = "error"
    CANCELLED = "cancelled"


class Job:
    """One piece of work, made by ``Jobs.start``; callers use ``cancel`` and ``ending`` alone."""

    def __init__(
        self,
        work: Work,
        *,
        priority: int,
        key: str | None,
        is_decision: bool,
        on_step: Callable[[Any], None] | None,
        on_done: Callable[[Any], None] | None,
        on_error: Callable[[Exception], None] | None,
        on_cancelled: Callable[[], None] | None,
        wake: Callable[[], None],
    ) -> None:
        self.priority = priority
        self.key = key
        self.is_decision = is_decision
        self.ending: Ending | None = None
        self._work = work
        self._on_step = on_step
        self._on_done = on_done
        self._on_error = on_error
        self._on_cancelled = on_cancelled
        self._wake = wake
        self._cancel = threading.Event()
        self._steps: Iterator[Any] | None = None
        self._last: Any = None
        self._not_before = 0.0

    def cancel(self) -> None:
        """Drop the job: only its cancelled callback is still called. Its own thread closes its generator."""
        if self.ending is None:
            self._cancel.set()
            self._wake()

    @property
    def is_cancelling(self) -> bool:
        return self._cancel.is_set()

    # On the lane's thread.

    def advance(self, library: Library) -> Iterator[tuple[str, Any]]:
        """Take one step; yields ("step", fact), then ("done", result) when the work is finished."""
        if self._steps is None:
            result = self._work(library)
            if not isinstance(result, Iterator):
                yield "done", result
                return
            self._steps = result
        try:
            fact = next(self._steps)
        except StopIteration:
            yield "done", self._last
            return
        self._last = fact
        if isinstance(fact, Waiting):
            self._not_before = time.monotonic() + _WAITING_PAUSE_S
        yield "step", fact

    def close(self) -> None:
        """Run the generator's ``finally`` blocks; only the thread that stepped it may."""
        close = getattr(self._steps, "close", None)
        if close is not None:
            close()

    # On the GUI thread.

    def deliver(self, kind: str, value: Any) -> None:
        """Call the callback for what happened, unless the job has ended or been dropped meanwhile."""
        if self.ending is not None:
            return
        if self._cancel.is_set():
            if kind != "step":
                self._end(Ending.CANCELLED, self._on_cancelled)
        elif kind == "step":
            if self._on_step is not None:
                self._on_step(value)
        elif kind == "done":
            self._end(Ending.DONE, self._on_done, value)
        elif kind == "error":
            self._end(Ending.ERROR, self._on_error, value)
        else:
            self._end(Ending.CANCELLED, self._on_cancelled)

    def _end(self, ending: Ending, callback: Callable[..., None] | None, *values: Any) -> None:
        self.ending = ending
        if callback is not None:
            callback(*values)


class _Lane(QThread):
    """A thread with its own Library that steps the most urgent of its jobs; the oldest among equals."""

    def __init__(self, name: LaneName, open_library: OpenLibrary, hand_over: Callable[[Job, str, Any], None]) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setStackSize(_STACK_BYTES)
        self._nice = 0 if name in _PROMPT else _WORK_NICE
        self._open_library = open_library
        self._hand_over = hand_over
        self._condition = threading.Condition()
        self._jobs: list[Job] = []
        self._is_paused = False
        self._is_quitting = False
        self._is_stale = False
        self._library: Library | None = None

    # Called on the GUI thread.

    def add(self, job: Job) -> None:
        with self._condition:
            self._jobs.append(job)
            self._condition.notify()

    def wake(self) -> None:
        with self._condition:
            self._condition.notify()

    def set_paused(self, is_paused: bool) -> None:
        with self._condition:
            self._is_paused = is_paused
            self._condition.notify()

    def set_open_library(self, open_library: OpenLibrary) -> None:
        with self._condition:
            self._open_library = open_library
            self._is_stale = True
            self._condition.notify()

    def ask_to_quit(self) -> None:
        with self._condition:
            self._is_quitting = True
            self._condition.notify()

    # On this thread.

    def run(self) -> None:
        """Step jobs until asked to quit. Called by Qt."""
        _lower_priority(self._nice)
        try:
            while (job := self._wait_for_job()) is not None:
                self._step(job)
        finally:
            self._drop_all()
            self._close_library()

    def _wait_for_job(self) -> Job | None:
        """Return the job to step next, or None to quit; drops cancelled ones on the way."""
        while True:
            with self._condition:
                if self._is_quitting and not any(job.is_decision for job in self._jobs):
                    return None
                dropped = [job for job in self._jobs if job.is_cancelling]
                is_stale = self._is_stale and not dropped  # generators are closed before their library
                self._is_stale = self._is_stale and not is_stale
                job, wait_s = self._choose()
                if not dropped and not is_stale and job is None:
                    self._condition.wait(wait_s)
                    continue
            if is_stale:
                self._close_library()  # now, not at the next job: what it holds open may be about to be deleted
            for each in dropped:
                self._finish(each, "cancelled", None)
            if not dropped and job is not None:
                return job

    def _choose(self) -> tuple[Job | None, float | None]:
        """The most urgent job that may be stepped now, else how long to wait at most for one."""
        if self._is_paused or not self._jobs:
            return None, None
        now = time.monotonic()
        ready = [job for job in self._jobs if job._not_before <= now]
        if ready:
            return max(ready, key=lambda job: job.priority), None  # max keeps the first among equals
        return None, min(job._not_before for job in self._jobs) - now

    def _step(self, job: Job) -> None:
        try:
            for kind, value in job.advance(self._ready_library()):
                if kind == "step":
                    self._hand_over(job, kind, value)
                else:
                    self._finish(job, kind, value)
        except Exception as error:  # noqa: BLE001 - handed to the person in _fail, and logged there
            self._fail(job, error)

    def _fail(self, job: Job, error: Exception) -> None:
        if not isinstance(error, OrielError):
            log.error("A job failed", exc_info=error)
        self._finish(job, "error", error)

    def _finish(self, job: Job, kind: str, value: Any) -> None:
        with self._condition:
            if job in self._jobs:
                self._jobs.remove(job)
        try:
            job.close()
        except Exception:
            log.exception("A job failed while it was closed")
        self._hand_over(job, kind, value)

    def _ready_library(self) -> Library:
        with self._condition:
            is_stale, self._is_stale = self._is_stale, False
            open_library = self._open_library
        if is_stale:
            self._close_library()
        if self._library is None:
            self._library = open_library()
        return self._library

    def _close_library(self) -> None:
        library, self._library = self._library, None
        if library is not None:
            with suppress(OrielError):  # everything was committed before; a full disk must not stop the quit
                startup.close_library(library)

    def _drop_all(self) -> None:
        with self._condition:
            jobs = list(self._jobs)
        for job in jobs:
            self._finish(job, "cancelled", None)


class Jobs(QObject):
    """Starts work on a lane: ``ask`` (short, a person waits for it), ``work`` (open generators), ``models`` (loading),
    ``aside`` (seconds of something else), ``downloads`` (of models).

    What takes seconds has a lane of its own: neither photos to be read nor a pause keep a search waiting, and nothing
    else waits for a hub that is silent.
    Long-lived: one for the window. Every job ends in exactly one of done, error, cancelled. Callbacks run on
    the thread that made this object.
    """

    _posted = Signal()
    error_unheard = Signal(object)
    """An error (Exception) of a job that was started without ``on_error``."""

    def __init__(self, open_library: OpenLibrary, parent: QObject | None = None) -> None:
        """``open_library`` is called on each lane's thread, and its catalogue closed there."""
        super().__init__(parent)
        self._inbox: queue.SimpleQueue[tuple[Job, str, Any]] = queue.SimpleQueue()
        self._posted.connect(self._on_posted)
        self._lanes: dict[LaneName, _Lane] = {
            "ask": _Lane("ask", open_library, self._hand_over),
            "work": _Lane("work", open_library, self._hand_over),
            "models": _Lane("models", open_library, self._hand_over),
            "aside": _Lane("aside", open_library, self._hand_over),
            "downloads": _Lane("downloads", open_library, self._hand_over),
        }
        self._live: dict[LaneName, list[Job]] = {name: [] for name in self._lanes}
        self._is_paused = False
        self._has_quit = False
        for lane in self._lanes.values():
            lane.start()

    def start(
        self,
        work: Work,
        *,
        lane: LaneName = "ask",
        priority: int = 0,
        key: str | None = None,
        is_decision: bool = False,
        on_step: Callable[[Any], None] | None = None,
        on_done: Callable[[Any], None] | None = None,
        on_error: Callable[[Exception], None] | None = None,
        on_cancelled: Callable[[], None] | None = None,
    ) -> Job:
        """Run ``work(library)`` on a lane.

        Args:
            work: returns a value, or an iterator of facts; called on the lane's thread.
            lane: see ``LaneName``.
            priority: higher goes first; an open generator is overtaken between two steps.
            key: a newer job with the same key replaces this one, and late results are dropped.
            is_decision: a person said so: quit() waits for it and does not drop it.
            on_step: gets every fact of an iterator.
            on_done: gets the value, or the iterator's last fact.
            on_error: gets the exception; without it, ``error_unheard`` is emitted.
            on_cancelled: the job was dropped: by cancel(), by a newer one with its key, or at quit.
        """
        if key is not None:
            for each in itertools.chain.from_iterable(self._live.values()):
                if each.key == key:
                    each.cancel()
        job = Job(
            work,
            priority=priority,
            key=key,
            is_decision=is_decision,
            on_step=on_step,
            on_done=on_done,
            on_error=on_error or self.error_unheard.emit,
            on_cancelled=on_cancelled,
            wake=self._lanes[lane].wake,
        )
        if self._has_quit:
            job.cancel()
            job.deliver("cancelled", None)
            return job
        self._live[lane].append(job)
        self._lanes[lane].add(job)
        return job

    @property
    def is_paused(self) -> bool:
        return self._is_paused

    def set_paused(self, is_paused: bool) -> None:
        """Hold the work lane after its current step, or let it go on. The others never pause."""
        self._is_paused = is_paused
        self._lanes["work"].set_paused(is_paused)

    def reopen(self, open_library: OpenLibrary) -> None:
        """Hand all lanes a new Library (a new model, say); open generators hold the old one and are cancelled."""
        for job in list(self._live["work"]):
            job.cancel()
        for lane in self._lanes.values():
            lane.set_open_library(open_library)

    def quit(self, timeout_s: float = 5.0) -> bool:
        """Cancel everything but decisions, close the catalogues and wait for the threads.

        Returns:
            False where a thread was still busy after ``timeout_s``: leave the process without tearing Qt down.
        """
        self._has_quit = True
        for job in itertools.chain.from_iterable(self._live.values()):
            if not job.is_decision:
                job.cancel()
        for lane in self._lanes.values():
            lane.ask_to_quit()
        deadline = time.monotonic() + timeout_s
        has_ended = [lane.wait(max(0, int((deadline - time.monotonic()) * 1000))) for lane in self._lanes.values()]
        while not self._inbox.empty():
            self._on_posted()
        return all(has_ended)

    def _hand_over(self, job: Job, kind: str, value: Any) -> None:
        """On a lane's thread: queue first, then wake the GUI thread, so that the slot finds its entry."""
        self._inbox.put((job, kind, value))
        self._posted.emit()

    def _on_posted(self) -> None:
        """One entry per signal: a callback that raises costs no other one its turn."""
        try:
            job, kind, value = self._inbox.get_nowait()
        except queue.Empty:  # quit() has emptied it before the last signals arrived
            return
        if kind != "step":
            for jobs in self._live.values():
                if job in jobs:
                    jobs.remove(job)
        job.deliver(kind, value)


def _lower_priority(nice: int) -> None:
    """Make this thread and those it starts nicer; Linux keeps that per thread, where setPriority does nothing."""
    if nice and sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice)
