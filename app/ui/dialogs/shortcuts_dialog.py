"""The list of all keys, read from the table of actions."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app import APP_NAME, __version__
from app.ui.actions import GROUPS, TABLE, Row, translated
from app.ui.labels import heading_label

_TOLD_IN_ONE = tuple(f"rate_{rating}" for rating in range(1, 6))
_BAR_PX = 12
_AROUND = QSize(80, 200)
"""What of the screen is left around the list: the frame, the foot, a task bar."""


class ShortcutsDialog(QDialog):
    """Three columns: library, photo, view."""

    diagnostics_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        table = QWidget(self)
        columns = QHBoxLayout(table)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(32)
        for group in GROUPS:
            columns.addLayout(self._column(group))
        close = QPushButton(self.tr("Close"), self)
        close.setAutoDefault(False)
        close.clicked.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(18)
        layout.addWidget(self._made_scrollable(table), 1)
        layout.addLayout(self._make_foot(close))

    def _made_scrollable(self, table: QWidget) -> QScrollArea:
        """As large as all of it where the screen has the room."""
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setProperty("role", "panel")
        table.setProperty("role", "panel")
        table.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        area.setSizeAdjustPolicy(QScrollArea.SizeAdjustPolicy.AdjustToContents)
        area.setWidgetResizable(True)
        area.setWidget(table)
        size, screen = table.sizeHint() + QSize(_BAR_PX, _BAR_PX), self.screen().availableSize() - _AROUND
        area.setMinimumSize(size.boundedTo(screen))
        return area

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
        rows = [
            row for row in TABLE if row.group == group and (row.keys or row.told_keys) and row.name not in _TOLD_IN_ONE
        ]
        for place, row in enumerate(rows):
            keys = QLabel(self._keys(row), self)
            keys.setProperty("role", "quiet")
            grid.addWidget(QLabel(translated(row.told or row.text).rstrip("…"), self), place, 0)
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
