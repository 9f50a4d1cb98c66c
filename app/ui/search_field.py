"""The search field: text, filters as chips, and pictures as a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QFocusEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QMenu, QSizePolicy, QToolButton, QWidget

from app.ui import wording
from app.ui.theme import colour, font, keep_icon, picture, theme

HEIGHT_PX = 36
WIDEST_PX = 680
LONGEST_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on. ``key`` says which one is taken away with the chip."""

    key: str
    text: str


class SearchField(QFrame):
    """Tells what is typed at once; whoever listens decides when to search."""

    text_changed = Signal(str)
    submitted = Signal(str)
    chip_removed = Signal(str)
    image_given = Signal(object)
    """A Path or a QImage to search with."""
    choose_image_requested = Signal()
    left_downwards = Signal()
    """The person wants to go on in the photos (Down or Tab from the text)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("search_field")
        self.setFixedHeight(HEIGHT_PX)
        self.setMaximumWidth(WIDEST_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAcceptDrops(True)
        self.filters = QMenu(self)
        self._chips = QWidget(self)
        self._chips_row = QHBoxLayout(self._chips)
        self._chips_row.setContentsMargins(0, 0, 0, 0)
        self._chips_row.setSpacing(6)
        self._edit = _Edit(self)
        self._edit.textChanged.connect(self.text_changed)
        self._edit.returnPressed.connect(lambda: self.submitted.emit(self._edit.text()))
        self._edit.left_downwards.connect(self.left_downwards)
        self._edit.focus_changed.connect(self.update)
        self._edit.image_pasted.connect(self.image_given)
        self._lay_out()
        theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 6, 0)
        row.setSpacing(8)
        self._lens = QLabel(self)
        row.addWidget(self._lens)
        row.addWidget(self._chips)
        row.addWidget(self._edit, 1)
        self._filter_button = self._button("sliders-horizontal", self.tr("Filters"))
        self._filter_button.setMenu(self.filters)
        self._filter_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        image_button = self._button("image-plus", self.tr("Search with a picture"))
        image_button.clicked.connect(self.choose_image_requested)
        row.addWidget(self._filter_button)
        row.addWidget(image_button)
        row.setSpacing(6)
        self._chips.hide()

    def _button(self, icon: str, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setFixedSize(QSize(26, 26))
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        keep_icon(button, icon, size_px=16)
        return button

    @property
    def text(self) -> str:
        return self._edit.text()

    def set_text(self, text: str) -> None:
        """Show a text without telling that it was typed."""
        if text != self._edit.text():
            self._edit.blockSignals(True)
            self._edit.setText(text)
            self._edit.blockSignals(False)

    def set_chips(self, chips: Sequence[Chip]) -> None:
        """Show these filters, and no others."""
        while (item := self._chips_row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for chip in chips:
            shown = _ChipWidget(chip, self._chips)
            shown.removed.connect(self.chip_removed)
            self._chips_row.addWidget(shown)
        self._chips.setVisible(bool(chips))
        self._edit.set_last_chip(chips[-1].key if chips else None)

    def take_focus(self) -> None:
        self._edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._edit.selectAll()

    # A picture dropped here is a question; folders go on to the window.

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _picture_of(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        given = _picture_of(event.mimeData())
        if given is not None:
            event.acceptProposedAction()
            self.image_given.emit(given)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_active = self._edit.hasFocus()
        edge = self.rect().toRectF().adjusted(1.5, 1.5, -1.5, -1.5)
        if is_active:
            painter.setPen(QPen(colour("accent", 0.25), 3))
            painter.drawRoundedRect(edge, 9, 9)
        painter.setPen(QPen(colour("accent" if is_active else "hairline"), 1))
        painter.setBrush(colour("panel"))
        painter.drawRoundedRect(edge, 8, 8)

    def _on_theme_changed(self) -> None:
        self._lens.setPixmap(picture("search", 16, "text_2", ratio=self.devicePixelRatioF()))
        self._edit.setFont(font("body"))
        self.update()


class _Edit(QLineEdit):
    """The text, without a frame of its own."""

    left_downwards = Signal()
    focus_changed = Signal()
    image_pasted = Signal(object)

    def __init__(self, field: SearchField) -> None:
        super().__init__(field)
        self._field = field
        self._last_chip: str | None = None
        self.setMaxLength(LONGEST_TEXT)
        self.setStyleSheet("QLineEdit { background: transparent; border: none; padding: 0; }")
        self.setPlaceholderText(self.tr("Search your photos: “two dogs running on a beach”, portugal, IMG_2041…"))
        self.setAccessibleName(self.tr("Search your photos"))
        self.setAcceptDrops(False)

    def set_last_chip(self, key: str | None) -> None:
        self._last_chip = key

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste) and QGuiApplication.clipboard().mimeData().hasImage():
            self.image_pasted.emit(QGuiApplication.clipboard().image())
        elif event.key() == Qt.Key.Key_Down:
            self.left_downwards.emit()
        elif event.key() == Qt.Key.Key_Backspace and not self.text() and self._last_chip is not None:
            self._field.chip_removed.emit(self._last_chip)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit()


class _ChipWidget(QFrame):
    """One filter with a cross."""

    removed = Signal(str)

    def __init__(self, chip: Chip, parent: QWidget) -> None:
        super().__init__(parent)
        self._key = chip.key
        self.setObjectName("chip")
        self.setFixedHeight(22)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 2, 0)
        row.setSpacing(2)
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setText(label.fontMetrics().elidedText(chip.text, Qt.TextElideMode.ElideMiddle, 200))
        label.setToolTip(wording.tooltip(chip.text))
        row.addWidget(label)
        cross = QToolButton(self)
        cross.setFixedSize(18, 18)
        cross.setStyleSheet("padding: 0; border: none;")
        keep_icon(cross, "x", size_px=12)
        cross.setAccessibleName(self.tr("Remove the filter “{text}”").format(text=chip.text))
        cross.clicked.connect(lambda: self.removed.emit(self._key))
        row.addWidget(cross)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("chip"))
        painter.drawRoundedRect(self.rect(), 5, 5)


def _picture_of(data: QMimeData) -> Path | QImage | None:
    """The picture in what is dragged: a file, or pixels from a browser."""
    files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    if len(files) == 1 and files[0].is_file():
        return files[0]
    if data.hasImage():
        image = data.imageData()
        return image if isinstance(image, QImage) and not image.isNull() else None
    return None
