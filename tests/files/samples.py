"""Makes the picture files of the tests: one per format and trait, each with four coloured corners."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pylibjxl
import pytest
from PIL import Image, ImageCms

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 180, 40), (30, 40, 210), (255, 255, 255)


def shared_photo(name: str) -> Path:
    """A real photo from the developers' collection beside the project; the test is skipped where there is none."""
    path = Path(__file__).parents[3] / "shared" / "photos" / name
    if not path.is_file():
        pytest.skip("the developers' photo collection is not here")
    return path


def corners(width: int = 120, height: int = 80) -> Image.Image:
    """Red top left, green top right, blue bottom left, white bottom right."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = RED
    pixels[: height // 2, width // 2 :] = GREEN
    pixels[height // 2 :, : width // 2] = BLUE
    pixels[height // 2 :, width // 2 :] = WHITE
    return Image.fromarray(pixels)


def corner_colours(image: np.ndarray) -> list[tuple[int, ...]]:
    """Colours in the middle of the four quarters, reading order."""
    height, width = image.shape[:2]
    return [
        tuple(int(value) for value in image[y, x])
        for y in (height // 4, height * 3 // 4)
        for x in (width // 4, width * 3 // 4)
    ]


def is_near(found: list[tuple[int, ...]], wanted: list[tuple[int, ...]], tolerance: int = 14) -> bool:
    return bool(np.abs(np.array(found) - np.array(wanted)).max() <= tolerance)


def save(image: Image.Image, path: Path, **options: object) -> Path:
    image.save(path, **options)
    return path


def jpeg_bytes(image: Image.Image | None = None, **options: object) -> bytes:
    buffer = io.BytesIO()
    (image or corners()).save(buffer, "JPEG", quality=92, **options)
    return buffer.getvalue()


def exif(**tags: object) -> Image.Exif:
    """EXIF by main, shot (Exif directory) and place (GPS directory): ``exif(main={...}, shot={...})``."""
    made = Image.Exif()
    made.update(tags.get("main", {}))  # type: ignore[arg-type]
    for number, name in ((0x8769, "shot"), (0x8825, "place")):
        if name in tags:
            made.get_ifd(number).update(tags[name])  # type: ignore[arg-type]
            made[number] = 0  # where it lies is filled in on saving
    return made


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_promising(width: int, height: int) -> bytes:
    """A whole small PNG whose header lies about its size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(100_000))
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def jpeg_promising(width: int, height: int, *, progressive: bool = False) -> bytes:
    data = bytearray(jpeg_bytes(progressive=progressive))
    at = data.index(b"\xff\xc2" if progressive else b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def tiff_promising(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    corners().save(buffer, "TIFF", compression="tiff_deflate")
    data = bytearray(buffer.getvalue())
    directory = struct.unpack_from("<I", data, 4)[0]
    for entry in range(struct.unpack_from("<H", data, directory)[0]):
        at = directory + 2 + entry * 12
        tag = struct.unpack_from("<H", data, at)[0]
        if tag in (256, 257):
            struct.pack_into("<HHII", data, at, tag, 4, 1, width if tag == 256 else height)
    return bytes(data)


def gif_promising(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    corners().save(buffer, "GIF")
    data = bytearray(buffer.getvalue())
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


def bmp_promising(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    corners().save(buffer, "BMP")
    data = bytearray(buffer.getvalue())
    data[18:26] = struct.pack("<ii", width, height)
    return bytes(data)


def webp_promising(width: int, height: int) -> bytes:
    """A WebP with an extended header and an empty animation."""
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    extended = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + canvas
    body = b"WEBP" + extended + b"ANIM" + struct.pack("<IIH", 6, 0, 0)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def swapped_profile() -> bytes:
    """An RGB profile in which red and green change places, so that whoever ignores it is found out."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for entry in range(struct.unpack_from(">I", profile, 128)[0]):
        at = 132 + entry * 12
        name = bytes(profile[at : at + 4])
        if name in (b"rXYZ", b"gXYZ"):
            profile[at : at + 4] = b"gXYZ" if name == b"rXYZ" else b"rXYZ"
    return bytes(profile)


def psd_bytes(image: Image.Image | None = None, *, exif_data: bytes = b"", profile: bytes = b"") -> bytes:
    """A PSD with its composite, uncompressed, and no layers (Adobe Photoshop file formats specification)."""
    image = image or corners()
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, image.height, image.width, 8, 3)
    resources = b""
    for number, data in ((1058, exif_data), (1039, profile)):
        if data:
            resources += struct.pack(">4sHHI", b"8BIM", number, 0, len(data)) + data + bytes(len(data) % 2)
    planes = b"".join(plane.tobytes() for plane in image.split())
    return head + struct.pack(">II", 0, len(resources)) + resources + struct.pack(">IH", 0, 0) + planes


def jp2_bytes(image: Image.Image | None = None, *, exif_data: bytes = b"", profile: bytes = b"") -> bytes:
    """A JPEG 2000 with EXIF in a box behind the picture, and a profile in the place of the named colour space."""
    buffer = io.BytesIO()
    (image or corners()).save(buffer, "JPEG2000")
    data = buffer.getvalue()
    if profile:
        at = data.index(b"colr") - 4
        old = int.from_bytes(data[at : at + 4], "big")
        box = struct.pack(">I4sBBB", 11 + len(profile), b"colr", 2, 0, 0) + profile
        header = data.index(b"jp2h") - 4
        grown = int.from_bytes(data[header : header + 4], "big") + len(box) - old
        data = data[:header] + struct.pack(">I", grown) + data[header + 4 : at] + box + data[at + old :]
    if exif_data:
        data += struct.pack(">I4s16s", 24 + len(exif_data), b"uuid", b"JpgTiffExif->JP2") + exif_data
    return data


def jxl_bytes(image: Image.Image | None = None, *, exif_data: bytes = b"", profile: bytes = b"") -> bytes:
    """A lossless JPEG XL; with EXIF, in boxes (ISO/IEC 18181-2), its EXIF behind four bytes of offset."""
    beside = {"icc": profile} if profile else {}
    data = pylibjxl.encode(np.asarray(image or corners()), lossless=True, **beside)
    if not exif_data:
        return data
    codes = data if data.startswith(b"\xff\x0a") else data[data.index(b"jxlc") + 4 :]
    exif_box = struct.pack(">I4sI", 12 + len(exif_data), b"Exif", 0) + exif_data
    start = struct.pack(">I4sI", 12, b"JXL ", 0x0D0A870A) + struct.pack(">I4s4sI4s", 20, b"ftyp", b"jxl ", 0, b"jxl ")
    return start + exif_box + struct.pack(">I4s", 8 + len(codes), b"jxlc") + codes
