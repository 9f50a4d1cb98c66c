"""Decides which shared libraries come along on Linux, strips them, and finds the licence texts of those of the system.

Entries are PyInstaller's: (place in the program, source, kind).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

Entry = tuple[str, str, str]

OF_THE_SYSTEM = re.compile(
    r"lib("
    # Drivers and the desktop's own libraries are loaded into the same process and bring newer versions' needs.
    r"stdc\+\+|gcc_s|z|lzma|zstd|lz4|expat|X11|X11-xcb|Xau|Xdmcp|fontconfig|freetype|dbus-1|systemd|gcrypt|gpg-error|cap|bsd|md|"
    r"glib-2\.0|gthread-2\.0|gio-2\.0|gobject-2\.0|gmodule-2\.0|"
    # Kerberos reads the system's settings and plug-ins.
    r"com_err|krb5|krb5support|k5crypto|gssapi_krb5|keyutils|"
    # What a machine with NVIDIA's tools happens to have.
    r"cud\w+|nv\w+"
    r")[.-]"
)
"""Left to the system, as the lists of AppImage and others do; the Debian package depends on them."""
OPENED_BY_NAME = re.compile(r"torch/lib/|libpython|.*/plugins/")
BROUGHT_TWICE = re.compile(r"lib(?P<name>openblas|avif|gomp|gfortran)\w*(-r0)?(-[0-9a-f]{8}){1,2}\.(?P<version>.+)$")
"""Libraries of which several packages bring the same version under names of their own, 40 MB each in the worst case."""
OWNERS = ("faiss_cpu.libs", "pillow.libs")
"""Whose of them stays: FAISS computes with OpenBLAS, Pillow opens AVIF; others are only linked to theirs."""


def chosen(entries: Iterable[Entry]) -> list[Entry]:
    """Without those of the system, and without those that nothing which comes along asks for."""
    kept = [entry for entry in entries if not (is_of_the_system(entry) and OF_THE_SYSTEM.match(entry[0]))]
    needs = {source: needed(Path(source)) for _, source, kind in kept if kind != "SYMLINK"}
    while True:
        wanted = {name for _, source, kind in kept if kind != "SYMLINK" for name in needs[source]}
        rest = [entry for entry in kept if not _is_idle(entry, wanted)]
        if len(rest) == len(kept):
            return kept
        kept = rest


def _is_idle(entry: Entry, wanted: set[str]) -> bool:
    place, _, kind = entry
    name = PurePosixPath(place).name
    return kind == "BINARY" and ".so" in name and not OPENED_BY_NAME.match(place) and name not in wanted


def shared(entries: Iterable[Entry]) -> list[Entry]:
    """With links to the owner's library in the place of those that others brought of the same version.

    Only where it has every function that is called in the other, in the same version: OpenBLAS with OpenMP serves
    who brought the one with threads, which differ in nothing else than in how they share out the work.
    """
    kept = list(entries)
    twice = [entry for entry in kept if entry[2] == "BINARY" and BROUGHT_TWICE.search(entry[0])]
    owned = {_name_and_version(entry): entry for entry in twice if PurePosixPath(entry[0]).parent.name in OWNERS}
    for other in twice:
        one = owned.get(_name_and_version(other))
        if one is not None and one is not other and _serves(one, other, kept):
            place = PurePosixPath(other[0]).parent
            links = [_link(other[0], one), *(_link(place / name, entry) for name, entry in _beside(one, kept).items())]
            taken = {link[0] for link in links}
            kept = [*(entry for entry in kept if entry[0] not in taken), *links]
    return chosen(kept)


def _name_and_version(entry: Entry) -> tuple[str, str]:
    found = BROUGHT_TWICE.search(entry[0])
    return (found["name"], found["version"]) if found else ("", "")


def _beside(library: Entry, entries: list[Entry]) -> dict[str, Entry]:
    """By name: what a library asks for of its own folder, and what that asks for."""
    place = PurePosixPath(library[0]).parent
    there = {PurePosixPath(entry[0]).name: entry for entry in entries if PurePosixPath(entry[0]).parent == place}
    found: dict[str, Entry] = {}
    wanted = needed(Path(library[1]))
    while wanted:
        name = wanted.pop()
        if name in there and name not in found:
            found[name] = there[name]
            wanted += needed(Path(there[name][1]))
    return found


def _serves(one: Entry, other: Entry, entries: Iterable[Entry]) -> bool:
    """Whether one library has all that others call in the other."""
    name = PurePosixPath(other[0]).name
    callers = [Path(source) for _, source, kind in entries if kind != "SYMLINK" and name in needed(Path(source))]
    asked = {function for caller in callers for function in _functions(caller, "--undefined-only")}
    called = asked & _functions(Path(other[1]), "--defined-only")
    return bool(called) and called <= _functions(Path(one[1]), "--defined-only")


def _functions(library: Path, which: str) -> set[str]:
    """Names with their versions, such as ``GOMP_parallel@GOMP_4.0``."""
    told = subprocess.run(["nm", "-D", which, "-P", library], capture_output=True, text=True, check=True).stdout
    return {line.split()[0].replace("@@", "@") for line in told.splitlines()}


def _link(place: str | PurePosixPath, target: Entry) -> Entry:
    return str(place), os.path.relpath(target[0], PurePosixPath(place).parent), "SYMLINK"


def whole_links(entries: Iterable[Entry], brought: Iterable[Entry]) -> list[Entry]:
    """Without links to files that stay out."""
    names = {PurePosixPath(place).name for place, _, kind in brought if kind != "SYMLINK"}
    return [entry for entry in entries if entry[2] != "SYMLINK" or PurePosixPath(entry[1]).name in names]


def is_of_the_system(entry: Entry) -> bool:
    """A library that no Python package brought."""
    packages = Path(sysconfig.get_path("platlib")).resolve()
    return entry[2] == "BINARY" and packages not in Path(entry[1]).absolute().parents


def licences(entries: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    """(source, folder in the program) of the licence of each library of the system.

    Raises:
        SystemExit: a library comes along that has no licence text on this machine.
    """
    for entry in filter(is_of_the_system, entries):
        package = package_of(Path(entry[1]))
        text = Path("/usr/share/doc", package or "", "copyright")
        if package and text.is_file():
            yield str(text), f"licences/system/{package}"
        elif not entry[0].startswith("libpython"):  # that one is Python's, whose licence is there
            sys.exit(f"{entry[0]} would come along without its licence: {entry[1]} is of no package with {text}")


def package_of(library: Path) -> str | None:
    """The installed Debian package that holds the library, without the machine's architecture."""
    if shutil.which("dpkg") is None:
        return None
    command = ["dpkg", "-S", f"*/{library.resolve().name}"]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    for package, file in re.findall(r"^([a-z0-9.+-]+)(?::\w+)?: (.+)$", told, re.MULTILINE):
        if Path(file).resolve() == library.resolve():
            return str(package)
    return None


def needed(file: Path) -> list[str]:
    """The names of the libraries that an ELF file asks for; none for other files."""
    if not is_elf(file):
        return []
    told = subprocess.run(["objdump", "-p", file], capture_output=True, text=True, check=True).stdout
    return re.findall(r"NEEDED\s+(\S+)", told)


def is_elf(file: Path) -> bool:
    """Whether the file is a program or library."""
    with file.open("rb") as stream:
        return stream.read(4) == b"\x7fELF"


def strip(folder: Path) -> None:
    """Take the symbols for debuggers out of every library that stays whole without them."""
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink() and is_elf(file):
            beside = file.with_name(f"{file.name}.stripped")
            subprocess.run(["strip", "--strip-unneeded", "-o", beside, file], check=True)
            if _is_aligned(beside):
                beside.replace(file)
            else:
                beside.unlink()


def _is_aligned(file: Path) -> bool:
    """Libraries that were patched after they were linked can lose this, and the system refuses to load them then."""
    told = subprocess.run(["readelf", "-lW", file], capture_output=True, text=True, check=True).stdout
    page = 4096
    places = re.findall(r"LOAD\s+(0x\w+)\s+(0x\w+)", told)
    return all((int(offset, 16) - int(address, 16)) % page == 0 for offset, address in places)
