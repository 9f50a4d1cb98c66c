"""Shows a text that was written for those who repair Oriel, to read, copy or find on the disk."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.ui.labels import quiet_label


class LogDialog(QDialog):
    """Never modal; changes nothing itself."""

    copy_requested = Signal()
    folder_requested = Signal()

    def __init__(self, title: str, hint: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(760, 480)
        told = quiet_label(hint, self)
        shown = QPlainTextEdit(text, self)
        shown.setObjectName("log")
        shown.setReadOnly(True)
        shown.setAccessibleName(title)
        shown.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        shown.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(told)
        layout.addWidget(shown, 1)
        layout.addLayout(self._make_buttons())

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        copy, folder = QPushButton(self.tr("Copy"), self), QPushButton(self.tr("Show in folder"), self)
        close = QPushButton(self.tr("Close"), self)
        copy.clicked.connect(self.copy_requested)
        folder.clicked.connect(self.folder_requested)
        close.clicked.connect(self.close)
        for button in (copy, folder, close):
            button.setAutoDefault(False)
        row.addWidget(copy)
        row.addWidget(folder)
        row.addStretch(1)
        row.addWidget(close)
        return row
