"""Shows the selected photo in the information panel, and carries out what a person changes there."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction

from app.core.types import Photo, PhotoId
from app.ui.controllers.deciding import Deciding
from app.ui.controllers.selecting import Selecting
from app.ui.panes.info_panel import InfoPanel
from app.ui.parts.thumbnail_loader import ThumbnailLoader


class Informing(QObject):
    """Follows the selection; what is not looked at is not read."""

    def __init__(
        self,
        info: InfoPanel,
        *,
        selecting: Selecting,
        deciding: Deciding,
        thumbnails: ThumbnailLoader,
        can_caption: Callable[[], bool],
        toggle: QAction,
        parent: QObject | None = None,
    ) -> None:
        """``can_caption``: whether there is a model for it; ``toggle`` shows whether the panel is open."""
        super().__init__(parent)
        self._info = info
        self._selecting = selecting
        self._deciding = deciding
        self._thumbnails = thumbnails
        self._can_caption = can_caption
        self._toggle = toggle
        selecting.photo_read.connect(self._on_photo_read)
        selecting.similar_found.connect(self._on_similar_found)
        thumbnails.thumbnail_ready.connect(self._on_thumbnail_ready)
        self._connect_decisions()

    def _connect_decisions(self) -> None:
        info, deciding, selecting = self._info, self._deciding, self._selecting
        info.rating_changed.connect(lambda rating: deciding.rate(selecting.ids, rating))
        info.favourite_changed.connect(lambda is_on: deciding.set_favourite(selecting.ids, is_on))
        info.caption_changed.connect(self._on_caption_changed)
        info.tag_added.connect(self._add_tags)
        info.tag_removed.connect(lambda name: deciding.remove_tag(selecting.ids, name))

    def _add_tags(self, typed: str) -> None:
        """As people know it from elsewhere, a comma ends one tag and begins the next."""
        for name in filter(None, (each.strip() for each in typed.split(","))):
            self._deciding.add_tag(self._selecting.ids, name)

    @property
    def is_shown(self) -> bool:
        return not self._info.isHidden()

    def set_shown(self, is_shown: bool) -> None:
        self._info.setVisible(is_shown)
        self._toggle.setChecked(is_shown)
        self._selecting.set_watched(is_shown)

    def toggle(self) -> None:
        self.set_shown(not self.is_shown)

    def begin(self, edit: Callable[[], None]) -> None:
        """Open the panel, then edit there; the photo may still have to be read for it."""
        self.set_shown(True)
        if self._info.photo is not None and self._info.photo.photo_id == self._selecting.current:
            edit()
        else:
            self._selecting.photo_read.connect(lambda *_: edit(), Qt.ConnectionType.SingleShotConnection)

    def stop(self) -> None:
        """The window closes; a caption that is being written is kept."""
        self._info.keep_edited()

    def _on_photo_read(self, photo: Photo | None, count: int) -> None:
        self._info.show_photo(photo, selected=count, can_caption=self._can_caption())
        if photo is None:
            return
        self._thumbnails.request([photo.photo_id], by="info")
        image = self._thumbnails.image(photo.photo_id)
        if image is not None:
            self._info.set_preview(image)

    def _on_similar_found(self, photo_id: PhotoId, ids: list[PhotoId]) -> None:
        if self._info.photo is None or self._info.photo.photo_id != photo_id:
            return
        self._info.show_similar(ids)
        self._thumbnails.request([photo_id, *ids], by="info")
        for found in ids:
            self._show_similar_image(found)

    def _on_thumbnail_ready(self, photo_id: int) -> None:
        image = self._thumbnails.image(photo_id)
        if image is None:
            return
        if self._info.photo is not None and self._info.photo.photo_id == photo_id:
            self._info.set_preview(image)
        self._show_similar_image(photo_id)

    def _show_similar_image(self, photo_id: int) -> None:
        image = self._thumbnails.image(photo_id)
        if image is not None:
            self._info.set_similar_image(PhotoId(photo_id), image)

    def _on_caption_changed(self, text: str) -> None:
        if self._info.photo is not None:
            self._deciding.caption(self._info.photo.photo_id, text)
