"""One window a library: decides whether this start is the first one, and hands its paths to the first if it is not.

Qt is imported only to hand over: a first start asks nobody but the lock.
"""

from __future__ import annotations

import base64
import getpass
import hashlib
import json
import logging
import os
import sys
import time
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import BaseFileLock, FileLock, Timeout

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalSocket

LOCK_NAME = "window.lock"
TAKEN = b"taken"
MOST_BYTES = 8 * 2**20
"""A longer message is no message of ours: systems refuse longer lists of arguments."""
_ANSWER_S = 6.0
"""Longer than the first window takes to close, so that a start just then finds it gone, not silent."""
_START_S = 20.0
"""The first start may still be loading: on a cold disk that takes long."""
_LONGEST_ADDRESS = 90
"""Sockets have short names: 104 bytes on macOS, of which Qt takes a few for itself while it makes one."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """What a later start hands to the running window.

    ``paths`` are absolute. ``token`` lets the window come to the front under Wayland.
    """

    paths: tuple[Path, ...] = ()
    token: str = ""


class Outcome(Enum):
    """What became of a start."""

    FIRST = "first"
    HANDED_OVER = "handed_over"
    NO_ANSWER = "no_answer"
    """There is a window, but it does not answer."""


@dataclass(frozen=True)
class Claim:
    """``lock`` is held until it is released or the process dies; None where the folder can't hold one."""

    outcome: Outcome
    lock: BaseFileLock | None = None

    def release(self) -> None:
        if self.lock is not None:
            self.lock.release()


def claim(root: Path, message: Message) -> Claim:
    """Become the window of a library, or hand over to the one that is.

    Where the folder can't hold a lock (no permission, or a drive without locks) only the socket is asked, and two
    starts at the very same moment could both become windows; a library that can't be written can't be opened either.

    Args:
        root: the library's folder, links resolved; made if it is not there.
        message: for the running window.
    """
    lock = _make_lock(root)
    until = time.monotonic() + _START_S
    while True:
        if lock is not None:
            try:
                lock.acquire(timeout=0)
            except Timeout:
                pass
            except (OSError, NotImplementedError):
                log.warning("The library's folder can't hold a lock", exc_info=True)
                lock = None
            else:
                return Claim(Outcome.FIRST, lock)
        outcome = _hand_over(root, message)
        if outcome is not None:
            return Claim(outcome)
        if lock is None:
            return Claim(Outcome.FIRST)
        if time.monotonic() > until:
            return Claim(Outcome.NO_ANSWER)
        time.sleep(0.1)


def activation_token() -> str:
    """What the desktop gave this start so that its window may come to the front."""
    return os.environ.get("XDG_ACTIVATION_TOKEN") or os.environ.get("DESKTOP_STARTUP_ID", "")


def addresses(root: Path) -> list[str]:
    """Where the window of a library listens: at the first of these that works. Of this user alone."""
    user = os.getuid() if hasattr(os, "getuid") else getpass.getuser()
    place = os.fsencode(os.path.normcase(root))
    name = "oriel-" + hashlib.sha256(f"{user}:".encode() + place).hexdigest()[:24]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    own = Path(runtime) / name
    is_usable = sys.platform.startswith("linux") and own.is_absolute() and len(os.fsencode(own)) <= _LONGEST_ADDRESS
    return [str(own), name] if is_usable else [name]


def encoded(message: Message) -> bytes:
    """One line. Paths travel as the bytes that the system knows them by: a name need not be text."""
    paths = [base64.b64encode(os.fsencode(path)).decode("ascii") for path in message.paths]
    return json.dumps({"paths": paths, "token": message.token}).encode("ascii") + b"\n"


def decoded(line: bytes) -> Message:
    """Raises ValueError where this is no message of ours."""
    told = json.loads(line)
    if not isinstance(told, dict):
        raise ValueError("not an object")
    paths, token = told.get("paths"), told.get("token", "")
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths) or not isinstance(token, str):
        raise ValueError("not the fields of a message")
    found = tuple(Path(os.fsdecode(base64.b64decode(path, validate=True))) for path in paths)
    if not all(path.is_absolute() and "\0" not in str(path) for path in found):
        raise ValueError("a path that is not absolute")
    return Message(found, token)


def _make_lock(root: Path) -> FileLock | None:
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None  # opening the library says why
    return FileLock(root / LOCK_NAME, thread_local=False)


def _hand_over(root: Path, message: Message) -> Outcome | None:
    """None where nobody listens, or whoever did went away without an answer."""
    try:
        from PySide6.QtNetwork import QLocalSocket
    except ImportError:
        log.exception("Qt's network library can't be loaded")
        return None
    _let_come_forward()
    for address in addresses(root):
        socket = QLocalSocket()
        socket.connectToServer(address)
        if socket.waitForConnected(1_000):
            socket.write(encoded(message))
            return _answer(socket)
    return None


def _answer(socket: QLocalSocket) -> Outcome | None:
    until = time.monotonic() + _ANSWER_S
    answer = b""
    while (left_s := until - time.monotonic()) > 0:
        if socket.bytesToWrite():
            socket.waitForBytesWritten(int(left_s * 1000))
        elif (
            not socket.waitForReadyRead(int(left_s * 1000)) and socket.state() != socket.LocalSocketState.ConnectedState
        ):
            return None
        answer += bytes(socket.readAll().data())
        if answer.startswith(TAKEN):
            return Outcome.HANDED_OVER
        if socket.state() != socket.LocalSocketState.ConnectedState:
            return None
    return Outcome.NO_ANSWER


def _let_come_forward() -> None:
    """Windows lets a program come to the front only if the one that the person just started allows it."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.AllowSetForegroundWindow(-1)
