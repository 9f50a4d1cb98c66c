"""The filters in the search field's menu."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu

from app.core.query import Scope
from app.core.types import Kind
from app.ui import wording


class Filters(QObject):
    """Fills a menu with what narrows the photos, and ticks what does now."""

    chosen = Signal(str, object)
    """A field of Scope, and what it shall be."""

    def __init__(self, menu: QMenu, parent: QObject | None = None) -> None:
        super().__init__(parent)
        texts = {"is_favourite": self.tr("Favourites"), "is_recent": self.tr("Recently added")}
        self._actions = {field: menu.addAction(text) for field, text in texts.items()}
        for field, action in self._actions.items():
            action.setCheckable(True)
            action.triggered.connect(lambda is_on, field=field: self.chosen.emit(field, is_on))
        kinds = menu.addMenu(self.tr("Kind"))
        self._kinds = {kind: kinds.addAction(wording.kinds(kind)) for kind in Kind}
        for kind, action in self._kinds.items():
            action.setCheckable(True)
            action.triggered.connect(lambda is_on, kind=kind: self.chosen.emit("kind", kind if is_on else None))

    def show_scope(self, scope: Scope) -> None:
        for field, action in self._actions.items():
            action.setChecked(bool(getattr(scope, field)))
        for kind, action in self._kinds.items():
            action.setChecked(scope.kind is kind)
