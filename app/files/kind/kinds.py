"""Says what sort of picture a file is by itself; what the files beside it make of it is the catalogue's to say."""

from __future__ import annotations

from pathlib import Path

from app.core.types import Kind, Metadata
from app.files.decoding import Decoded
from app.files.kind.panoramas import is_panorama
from app.files.kind.screenshots import is_screenshot


def kind_of(decoded: Decoded, path: Path) -> Kind:
    """The kind of a decoded file: of those that fit, the first of ``Kind``. Documents are known by their meaning."""
    if decoded.format == "VIDEO":
        return Kind.VIDEO
    if decoded.has_motion:
        return Kind.LIVE
    if decoded.is_animated:
        return Kind.ANIMATION
    if decoded.format == "RAW":
        return Kind.RAW
    return _kind_of_still(decoded, path)


def _kind_of_still(decoded: Decoded, path: Path) -> Kind:
    size_px = decoded.width_px, decoded.height_px
    is_from_camera = _is_from_camera(decoded.metadata)
    told = decoded.metadata.told_kind
    if told is Kind.PANORAMA or is_panorama(path.stem, size_px, is_from_camera=is_from_camera):
        return Kind.PANORAMA
    if is_from_camera:
        return Kind.PHOTO
    if told is Kind.SCREENSHOT or is_screenshot(path, decoded.format, size_px):
        return Kind.SCREENSHOT
    return Kind.PHOTO


def _is_from_camera(told: Metadata) -> bool:
    return any(value is not None for value in (told.camera, told.lens, told.exposure_s, told.f_number, told.iso))
