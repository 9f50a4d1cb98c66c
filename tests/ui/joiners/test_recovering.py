"""After a crash the window says so in a line, once, and the person decides."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton, QToolButton

from app.ui import outside
from app.ui.dialogs.log_dialog import LogDialog
from app.ui.theme import apply_theme
from tests.ui.driving import Program


@pytest.fixture
def program(qtbot, qapp, resources, tmp_path):
    apply_theme(qapp, resources)
    program = Program(qtbot, tmp_path / "library")
    program.start()
    yield program
    program.close()


@pytest.fixture
def crash(tmp_path) -> Path:
    path = tmp_path / "told-crash-1-2.log"
    path.write_text(f"Fatal Python error\n  File {Path.home()}/oriel/app/ui/panes/grid.py, line 7\n")
    return path


def press(program, name: str) -> None:
    next(each for each in program.window._notice.findChildren(QPushButton) if each.text() == name).click()


def test_nothing_is_said_where_nothing_crashed(program):
    assert program.window._notice.isHidden()


def test_a_crash_is_offered_in_a_line_that_can_be_sent_away(program, crash):
    program.window.tell_of_crash(crash)
    assert program.window._notice.isVisible()
    assert "did not end well" in program.window._notice.text
    program.window._notice.findChild(QToolButton, "dismiss").click()
    assert program.window._notice.isHidden()


def test_the_log_is_shown_without_the_home_folder(program, crash, monkeypatch):
    program.window.tell_of_crash(crash)
    press(program, "Show the log")
    dialog = program.window.findChild(LogDialog)
    text = dialog.findChild(QPlainTextEdit).toPlainText()
    assert "~/oriel/app/ui/panes/grid.py" in text
    assert str(Path.home()) not in text
    assert not dialog.isModal()
    shown = []
    monkeypatch.setattr(outside, "show_in_file_manager", lambda path: shown.append(path) or True)
    dialog.folder_requested.emit()
    program.wait_until(lambda: shown == [crash])
    dialog.close()


def test_the_log_can_be_copied(program, crash):
    program.window.tell_of_crash(crash)
    press(program, "Copy")
    assert "Fatal Python error" in QApplication.clipboard().text()
    assert program.window._notice.isHidden()


def test_a_log_that_has_gone_meanwhile_is_said(program, crash):
    program.window.tell_of_crash(crash)
    crash.unlink()
    press(program, "Copy")
    assert crash.name in QApplication.clipboard().text()
