"""Reads the directories of TIFF and EXIF, whatever their length says: at most as much as a photo's can hold."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

Tags = Mapping[int, object]
"""Tag → int, float, str, bytes, None (a fraction of nothing), or a tuple of numbers where there are several."""

SUB_DIRECTORIES, EXIF, GPS, INTEROP = 0x014A, 0x8769, 0x8825, 0xA005

_MOST_ENTRIES = 2000
_LARGEST_VALUE_BYTES = 1 << 20
_LARGEST_TOTAL_BYTES = 4 << 20
_MOST_CLAIMS = 1 << 20
_MOST_DIRECTORIES = 32
_LARGEST_OFFSET = 1 << 40
_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_LETTERS = {3: "H", 4: "I", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I", 16: "Q", 17: "q", 18: "Q"}


@dataclass(frozen=True, slots=True)
class Directories:
    """The main directory, that of the shot (Exif), of the place (GPS) and of interoperability; empty where damaged."""

    main: Tags
    shot: Tags
    place: Tags
    interop: Tags


NOTHING = Directories({}, {}, {}, {})


def exif_directories(stream: IO[bytes], start: int = 0) -> Directories:
    """The directories that metadata stand in, of a TIFF that begins at ``start``. Never raises."""
    reader = _Reader.of(stream, start)
    if reader is None:
        return NOTHING
    main = reader.directory(reader.first)[0]
    shot = reader.directory(_offset(main.get(EXIF)))[0]
    place = reader.directory(_offset(main.get(GPS)))[0]
    interop = reader.directory(_offset(shot.get(INTEROP)))[0]
    return Directories(main, shot, place, interop)


def exif_of(data: bytes) -> Directories:
    """As ``exif_directories``, of the bytes that a picture keeps its EXIF in, with or without "Exif" before them."""
    while data.startswith(b"Exif\0\0"):
        data = data[6:]
    return exif_directories(io.BytesIO(data))


def image_directories(stream: IO[bytes], start: int = 0) -> Iterator[Tags]:
    """The directories that pictures are described in: the chain from the first, and what hangs below each."""
    reader = _Reader.of(stream, start)
    waiting = [reader.first] if reader else []
    seen: set[int] = set()
    while reader and waiting and len(seen) < _MOST_DIRECTORIES:
        at = waiting.pop(0)
        if not at or at in seen:
            continue
        seen.add(at)
        tags, after = reader.directory(at)
        yield tags
        below = tags.get(SUB_DIRECTORIES, ())
        waiting.extend(_offset(found) for found in (below if isinstance(below, tuple) else (below,)))
        waiting.append(after)


def claims_too_much(stream: IO[bytes], size_bytes: int) -> bool:
    """Whether the values of one directory are together much larger than the file."""
    reader = _Reader.of(stream, 0)
    with suppress(struct.error):
        return reader is not None and reader.claimed_bytes(reader.first) > 2 * size_bytes + _LARGEST_VALUE_BYTES
    return False


def _offset(value: object) -> int:
    return value if isinstance(value, int) else 0


class _Reader:
    """One TIFF; counts what it reads, so that a thousand tags that all claim the whole file end soon."""

    def __init__(self, stream: IO[bytes], start: int, order: str) -> None:
        self._stream = stream
        self._start = start
        self._order = order
        self._left_bytes = _LARGEST_TOTAL_BYTES
        is_big = struct.unpack(order + "H", self._read(2, 2))[0] == 43
        # BigTIFF counts and points with 8 bytes.
        self._count, self._entry, self._pointer = ("Q", "HHQ8s", "Q") if is_big else ("H", "HHI4s", "I")
        self.first = self._number(8 if is_big else 4, self._pointer)

    @classmethod
    def of(cls, stream: IO[bytes], start: int) -> _Reader | None:
        # The number after the order of bytes is 42, and others in Olympus' and Panasonic's raws.
        stream.seek(start)
        order = {b"II": "<", b"MM": ">"}.get(stream.read(2))
        try:
            return cls(stream, start, order) if order else None
        except struct.error:
            return None

    def directory(self, at: int) -> tuple[dict[int, object], int]:
        """Tags of the directory at an offset, and the offset of the next one; nothing at 0 or outside the file."""
        if not at:
            return {}, 0
        entry = struct.Struct(self._order + self._entry)
        start = at + struct.calcsize(self._order + self._count)
        try:
            count = self._number(at, self._count)
            entries = self._read(start, min(count, _MOST_ENTRIES) * entry.size)
        except (struct.error, ValueError, OverflowError):
            return {}, 0
        tags: dict[int, object] = {}
        for tag, kind, length, inside in entry.iter_unpack(entries[: len(entries) // entry.size * entry.size]):
            value = self._value(kind, length, inside)
            if value is not None:
                tags.setdefault(tag, value)
        try:
            return tags, self._number(start + count * entry.size, self._pointer)
        except (struct.error, ValueError, OverflowError):
            return tags, 0

    def claimed_bytes(self, at: int) -> int:
        """What the values of a directory are together said to take."""
        entry = struct.Struct(self._order + self._entry)
        start = at + struct.calcsize(self._order + self._count)
        entries = self._read(start, min(self._number(at, self._count), _MOST_CLAIMS) * entry.size)
        whole = entries[: len(entries) // entry.size * entry.size]
        return sum(_WIDTHS.get(kind, 1) * length for _, kind, length, _ in entry.iter_unpack(whole))

    def _number(self, at: int, letter: str) -> int:
        found: int = struct.unpack(self._order + letter, self._read(at, struct.calcsize("=" + letter)))[0]
        return found

    def _value(self, kind: int, count: int, inside: bytes) -> object:
        size = _WIDTHS.get(kind, 0) * count
        if not 0 < size <= min(_LARGEST_VALUE_BYTES, self._left_bytes):
            return None
        if size <= len(inside):
            data = inside[:size]
        else:
            data = self._read(struct.unpack(self._order + self._pointer, inside)[0], size)
        self._left_bytes -= len(data)
        if len(data) < size:
            return None
        if kind in (1, 2, 6, 7):
            return data[0] if kind == 1 and size == 1 else data
        numbers = self._fractions(kind, data) if kind in (5, 10) else self._numbers(kind, data)
        return numbers[0] if count == 1 else tuple(numbers)

    def _numbers(self, kind: int, data: bytes) -> list[object]:
        return list(struct.unpack(f"{self._order}{len(data) // _WIDTHS[kind]}{_LETTERS[kind]}", data))

    def _fractions(self, kind: int, data: bytes) -> list[object]:
        parts = struct.unpack(f"{self._order}{len(data) // 4}{'I' if kind == 5 else 'i'}", data)
        return [over / under if under else None for over, under in zip(parts[::2], parts[1::2], strict=True)]

    def _read(self, at: int, size: int) -> bytes:
        if self._start + at > _LARGEST_OFFSET:
            return b""
        self._stream.seek(self._start + at)
        return self._stream.read(size)
