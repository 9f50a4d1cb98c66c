"""Two calendars: photos from one day to another."""

from __future__ import annotations

from PySide6.QtCore import QDate, QEvent, QLocale, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCharFormat
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCalendarWidget,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from app.ui.theme import colour, theme


class RangeDialog(QDialog):
    """The second day is never before the first: whichever is moved past the other takes it along."""

    chosen = Signal(str)
    """As it is typed behind ``date:``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Taken from … to …"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        today = QDate.currentDate()
        self._first = _calendar(QDate(today.year(), today.month(), 1), "first", self)
        self._last = _calendar(today, "last", self)
        self._first.selectionChanged.connect(self._on_first_changed)
        self._last.selectionChanged.connect(self._on_last_changed)
        days = QGridLayout()
        days.setHorizontalSpacing(20)
        days.setVerticalSpacing(8)
        for at, (text, calendar) in enumerate(((self.tr("From"), self._first), (self.tr("To"), self._last))):
            label = QLabel(text, self)
            label.setProperty("role", "heading")
            label.setBuddy(calendar)
            calendar.setAccessibleName(text)
            days.addWidget(label, 0, at)
            days.addWidget(calendar, 1, at)
            for view in calendar.findChildren(QAbstractItemView):
                view.installEventFilter(self)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        show = buttons.addButton(self.tr("Show"), QDialogButtonBox.ButtonRole.AcceptRole)
        show.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(14)
        column.addLayout(days)
        column.addWidget(buttons)
        theme().changed.connect(self._dress)
        self._dress()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter on a day is about the whole dialog; a calendar would keep it to itself."""
        is_enter = isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and event.type() == QEvent.Type.KeyPress:
            self.accept()
            return True
        return super().eventFilter(watched, event)

    def accept(self) -> None:
        first, last = (each.selectedDate().toString(Qt.DateFormat.ISODate) for each in (self._first, self._last))
        self.chosen.emit(first if first == last else f"{first}..{last}")
        super().accept()

    def _dress(self) -> None:
        """Colours that a calendar keeps for itself, beyond the style sheet."""
        quiet = QTextCharFormat()
        quiet.setForeground(colour("text_2"))
        for calendar in (self._first, self._last):
            calendar.setHeaderTextFormat(quiet)
            for weekend in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):  # red by default: no day is wrong
                calendar.setWeekdayTextFormat(weekend, quiet)

    def _on_first_changed(self) -> None:
        if self._last.selectedDate() < self._first.selectedDate():
            self._last.setSelectedDate(self._first.selectedDate())

    def _on_last_changed(self) -> None:
        if self._first.selectedDate() > self._last.selectedDate():
            self._first.setSelectedDate(self._last.selectedDate())


def _calendar(day: QDate, name: str, parent: QWidget) -> QCalendarWidget:
    calendar = QCalendarWidget(parent)
    calendar.setObjectName(name)
    calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
    calendar.setFirstDayOfWeek(QLocale().firstDayOfWeek())
    calendar.setSelectedDate(day)
    return calendar
