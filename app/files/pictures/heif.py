"""Opens the thumbnail inside a HEIC, which costs a hundredth of the picture, where it is large enough."""

from __future__ import annotations

import io

from PIL import Image

from app.files.headers.boxes import boxes
from app.files.opening import Source

_SAME_SHAPE = 0.02


def thumbnail_of(source: Source, size: tuple[int, int], wanted: tuple[int, int]) -> Image.Image | None:
    """The thumbnail of the picture of a size, upright as it; None where it has none of the wanted size or shape.

    pi-heif tells of thumbnails and does not decode them. So it is given a copy of the file in which the thumbnail is
    the primary item, and nobody's thumbnail any more (ISO/IEC 23008-12, 6.4.4).
    """
    if source.data is None:
        return None
    data = _with_thumbnail_first(source.data)
    if data is None:
        return None
    image = Image.open(io.BytesIO(data), formats=["HEIF"])
    is_large_enough = image.width >= wanted[0] and image.height >= wanted[1]
    shape, own = size[0] / size[1], image.width / image.height
    return image if is_large_enough and abs(own / shape - 1) < _SAME_SHAPE else None


def _with_thumbnail_first(data: bytes) -> bytes | None:
    stream = io.BytesIO(data)
    meta = next(((start, end) for kind, start, end in boxes(stream, 0, len(data)) if kind == b"meta"), None)
    inside = {kind: (start, end) for kind, start, end in boxes(stream, meta[0] + 4, meta[1])} if meta else {}
    if b"pitm" not in inside or b"iref" not in inside:
        return None
    primary_at, primary_width = inside[b"pitm"][0] + 4, 4 if data[inside[b"pitm"][0]] else 2
    primary = data[primary_at : primary_at + primary_width]
    start, end = inside[b"iref"]
    width = 4 if data[start] else 2
    for kind, at, after in boxes(stream, start + 4, end):
        of = data[at + width + 2 : at + 2 * width + 2]
        if kind == b"thmb" and after <= len(data) and int.from_bytes(of, "big") == int.from_bytes(primary, "big"):
            thumbnail = int.from_bytes(data[at : at + width], "big").to_bytes(4, "big")[-primary_width:]
            changed = bytearray(data)
            changed[primary_at : primary_at + primary_width] = thumbnail
            changed[at - 4 : at] = b"free"
            return bytes(changed)
    return None
