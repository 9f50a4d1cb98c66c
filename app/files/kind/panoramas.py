"""Tells panoramas from other pictures by name and shape; what headers say of them, ``kinds`` reads."""

from __future__ import annotations

import re

_LONG = 2.4
"""Longer than what phones and cameras frame in one shot: 20:9 and 21:9 (2.33) are screens' shapes that phones offer,
film's widest is 2.39."""
_LONGEST_EDGE_PX = 3000
"""At least: smaller ones are banners and cut-outs."""

# PANO_20190712_180312.jpg, PANO0001.jpg; PXL_20210704_123456789.PANO.jpg
_NAMED = re.compile(r"pano[_-]?\d.*|.*[._-]pano(?:[._-].*)?", re.IGNORECASE | re.DOTALL)


def is_panorama(stem: str, size_px: tuple[int, int], *, is_from_camera: bool) -> bool:
    """Whether a picture is a panorama, lying or standing.

    Args:
        stem: the file's name without its suffix.
        size_px: width and height of the original.
        is_from_camera: it names its camera; web headers and long screenshots are of that shape too.
    """
    shorter, longer = sorted(size_px)
    if longer < shorter * 1.5:
        return False  # as named, but cut or of one shot
    if _NAMED.fullmatch(stem):
        return True
    return is_from_camera and longer >= _LONG * shorter and longer >= _LONGEST_EDGE_PX
