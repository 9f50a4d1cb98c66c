"""Which shared libraries come along on Linux, and that none does without its licence."""

from __future__ import annotations

import importlib.util
import sysconfig
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).resolve().parents[2] / "packaging" / "linux" / "libraries.py"
PACKAGES = sysconfig.get_path("platlib")


@pytest.fixture
def libraries(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, where each file needs what its name says: "a needs b,c"."""
    specification = importlib.util.spec_from_file_location("libraries", FILE)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    monkeypatch.setattr(module, "needed", lambda file: file.name.partition(" needs ")[2].split(","))
    return module


def module_needing(*names: str) -> tuple[str, str, str]:
    return "x.cpython-311-x86_64-linux-gnu.so", f"{PACKAGES}/x needs {','.join(names)}", "EXTENSION"


def of_system(name: str, *needs: str) -> tuple[str, str, str]:
    return name, f"/usr/lib/x86_64-linux-gnu/{name} needs {','.join(needs)}", "BINARY"


def places(entries: list[tuple[str, str, str]]) -> set[str]:
    return {place for place, _, _ in entries}


def test_a_library_that_nothing_needs_stays_out_with_those_that_only_it_needs(libraries: ModuleType) -> None:
    entries = [
        module_needing("liba.so.1"),
        of_system("liba.so.1"),
        of_system("libb.so.1", "libc.so.1"),
        of_system("libc.so.1"),
    ]
    assert places(libraries.chosen(entries)) == {module_needing()[0], "liba.so.1"}


def test_what_torch_and_qt_open_by_name_comes_along(libraries: ModuleType) -> None:
    names = ("torch/lib/libtorch_global_deps.so", "PySide6/Qt/plugins/platforms/libqxcb.so", "libpython3.11.so.1.0")
    entries = [(name, f"{PACKAGES}/{name}", "BINARY") for name in names]
    assert places(libraries.chosen(entries)) == set(names)


def test_drivers_and_the_desktops_libraries_are_the_systems_own(libraries: ModuleType) -> None:
    entries = [
        module_needing("libstdc++.so.6", "libX11.so.6", "libssl.so.3"),
        of_system("libstdc++.so.6"),
        of_system("libX11.so.6"),
    ]
    kept = libraries.chosen([*entries, of_system("libssl.so.3"), of_system("libcudart.so")])
    assert places(kept) == {module_needing()[0], "libssl.so.3"}


def test_a_librarys_own_copy_comes_along_whatever_its_name(libraries: ModuleType) -> None:
    copy = ("pillow.libs/libfreetype.so.6", f"{PACKAGES}/pillow.libs/libfreetype.so.6", "BINARY")
    assert copy in libraries.chosen([module_needing("libfreetype.so.6"), copy])


def test_links_to_what_stays_out_stay_out(libraries: ModuleType) -> None:
    whole, loose = ("liba.so", "x/liba.so", "SYMLINK"), ("libb.so", "x/libb.so", "SYMLINK")
    assert libraries.whole_links([whole, loose], [("x/liba.so", "/x/liba.so", "BINARY"), whole, loose]) == [whole]


def test_a_library_of_the_system_without_a_licence_text_ends_the_build(
    libraries: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries, "package_of", lambda library: None)
    with pytest.raises(SystemExit, match="without its licence"):
        list(libraries.licences([of_system("libssl.so.3")]))
    assert list(libraries.licences([("libpython3.11.so.1.0", "/opt/python/lib/libpython3.11.so.1.0", "BINARY")])) == []
