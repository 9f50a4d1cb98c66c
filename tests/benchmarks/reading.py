"""What isolation costs: `python -m tests.benchmarks.reading [FOLDER] [--photos 200]`.

The same files are read by children and by threads of this program, in turns, in the same run; the ratio of the two is
the figure. JPEG, PNG and, where they can be written here, others are made; FOLDER gives HEIC, raw and video rows.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from app.core.errors import UnreadableImage
from app.core.types import FileId, PhotoFile, PhotoId, ReadPhoto
from app.files.isolation.pool import DecoderPool
from app.files.thumbnails import ThumbnailStore
from app.startup import default_threads
from tests.benchmarks.measuring import Cost, costing, machine, make_photos, print_table
from tests.fakes import DecodersInProcess
from tests.files.video_samples import save_video

ROUNDS = 3
KINDS = {
    "HEIC": {".heic", ".heif", ".hif"},
    "raw": {".dng", ".crw", ".kdc", ".cr2", ".cr3", ".nef", ".arw", ".raf"},
    "video": {".mov", ".mp4", ".m4v", ".3gp", ".avi", ".mkv"},
}
Read = Callable[[PhotoFile, ThumbnailStore], ReadPhoto]


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="real photos, for what can't be made here")
    parser.add_argument("--photos", type=int, default=200, help="JPEGs a round; fewer of what takes longer")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as scratch:
        rows: list[list[object]] = [
            ["files", "files/s", "threads: files/s", "ratio", "core ms/file", "threads: core ms"]
        ]
        for name, paths in _files(Path(scratch), options.folder, options.photos):
            rows.append([name, *_compared(paths, Path(scratch))])
        print_table(rows)


def _files(scratch: Path, folder: Path | None, count: int) -> list[tuple[str, list[Path]]]:
    make_photos(scratch / "jpeg", count)
    made = [("JPEG 12 MP", sorted((scratch / "jpeg").iterdir()))]
    make_photos(scratch / "small", count * 2, (1600, 1200))
    made.append(("JPEG 2 MP", sorted((scratch / "small").iterdir())))
    made.append(("PNG 2 MP", _pngs(made[1][1][:16], scratch / "png", count // 2)))
    made.append(("video 1080p, made", _videos(scratch / "videos", count // 4)))
    for name, suffixes in KINDS.items():
        real = (
            _readable([path for path in sorted(folder.rglob("*")) if path.suffix.lower() in suffixes]) if folder else []
        )
        if real:
            made.append((f"{name}, real", (real * count)[: max(len(real), count // 8)]))
    return made


def _readable(paths: list[Path]) -> list[Path]:
    """Not every file of a collection of odd ones can be read."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            try:
                DecodersInProcess().read(_file(path, 1), ThumbnailStore(Path(folder)))
            except UnreadableImage:
                continue
            found.append(path)
    return found


def _pngs(jpegs: list[Path], folder: Path, count: int) -> list[Path]:
    folder.mkdir()
    bases = []
    for path in jpegs:
        bases.append(folder / f"{path.stem}.png")
        Image.open(path).save(bases[-1])
    for number in range(len(bases), count):
        shutil.copyfile(bases[number % len(bases)], folder / f"copy_{number}.png")
    return sorted(folder.iterdir())


def _videos(folder: Path, count: int) -> list[Path]:
    """Three seconds of 1080p each (MPEG-4: the only encoder that OpenCV brings on every system), moving and grainy."""
    folder.mkdir()
    grain = np.random.default_rng(1).integers(0, 256, (135, 240, 3), np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    first = save_video(folder / "0.mp4", [np.roll(grain, 5 * step, axis=1) for step in range(90)], rate=30)
    for number in range(1, count):
        shutil.copyfile(first, folder / f"{number}.mp4")
    return sorted(folder.iterdir())


def _compared(paths: list[Path], scratch: Path) -> list[object]:
    """Speeds and costs: median of the rounds, children and threads in turns."""
    pool = DecoderPool(default_threads(), nice=0)
    found: dict[str, list[Cost]] = {"children": [], "threads": []}
    ways: dict[str, Read] = {"children": pool.read, "threads": DecodersInProcess().read}
    for read in ways.values():
        _read_all(paths[: default_threads() * 2], read, scratch)  # decoders loaded, children started, files in memory
    for _ in range(ROUNDS):
        for name, read in ways.items():
            with costing() as cost:
                _read_all(paths, read, scratch)
            found[name].append(cost)
    pool.close()
    wall = {name: statistics.median(cost.wall_s for cost in costs) for name, costs in found.items()}
    core = {name: statistics.median(cost.core_s for cost in costs) * 1000 for name, costs in found.items()}
    ratio = wall["threads"] / wall["children"]
    count = len(paths)
    return [count / wall["children"], count / wall["threads"], ratio, core["children"] / count, core["threads"] / count]


def _read_all(paths: list[Path], read: Read, scratch: Path) -> None:
    store = ThumbnailStore(scratch / "thumbnails")
    with ThreadPoolExecutor(default_threads()) as threads:
        list(threads.map(lambda numbered: read(_file(numbered[1], numbered[0]), store), enumerate(paths, start=1)))


def _file(path: Path, number: int) -> PhotoFile:
    status = path.stat()
    return PhotoFile(PhotoId(number), FileId(number), path, status.st_size, status.st_mtime_ns)


if __name__ == "__main__":
    main()
