"""Fetches a picture to search with from the address that a person dropped or pasted."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.core.examples import Picture
from app.files.fetching import Fetcher
from app.ui.jobs import Jobs

if TYPE_CHECKING:
    from app.library.library import Library


class FetchingPictures(QObject):
    """One at a time: a newer address takes an older one's place."""

    fetched = Signal(object)
    """A Picture."""
    told = Signal(object)
    """A sentence, or why it did not come."""

    def __init__(self, jobs: Jobs, parent: QObject | None = None, *, fetcher: Fetcher | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._fetcher = fetcher or Fetcher()

    def fetch(self, address: str) -> None:
        self.told.emit(self.tr("Fetching the picture…"))
        self._jobs.start(
            lambda library: self._picture(library, address),
            lane="aside",
            key="picture",
            on_done=self._on_done,
            on_error=self.told.emit,
        )

    def _picture(self, library: Library, address: str) -> Picture:
        """On the job's thread: only its pixels are kept."""
        with tempfile.TemporaryDirectory(prefix="oriel-") as folder:
            path = self._fetcher.fetch(address, Path(folder))
            image = library.decoders.decode_full(path, library.thumbnails.edge_px)
        return Picture(self.tr("picture from the web"), image=image)

    def _on_done(self, picture: Picture) -> None:
        self.told.emit("")
        self.fetched.emit(picture)
