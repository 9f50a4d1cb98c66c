"""The program writes where it says, and nowhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.making import make_photo

ROOT = Path(__file__).parents[1]
PLACES = (".config/oriel/", ".local/share/oriel/", ".cache/oriel/", ".local/state/oriel/")
BY_LIBRARIES = (".cache/fontconfig/",)
"""Fontconfig keeps what it knows of the system's fonts there, for all programs of a person."""
CODE = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.ui import application
from app.ui.main_window import MainWindow

def close_when_done():
    window = next(each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow))
    status = window.library.catalog.status(window.library.embedder.space, "", None)
    if status.embedded and not window._indexing.is_busy:
        window.close_unasked()
    else:
        QTimer.singleShot(100, close_when_done)

start = application._when_visible
application._when_visible = lambda act: (start(act), QTimer.singleShot(300, close_when_done))
sys.exit(application.main([sys.argv[1]]))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the places of other systems are not under HOME alone")
def test_a_window_that_takes_a_photo_in_and_closes_writes_only_into_its_places(tmp_path):
    home, photo = tmp_path / "home", make_photo(tmp_path / "photos" / "a.jpg", size=(640, 480))
    for folder in ("temporary", "home"):
        (tmp_path / folder).mkdir()
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORIEL_", "HF_", "TORCH"))
    }
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(photo.parent)],
        env=kept | {"HOME": str(home), "TMPDIR": str(tmp_path / "temporary"), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, timeout=120, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    written = [path.relative_to(home).as_posix() for path in home.rglob("*") if not path.is_dir()]
    assert [path for path in written if not path.startswith((*PLACES, *BY_LIBRARIES))] == []
    assert ".local/share/oriel/library/catalog.sqlite" in written
    assert ".config/oriel/settings.json" in written
    assert [path for path in written if path.startswith(".local/state/oriel/crash-")] == []
    assert [path.name for path in photo.parent.iterdir()] == ["a.jpg"]
    assert [path.name for path in (tmp_path / "temporary").rglob("*") if not path.is_dir()] == []
