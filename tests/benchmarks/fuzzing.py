"""Damaged files of every format, taken in as any others: `python -m tests.benchmarks.fuzzing [FOLDER …]`.

Seeds are pictures and films made here, and with FOLDER the smaller ones of a real collection. Each file is a seed with
bits turned, an end cut off, pieces doubled, lengths changed or another seed's bytes in the middle. The real verbs take
them in. Every file must be in or listed with a reason, nothing may hang or end the program, and all processes together
stay below 1.5 GB (what is their own: unique set size). The last table says of each format how many files began as one
of Oriel's, so that a decoder had them.
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import random
import shutil
import struct
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pylibjxl
from PIL import Image

from app.core.types import PhotoFile, ReadPhoto, Skipped, Summary
from app.files.isolation.child import Limits
from app.files.isolation.pool import DecoderPool
from app.files.thumbnails import ThumbnailStore
from app.files.walk import formats
from app.library.intake.importing import import_folder, rescan
from app.library.intake.reading import read_missing
from app.startup import close_for_good, default_threads
from tests.benchmarks.measuring import machine, print_table
from tests.files import samples, video_samples
from tests.making import make_library

A_BATCH = 1000
LARGEST_SEED_BYTES = 400_000
SEEDS_A_FORMAT = 6
MOST_MB = 1500
NO_PROGRESS_S = 400.0
SPEEDY = Limits(time_s=20.0)
FILMS = (
    *((name, codec) for name in ("mov", "mp4", "mkv", "avi") for codec in ("mp4v", "MJPG")),
    ("m4v", "mp4v"),
    ("3gp", "mp4v"),
    ("webm", "VP80"),
    ("webm", "VP90"),
    ("wmv", "WMV2"),
    ("flv", "FLV1"),
    ("mpg", "mpg2"),
    ("m2ts", "mpg2"),
)
LENGTHS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000)


def main() -> None:
    """Print the counts; a file that is neither in nor listed, a hang or too much memory is an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help="real photos to take seeds from too")
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(machine())
    logging.disable(logging.ERROR)
    seeds = _made() + _films() + [seed for folder in options.folders for seed in _taken(folder)]
    print(f"{len(seeds)} seeds: {dict(sorted(Counter(suffix for suffix, _ in seeds).items()))}")
    with tempfile.TemporaryDirectory() as scratch:
        _run(Path(scratch), seeds, options.files, random.Random(options.seed))


class _Counting(DecoderPool):
    """Notes how long the slowest file took."""

    slowest_s = 0.0
    slowest = ""

    def read(self, file: PhotoFile, thumbnails: ThumbnailStore) -> ReadPhoto:
        started = time.monotonic()
        try:
            return super().read(file, thumbnails)
        finally:
            took = time.monotonic() - started
            if took > self.slowest_s:
                self.slowest_s, self.slowest = took, file.path.name


class _Memory(threading.Thread):
    """The most that this program and its children had for themselves at one moment."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most_mb = 0.0
        self.last_progress = time.monotonic()

    def run(self) -> None:
        me = psutil.Process()
        while True:
            taken = 0
            for process in (me, *me.children(recursive=True)):
                with suppress(psutil.Error):
                    taken += process.memory_full_info().uss
            self.most_mb = max(self.most_mb, taken / 1e6)
            if time.monotonic() - self.last_progress > NO_PROGRESS_S:
                print("nothing moved for minutes: a hang", flush=True)
                os._exit(1)
            time.sleep(0.1)


def _run(scratch: Path, seeds: list[tuple[str, bytes]], count: int, chance: random.Random) -> None:
    pool, memory, photos = _Counting(default_threads(), limits=SPEEDY), _Memory(), scratch / "photos"
    library = make_library(scratch / "library", threads=default_threads(), decoders=pool)
    memory.start()
    reasons: Counter[str] = Counter()
    by_format: Counter[tuple[str, str]] = Counter()
    met: Counter[tuple[str, bool]] = Counter()
    done, started = 0, time.monotonic()
    while done < count:
        folder = photos / f"{done:06}"
        names = _write(folder, seeds, min(A_BATCH, count - done), chance)
        met.update((name.suffix, _meets_decoder(name)) for name in names)
        found = list(import_folder(library, folder))[-1]
        assert isinstance(found, Summary)
        before = reasons.total()
        assert not found.left_out, "a name that no decoder sees proves nothing"
        for fact in read_missing(library):
            memory.last_progress = time.monotonic()
            if isinstance(fact, Skipped):
                reasons[fact.reason.value] += 1
                by_format[fact.path.suffix, fact.reason.value] += 1
            elif isinstance(fact, Summary):
                reasons["in"] += fact.added
                reasons["read, and left out as too small"] += sum(fact.left_out.values())
        left = library.catalog.count_to_read()
        if left or reasons.total() - before != len(names):
            raise SystemExit(f"{left} files to read, {reasons.total() - before} of {len(names)} told")
        done += len(names)
        shutil.rmtree(folder)
        rate = done / (time.monotonic() - started)
        print(f"{done:,} files, {rate:.0f}/s, {dict(reasons)}, {memory.most_mb:.0f} MB", flush=True)
    list(rescan(library))
    close_for_good(library)
    _report(reasons, by_format, pool, memory)
    columns = [
        [suffix, met[suffix, True] + met[suffix, False], met[suffix, True]] for suffix in sorted({s for s, _ in met})
    ]
    print_table([["format", "files", "met a decoder"], *columns])
    left = psutil.Process().children(recursive=True)
    if memory.most_mb > MOST_MB or left:
        raise SystemExit(f"more than {MOST_MB} MB, or {len(left)} processes left behind")


def _meets_decoder(path: Path) -> bool:
    """Whether it begins as a format of ours; what does not, is refused without one."""
    with path.open("rb") as file:
        return formats.sniff(file.read(formats.HEAD_BYTES)) is not None


def _report(reasons: Counter[str], by_format: Counter[tuple[str, str]], pool: _Counting, memory: _Memory) -> None:
    print_table([["what became of them", "files"], *([reason, files] for reason, files in reasons.most_common())])
    hard = {"crashed", "timed_out", "too_large"}
    print_table([["format", "reason", "files"], *([*key, n] for key, n in sorted(by_format.items()) if key[1] in hard)])
    print(f"slowest: {pool.slowest_s:.1f} s ({pool.slowest}); most memory, all processes: {memory.most_mb:.0f} MB")


# Seeds


def _made() -> list[tuple[str, bytes]]:
    """Every format that can be written here, plain and with headers, several sizes."""
    shot, place = {0x9003: "2020:02:03 04:05:06"}, {1: "N", 3: "E"}
    facts = samples.exif(main={0x0110: "Camera", 0x0112: 6}, shot=shot, place=place)
    ways: list[tuple[str, str, dict[str, object]]] = [
        ("jpg", "JPEG", {"exif": facts, "icc_profile": samples.swapped_profile()}),
        ("jpg", "JPEG", {"progressive": True}),
        ("png", "PNG", {"exif": facts}),
        ("webp", "WEBP", {"exif": facts}),
        ("webp", "WEBP", {"lossless": True}),
        ("tif", "TIFF", {"compression": "tiff_deflate"}),
        ("tif", "TIFF", {"compression": "tiff_lzw"}),
        ("tif", "TIFF", {"compression": "jpeg"}),
        ("tif", "TIFF", {"compression": "raw"}),
        ("gif", "GIF", {}),
        ("gif", "GIF", {"save_all": True, "append_images": [samples.corners(120, 80).rotate(90)]}),
        ("bmp", "BMP", {}),
        ("avif", "AVIF", {"exif": facts}),
        ("ico", "ICO", {}),
        ("jp2", "JPEG2000", {}),
        ("jpg", "MPO", {}),
        ("qoi", "QOI", {}),
    ]
    seeds = []
    for suffix, name, options in ways:
        for size in ((160, 120), (400, 300)):
            with suppress(KeyError, OSError, ValueError):  # a format that this Pillow can't write
                buffer = io.BytesIO()
                samples.corners(*size).save(buffer, name, **options)
                seeds.append((suffix, buffer.getvalue()))
    for suffix, mode in (("png", "LA"), ("png", "P"), ("png", "I;16"), ("tif", "CMYK"), ("tif", "F"), ("bmp", "1")):
        buffer = io.BytesIO()
        Image.new(mode, (200, 100)).save(buffer, {"png": "PNG", "tif": "TIFF", "bmp": "BMP"}[suffix])
        seeds.append((suffix, buffer.getvalue()))
    heic = Path(__file__).resolve().parents[2] / "resources" / "check" / "corners.heic"
    beside = {"exif_data": facts.tobytes(), "profile": samples.swapped_profile()}
    for size in ((160, 120), (400, 300)):
        image = samples.corners(*size)
        for suffix, make in (("psd", samples.psd_bytes), ("jxl", samples.jxl_bytes), ("jp2", samples.jp2_bytes)):
            seeds += [(suffix, make(image)), (suffix, make(image, **beside))]
        seeds.append(("jxl", pylibjxl.encode(np.asarray(image), lossless=False)))
    return [*seeds, ("heic", heic.read_bytes()), ("mp4", heic.with_suffix(".mp4").read_bytes())]


def _films() -> list[tuple[str, bytes]]:
    """Every container and codec that OpenCV writes, two sizes; one turned and with Apple's texts."""
    seeds = []
    with tempfile.TemporaryDirectory() as folder:
        for name, codec in FILMS:
            for size in ((160, 120), (320, 240)):
                path = Path(folder) / f"film.{name}"
                save = video_samples.save_video
                seeds.append((name, save(path, [video_samples.textured(*size)] * 12, codec=codec).read_bytes()))
        path = video_samples.turned(video_samples.save_video(Path(folder) / "told.mov"), 0, 1, -1, 0)
        told = {"creationdate": "2020-02-03T04:05:06+0100", "location__ISO6709": "+48.1+011.5/"}
        seeds.append(("mov", video_samples.told(path, **told).read_bytes()))
    return seeds


def _taken(folder: Path) -> list[tuple[str, bytes]]:
    """A few small real files of each suffix; raws and HEICs are larger, and the only ones of their kind."""
    chosen: Counter[str] = Counter()
    seeds = []
    for path in sorted(folder.rglob("*")):
        suffix = path.suffix.lower().lstrip(".")
        if not path.is_file() or not formats.is_member(path.name):
            continue
        is_small = path.stat().st_size <= (LARGEST_SEED_BYTES if suffix in ("jpg", "jpeg", "png") else 4_000_000)
        if is_small and chosen[suffix] < SEEDS_A_FORMAT:
            chosen[suffix] += 1
            seeds.append((suffix, path.read_bytes()))
    return seeds


# Damage


def _write(folder: Path, seeds: list[tuple[str, bytes]], count: int, chance: random.Random) -> list[Path]:
    folder.mkdir(parents=True)
    by_suffix: dict[str, list[bytes]] = {}
    for suffix, data in seeds:
        by_suffix.setdefault(suffix, []).append(data)
    names = []
    for number in range(count):
        suffix = chance.choice(sorted(by_suffix))
        data = bytearray(chance.choice(by_suffix[suffix]))
        kinds = [chance.choice(DAMAGES) for _ in range(chance.choice((1, 1, 2, 3)))]
        for damage in kinds:
            data = damage(data, chance, chance.choice(seeds)[1])
        names.append(folder / f"{number:04}_{'_'.join(damage.__name__.strip('_') for damage in kinds)}.{suffix}")
        names[-1].write_bytes(data)
    return names


Damage = Callable[[bytearray, random.Random, bytes], bytearray]


def _place(data: bytearray, chance: random.Random) -> int:
    """Mostly in the headers, where damage leads decoders further."""
    return chance.randrange(max(1, min(len(data), chance.choice((64, 512, 4096, len(data))))))


def _bits(data: bytearray, chance: random.Random, _: bytes) -> bytearray:
    for _ in range(chance.choice((1, 2, 8, 64))):
        if data:
            data[_place(data, chance)] ^= 1 << chance.randrange(8)
    return data


def _cut(data: bytearray, chance: random.Random, _: bytes) -> bytearray:
    return data[: _place(data, chance)]


def _doubled(data: bytearray, chance: random.Random, _: bytes) -> bytearray:
    start = _place(data, chance)
    piece = data[start : start + chance.choice((4, 64, 1024))]
    return data[:start] + piece * chance.choice((1, 3, 200)) + data[start:]


def _removed(data: bytearray, chance: random.Random, _: bytes) -> bytearray:
    start = _place(data, chance)
    return data[:start] + data[start + chance.choice((1, 2, 4, 64)) :]


def _length(data: bytearray, chance: random.Random, _: bytes) -> bytearray:
    for _ in range(chance.choice((1, 1, 4))):
        kind = chance.choice((">H", "<H", ">I", "<I"))
        size = struct.calcsize(kind)
        if len(data) > size:
            value = chance.choice(LENGTHS) & ((1 << size * 8) - 1)
            struct.pack_into(kind, data, min(_place(data, chance), len(data) - size), value)
    return data


def _spliced(data: bytearray, chance: random.Random, other: bytes) -> bytearray:
    start, taken = _place(data, chance), _place(bytearray(other), chance)
    return data[:start] + bytearray(other[taken : taken + chance.choice((16, 256, 8192))]) + data[start:]


DAMAGES: tuple[Damage, ...] = (_bits, _bits, _cut, _doubled, _removed, _length, _length, _spliced)


if __name__ == "__main__":
    main()
