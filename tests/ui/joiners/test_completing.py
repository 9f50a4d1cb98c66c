"""What is offered while a person types, and what is remembered of what was asked."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from app.ui import theme
from app.ui.controllers import noticing, recalling
from app.ui.dialogs.settings_dialog import SettingsDialog
from tests.making import make_photo
from tests.ui.driving import Program, drop


@pytest.fixture
def program(qtbot, qapp, resources, tmp_path, monkeypatch):
    """A window with two photos; one has the tag "beach"."""
    monkeypatch.setattr(noticing, "_POLL_MS", 50)
    theme.apply_theme(qapp, resources)
    folder = tmp_path / "Holiday"
    for name, colour in (("sea", "blue"), ("roof", "red")):
        make_photo(folder / f"{name}.jpg", colour, taken="2023:08:20 12:00:00")
    program = Program(qtbot, tmp_path / "library")
    program.start()
    drop(program.window, folder)
    program.wait_until(lambda: len(program.window._model.ids) == 2)
    program.wait_for_index()
    program.window.library.catalog.add_tag([program.id_of("sea.jpg")], "beach")
    program.window.activateWindow()
    program.window._field.take_focus()
    qtbot.waitUntil(lambda: program.window._field.has_focus)
    yield program
    program.close()


def offered(program) -> list[tuple[str, str]]:
    edit = program.window._field._edit
    return [(each.title, each.detail) for each in edit._list.offers] if edit._list.isVisible() else []


def type_in(program, text: str) -> None:
    QTest.keyClicks(program.window._field._edit, text)


def test_values_of_a_field_are_offered_with_their_counts(program):
    type_in(program, "tag:be")
    program.wait_until(lambda: offered(program) == [("beach", "1")])
    QTest.keyClick(program.window._field._edit, Qt.Key.Key_Tab)
    assert program.window._field.text == "tag:beach "
    program.wait_until(lambda: program.names() == ["sea.jpg"])
    assert program.window._filter_row.names == ["tag: beach"]


def test_a_word_may_mean_a_value_or_a_field(program):
    type_in(program, "roof be")
    program.wait_until(lambda: offered(program) == [("beach", "Tag · 1"), ("before:", "Before a date")])
    QTest.keyClick(program.window._field._edit, Qt.Key.Key_Down)
    QTest.keyClick(program.window._field._edit, Qt.Key.Key_Return)
    assert program.window._field.text == "roof tag:beach "


def test_a_field_that_was_taken_goes_on_to_its_values(program):
    type_in(program, "ta")
    program.wait_until(lambda: ("tag:", "Tag") in offered(program))
    edit = program.window._field._edit
    for _ in range(1 + offered(program).index(("tag:", "Tag"))):
        QTest.keyClick(edit, Qt.Key.Key_Down)
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert program.window._field.text == "tag:"
    program.wait_until(lambda: ("beach", "1") in offered(program))


def test_only_the_newest_text_is_answered(program):
    shown = []
    program.window._field.offer = shown.append
    type_in(program, "tag:be")
    program.window._field._edit.setText("tag:be and more")
    type_in(program, "!")
    program.wait_until(lambda: shown != [])
    assert all("be and more!" in offer.text for offers in shown for offer in offers)


def test_what_was_submitted_is_offered_when_the_person_comes_back(program):
    edit = program.window._field._edit
    type_in(program, "blue water")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    program.wait_until(lambda: program.window.library.catalog.asked() == ["blue water"])
    program.window._steering.go_home()
    edit.clearFocus()
    program.window._focus_search()
    program.wait_until(lambda: offered(program) == [("blue water", "")])
    QTest.keyClick(edit, Qt.Key.Key_Down)
    QTest.keyClick(edit, Qt.Key.Key_Return)
    program.wait_until(lambda: program.window._browsing.view.text == "blue water")


def test_a_photo_opened_out_of_an_answer_makes_it_worth_remembering(program):
    program.search("red roof")
    assert program.window.library.catalog.asked() == []
    program.window._grid.photo_activated.emit(program.id_of("roof.jpg"))
    program.wait_until(lambda: program.window.library.catalog.asked() == ["red roof"])


def test_an_answer_that_is_looked_at_for_a_while_is_remembered(program):
    program.window._recalling._stay.setInterval(10)
    program.search("red")
    program.wait_until(lambda: program.window.library.catalog.asked() == ["red"])
    assert recalling.STAY_MS >= 3000


def test_the_settings_forget_what_was_asked(program):
    program.window._recalling.note("red")
    program.wait_until(lambda: program.window.library.catalog.asked() == ["red"])
    program.window._show_settings()
    dialog = program.window.findChild(SettingsDialog)
    button = dialog.findChild(QPushButton, "forget_asked")
    button.click()
    program.wait_until(lambda: program.window.library.catalog.asked() == [])
    assert not button.isEnabled()
    dialog.close()


def test_what_is_forgotten_quickly_one_after_the_other_is_all_forgotten(program):
    texts = ["roofs at dusk", "seaside", "snow"]
    for text in texts:
        program.window.library.catalog.note_asked(text)
    is_free = threading.Event()
    program.window._jobs.start(lambda _: is_free.wait(10))  # whoever forgets is not waited for
    for text in texts[:2]:
        program.window._field.forget_wanted.emit(text)
    is_free.set()
    program.wait_until(lambda: program.window.library.catalog.asked() == ["snow"])


def test_one_thing_that_was_asked_can_be_forgotten_where_it_is_offered(program):
    for text in ("roofs at dusk", "seaside"):
        program.window.library.catalog.note_asked(text)
    edit = program.window._field._edit
    QTest.mouseClick(edit, Qt.MouseButton.LeftButton)
    program.wait_until(lambda: [title for title, _ in offered(program)] == ["seaside", "roofs at dusk"])
    shift = Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(edit, Qt.Key.Key_Delete, shift)
    assert program.window.library.catalog.asked() == ["seaside", "roofs at dusk"], "none is chosen yet"
    QTest.keyClick(edit, Qt.Key.Key_Down)
    QTest.keyClick(edit, Qt.Key.Key_Delete, shift)
    program.wait_until(lambda: [title for title, _ in offered(program)] == ["roofs at dusk"])
    assert program.window.library.catalog.asked() == ["roofs at dusk"]
