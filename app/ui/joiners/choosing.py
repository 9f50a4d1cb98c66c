"""Shows the settings, keeps them, and carries out what is changed in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app import startup
from app.core.errors import TextReaderUnusable
from app.settings import Settings
from app.ui import error_words
from app.ui.conditions import Conditions
from app.ui.controllers.heeding import Chosen
from app.ui.dialogs.settings_dialog import Page, SettingsDialog
from app.ui.jobs import Jobs
from app.ui.theme import follow_setting
from app.vision.text_reader import model_files

if TYPE_CHECKING:
    from app.library.library import Library


class Choosing(QObject):
    """Holds the settings as the person chose them."""

    library_outdated = Signal()
    """The library has to be opened anew for what was chosen."""
    left_out_requested = Signal()
    forget_asked_requested = Signal()
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
        self._dialog: SettingsDialog | None = None

    @property
    def settings(self) -> Settings:
        return self._settings

    def show(self, library: Library, make_pages: Callable[[], Sequence[Page]], page: str = "general") -> None:
        """Open the dialog, or bring it forward, at the page of this name.

        Args:
            library: whose place and size are shown.
            make_pages: the pages that others show in it.
            page: "general", "library", or the name of one of those.
        """
        if self._dialog is None:
            self._dialog = self._made_dialog(library, make_pages())
        self._dialog.show_page(page)
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _made_dialog(self, library: Library, pages: Sequence[Page]) -> SettingsDialog:
        dialog = SettingsDialog(
            self._settings,
            library_root=library.root,
            most_threads=startup.default_threads(),
            text_trouble=_text_trouble(),
            pages=pages,
            parent=self._dialog_parent,
        )
        dialog.settings_changed.connect(lambda changed: self.choose(replace(self._settings, **changed)))
        dialog.left_out_requested.connect(self.left_out_requested)
        dialog.forget_asked_requested.connect(self.forget_asked_requested)
        dialog.destroyed.connect(self._on_dialog_closed)
        thumbnails = library.thumbnails

        def on_measured(size_bytes: int) -> None:
            if self._dialog is dialog:
                dialog.set_thumbnails_size(size_bytes)

        self._jobs.start(lambda _: thumbnails.size_bytes(), key="thumbnails_size", on_done=on_measured)
        return dialog

    def _on_dialog_closed(self) -> None:
        self._dialog = None

    def choose(self, settings: Settings) -> None:
        """These are the settings now, but for the window's own state, and the embedders: see ``change_models``."""
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

    def change_models(self, present: str | None, following: str | None) -> None:
        """Search with these from now on: see ``Settings``."""
        self._settings = replace(self._settings, embedder_folder=present, next_embedder_folder=following)
        self.changed.emit()  # kept before the library is opened: whatever happens then, it is what was meant
        self.library_outdated.emit()

    def adopt(self, chosen: Chosen) -> None:
        """Another program has chosen these models meanwhile."""
        settings = replace(self._settings, **chosen)
        if settings != self._settings:
            self._settings = settings
            self.changed.emit()
            self.library_outdated.emit()

    def note(self, **window: object) -> None:
        """Remember this of the window from one start to the next."""
        self._settings = replace(self._settings, window={**self._settings.window, **window})
        self.changed.emit()

    def keep(self, *, thumbnail_edge_px: int, window: dict[str, Any]) -> None:
        """Save the settings, with the window as it stands."""
        self._settings = replace(
            self._settings, thumbnail_edge_px=thumbnail_edge_px, window={**self._settings.window, **window}
        )
        self._save(self._settings)


def _models(settings: Settings) -> tuple[object, ...]:
    """What a library is opened with, but for the embedders."""
    return (
        settings.threads,
        settings.text_folder,
        settings.captioner_folder,
        settings.reads_text,
        settings.number_type,
    )


def _text_trouble() -> str:
    try:
        model_files()
    except TextReaderUnusable as error:
        return error_words.error(error)
    return ""
