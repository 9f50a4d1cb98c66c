"""A calm line above the photos that a person may act on or send away; it never stands in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from app.ui.theme import keep_icon

_HEIGHT_PX = 44
Choice = tuple[str, Callable[[], None]]
"""A button's text and what it does."""


class NoticeBar(QFrame):
    """Hidden while there is nothing to say. What comes while something is said waits until that was sent away."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(_HEIGHT_PX)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setMinimumWidth(10)
        self._buttons: list[QPushButton] = []
        self._said: dict[str, tuple[str, Sequence[Choice]]] = {}
        self._choices = QHBoxLayout()
        self._choices.setSpacing(6)
        self._cross = QToolButton(self)
        self._cross.setObjectName("dismiss")
        self._cross.setAccessibleName(self.tr("Dismiss"))
        self._cross.setToolTip(self.tr("Dismiss"))
        keep_icon(self._cross, "x", size_px=14, colour="text_3")
        self._cross.clicked.connect(self.dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 0, 12, 0)
        row.setSpacing(12)
        row.addWidget(self._text, 1)
        row.addLayout(self._choices)
        row.addWidget(self._cross)
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text()

    def say(self, text: str, choices: Sequence[Choice], *, about: str = "") -> None:
        """Show a sentence with buttons, in place of the former one about the same; else it waits its turn."""
        self._said[about] = (text, choices)
        if next(iter(self._said)) == about:
            self._show(text, choices)

    def dismiss(self, *, about: str | None = None) -> None:
        """Take back what is said, or what is said or waits about this; the next one in turn follows."""
        shown = next(iter(self._said), None)
        gone = shown if about is None else about
        if gone is not None:
            self._said.pop(gone, None)
        if not self._said:
            self.hide()
        elif gone == shown:
            self._show(*next(iter(self._said.values())))

    def _show(self, text: str, choices: Sequence[Choice]) -> None:
        self._text.setText(text)
        self._text.setToolTip(text)
        for former in self._buttons:
            former.deleteLater()
        self._buttons.clear()
        for name, act in choices:
            button = QPushButton(name, self)
            button.clicked.connect(lambda _=False, act=act: act())
            self._choices.addWidget(button)
            self._buttons.append(button)
        self.show()
