"""What saved searches last came to under each model: their cuts and numbers of photos. Machine's, no decisions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from app.catalog.store.connection import Part

_KEPT_S = 100 * 24 * 3600
"""What belongs to no saved search any more is kept for an undo, not for ever."""


class SavedAnswers(Part):
    """Kept by the question too: one that was changed has none yet, and an undone change has its own again."""

    def saved_cut(self, search_id: int, space: str) -> str | None:
        """The cut of a saved search as it asks now, as ``keep_cut`` got it; None: none is fixed."""
        found: str | None = self._sql.value(
            "SELECT cut FROM saved_answer JOIN saved_search ON id = search_id"
            " AND saved_search.question = saved_answer.question WHERE search_id = ? AND space = ?",
            (search_id, space),
        )
        return found

    def keep_cut(self, search_id: int, question: str, space: str, cut: str) -> None:
        """Keep where members end.

        Args:
            search_id: of the saved search.
            question: as it asks, and the cut was drawn for.
            space: what was compared by.
            cut: JSON.
        """
        with self._sql.write():
            self._sql.run(
                "INSERT INTO saved_answer(search_id, question, space, cut, drawn_at) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT(search_id, question, space) DO UPDATE"
                " SET cut = excluded.cut, drawn_at = excluded.drawn_at",
                (search_id, question, space, cut, self._sql.now()),
            )
            self._forget_old()

    def forget_cuts(self, search_id: int, question: str) -> None:
        """Where members of a saved search end that asks this shall be drawn anew."""
        with self._sql.write():
            self._sql.run("DELETE FROM saved_answer WHERE search_id = ? AND question = ?", (search_id, question))

    def saved_counts(self, space: str) -> dict[int, int]:
        """How many photos each saved search had when it was last counted, where it was and asks the same still."""
        rows = self._sql.rows(
            "SELECT search_id, photos FROM saved_answer JOIN saved_search ON id = search_id"
            " AND saved_search.question = saved_answer.question WHERE space = ? AND photos IS NOT NULL",
            (space,),
        )
        return {int(search_id): int(photos) for search_id, photos in rows}

    def keep_counts(self, space: str, counts: Mapping[int, int]) -> None:
        """Keep numbers of photos by saved search, for the next start."""
        known = self.saved_counts(space)
        changed = [(count, search_id) for search_id, count in counts.items() if known.get(search_id) != count]
        if not changed:
            return
        with self._sql.write():
            self._sql.run_many(
                "INSERT INTO saved_answer(search_id, question, space, photos, drawn_at)"
                " SELECT id, question, ?3, ?1, ?4 FROM saved_search WHERE id = ?2"
                " ON CONFLICT(search_id, question, space) DO UPDATE SET photos = excluded.photos",
                [(*each, space, self._sql.now()) for each in changed],
            )

    def state_searched(self) -> str:
        """Changes with all that photos are found by, besides their vectors; not with what was merely asked."""
        told = [
            self._sql.rows(statement)
            for statement in (
                "SELECT n FROM tally WHERE what = 'photo_changes'",
                "SELECT block FROM words_data WHERE id IN (1, 10)",  # FTS5 counts its rows and its writes there
                "SELECT max(id), sum(is_undone), count(*) FROM history WHERE kind NOT LIKE '%\\_search' ESCAPE '\\'",
                "SELECT id, is_offline FROM root",
                "SELECT count(*), sum(photo_id) FROM file WHERE is_missing = 1",
                "SELECT count(*) FROM failure",
            )
        ]
        return hashlib.blake2b(repr(told).encode(), digest_size=12).hexdigest()

    def _forget_old(self) -> None:
        self._sql.run(
            "DELETE FROM saved_answer WHERE drawn_at < ?"
            " AND search_id NOT IN (SELECT id FROM saved_search WHERE question = saved_answer.question)",
            (self._sql.now() - _KEPT_S,),
        )
