"""Labels in the ways that panes and dialogs word things: quiet lines, headings, and lines that end in an ellipsis."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from app.ui.theme import font
from app.ui.wording import tooltip


def quiet_label(text: str, parent: QWidget | None = None) -> QLabel:
    """A line in the second colour, as many lines as it needs; what looks like a tag in it is text."""
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", "quiet")
    label.setWordWrap(True)
    return label


def heading_label(text: str, parent: QWidget | None = None) -> QLabel:
    """What a page or a part of it is called."""
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", "heading")
    label.setFont(font("heading"))
    return label


class ElidedLabel(QLabel):
    """One line of plain text that ends in "…" where there is no room for all of it; its tooltip has it then."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

    @property
    def shown(self) -> str:
        """What there is room for."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width())

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance("…"), super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self.shown
        self.setToolTip(tooltip(self.text()) if shown != self.text() else "")
        painter = QPainter(self)
        place, role = self.contentsRect(), self.foregroundRole()
        self.style().drawItemText(painter, place, self.alignment(), self.palette(), self.isEnabled(), shown, role)
