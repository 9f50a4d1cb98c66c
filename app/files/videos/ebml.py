"""Reads the little that a Matroska or WebM file says about itself: how long it is and when it was recorded."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO

from app.files.videos.mp4 import Movie

_SEGMENT, _INFO, _CLUSTER = 0x18538067, 0x1549A966, 0x1F43B675
_SCALE, _DURATION, _DATE = 0x2AD7B1, 0x4489, 0x4461
_SINCE_2001_S = 978_307_200
_MOST_ELEMENTS = 200

Element = tuple[int, int, int]
"""Identifier, start of the content, its end."""


def told(stream: IO[bytes], size_bytes: int) -> Movie:
    """Duration and date (UTC) of the segment's information, where that stands before the pictures."""
    scale_ns, length, created_s = 1_000_000, 0.0, None
    for kind, start, end in _information(stream, size_bytes):
        stream.seek(start)
        data = stream.read(min(end - start, 8))
        if kind == _SCALE:
            scale_ns = int.from_bytes(data, "big") or scale_ns
        elif kind == _DURATION and len(data) in (4, 8):
            length = struct.unpack(">f" if len(data) == 4 else ">d", data)[0]
        elif kind == _DATE and len(data) == 8:
            created_s = struct.unpack(">q", data)[0] / 1e9 + _SINCE_2001_S
    duration_s = length * scale_ns / 1e9
    return Movie(None, True, duration_s if duration_s > 0 else None, created_s)


def ends_early(stream: IO[bytes], size_bytes: int) -> bool:
    """Whether the file ends before its segment does."""
    return any(kind == _SEGMENT and end > size_bytes for kind, _, end in _elements(stream, 0, size_bytes))


def _information(stream: IO[bytes], size_bytes: int) -> Iterator[Element]:
    segment = next((found for found in _elements(stream, 0, size_bytes) if found[0] == _SEGMENT), None)
    if segment is None:
        return
    for kind, start, end in _elements(stream, segment[1], size_bytes):
        if kind == _INFO:
            yield from _elements(stream, start, min(end, size_bytes))
        if kind in (_INFO, _CLUSTER):
            return


def _elements(stream: IO[bytes], at: int, last: int) -> Iterator[Element]:
    """The elements between two offsets (RFC 8794, 4 to 7)."""
    for _ in range(_MOST_ELEMENTS):
        stream.seek(at)
        head = stream.read(12)
        if at >= last or len(head) < 2 or head[0] < 0x10:
            return
        wide = 9 - head[0].bit_length()
        rest = head[wide:]
        if not rest or rest[0] == 0:
            return
        long = 9 - rest[0].bit_length()
        size = int.from_bytes(rest[:long], "big") - (1 << 7 * long)
        start = at + wide + long
        is_unknown = size == (1 << 7 * long) - 1
        yield int.from_bytes(head[:wide], "big"), start, last if is_unknown else start + size
        if is_unknown:
            return
        at = start + size
