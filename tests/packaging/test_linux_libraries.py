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


OWN, THEIRS = "faiss_cpu.libs/libopenblaso-r0-d77a1985.3.15.so", "other.libs/libopenblasp-r0-59ffcd50.3.15.so"
FORTRAN = "faiss_cpu.libs/libgfortran-83c28eba.so.5.0.0"


def brought_twice(
    libraries: ModuleType, monkeypatch: pytest.MonkeyPatch, *, own: set[str], theirs: str = THEIRS
) -> set[tuple[str, str]]:
    """What is linked where two bring OpenBLAS, and a caller of the other one asks it for sgemm."""
    functions = {OWN: own, theirs: {"sgemm", "dgemm"}, "caller": {"sgemm", "malloc"}}
    monkeypatch.setattr(libraries, "_functions", lambda file, _which: functions[str(file).partition(" needs ")[0]])
    entries = [
        ("cv2.so", f"caller needs {Path(theirs).name}", "EXTENSION"),
        ("faiss.so", f"faiss needs {Path(OWN).name}", "EXTENSION"),
        (OWN, f"{OWN} needs libgfortran-83c28eba.so.5.0.0", "BINARY"),
        (FORTRAN, f"{FORTRAN} needs ", "BINARY"),
        (theirs, f"{theirs} needs libgfortran-1.so", "BINARY"),
        ("other.libs/libgfortran-1.so", "other.libs/libgfortran-1.so needs ", "BINARY"),
    ]
    monkeypatch.setattr(libraries, "is_of_the_system", lambda entry: False)
    return {(place, source) for place, source, kind in libraries.shared(entries) if kind != "EXTENSION"}


def test_a_library_that_two_bring_comes_once_with_all_that_it_needs_linked_beside(
    libraries: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = brought_twice(libraries, monkeypatch, own={"sgemm", "dgemm"})
    assert {place for place, _ in kept} == {OWN, FORTRAN, THEIRS, "other.libs/libgfortran-83c28eba.so.5.0.0"}
    assert (THEIRS, f"../{OWN}") in kept
    assert ("other.libs/libgfortran-83c28eba.so.5.0.0", f"../{FORTRAN}") in kept


@pytest.mark.parametrize(
    ("own", "theirs"),
    [
        ({"dgemm"}, THEIRS),
        ({"sgemm", "dgemm"}, THEIRS.replace("3.15", "3.29")),
        ({"sgemm", "dgemm"}, THEIRS.replace("openblasp-r0", "blis")),
    ],
    ids=["lacks a function that is called", "is of another version", "is another library"],
)
def test_a_library_is_not_shared_that(
    libraries: ModuleType, monkeypatch: pytest.MonkeyPatch, own: set[str], theirs: str
) -> None:
    kept = brought_twice(libraries, monkeypatch, own=own, theirs=theirs)
    assert theirs in {place for place, source in kept if not source.startswith("..")}


@pytest.mark.parametrize(
    ("own", "theirs"),
    [
        ("faiss_cpu.libs/libgfortran-83c28eba.so.5.0.0", "numpy.libs/libgfortran-040039e1-0352e75f.so.5.0.0"),
        ("faiss_cpu.libs/libgomp-e985bcbb.so.1.0.0", "rawpy.libs/libgomp-a34b3233.so.1.0.0"),
        ("pillow.libs/libavif-c6062d5f.so.16.4.2", "opencv_python_headless.libs/libavif-01ab23cd.so.16.4.2"),
    ],
)
def test_what_packages_bring_under_names_of_their_own_is_known_as_the_same(
    libraries: ModuleType, own: str, theirs: str
) -> None:
    assert libraries._name_and_version((own, own, "BINARY")) == libraries._name_and_version((theirs, theirs, "BINARY"))
    assert libraries.BROUGHT_TWICE.search(own)
