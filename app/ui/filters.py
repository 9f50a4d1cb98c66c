"""The filters in the search field's menu."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu

from app.core.query import Scope


class Filters(QObject):
    """Fills a menu with what narrows the photos, and ticks what does now."""

    chosen = Signal(str, bool)
    """A field of Scope, and whether it shall narrow."""

    def __init__(self, menu: QMenu, parent: QObject | None = None) -> None:
        super().__init__(parent)
        texts = {"is_favourite": self.tr("Favourites"), "is_recent": self.tr("Recently added")}
        self._actions = {field: menu.addAction(text) for field, text in texts.items()}
        for field, action in self._actions.items():
            action.setCheckable(True)
            action.triggered.connect(lambda is_on, field=field: self.chosen.emit(field, is_on))

    def show_scope(self, scope: Scope) -> None:
        for field, action in self._actions.items():
            action.setChecked(bool(getattr(scope, field)))
