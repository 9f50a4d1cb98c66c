"""Looking through a library in which nothing changed: `python -m tests.benchmarks.rescanning [--files 100000]`.

A folder of empty files: a third are single photos, the others JPEG + raw, Live Photos, edited twins, with sidecars. The
floor, taken in the same run: listing the folders and asking the system for each file's size and time.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from app.core.types import Summary
from app.library.intake.importing import import_folder, rescan
from app.startup import close_library
from tests.benchmarks.measuring import machine, print_table
from tests.making import make_library

A_FOLDER = 1000
"""Files in one folder; ``--one-folder`` puts all into one."""


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--one-folder", action="store_true")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as scratch:
        _run(Path(scratch), options.files, options.files if options.one_folder else A_FOLDER)


def _run(scratch: Path, count: int, a_folder: int) -> None:
    photos = scratch / "photos"
    _make_files(photos, count, a_folder)
    library = make_library(scratch / "library")
    floor_s = min(_timed(lambda: _look(photos)) for _ in range(3))
    first_s = _timed(lambda: list(import_folder(library, photos)))
    facts = []
    again_s = min(_timed(lambda: facts.append(list(rescan(library))[-1])) for _ in range(3))
    close_library(library)
    last = facts[-1]
    if not isinstance(last, Summary) or last.added or last.updated:
        raise SystemExit(f"something changed: {last}")
    print_table(
        [
            ["", "s", "files/s", "times the floor"],
            ["looking only (floor)", f"{floor_s:.2f}", f"{count / floor_s:,.0f}", "1.0"],
            ["taking in", f"{first_s:.2f}", f"{count / first_s:,.0f}", f"{first_s / floor_s:.1f}"],
            ["looking through again", f"{again_s:.2f}", f"{count / again_s:,.0f}", f"{again_s / floor_s:.1f}"],
        ],
    )
    print(f"{last.unchanged:,} photos unchanged, left out: {dict(last.left_out)}")


def _make_files(folder: Path, count: int, a_folder: int) -> None:
    made = 0
    while made < count:
        number = made // 10
        inside = folder / f"{made // a_folder:04}"
        inside.mkdir(parents=True, exist_ok=True)
        for name in _ten(number):
            (inside / name).touch()
            made += 1


def _ten(number: int) -> list[str]:
    """Ten files, six photos."""
    first, second, third = (f"IMG_{10000 + number * 3 + n}" for n in range(3))
    return [
        f"{first}.JPG",
        f"{second}.JPG",
        f"{third}.JPG",
        f"DSC{number:06}.JPG",
        f"DSC{number:06}.ARW",
        f"DSC{number:06}.xmp",
        f"P{number:06}.HEIC",
        f"P{number:06}.MOV",
        f"Q{number:06}.jpg",
        f"Q{number:06}-edited.jpg",
    ]


def _look(folder: Path) -> None:
    for place, _folders, names in os.walk(folder):
        for name in names:
            os.stat(os.path.join(place, name))  # noqa: PTH116, PTH118 (the floor)


def _timed(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


if __name__ == "__main__":
    main()
