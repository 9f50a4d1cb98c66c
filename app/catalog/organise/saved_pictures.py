"""Pictures from outside the library that saved searches search with: small copies, and their vectors by model."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator

import numpy as np

from app.catalog.store.connection import Part
from app.core.types import Vector

_YOUNG_S = 600


class SavedPictures(Part):
    """Known by a key made of their bytes, which the questions of saved searches name."""

    def keep_picture(self, jpeg: bytes) -> str:
        """Keep a picture; returns its key. Those that no saved search names, nor any that undo brings back, go."""
        key = hashlib.blake2b(jpeg, digest_size=16).hexdigest()
        with self._sql.write():
            self._forget_unnamed()
            self._sql.run(
                "INSERT INTO saved_picture(key, jpeg, kept_at) VALUES (?, ?, ?)"
                " ON CONFLICT(key) DO UPDATE SET kept_at = excluded.kept_at",
                (key, jpeg, self._sql.now()),
            )
        return key

    def saved_picture(self, key: str) -> bytes | None:
        """Its JPEG; None where it is not kept."""
        found: bytes | None = self._sql.value("SELECT jpeg FROM saved_picture WHERE key = ?", (key,))
        return found

    def keep_picture_vector(self, key: str, part: str, space: str, vector: Vector) -> None:
        """Keep what a picture, or a part of it, means to a model. A picture that is not kept has no vector.

        Args:
            key: of the picture.
            part: names the part; "": all of it.
            space: of the vector.
            vector: float32, shape (dim,), of length 1.
        """
        with self._sql.write():
            self._sql.run(
                "INSERT OR REPLACE INTO saved_vector(key, part, space, vector)"
                " SELECT key, ?, ?, ? FROM saved_picture WHERE key = ?",
                (part, space, vector.astype(np.float16).tobytes(), key),
            )

    def picture_vector(self, key: str, part: str, space: str) -> Vector | None:
        """float32, shape (dim,), of length 1; None where none is kept."""
        found = self._sql.value(
            "SELECT vector FROM saved_vector WHERE key = ? AND part = ? AND space = ?", (key, part, space)
        )
        if found is None:
            return None
        vector: Vector = np.frombuffer(found, np.float16).astype(np.float32)
        return vector / np.float32(max(float(np.linalg.norm(vector)), 1e-9))

    def forget_pictures(self) -> int:
        """Delete pictures that no saved search names, nor any that undo could bring back; returns how many."""
        with self._sql.write():
            return self._forget_unnamed()

    def _forget_unnamed(self) -> int:
        """A young one may be about to be named."""
        known = self._sql.column("SELECT key FROM saved_picture WHERE kept_at < ?", (self._sql.now() - _YOUNG_S,))
        if not known:
            return 0
        told = list(self._told())
        unnamed = [key for key in known if not any(key in each for each in told)]
        self._sql.run_many("DELETE FROM saved_picture WHERE key = ?", [(key,) for key in unnamed])
        return len(unnamed)

    def _told(self) -> Iterator[str]:
        """All questions that are asked, or were and may be again."""
        yield from self._sql.column("SELECT question FROM saved_search")
        for packed in self._sql.column("SELECT edits FROM history WHERE kind LIKE '%\\_search' ESCAPE '\\'"):
            yield zlib.decompress(packed).decode()
