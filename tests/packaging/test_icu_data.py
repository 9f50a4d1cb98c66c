"""What is taken out of ICU's data on Linux, and that the rest stays what it was."""

from __future__ import annotations

import importlib.util
import struct
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).resolve().parents[2] / "packaging" / "linux" / "icu_data.py"
HEADER = struct.pack("<HHHHBBBB4s16x", 32, 0x27DA, 20, 0, 0, 0, 2, 0, b"CmnD")
FILES = {
    "icudt73l/coll/de.res": b"how German sorts",
    "icudt73l/curr/de.res": b"names of currencies",
    "icudt73l/curr/pool.res": b"what they share",
    "icudt73l/de.res": b"of the root",
    "icudt73l/ibm-943.cnv": b"an encoding, with more than sixteen bytes",
    "icudt73l/zone/de.res": b"names of zones",
}


@pytest.fixture
def icu_data() -> ModuleType:
    specification = importlib.util.spec_from_file_location("icu_data", FILE)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def package(files: dict[str, bytes]) -> bytes:
    """As ICU's own tools write it: all names after the table, each file at a multiple of 16 behind the header."""
    table, names, contents = b"", b"", b""
    names_begin = 4 + 8 * len(files)
    contents_begin = (names_begin + sum(len(name) + 1 for name in files) + 15) // 16 * 16
    for name, content in files.items():
        table += struct.pack("<II", names_begin + len(names), contents_begin + len(contents))
        names += name.encode() + b"\0"
        contents += content.ljust((len(content) + 15) // 16 * 16, b"\0")
    begin = struct.pack("<I", len(files)) + table + names
    return HEADER + begin.ljust(contents_begin, b"\0") + contents


def test_folders_that_qt_never_asks_for_go_and_the_rest_is_as_icu_would_have_packed_it(icu_data: ModuleType) -> None:
    kept = {name: content for name, content in FILES.items() if "/curr/" not in name and "/zone/" not in name}
    assert icu_data.without(package(FILES), frozenset({"curr", "zone"})) == package(kept)


def test_how_words_are_sorted_and_encodings_stay(icu_data: ModuleType) -> None:
    assert icu_data.NEVER_ASKED_FOR.isdisjoint({"", "coll"})


def test_another_make_of_the_data_ends_the_build(icu_data: ModuleType) -> None:
    with pytest.raises(SystemExit, match="no zone any more"):
        icu_data.without(package({"icudt73l/de.res": b"of the root"}), frozenset({"zone"}))
    with pytest.raises(SystemExit, match="no package"):
        icu_data.without(package(FILES).replace(b"CmnD", b"Else"), frozenset({"zone"}))
