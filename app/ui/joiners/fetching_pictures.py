"""Fetches a picture to search with from the address that a person dropped or pasted."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.core.examples import Picture
from app.files.web.fetching import Fetcher, Patience
from app.ui.jobs import Jobs

if TYPE_CHECKING:
    from app.library.library import Library

_PRIORITY = 10
"""A person waits: before what counts and looks in the background."""


class FetchingPictures(QObject):
    """One at a time: a newer address takes an older one's place."""

    fetched = Signal(object)
    """A Picture."""
    told = Signal(object)
    """A sentence, or why it did not come; "": there is nothing more to say."""

    def __init__(self, jobs: Jobs, parent: QObject | None = None, *, fetcher: Fetcher | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._fetcher = fetcher or Fetcher()
        self._patience: Patience | None = None
        """With the picture that is on its way."""

    def fetch(self, address: str) -> None:
        self.stop()
        patience = self._patience = Patience()
        self.told.emit(self.tr("Fetching the picture…"))
        self._jobs.start(
            lambda library: self._picture(library, address, patience),
            lane="aside",
            priority=_PRIORITY,
            key="picture",
            on_done=self._on_done,
            on_error=self._on_error,
            on_cancelled=lambda: self._on_cancelled(patience),
        )

    def stop(self) -> None:
        """Nobody waits any more."""
        if self._patience is not None:
            self._patience.give_up()

    def _picture(self, library: Library, address: str, patience: Patience) -> Picture:
        """On the job's thread: only its pixels are kept."""
        with tempfile.TemporaryDirectory(prefix="oriel-") as folder:
            path = self._fetcher.fetch(address, Path(folder), patience)
            image = library.decoders.decode_full(path, library.thumbnails.edge_px)
        return Picture(self.tr("picture from the web"), image=image)

    def _on_done(self, picture: Picture) -> None:
        self._patience = None
        self.told.emit("")
        self.fetched.emit(picture)

    def _on_error(self, error: Exception) -> None:
        self._patience = None
        self.told.emit(error)

    def _on_cancelled(self, patience: Patience) -> None:
        if self._patience is patience:  # else a newer one is on its way, and was told
            self._patience = None
            self.told.emit("")
