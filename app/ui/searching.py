"""Turns what is typed into questions after a short pause, and what is asked into chips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from app.core.types import FolderId
from app.ui import wording
from app.ui.views import Picture, View

translate = QCoreApplication.translate

PAUSE_MS = 250


class Searching(QObject):
    """Waits until the person pauses; Enter waits for nothing."""

    asked = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(lambda: self.asked.emit(self._text))

    def type(self, text: str) -> None:
        """The text is this now. An emptied field needs no pause."""
        self._text = text
        if text.strip():
            self._pause.start()
        else:
            self._pause.stop()
            self.asked.emit("")

    def ask_now(self, text: str) -> None:
        self._text = text
        self._pause.stop()
        self.asked.emit(text)

    def drop(self) -> None:
        """Forget what was typed and not yet asked."""
        self._pause.stop()


def chips(view: View, folder_names: Mapping[FolderId, str], like_name: str) -> list[tuple[str, str]]:
    """What narrows the view, as key and text of chips."""
    found: list[tuple[str, str]] = []
    scope = view.scope
    if scope.folder_id is not None:
        name = folder_names.get(scope.folder_id, "…")
        found.append(("folder", translate("searching", "in {name}").format(name=name)))
    if scope.tag is not None:
        found.append(("tag", translate("searching", "tag: {name}").format(name=scope.tag)))
    if scope.is_favourite:
        found.append(("favourite", translate("searching", "favourites")))
    if scope.is_recent:
        found.append(("recent", translate("searching", "recently added")))
    if scope.place is not None:
        found.append(("place", wording.place(scope.place)))
    if scope.kind is not None:
        found.append(("kind", wording.kinds(scope.kind)))
    if view.like is not None:
        name = view.like.name if isinstance(view.like, Picture) else like_name
        found.append(("like", translate("searching", "similar to {name}").format(name=name)))
    return found


_LEFT_OUT: dict[str, dict[str, Any]] = {
    "folder": {"folder_id": None},
    "tag": {"tag": None},
    "favourite": {"is_favourite": False},
    "recent": {"is_recent": False},
    "kind": {"kind": None},
    "place": {"place": None},
}
"""What of the scope goes with the chip of a key."""


def without(view: View, key: str) -> View:
    """The view without the filter of this chip."""
    if key == "like":
        return View(view.scope, view.text)
    return replace(view, scope=replace(view.scope, **_LEFT_OUT[key]))
