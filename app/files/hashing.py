"""Fingerprints of a picture: of its image data to the byte, and of what it looks like."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from app.core.types import RgbImage
from app.files.opening import Source, opened
from app.files.videos import mp4

_DIGEST_BYTES = 16
_CHUNK_BYTES = 1 << 20
_WHOLE_VIDEO_BYTES = 8 << 20
_PNG_IMAGE_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"fcTL", b"fdAT")
_WEBP_IMAGE_CHUNKS = (b"VP8 ", b"VP8L", b"ALPH", b"ANMF")


def content_hash(path: Path) -> bytes:
    """BLAKE2b-128 over a file's image data: keywords or ratings written into a file leave it the same.

    JPEG without APPn and COM segments and without what follows the picture (further pictures, videos); PNG
    and WebP without
    text, EXIF, XMP and profile chunks; the whole file for other formats and for files above
    ``opening.IN_MEMORY_BYTES``.

    Of a video, which may have 30 GB: how long its picture data is, with its first, middle and last MiB (all of it up to
    8 MiB). That is enough to know a moved video again, since two videos of equal length to the byte differ there; it
    is not enough to call one a copy of another that is there too: who does that compares the files.

    Raises:
        UnreadableImage: the file can't be opened or is no picture.
    """
    with opened(path) as source:
        return hash_source(source)


def hash_source(source: Source) -> bytes:
    """As ``content_hash``, for a file already open; the stream's position is kept."""
    if source.format == "VIDEO":
        return _hash_video(source)
    if source.data is None:
        return _hash_stream(source)
    view = memoryview(source.data)
    parts = {"JPEG": _jpeg_parts, "PNG": _png_parts, "WEBP": _webp_parts}.get(source.format)
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for part in parts(view) if parts else (view,):
        digest.update(part)
    return digest.digest()


def _hash_stream(source: Source) -> bytes:
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    position = source.stream.tell()
    source.stream.seek(0)
    while chunk := source.stream.read(_CHUNK_BYTES):
        digest.update(chunk)
    source.stream.seek(position)
    return digest.digest()


def _hash_video(source: Source) -> bytes:
    """A title or place that a program writes changes an MP4's table of contents, but not its picture data."""
    start, end = mp4.picture_span(source.stream, source.size_bytes)
    digest = hashlib.blake2b((end - start).to_bytes(8, "big"), digest_size=_DIGEST_BYTES, person=b"video")
    pieces = [(at, _CHUNK_BYTES) for at in (start, (start + end - _CHUNK_BYTES) // 2, end - _CHUNK_BYTES)]
    for at, length in pieces if end - start > _WHOLE_VIDEO_BYTES else [(start, end - start)]:
        source.stream.seek(at)
        digest.update(source.stream.read(length))
    return digest.digest()


def _jpeg_parts(view: memoryview) -> Iterator[memoryview]:
    data = view.obj
    assert isinstance(data, bytes)
    at = 2
    while at + 4 <= len(view) and view[at] == 0xFF:
        marker = view[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xDA:
            # Inside the scans an FF is followed by 00 or a restart number, so the first FF D9 ends the
            # picture.
            end = data.find(b"\xff\xd9", at)
            yield view[at : end if end >= 0 else len(view)]
            return
        after = at + 2 + int.from_bytes(view[at + 2 : at + 4], "big")
        if not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            yield view[at:after]
        at = after
    yield view[at:]


def _png_parts(view: memoryview) -> Iterator[memoryview]:
    at = 8
    while at + 12 <= len(view):
        length = int.from_bytes(view[at : at + 4], "big")
        if bytes(view[at + 4 : at + 8]) in _PNG_IMAGE_CHUNKS:
            yield view[at + 8 : at + 8 + length]
        at += 12 + length
    # Unlike text, what stands behind the last whole chunk can't have been written there by a program that
    # edits keywords.
    yield view[at:]


def _webp_parts(view: memoryview) -> Iterator[memoryview]:
    at = 12
    while at + 8 <= len(view):
        length = int.from_bytes(view[at + 4 : at + 8], "little")
        if bytes(view[at : at + 4]) in _WEBP_IMAGE_CHUNKS:
            yield view[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def perceptual_hash(image: RgbImage) -> int:
    """64-bit difference hash: which of two neighbours on a 9 × 8 grey grid is brighter, row by row, first bit highest.

    After Neal Krawetz, "Kind of Like That" (hackerfactor.com, 2013).

    Returns:
        The 64 bits as a signed integer (SQLite's range).
    """
    small = Image.fromarray(image).convert("L").resize((9, 8), Image.Resampling.BOX)
    grid = np.asarray(small, dtype=np.int16)
    bits = np.packbits(grid[:, 1:] > grid[:, :-1])
    return int.from_bytes(bits.tobytes(), "big", signed=True)


def mean_colour(image: RgbImage) -> int:
    """0xRRGGBB, the mean over all pixels in sRGB values."""
    red, green, blue = np.asarray(Image.fromarray(image).resize((1, 1), Image.Resampling.BOX))[0, 0]
    return int(red) << 16 | int(green) << 8 | int(blue)
