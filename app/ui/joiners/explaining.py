"""Tells in a hit's tooltip why it is one: which words stand where, and how strong its meaning is."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.core.types import Evidence, PhotoId
from app.library.find.explaining import explain
from app.ui import wording
from app.ui.controllers.browsing import Browsing
from app.ui.jobs import Jobs
from app.ui.panes.grid import PhotoGrid
from app.ui.parts.photo_list_model import PhotoListModel


class Explaining(QObject):
    """Looks for the reasons of the one photo that the pointer rests on."""

    def __init__(
        self,
        grid: PhotoGrid,
        model: PhotoListModel,
        *,
        jobs: Jobs,
        browsing: Browsing,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._grid = grid
        self._model = model
        self._jobs = jobs
        self._browsing = browsing
        grid.tooltip_wanted.connect(self._look)

    def _look(self, photo_id: int) -> None:
        view, sources, ids = self._browsing.view, self._browsing.sources, self._model.ids
        if not (self._model.is_answer and view.is_question) or self._model.has_reasons(photo_id):
            return
        self._jobs.start(
            lambda library: explain(library, view.text, PhotoId(photo_id), sources=sources, examples=view.examples),
            key="explain",
            on_done=lambda told: self._tell(photo_id, told) if self._model.ids is ids else None,
        )

    def _tell(self, photo_id: int, told: tuple[Evidence, ...]) -> None:
        self._model.set_reasons(photo_id, "<br>".join(map(wording.evidence, told)))
        self._grid.renew_tooltip(photo_id)
