"""Takes what a person drops, opens or names into the library, and folders out of it; asks what only they know."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QStandardPaths, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.core.errors import PathMissing
from app.core.types import Folder, PhotoId
from app.files.walk.formats import is_member
from app.ui.controllers.deciding import Deciding
from app.ui.controllers.indexing import Indexing
from app.ui.dialogs import questions

MOST_PICTURES = 10
"""So many say what is wanted; whoever drops a thousand meant something else."""


class TakingIn(QObject):
    """Dropped folders are added; a dropped picture may be a question instead."""

    pictures_asked = Signal(object)
    """Paths of pictures to search with."""
    photo_asked = Signal(object)
    """The PhotoId of a photo of the library that is to be shown."""
    told = Signal(object)
    """A sentence or an error."""

    def __init__(
        self,
        indexing: Indexing,
        deciding: Deciding,
        *,
        photo_at: Callable[[Path], PhotoId | None],
        dialog_parent: QWidget,
    ) -> None:
        super().__init__(dialog_parent)
        self._indexing = indexing
        self._deciding = deciding
        self._photo_at = photo_at
        self._dialog_parent = dialog_parent

    def add(self, paths: list[Path]) -> None:
        """Take folders (or single files) in."""
        self._indexing.add(paths)

    def choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self._dialog_parent, self.tr("Add a folder of photos"), _pictures())
        if folder:
            self.add([Path(folder)])

    def choose_picture(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self._dialog_parent, self.tr("Search with pictures"), _pictures())
        if paths:
            self.pictures_asked.emit([Path(path) for path in paths])

    def remove(self, folder: Folder) -> None:
        is_inside = folder.parent_id is not None
        if questions.confirm_folder_removal(self._dialog_parent, folder.path, folder.photo_count, is_inside=is_inside):
            self._deciding.remove_folder(folder.folder_id)

    def take_dropped(self, data: QMimeData) -> None:
        """The program that drags waits until the drop's event is done with; a question must come after."""
        paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        QTimer.singleShot(0, self, lambda: self._sort_out(paths))

    def take(self, paths: list[Path]) -> None:
        """What was named at a start, or opened with Oriel: a photo of the library is shown, all else is as dropped."""
        missing = [path for path in paths if not path.exists()]
        if missing:
            self.told.emit(PathMissing(path=missing[0]))
        known = {path: photo_id for path in paths if (photo_id := self._photo_at(_real(path))) is not None}
        if known:
            self.photo_asked.emit(next(iter(known.values())))
        rest = [path for path in paths if path not in known and path not in missing]
        QTimer.singleShot(0, self, lambda: self._sort_out(rest))

    def _sort_out(self, paths: list[Path]) -> None:
        folders = [path for path in paths if path.is_dir()]
        pictures = [path for path in paths if path.is_file() and is_member(path.name)]
        if folders:
            self.add(folders)
        elif pictures:
            self._ask_about(pictures)
        elif paths:
            told = self.tr("Oriel takes folders and pictures; “{name}” is neither.")
            self.told.emit(told.format(name=paths[0].name))

    def _ask_about(self, pictures: list[Path]) -> None:
        wish = questions.ask_about_drop(self._dialog_parent, pictures[0])
        if wish is questions.DropWish.SEARCH:
            self.pictures_asked.emit(pictures[:MOST_PICTURES])
        elif wish is questions.DropWish.ADD_FOLDER:
            self.add(sorted({path.parent for path in pictures}))


def _real(path: Path) -> Path:
    """As the library knows it: links resolved."""
    return Path(os.path.realpath(path))


def _pictures() -> str:
    """Where Qt's own dialogs are used, they would begin where the program was started."""
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
