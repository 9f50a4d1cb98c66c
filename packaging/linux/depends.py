"""Names the Debian packages, with their least versions, whose libraries the built program needs and does not bring."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from libraries import is_elf, needed, package_of

PLUGINS_ONLY = re.compile(r"lib(mysqlclient|pq|odbc|fbclient|mimerapi|gtk-3|gdk-3)")
"""Asked for by optional plug-ins that Qt skips where they can't be loaded."""
ALWAYS = ("libegl1", "libgl1")
"""Opened by name at run-time, so that no file lists them."""


def main(folder: Path) -> None:
    """Print the value of the package's Depends field."""
    files = [file for file in folder.rglob("*") if file.is_file() and is_elf(file)]
    brought = {file.name for file in files}
    wanted = {name for file in files for name in needed(file)} - brought
    places = _libraries_of_the_system()
    packages = {_package(name, places) for name in wanted if not PLUGINS_ONLY.match(name)} | set(ALWAYS)
    versions = _least_versions([file for file in files if not file.is_symlink()])
    sys.stdout.write(", ".join(package + versions.get(package, "") for package in sorted(packages)) + "\n")


def _package(library: str, places: dict[str, Path]) -> str:
    package = package_of(places[library]) if library in places else None
    if package is None:
        raise SystemExit(f"No installed package holds {library}")
    return package


def _libraries_of_the_system() -> dict[str, Path]:
    """Where the system finds each library."""
    told = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    return {name: Path(place) for name, place in reversed(re.findall(r"^\s+(\S+) \(.*\) => (.+)$", told, re.MULTILINE))}


def _least_versions(files: list[Path]) -> dict[str, str]:
    """By package, such as " (>= 2.36)": what the symbols that the files use first appeared in."""
    with tempfile.TemporaryDirectory() as place:
        control = Path(place, "debian", "control")
        control.parent.mkdir()
        control.write_text("Source: oriel\n\nPackage: oriel\nArchitecture: any\n", encoding="utf-8")
        own = [f"-l{folder}" for folder in {file.parent for file in files}]
        command = ["dpkg-shlibdeps", "-O", "--ignore-missing-info", "--warnings=0", *own, *map(str, files)]
        told = subprocess.run(command, cwd=place, capture_output=True, text=True, check=True).stdout
    return dict(re.findall(r"([a-z0-9.+-]+)( \([^)]+\))", told.partition("Depends=")[2]))


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
