"""Takes out of ICU's data what Qt never asks for: names of units, currencies, languages and the like, in all languages.

The library holds one package of files (``udata.h``, "CmnD"): a table of names and places, then the files, each at a
multiple of 16 bytes. Qt's core compares words (``coll``), reads old encodings (``.cnv``) and knows time zones by their
identifiers; it has names, numbers and dates of its own. Files straight in the package's root are kept as they are.
"""

from __future__ import annotations

import struct
import subprocess
import tempfile
from pathlib import Path

NEVER_ASKED_FOR = frozenset({"brkitr", "curr", "lang", "rbnf", "region", "translit", "unit", "zone"})
"""Folders of the package: words' and lines' ends, currencies, languages, numbers in words, countries, other scripts,
units, names of time zones."""

_ALIGNMENT = 16
_SOURCE = """
.section .note.GNU-stack,"",%progbits
.section .rodata
.balign {alignment}
.globl {symbol}
.type {symbol}, %object
{symbol}: .incbin "{package}"
.size {symbol}, . - {symbol}
"""


def trim(folder: Path) -> None:
    """Write every libicudata below the folder anew, without what is never asked for."""
    for library in folder.rglob("libicudata.so.*"):
        if not library.is_symlink():
            _trim_library(library)


def _trim_library(library: Path) -> None:
    symbol = _told("nm", "-D", "--defined-only", "--format=just-symbols", library).strip()
    with tempfile.TemporaryDirectory() as place:
        package, source, compiled = (Path(place, name) for name in ("icu.dat", "icu.s", "icu.o"))
        _told("objcopy", "-O", "binary", "--only-section=.rodata", library, package)
        package.write_bytes(without(package.read_bytes(), NEVER_ASKED_FOR))
        source.write_text(_SOURCE.format(alignment=_ALIGNMENT, symbol=symbol, package=package), encoding="utf-8")
        _told("as", "-o", compiled, source)
        _told(
            "ld", "-shared", "-z", "noexecstack", "--hash-style=gnu", "-soname", library.name, "-o", library, compiled
        )


def _told(*words: object) -> str:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=True).stdout


def without(package: bytes, folders: frozenset[str]) -> bytes:
    """A package of ICU's data without the files of these folders.

    Raises:
        SystemExit: it is no such package, or has none of a folder: ICU has changed, and this needs a look.
    """
    header_size, magic, format_name = struct.unpack_from("<HH8x4s", package)
    if (magic, format_name) != (0x27DA, b"CmnD"):
        raise SystemExit("libicudata holds no package that icu_data.py knows")
    files = dict(_files(package[header_size:]))
    kept = {name: file for name, file in files.items() if _folder(name) not in folders}
    if missing := folders - {_folder(name) for name in files}:
        raise SystemExit(f"ICU's data has no {', '.join(sorted(missing))} any more: see icu_data.py")
    return package[:header_size] + _packed(kept)


def _folder(name: str) -> str:
    """Of ``icudt73l/curr/de.res``: ``curr``; of a file in the root: nothing."""
    return name.split("/")[1] if name.count("/") > 1 else ""


def _files(table: bytes) -> list[tuple[str, bytes]]:
    """Names and contents, in their order; places in the table count from its start."""
    (count,) = struct.unpack_from("<I", table)
    entries = list(struct.iter_unpack("<II", table[4 : 4 + 8 * count]))
    ends = [*(begin for _, begin in entries[1:]), len(table)]
    return [
        (table[name : table.index(b"\0", name)].decode("ascii"), table[begin:end])
        for (name, begin), end in zip(entries, ends, strict=True)
    ]


def _packed(files: dict[str, bytes]) -> bytes:
    names = [name.encode("ascii") + b"\0" for name in files]
    names_begin = 4 + 8 * len(files)
    place = names_begin + sum(map(len, names))
    padding = -place % _ALIGNMENT
    place += padding
    entries = b""
    for name, file in zip(names, files.values(), strict=True):
        entries += struct.pack("<II", names_begin, place)
        names_begin += len(name)
        place += len(file) + -len(file) % _ALIGNMENT
    contents = (file + bytes(-len(file) % _ALIGNMENT) for file in files.values())
    return struct.pack("<I", len(files)) + entries + b"".join(names) + bytes(padding) + b"".join(contents)
