"""Names the Debian packages whose libraries the built program needs and does not bring."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PLUGINS_ONLY = re.compile(r"lib(mysqlclient|pq|odbc|fbclient|mimerapi|gtk-3|gdk-3)")
"""Asked for by optional plug-ins that Qt skips where they can't be loaded."""
ALWAYS = ("libegl1", "libgl1")
"""Opened by name at run-time, so that no file lists them."""


def main(folder: Path) -> None:
    """Print the value of the package's Depends field."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    brought = {file.name for file in files}
    wanted = {name for file in files if _is_elf(file) for name in _needed(file)} - brought
    packages = {_package(name) for name in wanted if not PLUGINS_ONLY.match(name)}
    sys.stdout.write(", ".join(sorted(packages | set(ALWAYS))) + "\n")


def _is_elf(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(4) == b"\x7fELF"


def _needed(file: Path) -> list[str]:
    told = subprocess.run(["objdump", "-p", file], capture_output=True, text=True, check=True).stdout
    return re.findall(r"NEEDED\s+(\S+)", told)


def _package(library: str) -> str:
    """The installed package that holds the library, without the machine's architecture."""
    told = subprocess.run(["dpkg", "-S", f"*/{library}"], capture_output=True, text=True, check=False).stdout
    if not told:
        raise SystemExit(f"No installed package holds {library}")
    return told.partition(":")[0]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
