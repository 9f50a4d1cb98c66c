"""Opens the viewer over the photos, reads pictures for it, and closes it again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from app.core.errors import UnreadableImage
from app.core.types import Kind, PhotoRow
from app.library.intake.offline import blamed
from app.ui import error_words, wording
from app.ui.jobs import Jobs
from app.ui.panes.columns import Columns
from app.ui.panes.grid import PhotoGrid
from app.ui.panes.viewer import PhotoViewer, picture_levels
from app.ui.parts.photo_list_model import PhotoListModel
from app.ui.pixels import image_of

if TYPE_CHECKING:
    from app.library.library import Library

_FULL_EDGE_PX = 8192


class Viewing(QObject):
    """Goes through the photos that the grid shows; the grid's selection follows."""

    def __init__(
        self,
        viewer: PhotoViewer,
        grid: PhotoGrid,
        *,
        model: PhotoListModel,
        columns: Columns,
        jobs: Jobs,
        path_of: Callable[[int], Path | None],
        play: Callable[[int], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._grid = grid
        self._model = model
        self._columns = columns
        self._jobs = jobs
        self._path_of = path_of
        self._play = play
        self._awaited: int | None = None
        grid.photo_activated.connect(self.activate)
        grid.preview_requested.connect(self.open)
        viewer.closed.connect(self.close)
        viewer.photo_changed.connect(self._on_moved)
        viewer.full_wanted.connect(self._read_full)
        viewer.play_wanted.connect(play)

    def zoom_in(self) -> None:
        """In whatever is seen now."""
        (self._viewer if self._columns.is_viewing else self._grid).zoom_in()

    def zoom_out(self) -> None:
        """In whatever is seen now."""
        (self._viewer if self._columns.is_viewing else self._grid).zoom_out()

    def activate(self, photo_id: int) -> None:
        """Open a photo; a video is played by the system's player, and its still is what the quick preview shows."""
        row = self._model.photo_row(photo_id)
        if row is not None and _is_playable(row):
            self._play(photo_id)
        else:
            self.open(photo_id)

    def open(self, photo_id: int) -> None:
        self._columns.set_viewing(True)
        self._viewer.show_photo(photo_id, self._model.ids.tolist())
        self._viewer.setFocus()

    def await_photo(self, photo_id: int) -> None:
        """Open the photo as soon as the grid has it."""
        self._awaited = photo_id
        self.open_awaited()

    def open_awaited(self) -> None:
        """The grid has other photos now: is the one among them that is waited for?"""
        if self._awaited is not None and self._model.row_of(self._awaited) >= 0:
            photo_id, self._awaited = self._awaited, None
            self._grid.select_ids([photo_id])
            self.open(photo_id)

    def choose_part(self, photo_id: int) -> None:
        """Let the person draw a box on the photo."""
        if not self._columns.is_viewing:
            self.open(photo_id)
        self._viewer.choose_part()

    def close(self) -> None:
        self._awaited = None
        if self._columns.is_viewing:
            self._columns.set_viewing(False)
            self._viewer.clear()
            self._grid.setFocus()

    def _on_moved(self, photo_id: int) -> None:
        if not self._columns.is_viewing:
            return
        self._grid.select_ids([photo_id])
        row = self._model.photo_row(photo_id)
        if row is not None and _is_playable(row):
            self._viewer.mark_video(wording.video_to_play(row))

    def _read_full(self, photo_id: int) -> None:
        """Decode for the viewer; what it has gone past meanwhile is dropped before it is begun."""
        path = self._path_of(photo_id)
        if path is None:
            return
        self._jobs.start(
            lambda library: _full(library, path),
            key="full" if photo_id == self._viewer.photo_id else "full ahead",
            on_done=partial(self._viewer.set_full, photo_id),
            on_error=lambda error: self._viewer.set_failed(photo_id, error_words.error(error)),
            on_cancelled=lambda: self._on_full_dropped(photo_id),
        )

    def _on_full_dropped(self, photo_id: int) -> None:
        if photo_id != self._viewer.photo_id:
            self._viewer.forget(photo_id)  # so that it asks again when the person comes back


def _full(library: Library, path: Path) -> list[QImage]:
    """On the ask lane. Raises UnreadableImage, or FolderAway where it is the drive that is missing."""
    try:
        return picture_levels(image_of(library.decoders.decode_full(path, _FULL_EDGE_PX)))
    except UnreadableImage as error:
        raise blamed(library, error, path) from error


def _is_playable(row: PhotoRow) -> bool:
    return row.kind is Kind.VIDEO and not row.is_failed
