"""Opens the library for the window, and asks the person where only they can decide how to go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox

from app.catalog.catalog import restore_backup
from app.core.errors import CatalogDamaged, ModelUnusable, OrielError
from app.library.library import Library
from app.settings import Settings
from app.ui import wording

OpenLibrary = Callable[[], Library]


@dataclass(frozen=True)
class Opened:
    """A library of the GUI thread, how to open others, and the settings that it was opened with."""

    library: Library
    open_library: OpenLibrary
    settings: Settings


def open_library(open_with: Callable[[Settings], OpenLibrary], settings: Settings) -> Opened | None:
    """Open the library; None where it can't be and the person gave up."""
    while True:
        try:
            opener = open_with(settings)
            return Opened(opener(), opener, settings)
        except ModelUnusable as error:
            if settings.captioner_folder is None and settings.embedder_folder is None:
                _tell(error)
                return None
            _tell(error)
            settings = _without(settings, str(error.fields.get("path")))
        except CatalogDamaged as error:
            if not _restored(error):
                return None
        except OrielError as error:
            _tell(error)
            return None


def _without(settings: Settings, folder: str) -> Settings:
    """The settings less the model that can't be used; less both where it can't be told which one that is."""
    if settings.captioner_folder == folder != settings.embedder_folder:
        return replace(settings, captioner_folder=None)
    if settings.embedder_folder == folder != settings.captioner_folder:
        return replace(settings, embedder_folder=None)
    return replace(settings, captioner_folder=None, embedder_folder=None)


def _restored(error: CatalogDamaged) -> bool:
    """Offer the last backup; the damaged file is moved aside, never overwritten."""
    backup = error.fields.get("backup")
    if not isinstance(backup, Path):
        _tell(error, _tr("There is no backup of it. Move the file away to begin a new library."))
        return False
    box = QMessageBox()
    box.setWindowTitle("Oriel")
    box.setIcon(QMessageBox.Icon.Warning)
    box.setText(wording.error(error))
    box.setInformativeText(
        _tr("Go on with the last backup, of {date}? The damaged file is kept beside it.").format(
            date=wording.backup_date(backup)
        )
    )
    restore = box.addButton(_tr("Use the backup"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(_tr("Quit"), QMessageBox.ButtonRole.RejectRole)
    box.exec()
    if box.clickedButton() is not restore:
        return False
    path = error.fields["path"]
    assert isinstance(path, Path)
    try:
        restore_backup(path.parent, backup)
    except OrielError as second:
        _tell(second)
        return False
    return True


def _tell(error: OrielError, more: str = "") -> None:
    box = QMessageBox()
    box.setWindowTitle("Oriel")
    box.setIcon(QMessageBox.Icon.Warning)
    box.setText(wording.error(error))
    box.setInformativeText(more)
    box.exec()


def _tr(text: str) -> str:
    return QCoreApplication.translate("opening", text)
