"""The line above the photos: the search field in the middle, four small tools on the right."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from app.core.types import Order
from app.ui import wording
from app.ui.theme import keep_icon

HEIGHT_PX = 60


class TopBar(QWidget):
    """Holds a search field and tells which order was chosen."""

    order_chosen = Signal(object)
    """An Order."""

    def __init__(self, field: QWidget, tools: list[QAction], information: QAction, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEIGHT_PX)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 0, 20, 0)
        row.setSpacing(4)
        row.addStretch(1)
        row.addWidget(field, 100)
        row.addStretch(1)
        row.addSpacing(16)
        for action in tools:
            row.addWidget(self._button(action))
        row.addWidget(self._make_order_button())
        information.setCheckable(True)
        row.addWidget(self._button(information))

    def set_order(self, order: Order | None) -> None:
        """Tick the order that the photos stand in; None: in none of these, but by match."""
        for each, action in self._orders.items():
            action.setChecked(each is order)

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        self._dress(button, action.text().rstrip("…"))
        return button

    def _make_order_button(self) -> QToolButton:
        menu = QMenu(self)
        group = QActionGroup(menu)
        group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)  # by match, none of them is ticked
        self._orders = {order: self._choice(menu, group, wording.order(order), order) for order in Order}
        button = QToolButton(self)
        keep_icon(button, "arrow-down-wide-narrow")
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setObjectName("order")
        self._dress(button, self.tr("Sort"))
        return button

    def _choice(self, menu: QMenu, group: QActionGroup, text: str, order: Order) -> QAction:
        action = menu.addAction(text)
        action.setCheckable(True)
        group.addAction(action)
        action.triggered.connect(lambda: self.order_chosen.emit(order))
        return action

    @staticmethod
    def _dress(button: QToolButton, name: str) -> None:
        button.setFixedSize(QSize(30, 30))
        button.setIconSize(QSize(16, 16))
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
