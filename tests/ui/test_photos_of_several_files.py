"""Pairs, dates and patterns in the real window: one tile, and every command on all its files."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDateTimeEdit, QPlainTextEdit

from app.core.query import Scope
from app.core.types import Kind
from app.library.intake.leaving_out import left_out_patterns
from app.ui import theme
from app.ui.controllers import noticing
from app.ui.dialogs.date_dialog import DateDialog
from app.ui.dialogs.left_out_dialog import LeftOutDialog
from tests.making import make_photo
from tests.ui.driving import Program, drop


@pytest.fixture
def photos(tmp_path) -> Path:
    folder = tmp_path / "Holiday"
    make_photo(folder / "pair.jpg", "red", size=(300, 200), taken="2023:08:20 12:00:00")
    (folder / "pair.cr2").write_bytes(b"II*\0" + bytes(2000))
    (folder / "pair.xmp").write_text("<x/>")
    make_photo(folder / "single.jpg", "blue", size=(300, 200), taken="2023:08:21 12:00:00")
    return folder


@pytest.fixture
def filled(qtbot, qapp, resources, tmp_path, monkeypatch, photos):
    monkeypatch.setattr(noticing, "_POLL_MS", 50)
    monkeypatch.setattr(noticing, "_SHORTEST_PAUSE_S", 0.05)
    theme.apply_theme(qapp, resources)
    program = Program(qtbot, tmp_path / "library")
    program.start()
    drop(program.window, photos)
    program.wait_until(lambda: len(program.window._model.ids) == 2)
    program.wait_for_index()
    yield program
    program.close()


def test_a_pair_is_one_tile_and_copied_and_dragged_with_all_its_files(filled, photos):
    filled.select("pair.jpg")
    filled.window._actions["copy_path"].trigger()
    expected = [str(photos / name) for name in ("pair.jpg", "pair.cr2", "pair.xmp")]
    assert QGuiApplication.clipboard().text().splitlines() == expected
    assert len(filled.window._grid.drag_urls([filled.id_of("pair.jpg")])) == 3
    filled.wait_until(lambda: filled.window._info.photo is not None)
    assert "pair.cr2" in filled.window._info._details._values["files"].text()


def test_a_kind_in_the_sidebar_narrows_the_photos(filled):
    filled.wait_until(lambda: filled.window._sidebar._kinds.get(Kind.RAW) == 1)
    filled.window._sidebar.scope_chosen.emit(Scope(kind=Kind.RAW))
    filled.wait_until(lambda: filled.names() == ["pair.jpg"])


def test_a_changed_date_moves_the_photo_and_can_be_undone(filled):
    assert filled.names() == ["single.jpg", "pair.jpg"]
    filled.select("pair.jpg")
    filled.window._actions["change_date"].trigger()
    filled.wait_until(lambda: filled.window.findChildren(DateDialog) != [])
    dialog = filled.window.findChildren(DateDialog)[0]
    moment = dialog.findChild(QDateTimeEdit, "moment")
    moment.setDateTime(moment.dateTime().addDays(7))
    dialog.accept()
    filled.wait_until(lambda: filled.names() == ["pair.jpg", "single.jpg"])
    filled.window._actions["undo"].trigger()
    filled.wait_until(lambda: filled.names() == ["single.jpg", "pair.jpg"])


def test_a_pattern_takes_photos_out_and_its_removal_brings_them_back(filled):
    filled.window._sidebar.left_out_requested.emit()
    _enter_patterns(filled, "single.*")
    filled.wait_until(lambda: filled.names() == ["pair.jpg"])
    assert left_out_patterns(filled.library) == ["single.*"]
    filled.window._sidebar.left_out_requested.emit()
    _enter_patterns(filled, "")
    filled.wait_until(lambda: filled.names() == ["single.jpg", "pair.jpg"])


def _enter_patterns(filled, text: str) -> None:
    filled.wait_until(lambda: filled.window.findChildren(LeftOutDialog) != [])
    dialog = filled.window.findChildren(LeftOutDialog)[0]
    dialog.findChild(QPlainTextEdit, "patterns").setPlainText(text)
    dialog.accept()
    filled.wait_until(lambda: filled.window.findChildren(LeftOutDialog) == [])
