"""Opens the real window on a library of colours, and does what a person would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.catalog.catalog import Catalog
from app.core.types import Captioner
from app.library.library import Library
from app.settings import Settings
from app.startup import close_library
from app.ui.main_window import MainWindow
from tests.fakes import ColourCaptioner, ColourEmbedder
from tests.making import make_library


class Program:
    """A window on a library in a folder of its own; ``restart`` is closing it and starting again."""

    def __init__(self, qtbot, root: Path, *, captioner: Captioner | None = None) -> None:
        self._qtbot = qtbot
        self._root = root
        self._captioner = captioner or ColourCaptioner()
        self.settings = Settings(theme="light")
        self.window: MainWindow
        self.library: Library

    def start(self, folders: list[Path] | None = None) -> MainWindow:
        self.library = make_library(self._root, ColourEmbedder(), self._captioner)
        opener = self.opener()
        self.window = MainWindow(
            self.library, opener, self.settings, save_settings=self._keep, reopen=lambda settings: opener
        )
        self.window.resize(1200, 800)
        self.window.show()
        self._qtbot.waitExposed(self.window)
        self.window.start(folders or [])
        return self.window

    def opener(self) -> Callable[[], Library]:
        shared = self.library

        def open_library() -> Library:
            catalog = Catalog.open(shared.root)
            embedder = shared.embedder
            return replace(shared, catalog=catalog, embeddings=catalog.embeddings(embedder.space, embedder.dim))

        return open_library

    def close(self) -> None:
        """Close the window whatever it is doing, and all that belongs to it."""
        self.window.close_unasked()
        close_library(self.window.library)
        self.window.deleteLater()
        QApplication.processEvents()

    def restart(self) -> MainWindow:
        self.close()
        return self.start()

    def wait_until(self, is_so: Callable[[], bool], timeout_s: float = 15) -> None:
        self._qtbot.waitUntil(is_so, timeout=int(timeout_s * 1000))

    def wait_for_index(self) -> None:
        """Until every stage has come to its end and the window shows it."""
        states = self.window._indexing.states
        self.wait_until(lambda: not any(state.is_running for state in states.values()))

    def search(self, text: str) -> None:
        self.window._field._edit.setText(text)
        self.wait_until(lambda: self.window._showing.view is not None and self.window._showing.view.text == text)

    def names(self) -> list[str]:
        """File names in the order shown."""
        rows = self.library.catalog.rows(self.window._model.ids.tolist())
        return [row.name for row in rows]

    def id_of(self, name: str) -> int:
        return int(self.window._model.ids[self.names().index(name)])

    def select(self, *names: str) -> None:
        self.window._grid.select_ids([self.id_of(name) for name in names])
        self.wait_until(lambda: len(self.window._selecting.ids) == len(names))

    def _keep(self, settings: Settings) -> None:
        self.settings = settings


def drop(target: QWidget, *paths: Path) -> None:
    """Drag files over a widget and let them go."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    usual = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    middle = target.rect().center()
    QApplication.sendEvent(target, QDragEnterEvent(middle, *usual))
    QApplication.sendEvent(target, QDropEvent(QPointF(middle), *usual))
