"""Looks into a camera's raw file with LibRaw: its size, the preview inside it, the picture developed from it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import rawpy
from PIL import Image

from app.files.opening import Source

_ORIENTATION_OF_FLIP = {0: 1, 1: 2, 2: 4, 3: 3, 4: 5, 5: 8, 6: 6, 7: 7}
"""LibRaw's flip (1: columns, 2: rows reversed, 4: first both exchanged) as EXIF's orientation."""

_SRGB_CURVE = (2.4, 12.92)


class Raw:
    """A raw file that LibRaw has identified.

    Attributes:
        size: width and height of the developed picture in pixels, not yet turned.
        orientation: EXIF's, 1 to 8, for pictures of ``size``'s orientation.
        sensor_px: how many values are read before anything is scaled.
    """

    def __init__(self, found: rawpy.RawPy) -> None:
        sizes = found.sizes
        self._found = found
        self._crop = _crop(sizes)
        self.sensor_px = sizes.raw_width * sizes.raw_height
        self.orientation = _ORIENTATION_OF_FLIP.get(sizes.flip, 1)
        self.size = _size(sizes, self._crop)

    def preview(self) -> bytes | npt.NDArray[np.uint8] | None:
        """The largest picture inside: a JPEG, or pixels, shape (height, width, 3). Before ``developed``, if at all."""
        try:
            return self._found.extract_thumb().data
        except rawpy.LibRawError:
            return None

    def developed(self, *, half_size: bool) -> Image.Image:
        """The sensor's values as an sRGB picture, as the camera was set to balance white. Once only, and last.

        Raises:
            rawpy.LibRawError: damaged or of an unknown kind.
        """
        pixels = self._found.postprocess(
            half_size=half_size,
            use_camera_wb=True,
            user_flip=0,
            output_color=rawpy.ColorSpace.sRGB,
            gamma=_SRGB_CURVE,
            output_bps=8,
        )
        image = Image.fromarray(pixels if pixels.shape[-1] == 3 else pixels.repeat(3, axis=-1))
        if self._crop is None:
            return image
        left, top, right, bottom = (edge // 2 if half_size else edge for edge in self._crop)
        return image.crop((left, top, right, bottom))


@contextmanager
def opened_raw(source: Source) -> Iterator[Raw | None]:
    """LibRaw's view of an opened file; None: it is no raw, or one that this LibRaw does not know."""
    with rawpy.RawPy() as found:
        yield Raw(found) if _is_known(found, source) else None


def _is_known(found: rawpy.RawPy, source: Source) -> bool:
    try:
        if source.data is None:
            found.open_file(str(source.path))
        else:
            found.open_buffer(io.BytesIO(source.data))
    except (rawpy.LibRawFileUnsupportedError, rawpy.LibRawIOError):
        return False
    return True


def is_too_large(error: BaseException) -> bool:
    """Whether LibRaw gave up for want of memory."""
    return isinstance(error, rawpy.LibRawTooBigError | rawpy.LibRawUnsufficientMemoryError)


def _crop(sizes: rawpy.ImageSizes) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of what the camera calls the picture, within what the sensor can show."""
    left, top = sizes.crop_left_margin - sizes.left_margin, sizes.crop_top_margin - sizes.top_margin
    width, height = sizes.crop_width, sizes.crop_height
    if sizes.pixel_aspect != 1.0 or min(left, top) < 0 or left + width > sizes.width or top + height > sizes.height:
        return None
    # Some files name a part of the picture only: a digital zoom, or the middle for focusing.
    if width * height < 0.7 * sizes.width * sizes.height:
        return None
    return left, top, left + width, top + height


def _size(sizes: rawpy.ImageSizes, crop: tuple[int, int, int, int] | None) -> tuple[int, int]:
    if crop is not None:
        return crop[2] - crop[0], crop[3] - crop[1]
    aspect = sizes.pixel_aspect or 1.0
    if aspect > 1.0:
        return round(sizes.width * aspect), sizes.height
    return sizes.width, round(sizes.height / aspect)
