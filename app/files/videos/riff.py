"""Reads the little that an AVI file says about itself: when it was recorded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import IO

from app.files.videos.mp4 import Movie

_HEADER_BYTES = 64 << 10


def told(stream: IO[bytes], size_bytes: int) -> Movie:
    """Date by "IDIT" ("Mon Mar 10 15:04:43 2003", what the camera's clock showed); the rest is FFmpeg's to say."""
    stream.seek(0)
    head = stream.read(min(_HEADER_BYTES, size_bytes))
    at = head.find(b"IDIT")
    text = head[at + 8 : at + 8 + 26] if at >= 0 else b""
    return Movie(None, True, None, None, local_s=_seconds(text.decode("latin-1").strip("\0\n ")))


def _seconds(text: str) -> float | None:
    for form in ("%a %b %d %H:%M:%S %Y", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d/ %H:%M:%S", "%Y:%m:%d %H:%M:%S"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    return None
