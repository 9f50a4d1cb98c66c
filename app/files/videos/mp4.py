"""Reads what a QuickTime or MP4 file says about its video, and cuts single pictures out of it.

Only what is needed is read, however large the file: its table of contents ("moov"), then the keyframes that are wanted.
The decoder gets these as a small file of their own, so that nothing else in a hostile file ever reaches it.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

import numpy as np
import numpy.typing as npt

from app.files.headers.boxes import boxes, content

_LARGEST_CONTENTS_BYTES = 64 << 20
_LARGEST_ENTRY_BYTES = 1 << 20
_LARGEST_TEXT_BYTES = 4096
_LARGEST_SAMPLE_BYTES = 64 << 20
_SINCE_1904_S = 2_082_844_800
_IDENTITY = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_UNSAID = (0, 2, 3)
_HIGH_DEFINITION_ROWS = 720

Span = tuple[int, int]


class Cut(Exception):
    """The file ends before its own structure does."""


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """The pictures of a video.

    Attributes:
        entry: the content of "stsd": how the samples are coded; with a matrix of colours if the file names none.
        turn: a, b, c, d of the display matrix, 1.0 being 0x10000.
        aspect: width by height of a pixel.
        sizes: int64, shape (samples,), bytes of each.
        offsets: int64, shape (samples,), where each lies in the file.
        keys: int64, numbers (from 0) of samples that can be shown by themselves.
    """

    entry: bytes
    size: tuple[int, int]
    turn: tuple[int, int, int, int]
    aspect: float
    sizes: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]
    keys: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Movie:
    """A file's table of contents.

    Attributes:
        track: None where there is only sound, or where the pictures are listed elsewhere ("moof", compressed).
        has_video: whether there is a track of pictures, readable by this or not.
        created_s: seconds since 1970, UTC, or
        local_s: as the camera's clock showed it, as if that were UTC.
        tags: texts by their names, Apple's as they are, others as "©xyz".
    """

    track: Track | None
    has_video: bool
    duration_s: float | None
    created_s: float | None
    tags: dict[str, str] = field(default_factory=dict)
    local_s: float | None = None


def read_movie(stream: IO[bytes], size_bytes: int) -> Movie | None:
    """What the file says; None where its table of contents is none that this reads.

    Raises:
        Cut: the table of contents is missing, or a box ends behind the file.
    """
    found: Span | None = None
    last = 0
    for kind, start, end in boxes(stream, 0, size_bytes):
        if kind not in _TOP and end > size_bytes:
            break  # what some programs append is no box
        last = end
        if kind == b"moov" and found is None:
            found = start, end
    if last > size_bytes or found is None:
        raise Cut
    data = content(stream, *found, _LARGEST_CONTENTS_BYTES)
    return _movie(data, size_bytes) if data else None


_TOP = frozenset(
    {
        b"ftyp",
        b"moov",
        b"mdat",
        b"moof",
        b"mfra",
        b"sidx",
        b"styp",
        b"free",
        b"skip",
        b"wide",
        b"uuid",
        b"meta",
        b"pnot",
    }
    | {b"udta", b"emsg", b"prft", b"PICT", b"pdin", b"junk", b"mpvd", b"sefd"}
)


def picture_span(stream: IO[bytes], size_bytes: int) -> Span:
    """Start and end of the largest "mdat", which holds pictures and sound; the whole file where there is none."""
    spans = [(start, end) for kind, start, end in boxes(stream, 0, size_bytes) if kind == b"mdat"]
    start, end = max(spans, key=lambda span: span[1] - span[0], default=(0, size_bytes))
    return start, min(end, size_bytes)


# Table of contents


def _movie(data: bytes, size_bytes: int) -> Movie:
    stream = io.BytesIO(data)
    duration_s = created_s = None
    tags: dict[str, str] = {}
    tracks: list[Span] = []
    for kind, start, end in boxes(stream, 0, len(data)):
        if kind == b"mvhd":
            created_s, duration_s = _times(data[start:end])
        elif kind == b"trak":
            tracks.append((start, end))
        elif kind == b"udta":
            tags.update(_user_data(stream, start, end))
        elif kind == b"meta":
            tags.update(_keyed(stream, start, end))
    videos = [track for track in tracks if _handler(stream, *track) == b"vide"]
    track = next(filter(None, (_track(stream, *span, size_bytes) for span in videos)), None)
    return Movie(track, bool(videos), duration_s, created_s, tags)


def _times(header: bytes) -> tuple[float | None, float | None]:
    """Creation in seconds since 1970, and duration, of "mvhd"."""
    layout = ">4xQQIQ" if header[:1] == b"\1" else ">4xIIII"
    if len(header) < struct.calcsize(layout):
        return None, None
    created, _, scale, length = struct.unpack_from(layout, header)
    is_told = length not in (0, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF) and scale > 0
    return (float(created - _SINCE_1904_S) if created else None), (length / scale if is_told else None)


def _inside(stream: IO[bytes], start: int, end: int, *path: bytes) -> Span | None:
    """The first box at a path below a box."""
    for wanted in path:
        found = next((box for box in boxes(stream, start, end) if box[0] == wanted), None)
        if found is None:
            return None
        _, start, end = found[0], found[1], min(found[2], end)
    return start, end


def _bytes(stream: IO[bytes], start: int, end: int, *path: bytes) -> bytes:
    found = _inside(stream, start, end, *path)
    return content(stream, *found, _LARGEST_CONTENTS_BYTES) if found else b""


def _handler(stream: IO[bytes], start: int, end: int) -> bytes:
    return _bytes(stream, start, end, b"mdia", b"hdlr")[8:12]


def _track(stream: IO[bytes], start: int, end: int, size_bytes: int) -> Track | None:
    table = _inside(stream, start, end, b"mdia", b"minf", b"stbl")
    if table is None:
        return None
    entry = _bytes(stream, *table, b"stsd")
    sizes = _sizes(_bytes(stream, *table, b"stsz"), size_bytes)
    offsets = _offsets(stream, table, sizes)
    if not 16 <= len(entry) <= _LARGEST_ENTRY_BYTES or len(sizes) == 0 or len(offsets) != len(sizes):
        return None
    width, height = struct.unpack_from(">HH", entry, 40) if len(entry) >= 44 else (0, 0)
    header = _bytes(stream, start, end, b"tkhd")
    at = 52 if header[:1] == b"\1" else 40
    matrix = struct.unpack_from(">9i", header, at) if len(header) >= at + 36 else struct.unpack(">9i", _IDENTITY)
    listed = _bytes(stream, *table, b"stss")
    keys = np.frombuffer(listed[8 : 8 + (len(listed) - 8) // 4 * 4], ">u4").astype(np.int64) - 1 if listed else None
    whole = np.arange(len(sizes)) if keys is None or len(keys) == 0 else keys[(keys >= 0) & (keys < len(sizes))]
    aspect, matrix_of_colours = _details(entry)
    if matrix_of_colours in _UNSAID:
        entry = _with_matrix(entry, min(width, height) >= _HIGH_DEFINITION_ROWS)
    turn = matrix[0], matrix[1], matrix[3], matrix[4]
    return Track(entry, (width, height), turn, aspect, sizes, offsets, whole)


def _sizes(table: bytes, size_bytes: int) -> npt.NDArray[np.int64]:
    if len(table) < 12:
        return np.zeros(0, np.int64)
    same, count = struct.unpack_from(">4xII", table)
    if same:
        return np.full(min(count, size_bytes // same), same, np.int64) if count <= size_bytes else np.zeros(0, np.int64)
    return np.frombuffer(table, ">u4", min(count, (len(table) - 12) // 4), 12).astype(np.int64)


def _offsets(stream: IO[bytes], table: Span, sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Where each sample lies: chunks of samples, the number in each given by runs (ISO/IEC 14496-12, 8.7.4)."""
    narrow, wide = _bytes(stream, *table, b"stco"), _bytes(stream, *table, b"co64")
    form, step, given = (">u8", 8, wide) if wide else (">u4", 4, narrow)
    chunks = np.frombuffer(given, form, max(0, len(given) - 8) // step, min(8, len(given))).astype(np.int64)
    listed = _bytes(stream, *table, b"stsc")
    runs = np.frombuffer(listed, ">u4", max(0, len(listed) - 8) // 12 * 3, min(8, len(listed))).astype(np.int64)
    firsts, each = runs[0::3] - 1, runs[1::3]
    ends = np.append(firsts[1:], len(chunks))
    lengths = ends - firsts
    none = np.zeros(0, np.int64)
    if len(chunks) == 0 or len(firsts) == 0 or firsts[0] != 0 or (lengths < 0).any() or (each > len(sizes)).any():
        return none
    per_chunk = np.repeat(each, lengths)
    if len(per_chunk) != len(chunks) or int(per_chunk.sum()) < len(sizes):
        return none
    chunk_of = np.repeat(np.arange(len(chunks)), np.minimum(per_chunk, len(sizes)))[: len(sizes)]
    before = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    first_in_chunk = np.searchsorted(chunk_of, chunk_of, side="left")
    return np.asarray(chunks[chunk_of] + before - before[first_in_chunk])


def _details(entry: bytes) -> tuple[float, int]:
    """Shape of a pixel and the code of the colours' matrix (ISO/IEC 23091-2; 2: not said).

    They stand in the boxes behind the fixed fields of the first entry of "stsd".
    """
    stream = io.BytesIO(entry)
    aspect, matrix = 1.0, 2
    length = int.from_bytes(entry[8:12], "big")
    for kind, start, end in boxes(stream, 8 + 86, min(8 + length, len(entry))):
        data = entry[start:end]
        if kind == b"pasp" and len(data) >= 8:
            across, down = struct.unpack_from(">II", data)
            aspect = across / down if across and down and 0.2 <= across / down <= 5.0 else 1.0
        elif kind == b"colr" and data[:4] in (b"nclx", b"nclc") and len(data) >= 10:
            matrix = int.from_bytes(data[8:10], "big")
    return aspect, matrix


def _with_matrix(entry: bytes, is_high_definition: bool) -> bytes:
    """Where nothing is said, players guess BT.709 for high definition and BT.601 below; the decoder, always BT.601."""
    length = int.from_bytes(entry[8:12], "big")
    if not 86 <= length <= len(entry) - 8:
        return entry
    matrix = 1 if is_high_definition else 6
    box = _box(b"colr", b"nclx" + struct.pack(">HHHB", 2, 2, matrix, 0))
    longer = (length + len(box)).to_bytes(4, "big")
    return entry[:8] + longer + entry[12 : 8 + length] + box + entry[8 + length :]


# Texts


def _user_data(stream: IO[bytes], start: int, end: int) -> Iterator[tuple[str, str]]:
    """ "©xyz", "©mak", "©mod", "©day": 16 bits length, 16 bits language, text (QuickTime)."""
    for kind, inside, after in boxes(stream, start, end):
        data = content(stream, inside, min(after, end), _LARGEST_TEXT_BYTES)
        if kind[:1] == b"\xa9" and len(data) > 4:
            length = int.from_bytes(data[:2], "big")
            yield "©" + kind[1:].decode("latin-1"), data[4 : 4 + length].decode("utf-8", "replace")
        elif kind == b"meta":
            yield from _keyed(stream, inside, min(after, end))


def _keyed(stream: IO[bytes], start: int, end: int) -> Iterator[tuple[str, str]]:
    """Apple's names and texts: "keys" lists the names, "ilst" the values by number; in "udta" both in one."""
    if content(stream, start, min(start + 4, end), 4) == b"\0\0\0\0":
        start += 4  # a version, in MP4 but not in QuickTime
    names = list(_names(_bytes(stream, start, end, b"keys")))
    values = _inside(stream, start, end, b"ilst")
    for kind, inside, after in boxes(stream, *values) if values else ():
        data = _bytes(stream, inside, min(after, end), b"data")
        number = int.from_bytes(kind, "big")
        name = names[number - 1] if 0 < number <= len(names) else "©" + kind[1:].decode("latin-1")
        if 8 < len(data) <= _LARGEST_TEXT_BYTES and int.from_bytes(data[:4], "big") in (0, 1):
            yield name, data[8:].decode("utf-8", "replace")


def _names(table: bytes) -> Iterator[str]:
    for _, start, end in boxes(io.BytesIO(table), 8, len(table)):
        yield table[start:end].decode("utf-8", "replace")


# Cutting out


def excerpt(stream: IO[bytes], size_bytes: int, track: Track, numbers: Sequence[int]) -> bytes:
    """A small QuickTime file of these samples, one a second, not turned.

    Raises:
        Cut: one of them lies behind the end of the file.
    """
    samples = []
    for number in numbers:
        start, length = int(track.offsets[number]), int(track.sizes[number])
        if start < 0 or start + length > size_bytes:
            raise Cut
        samples.append(content(stream, start, start + length, _LARGEST_SAMPLE_BYTES))
    data = b"".join(samples)
    keys = set(track.keys.tolist())
    listed = [place for place, number in enumerate(numbers, 1) if number in keys]
    head = _box(b"ftyp", b"qt  \0\0\0\0qt  ")
    movie = _contents(track, [len(sample) for sample in samples], listed, len(head) + 8)
    return head + _box(b"mdat", data) + movie


def _contents(track: Track, lengths: list[int], keys: list[int], start: int) -> bytes:
    count = len(lengths)
    words = ">%dI"
    table = (
        _box(b"stsd", track.entry)
        + _box(b"stts", struct.pack(">4xIII", 1, count, 1))
        + _box(b"stss", struct.pack(">4xI", len(keys)) + struct.pack(words % len(keys), *keys))
        + _box(b"stsc", struct.pack(">4xIIII", 1, 1, count, 1))
        + _box(b"stsz", struct.pack(">4xII", 0, count) + struct.pack(words % count, *lengths))
        + _box(b"stco", struct.pack(">4xII", 1, start))
    )
    link = _box(b"dinf", _box(b"dref", struct.pack(">4xI", 1) + _box(b"url ", b"\0\0\0\1")))
    information = _box(b"minf", _box(b"vmhd", struct.pack(">I8x", 1)) + link + _box(b"stbl", table))
    handler = _box(b"hdlr", struct.pack(">4x4s4s12xx", b"mhlr", b"vide"))
    media = _box(b"mdia", _box(b"mdhd", struct.pack(">12xIIHH", 1, count, 0, 0)) + handler + information)
    width, height = track.size
    header = struct.pack(">I8xI4xI16x", 7, 1, count) + _IDENTITY + struct.pack(">II", width << 16, height << 16)
    movie = struct.pack(">12xIIIH10x", 1, count, 0x10000, 0x100) + _IDENTITY + struct.pack(">24xI", 2)
    return _box(b"moov", _box(b"mvhd", movie) + _box(b"trak", _box(b"tkhd", header) + media))


def _box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", len(data) + 8, kind) + data
