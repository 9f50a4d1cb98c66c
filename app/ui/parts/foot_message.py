"""One quiet line at the foot of the sidebar, with a cross that sends it away."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from app.ui.theme import font, keep_icon
from app.ui.timers import pausing

PASSES_MS = 30_000
"""Long enough to read two sentences and to note a path."""


@dataclass(frozen=True, slots=True)
class Message:
    """``is_error``: in the colour of errors. ``about``: a folder that is not there; when it is back, the line goes.

    ``is_passing``: the answer to something that a person did, which ends with what they do next.
    """

    text: str
    is_error: bool = False
    about: Path | None = None
    is_passing: bool = False


class FootMessage(QFrame):
    """Stays until it is sent away or another comes; what passes gives its place back to what stood there before."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown: Message | None = None
        self._lasting: Message | None = None
        self._pause = pausing(self, PASSES_MS, self.pass_by)
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
        cross.clicked.connect(self._dismiss)
        row.addWidget(self._text, 1)
        row.addWidget(cross, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text()

    def say(self, message: Message) -> None:
        if not message.is_passing:
            self._lasting = message
        self._show(message)

    def pass_by(self) -> None:
        """The person does something else: an answer to what they did before is no news any more."""
        if self._shown is not None and self._shown.is_passing:
            self._show(self._lasting)

    def end_about(self, folders: Collection[Path]) -> None:
        """These are there again."""
        if self._lasting is not None and self._lasting.about in folders:
            was_shown, self._lasting = self._shown is self._lasting, None
            if was_shown:
                self._show(None)

    def _dismiss(self) -> None:
        if self._shown is self._lasting:
            self._lasting = None
        self._show(self._lasting)

    def _show(self, message: Message | None) -> None:
        self._shown = message
        self._pause.stop()
        if message is not None and message.text:
            self._text.setProperty("role", "danger" if message.is_error else "quiet")
            self._text.style().polish(self._text)
            self._text.setFont(font("small"))
        self._text.setText("" if message is None else message.text)
        self.setVisible(message is not None and bool(message.text))
        if message is not None and message.is_passing and self.isVisible():
            self._pause.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._pause.stop()
        super().hideEvent(event)
