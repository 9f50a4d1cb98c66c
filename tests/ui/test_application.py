"""Starting: what keeps a window from opening is said in a sentence, and nothing is overwritten."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QMessageBox

from app import APP_ID
from app.core.errors import CatalogNewer, ModelUnusable
from app.library.intake.importing import import_folder
from app.logs import CrashLog
from app.settings import Settings
from app.startup import close_library
from app.ui import application, qt_check
from app.ui.opening import open_library
from tests.making import make_library, make_photo

ROOT = Path(__file__).parents[2]


def oriel(tmp_path, **environment):
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    return subprocess.run(
        [sys.executable, "-m", "app", "--library", str(tmp_path / "library")],
        env=kept | {"ORIEL_HOME": str(tmp_path)} | environment,
        capture_output=True, text=True, timeout=180, check=False, cwd=ROOT,
    )  # fmt: skip


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="displays are Linux's")
def test_without_a_display_the_program_says_so_and_does_not_abort(tmp_path):
    done = oriel(tmp_path)
    assert done.returncode == 1
    assert "display" in done.stderr
    assert "oriel --help" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="displays are Linux's")
def test_a_display_that_cannot_be_reached_is_said_too(tmp_path):
    done = oriel(tmp_path, DISPLAY=":971")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert ":971" in done.stderr or "system library" in done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="displays are Linux's")
@pytest.mark.parametrize("wanted", ["", "wayland"])
def test_a_wayland_display_that_has_gone_is_said_too(tmp_path, monkeypatch, wanted):
    monkeypatch.setattr(qt_check, "_load_error", lambda pattern: None)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-7")
    monkeypatch.setenv("QT_QPA_PLATFORM", wanted)
    monkeypatch.delenv("DISPLAY", raising=False)
    assert "wayland-7" in qt_check.missing()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "wayland-7"))
        server.listen()
        assert qt_check.missing() is None


@pytest.mark.parametrize(
    ("problem", "package"),
    [
        ("libEGL.so.1: cannot open shared object file: No such file or directory", "libegl1"),
        ("libxcb-cursor.so.0: cannot open shared object file: No such file", "libxcb-cursor0"),
        ("libGL.so.1: cannot open shared object file", "libgl1"),
        ("libxkbcommon-x11.so.0: cannot open shared object file", "libxkbcommon-x11-0"),
        ("libxcb.so.1: cannot open shared object file", "libxcb1"),
    ],
)
def test_a_missing_system_library_is_told_with_its_package(problem, package):
    told = qt_check._told(problem)
    assert f"apt install {package}\n" in told
    assert "dnf install" in told


def test_an_unknown_problem_is_told_as_it_is():
    assert "something odd" in qt_check._told("something odd")


@pytest.fixture
def boxes(qapp, monkeypatch):
    """Texts of the message boxes; each is answered with its first button."""
    told = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: told.append(box.text()) or 0)
    monkeypatch.setattr(QMessageBox, "clickedButton", lambda box: box.buttons()[0])
    return told


def test_a_damaged_catalogue_goes_on_with_the_backup_and_is_kept(boxes, tmp_path):
    root = tmp_path / "library"
    library = make_library(root)
    list(import_folder(library, make_photo(tmp_path / "photos" / "a.jpg").parent))
    library.catalog.set_setting("mark", "kept")
    assert library.catalog.daily_backup() is not None
    close_library(library)
    (root / "catalog.sqlite").write_bytes(b"this is no database, it is a shopping list" * 10)
    opened = open_library(lambda settings: lambda: make_library(root), Settings())
    assert opened is not None
    assert opened.library.catalog.setting("mark") == "kept"
    assert "damaged" in boxes[0]
    assert any(b"shopping list" in path.read_bytes() for path in root.rglob("*") if path.is_file())
    close_library(opened.library)


def test_a_damaged_catalogue_without_a_backup_is_left_alone(boxes, tmp_path):
    root = tmp_path / "library"
    root.mkdir()
    (root / "catalog.sqlite").write_bytes(b"a shopping list" * 30)
    assert open_library(lambda settings: lambda: make_library(root), Settings()) is None
    assert (root / "catalog.sqlite").read_bytes() == b"a shopping list" * 30


def test_a_newer_catalogue_is_refused_with_a_sentence(boxes, tmp_path):
    def refuse():
        raise CatalogNewer(path=tmp_path, found=9, known=1)

    assert open_library(lambda settings: refuse, Settings()) is None
    assert "newer" in boxes[0]


def test_a_model_folder_that_has_gone_is_told_and_the_window_opens_without_it_alone(boxes, tmp_path):
    tried = []

    def open_with(settings):
        tried.append(settings)
        if settings.captioner_folder:
            raise ModelUnusable(path=Path(settings.captioner_folder), detail="folder_missing")
        return lambda: make_library(tmp_path / "library")

    chosen = Settings(captioner_folder="/gone", embedder_folder="/there")
    opened = open_library(open_with, chosen)
    assert opened is not None
    assert tried == [chosen, Settings(embedder_folder="/there")]
    assert len(boxes) == 1
    assert "/gone" in boxes[0]
    close_library(opened.library)


def test_each_of_two_models_that_have_gone_is_told(boxes, tmp_path):
    def open_with(settings):
        for folder in (settings.embedder_folder, settings.captioner_folder):
            if folder:
                raise ModelUnusable(path=Path(folder), detail="folder_missing")
        return lambda: make_library(tmp_path / "library")

    opened = open_library(open_with, Settings(captioner_folder="/gone", embedder_folder="/gone too"))
    assert opened is not None
    assert ["/gone too" in boxes[0], "/gone" in boxes[1]] == [True, True]
    close_library(opened.library)


def test_a_text_tower_that_is_refused_does_not_take_the_search_model_with_it(boxes, tmp_path):
    tried = []

    def open_with(settings):
        tried.append(settings)
        if settings.text_folder:
            raise ModelUnusable(path=Path(settings.text_folder) / "2_Dense", detail="weights_damaged")
        return lambda: make_library(tmp_path / "library")

    opened = open_library(open_with, Settings(embedder_folder="/there", text_folder="/words"))
    assert opened is not None
    assert tried[1:] == [Settings(embedder_folder="/there")]
    assert len(boxes) == 1
    close_library(opened.library)


def test_without_the_model_that_ships_with_oriel_the_window_does_not_open(boxes):
    def open_with(settings):
        raise ModelUnusable(path=Path("/resources/starter"), detail="folder_missing")

    assert open_library(open_with, Settings(captioner_folder="/mine")) is None
    assert "/resources/starter" in boxes[0]


def test_a_path_that_leads_nowhere_is_said_in_the_terminal(tmp_path):
    words = [sys.executable, "-m", "app", "--library", str(tmp_path / "library"), str(tmp_path / "gone.jpg")]
    kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    done = subprocess.run(
        words, env=kept | {"ORIEL_HOME": str(tmp_path), "QT_QPA_PLATFORM": "xcb"},
        capture_output=True, text=True, timeout=180, check=False, cwd=ROOT,
    )  # fmt: skip
    assert f"There is nothing at {tmp_path / 'gone.jpg'}." in done.stderr


def test_on_windows_the_taskbar_is_told_which_program_this_is(monkeypatch):
    named = []
    shell = SimpleNamespace(SetCurrentProcessExplicitAppUserModelID=named.append)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(shell32=shell), raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    application._name_for_taskbar()
    assert named == [APP_ID]


def test_qts_last_words_go_to_the_crash_log_and_its_complaints_to_the_log(tmp_path):
    code = """
import sys
from pathlib import Path
from PySide6.QtCore import qFatal, qWarning
from app import logs
from app.ui import application
logs.start_log(Path(sys.argv[1]))
with logs.CrashLog(Path(sys.argv[1])) as crash_log:
    application._log_qt(crash_log)
    qWarning("a complaint")
    qFatal("the end")
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=180, check=False, cwd=ROOT
    )
    assert done.returncode != 0
    assert "a complaint" in (tmp_path / "oriel.log").read_text()
    crash = CrashLog(tmp_path).take_earlier().read_text()
    assert crash.startswith("Qt: ")  # PySide puts a text of its own in place of what Python gives qFatal
    assert "Fatal Python error: Aborted" in crash
