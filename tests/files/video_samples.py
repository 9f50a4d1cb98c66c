"""Makes the videos of the tests with OpenCV's encoders, and writes into their boxes what those can't."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from app.files.videos import mp4
from tests.files.samples import corners

SECONDS_1904 = 2_082_844_800
CODECS = {"avi": "MJPG", "mkv": "mp4v", "wmv": "WMV2", "flv": "FLV1", "mpg": "mpg2", "ts": "mpg2"}
_BEFORE = {b"stsd": 8, b"mp4v": 78, b"meta": 4}
"""Bytes before the boxes inside a box."""

Change = Callable[[bytes], bytes]


def textured(width: int = 160, height: int = 120) -> np.ndarray:
    """Four coloured corners, with stripes in the middle, so that there is something to see."""
    image = np.array(corners(width, height))
    image[height * 3 // 8 : height * 5 // 8, ::8] = 0
    image[height * 3 // 8 : height * 5 // 8, 4::8] = 255
    return image


def save_video(path: Path, frames: Iterable[np.ndarray] | None = None, *, rate: float = 10, codec: str = "") -> Path:
    """Thirty textured pictures, unless others are given: uint8, shape (height, width, 3), RGB, all of one shape."""
    frames = [textured()] * 30 if frames is None else list(frames)
    height, width = frames[0].shape[:2]
    name = codec or CODECS.get(path.suffix[1:], "mp4v")
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*name), rate, (width, height))
    assert writer.isOpened(), f"no encoder for {path.suffix}"
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[:, :, ::-1]))
    writer.release()
    return path


def box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", len(data) + 8, kind) + data


def edited(data: bytes, path: Sequence[bytes], change: Change) -> bytes:
    """The boxes in ``data`` with what is in the one at ``path`` (the first of its kind) changed, or added."""
    at, parts, is_done = 0, [], False
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        inside = data[at + 8 : at + size]
        if kind == path[0] and not is_done:
            skip = _BEFORE.get(kind, 0) if len(path) > 1 else 0
            inside = inside[:skip] + (edited(inside[skip:], path[1:], change) if len(path) > 1 else change(inside))
            is_done = True
        parts.append(box(kind, inside))
        at += size
    if not is_done:
        parts.append(box(path[0], change(b"") if len(path) == 1 else edited(b"", path[1:], change)))
    return b"".join(parts)


def edit(video: Path, *path: bytes, change: Change) -> Path:
    """OpenCV writes "moov" behind the pictures, so that nothing moves that it points to."""
    video.write_bytes(edited(video.read_bytes(), path, change))
    return video


def put(place: int, layout: str, *values: int) -> Change:
    """Overwrite numbers."""

    def change(data: bytes) -> bytes:
        made = bytearray(data)
        struct.pack_into(layout, made, place, *values)
        return bytes(made)

    return change


def turned(video: Path, a: int, b: int, c: int, d: int) -> Path:
    """With a display matrix of these whole numbers."""
    numbers = a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30
    return edit(video, b"moov", b"trak", b"tkhd", change=put(40, ">9i", *numbers))


def created(video: Path, seconds_1904: int) -> Path:
    return edit(video, b"moov", b"mvhd", change=put(4, ">I", seconds_1904))


def described(video: Path, kind: bytes, data: bytes) -> Path:
    """With one more box in the entry that tells how the pictures are coded."""
    path = b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"mp4v"
    return edit(video, *path, kind, change=lambda _: data)


def told(video: Path, **texts: str) -> Path:
    """With Apple's metadata; "__" stands for "." and the names begin with "com.apple.quicktime."."""
    names = [("com.apple.quicktime." + name.replace("__", ".")).encode() for name in texts]
    keys = struct.pack(">4xI", len(names)) + b"".join(box(b"mdta", name) for name in names)
    values = b"".join(
        box(struct.pack(">I", number), box(b"data", struct.pack(">II", 1, 0) + text.encode()))
        for number, text in enumerate(texts.values(), 1)
    )
    handler = box(b"hdlr", bytes(8) + b"mdta" + bytes(13))
    return edit(video, b"moov", b"meta", change=lambda _: handler + box(b"keys", keys) + box(b"ilst", values))


def save_exact(path: Path, *bands: tuple[int, int, int], matrix: int, transfer: int = 1, edge_px: int = 128) -> Path:
    """A QuickTime film of three equal pictures in limited range, uncompressed: no encoder rounds them.

    Args:
        path: to be written.
        bands: luma, blue and red of each band of colour, from the top; all are about as high.
        matrix: as the container names it, and
        transfer: likewise.
        edge_px: of the square picture.
    """
    rows = [bands[row * len(bands) // edge_px] for row in range(edge_px)]
    picture = b"".join(bytes((blue, luma, red, luma)) * (edge_px // 2) for luma, blue, red in rows)
    fields = bytes(6) + struct.pack(">H16xHHIIIH32xHh", 1, edge_px, edge_px, 72 << 16, 72 << 16, 0, 1, 24, -1)
    colours = box(b"colr", b"nclc" + struct.pack(">HHH", 1 if transfer == 1 else 9, transfer, matrix))
    entry = struct.pack(">4xI", 1) + box(b"2vuy", fields + colours)
    sizes = np.full(3, len(picture), np.int64)
    track = mp4.Track(
        entry=entry,
        size=(edge_px, edge_px),
        turn=(1 << 16, 0, 0, 1 << 16),
        aspect=1.0,
        sizes=sizes,
        offsets=np.arange(3) * sizes,
        keys=np.arange(3),
    )
    stream = io.BytesIO(picture * 3)
    path.write_bytes(mp4.excerpt(stream, len(picture) * 3, track, range(3)))
    return path
