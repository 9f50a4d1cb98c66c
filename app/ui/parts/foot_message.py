"""One quiet line at the foot of the sidebar, with a cross that sends it away."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from app.ui.theme import font, keep_icon


class FootMessage(QFrame):
    """Stays until it is sent away or another comes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.about: Path | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 0, 4)
        row.setSpacing(4)
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setObjectName("message")
        self._text.setTextFormat(Qt.TextFormat.PlainText)  # paths may hold what looks like markup
        cross = QToolButton(self)
        cross.setFixedSize(20, 20)
        cross.setStyleSheet("padding: 0; border: none;")
        cross.setAccessibleName(self.tr("Dismiss"))
        keep_icon(cross, "x", size_px=12, colour="text_3")
        cross.clicked.connect(self.hide)
        row.addWidget(self._text, 1)
        row.addWidget(cross, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text()

    def say(self, text: str, *, is_error: bool, about: Path | None) -> None:
        self.about = about
        self._text.setProperty("role", "danger" if is_error else "quiet")
        self._text.style().polish(self._text)
        self._text.setFont(font("small"))
        self._text.setText(text)
        self.setVisible(bool(text))
