"""Tells a file that was cut off from one that is damaged otherwise."""

from __future__ import annotations

from app.core.types import Reason
from app.files import raw_headers
from app.files.opening import Source
from app.files.raw import is_too_large

_TAIL_BYTES = 1 << 16


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
        case _:
            return _boxes_end(data) > len(data)


def _boxes_end(data: bytes) -> int:
    """Where the last box of an ISO file says it ends (ISO/IEC 14496-12, 4.2)."""
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size < 8:
            break
        at += size
    return at
