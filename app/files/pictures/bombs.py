"""Hands files to Pillow so that no header makes it read more than the file holds."""

from __future__ import annotations

import io
from typing import BinaryIO

from app.files.headers import tiff
from app.files.opening import Source

_EXIF = b"Exif\0\0"
_START_OF_SCAN = 0xDA
_APP1 = 0xE1


def bounded(source: Source) -> BinaryIO:
    """The stream to open a picture from.

    Pillow joins a JPEG's EXIF segments, reads all their tags as it opens it, and copies each tag's value, even if
    thousands name the same megabytes; so it sees the first segment only, which holds 64 KB, as the standard has it.

    Raises:
        ValueError: a TIFF whose tags claim more than it holds.
    """
    if source.format == "TIFF" and tiff.claims_too_much(source.stream, source.size_bytes):
        raise ValueError("tags that claim more than the file holds")
    source.stream.seek(0)
    if source.format != "JPEG" or source.data is None or source.data.count(_EXIF) < 2:
        return source.stream
    return io.BytesIO(_with_one_exif(source.data))


def _with_one_exif(data: bytes) -> bytes:
    kept, at, has_exif = [data[:2]], 2, False
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != _START_OF_SCAN:
        after = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        is_exif = data[at + 1] == _APP1 and data[at + 4 : at + 10] == _EXIF
        if not (is_exif and has_exif):
            kept.append(data[at:after])
        has_exif = has_exif or is_exif
        at = after
    return data if len(kept) < 2 else b"".join([*kept, data[at:]])
