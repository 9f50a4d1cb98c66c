"""Proves that every picture format can be decoded here, on small pictures made for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from shutil import copyfile

import numpy as np
from PIL import Image

from app.core.types import RgbImage
from app.files.decoding import decode_full
from app.files.videos.frames import has_decoder

FORMATS = {
    "JPEG": "jpg",
    "PNG": "png",
    "WebP": "webp",
    "TIFF": "tif",
    "GIF": "gif",
    "BMP": "bmp",
    "HEIC": "heic",
    "AVIF": "avif",
    "JPEG XL": "jxl",
    "JPEG 2000": "jp2",
    "raw": "dng",
    "H.264 video": "mp4",
}
"""What a person calls each format → the suffix of its files."""
_QUARTERS = ((220, 30, 30), (30, 180, 40), (30, 40, 210), (255, 255, 255))
_TOLERANCE = 24


def format_checks(folder: Path, given: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """Each format with a function that raises unless a picture of it comes out as it went in.

    Args:
        folder: where the pictures are made.
        given: where the picture of this check lies in the formats that Oriel can't write.
    """
    for name, suffix in FORMATS.items():
        if suffix == "mp4" and not has_decoder() and is_frozen_for_macos():
            continue  # nothing is broken: that program is made without
        yield name, partial(_check, folder / f"corners.{suffix}", given)


def is_frozen_for_macos() -> bool:
    """Whether this is the program for macOS, not one run from its sources."""
    return sys.platform == "darwin" and hasattr(sys, "_MEIPASS")


def save_picture(image: RgbImage, path: Path) -> None:
    """Write uint8 RGB pixels, shape (height, width, 3), in the format of the path's suffix."""
    Image.fromarray(image).save(path)


def _check(path: Path, given: Path) -> None:
    if (given / path.name).exists():
        copyfile(given / path.name, path)
    else:
        save_picture(_corners(), path)
    found = decode_full(path).astype(np.int16)
    height, width = found.shape[:2]
    middles = [found[y, x] for y in (height // 4, height * 3 // 4) for x in (width // 4, width * 3 // 4)]
    if np.abs(np.array(middles) - np.array(_QUARTERS)).max() > _TOLERANCE:
        raise ValueError(f"wrong colours: {np.array(middles).tolist()}")


def _corners() -> RgbImage:
    """The picture that resources/check/corners.heic shows too: 48 rows, 64 columns, four colours."""
    rows = np.array(_QUARTERS, np.uint8).reshape(2, 2, 3)
    return rows.repeat(24, axis=0).repeat(32, axis=1)
