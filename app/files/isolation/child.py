"""The program's side of one child process: starts it, asks it, watches it, ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any, NoReturn

import psutil

import app
from app.files.isolation.inside import Orders
from app.files.isolation.shared import SharedPixels
from app.files.isolation.wire import Garbage, Message, receive, send

CHILD_WORD = "--decoder"
"""The first argument of a frozen program that is to be such a child."""

_START_S = 60.0
_END_S = 1.0
_FROM_SOURCE = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); from app.files.isolation.inside import main; main(sys.argv[1:])"
)


class Cause(Enum):
    """Why a child was lost over a file."""

    TIME = "time"
    MEMORY = "memory"
    CRASH = "crash"
    GARBAGE = "garbage"
    STOPPED = "stopped"
    """Nobody wants the answer any more."""


class Lost(Exception):
    """The child is gone, or of no use any more."""

    def __init__(self, cause: Cause, detail: str = "") -> None:
        super().__init__(cause, detail)
        self.cause = cause
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Limits:
    """What children may use.

    Attributes:
        usual_bytes: memory of one child for a picture of up to small_px;
        large_bytes: for one that was given room, or is tried again alone;
        full_bytes: for one in full size, that a person waits for.
        total_bytes: of all children together; where it is passed, the largest is ended, and tried again alone.
        room_px: pixels of pictures above small_px that are decoded at one time, by all children together.
        time_s: for one file, and
        bytes_a_s: so much longer for a large one (a slow network drive), up to five times.
        idle_s: after which a child that has nothing to do ends.
        most_files: after which a child makes way for a fresh one, whatever the decoders have leaked.
    """

    usual_bytes: int = 400 << 20
    large_bytes: int = 1000 << 20
    full_bytes: int = 2 << 30
    total_bytes: int = 1100 << 20
    small_px: int = 16_000_000
    room_px: int = 100_000_000
    time_s: float = 60.0
    bytes_a_s: int = 4 << 20
    idle_s: float = 30.0
    most_files: int = 1000

    def time_for(self, size_bytes: int) -> float:
        return self.time_s + min(size_bytes / self.bytes_a_s, self.time_s * 4)


class Child:
    """One process. One thread asks at a time; the watch may end it from another."""

    def __init__(self, work: str, limits: Limits, *, nice: int, pixels_bytes: int = 0) -> None:
        """Start it and wait until it is ready.

        Raises:
            Lost, OSError: it did not start.
        """
        self.served = 0
        self.idle_s = 0.0
        self._limits = limits
        self._lock = threading.Lock()
        self._cause: Cause | None = None
        self._left_s: float | None = _START_S
        self._holds_s = False
        self._is_large = False
        self._most_bytes = limits.full_bytes if pixels_bytes else limits.large_bytes
        self.pixels = SharedPixels(pixels_bytes) if pixels_bytes else None
        orders = Orders(work, nice, self._most_bytes, limits.small_px)
        if self.pixels is not None:
            orders = replace(orders, pixels=self.pixels.handle, pixels_bytes=pixels_bytes)
        self._process = _start(orders, self.pixels.inherited if self.pixels else ())
        self._seen = _seen(self._process.pid)

    def wait_until_ready(self) -> None:
        """Until it has loaded the decoders. Raises Lost."""
        if type(self._receive().get("ready")) is not int:
            self._lose(Cause.GARBAGE, "no greeting")
        self._finish()

    def ask(
        self, request: Message, limit_s: float, *, is_alone: bool, ask_room: Callable[[Any], None] = lambda _: None
    ) -> Message:
        """Hand a request over and wait for its answer.

        Args:
            request: see ``inside.py``.
            limit_s: how long it may take.
            is_alone: it may use much memory at once.
            ask_room: called with the pixels for which the child wants room; returns when there is.

        Raises:
            Lost: there is no answer, and this child is gone.
        """
        self._begin(limit_s, is_large=is_alone)
        self._send({**request, "alone": is_alone, "orphan_s": limit_s * 2})
        answer = self._receive()
        while "room_px" in answer:
            self._give_room(answer["room_px"], ask_room)
            answer = self._receive()
        self._finish()
        self.served += 1
        return answer

    # For the watch.

    @property
    def is_busy(self) -> bool:
        return self._left_s is not None

    @property
    def is_large(self) -> bool:
        return self._is_large or self.pixels is not None

    @property
    def allowed_bytes(self) -> int:
        return self._most_bytes if self.is_large else self._limits.usual_bytes

    def memory_bytes(self) -> int:
        """What it has for itself."""
        with suppress(psutil.Error):
            told = self._seen.memory_info()
            return int(getattr(told, "private", 0) or told.rss - getattr(told, "shared", 0))
        return 0

    def spend(self, seconds: float) -> None:
        """Count time, by steps that the watch saw pass: a computer that slept makes no decoder slow."""
        with self._lock:
            if self._left_s is None:
                self.idle_s += seconds
            elif not self._holds_s:
                self._left_s -= seconds
                if self._left_s < 0:
                    self._kill(Cause.TIME)

    def kill(self, cause: Cause) -> None:
        """End it in the middle of a file; whoever asked it gets Lost with this cause."""
        with self._lock:
            if self._left_s is not None:
                self._kill(cause)

    def dismiss(self) -> None:
        """Tell it to leave, without waiting: it does so when nobody can ask it any more."""
        with suppress(OSError):
            self._stdin.close()

    def end(self) -> None:
        """Let it go and wait until it is gone; once more does no harm."""
        self.dismiss()
        self._reap()

    # The inside.

    @property
    def _stdin(self) -> Any:
        return self._process.stdin

    def _begin(self, limit_s: float, *, is_large: bool) -> None:
        with self._lock:
            self._left_s, self.idle_s, self._is_large = limit_s, 0.0, is_large

    def _finish(self) -> None:
        """The answer is here; unless the watch was faster."""
        with self._lock:
            self._left_s, self._is_large = None, False
            cause = self._cause
        if cause is not None:
            self._lose(cause)

    def _give_room(self, wanted_px: Any, ask_room: Callable[[Any], None]) -> None:
        self._holds_s = True
        try:
            ask_room(wanted_px)
        finally:
            self._holds_s = False
        self._is_large = True
        self._send({"go": True})

    def _send(self, message: Message) -> None:
        try:
            send(self._stdin, message)
        except (OSError, ValueError):  # gone, or closed at quit
            self._lose(Cause.CRASH)

    def _receive(self) -> Message:
        try:
            assert self._process.stdout is not None
            message = receive(self._process.stdout)  # type: ignore[arg-type]
        except Garbage as error:
            self._lose(Cause.GARBAGE, str(error))
        except (OSError, ValueError):
            message = None
        if message is None:
            self._lose(Cause.CRASH)
        return message

    def _lose(self, cause: Cause, detail: str = "") -> NoReturn:
        with self._lock:
            if cause is Cause.GARBAGE:
                self._kill(cause)
        self._reap()
        cause = self._cause or cause
        raise Lost(cause, detail or (_ending(self._process.returncode) if cause is Cause.CRASH else "")) from None

    def _kill(self, cause: Cause) -> None:
        self._cause = self._cause or cause
        self._process.kill()

    def _reap(self) -> None:
        """Wait for its end, so that no zombie is left; it gets a moment to leave by itself."""
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        if self.pixels is not None:
            self.pixels.close()
            self.pixels = None


def _start(orders: Orders, inherited: tuple[int, ...]) -> subprocess.Popen[bytes]:
    """A fresh process, not a copy of this one: nothing of window or models is in it."""
    options: dict[str, Any] = {"pass_fds": inherited, "process_group": 0}  # so that Ctrl+C is ours alone
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
        if orders.nice:
            options["creationflags"] |= subprocess.BELOW_NORMAL_PRIORITY_CLASS
    command, environment = _command(orders)
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **environment},
        **options,
    )


def _command(orders: Orders) -> tuple[list[str], dict[str, str]]:
    if getattr(sys, "frozen", False):
        return [sys.executable, CHILD_WORD, orders.written()], {}
    python = sys.executable
    environment: dict[str, str] = {}
    base = getattr(sys, "_base_executable", python)
    if sys.platform == "win32" and base != python:
        # A virtual environment's python.exe only starts another process: it would be watched and ended in vain.
        python, environment = base, {"__PYVENV_LAUNCHER__": python}
    root = str(Path(app.__file__).parents[1])
    return [python, "-c", _FROM_SOURCE, root, orders.written()], environment


def _seen(pid: int) -> Any:
    with suppress(psutil.Error):
        return psutil.Process(pid)
    return psutil.Process()  # it has ended already, which is noticed when it is asked


def _ending(code: int | None) -> str:
    """How a process ended, for the list of failed photos."""
    if code is None:
        return ""
    if code < 0:
        with suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code:#x}" if code > 255 else f"exit code {code}"
