"""Tells a file that was cut off from one that is damaged otherwise."""

from __future__ import annotations

import io

from app.core.types import Reason
from app.files.headers import raw_headers
from app.files.headers.boxes import boxes
from app.files.opening import Source
from app.files.pictures.raw import is_too_large

_TAIL_BYTES = 1 << 16
_END_OF_CODES = b"\xff\xd9"


def damage_of(source: Source, error: BaseException) -> Reason:
    """Why a file of a known format could not be decoded.

    Returns:
        TOO_LARGE where memory ran out, TRUNCATED where the file ends before its own structure does,
        UNREADABLE for a TIFF of
        a layout that the decoder does not know, CORRUPT otherwise.
    """
    if isinstance(error, MemoryError) or is_too_large(error):
        return Reason.TOO_LARGE
    if "truncated" in str(error).lower() or is_cut_short(source):
        return Reason.TRUNCATED
    if source.format == "TIFF" and isinstance(error, SyntaxError | KeyError):
        return Reason.UNREADABLE
    return Reason.CORRUPT


def is_cut_short(source: Source) -> bool:
    """Whether the file ends before its structure does."""
    if source.format == "RAW":
        return raw_headers.is_cut_short(source.stream, source.size_bytes)
    if source.data is None:
        return False
    data = source.data
    match source.format:
        case "JPEG":
            return b"\xff\xd9" not in data[-_TAIL_BYTES:]
        case "PNG":
            return b"IEND" not in data[-_TAIL_BYTES:]
        case "WEBP":
            return int.from_bytes(data[4:8], "little") + 8 > len(data)
        case "GIF":
            return b"\x3b" not in data[-2:]
        case "BMP":
            return int.from_bytes(data[2:6], "little") > len(data)
        case "TIFF":
            order = "little" if data[:2] == b"II" else "big"
            return int.from_bytes(data[4:8], order) >= len(data)  # type: ignore[arg-type]
        case "HEIF" | "AVIF":
            return _boxes_end(data) > len(data)
        case "JXL" | "JPEG2000":
            is_bare = data[:1] == b"\xff"
            return (data[-2:] != _END_OF_CODES and data[1] == 0x4F) if is_bare else _boxes_end(data) > len(data)
        case "QOI":
            return data[-8:] != b"\0\0\0\0\0\0\0\1"
        case _:
            return False


def _boxes_end(data: bytes) -> int:
    """Where the last box says it ends."""
    return max((end for _, _, end in boxes(io.BytesIO(data), 0, len(data))), default=0)
