"""Makes the raw files of the tests: a DNG whose sensor saw the picture that it is made from, and parts of others."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from PIL import Image

from tests.files import samples

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SRATIONAL = 1, 2, 3, 4, 5, 7, 10
_LETTERS = {SHORT: "H", LONG: "I"}

XYZ_TO_SRGB = (3.2406, -1.5372, -0.4986, -0.9689, 1.8758, 0.0415, 0.0557, -0.2040, 1.0570)
"""IEC 61966-2-1: with this as its colour matrix, a camera sees linear sRGB."""


class Value(NamedTuple):
    """A tag's value: its kind, and bytes or numbers."""

    kind: int
    data: bytes | tuple[float, ...]

    def packed(self, order: str) -> tuple[int, bytes]:
        if isinstance(self.data, bytes):
            return len(self.data), self.data
        if self.kind in (RATIONAL, SRATIONAL):
            letter = "I" if self.kind == RATIONAL else "i"
            parts = [part for number in self.data for part in (round(number * 10_000), 10_000)]
            return len(self.data), struct.pack(f"{order}{len(parts)}{letter}", *parts)
        return len(self.data), struct.pack(f"{order}{len(self.data)}{_LETTERS[self.kind]}", *self.data)


Entries = Mapping[int, Value]


def text(words: str) -> Value:
    return Value(ASCII, words.encode() + b"\0")


def directory(entries: Entries, at: int, order: str = "<", after: int = 0) -> bytes:
    """A TIFF directory that will lie at an offset, with its long values behind it."""
    fixed, values = b"", b""
    behind = at + 2 + 12 * len(entries) + 4
    for tag, value in sorted(entries.items()):
        count, data = value.packed(order)
        fixed += struct.pack(f"{order}HHI", tag, value.kind, count)
        if len(data) <= 4:
            fixed += data.ljust(4, b"\0")
        else:
            fixed += struct.pack(f"{order}I", behind + len(values))
            values += data + b"\0" * (len(data) % 2)
    return struct.pack(f"{order}H", len(entries)) + fixed + struct.pack(f"{order}I", after) + values


def tiff(main: Entries, shot: Entries | None = None, place: Entries | None = None, start: bytes = b"II*\0") -> bytes:
    """A TIFF of directories alone, as cameras keep their EXIF in; ``start`` tells the order of bytes."""
    order = "<" if start.startswith(b"II") else ">"
    below = {0x8769: shot, 0x8825: place}
    pointers = {tag: Value(LONG, (0,)) for tag, entries in below.items() if entries}
    at = 8 + len(directory({**main, **pointers}, 8, order))
    parts = b""
    for tag in pointers:
        pointers[tag] = Value(LONG, (at + len(parts),))
        parts += directory(below[tag] or {}, at + len(parts), order)
    return start + struct.pack(f"{order}I", 8) + directory({**main, **pointers}, 8, order) + parts


def dng(
    image: Image.Image | None = None,
    *,
    preview: bytes | None = None,
    main: Entries | None = None,
    shot: Entries | None = None,
    place: Entries | None = None,
) -> bytes:
    """A DNG (1.4): 16 bit, uncompressed, RGGB, with a JPEG preview in its first directory if one is given."""
    image = image or samples.corners()
    mosaic = _mosaic(image)
    raw: dict[int, Value] = {
        254: Value(LONG, (0,)),
        256: Value(LONG, (image.width,)),
        257: Value(LONG, (image.height,)),
        258: Value(SHORT, (16,)),
        259: Value(SHORT, (1,)),
        262: Value(SHORT, (32803,)),
        273: Value(LONG, (0,)),
        277: Value(SHORT, (1,)),
        278: Value(LONG, (image.height,)),
        279: Value(LONG, (len(mosaic),)),
        33421: Value(SHORT, (2, 2)),
        33422: Value(BYTE, bytes((0, 1, 1, 2))),
        50714: Value(LONG, (0,)),
        50717: Value(LONG, (65535,)),
    }
    first: dict[int, Value] = {
        271: text("Oriel"),
        272: text("Oriel Test Camera"),
        274: Value(SHORT, (1,)),
        50706: Value(BYTE, bytes((1, 4, 0, 0))),
        50707: Value(BYTE, bytes((1, 1, 0, 0))),
        50708: text("Oriel Test Camera"),
        50721: Value(SRATIONAL, XYZ_TO_SRGB),
        50728: Value(RATIONAL, (1.0, 1.0, 1.0)),
        50778: Value(SHORT, (21,)),
        **(main or {}),
    }
    if preview is None:
        return _laid_out({**first, **raw}, {}, {0x8769: shot, 0x8825: place}, mosaic, b"")
    with Image.open(io.BytesIO(preview)) as small:
        width, height = small.size
    first |= {
        254: Value(LONG, (1,)),
        256: Value(LONG, (width,)),
        257: Value(LONG, (height,)),
        258: Value(SHORT, (8, 8, 8)),
        259: Value(SHORT, (7,)),
        262: Value(SHORT, (6,)),
        273: Value(LONG, (0,)),
        277: Value(SHORT, (3,)),
        278: Value(LONG, (height,)),
        279: Value(LONG, (len(preview),)),
        330: Value(LONG, (0,)),
    }
    return _laid_out(first, raw, {0x8769: shot, 0x8825: place}, mosaic, preview)


def _mosaic(image: Image.Image) -> bytes:
    """What a sensor under red, green and blue filters sees of a picture, in linear light."""
    encoded = np.asarray(image.convert("RGB"), np.float64) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    seen = linear[..., 1].copy()
    seen[0::2, 0::2] = linear[0::2, 0::2, 0]
    seen[1::2, 1::2] = linear[1::2, 1::2, 2]
    return np.round(seen * 65535).astype("<u2").tobytes()


def _laid_out(
    first: dict[int, Value], raw: dict[int, Value], below: dict[int, Entries | None], mosaic: bytes, preview: bytes
) -> bytes:
    """Directories, then preview, then the sensor's values, each pointing at the others."""
    pointers = {tag: entries for tag, entries in below.items() if entries}
    first = {**first, **{tag: Value(LONG, (0,)) for tag in pointers}}
    parts: dict[int, Entries] = {330: raw, **pointers} if raw else dict(pointers)
    at = 8 + len(directory(first, 8))
    for tag, entries in parts.items():
        first[tag] = Value(LONG, (at,))
        at += len(directory(entries, at))
    at += at % 2
    if raw:
        first[273], raw[273] = Value(LONG, (at,)), Value(LONG, (at + len(preview) + len(preview) % 2,))
    else:
        first[273] = Value(LONG, (at,))
    made = struct.pack("<2sHI", b"II", 42, 8) + directory(first, 8)
    for entries in parts.values():
        made += directory(entries, len(made))
    made = made.ljust(at, b"\0") + preview
    return made + b"\0" * (len(preview) % 2) + mosaic
