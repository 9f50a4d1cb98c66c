"""The list of all keys, read from the table of actions."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app import APP_NAME, __version__
from app.ui.actions import GROUPS, TABLE, Row, translated
from app.ui.labels import heading_label


class ShortcutsDialog(QDialog):
    """Three columns: library, photo, view."""

    diagnostics_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        columns = QHBoxLayout()
        columns.setSpacing(40)
        for group in GROUPS:
            columns.addLayout(self._column(group))
        close = QPushButton(self.tr("Close"), self)
        close.setAutoDefault(False)
        close.clicked.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(18)
        layout.addLayout(columns)
        layout.addLayout(self._make_foot(close))

    def _make_foot(self, close: QPushButton) -> QHBoxLayout:
        """Which Oriel this is, and what somebody who helps will ask for."""
        told = QLabel(f"{APP_NAME} {__version__}", self)
        told.setProperty("role", "quiet")
        diagnostics = QPushButton(self.tr("Copy diagnostics"), self)
        diagnostics.setObjectName("copy_diagnostics")
        diagnostics.setAutoDefault(False)
        diagnostics.clicked.connect(self.diagnostics_requested)
        row = QHBoxLayout()
        row.addWidget(told)
        row.addStretch(1)
        row.addWidget(diagnostics)
        row.addWidget(close)
        return row

    def _column(self, group: str) -> QVBoxLayout:
        title = heading_label(translated(GROUPS[group]), self)
        grid = QGridLayout()
        grid.setVerticalSpacing(7)
        grid.setHorizontalSpacing(18)
        rows = [row for row in TABLE if row.group == group and (row.keys or row.told_keys)]
        for place, row in enumerate(rows):
            keys = QLabel(self._keys(row), self)
            keys.setProperty("role", "quiet")
            grid.addWidget(QLabel(translated(row.text).rstrip("…"), self), place, 0)
            grid.addWidget(keys, place, 1)
        column = QVBoxLayout()
        column.setSpacing(10)
        column.addWidget(title)
        column.addLayout(grid)
        column.addStretch(1)
        return column

    @staticmethod
    def _keys(row: Row) -> str:
        native = QKeySequence.SequenceFormat.NativeText
        keys = [QKeySequence(keys).toString(native) for keys in row.keys]
        return ", ".join([translated(row.told_keys)] if row.told_keys else keys)
