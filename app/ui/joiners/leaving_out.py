"""Shows what is left out of the library, keeps what a person changes there, and has the folders looked at again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.files.walk.ignoring import is_pattern
from app.library.intake.leaving_out import leave_out, left_out_patterns
from app.ui.controllers.indexing import Indexing
from app.ui.dialogs.left_out_dialog import LeftOutDialog
from app.ui.jobs import Jobs

if TYPE_CHECKING:
    from app.library.library import Library


class LeavingOut(QObject):
    """Opens its dialog once the patterns are read."""

    told = Signal(object)
    """A sentence, or an Exception."""

    def __init__(self, indexing: Indexing, jobs: Jobs, dialog_parent: QWidget) -> None:
        super().__init__(dialog_parent)
        self._indexing = indexing
        self._jobs = jobs
        self._dialog_parent = dialog_parent

    def show(self) -> None:
        self._jobs.start(_read, key="left_out", on_done=self._on_read, on_error=self.told.emit)

    def _on_read(self, known: tuple[list[str], list[Path]]) -> None:
        patterns, folders = known
        dialog = LeftOutDialog(patterns, folders, is_pattern=is_pattern, parent=self._dialog_parent)
        dialog.patterns_changed.connect(self._keep)
        dialog.folder_wanted.connect(lambda folder: self._indexing.add([folder]))
        dialog.show()

    def _keep(self, lines: Sequence[str]) -> None:
        self._jobs.start(
            lambda library: leave_out(library, lines),
            on_done=lambda _: self._indexing.rescan(),
            on_error=self.told.emit,
        )


def _read(library: Library) -> tuple[list[str], list[Path]]:
    return left_out_patterns(library), library.catalog.excluded_folders()
