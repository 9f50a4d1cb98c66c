"""The search field: text, filters as chips, and pictures as a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget

from app.ui import wording
from app.ui.parts.completion_list import Offer
from app.ui.parts.query_edit import QueryEdit, asked_with
from app.ui.theme import colour, font, keep_icon, picture, theme

HEIGHT_PX = 36
WIDEST_PX = 680
_CHIP_PX = 200
_CHIPS_PX = 300
"""The text of one chip, and of all of them side by side: typing needs room too."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on. ``key`` says which one is taken away with the chip; ``weight`` is that of a picture."""

    key: str
    text: str
    weight: float | None = None


class SearchField(QFrame):
    """Tells what is typed at once; whoever listens decides when to search."""

    text_changed = Signal(str)
    submitted = Signal(str)
    typed = Signal(str, int)
    """The text after a key, and the place of the cursor in it."""
    recent_wanted = Signal()
    """A person has come to the empty field."""
    forget_wanted = Signal(str)
    """What was asked once and shall be offered no more."""
    chip_removed = Signal(str)
    chip_weighed = Signal(str, float)
    """The picture of this chip shall count so much; below 0: it is unwanted."""
    image_given = Signal(object)
    """A list of Paths or a QImage to search with."""
    address_given = Signal(str)
    """Where a picture to search with lies on the web."""
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
        self._last_chip: str | None = None
        self._edit = QueryEdit(self)
        self._edit.textChanged.connect(self.text_changed)
        self._edit.returnPressed.connect(lambda: self.submitted.emit(self._edit.text()))
        self._edit.left_downwards.connect(self.left_downwards)
        self._edit.focus_changed.connect(self.update)
        self._edit.picture_pasted.connect(self.take)
        self._edit.last_chip_removed.connect(self._remove_last_chip)
        self._edit.typed.connect(self.typed)
        self._edit.recent_wanted.connect(self.recent_wanted)
        self._edit.forget_wanted.connect(self.forget_wanted)
        self._edit.taken.connect(self.submitted)
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
            self._edit.mark([])
            self._edit.offer([])

    def retype(self, text: str) -> None:
        """Show a text as ``set_text``; Ctrl+Z in the field brings back what stood there."""
        if text != self._edit.text():
            self._edit.blockSignals(True)
            self._edit.selectAll()
            self._edit.insert(text)
            self._edit.blockSignals(False)
            self._edit.mark([])
            self._edit.offer([])

    @property
    def place(self) -> int:
        """Where the cursor stands in the text."""
        return self._edit.cursorPosition()

    @property
    def has_focus(self) -> bool:
        """Whether a person may be typing."""
        return self._edit.hasFocus()

    def offer(self, offers: Sequence[Offer]) -> None:
        """Show below the field what could be meant."""
        self._edit.offer(offers)

    def mark(self, places: Sequence[tuple[int, int]]) -> None:
        """Underline mistakes, each from its first place in the text to the one behind it."""
        self._edit.mark(places)

    def select(self, start: int, end: int) -> None:
        """Let the person change this part of the text."""
        self._edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self._edit.setSelection(start, end - start)

    def set_chips(self, chips: Sequence[Chip]) -> None:
        """Show these filters, and no others."""
        while (item := self._chips_row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for chip in chips:
            shown = _ChipWidget(chip, self._chips, width_px=_CHIPS_PX // max(len(chips), _CHIPS_PX // _CHIP_PX))
            shown.removed.connect(self.chip_removed)
            shown.weighed.connect(self.chip_weighed)
            self._chips_row.addWidget(shown)
        self._chips.setVisible(bool(chips))
        self._last_chip = chips[-1].key if chips else None

    def _remove_last_chip(self) -> None:
        if self._last_chip is not None:
            self.chip_removed.emit(self._last_chip)

    def take_focus(self) -> None:
        self._edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._edit.selectAll()

    # A picture dropped here is a question; folders go on to the window.

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if asked_with(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        given = asked_with(event.mimeData())
        if given is not None:
            event.acceptProposedAction()
            self.take(given)

    def take(self, given: list[Path] | QImage | str) -> None:
        """Pictures to search with, as ``asked_with`` finds them."""
        if isinstance(given, str):
            self.address_given.emit(given)
        else:
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


class _ChipWidget(QFrame):
    """One filter with a cross; a picture's opens a menu of how much it counts."""

    removed = Signal(str)
    weighed = Signal(str, float)

    def __init__(self, chip: Chip, parent: QWidget, *, width_px: int) -> None:
        """``width_px``: a longer text is shortened to that."""
        super().__init__(parent)
        self._key = chip.key
        self.setObjectName("chip")
        self.setFixedHeight(22)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 2, 0)
        row.setSpacing(2)
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setText(label.fontMetrics().elidedText(chip.text, Qt.TextElideMode.ElideRight, width_px))
        label.setToolTip(wording.tooltip(chip.text))
        row.addWidget(label)
        if chip.weight is not None:
            row.addWidget(self._weights(chip.weight))
        cross = QToolButton(self)
        cross.setFixedSize(18, 18)
        cross.setStyleSheet("padding: 0; border: none;")
        keep_icon(cross, "x", size_px=12)
        cross.setAccessibleName(self.tr("Remove the filter “{text}”").format(text=chip.text))
        cross.clicked.connect(lambda: self.removed.emit(self._key))
        row.addWidget(cross)

    def _weights(self, weight: float) -> QToolButton:
        button = QToolButton(self)
        button.setFixedSize(18, 18)
        button.setStyleSheet("QToolButton { padding: 0; border: none; } QToolButton::menu-indicator { image: none; }")
        keep_icon(button, "chevron-down", size_px=12)
        button.setAccessibleName(self.tr("How much this picture counts"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        for text, value in (
            (self.tr("Much like this"), 2.0),
            (self.tr("Like this"), 1.0),
            (self.tr("A little like this"), 0.5),
            (self.tr("Unlike this"), -1.0),
        ):
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(value == weight)
            action.triggered.connect(lambda _=False, value=value: self.weighed.emit(self._key, value))
        button.setMenu(menu)
        return button

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("chip"))
        painter.drawRoundedRect(self.rect(), 5, 5)
