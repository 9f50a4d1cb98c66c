"""The list below the search field: what could be meant by what is typed. It never takes the focus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QColor, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsDropShadowEffect,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.ui.theme import colour, font, picture

_ROW_PX = 30
_AIR_PX = 5
_ICON_PX = 16


@dataclass(frozen=True, slots=True)
class Offer:
    """One row.

    Attributes:
        title: what is offered.
        detail: quiet, at the right end.
        icon: a Lucide name.
        text: of the whole query, once this is taken.
        cursor: where it stands then.
        is_question: the text is to be searched for at once.
        goes_on: there is more to choose behind it.
        is_sure: Tab takes it though nobody has chosen it: nothing else can be meant here.
    """

    title: str
    detail: str
    icon: str
    text: str
    cursor: int
    is_question: bool = False
    goes_on: bool = False
    is_sure: bool = False


class CompletionList(QFrame):
    """A card in the window, above all else in it: no window of its own, which could steal keys."""

    chosen = Signal(object)
    """An Offer."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("completion_list")
        self.setProperty("role", "popup")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._offers: Sequence[Offer] = ()
        self._rows = QListWidget(self)
        self._rows.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._rows.setMouseTracking(True)
        self._rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._rows.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._rows.setItemDelegate(_OfferPainter(self._rows))
        self._rows.setAccessibleName(self.tr("Suggestions"))
        self._rows.itemPressed.connect(lambda item: self._choose(self._rows.row(item)))
        column = QVBoxLayout(self)
        column.setContentsMargins(_AIR_PX, _AIR_PX, _AIR_PX, _AIR_PX)
        column.addWidget(self._rows)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(24)
        shadow.setOffset(0, 6)
        shadow.setColor(QColor(0, 0, 0, 70))
        self.setGraphicsEffect(shadow)
        self.hide()

    def show_below(self, edit: QWidget, offers: Sequence[Offer]) -> None:
        """As wide as what ``edit`` stands in."""
        self._offers = offers
        self._rows.clear()
        for offer in offers:
            item = QListWidgetItem(offer.title, self._rows)
            item.setData(Qt.ItemDataRole.UserRole, offer)
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, offer.detail)
        self._rows.setCurrentRow(-1)
        field, window = edit.parentWidget() or edit, edit.window()
        if self.parentWidget() is not window:
            self.setParent(window)
            window.installEventFilter(self)
        place = field.mapTo(window, QPoint(0, field.height() + 2))
        self.setGeometry(QRect(place, QSize(field.width(), len(offers) * _ROW_PX + 2 * _AIR_PX + 2)))
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A press that nothing in the window has taken moves no focus, and is meant for elsewhere all the same."""
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.Resize):
            self.hide()
        return False

    @property
    def offers(self) -> Sequence[Offer]:
        """What is shown, or was."""
        return self._offers

    def step(self, rows: int) -> bool:
        """Choose another row; above the first one is none. False where no row is left to be chosen or let go."""
        row = self._rows.currentRow() + rows
        if row < -1:
            return False
        if row < len(self._offers):
            self._rows.setCurrentRow(row)
            self._say(row)
        return True

    def _say(self, row: int) -> None:
        """To screen readers, which follow the focus, and that stays in the field."""
        if row >= 0:
            offer = self._offers[row]
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._rows, f"{offer.title} {offer.detail}"))

    def take(self, *, or_first: bool = False) -> bool:
        """Tell the chosen row. False where none is.

        Args:
            or_first: without a chosen one the first will do, where nothing else can be meant.
        """
        row = self._rows.currentRow()
        if row < 0 and or_first and self._offers and self._offers[0].is_sure:
            row = 0
        if row >= 0:
            self._choose(row)
        return row >= 0

    def chosen_question(self) -> str:
        """The whole question that is chosen and not taken yet; "" where none is."""
        row = self._rows.currentRow()
        return self._offers[row].text if 0 <= row < len(self._offers) and self._offers[row].is_question else ""

    def _choose(self, row: int) -> None:
        self.chosen.emit(self._offers[row])


class _OfferPainter(QStyledItemDelegate):
    """An icon, what is offered, and quietly at the right how many photos have it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, _ROW_PX)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        offer: Offer = index.data(Qt.ItemDataRole.UserRole)
        place: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font("body"))
        is_chosen = bool(state & QStyle.StateFlag.State_Selected)
        if is_chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour("selected" if is_chosen else "hover"))
            painter.drawRoundedRect(place, 6, 6)
        drawn = picture(offer.icon, _ICON_PX, "text_2", ratio=painter.device().devicePixelRatioF())
        painter.drawPixmap(place.left() + 7, place.center().y() - _ICON_PX // 2 + 1, drawn)
        inner = place.adjusted(7 + _ICON_PX + 10, 0, -10, 0)
        metrics = painter.fontMetrics()
        detail_px = min(metrics.horizontalAdvance(offer.detail) + 2, inner.width() // 2)
        title = metrics.elidedText(offer.title, Qt.TextElideMode.ElideRight, inner.width() - detail_px - 14)
        painter.setPen(colour("text_1"))
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)
        painter.setPen(colour("text_3"))
        detail = metrics.elidedText(offer.detail, Qt.TextElideMode.ElideRight, detail_px)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, detail)
        painter.restore()
