"""Says how large the built program is, by library, as a table for README.md; fails where it is too large."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

SHOWN_MB = 1
LIMIT_MB = 800


def main(folder: Path) -> int:
    """Print the table, largest first; links count nothing. 0 if the whole is within the limit."""
    sizes: Counter[str] = Counter()
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            sizes[_library(file.relative_to(folder))] += file.stat().st_size
    small = sum(size for size in sizes.values() if size < SHOWN_MB * 1e6)
    sys.stdout.write("| part | MB |\n|---|---|\n")
    for name, size in sizes.most_common():
        if size >= SHOWN_MB * 1e6:
            sys.stdout.write(f"| {name} | {size / 1e6:.0f} |\n")
    total_mb = sum(sizes.values()) / 1e6
    sys.stdout.write(f"| all else | {small / 1e6:.0f} |\n| **together** | **{total_mb:.0f}** |\n")
    if total_mb > LIMIT_MB:
        sys.stdout.write(f"BROKEN  larger than {LIMIT_MB} MB\n")
    return 1 if total_mb > LIMIT_MB else 0


def _library(file: Path) -> str:
    parts = file.parts[1:] if file.parts[0] == "_internal" else file.parts
    if len(parts) == 1:
        return "oriel (the program and Python's modules)" if parts[0].startswith("oriel") else "system libraries"
    return parts[0].removesuffix(".libs").removesuffix("_cpu")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
