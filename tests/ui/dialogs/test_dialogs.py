"""Settings, details of work, and the list of keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QLabel,
    QListWidget,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QWidget,
)

from app.core.types import DateSource, Failure, Metadata, PhotoId, Reason, Stage
from app.settings import Settings
from app.ui import theme
from app.ui.actions import TABLE
from app.ui.dialogs import questions
from app.ui.dialogs.date_dialog import DateDialog
from app.ui.dialogs.left_out_dialog import LeftOutDialog
from app.ui.dialogs.settings_dialog import Page, SettingsDialog
from app.ui.dialogs.shortcuts_dialog import ShortcutsDialog
from app.ui.dialogs.work_dialog import StageLine, WorkDialog
from tests.ui.panes.test_panes import PHOTO


@pytest.fixture(autouse=True)
def themed(qapp, resources):
    theme.apply_theme(qapp, resources)


@pytest.fixture
def told():
    return []


@pytest.fixture
def dialog(qtbot, told):
    own = QLabel("My page")
    own.setObjectName("mine")
    dialog = SettingsDialog(
        Settings(),
        library_root=Path("/home/me/library"),
        most_threads=8,
        pages=[Page("mine", "Mine", "sparkles", own)],
    )
    dialog.settings_changed.connect(told.append)
    dialog.show()
    yield dialog
    dialog.close()


def test_each_setting_is_told_as_soon_as_it_is_changed(dialog, told):
    dialog.findChild(QCheckBox, "not_on_battery").setChecked(True)
    dialog.findChild(QComboBox, "theme").setCurrentIndex(2)
    threads = dialog.findChild(QSpinBox, "threads")
    threads.setValue(3)
    threads.editingFinished.emit()
    assert told == [{"not_on_battery": True}, {"theme": "dark"}, {"threads": 3}]


def test_reading_text_is_switched_on_where_it_can_be(dialog, told):
    dialog.findChild(QCheckBox, "reads_text").setChecked(True)
    assert told == [{"reads_text": True}]
    assert "Chinese" in dialog.findChild(QLabel, "reads_text_told").text()


@pytest.mark.parametrize("is_on", [False, True])
def test_where_text_cannot_be_read_the_settings_say_what_is_missing(qtbot, is_on):
    dialog = SettingsDialog(
        Settings(reads_text=is_on),
        library_root=Path("/home/me/library"),
        most_threads=8,
        text_trouble="pip install",
    )
    qtbot.addWidget(dialog)
    assert dialog.findChild(QLabel, "reads_text_told").text() == "pip install"
    assert dialog.findChild(QCheckBox, "reads_text").isEnabled() is is_on  # what is on can be switched off


def test_pages_that_are_handed_in_stand_between_the_dialogs_own(dialog):
    pages = dialog.findChild(QListWidget, "pages")
    assert [pages.item(row).text() for row in range(pages.count())] == ["General", "Mine", "Library"]
    dialog.show_page("mine")
    assert dialog.findChild(QLabel, "mine").isVisible()
    pages.setFocus()
    QTest.keyClick(pages, Qt.Key.Key_Up)
    assert dialog.findChild(QComboBox, "theme").isVisible()


def test_what_was_chosen_elsewhere_while_the_dialog_is_open_stays(dialog, told):
    dialog.findChild(QCheckBox, "not_on_battery").setChecked(True)
    assert told == [{"not_on_battery": True}]


def test_the_dialog_fits_a_small_screen(dialog):
    hint = dialog.minimumSizeHint()
    assert hint.width() <= 700
    assert hint.height() <= 500


def test_the_size_of_the_thumbnails_is_shown_when_it_is_known(dialog):
    dialog.set_thumbnails_size(21_000_000)
    assert "MB" in dialog.findChild(QLabel, "thumbnails_size").text()


def test_the_details_show_stages_and_skipped_files(qtbot):
    dialog = WorkDialog()
    dialog.show()
    assert not dialog.findChild(QPushButton, "retry").isEnabled()
    dialog.show_lines([StageLine(Stage.READ, "12 of 900", 0.5), StageLine(Stage.FIND, "Up to date")])
    dialog.show_failures([Failure(PhotoId(1), Path("/p/broken.jpg"), Stage.READ, Reason.TRUNCATED, "")])
    assert dialog._table.item(0, 0).text() == "broken.jpg"
    assert dialog._lines[Stage.READ][1].value() == 500
    assert dialog._table.textElideMode() == Qt.TextElideMode.ElideMiddle
    assert not dialog._table.wordWrap()  # else the end of a long folder is cut
    dialog.show_failures([])
    assert not dialog.findChild(QPushButton, "retry").isEnabled()
    dialog.show_lines([StageLine(Stage.READ, "The disk is full", has_stopped=True)])
    with qtbot.waitSignal(dialog.retry_requested):
        dialog.findChild(QPushButton, "retry").click()
    with qtbot.waitSignal(dialog.pause_toggled):
        dialog.findChild(QPushButton, "pause").click()
    dialog.close()


def test_the_list_of_keys_holds_every_key_of_the_table(qtbot):
    dialog = ShortcutsDialog()
    dialog.show()
    shown = {label.text() for label in dialog.findChildren(QLabel)}
    rows = [row for row in TABLE if row.keys or row.told_keys]
    ratings = {f"rate_{rating}" for rating in range(1, 6)}
    assert all((row.told or row.text).rstrip("…") in shown for row in rows if row.name not in ratings)
    assert {"No rating, 1 to 5 stars", "0, 1 to 5"} <= shown
    dialog.close()


def test_the_list_of_keys_fits_a_small_screen(qtbot):
    dialog = ShortcutsDialog()
    dialog.show()
    assert dialog.width() <= dialog.screen().availableSize().width()
    assert dialog.height() <= dialog.screen().availableSize().height()
    dialog.close()


def test_long_lists_in_dialogs_grow_with_them(qtbot):
    left_out = LeftOutDialog([], [Path(f"/photos/{n}") for n in range(30)], is_pattern=bool)
    work = WorkDialog()
    work.show_failures([Failure(PhotoId(1), Path("/photos/a.jpg"), Stage.READ, Reason.CORRUPT, "")])
    for dialog, table in ((left_out, left_out._list), (work, work._table)):
        dialog.show()
        before = table.height()
        assert before >= 110
        dialog.resize(dialog.width(), dialog.height() + 200)
        qtbot.waitUntil(lambda table=table, before=before: table.height() > before + 60)
        dialog.close()


@pytest.mark.parametrize(("pressed", "wish"), [(0, questions.DropWish.SEARCH), (1, questions.DropWish.ADD_FOLDER),
                                               (2, questions.DropWish.NOTHING)])  # fmt: skip
def test_a_dropped_picture_may_be_a_question_or_stand_for_its_folder(qtbot, monkeypatch, pressed, wish):
    parent = QWidget()
    qtbot.addWidget(parent)
    monkeypatch.setattr(QMessageBox, "exec", lambda box: box.buttons())
    monkeypatch.setattr(QMessageBox, "clickedButton", lambda box: _in_order(box)[pressed])
    assert questions.ask_about_drop(parent, Path("/photos/a.jpg")) is wish


def test_no_button_of_a_question_has_an_icon(qtbot, monkeypatch):
    parent, icons = QWidget(), []
    qtbot.addWidget(parent)
    monkeypatch.setattr(QMessageBox, "exec", lambda box: icons.extend(b.icon().isNull() for b in box.buttons()))
    questions.confirm_trash(parent, 2)
    assert icons == [True, True]


def _in_order(box):
    roles = [QMessageBox.ButtonRole.AcceptRole, QMessageBox.ButtonRole.ActionRole, QMessageBox.ButtonRole.RejectRole]
    return [next(button for button in box.buttons() if box.buttonRole(button) == role) for role in roles]


def test_patterns_are_told_when_they_are_saved_and_nonsense_is_pointed_out(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = LeftOutDialog(["*.png"], [Path("/photos/export")], is_pattern=lambda line: line != "[x", parent=parent)
    dialog.show()
    edit, problem = dialog.findChild(QPlainTextEdit, "patterns"), dialog.findChild(QLabel, "patterns_problem")
    assert not problem.isVisible()
    edit.setPlainText("*.png\n# mine\n[x\n\nExport/")
    assert problem.isVisible()
    assert "[x" in problem.text()
    with qtbot.waitSignal(dialog.patterns_changed) as told:
        dialog.accept()
    assert told.args == [["*.png", "# mine", "[x", "Export/"]]


def test_a_folder_that_was_left_out_can_be_taken_in_again(qtbot):
    dialog = LeftOutDialog([], [Path("/photos/export")], is_pattern=bool)
    qtbot.addWidget(dialog)
    dialog.show()
    folders, again = dialog.findChild(QListWidget, "folders"), dialog.findChild(QPushButton, "again")
    assert not again.isEnabled()
    folders.setCurrentRow(0)
    with qtbot.waitSignal(dialog.folder_wanted) as told:
        again.click()
    assert told.args == [Path("/photos/export")]
    assert folders.count() == 0


@pytest.fixture
def dates(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)

    def open_on(photo, count=1):
        dialog = DateDialog(photo, count, parent)
        told = {"set": [], "shifted": [], "cleared": []}
        dialog.date_set.connect(told["set"].append)
        dialog.date_shifted.connect(told["shifted"].append)
        dialog.date_cleared.connect(lambda: told["cleared"].append(True))
        dialog.show()
        return dialog, told

    return open_on


def test_a_date_is_told_as_it_stood_on_the_wall(dates):
    dialog, told = dates(PHOTO)
    moment = dialog.findChild(QDateTimeEdit, "moment")
    moment.setDateTime(moment.dateTime().addSecs(90))
    dialog.accept()
    assert told == {"set": [PHOTO.taken_at + 90], "shifted": [], "cleared": []}


def test_touching_a_shift_chooses_it_and_earlier_is_negative(dates):
    dialog, told = dates(PHOTO, 3)
    dialog.findChild(QSpinBox, "days").setValue(1)
    dialog.findChild(QSpinBox, "minutes").setValue(2)
    dialog.findChild(QComboBox, "direction").setCurrentIndex(1)
    assert dialog.findChild(QRadioButton, "shift").isChecked()
    assert "3 photos" in dialog.findChild(QLabel, "outcome").text()
    dialog.accept()
    assert told == {"set": [], "shifted": [-86_520.0], "cleared": []}


def test_a_date_that_stays_as_it_is_is_no_decision(dates):
    dialog, told = dates(PHOTO)
    dialog.accept()
    assert told == {"set": [], "shifted": [], "cleared": []}


def test_only_a_corrected_date_can_go_back_to_that_of_the_file(dates):
    assert dates(PHOTO)[0].findChild(QPushButton, "clear") is None
    dialog, told = dates(replace(PHOTO, metadata=Metadata(date_source=DateSource.USER)))
    dialog.findChild(QPushButton, "clear").click()
    assert told["cleared"] == [True]
