"""What all benchmarks share: the line about the machine, core time, tables, and pictures to work on."""

from __future__ import annotations

import os
import platform
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from app.vision.device import prepare_environment

prepare_environment()  # as the program does before its first model

TWELVE_MEGAPIXELS = (4000, 3000)
DIFFERENT_PICTURES = 16


@dataclass
class Cost:
    """What a stretch of work cost this process and its children: seconds by the clock, and of all cores together."""

    wall_s: float = 0.0
    core_s: float = 0.0


@contextmanager
def costing() -> Iterator[Cost]:
    """Measure the body; the figures stand in the yielded Cost afterwards."""
    cost = Cost()
    wall, core = time.perf_counter(), _core_s()
    yield cost
    cost.wall_s, cost.core_s = time.perf_counter() - wall, _core_s() - core


def _core_s() -> float:
    """Of this process, of children that have ended, and of those that live."""
    ended = os.times()
    total = time.process_time() + ended.children_user + ended.children_system
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            times = child.cpu_times()
            total += times.user + times.system
    return total


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine() -> str:
    """One line to print above every table."""
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"
    return f"{cores()} cores, {load} at start, {platform.machine()}, Python {platform.python_version()}"


def print_table(rows: Sequence[Sequence[object]]) -> None:
    """Print rows in aligned columns; the first row is the heading."""
    texts = [[f"{cell:,.3f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in texts) for column in range(len(texts[0]))]
    for number, row in enumerate(texts):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` percent of all values lie."""
    return float(np.percentile(np.asarray(values), share))


def make_photos(folder: Path, count: int, size: tuple[int, int] = TWELVE_MEGAPIXELS) -> None:
    """JPEGs as a camera writes them (4:2:0, quality 90, detail everywhere); every 16th shows the same picture."""
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(cores()) as pool:
        bases = list(pool.map(_make_photo, [folder] * DIFFERENT_PICTURES, range(DIFFERENT_PICTURES), [size] * 16))
    for number in range(DIFFERENT_PICTURES, count):
        shutil.copyfile(bases[number % DIFFERENT_PICTURES], folder / f"photo_{number:05}.jpg")


def _make_photo(folder: Path, number: int, size: tuple[int, int]) -> Path:
    random = np.random.default_rng(number)
    width, height = size
    coarse = random.integers(0, 256, (12, 16, 3)).astype(np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC), dtype=np.int16)
    detail = random.integers(-12, 13, (height, width, 1), dtype=np.int16)
    path = folder / f"photo_{number:05}.jpg"
    Image.fromarray(np.clip(smooth + detail, 0, 255).astype(np.uint8)).save(path, quality=90, subsampling=2)
    return path
