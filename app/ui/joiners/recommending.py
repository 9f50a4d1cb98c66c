"""Offers a better model than the starter: on the first screen, and in one line that can be sent away for good."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.models import ModelState, PublishedModel
from app.settings import Settings
from app.ui.controllers.fetching import Fetching, running
from app.ui.joiners import model_texts
from app.ui.joiners.model_texts import Standing
from app.ui.panes.first_screen import FirstScreen
from app.ui.panes.result_line import ResultLine

_SEEN = "knows_of_rough_results"
"""In ``Settings.window``: the line was sent away, or another model has been used."""


class Recommending(QObject):
    """Which model is recommended follows the system's language."""

    models_requested = Signal()

    def __init__(
        self,
        fetching: Fetching,
        *,
        first: FirstScreen,
        result: ResultLine,
        settings: Callable[[], Settings],
        note: Callable[..., None],
        use_for_search: Callable[[Path | None], None],
        parent: QObject | None = None,
    ) -> None:
        """Join the parts.

        Args:
            fetching: what can be had, and what is here.
            first: has the offer under its drop area.
            result: has the line about rough results under it.
            settings: as they are now.
            note: remembers something of the window.
            use_for_search: changes to the embedder in a folder.
            parent: as Qt's.
        """
        super().__init__(parent)
        self._fetching = fetching
        self._first = first
        self._result = result
        self._settings = settings
        self._note = note
        self._use_for_search = use_for_search
        self._awaited: str | None = None
        fetching.changed.connect(self._show_offer)
        fetching.fetched.connect(self._on_fetched)
        first.offer.download_requested.connect(self._on_wanted)
        first.offer.cancel_requested.connect(self._on_cancelled)
        first.offer.models_requested.connect(self.models_requested)
        result.hint_followed.connect(self.models_requested)
        result.hint_dismissed.connect(lambda: note(**{_SEEN: True}))
        self.on_settings_changed()

    def on_settings_changed(self) -> None:
        """Others are chosen now."""
        settings = self._settings()
        if settings.embedder_folder is not None and not settings.window.get(_SEEN):
            self._note(**{_SEEN: True})
            return  # it tells of the settings again
        is_new = settings.embedder_folder is None and not settings.window.get(_SEEN)
        text = self.tr("The small starter model searches; its results are rough.")
        self._result.set_hint(text if is_new else "", self.tr("Better models"))
        self._show_offer()

    def _show_offer(self) -> None:
        state = self._best()
        settings = self._settings()
        is_of_use = state is not None and (settings.embedder_folder is None or model_texts.is_in_use(state, settings))
        self._first.offer.show_facts(model_texts.offer(state, self._standing(state)) if state and is_of_use else None)

    def _best(self) -> ModelState | None:
        best = model_texts.recommended(self._fetching.published, "embedder", model_texts.language())
        return self._fetching.state_of(best.model_id) if best else None

    def _standing(self, state: ModelState) -> Standing:
        model_id, fetches = state.model.model_id, self._fetching.fetches
        return Standing(
            self._settings(),
            self._fetching.address,
            fetch=fetches.get(model_id),
            is_next=running(fetches) == model_id,
            error=self._fetching.errors.get(model_id),
        )

    def _on_wanted(self) -> None:
        state = self._best()
        if state is None:
            return
        if state.is_installed:
            self._use_for_search(state.folder)
        else:
            self._awaited = state.model.model_id
            self._fetching.download(self._awaited)

    def _on_cancelled(self) -> None:
        state = self._best()
        if state is not None:
            self._awaited = None
            self._fetching.cancel(state.model.model_id)

    def _on_fetched(self, model: PublishedModel) -> None:
        """What was wanted here is used as soon as it is whole: before the first photo is studied, if may be."""
        if model.model_id == self._awaited:
            self._awaited = None
            self._use_for_search(self._fetching.folder_of(model))
