"""The small card at the foot of the sidebar: what background work is doing, how far it is, and pause."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.ui import wording
from app.ui.theme import colour, font, keep_icon, theme


@dataclass(frozen=True, slots=True)
class CardState:
    """What the card says. ``share`` is 0 to 1, None while there is no total."""

    title: str
    detail: str
    share: float | None = None
    is_paused: bool = False
    can_pause: bool = True
    has_failures: bool = False


class StatusCard(QFrame):
    """Hidden while there is nothing to say."""

    details_requested = Signal()
    pause_toggled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedHeight(58)
        self._ring = _Ring(self)
        self._title = _OneLine(self)
        self._detail = QLabel(self)
        self._detail.setProperty("role", "quiet")
        self._pause = QToolButton(self)
        self._pause.setObjectName("pause")
        self._pause.clicked.connect(self.pause_toggled)
        self._icon = ""
        lines = QVBoxLayout()
        lines.setSpacing(1)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addStretch(1)
        lines.addWidget(self._title)
        lines.addWidget(self._detail)
        lines.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(11, 0, 6, 0)
        row.setSpacing(10)
        row.addWidget(self._ring)
        row.addLayout(lines, 1)
        row.addWidget(self._pause)
        title_font = font("body")
        title_font.setPixelSize(12)
        title_font.setWeight(title_font.Weight.DemiBold)
        self._title.setFont(title_font)
        self._detail.setFont(font("small"))
        for label in (self._title, self._detail):
            label.setMinimumWidth(10)
        self.hide()

    def show_state(self, state: CardState | None) -> None:
        """Say this; None hides the card."""
        self.setVisible(state is not None)
        if state is None:
            return
        self._title.say(state.title)
        self._detail.setText(state.detail)
        self._detail.setToolTip(wording.tooltip(state.detail))
        self._ring.show_share(state.share, is_failed=state.has_failures and not state.can_pause)
        self._pause.setVisible(state.can_pause)
        self._show_pause(state.is_paused)
        self.setAccessibleName(f"{state.title}. {state.detail}")
        self.setAccessibleDescription(self.tr("Opens the details of background work"))

    def _show_pause(self, is_paused: bool) -> None:
        icon = "play" if is_paused else "pause"
        if icon != self._icon:
            self._icon = icon
            keep_icon(self._pause, icon, size_px=16)
            name = self.tr("Go on") if is_paused else self.tr("Pause")
            self._pause.setAccessibleName(name)
            self._pause.setToolTip(name)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.details_requested.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.details_requested.emit()
        else:
            super().keyPressEvent(event)


class _OneLine(QLabel):
    """A text that ends in dots where it is too long; whoever points at it reads all of it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._whole = ""

    def say(self, text: str) -> None:
        self._whole = text
        self.setToolTip(wording.tooltip(text))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width()))


class _Ring(QWidget):
    """How much is done, as an arc."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(24, 24)
        self._share: float | None = None
        self._is_failed = False
        theme().changed.connect(self.update)

    def show_share(self, share: float | None, *, is_failed: bool) -> None:
        self._share, self._is_failed = share, is_failed
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRectF(2, 2, 20, 20)
        painter.setPen(QPen(colour("danger" if self._is_failed else "hairline"), 3))
        painter.drawEllipse(place)
        if self._is_failed:
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, "!")
            return
        share = 0.12 if self._share is None else max(0.02, min(1.0, self._share))
        pen = QPen(colour("accent"), 3)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(place, 90 * 16, round(-share * 360 * 16))
