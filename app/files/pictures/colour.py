"""Brings pixels of any mode and colour profile to 8-bit sRGB."""

from __future__ import annotations

import struct
from functools import lru_cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

from app.files.codecs import DECODER_ERRORS
from app.files.headers.tiff import Directories

_LARGEST_PROFILE_BYTES = 4 << 20
_COLOUR_SPACE, _ADOBE_COLOUR_SPACE = 0xA001, 2
_INTEROP, _ADOBE_INTEROP = 1, (b"R03\0", b"R03")
_SPACES = {"RGB": "RGB ", "L": "GRAY", "CMYK": "CMYK", "LAB": "Lab "}


def opaque(image: Image.Image) -> Image.Image:
    """The image as 8-bit RGB, L, CMYK or LAB, in its own colour space, what is transparent laid on white.

    Palettes, 1 bit, 16 and 32 bit and floating point are brought to 8 bit.
    """
    if image.mode in _SPACES and "transparency" not in image.info:
        return image
    if _is_wide(image):
        return _eight_bit(image)
    if image.has_transparency_data:
        return _on_white(image)
    return image.convert("L" if image.mode == "1" else "RGB")


def layered(image: Image.Image) -> Image.Image:
    """The image as it is resized: what is transparent in a channel of its own; ``opaque`` where nothing is."""
    if image.mode in ("RGBA", "LA"):
        return image
    if _is_wide(image) or not image.has_transparency_data:
        return opaque(image)
    return image.convert(_layers(image))


def in_one_range(image: Image.Image) -> Image.Image:
    """Made ``opaque`` where that depends on all of its values, so that it may be given a part of what comes out."""
    return opaque(image) if image.mode in ("I", "F") else image


def _is_wide(image: Image.Image) -> bool:
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def _layers(image: Image.Image) -> str:
    return "LA" if image.mode in ("L", "LA", "La") else "RGBA"


def _on_white(image: Image.Image) -> Image.Image:
    mode = _layers(image)
    layer = image.convert(mode)
    paper = Image.new(mode, layer.size, "white")
    return Image.alpha_composite(paper, layer).convert(mode[:-1]) if mode == "RGBA" else _grey_on_white(layer)


def _grey_on_white(layer: Image.Image) -> Image.Image:
    grey, alpha = layer.split()
    return Image.composite(grey, Image.new("L", layer.size, 255), alpha)


def _eight_bit(image: Image.Image) -> Image.Image:
    """16 bit: the upper 8. 32 bit, floating point: white is 1, 255 or 65535, the first that fits, or the maximum."""
    values = np.asarray(image)
    if image.mode.startswith("I;16"):
        return Image.fromarray((values >> 8).astype(np.uint8))
    finite = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
    if low >= 0:
        low, high = 0.0, next((white for white in (1.0, 255.0, 65535.0) if high <= white), high)
    scaled = (finite - low) * (255.0 / ((high - low) or 1.0))
    return Image.fromarray(scaled.clip(0, 255).astype(np.uint8))


def profile_of(image: Image.Image, exif: Directories) -> object:
    """The image's ICC profile; Adobe RGB's where EXIF names that instead, as cameras do."""
    profile = image.info.get("icc_profile")
    is_adobe = exif.shot.get(_COLOUR_SPACE) == _ADOBE_COLOUR_SPACE or exif.interop.get(_INTEROP) in _ADOBE_INTEROP
    return adobe_rgb() if profile is None and is_adobe and image.mode == "RGB" else profile


@lru_cache(maxsize=1)
def adobe_rgb() -> bytes:
    """An ICC profile (version 2, matrix and gamma) of Adobe RGB (1998); its primaries seen under D50."""
    primaries = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
    white = (0.9642, 1.0, 0.8249)
    tags = [(b"wtpt", _xyz(white)), *zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(_xyz, primaries), strict=True)]
    curve = b"curv" + bytes(4) + struct.pack(">IH2x", 1, 0x0233)  # gamma 2.19921875
    name = b"Adobe RGB (1998) as EXIF names it\0"
    tags += [(name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")]
    tags += [(b"cprt", b"text" + bytes(4) + b"none\0".ljust(8, b"\0"))]
    tags += [(b"desc", b"desc" + bytes(4) + struct.pack(">I", len(name)) + name + bytes(78 + -len(name) % 4))]
    table, values, at = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for tag, value in tags:
        table += tag + struct.pack(">II", at + len(values), len(value))
        values += value
    head = struct.pack(">I4xI4s4s4s", at + len(values), 0x02200000, b"mntr", b"RGB ", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + _xyz(white)[8:]
    return head.ljust(128, b"\0") + table + values


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in values))


def to_srgb(image: Image.Image, profile: object) -> Image.Image:
    """An opaque image (see ``opaque``) converted from its ICC profile to sRGB, perceptually.

    A missing, damaged, huge or unfitting profile counts as none: RGB and grey are then taken for sRGB, CMYK
    is converted plainly.
    """
    if (isinstance(profile, bytes) and 0 < len(profile) <= _LARGEST_PROFILE_BYTES) or image.mode == "LAB":
        transform = _transform(profile if isinstance(profile, bytes) else b"", image.mode)
        if transform is not None:
            converted = ImageCms.applyTransform(image, transform)
            if converted is not None:
                return converted
    return image.convert("RGB")


@lru_cache(maxsize=32)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    try:
        source = _profile(profile, mode)
        if source is None:
            return None
        perceptual = ImageCms.Intent.PERCEPTUAL
        return ImageCms.buildTransform(source, _srgb(), mode, "RGB", renderingIntent=perceptual)
    except DECODER_ERRORS:
        return None


def _profile(profile: bytes, mode: str) -> ImageCms.ImageCmsProfile | None:
    if mode == "LAB":
        return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    return source if source.profile.xcolor_space == _SPACES.get(mode) else None


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
