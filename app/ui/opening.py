"""Opens the library for the window, and asks the person where only they can decide how to go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox

from app.catalog.catalog import restore_backup
from app.core.errors import CatalogDamaged, ModelUnusable, OrielError
from app.library.library import Library
from app.settings import Settings, without_model
from app.ui import error_words, wording

OpenLibrary = Callable[[], Library]


@dataclass(frozen=True)
class Opened:
    """A library of the GUI thread, and how to open others."""

    library: Library
    open_library: OpenLibrary


def open_library(open_with: Callable[[Settings], OpenLibrary], settings: Settings) -> Opened | None:
    """Open the library; None where it can't be and the person gave up. What was chosen stays chosen."""
    try:
        opener, unusable = opener_without_unusable(open_with, settings)
    except ModelUnusable as error:
        _tell(error)
        return None
    goes_on = QCoreApplication.translate("opening", "Oriel goes on without it. Your choice stays in the settings.")
    for trouble in unusable:
        _tell(trouble, goes_on)
    while True:
        try:
            return Opened(opener(), opener)
        except CatalogDamaged as error:
            if not _restored(error):
                return None
        except OrielError as error:
            _tell(error)
            return None


def opener_without_unusable(
    open_with: Callable[[Settings], OpenLibrary], settings: Settings
) -> tuple[OpenLibrary, list[ModelUnusable]]:
    """How to open the library, without each chosen model that can't be used.

    Args:
        open_with: settings → the opener; raises ModelUnusable.
        settings: as the person chose them; they are not changed.

    Returns:
        The opener, and why each left-out model can't be used.

    Raises:
        ModelUnusable: a model that nobody chose: the one that ships with Oriel.
    """
    unusable: list[ModelUnusable] = []
    while True:
        try:
            return open_with(settings), unusable
        except ModelUnusable as error:
            unusable.append(error)
            without = without_model(settings, Path(str(error.fields.get("path"))))
            if without == settings:
                raise
            settings = without


def _restored(error: CatalogDamaged) -> bool:
    """Offer the last backup; the damaged file is moved aside, never overwritten."""
    backup = error.fields.get("backup")
    if not isinstance(backup, Path):
        _tell(
            error,
            QCoreApplication.translate(
                "opening", "There is no backup of it. Move the file away to begin a new library."
            ),
        )
        return False
    box = QMessageBox()
    box.setWindowTitle("Oriel")
    box.setIcon(QMessageBox.Icon.Warning)
    box.setText(error_words.error(error))
    box.setInformativeText(
        QCoreApplication.translate(
            "opening", "Go on with the last backup, of {date}? The damaged file is kept beside it."
        ).format(date=wording.backup_date(backup))
    )
    restore = box.addButton(QCoreApplication.translate("opening", "Use the backup"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QCoreApplication.translate("opening", "Quit"), QMessageBox.ButtonRole.RejectRole)
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
    box.setText(error_words.error(error))
    box.setInformativeText(more)
    box.exec()
