"""What goes into the log folder: the log, what a program without a console prints, and the last words of a crash."""

from __future__ import annotations

import contextlib
import faulthandler
import io
import logging
import os
import re
import sys
import threading
import time
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

_MOST_KEPT = 5
"""So many crashes that the person was told of are kept."""

log = logging.getLogger(__name__)


def start_log(folder: Path) -> None:
    """Send what is not for people's eyes to a file that is kept small; without a place to write, to nowhere."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            folder / "oriel.log",
            maxBytes=1_000_000,
            backupCount=2,
            encoding="utf-8",
            errors="backslashreplace",
            delay=True,
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("faiss.loader").setLevel(logging.WARNING)  # it reports each processor that this one is not


def give_streams() -> None:
    """A program without a console has no output on Windows, and libraries that write to it would fail: log it."""
    if sys.stdout is None:
        sys.stdout = _LoggedStream(logging.INFO)
    if sys.stderr is None:
        sys.stderr = _LoggedStream(logging.WARNING)


class _LoggedStream(io.TextIOBase):
    """Each line that is written becomes an entry of the log.

    Not the log's own file: on Windows a file that a second handle holds open can't be rotated.
    """

    def __init__(self, level: int) -> None:
        self._level = level
        self._line = ""
        self._here = threading.local()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if getattr(self._here, "is_logging", False):
            return len(text)  # logging itself is in trouble and says so to the error stream, which is this
        *lines, self._line = (self._line + text).split("\n")
        self._here.is_logging = True
        try:
            for line in filter(None, (each.rstrip() for each in lines)):
                logging.getLogger("output").log(self._level, "%s", line)
        finally:
            self._here.is_logging = False
        return len(text)


def log_exceptions() -> None:
    """Whatever nobody caught, on any thread, goes to the log too."""
    before, before_in_threads = sys.excepthook, threading.excepthook

    def on_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, Exception):
            log.critical("Nobody caught this", exc_info=(kind, error, trace))
        if not isinstance(sys.stderr, _LoggedStream):
            before(kind, error, trace)

    def on_uncaught_in_thread(told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None and issubclass(told.exc_type, Exception):
            log.critical("Nobody caught this", exc_info=(told.exc_type, told.exc_value, told.exc_traceback))
        if not isinstance(sys.stderr, _LoggedStream):
            before_in_threads(told)

    sys.excepthook = on_uncaught
    threading.excepthook = on_uncaught_in_thread


class CrashLog:
    """A file that stays empty unless this process crashes; it goes at a clean end.

    A killed process leaves an empty file, which is no crash to tell of. The file's name holds the process and the
    time of its start, so that a later process with the same number is not taken for it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / f"crash-{os.getpid()}-{int(time.time())}.log"
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        with contextlib.suppress(OSError):  # without a place to write there is no crash log
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8", errors="backslashreplace")
            faulthandler.enable(self._file)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, Exception):
            self.write("".join(traceback.format_exception(error)))
            self._close()
        else:
            self.end()

    def write(self, text: str) -> None:
        """What is known about the crash that is about to happen."""
        if self._file is not None:
            self._file.write(text.rstrip() + "\n")
            self._file.flush()

    def end(self) -> None:
        """This process ends well: what stands in the file ended nothing (Windows reports such), and is only logged."""
        if self._file is None:
            return
        self._close()
        with contextlib.suppress(OSError):
            if text := self._path.read_text(encoding="utf-8", errors="replace"):
                log.warning("Reported by the system, though nothing ended by it:\n%s", text)
            self._path.unlink()

    def _close(self) -> None:
        if self._file is not None:
            faulthandler.disable()
            self._file.close()
            self._file = None

    def take_earlier(self) -> Path | None:
        """The last crash that nobody was told of yet, if there is one; the next call no longer gives it.

        Files of processes that live are left alone, those of killed ones go, of older crashes the last few are kept.
        """
        try:
            crashed = [path for path in self._left_over() if not _went_if_empty(path)]
            told = [path.replace(path.with_name(f"told-{path.name}")) for path in sorted(crashed, key=_changed_at)]
            for path in sorted(self._folder.glob("told-crash-*.log"), key=_changed_at)[:-_MOST_KEPT]:
                path.unlink(missing_ok=True)
        except OSError:
            log.warning("Earlier crashes can't be looked at", exc_info=True)
            return None
        return told[-1] if told else None

    def _left_over(self) -> list[Path]:
        return [path for path in self._folder.glob("crash-*.log") if path != self._path and not _has_living_owner(path)]


def _has_living_owner(path: Path) -> bool:
    named = re.fullmatch(r"crash-(\d+)-(\d+)\.log", path.name)
    if named is None:
        return False
    import psutil  # after the window is visible: its import takes a while

    try:
        created_at: float = psutil.Process(int(named[1])).create_time()
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True  # it can't be asked, so it is not ours to touch
    return created_at <= int(named[2]) + 2


def _went_if_empty(path: Path) -> bool:
    is_empty = path.stat().st_size == 0
    if is_empty:
        path.unlink()
    return is_empty


def _changed_at(path: Path) -> int:
    return path.stat().st_mtime_ns
