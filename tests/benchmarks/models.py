"""Models by number type: `python -m tests.benchmarks.models [--photos FOLDER] [--threads N] [--speed | --fidelity]`.

Speed at real sizes with random weights, which it does not depend on: ViT-B/32 in photos/s and BLIP-base in captions/s,
each as a ratio to float32 and as a share of what the machine multiplies in the same run (its GEMM rate). Fidelity on
trained weights, the starter's, on a folder of 200 photos or more: stored thumbnails against full decoding, and each
number type that fits the starter against float32. The aim: vectors move by 2 % of the distance between photos at most,
and of a photo's ten nearest 95 % stay.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from app import paths
from app.core.errors import OrielError
from app.core.models import NumberType
from app.core.types import Embeddings, FileId, PhotoFile, PhotoId, RgbImage
from app.files.decoding import decode_full
from app.files.reading import read_photo
from app.files.thumbnails import ThumbnailStore
from app.startup import default_threads
from app.vision.captioner import BlipCaptioner
from app.vision.checkpoints.weights import inspect
from app.vision.device import choose_device
from app.vision.embedder import ClipEmbedder
from app.vision.measuring import MOST_DRIFT, drift
from app.vision.number_types import fitting_types, is_convolutional
from tests.benchmarks.measuring import machine, print_table
from tests.checkpoints import build_blip_base, build_vit_b_32

VIT_B_32_GFLOP = 8.8
"""One photo through the image tower: two operations a weight and position, and attention."""
NEIGHBOURS = 10
FEWEST_KEPT = 0.95
FEWEST_PHOTOS = 200
_LINEAR = (800, 768, 3072)
"""Rows, inputs and outputs of the largest layer of a ViT-B/32 with 16 photos in one pass."""
_AT_MOST_PX = 4096


def main() -> None:
    """Print three tables; ends with 1 where the fidelity misses its aim."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, default=Path("../shared/photos/everyday"))
    parser.add_argument("--threads", type=int, default=default_threads())
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--speed", action="store_true")
    part.add_argument("--fidelity", action="store_true")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as scratch:
        if not options.fidelity:
            _print_speed(Path(scratch), options.threads)
        if not options.speed and not _print_fidelity(Path(scratch), options.photos, options.threads):
            raise SystemExit(1)


def _print_speed(scratch: Path, threads: int) -> None:
    device = choose_device()
    rates = {name: _gemm_rate(device, name, threads) for name in ("float32", "bfloat16")}
    print_table([["GEMM", "GFLOP/s"], *([name, rate] for name, rate in rates.items())])
    random = np.random.default_rng(0)
    images = [random.integers(0, 256, (384, 512, 3), dtype=np.uint8) for _ in range(16)]
    types = dict.fromkeys(["float32", "bfloat16", *fitting_types(device, is_convolutional=False)])
    rows: list[list[object]] = [["model", "number type", "per second", "ratio to float32", "share of GEMM rate"]]
    for title, make, count, gflop in (
        ("ViT-B/32, photos", lambda **how: ClipEmbedder(build_vit_b_32(scratch / "vit"), **how), 16, VIT_B_32_GFLOP),
        ("BLIP-base, captions", lambda **how: BlipCaptioner(build_blip_base(scratch / "blip"), **how), 4, None),
    ):
        exact = 0.0
        for name in types:
            rate = _rate(make, images[:count], device, name, threads)
            exact = exact or rate
            gemm = rates["bfloat16" if name == "bfloat16" else "float32"]
            share = f"{rate * gflop / gemm:.0%}" if gflop else "-"
            rows.append([title, name, rate, rate / exact, share])
    print_table(rows)


def _rate(make: Callable[..., Any], images: Sequence[RgbImage], device: str, name: str, threads: int) -> float:
    """Photos or captions a second, at the best of three passes after one to warm up."""
    model = make(device=device, threads=threads, batch_size=len(images), number_type=name)
    compute = model.embed_images if isinstance(model, ClipEmbedder) else model.caption_images
    if model._way().number_type != name:  # it does not fit by the program's own rules: run it all the same
        model._way = lambda: _forced(type(model)._way(model), name)
    compute(images[:1])
    best = float("inf")
    for _ in range(3):
        before = time.perf_counter()
        compute(images)
        best = min(best, time.perf_counter() - before)
    model.unload()
    return len(images) / best


def _forced(way: Any, name: str) -> Any:
    from dataclasses import replace

    return replace(way, number_type=name)


def _gemm_rate(device: str, name: str, threads: int) -> float:
    """GFLOP/s of a large multiplication, at the best of several."""
    import torch

    torch.set_num_threads(threads)
    rows, inputs, outputs = _LINEAR
    left = torch.randn(rows, inputs, device=device).to(getattr(torch, name))
    right = torch.randn(inputs, outputs, device=device).to(getattr(torch, name))
    best = float("inf")
    for _ in range(20):
        before = time.perf_counter()
        float((left @ right)[0, 0])
        best = min(best, time.perf_counter() - before)
    return 2 * rows * inputs * outputs / best / 1e9


def _print_fidelity(scratch: Path, photos: Path, threads: int) -> bool:
    """Whether everything is within its aim."""
    files = sorted(path for path in photos.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".heic"))
    store = ThumbnailStore(scratch / "thumbnails")
    with ThreadPoolExecutor(threads) as pool:
        pairs = [pair for pair in pool.map(lambda each: _pair(*each, store), enumerate(files)) if pair is not None]
    if len(pairs) < FEWEST_PHOTOS:
        raise SystemExit(f"{photos} has {len(pairs)} photos; fidelity needs {FEWEST_PHOTOS}. Name a folder: --photos")
    full, thumbnails = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    folder = paths.resource("models", "starter")
    device = choose_device()
    has_convolutions = is_convolutional(inspect(folder, "embedder"))

    def embed(images: Sequence[RgbImage], name: NumberType) -> Embeddings:
        return ClipEmbedder(folder, device=device, threads=threads, number_type=name).embed_images(images)

    exact = embed(full, "float32")
    rows: list[list[object]] = [["starter", "moved by", f"of the {NEIGHBOURS} nearest kept", ""]]
    ways = [("thumbnails, float32", embed(thumbnails, "float32"))]
    ways += [
        (f"full decode, {name}", embed(full, name))
        for name in fitting_types(device, is_convolutional=has_convolutions)[1:]
    ]
    is_good = True
    for title, vectors in ways:
        moved, kept = drift(exact, vectors) or 0.0, _kept(exact, vectors)
        passes = moved <= MOST_DRIFT and kept >= FEWEST_KEPT
        is_good = is_good and passes
        rows.append([title, f"{moved:.2%}", f"{kept:.1%}", "pass" if passes else "FAIL"])
    print(f"{len(pairs)} photos of {photos.name}")
    print_table(rows)
    return is_good


def _pair(number: int, path: Path, store: ThumbnailStore) -> tuple[RgbImage, RgbImage] | None:
    """A photo decoded in full, and its stored thumbnail; None where it can't be read."""
    status = path.stat()
    file = PhotoFile(PhotoId(number), FileId(number), path, status.st_size, status.st_mtime_ns)
    try:
        read_photo(file, store)
        full, thumbnail = decode_full(path, _AT_MOST_PX), store.read(PhotoId(number))
    except OrielError:
        return None
    return (full, thumbnail) if thumbnail is not None else None


def _kept(exact: Embeddings, moved: Embeddings) -> float:
    """The mean share of each photo's nearest that are its nearest still; a photo is not its own neighbour."""

    def nearest(vectors: Embeddings) -> np.ndarray:
        scores = vectors @ vectors.T
        np.fill_diagonal(scores, -np.inf)
        return np.argsort(-scores, axis=1)[:, :NEIGHBOURS]

    before, after = nearest(exact), nearest(moved)
    shared = [len(set(left) & set(right)) for left, right in zip(before.tolist(), after.tolist(), strict=True)]
    return float(np.mean(shared)) / NEIGHBOURS


if __name__ == "__main__":
    main()
