"""Says what sort of picture a file is by itself; what the files beside it make of it is the catalogue's to say."""

from __future__ import annotations

from app.core.types import Kind
from app.files.decoding import Decoded


def kind_of(decoded: Decoded) -> Kind:
    """The kind of a decoded file: of those that fit, the first of ``Kind``."""
    if decoded.format == "VIDEO":
        return Kind.VIDEO
    if decoded.has_motion:
        return Kind.LIVE
    if decoded.is_animated:
        return Kind.ANIMATION
    if decoded.format == "RAW":
        return Kind.RAW
    return Kind.PHOTO
