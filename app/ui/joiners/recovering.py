"""Offers what the last run left when it crashed: once, without standing in the way, and without sending anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.ui import outside
from app.ui.dialogs.log_dialog import LogDialog
from app.ui.panes.notice_bar import NoticeBar

_MOST_CHARACTERS = 200_000
_CRASH = "crash"


class Recovering(QObject):
    """Who wants to know reads the crash log; who does not goes on."""

    def __init__(self, notice: NoticeBar, dialog_parent: QWidget, *, show_file: Callable[[Path], None]) -> None:
        """``show_file`` in the system's file manager."""
        super().__init__(dialog_parent)
        self._show_file = show_file
        self._notice = notice
        self._dialog_parent = dialog_parent

    def offer(self, crash: Path) -> None:
        """``crash`` is the file that the last run left."""
        self._notice.say(
            self.tr("Oriel did not end well last time."),
            [(self.tr("Show the log"), lambda: self._show(crash)), (self.tr("Copy"), lambda: self._copy(crash))],
            about=_CRASH,
        )

    def _show(self, crash: Path) -> None:
        hint = self.tr(
            "This is where Oriel was when it ended. It stays on this computer: nothing is sent unless you pass it on."
        )
        dialog = LogDialog(self.tr("Crash log"), hint, _text(crash), self._dialog_parent)
        dialog.copy_requested.connect(lambda: self._copy(crash))
        dialog.folder_requested.connect(lambda: self._show_file(crash))
        dialog.show()
        self._notice.dismiss(about=_CRASH)

    def _copy(self, crash: Path) -> None:
        outside.copy_text(_text(crash))
        self._notice.dismiss(about=_CRASH)


def _text(crash: Path) -> str:
    """Without the home folder, whose name is often the person's."""
    try:
        text = crash.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        text = str(error)
    return text[:_MOST_CHARACTERS].replace(str(Path.home()), "~")
