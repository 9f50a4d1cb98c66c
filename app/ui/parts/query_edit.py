"""The text of the search field: underlines mistakes, offers what could be meant, takes pasted pictures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QGuiApplication,
    QImage,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QMoveEvent,
    QResizeEvent,
    QTextCharFormat,
)
from PySide6.QtWidgets import QLineEdit, QWidget

from app.ui.parts.completion_list import CompletionList, Offer
from app.ui.theme import tokens

LONGEST_TEXT = 10_000
_ADDRESS = re.compile(r"https?://\S+|data:image/\S+", re.IGNORECASE)


class QueryEdit(QLineEdit):
    """A line of text without a frame of its own. Its list of offers never has the focus."""

    typed = Signal(str, int)
    """The text and the place of the cursor, after a key: what could be meant?"""
    recent_wanted = Signal()
    """A person has come to the empty field."""
    taken = Signal(str)
    """A whole question was chosen from the list."""
    forget_wanted = Signal(str)
    """A question of the list that shall be offered no more."""
    left_downwards = Signal()
    focus_changed = Signal()
    last_chip_removed = Signal()
    picture_pasted = Signal(object)
    """Paths, a QImage or an address, as ``asked_with`` finds them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._is_composing = False
        self._is_marked = False
        self._list = CompletionList(self)
        self._list.chosen.connect(self._take)
        self.setMaxLength(LONGEST_TEXT)
        self.setStyleSheet("QLineEdit { background: transparent; border: none; padding: 0; }")
        self.setPlaceholderText(self.tr("Search your photos: “two dogs running on a beach”, portugal, IMG_2041…"))
        self.setAccessibleName(self.tr("Search your photos"))
        self.setAcceptDrops(False)
        self.textEdited.connect(self._on_edited)
        self.textChanged.connect(lambda _: self.mark([]))

    # What could be meant

    def offer(self, offers: Sequence[Offer]) -> None:
        """Show these below the field; none: show nothing."""
        if offers and self.hasFocus() and not self._is_composing:
            self._list.show_below(self, offers)
        else:
            self._list.hide()

    def _on_edited(self, text: str) -> None:
        if not text:
            self._list.hide()
        self.typed.emit(text, self.cursorPosition())

    def _take(self, offer: Offer) -> None:
        self._list.hide()
        self.setText(offer.text)
        self.setCursorPosition(offer.cursor)
        if offer.is_question:
            self.taken.emit(offer.text)
        elif offer.goes_on:
            self.typed.emit(offer.text, offer.cursor)

    # Mistakes

    def mark(self, places: Sequence[tuple[int, int]]) -> None:
        """Underline what lies between these places in the text, until it changes; not while a word is composed."""
        if self._is_composing or not (places or self._is_marked):
            return
        self._is_marked = bool(places)
        wave = QTextCharFormat()
        wave.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        wave.setUnderlineColor(QColor(tokens().danger))
        kind = QInputMethodEvent.AttributeType.TextFormat
        cursor = self.cursorPosition()  # places of attributes count from here
        attributes = [QInputMethodEvent.Attribute(kind, start - cursor, end - start, wave) for start, end in places]
        super().inputMethodEvent(QInputMethodEvent("", attributes))

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._is_composing = bool(event.preeditString())
        if self._is_composing:
            self._list.hide()  # Enter and the arrows belong to the input method
        super().inputMethodEvent(event)

    # Keys

    def event(self, event: QEvent) -> bool:
        """Tab and Esc are taken before they move the focus or are a shortcut, while there is a use for them."""
        if isinstance(event, QKeyEvent) and self._list.isVisible() and self._is_before_others(event):
            event.accept()
            return True
        return super().event(event)

    def _is_before_others(self, event: QKeyEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            return event.key() == Qt.Key.Key_Escape
        is_tab = event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Tab
        return is_tab and self._list.take(or_first=True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._list.isVisible() and self._is_for_list(event):
            return
        if event.matches(QKeySequence.StandardKey.Paste) and self._has_pasted_a_picture():
            return
        if event.key() == Qt.Key.Key_Down:
            self.left_downwards.emit()
        elif event.key() == Qt.Key.Key_Backspace and not self.text():
            if not event.isAutoRepeat():  # who holds the key down means the text
                self.last_chip_removed.emit()
        else:
            self._type(event)

    def _type(self, event: QKeyEvent) -> None:
        before, cursor = self.text(), self.cursorPosition()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._list.hide()
        super().keyPressEvent(event)
        if self.text() == before and self.cursorPosition() != cursor:
            self._list.hide()  # it was about another place

    def _is_for_list(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Delete and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
            asked = self._list.chosen_question()
            if asked:
                self.forget_wanted.emit(asked)  # as browsers do
            return bool(asked)
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            return self._list.step(1 if event.key() == Qt.Key.Key_Down else -1)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return self._list.take()
        if event.key() == Qt.Key.Key_Escape:
            self._list.hide()
            return True
        return False

    def _has_pasted_a_picture(self) -> bool:
        """Pictures, and the address of one standing alone, are a question of their own; all else is text."""
        given = asked_with(QGuiApplication.clipboard().mimeData())
        if given is not None:
            self.picture_pasted.emit(given)
        return given is not None

    # The list follows

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._list.hide()
        super().mousePressEvent(event)
        self._ask_for_recent()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit()
        if event.reason() == Qt.FocusReason.ShortcutFocusReason:
            self._ask_for_recent()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._list.hide()
        self.focus_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._list.hide()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self._list.hide()

    def _ask_for_recent(self) -> None:
        if not self.text():
            self.recent_wanted.emit()


def asked_with(data: QMimeData) -> list[Path] | QImage | str | None:
    """What of dragged or copied data can be searched with: files, pixels, or an address; None: nothing.

    A browser gives a picture's pixels beside its address; the pixels are there already.
    """
    files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    if files:
        return files if all(file.is_file() for file in files) else None
    if data.hasImage():
        image = data.imageData()
        return image if isinstance(image, QImage) and not image.isNull() else None
    text = data.urls()[0].toString() if len(data.urls()) == 1 else data.text().strip()
    return text if _ADDRESS.fullmatch(text) else None
