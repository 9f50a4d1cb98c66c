"""Indexing against its parts: `python -m tests.benchmarks.indexing [--photos 500] [--model starter|vit-b-32]`.

The floor, taken in the same run, in core milliseconds: reading photos on all threads without a catalogue, and the
image tower at its best batch. The aim: the whole costs at most 1.2 times the floor, with all cores busy.
"""

from __future__ import annotations

import argparse
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from app import paths
from app.core.types import FileId, PhotoFile, PhotoId
from app.files.reading import read_photo
from app.files.thumbnails import ThumbnailStore
from app.library.enrich.embedding import embed_missing
from app.library.intake.importing import import_folder
from app.library.intake.reading import read_missing
from app.startup import close_library, default_threads
from app.vision.embedder import ClipEmbedder
from tests.benchmarks.measuring import Cost, cores, costing, machine, make_photos, print_table
from tests.checkpoints import build_vit_b_32
from tests.making import make_library

SAMPLE = 64


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=500)
    parser.add_argument("--model", choices=("starter", "vit-b-32"), default="starter")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as scratch:
        _run(Path(scratch), options.photos, options.model)


def _run(scratch: Path, count: int, model: str) -> None:
    photos = scratch / "photos"
    make_photos(photos, count)
    folder = paths.resource("models", "starter") if model == "starter" else build_vit_b_32(scratch / "vit")
    embedder = ClipEmbedder(folder, threads=default_threads())
    embedder.load()
    reading, tower = _reading_floor(photos, scratch / "floor"), _tower_floor(embedder)
    library = make_library(scratch / "library", embedder, threads=default_threads())
    with costing() as found:
        list(import_folder(library, photos))
    with costing() as read:
        list(read_missing(library))
    with costing() as embedded:
        list(embed_missing(library))
    done = library.embeddings.count()
    close_library(library)
    if done != count:
        raise SystemExit(f"only {done} of {count} photos were embedded")
    _print(count, {"find": found, "read": read, "embed": embedded}, {"read": reading, "embed": tower})


def _print(count: int, stages: dict[str, Cost], floor_ms: dict[str, float]) -> None:
    rows: list[list[object]] = [["stage", "photos/s", "core ms/photo", "floor ms/photo", "ratio", "cores busy"]]
    whole = Cost(sum(cost.wall_s for cost in stages.values()), sum(cost.core_s for cost in stages.values()))
    for name, cost in (*stages.items(), ("whole", whole)):
        floor = sum(floor_ms.values()) if name == "whole" else floor_ms.get(name)
        spent = cost.core_s / count * 1000
        ratio = spent / floor if floor else "-"
        busy = cost.core_s / cost.wall_s / cores()
        rows.append([name, count / cost.wall_s, spent, floor or "-", ratio, f"{busy:.0%}"])
    print_table(rows)


def _reading_floor(photos: Path, folder: Path) -> float:
    """Core milliseconds to read one photo, on all threads (cores that share their units are slower together)."""
    store = ThumbnailStore(folder)

    def read(number: int, path: Path) -> None:
        status = path.stat()
        read_photo(PhotoFile(PhotoId(number), FileId(number), path, status.st_size, status.st_mtime_ns), store)

    paths_read = sorted(photos.iterdir())[:SAMPLE]
    with costing() as cost, ThreadPoolExecutor(default_threads()) as pool:
        list(pool.map(read, range(len(paths_read)), paths_read))
    return cost.core_s / len(paths_read) * 1000


def _tower_floor(embedder: ClipEmbedder) -> float:
    """Core milliseconds to embed one photo at the best of several batches, images already in memory."""
    random = np.random.default_rng(0)
    images = [random.integers(0, 256, (384, 512, 3), dtype=np.uint8) for _ in range(64)]
    embedder.embed_images(images[:8])
    best = float("inf")
    for size in (8, 16, 32, 64):
        for _ in range(2):
            with costing() as cost:
                embedder.embed_images(images[:size])
            best = min(best, cost.core_s / size * 1000)
    return best


if __name__ == "__main__":
    main()
