"""Says how large the built program is, by library, as a table for README.md."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

SHOWN_MB = 1


def main(folder: Path) -> None:
    """Print the table, largest first; links count nothing."""
    sizes: Counter[str] = Counter()
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            sizes[_library(file.relative_to(folder))] += file.stat().st_size
    small = sum(size for size in sizes.values() if size < SHOWN_MB * 1e6)
    sys.stdout.write("| part | MB |\n|---|---|\n")
    for name, size in sizes.most_common():
        if size >= SHOWN_MB * 1e6:
            sys.stdout.write(f"| {name} | {size / 1e6:.0f} |\n")
    sys.stdout.write(f"| all else | {small / 1e6:.0f} |\n| **together** | **{sum(sizes.values()) / 1e6:.0f}** |\n")


def _library(file: Path) -> str:
    parts = file.parts[1:] if file.parts[0] == "_internal" else file.parts
    if len(parts) == 1:
        return "oriel (the program and Python's modules)" if parts[0].startswith("oriel") else "system libraries"
    return parts[0].removesuffix(".libs").removesuffix("_cpu")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
