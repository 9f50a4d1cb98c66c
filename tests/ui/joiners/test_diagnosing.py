"""Diagnostics tell what helps, and no name of any photo, folder or person."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton

from app import __version__
from app.core.query import Scope
from app.settings import Settings
from app.startup import close_library
from app.ui.joiners.diagnosing import diagnostics
from app.ui.theme import apply_theme
from tests.fakes import ColourCaptioner
from tests.making import index, make_library, make_photo
from tests.ui.driving import Program

ROOT = Path(__file__).parents[3]


@pytest.fixture
def library(tmp_path, monkeypatch):
    monkeypatch.setenv("ORIEL_HOME", str(tmp_path / "home"))
    folder = tmp_path / "Zanzibarholiday" / "Grandmaquilt"
    for number in range(3):
        make_photo(folder / f"Xylophone{number}.jpg")
    (folder / "Brokenkettle.jpg").write_bytes(b"\xff\xd8\xff but no picture")
    library = make_library(tmp_path / "Secretlibrary", captioner=ColourCaptioner())
    index(library, tmp_path / "Zanzibarholiday")
    ids = library.catalog.scope_ids(Scope()).tolist()
    library.catalog.add_tag(ids, "Privatetag")
    library.catalog.set_caption(ids[0], "Hiddencaption")
    yield library
    close_library(library)


def told(library, settings=None) -> dict[str, str]:
    text = diagnostics(library, settings or Settings(), [("Display", "offscreen")])
    return dict(line.split(": ", 1) for line in text.splitlines() if line)


def test_no_name_of_a_photo_folder_tag_or_person_is_told(library, tmp_path):
    settings = Settings(
        embedder_folder=str(Path.home() / "Familyname" / "clip-large"), captioner_folder=str(tmp_path / "Aunt" / "blip")
    )
    text = diagnostics(library, settings, [])
    names = (
        "Zanzibar",
        "Grandma",
        "Xylophone",
        "Broken",
        "Secret",
        "Privatetag",
        "Hidden",
        "Familyname",
        "Aunt",
        ".jpg",
    )
    assert [name for name in (*names, str(Path.home()), str(tmp_path)) if name in text] == []
    assert "clip-large" in text
    assert "blip" in text


def test_versions_counts_and_failures_are_told(library):
    facts = told(library)
    assert facts["Oriel"].startswith(__version__)
    assert facts["torch"].startswith("2.13")
    assert "unknown" not in [facts[name] for name in ("PySide6", "torch", "transformers", "faiss", "Pillow", "numpy")]
    assert facts["Photos"] == "4, of which offline 0"
    assert facts["Folders"] == "2"
    assert facts["Read, embedded, tagged, text read, captioned"].startswith("3, 3, ")
    assert facts["Failed"] == "1"
    assert [value for name, value in facts.items() if name.startswith("Failed (read, ")] == ["1"]


def test_a_model_in_oriels_own_folder_is_told_with_its_place(library, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    facts = told(library, Settings(embedder_folder=str(tmp_path / "home" / "models" / "vit")))
    assert facts["Search model"] == "~/home/models/vit"


def test_gathering_imports_no_model_library(tmp_path):
    code = """
import sys
from app.startup import library_opener
from app.settings import Settings
from app.ui.joiners.diagnosing import diagnostics
from pathlib import Path
print(len(diagnostics(library_opener(Settings(), Path(sys.argv[1]))(), Settings(), [])) > 300)
print([name for name in ("torch", "transformers", "faiss") if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=180, check=False, cwd=ROOT
    )
    assert done.stdout.split("\n")[:2] == ["True", "[]"], done.stderr


def test_the_window_copies_and_says_so(qtbot, qapp, resources, tmp_path):
    apply_theme(qapp, resources)
    program = Program(qtbot, tmp_path / "library")
    window = program.start()
    QApplication.clipboard().clear()
    window._actions["shortcuts"].trigger()
    window.findChild(QPushButton, "copy_diagnostics").click()
    program.wait_until(lambda: "Diagnostics copied" in window._sidebar._message.text)
    text = QApplication.clipboard().text()
    assert "Photos: 0" in text
    assert "Display: offscreen" in text
    program.close()
