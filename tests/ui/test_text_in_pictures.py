"""Text in pictures in the real window: found, marked, shown and copied."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from app.core.types import Stage
from app.ui import theme
from app.ui.joiners.work_texts import stage_lines
from tests.fakes import CellReader
from tests.making import make_photo, make_written
from tests.ui.driving import Program


@pytest.fixture
def filled(qtbot, qapp, resources, tmp_path):
    theme.apply_theme(qapp, resources)
    make_written(tmp_path / "Mixed" / "ticket.png", "Departure Berlin", "Platform 12")
    make_written(tmp_path / "Mixed" / "menu.png", "Soup of the day")
    make_photo(tmp_path / "Mixed" / "plain.jpg", "red")
    program = Program(qtbot, tmp_path / "library", text_reader=CellReader())
    program.start([tmp_path / "Mixed"])
    program.wait_until(lambda: len(program.window._model.ids) == 3)
    program.wait_until(lambda: len(program.library.catalog.texts_of(program.window._model.ids.tolist())) == 2)
    program.wait_for_index()
    yield program
    program.close()


def told_of_text(program: Program) -> str:
    return {line.stage: line.text for line in stage_lines(program.window._indexing)}[Stage.TEXT]


def test_what_was_searched_for_is_marked_in_the_viewer(filled: Program):
    window = filled.window
    filled.search("berlin")
    filled.wait_until(lambda: filled.names()[:1] == ["ticket.png"])
    window._viewing.open(filled.id_of("ticket.png"))
    filled.wait_until(lambda: len(window._viewer._marks) == 1)
    place = window._viewer._marks[0].boundingRect()
    # 400 × 300 pixels, ten for a letter: "Berlin" is the eleventh to the sixteenth of the first line.
    assert place.getCoords() == pytest.approx([0.25, 0.0, 0.4, 0.033], abs=0.01)
    window._actions["mark_text"].trigger()
    assert not window._viewer._shows_marks
    window._actions["mark_text"].trigger()
    assert window._viewer._shows_marks


def test_without_a_search_nothing_is_marked(filled: Program):
    filled.window._viewing.open(filled.id_of("ticket.png"))
    filled.wait_until(lambda: filled.window._viewer.photo_id in filled.window._viewer._full)
    assert filled.window._viewer._marks == []


def test_the_panel_shows_the_text_to_select_and_hides_it_where_there_is_none(filled: Program):
    label = filled.window._info.findChild(QLabel, "picture_text")
    filled.select("ticket.png")
    filled.wait_until(lambda: label.text() == "Departure Berlin\nPlatform 12")
    assert not label.isHidden()
    filled.select("plain.jpg")
    filled.wait_until(label.isHidden)


def test_the_text_is_copied_of_one_photo_and_of_several(filled: Program):
    filled.select("ticket.png")
    filled.window._actions["copy_text"].trigger()
    clipboard = QGuiApplication.clipboard()
    filled.wait_until(lambda: clipboard.text() == "Departure Berlin\nPlatform 12")
    filled.select("ticket.png", "menu.png", "plain.jpg")
    filled.window._actions["copy_text"].trigger()
    filled.wait_until(lambda: {"Platform 12", "Soup of the day"} <= set(clipboard.text().split("\n")))


def test_where_there_is_no_text_that_is_said(filled: Program):
    told = []
    filled.window._handling.told.connect(told.append)
    filled.select("plain.jpg")
    filled.window._actions["copy_text"].trigger()
    filled.wait_until(lambda: told == ["No text was read there."])


def test_the_details_of_the_work_tell_of_the_stage(filled: Program):
    assert told_of_text(filled) == "Up to date"


def test_where_it_is_not_switched_on_the_details_say_where_it_can_be(qtbot, qapp, resources, tmp_path):
    theme.apply_theme(qapp, resources)
    make_photo(tmp_path / "Mixed" / "plain.jpg", "red")
    program = Program(qtbot, tmp_path / "library")
    program.start([tmp_path / "Mixed"])
    program.wait_until(lambda: "settings" in told_of_text(program))
    program.close()
