"""Finds out whether a file is a camera's raw, where its EXIF stands, and whether it was cut off."""

from __future__ import annotations

import io
import struct
from typing import BinaryIO

from app.files.headers import ciff, tiff
from app.files.headers.boxes import boxes
from app.files.headers.tiff import Directories, Tags

_COLOUR_FILTER, _LINEAR_RAW = 32803, 34892
_NEW_SUBFILE, _PHOTOMETRIC, _DNG_VERSION = 254, 262, 50706
_STRIPS, _TILES = (273, 279), (324, 325)
_CR3_BOXES = {b"CMT1": "main", b"CMT2": "shot", b"CMT4": "place"}


def is_raw_tiff(stream: BinaryIO) -> bool:
    """Whether what looks like a TIFF holds a sensor's values: DNG, NEF, ARW, CR2 … under another name."""
    return any(
        _DNG_VERSION in tags or tags.get(_PHOTOMETRIC) in (_COLOUR_FILTER, _LINEAR_RAW)
        for tags in tiff.image_directories(stream)
    )


def starts_with_preview(stream: BinaryIO) -> bool:
    """Whether a TIFF's first picture is a reduced one, which is no stand-in for the whole."""
    first: Tags = next(tiff.image_directories(stream), {})
    kind = first.get(_NEW_SUBFILE, 0)
    return isinstance(kind, int) and bool(kind & 1)


def exif_of_raw(stream: BinaryIO) -> Directories:
    """The EXIF that a raw keeps outside its preview: in its TIFF, CR3's boxes, MRW's and CRW's blocks."""
    stream.seek(0)
    head = stream.read(32)
    if head[6:14] == b"HEAPCCDR":
        return ciff.exif_of_crw(stream)
    if head[:2] in (b"II", b"MM"):
        return tiff.exif_directories(stream)
    if head[4:8] == b"ftyp":
        return _exif_of_cr3(stream)
    if head[:4] == b"\0MRM":
        return _exif_of_mrw(stream)
    return tiff.NOTHING


def is_cut_short(stream: BinaryIO, size_bytes: int) -> bool:
    """Whether the file ends before the sensor's values do, as far as its format tells."""
    stream.seek(0)
    head = stream.read(108)
    if head.startswith(b"FUJIFILMCCD-RAW"):
        parts = [struct.unpack_from(">II", head, at) for at in (84, 92, 100) if len(head) >= at + 8]
        return any(offset + length > size_bytes for offset, length in parts)
    if head[4:8] == b"ftyp":
        return any(after > size_bytes for _, _, after in boxes(stream, 0, size_bytes))
    return any(_end(tags) > size_bytes for tags in tiff.image_directories(stream))


def _end(tags: Tags) -> int:
    """Where the last strip or tile of a directory ends."""
    ends = [0]
    for where, how_long in (_STRIPS, _TILES):
        starts, sizes = (_integers(tags.get(tag)) for tag in (where, how_long))
        ends.extend(start + size for start, size in zip(starts, sizes, strict=False))
    return max(ends)


def _integers(value: object) -> list[int]:
    values = value if isinstance(value, tuple) else (value,)
    return [number for number in values if isinstance(number, int)]


def _exif_of_cr3(stream: BinaryIO) -> Directories:
    """Canon's box in moov holds the main, the shot's and the place's directory, each as a TIFF of its own."""
    found: dict[str, Tags] = {}
    size_bytes = stream.seek(0, io.SEEK_END)
    for kind, start, end in boxes(stream, 0, size_bytes):
        if kind == b"moov":
            for below, inside, after in boxes(stream, start, end):
                if below == b"uuid":
                    found |= _canon_boxes(stream, inside + 16, after)
    return Directories(found.get("main", {}), found.get("shot", {}), found.get("place", {}), {})


def _canon_boxes(stream: BinaryIO, start: int, end: int) -> dict[str, Tags]:
    return {
        _CR3_BOXES[kind]: tiff.exif_directories(stream, inside).main
        for kind, inside, _ in boxes(stream, start, end)
        if kind in _CR3_BOXES
    }


def _exif_of_mrw(stream: BinaryIO) -> Directories:
    """Minolta: blocks of four letters and a length; TTW is a TIFF."""
    stream.seek(4)
    end, at = 8 + int.from_bytes(stream.read(4), "big"), 8
    while at + 8 <= end:
        stream.seek(at)
        block = stream.read(8)
        if block[:4] == b"\0TTW":
            return tiff.exif_directories(stream, at + 8)
        at += 8 + int.from_bytes(block[4:8], "big")
    return tiff.NOTHING
