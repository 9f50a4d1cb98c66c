"""Which machine tags hold the words of a query, and how sure the machine is of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.catalog.rows import SHOWN_MACHINE_TAG
from app.catalog.store.connection import Connection, as_json
from app.catalog.words import tokenise
from app.core.types import PhotoIds


@dataclass(frozen=True, eq=False)
class Tagged:
    """Photos with shown machine tags, as columns.

    Attributes:
        ids: int64, shape (n,), ascending, each once.
        confidence: float32, shape (n,), 0.5 to 1: of the surest of these tags, to a hundredth.
    """

    ids: PhotoIds
    confidence: npt.NDArray[np.float32]


class TagWords:
    """The names of all tags, indexed as photos' words are: there are some thousand of them, however many photos.

    The index of words says that a photo has a tag, not how sure it is. Names never change, so only new ones are read.
    """

    def __init__(self, sql: Connection) -> None:
        self._sql = sql
        self._newest = 0

    def tagged(self, phrase: str) -> Tagged:
        """The photos of all tags that hold a phrase of the index's syntax."""
        # Id and percent in one number: a column of numbers is read several times as fast as two.
        found = self._sql.ids(
            "SELECT m.photo_id * 128 + CAST(m.confidence * 100 AS INTEGER) AS id FROM machine_tag m"
            f" WHERE m.tag_id IN (SELECT value FROM json_each(?)) AND {SHOWN_MACHINE_TAG}",
            (as_json(self._holding(phrase)),),
        )
        ids, percent = found // 128, found % 128
        is_surest = np.append(ids[1:] != ids[:-1], True)[: len(ids)]
        return Tagged(ids[is_surest], percent[is_surest].astype(np.float32) / np.float32(100))

    def _holding(self, phrase: str) -> list[int]:
        """Ids of tags, those of people too."""
        self._catch_up()
        if not self._newest:
            return []
        return self._sql.column("SELECT rowid FROM temp.tag_words WHERE tag_words MATCH ?", (phrase,))

    def _catch_up(self) -> None:
        # One question: another connection may write tags between two, and one that is taken in twice is an error.
        new = self._sql.rows("SELECT id, name FROM tag WHERE id > ? ORDER BY id", (self._newest,))
        if not new:
            return
        with self._sql.write_temporary():
            self._sql.run(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.tag_words"
                " USING fts5(name, tokenize = 'porter unicode61 remove_diacritics 2')"
            )
            self._sql.run_many(
                "INSERT INTO temp.tag_words(rowid, name) VALUES (?, ?)", [(each, tokenise(name)) for each, name in new]
            )
        self._newest = new[-1][0]
