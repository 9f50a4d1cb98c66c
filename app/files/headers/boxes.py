"""Walks the boxes that ISO media, JPEG 2000 and JPEG XL files are made of (ISO/IEC 14496-12, 4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

_MOST_BOXES = 1000


def boxes(stream: IO[bytes], start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start of the content and end of each box between two offsets; the end may lie behind the file's."""
    for _ in range(_MOST_BOXES):
        stream.seek(start)
        head = stream.read(16)
        if start + 8 > end or len(head) < 8:
            return
        size, inside = int.from_bytes(head[:4], "big"), start + 8
        if size == 1:
            size, inside = int.from_bytes(head[8:16], "big"), start + 16
        if size == 0:  # to the end
            size = end - start
        if size < inside - start:
            return
        yield head[4:8], inside, start + size
        start += size


def content(stream: IO[bytes], start: int, end: int, largest_bytes: int) -> bytes:
    """What a box holds; nothing where that is too much."""
    if end - start > largest_bytes:
        return b""
    stream.seek(start)
    return stream.read(end - start)
