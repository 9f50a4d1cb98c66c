"""Marks in the viewer where the words that were searched for stand in the photo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF
from PySide6.QtGui import QAction, QPolygonF

from app.core.types import PhotoId
from app.search.query import parse
from app.search.text_marks import Place, marked
from app.ui.jobs import Jobs
from app.ui.panes.viewer import PhotoViewer

if TYPE_CHECKING:
    from app.library.library import Library


class Marking(QObject):
    """Looks for the words of the present search in each photo that the viewer comes to."""

    def __init__(
        self,
        viewer: PhotoViewer,
        *,
        jobs: Jobs,
        asked: Callable[[], str],
        toggle: QAction,
        parent: QObject | None = None,
    ) -> None:
        """``asked`` is the text of the present search; ``toggle`` shows and hides the marks."""
        super().__init__(parent)
        self._viewer = viewer
        self._jobs = jobs
        self._asked = asked
        toggle.setCheckable(True)
        toggle.setChecked(True)
        toggle.toggled.connect(viewer.show_marks)
        viewer.photo_changed.connect(self._look)

    def _look(self, photo_id: int) -> None:
        text = self._asked()
        if not text.strip():
            return
        self._jobs.start(
            lambda library: _places(library, PhotoId(photo_id), text),
            key="marks",
            on_done=lambda places: self._viewer.set_marks(photo_id, [_polygon(place) for place in places]),
        )


def _places(library: Library, photo_id: PhotoId, text: str) -> Sequence[Place]:
    lines = library.catalog.texts_of([photo_id]).get(photo_id, ())
    if not lines:
        return ()
    photo = library.catalog.photo(photo_id)
    aspect = photo.width_px / photo.height_px if photo and photo.width_px and photo.height_px else 1.0
    return marked(lines, parse(text).root, aspect=aspect)


def _polygon(place: Place) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in place])
