"""The details of background work: every stage, pause and resume, and what was skipped with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.core.types import Failure, Stage
from app.ui import wording
from app.ui.labels import heading_label

_MOST_ROWS = 5_000
_WIDTH_WITH_TABLE_PX, _HEIGHT_WITH_TABLE_PX = 760, 480
_ROW_PX, _MOST_ROWS_AT_ONCE = 30, 7


@dataclass(frozen=True, slots=True)
class StageLine:
    """What one stage's line says. ``share`` is 0 to 1; None: no bar. ``has_stopped``: an error ended it half-way."""

    stage: Stage
    text: str
    share: float | None = None
    has_stopped: bool = False


class WorkDialog(QDialog):
    """Never modal: work goes on, and the lines follow it."""

    pause_toggled = Signal()
    retry_requested = Signal()
    failure_chosen = Signal(object)
    change_cancelled = Signal()
    """The present model shall stay."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Background work"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(640)
        self._lines: dict[Stage, tuple[QLabel, QProgressBar]] = {}
        self._titles: dict[Stage, QLabel] = {}
        self._stay = self._make_stay()
        self._failures: list[Failure] = []
        self._has_stopped = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(12)
        layout.addLayout(self._make_stages())
        self._title = heading_label("", self)
        layout.addSpacing(6)
        layout.addWidget(self._title)
        self._table = self._make_table()
        layout.addWidget(self._table, 100)
        layout.addStretch(1)
        layout.addLayout(self._make_buttons())
        self.show_failures([])

    def _make_stages(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        for row, stage in enumerate(Stage):
            bar, text = QProgressBar(self), QLabel(self)
            bar.setTextVisible(False)
            bar.setRange(0, 1000)
            bar.setAccessibleName(wording.stage(stage))
            text.setProperty("role", "quiet")
            text.setWordWrap(True)
            cell = QVBoxLayout()
            cell.setSpacing(4)
            cell.addWidget(text)
            cell.addWidget(bar)
            cell.addStretch(1)
            if stage is Stage.PREPARE:
                cell.insertWidget(2, self._stay, 0, Qt.AlignmentFlag.AlignLeft)
            self._titles[stage] = QLabel(wording.stage(stage), self)
            grid.addWidget(self._titles[stage], row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addLayout(cell, row, 1)
            self._lines[stage] = (text, bar)
        return grid

    def _make_stay(self) -> QPushButton:
        stay = QPushButton(self.tr("Stay with the present model"), self)
        stay.setObjectName("stay")
        stay.setToolTip(self.tr("What was made is kept: the same change goes on from there"))
        stay.setAutoDefault(False)
        stay.clicked.connect(self.change_cancelled)
        return stay

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, 3, self)
        table.setObjectName("failures")
        table.setHorizontalHeaderLabels([self.tr("File"), self.tr("Reason"), self.tr("Folder")])
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # the end of a folder's path tells the most
        table.setWordWrap(False)  # else only the last line of what is wrapped is shortened, at its end
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        table.setColumnWidth(0, 180)
        table.setColumnWidth(2, 200)
        table.setMinimumHeight(120)
        table.setAccessibleName(self.tr("Skipped files"))
        table.cellDoubleClicked.connect(self._on_row_chosen)
        return table

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self._pause = QPushButton(self)
        self._pause.setObjectName("pause")
        self._pause.clicked.connect(self.pause_toggled)
        self._retry = QPushButton(self.tr("Try again"), self)
        self._retry.setToolTip(self.tr("Take up what has stopped, and try skipped files once more"))
        self._retry.setObjectName("retry")
        self._retry.clicked.connect(self.retry_requested)
        close = QPushButton(self.tr("Close"), self)
        close.clicked.connect(self.close)
        for button in (self._pause, self._retry, close):
            button.setAutoDefault(False)
        row.addWidget(self._pause)
        row.addWidget(self._retry)
        row.addStretch(1)
        row.addWidget(close)
        self.set_paused(False)
        return row

    def set_paused(self, is_paused: bool) -> None:
        self._pause.setText(self.tr("Go on") if is_paused else self.tr("Pause"))

    def show_lines(self, lines: Sequence[StageLine]) -> None:
        """Say this of the stages; a change of model that is not under way needs no line."""
        is_changing = any(line.stage is Stage.PREPARE for line in lines)
        for widget in (self._titles[Stage.PREPARE], *self._lines[Stage.PREPARE], self._stay):
            widget.setVisible(is_changing)
        for line in lines:
            text, bar = self._lines[line.stage]
            text.setText(line.text)
            bar.setVisible(line.share is not None)
            bar.setValue(round((line.share or 0) * 1000))
        self._has_stopped = any(line.has_stopped for line in lines)
        self._enable_retry()

    def show_failures(self, failures: Sequence[Failure]) -> None:
        self._failures = list(failures[:_MOST_ROWS])
        count = len(failures)
        self._title.setText(
            self.tr("{photos} skipped").format(photos=wording.photos(count))
            if count
            else self.tr("Nothing was skipped")
        )
        self._table.setVisible(bool(count))
        if count:
            height = _HEIGHT_WITH_TABLE_PX + _ROW_PX * min(count, _MOST_ROWS_AT_ONCE)
            self.resize(max(_WIDTH_WITH_TABLE_PX, self.width()), max(height, self.height()))
        self._enable_retry()
        self._table.setRowCount(len(self._failures))
        for row, failure in enumerate(self._failures):
            texts = (failure.path.name, wording.reason(failure.reason), str(failure.path.parent))
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(wording.tooltip(str(failure.path) if column != 1 else failure.detail or text))
                self._table.setItem(row, column, item)

    def _enable_retry(self) -> None:
        self._retry.setEnabled(bool(self._failures) or self._has_stopped)

    def _on_row_chosen(self, row: int, _column: int) -> None:
        self.failure_chosen.emit(self._failures[row])
