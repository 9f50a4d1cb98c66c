"""Reads camera and date from Canon's CRW, which keeps them in a heap of records of its own (CIFF 1.0)."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO

from PIL.ExifTags import Base

from app.files.headers.tiff import NOTHING, Directories

_MAKE_AND_MODEL, _CAPTURED = 0x080A, 0x180E
_IN_RECORD = 0x4000
_HEAPS = (0x2800, 0x3000)
_DEEPEST = 4
_MOST_RECORDS = 500
_LARGEST_RECORD_BYTES = 1 << 16


def exif_of_crw(stream: BinaryIO) -> Directories:
    """Make, model and date under the numbers that EXIF has for them. Never raises."""
    stream.seek(0)
    head = stream.read(6)
    order = "<" if head.startswith(b"II") else ">"
    end = stream.seek(0, io.SEEK_END)
    try:
        found = dict(_records(stream, order, struct.unpack(order + "I", head[2:])[0], end))
        make, _, model = found.get(_MAKE_AND_MODEL, b"").partition(b"\0")
        captured = struct.unpack_from(order + "I", found.get(_CAPTURED, bytes(4)))[0]
    except struct.error:
        return NOTHING
    main: dict[int, object] = {Base.Make: make, Base.Model: model} if make else {}
    # Seconds since 1970 on the camera's own clock.
    moment = datetime.fromtimestamp(captured, UTC).strftime("%Y:%m:%d %H:%M:%S")
    shot: dict[int, object] = {Base.DateTimeOriginal: moment} if captured else {}
    return Directories(main, shot, {}, {})


def _records(stream: BinaryIO, order: str, start: int, end: int, depth: int = 0) -> Iterator[tuple[int, bytes]]:
    """Kind and content of the records of a heap and of those in it; the table stands at its end."""
    table = start + struct.unpack(order + "I", _read(stream, end - 4, 4))[0]
    count = struct.unpack(order + "H", _read(stream, table, 2))[0]
    entries = _read(stream, table + 2, min(count, _MOST_RECORDS) * 10)
    for at in range(0, len(entries) - 9, 10):
        kind, size, offset = struct.unpack_from(order + "HII", entries, at)
        if kind & 0x3800 in _HEAPS and depth < _DEEPEST and not kind & _IN_RECORD:
            yield from _records(stream, order, start + offset, start + offset + size, depth + 1)
        elif kind & _IN_RECORD:
            yield kind & 0x3FFF, entries[at + 2 : at + 10]
        elif size <= _LARGEST_RECORD_BYTES:
            yield kind & 0x3FFF, _read(stream, start + offset, size)


def _read(stream: BinaryIO, at: int, size: int) -> bytes:
    if at < 0:
        raise struct.error("before the file")
    stream.seek(at)
    return stream.read(size)
