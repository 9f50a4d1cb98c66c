"""Shows the settings, keeps them, and carries out what is changed in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app import startup
from app.core.errors import ModelUnusable, TextReaderUnusable
from app.settings import Settings
from app.ui import wording
from app.ui.conditions import Conditions
from app.ui.dialogs.settings_dialog import SettingsDialog
from app.ui.jobs import Jobs
from app.ui.theme import follow_setting
from app.vision.text_reader import model_files
from app.vision.weights import Kind, inspect

if TYPE_CHECKING:
    from app.library.library import Library


class Choosing(QObject):
    """Holds the settings as the person chose them."""

    library_outdated = Signal()
    """The library has to be opened anew for what was chosen."""
    left_out_requested = Signal()
    embedder_chosen = Signal(object)
    """The folder (Path) of the model to search with; None: the starter. Nothing was changed yet."""
    changed = Signal()
    """Something was chosen that should be kept."""

    def __init__(
        self,
        settings: Settings,
        save: Callable[[Settings], None],
        *,
        conditions: Conditions,
        jobs: Jobs,
        dialog_parent: QWidget,
    ) -> None:
        super().__init__(dialog_parent)
        self._settings = settings
        self._save = save
        self._conditions = conditions
        self._jobs = jobs
        self._dialog_parent = dialog_parent
        self._shown_embedder = _wished(settings)

    @property
    def settings(self) -> Settings:
        return self._settings

    def show(self, library: Library) -> None:
        """Open the dialog."""
        self._shown_embedder = _wished(self._settings)
        dialog = SettingsDialog(
            replace(self._settings, embedder_folder=self._shown_embedder),
            library_root=library.root,
            device_text=self.tr("This computer alone"),
            most_threads=startup.default_threads(),
            check_embedder=lambda folder: _problem(folder, "embedder"),
            check_captioner=lambda folder: _problem(folder, "captioner"),
            text_trouble=_text_trouble(),
            parent=self._dialog_parent,
        )
        dialog.settings_changed.connect(self.choose)
        dialog.left_out_requested.connect(self.left_out_requested)
        thumbnails = library.thumbnails
        self._jobs.start(lambda _: thumbnails.size_bytes(), key="thumbnails_size", on_done=dialog.set_thumbnails_size)
        dialog.show()

    def choose(self, settings: Settings) -> None:
        """These are the settings now, but for the window's own state, and the embedder, whose change takes its time."""
        before = self._settings
        self._settings = replace(
            settings,
            window=before.window,
            embedder_folder=before.embedder_folder,
            next_embedder_folder=before.next_embedder_folder,
        )
        if settings.theme != before.theme:
            follow_setting(settings.theme)
        self._conditions.choose(not_on_battery=settings.not_on_battery, only_when_idle=settings.only_when_idle)
        if _models(self._settings) != _models(before):
            self.library_outdated.emit()
        self.changed.emit()
        if settings.embedder_folder != self._shown_embedder:
            self._shown_embedder = settings.embedder_folder
            self.embedder_chosen.emit(None if settings.embedder_folder is None else Path(settings.embedder_folder))

    def change_models(self, present: str | None, following: str | None) -> None:
        """Search with these from now on: see ``Settings``."""
        self._settings = replace(self._settings, embedder_folder=present, next_embedder_folder=following)
        self.changed.emit()  # kept before the library is opened: whatever happens then, it is what was meant
        self.library_outdated.emit()

    def keep(self, *, thumbnail_edge_px: int, window: dict[str, Any]) -> None:
        """Save the settings, with the window as it stands."""
        self._settings = replace(
            self._settings, thumbnail_edge_px=thumbnail_edge_px, window={**self._settings.window, **window}
        )
        self._save(self._settings)


def _models(settings: Settings) -> tuple[object, ...]:
    """What a library is opened with, but for the embedders."""
    return settings.threads, settings.text_folder, settings.captioner_folder, settings.reads_text


def _wished(settings: Settings) -> str | None:
    """The embedder's folder that the person wants in the end."""
    return settings.embedder_folder if settings.next_embedder_folder is None else settings.next_embedder_folder or None


def _text_trouble() -> str:
    try:
        model_files()
    except TextReaderUnusable as error:
        return wording.error(error)
    return ""


def _problem(folder: str, wanted: Kind) -> str:
    try:
        inspect(Path(folder), wanted)
    except ModelUnusable as error:
        return wording.error(error)
    return ""
