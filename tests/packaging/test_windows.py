"""What Windows is told of Oriel: version resource, manifest, installer."""

from __future__ import annotations

import ctypes
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app import APP_ID, APP_NAME, __version__
from app.files.walk.formats import PICTURE_SUFFIXES
from tests.packaging.frozen import PACKAGING, Asked, read_spec

WINDOWS = PACKAGING / "windows"


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Asked]:
    with pytest.MonkeyPatch.context() as patch:
        told = read_spec("win32", tmp_path_factory.mktemp("windows"), patch)
    return {str(program["name"]): program for program in told["EXE"]}


@pytest.fixture
def script() -> str:
    return (WINDOWS / "oriel.iss").read_text(encoding="utf-8")


def test_one_program_has_a_window_the_other_a_console(programs: dict[str, Asked]) -> None:
    assert {name: program["console"] for name, program in programs.items()} == {APP_NAME: False, "oriel-cli": True}


def _evaluated(text: str) -> dict[str, Any]:
    """The text as PyInstaller evaluates it, its classes standing in as plain values."""
    read: dict[str, Any] = eval(
        text,
        {
            "VSVersionInfo": lambda *, ffi, kids: {**ffi, **{name: value for kid in kids for name, value in kid}},
            "FixedFileInfo": lambda **fields: fields,
            "StringFileInfo": lambda tables: tables[0],
            "StringTable": lambda language, strings: [("language", language), *strings],
            "StringStruct": lambda name, value: (name, value),
            "VarFileInfo": lambda variables: variables,
            "VarStruct": lambda name, value: (name, value),
        },
    )
    return read


def test_each_program_tells_its_name_and_version(programs: dict[str, Asked]) -> None:
    numbers = tuple(int(part) for part in re.match(r"\d+\.\d+\.\d+", __version__).group().split("."))  # type: ignore[union-attr]
    for name, program in programs.items():
        read = _evaluated(Path(program["version"]).read_text(encoding="utf-8"))
        assert read["filevers"] == read["prodvers"] == (*numbers, 0)
        assert read["ProductVersion"] == __version__
        assert read["OriginalFilename"] == f"{name}.exe"
        assert read["FileDescription"].startswith(APP_NAME)
        assert read["Translation"] == [0x0409, 1200]
        assert read["language"] == "040904B0"


def test_the_manifest_asks_for_long_paths_and_each_screens_own_scale(programs: dict[str, Asked]) -> None:
    settings = {
        element.tag.partition("}")[2]: element.text for element in ET.parse(programs[APP_NAME]["manifest"]).iter()
    }
    assert settings["longPathAware"] == "true"
    assert settings["dpiAwareness"] is not None
    assert settings["dpiAwareness"].startswith("PerMonitorV2")


def _sections(script: str) -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    for line in script.splitlines():
        if found := re.fullmatch(r"\[(\w+)\]", line):
            sections[found.group(1)] = []
        elif line.strip() and not line.startswith((";", "#")) and sections:
            sections[list(sections)[-1]].append(line)
    return sections


def _entries(script: str, section: str) -> list[dict[str, str]]:
    """Each line of a section as its parameters; a quotation mark inside a value is doubled."""
    pair = re.compile(r'\s*(\w+): ((?:"(?:[^"]|"")*")|[^;"]+)(?:;|$)')
    entries = []
    for line in _sections(script)[section]:
        found = list(pair.finditer(line))
        assert "".join(match.group() for match in found) == line, line
        entries.append({m.group(1): m.group(2).strip('"').replace('""', '"') for m in found})
    return entries


def test_id_and_version_come_from_the_build(script: str) -> None:
    package = (WINDOWS / "package").read_text(encoding="utf-8")
    wanted = set(re.findall(r"\{#(\w+)\}", script))
    assert wanted == set(re.findall(r'"/D(\w+)=', package))
    assert "app.APP_ID, app.__version__" in package
    assert APP_ID not in script
    assert __version__ not in script


def test_setup_is_per_person_for_64_bits_and_waits_for_an_open_window(script: str) -> None:
    setup = dict(line.split("=", 1) for line in _sections(script)["Setup"])
    assert setup["PrivilegesRequired"] == "lowest"
    assert setup["PrivilegesRequiredOverridesAllowed"] == "dialog"
    assert setup["ArchitecturesAllowed"] == setup["ArchitecturesInstallIn64BitMode"] == "x64compatible"
    assert setup["AppId"] == setup["AppMutex"] == "{#AppIdentifier}"
    assert all(icon["AppUserModelID"] == "{#AppIdentifier}" for icon in _entries(script, "Icons"))


def test_an_open_window_holds_the_mutex_that_setup_looks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from app.ui import application

    held: list[str] = []
    kernel32 = SimpleNamespace(CreateMutexW=lambda _security, _owned, name: held.append(name))
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel32), raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    application._hold_mutex()
    assert held == [APP_ID]


def test_all_that_is_registered_goes_with_the_program_and_no_default_is_taken(script: str) -> None:
    entries = _entries(script, "Registry")
    removed = {entry["Subkey"] for entry in entries if entry.get("Flags") == "uninsdeletekey"}
    for entry in entries:
        key = entry["Subkey"]
        assert entry["Root"] == "HKA"
        goes = any(key == gone or key.startswith(f"{gone}\\") for gone in removed)
        assert goes or "uninsdeletevalue" in entry["Flags"], key
        # The unnamed value of a suffix is its default program; a whole suffix is never ours to delete.
        if key.startswith("Software\\Classes\\."):
            assert key.endswith("\\OpenWithProgids")
            assert entry["ValueName"] == "Oriel.Image"
            assert entry["Flags"] == "uninsdeletevalue uninsdeletekeyifempty"


def test_every_picture_format_is_offered_to_open_with(script: str) -> None:
    entries = _entries(script, "Registry")
    supported = {entry["ValueName"] for entry in entries if entry["Subkey"].endswith("\\SupportedTypes")}
    offered = {entry["Subkey"].split("\\")[2] for entry in entries if entry["Subkey"].endswith("\\OpenWithProgids")}
    assert supported == offered == {f".{suffix}" for suffix in PICTURE_SUFFIXES}


def test_uninstalling_keeps_the_library_unless_the_person_says_otherwise(script: str) -> None:
    code = script.partition("[Code]")[2]
    asked, deleted = code.index("MsgBox("), code.index("DelTree(")
    assert asked < deleted
    assert "MB_DEFBUTTON2) = IDYES" in code[asked:deleted]
    assert "IsAdminInstallMode or UninstallSilent" in code[:asked]
    assert "UninstallDelete" not in _sections(script)
