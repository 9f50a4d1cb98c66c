"""Vectors of captions by one text tower: with each vector the caption that it was made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.catalog.store.connection import Connection, as_json
from app.catalog.vectors.embeddings import EmbeddingStore
from app.core.types import Embeddings, PhotoId

CaptionOf = tuple[PhotoId, str]
"""A photo and its shown caption."""

_MADE_OF = "CREATE TABLE IF NOT EXISTS made_of (photo_id INTEGER PRIMARY KEY, caption TEXT NOT NULL)"


def caption_space(text_id: str) -> str:
    """The name under which the captions' vectors by a text tower are kept, beside those of pictures."""
    return f"captions-{text_id}"


class CaptionStore(EmbeddingStore):
    """As ``EmbeddingStore``. A vector counts only while its photo shows the caption that it was made of."""

    def add_captions(self, captions: Sequence[CaptionOf], vectors: Embeddings) -> None:
        """Write vectors with what they were made of; a photo's former one is replaced.

        Args:
            captions: as they stand in the catalogue, character by character.
            vectors: float32, shape (len(captions), dim), rows of length 1.

        Raises:
            ValueError, DiskFull: as ``add``.
        """
        self.add(np.array([photo_id for photo_id, _ in captions], np.int64), vectors)
        # Should the program die here, the photos have a vector of nothing: they are asked for again.
        self._healing(lambda: self._note(captions))

    def _note(self, captions: Sequence[CaptionOf]) -> None:
        with self._sql.write():
            self._sql.run_many("INSERT OR REPLACE INTO made_of(photo_id, caption) VALUES (?, ?)", captions)

    def _drop(self, ids: Sequence[int]) -> None:
        super()._drop(ids)
        self._sql.run("DELETE FROM made_of WHERE photo_id IN (SELECT value FROM json_each(?))", (as_json(ids),))

    def _set_up(self, sql: Connection) -> None:
        super()._set_up(sql)
        with sql.write():
            sql.run(_MADE_OF)
