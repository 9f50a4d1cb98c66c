"""What is left out of the library: patterns, and folders that can be taken in again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.ui import wording
from app.ui.labels import heading_label, quiet_label

_PATH = Qt.ItemDataRole.UserRole


class LeftOutDialog(QDialog):
    """Tells changed patterns when they are accepted, and a folder that is wanted again."""

    patterns_changed = Signal(list)
    folder_wanted = Signal(object)
    """A Path."""

    def __init__(
        self,
        patterns: Sequence[str],
        folders: Sequence[Path],
        *,
        is_pattern: Callable[[str], bool],
        parent: QWidget | None = None,
    ) -> None:
        """``is_pattern`` tells whether a line that is neither blank nor a remark can be used."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Left out of the library"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(560)
        self._before = list(patterns)
        self._is_pattern = is_pattern
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(10)
        self._add_patterns(column)
        self._add_folders(column, folders)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self._look_at_patterns()
        self.resize(640, 620 if folders else 440)

    def _add_patterns(self, column: QVBoxLayout) -> None:
        column.addWidget(heading_label(self.tr("Files and folders by name"), self))
        told = self.tr(
            "One pattern a line, in every folder of the library: *.png, Export/ for a folder of that name, "
            "/Scans/ only at the top, !keep.png for an exception. Nothing is deleted: what is left out comes back "
            "when its line goes."
        )
        column.addWidget(quiet_label(told, self))
        self._edit = QPlainTextEdit("\n".join(self._before), self)
        self._edit.setObjectName("patterns")
        self._edit.setAccessibleName(self.tr("Patterns of what is left out"))
        self._edit.setPlaceholderText("*.png\nExport/")
        self._edit.setTabChangesFocus(True)
        self._edit.setMinimumHeight(80)
        self._edit.textChanged.connect(self._look_at_patterns)
        column.addWidget(self._edit, 1)
        self._problem = QLabel(self)
        self._problem.setObjectName("patterns_problem")
        self._problem.setTextFormat(Qt.TextFormat.PlainText)
        self._problem.setProperty("role", "danger")
        self._problem.setWordWrap(True)
        column.addWidget(self._problem)
        hint = self.tr("A file named .orielignore does the same for the folder it lies in; .nomedia leaves out all.")
        column.addWidget(quiet_label(hint, self))

    def _add_folders(self, column: QVBoxLayout, folders: Sequence[Path]) -> None:
        if not folders:
            return
        column.addSpacing(8)
        column.addWidget(heading_label(self.tr("Folders that you left out"), self))
        self._list = QListWidget(self)
        self._list.setObjectName("folders")
        self._list.setMinimumHeight(110)
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # the end of a folder's path tells the most
        for folder in folders:
            item = QListWidgetItem(str(folder))
            item.setData(_PATH, folder)
            item.setToolTip(wording.tooltip(str(folder)))
            self._list.addItem(item)
        column.addWidget(self._list, 2)
        again = QPushButton(self.tr("Take in again"), self)
        again.setObjectName("again")
        again.setAutoDefault(False)
        again.setEnabled(False)
        again.clicked.connect(self._on_again)
        self._list.itemSelectionChanged.connect(lambda: again.setEnabled(bool(self._list.selectedItems())))
        column.addWidget(again, 0, Qt.AlignmentFlag.AlignLeft)

    def accept(self) -> None:
        lines = self._lines()
        if lines != self._before:
            self.patterns_changed.emit(lines)
        super().accept()

    def _lines(self) -> list[str]:
        return [line for line in self._edit.toPlainText().splitlines() if line.strip()]

    def _look_at_patterns(self) -> None:
        unusable = [line for line in self._lines() if not line.startswith("#") and not self._is_pattern(line)]
        self._problem.setVisible(bool(unusable))
        self._problem.setText(self.tr("No pattern, so passed over: {lines}").format(lines=", ".join(unusable)))

    def _on_again(self) -> None:
        for item in self._list.selectedItems():
            self.folder_wanted.emit(item.data(_PATH))
            self._list.takeItem(self._list.row(item))
