"""Opens the real window on a library of colours, and does what a person would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.catalog.catalog import Catalog
from app.catalog.vectors.caption_vectors import caption_space
from app.core.errors import ModelUnusable
from app.core.types import Captioner, TextReader
from app.library.library import CaptionVectors, Library, Successor
from app.search.vectors import VectorIndex, index_folder
from app.settings import Settings
from app.startup import STARTER, close_library
from app.ui.main_window import MainWindow
from app.ui.opening import opener_without_unusable
from tests.fakes import ColourCaptioner, ColourEmbedder
from tests.making import make_library


class Program:
    """A window on a library in a folder of its own; ``restart`` is closing it and starting again."""

    def __init__(
        self, qtbot, root: Path, *, captioner: Captioner | None = None, text_reader: TextReader | None = None
    ) -> None:
        self._qtbot = qtbot
        self._root = root
        self._captioner = captioner or ColourCaptioner()
        self._text_reader = text_reader
        self.settings = Settings(theme="light")
        self.models: dict[str, ColourEmbedder] = {STARTER: ColourEmbedder()}
        """By folder; whatever else the settings name can't be used."""
        self.elsewhere: dict[str, str | None] = {}
        """What another program has written into the settings."""
        self._indexes: dict[str, VectorIndex] = {}
        self.window: MainWindow
        self.library: Library

    def start(self, folders: list[Path] | None = None) -> MainWindow:
        self._shared = make_library(self._root, self.models[STARTER], self._captioner, text_reader=self._text_reader)
        close_library(self._shared)
        opener, _ = opener_without_unusable(self.open_with, self.settings)
        self.library = opener()
        self.window = MainWindow(
            self.library,
            opener,
            self.settings,
            save_settings=self._keep,
            chosen_elsewhere=self._elsewhere,
            reopen=self.open_with,
        )
        self.window.resize(1200, 800)
        self.window.show()
        self._qtbot.waitExposed(self.window)
        self.window.start(folders or [])
        return self.window

    def open_with(self, settings: Settings) -> Callable[[], Library]:
        """As ``startup.library_opener``, with the models of this program."""
        embedder = self._model(settings.embedder_folder or STARTER)
        named = settings.next_embedder_folder
        following = None if named is None else self._model(named)

        def open_library() -> Library:
            catalog = Catalog.open(self._root)
            present, *rest = [self._parts(catalog, each) for each in (embedder, following) if each is not None]
            return replace(self._shared, catalog=catalog, **vars(present), successor=rest[0] if rest else None)

        return open_library

    def _model(self, folder: str) -> ColourEmbedder:
        if folder not in self.models:
            raise ModelUnusable(path=Path(folder), detail="folder_missing")
        return self.models[folder]

    def _parts(self, catalog: Catalog, embedder: ColourEmbedder) -> Successor:
        embeddings = catalog.embeddings(embedder.space, embedder.dim)
        return Successor(embedder, embeddings, self._index(embedder), self._captions(catalog, embedder))

    def _index(self, embedder: ColourEmbedder) -> VectorIndex:
        if embedder.space not in self._indexes:
            self._indexes[embedder.space] = VectorIndex(index_folder(self._root, embedder.space), embedder.dim)
        return self._indexes[embedder.space]

    def _captions(self, catalog: Catalog, embedder: ColourEmbedder) -> CaptionVectors:
        space = caption_space(embedder.text_id)
        if space not in self._indexes:
            self._indexes[space] = VectorIndex(index_folder(self._root, space), embedder.dim)
        return CaptionVectors(catalog.caption_vectors(embedder.text_id, embedder.dim), self._indexes[space])

    def opener(self) -> Callable[[], Library]:
        """Another thread's, like the present one."""
        shared = self.library

        def open_library() -> Library:
            catalog = Catalog.open(shared.root)
            embedder = shared.embedder
            return replace(
                shared,
                catalog=catalog,
                embeddings=catalog.embeddings(embedder.space, embedder.dim),
                caption_vectors=self._captions(catalog, embedder),
            )

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
        rows = self.window.library.catalog.rows(self.window._model.ids.tolist())
        return [row.name for row in rows]

    def id_of(self, name: str) -> int:
        return int(self.window._model.ids[self.names().index(name)])

    def select(self, *names: str) -> None:
        self.window._grid.select_ids([self.id_of(name) for name in names])
        self.wait_until(lambda: len(self.window._selecting.ids) == len(names))

    def _elsewhere(self) -> dict[str, str | None]:
        return {name: value for name, value in self.elsewhere.items() if getattr(self.settings, name) != value}

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
