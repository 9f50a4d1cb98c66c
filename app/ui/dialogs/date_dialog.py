"""Sets or shifts when photos were taken."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QLocale, Qt, QTimeZone, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDateTimeEdit,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.core.types import Photo
from app.ui import wording

_UTC = QTimeZone(QTimeZone.Initialization.UTC)
_UNITS_S = (86_400, 3_600, 60, 1)


class DateDialog(QDialog):
    """Shows one photo's date; what is chosen is told once, for all photos that it is about."""

    date_set = Signal(float)
    """Seconds as in Metadata."""
    date_shifted = Signal(float)
    """Seconds; later is positive."""
    date_cleared = Signal()

    def __init__(self, photo: Photo, count: int, parent: QWidget | None = None) -> None:
        """``photo`` is the one whose date is shown, of ``count`` that change."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Change date"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(460)
        self._photo = photo
        self._count = count
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(10)
        column.addWidget(_plain(f"{photo.name}: {wording.taken(photo)}", "quiet", self))
        self._add_setting(column)
        self._add_shifting(column)
        self._outcome = _plain("", "heading", self)
        self._outcome.setObjectName("outcome")
        column.addSpacing(4)
        column.addWidget(self._outcome)
        self._add_buttons(column)
        self._set.setChecked(True)
        self._on_changed()

    def _add_setting(self, column: QVBoxLayout) -> None:
        text = self.tr("Set to") if self._count == 1 else self.tr("Set all to")
        self._set = QRadioButton(text, self)
        self._set.setObjectName("set")
        self._set.toggled.connect(self._on_changed)
        self._moment = QDateTimeEdit(_moment(self._photo.taken_at), self)
        self._moment.setObjectName("moment")
        self._moment.setTimeZone(_UTC)  # wall-clock time, wherever it was
        self._moment.setDisplayFormat(_with_seconds(QLocale().dateTimeFormat(QLocale.FormatType.ShortFormat)))
        self._moment.setCalendarPopup(True)
        self._moment.dateTimeChanged.connect(lambda _: self._set.setChecked(True))
        self._moment.dateTimeChanged.connect(lambda _: self._on_changed())
        row = QHBoxLayout()
        row.addWidget(self._set)
        row.addWidget(self._moment)
        row.addStretch(1)
        column.addLayout(row)

    def _add_shifting(self, column: QVBoxLayout) -> None:
        text = self.tr("Shift by") if self._count == 1 else self.tr("Shift each by")
        self._shift = QRadioButton(text, self)
        self._shift.setObjectName("shift")
        self._shift.toggled.connect(self._on_changed)
        row = QHBoxLayout()
        row.addWidget(self._shift)
        self._parts: list[QSpinBox] = []
        for name, suffix, most in (
            ("days", self.tr(" d"), 36_500),
            ("hours", self.tr(" h"), 23),
            ("minutes", self.tr(" min"), 59),
            ("seconds", self.tr(" s"), 59),
        ):
            part = QSpinBox(self)
            part.setObjectName(name)
            part.setRange(0, most)
            part.setSuffix(suffix)
            part.valueChanged.connect(lambda _: self._shift.setChecked(True))
            part.valueChanged.connect(lambda _: self._on_changed())
            self._parts.append(part)
            row.addWidget(part)
        self._direction = QComboBox(self)
        self._direction.setObjectName("direction")
        self._direction.addItem(self.tr("later"), 1)
        self._direction.addItem(self.tr("earlier"), -1)
        self._direction.currentIndexChanged.connect(lambda _: self._shift.setChecked(True))
        self._direction.currentIndexChanged.connect(lambda _: self._on_changed())
        row.addWidget(self._direction)
        row.addStretch(1)
        column.addLayout(row)

    def _add_buttons(self, column: QVBoxLayout) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        apply = buttons.addButton(self.tr("Change date"), QDialogButtonBox.ButtonRole.AcceptRole)
        apply.setDefault(True)
        if self._count > 1 or wording.is_own_date(self._photo):
            clear = buttons.addButton(self.tr("Back to the file's date"), QDialogButtonBox.ButtonRole.ResetRole)
            clear.setObjectName("clear")
            clear.clicked.connect(self._on_clear)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

    @property
    def _shift_s(self) -> float:
        total = sum(part.value() * unit for part, unit in zip(self._parts, _UNITS_S, strict=True))
        return float(total * self._direction.currentData())

    @property
    def _chosen(self) -> float:
        """The shown photo's new date."""
        if self._shift.isChecked():
            return self._photo.taken_at + self._shift_s
        return self._moment.dateTime().toMSecsSinceEpoch() / 1000

    def _on_changed(self) -> None:
        self._outcome.setText(
            wording.moment(self._chosen)
            if self._count == 1
            else self.tr("{photos}, this one: {moment}").format(
                photos=wording.photos(self._count), moment=wording.moment(self._chosen)
            )
        )

    def _on_clear(self) -> None:
        self.date_cleared.emit()
        super().reject()

    def accept(self) -> None:
        if self._shift.isChecked() and self._shift_s:
            self.date_shifted.emit(self._shift_s)
        elif self._set.isChecked() and (self._count > 1 or self._chosen != self._photo.taken_at):
            self.date_set.emit(self._chosen)
        super().accept()


def _moment(taken_at: float) -> QDateTime:
    return QDateTime.fromMSecsSinceEpoch(round(taken_at * 1000), _UTC)


def _with_seconds(pattern: str) -> str:
    """A locale's short pattern with four digits of the year and with seconds, since a shift may be of seconds."""
    full = pattern if "yyyy" in pattern else pattern.replace("yy", "yyyy")
    return full if "ss" in full else full.replace("mm", "mm:ss", 1)


def _plain(text: str, role: str, parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    label.setWordWrap(True)
    label.setText(text)
    return label
