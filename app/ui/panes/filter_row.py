"""The line below the search field: the filters in the query as chips, and what is wrong with the query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.ui import wording
from app.ui.parts.info_widgets import Flow
from app.ui.theme import keep_icon, picture, theme

_CHIP_PX = 24
_WIDEST_NAME_PX = 260


@dataclass(frozen=True, slots=True)
class Filter:
    """One chip. ``part`` says to whoever listens which part of the query it stands for."""

    part: Any
    name: str


class FilterRow(QWidget):
    """Hidden while there is nothing to say."""

    removed = Signal(object)
    """The part of a Filter."""
    chosen = Signal(object)
    """The person wants to change this part."""

    def __init__(self, menu: QMenu, parent: QWidget | None = None) -> None:
        """``menu`` offers more filters."""
        super().__init__(parent)
        self.setObjectName("filter_row")
        self._filters: tuple[Filter, ...] = ()
        self._chips: list[_FilterChip] = []
        self._row = QWidget(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self._row.setSizePolicy(policy)
        self._flow = Flow(self._row, spacing_px=6)
        self._hint = _Mistake(self)
        self._more = self._make_more(menu)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 8, 14, 0)
        column.setSpacing(6)
        column.addWidget(self._row)
        column.addWidget(self._hint)
        self.show_filters(())
        self.say("")

    @property
    def names(self) -> list[str]:
        return [each.name for each in self._filters]

    @property
    def hint(self) -> str:
        return self._hint.text

    def show_filters(self, filters: Sequence[Filter]) -> None:
        """Show these chips, and no others."""
        if tuple(filters) != self._filters:
            focused = next((at for at, chip in enumerate(self._chips) if chip.has_focus), None)
            self._filters = tuple(filters)
            self._make_chips()
            if focused is not None and self._chips:
                self._chips[min(focused, len(self._chips) - 1)].take_focus()
        self._row.setVisible(bool(self._filters))
        self._settle()

    @property
    def details(self) -> str:
        return self._hint.toolTip()

    def say(self, hint: str, details: str = "") -> None:
        """What is wrong with the query; "": nothing. ``details`` show over it, a line each."""
        self._hint.say(hint)
        self._hint.setToolTip(wording.tooltip(details))
        self._hint.setVisible(bool(hint))
        self._settle()

    def _settle(self) -> None:
        self.setVisible(bool(self._filters or self._hint.text))

    def _make_chips(self) -> None:
        while self._flow.takeAt(0) is not None:
            pass
        for chip in self._chips:
            chip.hide()
            chip.deleteLater()
        self._chips = [_FilterChip(each.name, self._row) for each in self._filters]
        for chip, each in zip(self._chips, self._filters, strict=True):
            chip.removed.connect(lambda part=each.part: self.removed.emit(part))
            chip.chosen.connect(lambda part=each.part: self.chosen.emit(part))
            self._flow.addWidget(chip)
            chip.show()
        self._flow.addWidget(self._more)

    def _make_more(self, menu: QMenu) -> QToolButton:
        more = QToolButton(self._row)
        more.setObjectName("more_filters")
        more.setText(self.tr("Filter"))
        more.setAccessibleName(self.tr("Add a filter"))
        more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        more.setMenu(menu)
        more.setFixedHeight(_CHIP_PX)
        keep_icon(more, "plus", size_px=14)
        return more


class _FilterChip(QFrame):
    """The name leads to the filter's words in the field; the cross takes it away, as Delete does."""

    removed = Signal()
    chosen = Signal()

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("filter_chip")
        self.setFixedHeight(_CHIP_PX)
        self._body = QToolButton(self)
        self._body.setObjectName("chip_name")
        elided = self._body.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, _WIDEST_NAME_PX)
        self._body.setText(elided.replace("&", "&&"))
        self._body.setAccessibleName(name)
        self._body.setToolTip(wording.tooltip(name if elided != name else self.tr("Change in the search field")))
        self._body.clicked.connect(self.chosen)
        self._cross = QToolButton(self)
        self._cross.setObjectName("chip_cross")
        self._cross.setFixedSize(20, 20)
        self._cross.setAccessibleName(self.tr("Remove the filter “{text}”").format(text=name))
        self._cross.setToolTip(self.tr("Remove"))
        keep_icon(self._cross, "x", size_px=12)
        self._cross.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 0, 2, 0)
        row.setSpacing(0)
        row.addWidget(self._body)
        row.addWidget(self._cross)
        for button in (self._body, self._cross):
            button.installEventFilter(self)

    @property
    def has_focus(self) -> bool:
        return self._body.hasFocus() or self._cross.hasFocus()

    def take_focus(self) -> None:
        self._cross.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        deleting = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
        if isinstance(event, QKeyEvent) and event.key() in deleting:
            # Del is also a shortcut, and moves photos to the trash.
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.removed.emit()
                return True
        return False


class _Mistake(QWidget):
    """One quiet sentence behind a small sign."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._sign = QLabel(self)
        self._text = QLabel(self)
        self._text.setObjectName("mistake")
        self._text.setProperty("role", "quiet")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._sign)
        row.addWidget(self._text, 1)
        theme().changed.connect(self._draw_sign)
        self._draw_sign()

    @property
    def text(self) -> str:
        return self._text.text()

    def say(self, text: str) -> None:
        self._text.setText(text)

    def _draw_sign(self) -> None:
        self._sign.setPixmap(picture("triangle-alert", 14, "text_3", ratio=self.devicePixelRatioF()))
