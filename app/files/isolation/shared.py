"""A stretch of memory that this program and one child see: pixels pass through it without being copied over a pipe.

Handed over when the child starts, and without a name where the system can: nothing stays behind, whoever dies first.
"""

from __future__ import annotations

import mmap
import os
import sys
import tempfile
import uuid

import numpy as np

from app.core.types import RgbImage
from app.files.isolation.wire import Garbage

_IS_WINDOWS = sys.platform == "win32"


class SharedPixels:
    """Room for one picture; takes memory only where it was written."""

    def __init__(self, size_bytes: int) -> None:
        self._size_bytes = size_bytes
        self._name = f"oriel-{uuid.uuid4().hex}"
        self._descriptor = -1 if _IS_WINDOWS else _unnamed_file(self._name)
        if not _IS_WINDOWS:
            os.ftruncate(self._descriptor, size_bytes)
        self._memory = _mapped(self.handle, size_bytes)

    @property
    def handle(self) -> str:
        """What the child finds it by: a name on Windows, elsewhere the number of an inherited descriptor."""
        return self._name if _IS_WINDOWS else str(self._descriptor)

    @property
    def inherited(self) -> tuple[int, ...]:
        """Descriptors that the child must inherit."""
        return () if _IS_WINDOWS else (self._descriptor,)

    def take(self, height: int, width: int) -> RgbImage:
        """Copy a picture out (uint8, shape (height, width, 3)) and give its memory back.

        Raises:
            Garbage: no picture of this size fits in.
        """
        if height < 1 or width < 1 or height * width * 3 > self._size_bytes:
            raise Garbage(f"a picture of {width} x {height}")
        seen = np.frombuffer(self._memory, np.uint8, height * width * 3)
        image = seen.reshape(height, width, 3).copy()
        del seen
        if not _IS_WINDOWS:  # there it goes when the child ends, soon after its last picture
            os.ftruncate(self._descriptor, 0)
            os.ftruncate(self._descriptor, self._size_bytes)
        return image

    def close(self) -> None:
        self._memory.close()
        if not _IS_WINDOWS:
            os.close(self._descriptor)


class GivenPixels:
    """The same memory, in the child."""

    def __init__(self, handle: str, size_bytes: int) -> None:
        self._memory = _mapped(handle, size_bytes)
        self._size_bytes = size_bytes

    def put(self, image: RgbImage) -> None:
        """Lay a picture (uint8, shape (height, width, 3)) into it. Raises MemoryError where it is too large."""
        if image.size > self._size_bytes:
            raise MemoryError(f"{image.size} bytes of pixels")
        np.frombuffer(self._memory, np.uint8, image.size).reshape(image.shape)[:] = image


def _unnamed_file(name: str) -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create(name)
    descriptor, path = tempfile.mkstemp(prefix=name)
    os.unlink(path)  # noqa: PTH108
    return descriptor


def _mapped(handle: str, size_bytes: int) -> mmap.mmap:
    if sys.platform == "win32":
        return mmap.mmap(-1, size_bytes, tagname=handle)
    return mmap.mmap(int(handle), size_bytes)
