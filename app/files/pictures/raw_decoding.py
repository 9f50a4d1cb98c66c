"""Chooses what of a raw file is shown: the camera's preview where it is large enough, else the developed picture."""

from __future__ import annotations

import io
from dataclasses import replace

from PIL import Image

from app.core.errors import UnreadableImage
from app.core.types import Metadata, Reason, RgbImage
from app.files.codecs import DECODER_ERRORS
from app.files.headers.metadata import Headers, headers_of, orientation_of, raw_headers_of, read_metadata
from app.files.opening import Source
from app.files.pictures import colour
from app.files.pictures.bombs import bounded
from app.files.pictures.damage import is_cut_short
from app.files.pictures.pixels import LARGEST_PX, PLAUSIBLE_PX, pixels, thumbnail_size, too_large, turned
from app.files.pictures.raw import Raw, opened_raw
from app.files.pictures.room import ROOM

_SMALLEST_PREVIEW_PX = 1000
_NEARLY = 0.9
"""A preview that reaches so much of the wanted edge is not worth developing anything."""


def decode_raw(
    source: Source, edge_px: int | None, max_edge_px: int | None
) -> tuple[RgbImage, tuple[int, int], Metadata] | None:
    """Pixels of the wanted size (see ``pixels.thumbnail_size``), the original's size upright, and its metadata.

    Returns:
        None for what LibRaw does not know.

    Raises:
        UnreadableImage: TRUNCATED, TOO_LARGE.
    """
    if is_cut_short(source):
        # LibRaw would fill what is missing with grey, without a word.
        raise UnreadableImage(path=source.path, reason=Reason.TRUNCATED, detail="RAW")
    source.stream.seek(0)
    with opened_raw(source) as raw:
        if raw is None:
            return None
        wanted = thumbnail_size(raw.size, edge_px, max_edge_px)
        part = _preview(source, raw)
        preview = part[1] if part else None
        headers = raw_headers_of(source.stream, preview)
        # The raw's own; where it has none, its preview's.
        orientation = raw.orientation
        if orientation == 1 and preview is not None:
            orientation = orientation_of(preview, headers_of(preview))
        image = _of_preview(part, raw, wanted, orientation, headers) if part else None
        if image is None:
            image = _of_sensor(source, raw, wanted, orientation)
        return image, turned(raw.size, orientation), read_metadata(headers)


def _preview(source: Source, raw: Raw) -> tuple[Source, Image.Image] | None:
    """The preview as a source of its own and as an opened image."""
    found = raw.preview()
    if found is None:
        return None
    if not isinstance(found, bytes):
        return source, Image.fromarray(found)
    part = replace(source, format="JPEG", size_bytes=len(found), stream=io.BytesIO(found), data=found)
    try:
        return part, Image.open(bounded(part), formats=["JPEG"])
    except DECODER_ERRORS:
        return None


def _of_preview(
    part: tuple[Source, Image.Image], raw: Raw, wanted: tuple[int, int], orientation: int, headers: Headers
) -> RgbImage | None:
    """The preview's pixels; None where it is too small or damaged."""
    source, preview = part
    enough_px = min(max(raw.size) * _NEARLY, max(max(wanted) * _NEARLY, _SMALLEST_PREVIEW_PX))
    if max(preview.size) < enough_px:
        return None
    # Some cameras turn the preview and still say how the sensor was held.
    if turned((1, 2), orientation) == (2, 1) and (preview.width > preview.height) != (raw.size[0] > raw.size[1]):
        orientation = 1
    scale = min(1.0, max(wanted) / max(preview.size))
    size = max(1, round(preview.width * scale)), max(1, round(preview.height * scale))
    try:
        return pixels(source, preview, size, orientation, colour.profile_of(preview, headers.exif))
    except (UnreadableImage, *DECODER_ERRORS):
        return None


def _of_sensor(source: Source, raw: Raw, wanted: tuple[int, int], orientation: int) -> RgbImage:
    is_half_enough = max(raw.size) // 2 >= max(wanted) or raw.sensor_px > LARGEST_PX
    needed_px = raw.sensor_px // 4 if is_half_enough else raw.sensor_px
    if needed_px > LARGEST_PX:
        too_large(source, *raw.size)
    if raw.sensor_px > PLAUSIBLE_PX and raw.sensor_px > source.size_bytes * 8 * 64:
        raise UnreadableImage(path=source.path, reason=Reason.TRUNCATED, detail="{} x {}".format(*raw.size))
    with ROOM.of(raw.sensor_px):
        image = raw.developed(half_size=is_half_enough)
    fitting = thumbnail_size(image.size, min(wanted), max(wanted))
    return pixels(source, image, fitting, orientation)
