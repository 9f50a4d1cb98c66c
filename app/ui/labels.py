"""Labels in the ways that pages and dialogs word things: quiet lines, and headings."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from app.ui.theme import font


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
