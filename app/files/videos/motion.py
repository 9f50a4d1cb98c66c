"""Finds the few seconds of video that phones append to a picture (motion photos)."""

from __future__ import annotations

import re

_HEADER_BYTES = 1 << 18
"""XMP stands near a file's beginning."""
_MARKS = (b"MotionPhoto", b"MicroVideo")
_SAMSUNG = b"MotionPhoto_Data"
_LENGTH = re.compile(rb"""MicroVideoOffset(?:=["']|>)\s*(\d{1,12})|Item:Length(?:=["']|>)\s*(\d{1,12})""")


def span_in(data: bytes | None) -> tuple[int, int] | None:
    """Offset and length in bytes of the MP4 in a picture's own file; None where there is none, or no bytes at hand.

    Google and most others say in XMP how long the video at the end of the file is (Motion Photo format 1.0,
    "Container:Directory"; before it "GCamera:MicroVideoOffset"); Samsung has a mark before it, and in HEIC a box.
    What is said counts only where an MP4 begins there.
    """
    if data is None:
        return None
    head = data[:_HEADER_BYTES]
    if any(mark in head for mark in _MARKS):
        for found in _LENGTH.finditer(head):
            start = len(data) - int(found[1] or found[2])
            if _is_video(data, start):
                return start, len(data) - start
    for mark in (_SAMSUNG, b"mpvd"):
        start = data.rfind(mark) + len(mark)
        if start >= len(mark) and _is_video(data, start):
            return start, len(data) - start
    return None


def _is_video(data: bytes, start: int) -> bool:
    return start > 0 and data[start + 4 : start + 8] == b"ftyp"
