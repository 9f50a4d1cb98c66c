"""Opens a file so that nothing named like a picture can hang, block or outgrow the program."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.core.errors import UnreadableImage
from app.core.types import Reason
from app.files.headers import raw_headers
from app.files.walk import formats
from app.files.walk.online import is_online_only

IN_MEMORY_BYTES = 128 << 20
"""Files up to this size are read in one go: decoder and hash see the same bytes, and the disk is asked once.
Videos never are: of these a still is wanted, which takes a few reads."""

LARGEST_BYTES = 4 << 30
"""A larger picture is refused. Videos may have any size."""

_GONE = {
    errno.ENOENT,
    errno.ENOTDIR,
    errno.ENODEV,
    errno.ENXIO,
    errno.ENOTCONN,
    getattr(errno, "ESTALE", errno.ENOENT),
}
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """An opened picture file.

    Attributes:
        format: Pillow's name, by the first bytes, "RAW" or "VIDEO"; the suffix is asked for raws only.
        stream: the whole file; in memory where ``data`` is not None.
        data: all bytes, None for a video and for a file larger than IN_MEMORY_BYTES.
    """

    path: Path
    format: str
    size_bytes: int
    mtime_ns: int
    stream: BinaryIO
    data: bytes | None


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """Open a picture file, and see at the end whether it stayed the same meanwhile.

    Yields:
        The source; its stream is closed afterwards.

    Raises:
        UnreadableImage: EMPTY, NOT_AN_IMAGE, TOO_LARGE, VANISHED, UNREADABLE; CHANGED_WHILE_READ whatever
            else went
            wrong, if size or time of the file changed while the source was in use.
    """
    try:
        with _open_regular(path) as file:
            before = os.fstat(file.fileno())
            try:
                yield _source(path, file, before)
            finally:
                _refuse_changed(path, before, os.fstat(file.fileno()))
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> UnreadableImage:
    """The system's refusal in our words."""
    reason = Reason.VANISHED if error.errno in _GONE else Reason.UNREADABLE
    return UnreadableImage(path=path, reason=reason, detail=error.strerror or type(error).__name__)


def _open_regular(path: Path) -> BinaryIO:
    # Asked before opening, since opening alone lets a pipe's writer go on or rewinds a tape; asked again
    # after, since another file may stand there by then. Non-blocking: a pipe without a writer would wait
    # for ever.
    try:
        _refuse_special(path, path.stat())
    except ValueError as error:  # a NUL in the name
        raise UnreadableImage(path=path, reason=Reason.VANISHED, detail=str(error)) from error
    descriptor = os.open(path, _FLAGS)
    try:
        _refuse_special(path, os.fstat(descriptor))
    except UnreadableImage:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def _refuse_special(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise UnreadableImage(path=path, reason=Reason.NOT_AN_IMAGE, detail="not a regular file")
    if found.st_size == 0:
        raise UnreadableImage(path=path, reason=Reason.EMPTY, detail="")
    if is_online_only(found):
        raise UnreadableImage(path=path, reason=Reason.ONLINE_ONLY, detail="")


def _source(path: Path, file: BinaryIO, found: os.stat_result) -> Source:
    head = file.read(formats.HEAD_BYTES)
    format_name = formats.sniff(head)
    is_raw = formats.kind_of(path.name) == formats.RAW
    if format_name is None and not is_raw:
        raise UnreadableImage(path=path, reason=Reason.NOT_AN_IMAGE, detail="")
    if format_name == "VIDEO" and not is_raw:
        file.seek(0)
        return Source(path, format_name, found.st_size, found.st_mtime_ns, file, None)
    if found.st_size > LARGEST_BYTES:
        raise UnreadableImage(path=path, reason=Reason.TOO_LARGE, detail=f"{found.st_size} bytes")
    data = head + file.read(found.st_size - len(head)) if found.st_size <= IN_MEMORY_BYTES else None
    stream = file if data is None else io.BytesIO(data)
    # Most raws are TIFFs; of those that Pillow takes for such it would show a tiny preview.
    if format_name in (None, "TIFF") and (is_raw or raw_headers.is_raw_tiff(stream)):
        format_name = "RAW"
    stream.seek(0)
    return Source(path, format_name or "RAW", found.st_size, found.st_mtime_ns, stream, data)


def _refuse_changed(path: Path, before: os.stat_result, after: os.stat_result) -> None:
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise UnreadableImage(path=path, reason=Reason.CHANGED_WHILE_READ, detail="")


def read_small(path: Path, largest_bytes: int) -> bytes | None:
    """All of a small regular file; None where it is larger, empty, special, or can't be read."""
    try:
        with _open_regular(path) as file:
            data = file.read(largest_bytes + 1)
    except (OSError, UnreadableImage):
        return None
    return data if len(data) <= largest_bytes else None
