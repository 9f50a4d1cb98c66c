"""Makes upright sRGB pixels of an opened picture: decoded near the wanted size, within bounded memory."""

from __future__ import annotations

from typing import NoReturn

import numpy as np
from PIL import Image, Jpeg2KImagePlugin, JpegImagePlugin

from app.core.errors import UnreadableImage
from app.core.types import Reason, RgbImage
from app.files.opening import Source
from app.files.pictures import colour
from app.files.pictures.room import ROOM

LARGEST_PX = 100_000_000
"""An image that has more pixels than this after scaled decoding is refused."""

_DRAFT_GAP = 1.5
"""libjpeg's scaling leaves at least this much for the resize: as sharp as from all pixels, in a third of the time."""

_BAND = 512
_MOST_SCANS = 200
PLAUSIBLE_PX = 25_000_000
"""A picture of so many pixels may be smaller in its file than any coding allows: nobody will miss the memory."""

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_BACKWARDS = frozenset({3, 4, 6, 7})
"""Where the last rows come to lie first, as rows or as columns."""


def pixels(
    source: Source, image: Image.Image, wanted: tuple[int, int], orientation: int, profile: object = None
) -> RgbImage:
    """Decode near the wanted size, resize, convert, turn: in this order, each step has the fewest pixels.

    Args:
        source: the file or the part of it that the image was opened from.
        image: not yet loaded.
        wanted: width and height in the image's own orientation, at most its size.
        orientation: EXIF's, 1 to 8.
        profile: ICC profile of the image's colours, as bytes; None: sRGB.

    Raises:
        UnreadableImage: TOO_LARGE, or impossible for the bytes there are.
    """
    _draft(source, image, wanted)
    _refuse_impossible(source, image)
    with ROOM.of(_decoded_px(image)):
        image.load()
        if image.size != wanted and wanted[0] <= image.width:
            # What is partly transparent is resized as it is (premultiplied, by Pillow) and laid on white when small.
            image = colour.layered(image).resize(wanted, Image.Resampling.BICUBIC, reducing_gap=2.0)
        return _upright(colour.in_one_range(image), orientation, profile)


def _upright(image: Image.Image, orientation: int, profile: object) -> RgbImage:
    """In bands: each step (on white, to sRGB, turning, out of Pillow) makes a copy or two of what it is given."""
    width, height = turned(image.size, orientation)
    found = np.empty((height, width, 3), np.uint8)
    for top in range(0, image.height, _BAND):
        bottom = min(top + _BAND, image.height)
        band = colour.to_srgb(colour.opaque(image.crop((0, top, image.width, bottom))), profile)
        if orientation in _UPRIGHT:
            band = band.transpose(_UPRIGHT[orientation])
        place = slice(image.height - bottom, image.height - top) if orientation in _BACKWARDS else slice(top, bottom)
        found[(slice(None), place) if orientation >= 5 else place] = np.asarray(band)
    return found


def _draft(source: Source, image: Image.Image, wanted: tuple[int, int]) -> None:
    """Let the decoders of JPEG and JPEG 2000 scale by 1/2, 1/4 or 1/8 where that leaves enough, or where it must be."""
    width, height = image.size
    spare = min(width / wanted[0], height / wanted[1]) / _DRAFT_GAP
    for power in (3, 2, 1):
        scale = 1 << power
        if spare >= scale or width * height > LARGEST_PX * (scale // 2) ** 2:
            if isinstance(image, JpegImagePlugin.JpegImageFile):
                image.draft(None, (width // scale, height // scale))
            elif isinstance(image, Jpeg2KImagePlugin.Jpeg2KImageFile):
                image.reduce = min(power, _halvings(source))
            return


def _halvings(source: Source) -> int:
    """How often a JPEG 2000 can be halved: the levels in its first COD marker (ISO/IEC 15444-1, A.6.1)."""
    source.stream.seek(0)
    head = source.stream.read(1 << 16)
    at = head.find(b"\xff\x52", max(0, head.find(b"\xff\x4f\xff\x51")))
    return head[at + 9] if 0 <= at < len(head) - 9 else 0


def _decoded_px(image: Image.Image) -> int:
    halvings = image.reduce if isinstance(image, Jpeg2KImagePlugin.Jpeg2KImageFile) else 0
    return image.width * image.height >> (2 * halvings if isinstance(halvings, int) else 0)


def _refuse_impossible(source: Source, image: Image.Image) -> None:
    """Stop, before memory is reserved, at a picture that is too large or that its file can't possibly hold."""
    if _decoded_px(image) > LARGEST_PX:
        too_large(source, *image.size)
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        _refuse_impossible_jpeg(source, image)


def _refuse_impossible_jpeg(source: Source, image: JpegImagePlugin.JpegImageFile) -> None:
    width, height = _original_size(image)
    if width * height > PLAUSIBLE_PX and width * height > source.size_bytes * 8 * 64:
        # Each block of 8 × 8 takes at least a bit.
        raise UnreadableImage(path=source.path, reason=Reason.TRUNCATED, detail=f"{width} x {height}")
    if not image.info.get("progressive"):
        return
    if width * height > LARGEST_PX:  # libjpeg keeps all coefficients of a progressive file, at any scale
        too_large(source, width, height)
    if source.data is not None and source.data.count(b"\xff\xda") > _MOST_SCANS:
        # Every scan is a pass over the whole picture: hours from a file of a megabyte.
        raise UnreadableImage(path=source.path, reason=Reason.CORRUPT, detail="too many scans")


def _original_size(image: JpegImagePlugin.JpegImageFile) -> tuple[int, int]:
    scale = getattr(image, "decoderconfig", None)
    factor = scale[0] if scale else 1
    return image.width * factor, image.height * factor


def too_large(source: Source, width: int, height: int) -> NoReturn:
    """Refuse a picture, with its size."""
    raise UnreadableImage(path=source.path, reason=Reason.TOO_LARGE, detail=f"{width} x {height}")


def thumbnail_size(size: tuple[int, int], edge_px: int | None, max_edge_px: int | None) -> tuple[int, int]:
    """The wanted size in the file's own orientation: its shortest and its longest edge at most; None: any."""
    scale = min(1.0, (edge_px or min(size)) / min(size), (max_edge_px or max(size)) / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def turned(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Width and height when upright."""
    return (size[1], size[0]) if orientation >= 5 else size
