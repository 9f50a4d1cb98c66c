"""Decoders that fail as the name of the file says: handed to children instead of the real ones."""

from __future__ import annotations

import faulthandler
import os
import re
import signal
import sys
import time
from pathlib import Path

import numpy as np

from app.core.types import PhotoFile, ReadPhoto, RgbImage
from app.files import decoding, reading
from app.files.thumbnails import ThumbnailStore


class OddError(Exception):
    """Nobody has heard of it."""


def read_photo(file: PhotoFile, thumbnails: ThumbnailStore) -> ReadPhoto:
    _fail(file.path)
    if file.path.stem.startswith("lie"):
        return None  # type: ignore[return-value]
    return reading.read_photo(file, thumbnails)


def decode_full(path: Path, max_edge_px: int | None = None) -> RgbImage:
    _fail(path)
    if path.stem.startswith("flat"):
        return np.zeros((0, 7, 3), np.uint8)
    return decoding.decode_full(path, max_edge_px)


def _fail(path: Path) -> None:
    fault = re.split(r"[_.]", path.name)[0]
    if fault in _FAULTS:
        _FAULTS[fault](path)


def _segfault(_: Path) -> None:
    faulthandler._sigsegv()


def _exit(_: Path) -> None:
    os._exit(7)


def _sleep(_: Path) -> None:
    time.sleep(3600)


def _spin(_: Path) -> None:
    re.match(r"(a+)+$", "a" * 64 + "b")  # for ages, and holds the GIL all the time


def _eat(_: Path) -> None:
    eaten = []
    while True:
        eaten.append(np.ones(1 << 20))


def _large(path: Path) -> None:
    """Takes more than usual, until it is ended for that; then as much, which a picture that is tried alone may."""
    is_first = _is_first_time(path)
    eaten = np.ones(300 << 20, np.uint8)
    if is_first:
        time.sleep(3600)
    time.sleep(0.2)  # so that it would be seen
    eaten.sum()


def _odd(_: Path) -> None:
    raise OddError("what is this?")


def _babble(_: Path) -> None:
    """Writes over the answers, as a decoder that was taken over could."""
    for number in range(3, 64):
        try:
            if str(Path(f"/proc/self/fd/{number}").readlink()).startswith("pipe"):
                os.write(number, b"\xff\xff\xff\xffgarbage")
        except OSError:
            continue


def _print(_: Path) -> None:
    """Prints as C libraries do; nobody takes it for an answer."""
    os.write(1, b"warning: something is odd\n" * 10)
    sys.stdout.write("so it is\n")
    sys.stdout.flush()


def _once(path: Path) -> None:
    """Somebody else ends the child, the first time."""
    if _is_first_time(path):
        os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)


def _is_first_time(path: Path) -> bool:
    mark = path.with_suffix(".mark")
    is_first = not mark.exists()
    mark.touch()
    return is_first


_FAULTS = {
    "segfault": _segfault,
    "exit": _exit,
    "sleep": _sleep,
    "spin": _spin,
    "eat": _eat,
    "large": _large,
    "odd": _odd,
    "babble": _babble,
    "print": _print,
    "once": _once,
}
