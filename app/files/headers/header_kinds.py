"""Tells by its headers whether a picture is a panorama or a screenshot: some programs say so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PIL.ExifTags import Base

from app.core.types import Kind
from app.files.headers import xmp

_PANORAMA: Final = 6
"""What Apple writes into EXIF's CustomRendered."""
_SCREENSHOT: Final = "screenshot"
"""What iOS writes into EXIF's and XMP's UserComment, in every language."""
_CHARSET_BYTES = 8
# Of Google's schema for panoramas and photo spheres, which Ricoh, DJI and Insta360 write too.
_OF_PANORAMAS = ("GPano:ProjectionType", "GPano:FullPanoWidthPixels")


def kind_told(shot: Mapping[int, object], packet: bytes) -> Kind | None:
    """What the headers call a picture; None where they say nothing of it.

    Args:
        shot: the tags of EXIF's directory of the shot.
        packet: of XMP; may be empty or damaged.
    """
    # Most packets need no parsing for this.
    more = xmp.properties(packet) if b"Screenshot" in packet or b"photos/1.0/panorama/" in packet else {}
    if shot.get(Base.CustomRendered) == _PANORAMA or any(name in more for name in _OF_PANORAMAS):
        return Kind.PANORAMA
    comments = (_comment(shot.get(Base.UserComment)), more.get("exif:UserComment", ""))
    return Kind.SCREENSHOT if any(text.strip().casefold() == _SCREENSHOT for text in comments) else None


def _comment(value: object) -> str:
    """EXIF's comment: eight bytes name its letters, of which ASCII's are all that is wanted here."""
    if isinstance(value, str):
        value = value.encode("latin-1", "replace")
    return value[_CHARSET_BYTES:200].decode("ascii", "replace").strip("\0 ") if isinstance(value, bytes) else ""
