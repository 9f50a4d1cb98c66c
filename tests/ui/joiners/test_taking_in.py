"""What is named at a start, this one or a later one, or opened with Oriel."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog

from app.core.query import Scope
from app.ui.dialogs import questions
from app.ui.theme import apply_theme
from tests.making import make_photo
from tests.ui.driving import Program


@pytest.fixture
def photos(tmp_path) -> Path:
    for number, colour in enumerate(("red", "green", "blue")):
        make_photo(tmp_path / "Holiday" / f"{number}.jpg", colour)
    return tmp_path / "Holiday"


@pytest.fixture
def program(qtbot, qapp, resources, tmp_path):
    apply_theme(qapp, resources)
    program = Program(qtbot, tmp_path / "library")
    yield program
    program.close()


@pytest.fixture
def filled(program, photos):
    window = program.start([photos])
    program.wait_until(lambda: len(window._model.ids) == 3)
    program.wait_for_index()
    return program


@pytest.fixture
def asked(monkeypatch) -> list[Path]:
    """Pictures that were asked about; the answer is to do nothing."""
    asked: list[Path] = []
    monkeypatch.setattr(questions, "ask_about_drop", lambda _, path: asked.append(path) or questions.DropWish.NOTHING)
    return asked


def test_choosing_a_folder_begins_among_the_systems_pictures(program, tmp_path, monkeypatch):
    begun: list[str] = []
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda _parent, _title, folder: begun.append(folder) or "")
    program.start([])
    program.window._taking_in.choose_folder()
    assert begun == [QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)]


def test_a_photo_of_the_library_is_shown_in_the_viewer(filled, photos, asked):
    filled.window.take([photos / "1.jpg"])
    filled.wait_until(lambda: filled.window._columns.is_viewing)
    assert filled.window._viewer.photo_id == filled.id_of("1.jpg")
    assert asked == []


def test_a_photo_named_at_the_start_is_shown_as_soon_as_it_can_be(filled, photos):
    wanted = filled.id_of("2.jpg")
    filled.close()
    window = filled.start([photos / "2.jpg"])
    filled.wait_until(lambda: window._columns.is_viewing)
    assert window._viewer.photo_id == wanted


def test_a_photo_that_is_not_among_those_shown_is_found_among_all(filled, photos):
    filled.window._steering.go_to_scope(Scope(is_favourite=True))
    filled.wait_until(lambda: len(filled.window._model.ids) == 0)
    filled.window.take([photos / "0.jpg"])
    filled.wait_until(lambda: filled.window._columns.is_viewing)
    assert filled.window._viewer.photo_id == filled.id_of("0.jpg")
    assert filled.window._browsing.view.scope == Scope()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_to_a_photo_of_the_library_shows_that_photo(filled, photos, tmp_path):
    (tmp_path / "link.jpg").symlink_to(photos / "1.jpg")
    filled.window.take([tmp_path / "link.jpg"])
    filled.wait_until(lambda: filled.window._columns.is_viewing)


def test_another_picture_asks_what_it_is_for_as_a_dropped_one_does(filled, tmp_path, asked):
    outside = make_photo(tmp_path / "elsewhere" / "new.jpg")
    filled.window.take([outside])
    filled.wait_until(lambda: asked == [outside])
    assert len(filled.window._model.ids) == 3
    assert not filled.window._columns.is_viewing


def test_pictures_to_search_with_are_chosen_where_pictures_lie(filled, photos, monkeypatch):
    begun, given = [], []
    monkeypatch.setattr(
        QFileDialog,
        "getOpenFileNames",
        lambda _, __, folder: begun.append(folder) or ([str(photos / "1.jpg")], ""),
    )
    filled.window._taking_in.pictures_asked.connect(given.append)
    filled.window._taking_in.choose_picture()
    assert begun == [QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)]
    assert given == [[photos / "1.jpg"]]


def test_a_path_that_leads_nowhere_is_said(filled, tmp_path):
    filled.window.take([tmp_path / "gone.jpg"])
    assert "gone.jpg" in filled.window._sidebar._message.text


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text there")
def test_a_path_that_is_no_text_and_leads_nowhere_is_said(filled, tmp_path):
    filled.window.take([tmp_path / os.fsdecode(b"caf\xe9.jpg")])
    assert "There is nothing at" in filled.window._sidebar._message.text


def test_folders_and_photos_may_come_together(filled, photos, tmp_path, asked):
    make_photo(tmp_path / "Work" / "desk.jpg", "white")
    filled.window.take([photos / "0.jpg", tmp_path / "Work"])
    filled.wait_until(lambda: filled.window._columns.is_viewing and len(filled.window._model.ids) == 4)
    assert asked == []
