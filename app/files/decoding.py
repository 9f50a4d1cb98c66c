"""Turns a picture file into upright sRGB pixels of the wanted size, within bounded memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
from PIL import Image, JpegImagePlugin, UnidentifiedImageError

from app.core.errors import UnreadableImage
from app.core.types import Metadata, Reason, RgbImage
from app.files import colour
from app.files.codecs import DECODER_ERRORS
from app.files.damage import damage_of, is_cut_short
from app.files.hashing import hash_source
from app.files.metadata import orientation_of, read_metadata
from app.files.opening import Source, opened, unreadable

LARGEST_PX = 100_000_000
"""An image that has more pixels than this after scaled decoding is refused."""

_IN_FLIGHT_PX = 128_000_000
_DRAFT_GAP = 1.5
"""libjpeg's scaling leaves at least this much for the resize: as sharp as from all pixels, in a third of the time."""

_MOST_SCANS = 200
_PLAUSIBLE_PX = 25_000_000
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A picture decoded once, for everything.

    Attributes:
        image: uint8, shape (height, width, 3), sRGB, upright, at the wanted size or smaller.
        width_px, height_px: of the original, upright.
        content_hash: see ``hashing.content_hash``.
        size_bytes, mtime_ns: of the very file that was read.
        format: as ``opening.Source`` names it: "JPEG", "HEIF", "RAW", "VIDEO" …
        is_animated: more than one frame, meant to be played.
        has_motion: a video is inside the picture's own file (motion photos).
        duration_s: of a video.
    """

    image: RgbImage
    width_px: int
    height_px: int
    metadata: Metadata
    content_hash: bytes
    size_bytes: int
    mtime_ns: int
    format: str
    is_animated: bool = False
    has_motion: bool = False
    duration_s: float | None = None


def decode(path: Path, *, edge_px: int, max_edge_px: int) -> Decoded:
    """Decode a picture to a thumbnail's size with all that its file tells; nothing is enlarged.

    Args:
        path: the file; its suffix does not matter, unless it is a raw's.
        edge_px: the shortest edge, unless
        max_edge_px: the longest edge, would be passed (panoramas).

    Raises:
        UnreadableImage: with the reason.
    """
    with opened(path) as source, _own_errors(source):
        image = _open(source)
        orientation = orientation_of(image)
        width_px, height_px = _turned(image.size, orientation)
        wanted = _thumbnail_size(image.size, edge_px, max_edge_px)
        # PNG may carry its EXIF behind the pixels; a TIFF's headers can't be reached any more once it is
        # loaded.
        metadata = None if image.format == "PNG" else read_metadata(image)
        small = _pixels(source, image, wanted, orientation)
        metadata = metadata or read_metadata(image)
        digest = hash_source(source)
        return Decoded(small, width_px, height_px, metadata, digest, source.size_bytes, source.mtime_ns, source.format)


def decode_full(path: Path, max_edge_px: int | None = None) -> RgbImage:
    """Decode a picture for looking at it or searching with it, from anywhere on the disk.

    Args:
        path: the file.
        max_edge_px: the longest edge; None: the size it has (a JPEG above 100 megapixels at a half, a
            quarter or an eighth).

    Returns:
        uint8, shape (height, width, 3), sRGB, upright.

    Raises:
        UnreadableImage: with the reason.
    """
    with opened(path) as source, _own_errors(source):
        image = _open(source)
        orientation = orientation_of(image)
        wanted = image.size if max_edge_px is None else _thumbnail_size(image.size, max_edge_px, max_edge_px)
        return _pixels(source, image, wanted, orientation)


@contextmanager
def _own_errors(source: Source) -> Iterator[None]:
    """Turn what the decoders raise into UnreadableImage."""
    try:
        yield
    except DECODER_ERRORS as error:
        if isinstance(error, OSError) and error.errno:  # the disk's own; those of decoders have no number
            raise unreadable(source.path, error) from error
        detail = source.format if isinstance(error, UnidentifiedImageError) else f"{source.format}: {error}"
        raise UnreadableImage(path=source.path, reason=damage_of(source, error), detail=detail[:200]) from error


def _open(source: Source) -> Image.Image:
    _refuse_large_canvas(source)
    if source.format in ("HEIF", "AVIF") and is_cut_short(source):
        # Their decoders would return grey, or a picture of another size, without a word.
        raise UnreadableImage(path=source.path, reason=Reason.TRUNCATED, detail=source.format)
    image = Image.open(source.stream, formats=[source.format])
    if min(image.size) < 1:
        raise ValueError("no pixels")
    if image.format == "TIFF":
        _refuse_odd_tiff(source, image)
    return image


def _refuse_large_canvas(source: Source) -> None:
    """WebP's decoder reserves its canvas as soon as the file is opened; so look at the header first."""
    head = source.stream.read(30)
    source.stream.seek(0)
    if source.format == "WEBP" and head[12:16] == b"VP8X":
        width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27))
        if width * height > LARGEST_PX:
            _too_large(source, width, height)


def _refuse_odd_tiff(source: Source, image: Image.Image) -> None:
    tags = getattr(image, "tag_v2", {})
    if 50706 in tags:  # DNGVersion: a raw under another name, of which only a tiny preview would be seen
        raise UnreadableImage(path=source.path, reason=Reason.NOT_AN_IMAGE, detail="raw")
    width, height = tags.get(322, 0), tags.get(323, 0)
    if width * height > LARGEST_PX:  # a tile is reserved whole, however small the picture is
        _too_large(source, width, height)


def _pixels(source: Source, image: Image.Image, wanted: tuple[int, int], orientation: int) -> RgbImage:
    """Decode near the wanted size, resize, convert, turn: in this order, each step has the fewest pixels."""
    profile = image.info.get("icc_profile")
    _draft(image, wanted)
    _refuse_impossible(source, image)
    with _room_for(image.width * image.height):
        image.load()
        # What is partly transparent is resized as it is (premultiplied, by Pillow) and laid on white when it is small.
        flat = image if image.mode in ("RGBA", "LA") else colour.opaque(image)
        if flat.size != wanted and wanted[0] <= flat.width:
            flat = flat.resize(wanted, Image.Resampling.BICUBIC, reducing_gap=2.0)
        flat = colour.to_srgb(colour.opaque(flat), profile)
        if orientation in _UPRIGHT:
            flat = flat.transpose(_UPRIGHT[orientation])
        return np.array(flat)


def _draft(image: Image.Image, wanted: tuple[int, int]) -> None:
    """Let libjpeg decode at 1/2, 1/4 or 1/8 where that leaves enough for a good resize, or where it must."""
    if not isinstance(image, JpegImagePlugin.JpegImageFile):
        return
    width, height = image.size
    spare = min(width / wanted[0], height / wanted[1]) / _DRAFT_GAP
    for scale in (8, 4, 2):
        if spare >= scale or width * height > LARGEST_PX * (scale // 2) ** 2:
            image.draft(None, (width // scale, height // scale))
            return


def _refuse_impossible(source: Source, image: Image.Image) -> None:
    """Stop, before memory is reserved, at a picture that is too large or that its file can't possibly hold."""
    if image.width * image.height > LARGEST_PX:
        _too_large(source, *image.size)
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        _refuse_impossible_jpeg(source, image)


def _refuse_impossible_jpeg(source: Source, image: JpegImagePlugin.JpegImageFile) -> None:
    width, height = _original_size(image)
    if width * height > _PLAUSIBLE_PX and width * height > source.size_bytes * 8 * 64:
        # Each block of 8 × 8 takes at least a bit.
        raise UnreadableImage(path=source.path, reason=Reason.TRUNCATED, detail=f"{width} x {height}")
    if not image.info.get("progressive"):
        return
    if width * height > LARGEST_PX:  # libjpeg keeps all coefficients of a progressive file, at any scale
        _too_large(source, width, height)
    if source.data is not None and source.data.count(b"\xff\xda") > _MOST_SCANS:
        # Every scan is a pass over the whole picture: hours from a file of a megabyte.
        raise UnreadableImage(path=source.path, reason=Reason.CORRUPT, detail="too many scans")


def _original_size(image: JpegImagePlugin.JpegImageFile) -> tuple[int, int]:
    scale = getattr(image, "decoderconfig", None)
    factor = scale[0] if scale else 1
    return image.width * factor, image.height * factor


def _too_large(source: Source, width: int, height: int) -> NoReturn:
    raise UnreadableImage(path=source.path, reason=Reason.TOO_LARGE, detail=f"{width} x {height}")


def _thumbnail_size(size: tuple[int, int], edge_px: int, max_edge_px: int) -> tuple[int, int]:
    """The wanted size in the file's own orientation."""
    scale = min(1.0, edge_px / min(size), max_edge_px / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _turned(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    return (size[1], size[0]) if orientation >= 5 else size


class _Room:
    """Bounds the pixels in flight over all threads; a picture above the bound waits until it is alone."""

    def __init__(self, total_px: int) -> None:
        self._free_px = total_px
        self._total_px = total_px
        self._changed = threading.Condition()

    @contextmanager
    def of(self, wanted_px: int) -> Iterator[None]:
        share_px = min(wanted_px, self._total_px)
        with self._changed:
            self._changed.wait_for(lambda: self._free_px >= share_px)
            self._free_px -= share_px
        try:
            yield
        finally:
            with self._changed:
                self._free_px += share_px
                self._changed.notify_all()


_room_for = _Room(_IN_FLIGHT_PX).of
