"""Looks up a few photos by their ids in the GUI thread's own catalogue, in a moment each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.types import FolderId, PhotoId, PhotoRow

if TYPE_CHECKING:
    from app.library.library import Library

Ids = Sequence[PhotoId]


class Glancing:
    """Never from painting or layout. What takes longer than a moment is a job."""

    def __init__(self, library: Callable[[], Library]) -> None:
        """``library``: as it is open now."""
        self._library = library
        self._is_closed = False

    def close(self) -> None:
        """The window closes, and may still be painted once."""
        self._is_closed = True

    def rows(self, ids: Ids) -> list[PhotoRow]:
        """Texts of visible photos."""
        return [] if self._is_closed else self._library().catalog.rows(ids)

    def name_of(self, photo_id: int) -> str:
        rows = self._library().catalog.rows([PhotoId(photo_id)])
        return rows[0].name if rows else ""

    def paths_of(self, ids: Ids) -> Mapping[PhotoId, Path]:
        """Each photo's shown file."""
        return self._library().catalog.paths(ids)

    def all_paths_of(self, ids: Ids) -> list[Path]:
        """Every file of them that is there: raws and sidecars too."""
        return [file.path for file in self._library().catalog.files_of(ids, only_present=True)]

    def captions_of(self, ids: Ids) -> Mapping[PhotoId, str]:
        return self._library().catalog.captions_of(ids)

    def folder_at(self, path: Path) -> FolderId | None:
        return self._library().catalog.folder_at(path)

    def photo_at(self, path: Path) -> PhotoId | None:
        return self._library().catalog.photo_at(path)
