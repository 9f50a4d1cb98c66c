"""Turns a picture file, or a video, into upright sRGB pixels of the wanted size, within bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from app.core.errors import UnreadableImage
from app.core.types import Metadata, Reason, RgbImage
from app.files.codecs import DECODER_ERRORS
from app.files.hashing import hash_source
from app.files.headers import raw_headers
from app.files.headers.metadata import headers_of, orientation_of, read_metadata
from app.files.opening import Source, opened, unreadable
from app.files.pictures import colour, raw_decoding
from app.files.pictures.beside_pixels import complete_info
from app.files.pictures.bombs import bounded
from app.files.pictures.damage import damage_of, is_cut_short
from app.files.pictures.heif import thumbnail_of
from app.files.pictures.jxl import open_jxl
from app.files.pictures.pixels import LARGEST_PX, pixels, thumbnail_size, too_large, turned
from app.files.videos import motion
from app.files.videos.video import still_of
from app.files.walk import formats

_PLAYED = frozenset({"GIF", "WEBP", "PNG", "AVIF", "JXL"})
"""Formats whose frames are meant to be played; those of a TIFF are pages, those of a PSD layers."""


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


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    """Pixels at the wanted size, the original's size upright, and what the headers say."""

    image: RgbImage
    size: tuple[int, int]
    metadata: Metadata
    is_animated: bool = False
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
        picture = _decode(source, edge_px, max_edge_px)
        width_px, height_px = picture.size
        digest = hash_source(source)
        return Decoded(
            picture.image,
            width_px,
            height_px,
            picture.metadata,
            digest,
            source.size_bytes,
            source.mtime_ns,
            source.format,
            is_animated=picture.is_animated,
            has_motion=motion.span_in(source.data) is not None,
            duration_s=picture.duration_s,
        )


def decode_full(path: Path, max_edge_px: int | None = None) -> RgbImage:
    """Decode a picture, or a still of a video, for looking at it or searching with it, from anywhere on the disk.

    Args:
        path: the file.
        max_edge_px: the longest edge; None: the size it has (a JPEG above 100 megapixels at a half, a
            quarter or an eighth; a raw at half size).

    Returns:
        uint8, shape (height, width, 3), sRGB, upright.

    Raises:
        UnreadableImage: with the reason.
    """
    with opened(path) as source, _own_errors(source):
        return _decode(source, max_edge_px, max_edge_px).image


def _decode(source: Source, edge_px: int | None, max_edge_px: int | None) -> _Picture:
    if source.format == "VIDEO":
        still = still_of(source, lambda size: thumbnail_size(size, edge_px, max_edge_px))
        return _Picture(still.image, still.size, still.metadata, duration_s=still.duration_s)
    if source.format == "RAW":
        found = raw_decoding.decode_raw(source, edge_px, max_edge_px)
        if found is not None:
            return _Picture(*found)
        source = _stand_in(source)
    image = _open(source)
    headers = headers_of(image)
    orientation = orientation_of(image, headers)
    wanted = thumbnail_size(image.size, edge_px, max_edge_px)
    size = turned(image.size, orientation)
    # PNG may carry its EXIF behind the pixels; a TIFF's headers can't be reached any more once it is
    # loaded.
    is_animated = source.format in _PLAYED and bool(getattr(image, "is_animated", False))
    profile = colour.profile_of(image, headers.exif)
    part = _thumbnail_inside(source, image, wanted)
    small = pixels(source, part or image, wanted, orientation, profile)
    if image.format == "PNG":
        headers = headers_of(image)
    return _Picture(small, size, read_metadata(headers), is_animated)


def _thumbnail_inside(source: Source, image: Image.Image, wanted: tuple[int, int]) -> Image.Image | None:
    """A HEIC's own thumbnail, if not smaller than what is wanted; None where there is none or it is damaged."""
    if source.format != "HEIF" or wanted == image.size:
        return None
    with suppress(*DECODER_ERRORS):
        found = thumbnail_of(source, image.size, wanted)
        if found is not None:
            found.load()
        return found
    return None


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


def _stand_in(source: Source) -> Source:
    """A raw that LibRaw does not know, as the TIFF that it may also be, if that shows the whole picture.

    Raises:
        UnreadableImage: it is none, or one of a preview's size.
    """
    source.stream.seek(0)
    known = formats.sniff(source.stream.read(formats.HEAD_BYTES))
    if known == "TIFF" and not raw_headers.starts_with_preview(source.stream):
        source.stream.seek(0)
        return replace(source, format="TIFF")
    reason = Reason.UNREADABLE if known else Reason.NOT_AN_IMAGE
    raise UnreadableImage(path=source.path, reason=Reason.TRUNCATED if is_cut_short(source) else reason, detail="RAW")


def _open(source: Source) -> Image.Image:
    _refuse_large_canvas(source)
    if source.format in ("HEIF", "AVIF") and is_cut_short(source):
        # Their decoders would return grey, or a picture of another size, without a word.
        raise UnreadableImage(path=source.path, reason=Reason.TRUNCATED, detail=source.format)
    image = open_jxl(source) if source.format == "JXL" else Image.open(bounded(source), formats=[source.format])
    complete_info(image, source.stream)
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
            too_large(source, width, height)


def _refuse_odd_tiff(source: Source, image: Image.Image) -> None:
    tags = getattr(image, "tag_v2", {})
    width, height = tags.get(322, 0), tags.get(323, 0)
    if width * height > LARGEST_PX:  # a tile is reserved whole, however small the picture is
        too_large(source, width, height)
