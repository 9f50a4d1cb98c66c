"""All values of a field, with how many photos have each; typing narrows them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.core.query import Suggestion
from app.ui import wording

_VALUE = Qt.ItemDataRole.UserRole


class ValuesDialog(QDialog):
    """Tells what is typed; whoever listens shows what fits. A click or Enter chooses."""

    typed = Signal(str)
    chosen = Signal(str)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(420, 480)
        self._is_closed = False
        self._edit = QLineEdit(self)
        self._edit.setPlaceholderText(self.tr("Search"))
        self._edit.setAccessibleName(title)
        self._edit.setClearButtonEnabled(True)
        self._edit.textEdited.connect(self.typed)
        self._edit.installEventFilter(self)
        self._values = QTreeWidget(self)
        self._values.setObjectName("values")
        self._values.setAccessibleName(title)
        self._values.setColumnCount(2)
        self._values.setRootIsDecorated(False)
        self._values.setUniformRowHeights(True)
        self._values.setHeaderHidden(True)
        self._values.header().setStretchLastSection(False)
        self._values.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._values.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._values.itemClicked.connect(self._choose)
        self._values.itemActivated.connect(self._choose)
        self._none = QLabel(self.tr("Nothing begins so."), self)
        self._none.setProperty("role", "quiet")
        self._none.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(10)
        column.addWidget(self._edit)
        column.addWidget(self._none)
        column.addWidget(self._values, 1)

    def show_values(self, values: Sequence[Suggestion]) -> None:
        """In this order."""
        if self._is_closed:
            return
        self._values.clear()
        for each in values:
            item = QTreeWidgetItem([each.value, "" if each.count is None else wording.number(each.count)])
            item.setData(0, _VALUE, each.value)
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._values.addTopLevelItem(item)
        self._none.setVisible(not values)
        first = self._values.topLevelItem(0)
        if first is not None:
            self._values.setCurrentItem(first)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up, Down and Enter in the line are about the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            current = self._values.currentItem()
            if step is not None and current is not None:
                following = self._values.topLevelItem(self._values.indexOfTopLevelItem(current) + step)
                self._values.setCurrentItem(current if following is None else following)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if current is not None:
                    self._choose(current)
                return True
        return super().eventFilter(watched, event)

    def done(self, result: int) -> None:
        self._is_closed = True
        super().done(result)

    def _choose(self, item: QTreeWidgetItem, _column: int = 0) -> None:
        if not self._is_closed:
            self.chosen.emit(item.data(0, _VALUE))
            self.accept()
