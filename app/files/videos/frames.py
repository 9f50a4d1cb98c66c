"""Decodes the pictures of a video with the FFmpeg that OpenCV brings, one after the other; the only OpenCV."""

from __future__ import annotations

import importlib.util
import io
import os
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any, BinaryIO

from app.core.types import RgbImage

_MOST_READ_BYTES = 256 << 20
"""Of one video: enough for an index of hours; a search through 30 GB without one ends here."""
_LONGEST_WORK_S = 20.0

_SETTINGS = {
    # A video may name other files or addresses; none is opened. Among the formats that FFmpeg guesses are playlists.
    "OPENCV_FFMPEG_CAPTURE_OPTIONS": "protocol_whitelist;none|format_whitelist;mov,matroska,avi,mpegts,mpeg,asf,flv",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "OPENCV_LOG_LEVEL": "SILENT",
}


class Video:
    """An opened video; ``ok`` is False where it can't be decoded.

    Attributes:
        aspect: width by height of a pixel.
        duration_s: as FFmpeg makes it out, None where it does not.
    """

    def __init__(self, stream: BinaryIO) -> None:
        cv2 = _cv2()
        self._cv2 = cv2
        self._reader = _Reader(stream)
        # The stream is all that the decoder gets: no path, no address.
        self._capture: Any = cv2.VideoCapture(self._reader, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        self._told()
        self.ok = bool(self._capture.isOpened())
        get = self._capture.get if self.ok else _nothing
        width, height = get(cv2.CAP_PROP_FRAME_WIDTH), get(cv2.CAP_PROP_FRAME_HEIGHT)
        self.pixels = int(max(0.0, width) * max(0.0, height))
        across, down = get(cv2.CAP_PROP_SAR_NUM), get(cv2.CAP_PROP_SAR_DEN)
        self.aspect = across / down if across > 0 and down > 0 and 0.2 <= across / down <= 5.0 else 1.0
        frames, rate = get(cv2.CAP_PROP_FRAME_COUNT), get(cv2.CAP_PROP_FPS)
        self.duration_s = frames / rate if frames > 0 and rate > 0 else None

    def frames(self) -> Iterator[RgbImage]:
        """The pictures from here on: uint8, shape (height, width, 3), sRGB.

        FFmpeg's swscale does by what stream and container say: matrix, range, primaries, and high dynamic range (HLG,
        PQ) brought down to what a screen shows. Dolby Vision's enhancement is not applied.
        """
        while True:
            is_there, image = self._capture.read()
            self._told()
            if not is_there or image is None or image.ndim != 3:
                return
            yield self._cv2.cvtColor(image, self._cv2.COLOR_BGR2RGB)

    def seek(self, at_s: float) -> None:
        """Go to a moment; where that is not possible, to wherever the decoder ends up."""
        self._capture.set(self._cv2.CAP_PROP_POS_MSEC, at_s * 1000.0)
        self._told()

    def close(self) -> None:
        self._capture.release()

    def _told(self) -> None:
        """An error of the disk can't pass through the decoder, which takes it for the end of the file."""
        if self._reader.error is not None:
            raise self._reader.error


def has_decoder() -> bool:
    """Whether OpenCV is here: the program for macOS comes without it (its wheels there are not free to go along)."""
    return importlib.util.find_spec("cv2") is not None


def _nothing(_property: int) -> float:
    return 0.0


def _cv2() -> ModuleType:
    """OpenCV, loaded at the first video: a fifth of a second, and memory that a folder of photos does without."""
    os.environ.update(_SETTINGS)
    import cv2

    cv2.setNumThreads(1)
    return cv2


class _Reader(io.BufferedIOBase):
    """What the decoder reads from: the open file, up to a number of bytes and seconds."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._left_bytes = _MOST_READ_BYTES
        self._until = time.monotonic() + _LONGEST_WORK_S
        self.error: OSError | None = None

    def read(self, size: int | None = -1) -> bytes:
        self._left_bytes -= max(0, size or 0)
        if self._left_bytes < 0 or time.monotonic() > self._until:
            return b""
        try:
            return self._stream.read(-1 if size is None else size)
        except OSError as error:
            self.error = error
            return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        try:
            return self._stream.seek(offset, whence)
        except (OSError, ValueError):
            return self._stream.tell()

    def tell(self) -> int:
        return self._stream.tell()
