"""Gives a still from a good moment of a video, its duration and what its headers say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import NoReturn

import numpy as np
from PIL import Image

from app.core.errors import UnreadableImage
from app.core.types import Metadata, Reason, RgbImage
from app.files.opening import Source
from app.files.pictures.pixels import LARGEST_PX
from app.files.pictures.room import ROOM
from app.files.videos import ebml, moments, mp4, riff
from app.files.videos.frames import Video, has_decoder
from app.files.videos.mp4 import Movie, Track
from app.files.videos.video_metadata import video_metadata

_LONGEST_DURATION_S = 30 * 24 * 3600.0
_MOST_FRAMES = 90
_EVERY = 10
_LARGEST_EXCERPT_BYTES = 96 << 20

Size = tuple[int, int]
"""Width, height."""


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """One picture of a video and what the video says.

    Attributes:
        image: uint8, shape (height, width, 3), sRGB, upright, square pixels.
        size: of the video, upright, with square pixels.
        duration_s: None where the file does not say, or says nonsense.
    """

    image: RgbImage
    size: Size
    metadata: Metadata
    duration_s: float | None


def still_of(source: Source, wanted: Callable[[Size], Size]) -> Still:
    """A still from a good moment (``moments``), at the size that ``wanted`` makes of the video's own, upright.

    MP4 and QuickTime: a few keyframes are cut out of the file and decoded alone. Other containers, and MP4 in
    fragments, are handed to the decoder as an open file.

    Raises:
        UnreadableImage: TRUNCATED, CORRUPT, TOO_LARGE; NOT_AN_IMAGE where there is only sound; NO_DECODER.
    """
    if not has_decoder():
        _refuse(source, Reason.NO_DECODER, "no decoder")
    head = source.stream.read(12)
    source.stream.seek(0)
    if head[:4] == b"\x1aE\xdf\xa3":
        return _of_stream(source, wanted, ebml.told(source.stream, source.size_bytes))
    if head[:4] == b"RIFF":
        return _of_stream(source, wanted, riff.told(source.stream, source.size_bytes))
    if not _has_boxes(head):
        return _of_stream(source, wanted, None)
    try:
        movie = mp4.read_movie(source.stream, source.size_bytes)
        if movie is not None and not movie.has_video:
            _refuse(source, Reason.NOT_AN_IMAGE, "only sound")
        if movie is None or movie.track is None:
            return _of_stream(source, wanted, movie)
        return _of_movie(source, wanted, movie, movie.track)
    except mp4.Cut:
        _refuse(source, Reason.TRUNCATED, "cut off")


def _has_boxes(head: bytes) -> bool:
    return head[4:8].isalpha() and head[:1] in (b"\0", b"\1") and head[:4] not in (b"\0\0\1\xba", b"\0\0\1\xb3")


def _refuse(source: Source, reason: Reason, detail: str) -> NoReturn:
    raise UnreadableImage(path=source.path, reason=reason, detail=f"video: {detail}")


# MP4


def _of_movie(source: Source, wanted: Callable[[Size], Size], movie: Movie, track: Track) -> Still:
    _refuse_large(source, *track.size)
    with ROOM.of(track.size[0] * track.size[1]):
        image = _best(_cut_out(source, track))
        if image is None:
            _refuse(source, Reason.CORRUPT, "no picture")
        shape = _square((image.shape[1], image.shape[0]), track.aspect)
        turn = _Turn.of(track.turn)
        size = turn.size(shape)
        small = turn.size(wanted(size))
        found = video_metadata(movie.tags, movie.created_s)
        made = turn.apply(_resized(image, small))
        return Still(made, size, found, _plausible_s(movie.duration_s))


def _cut_out(source: Source, track: Track) -> Iterator[RgbImage]:
    """Keyframes near the moments, each decoded alone; where all are dull, what follows the beginning."""
    count = len(track.sizes)
    places = [int(np.searchsorted(track.keys, part * count, side="right")) - 1 for part in moments.PARTS]
    chosen = list(dict.fromkeys(int(track.keys[max(place, 0)]) for place in places)) if len(track.keys) else [0]
    for number in chosen:
        yield from _decoded(source, track, [number])
    following = list(range(min(count, _MOST_FRAMES)))
    yield from islice(_decoded(source, track, following), 0, None, _EVERY)


def _decoded(source: Source, track: Track, numbers: list[int]) -> Iterator[RgbImage]:
    if int(track.sizes[numbers].sum()) > _LARGEST_EXCERPT_BYTES:
        numbers = numbers[:1]
    with closing(Video(BytesIO(mp4.excerpt(source.stream, source.size_bytes, track, numbers)))) as video:
        if video.ok:
            yield from video.frames()


# Other containers


def _of_stream(source: Source, wanted: Callable[[Size], Size], movie: Movie | None) -> Still:
    source.stream.seek(0)
    with closing(Video(source.stream)) as video:
        if not video.ok:
            _refuse(source, *_why_not(source))
        _refuse_large(source, video.pixels, 1)
        told_s = movie.duration_s if movie and movie.duration_s else video.duration_s
        duration_s = _plausible_s(told_s)
        with ROOM.of(video.pixels):
            image = _best(_sought(video, duration_s))
            if image is None:
                _refuse(source, *_why_not(source))
            size = _square((image.shape[1], image.shape[0]), video.aspect)
            found = video_metadata(movie.tags, movie.created_s, movie.local_s) if movie else Metadata()
            return Still(_resized(image, wanted(size)), size, found, duration_s)


def _sought(video: Video, duration_s: float | None) -> Iterator[RgbImage]:
    """One picture at each moment, then what follows the beginning."""
    for part in moments.PARTS if duration_s else ():
        video.seek(part * (duration_s or 0.0))
        yield from islice(video.frames(), 1)
    video.seek(0.0)
    yield from islice(video.frames(), 0, _MOST_FRAMES, _EVERY)


def _why_not(source: Source) -> tuple[Reason, str]:
    source.stream.seek(0)
    head = source.stream.read(8)
    is_cut = head[:4] == b"RIFF" and int.from_bytes(head[4:], "little") + 8 > source.size_bytes
    is_cut = is_cut or ebml.ends_early(source.stream, source.size_bytes)
    return (Reason.TRUNCATED, "cut off") if is_cut else (Reason.CORRUPT, "no picture")


# Pictures


def _best(candidates: Iterable[RgbImage]) -> RgbImage | None:
    best, best_worth = None, -1.0
    for image in candidates:
        worth = moments.worth(image)
        if worth > best_worth:
            best, best_worth = image, worth
        if worth >= moments.GOOD:
            break
    return best


def _refuse_large(source: Source, width: int, height: int) -> None:
    if width * height > LARGEST_PX:
        _refuse(source, Reason.TOO_LARGE, f"{width} x {height}")


def _square(size: Size, aspect: float) -> Size:
    """With square pixels: the longer side of a pixel is stretched, none is shrunk."""
    width, height = size
    return (round(width * aspect), height) if aspect >= 1 else (width, round(height / aspect))


def _resized(image: RgbImage, size: Size) -> RgbImage:
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0))


def _plausible_s(duration_s: float | None) -> float | None:
    return duration_s if duration_s is not None and 0 < duration_s <= _LONGEST_DURATION_S else None


@dataclass(frozen=True, slots=True)
class _Turn:
    """How a picture is laid upright: quarter turns counter-clockwise, after a mirroring left to right."""

    quarters: int = 0
    is_mirrored: bool = False

    @classmethod
    def of(cls, matrix: tuple[int, int, int, int]) -> _Turn:
        """From a, b, c, d of the display matrix (ISO/IEC 14496-12, 6.2.2), to the nearest quarter."""
        a, b, c, d = matrix
        is_mirrored = a * d - b * c < 0
        if is_mirrored:
            a, b = -a, -b
        if abs(a) >= abs(b):
            return cls(0 if a >= 0 else 2, is_mirrored)
        return cls(3 if b > 0 else 1, is_mirrored)

    def size(self, size: Size) -> Size:
        return (size[1], size[0]) if self.quarters % 2 else size

    def apply(self, image: RgbImage) -> RgbImage:
        mirrored = image[:, ::-1] if self.is_mirrored else image
        return np.ascontiguousarray(np.rot90(mirrored, self.quarters))
