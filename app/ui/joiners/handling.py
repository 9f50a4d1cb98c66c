"""Does with the selected photos what a command says: menu, clipboard, other programs, trash, dragging out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPoint, QUrl, Signal
from PySide6.QtWidgets import QWidget

from app.core.types import PhotoId, Stage, TextLine, Unavailable
from app.ui import error_words, outside, wording
from app.ui.actions import Actions
from app.ui.controllers.deciding import Deciding
from app.ui.controllers.selecting import Selecting
from app.ui.dialogs import questions
from app.ui.jobs import Jobs
from app.ui.joiners.photo_menu import photo_menu
from app.ui.panes.grid import PhotoGrid
from app.ui.parts.photo_list_model import PhotoListModel
from app.ui.pixels import image_of

if TYPE_CHECKING:
    from app.library.library import Library

Ids = Sequence[PhotoId]

_MOST_LOOKED_AT = 200
"""Of selected photos, for whether text was read in one: a menu must open at once."""


class Handling(QObject):
    """A command without a selection does nothing."""

    told = Signal(object)
    """A sentence."""

    def __init__(
        self,
        selecting: Selecting,
        deciding: Deciding,
        *,
        jobs: Jobs,
        paths_of: Callable[[Ids], Mapping[PhotoId, Path]],
        all_paths_of: Callable[[Ids], Sequence[Path]],
        captions_of: Callable[[Ids], Mapping[PhotoId, str]],
        library: Callable[[], Library],
        dialog_parent: QWidget,
    ) -> None:
        """``paths_of``: each photo's shown file; ``all_paths_of``: every file of them, raws and sidecars too.

        ``library``: the GUI thread's, as it is open now.
        """
        super().__init__(dialog_parent)
        self._selecting = selecting
        self._deciding = deciding
        self._jobs = jobs
        self._paths_of = paths_of
        self._all_paths_of = all_paths_of
        self._captions_of = captions_of
        self._library = library
        self._dialog_parent = dialog_parent

    def with_ids(self, act: Callable[[list[PhotoId]], None]) -> None:
        if self._selecting.ids:
            act(self._selecting.ids)

    def with_current(self, act: Callable[[int], None]) -> None:
        if self._selecting.current is not None:
            act(self._selecting.current)

    def rate(self, rating: int) -> None:
        self.with_ids(lambda ids: self._deciding.rate(ids, rating))

    def trash(self) -> None:
        self.with_ids(self._trash)

    def _trash(self, ids: list[PhotoId]) -> None:
        if questions.confirm_trash(self._dialog_parent, len(ids)):
            self._deciding.trash(ids)

    def open_outside(self) -> None:
        self.with_current(self.play)

    def play(self, photo_id: int) -> None:
        """Hand one photo or video to the program that the system opens its kind with."""
        path = self.path_of(photo_id)
        if path is not None:
            self._if_present(path, self._open)

    def show_in_folder(self) -> None:
        path = None if self._selecting.current is None else self.path_of(self._selecting.current)
        if path is not None:
            self.show_file(path)

    def show_file(self, path: Path) -> None:
        """Show a file or a folder in the system's file manager."""
        self._if_present(path, self._show)

    def _if_present(self, path: Path, act: Callable[[Path], None]) -> None:
        """Look on a job: a network drive that does not answer must not hold the window up."""

        def on_looked(is_present: bool) -> None:
            if is_present:
                act(path)
            else:
                self.told.emit(self.tr("{name} is not there now; is its drive plugged in?").format(name=path.name))

        self._jobs.start(lambda _: path.exists(), on_done=on_looked)

    def _open(self, path: Path) -> None:
        if not outside.open_with_default_program(path):
            told = self.tr("The desktop has no program that opens {name}. It is here: {path}")
            self.told.emit(told.format(name=path.name, path=wording.path_in_lines(path)))

    def _show(self, path: Path) -> None:
        if not outside.show_in_file_manager(path):
            told = self.tr("The desktop has no file manager that answers. It is here: {path}")
            self.told.emit(told.format(path=wording.path_in_lines(path)))

    def path_of(self, photo_id: int) -> Path | None:
        """Where one photo's file lies."""
        return self._paths_of([PhotoId(photo_id)]).get(PhotoId(photo_id))

    def copy_paths(self) -> None:
        outside.copy_paths(self._all_paths_of(self._selecting.ids))

    def copy_caption(self) -> None:
        captions = self._captions_of(self._selecting.ids)
        if captions:
            outside.copy_text("\n".join(captions.values()))

    def copy_text(self) -> None:
        """What stands in the photos, a line for each line there."""
        ids = self._selecting.ids
        self._jobs.start(lambda library: library.catalog.texts_of(ids), on_done=self._on_texts_read)

    def _on_texts_read(self, texts: Mapping[PhotoId, Sequence[TextLine]]) -> None:
        if texts:
            outside.copy_text("\n\n".join(wording.picture_text(lines) for lines in texts.values()))
        else:
            self.told.emit(self.tr("No text was read there."))

    def copy_image(self) -> None:
        current = self._selecting.current
        path = None if current is None else self.path_of(current)
        if path is not None:
            self._jobs.start(
                lambda library: image_of(library.decoders.decode_full(path)),
                on_done=lambda image: outside.copy_image(image, path),
            )

    def urls_of(self, ids: list[int]) -> list[str]:
        """What another program gets of dragged photos: all their files, so that a raw stays with its JPEG."""
        paths = self._all_paths_of([PhotoId(photo_id) for photo_id in ids])
        return [QUrl.fromLocalFile(str(path)).toString() for path in paths]

    def show_menu(self, actions: Actions, where: QPoint) -> None:
        ids = self._selecting.ids
        if ids:
            has_caption = len(ids) == 1 and bool(self._captions_of(ids))
            why_not = _why_not(self._library(), ids)
            menu = photo_menu(actions, self._dialog_parent, count=len(ids), has_caption=has_caption, why_not=why_not)
            menu.popup(where)

    def invert_selection(self, grid: PhotoGrid, model: PhotoListModel) -> None:
        kept = model.ids[~np.isin(model.ids, np.asarray(self._selecting.ids, np.int64))]
        grid.select_ids(kept.tolist())


def _why_not(library: Library, ids: Ids) -> dict[str, str]:
    """What can do nothing with these photos, and why. Text that was read before reading was switched off stays."""
    hindered = {}
    if library.captioner is None:
        hindered["caption_now"] = error_words.unavailable(Unavailable(Stage.CAPTION))
    if library.text_reader is None and not library.catalog.texts_of(ids[:_MOST_LOOKED_AT]):
        hindered["copy_text"] = error_words.unavailable(Unavailable(Stage.TEXT))
    return hindered
