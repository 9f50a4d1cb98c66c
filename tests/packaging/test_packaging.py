"""What stands in packaging/ agrees with the program: names, versions, and every library that it depends on."""

from __future__ import annotations

import configparser
import os
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import app
from app import __main__, paths

ROOT = Path(__file__).resolve().parents[2]
LINUX = ROOT / "packaging" / "linux"


def filled(name: str) -> str:
    """A file of packaging/linux as linux/package writes it."""
    text = (LINUX / name).read_text(encoding="utf-8")
    return text.replace("@APP_ID@", app.APP_ID).replace("@VERSION@", app.__version__).replace("@DATE@", "2026-01-01")


def desktop_entry() -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(filled("oriel.desktop"))
    return parser["Desktop Entry"]


def pins() -> dict[str, str]:
    lines = (ROOT / "packaging" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    kept = (line.strip() for line in lines if line.strip() and not line.startswith("#"))
    matches = {line: re.fullmatch(r"([A-Za-z0-9._-]+)==([^\s;]+)", line) for line in kept}
    assert all(matches.values()), [line for line, match in matches.items() if match is None]
    return {canonicalize_name(match[1]): match[2] for match in matches.values() if match}


def test_the_pins_cover_every_dependency_with_a_version_that_it_allows() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["package"]]
    for requirement in map(Requirement, wanted):
        version = pins().get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not in packaging/constraints.txt"
        assert requirement.specifier.contains(version), f"{requirement.name} {version} is not {requirement.specifier}"


def test_the_menu_entry_starts_oriel_with_the_files_and_folders_that_it_is_given() -> None:
    entry = desktop_entry()
    assert entry["Type"] == "Application"
    assert entry["Exec"] == "oriel %F"
    assert entry["Icon"] == entry["StartupWMClass"] == app.APP_ID
    assert entry["Terminal"] == "false"
    assert not __main__.is_for_terminal(["/home/someone/Pictures"])


def test_the_menu_entry_opens_folders_and_images() -> None:
    types = desktop_entry()["MimeType"].rstrip(";").split(";")
    assert types[0] == "inode/directory"
    assert {"image/jpeg", "image/png", "image/heic"} <= set(types)
    assert len(types) == len(set(types))


def test_the_store_entry_names_the_program_its_menu_entry_and_its_version() -> None:
    component = ElementTree.fromstring(filled("oriel.metainfo.xml"))
    assert component.findtext("id") == app.APP_ID
    assert component.findtext("launchable") == f"{app.APP_ID}.desktop"
    assert component.findtext("name") == desktop_entry()["Name"] == app.APP_NAME
    assert component.findtext("summary") == desktop_entry()["Comment"]
    releases = component.findall("releases/release")
    assert releases[0].get("version") == app.__version__
    assert component.findtext("project_license") == "MIT"


def test_no_placeholder_is_left_once_the_files_are_filled() -> None:
    for name in ("oriel.desktop", "oriel.metainfo.xml"):
        assert not re.search(r"@[A-Z_]+@", filled(name)), name


def test_the_version_that_the_program_says_is_the_one_that_is_packed() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "app", "--version"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert told.strip() == f"{app.APP_NAME} {app.__version__}"


def test_everything_under_resources_comes_along() -> None:
    specification = (ROOT / "packaging" / "oriel.spec").read_text(encoding="utf-8")
    assert '(str(ROOT / "resources"), "resources")' in specification
    assert paths.resource("models", "starter", "model.safetensors").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no mark of what may be run")
@pytest.mark.parametrize("name", ["build", "test", "linux/package", "linux/check_package"])
def test_the_commands_may_be_run(name: str) -> None:
    assert (ROOT / "packaging" / name).stat().st_mode & 0o111


@pytest.mark.parametrize("before", [None, "/somewhere/lib"])
def test_programs_that_the_built_oriel_starts_get_the_libraries_of_the_system(
    before: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/oriel/_internal")
    monkeypatch.delenv("LD_LIBRARY_PATH_ORIG", raising=False)
    if before:
        monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", before)
    runpy.run_path(str(LINUX / "children.py"))
    assert os.environ.get("LD_LIBRARY_PATH") == before
    assert "LD_LIBRARY_PATH_ORIG" not in os.environ
