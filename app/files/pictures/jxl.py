"""Opens JPEG XL with libjxl, which turns the picture itself."""

from __future__ import annotations

import pylibjxl
from PIL import Image

from app.files.opening import Source
from app.files.pictures.pixels import LARGEST_PX, too_large
from app.files.pictures.room import ROOM


def open_jxl(source: Source) -> Image.Image:
    """The decoded picture, 8 bit, with profile, EXIF and XMP in its ``info`` as Pillow has them.

    Raises:
        UnreadableImage: TOO_LARGE.
        RuntimeError: damaged.
    """
    data = source.stream.read()
    found = pylibjxl.probe(data)
    if found["width"] * found["height"] > LARGEST_PX:
        too_large(source, found["width"], found["height"])
    with ROOM.of(found["width"] * found["height"]):
        values, beside = pylibjxl.decode(data, metadata=True)
    image = Image.fromarray(values[..., 0] if values.ndim == 3 and values.shape[-1] == 1 else values)
    names = (("icc_profile", "icc"), ("exif", "exif"), ("xmp", "xmp"))
    image.info |= {ours: beside[theirs] for ours, theirs in names if theirs in beside}
    exif = beside.get("exif", b"")
    if not exif.startswith((b"II", b"MM", b"Exif")):  # where the TIFF begins, then what is before it
        image.info["exif"] = exif[4 + int.from_bytes(exif[:4], "big") :]
    image.is_animated = bool(found["have_animation"])  # type: ignore[attr-defined]
    return image
