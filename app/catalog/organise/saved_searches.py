"""Searches that a person saved, as decisions; and what was searched for, to be offered again."""

from __future__ import annotations

import secrets
from typing import Any, Final

from app.catalog.organise import history
from app.catalog.organise.history import Edit, Facet
from app.catalog.store.connection import Part
from app.core.types import SavedSearch

ASKED_KEPT: Final = 500
LONGEST_ASKED: Final = 200
"""Characters."""

Saved = list[Any]
"""A saved search as the history keeps it: name, question, position."""


class SavedSearches(Part):
    """Saved searches can be undone like all decisions; what was asked is only remembered."""

    def saved_searches(self) -> list[SavedSearch]:
        """In the person's order."""
        rows = self._sql.rows("SELECT id, name, question, position FROM saved_search ORDER BY position, id")
        return [SavedSearch(*row) for row in rows]

    def saved_search(self, search_id: int) -> SavedSearch | None:
        """None: it was removed."""
        row = self._sql.row("SELECT id, name, question, position FROM saved_search WHERE id = ?", (search_id,))
        return None if row is None else SavedSearch(*row)

    def save_search(self, name: str, question: str) -> int:
        """Keep a search below the others; returns its id.

        Args:
            name: as a person gave it.
            question: JSON, all that is needed to ask again.

        Raises:
            ValueError: a name of nothing but spaces.
        """
        # Drawn, not counted: two programs that save at the same moment don't write over each other.
        search_id = secrets.randbits(48) + 1
        last = self._sql.value("SELECT coalesce(max(position), 0) FROM saved_search")
        self._decide_search("save_search", search_id, None, [_name(name), question, last + 1])
        return search_id

    def rename_search(self, search_id: int, name: str) -> None:
        """Raises ValueError: a name of nothing but spaces."""
        if (now := self._saved(search_id)) is not None:
            self._decide_search("rename_search", search_id, now, [_name(name), *now[1:]])

    def change_search(self, search_id: int, question: str) -> None:
        """Let the same saved search ask something else."""
        if (now := self._saved(search_id)) is not None:
            self._decide_search("change_search", search_id, now, [now[0], question, now[2]])

    def place_search(self, search_id: int, place: int) -> None:
        """Move it: 0 is the first place; beyond the ends it is the first or the last one."""
        before = self.saved_searches()
        moved = [each for each in before if each.search_id == search_id]
        others = [each for each in before if each.search_id != search_id]
        place = max(0, min(place, len(others)))
        if not moved or before.index(moved[0]) == place:
            return
        position = _between([each.position for each in others], place)
        order = [*others[:place], *moved, *others[place:]]
        placed = [(each, float(number + 1)) for number, each in enumerate(order)]
        self._decide_places([(moved[0], position)] if position is not None else placed)

    def remove_search(self, search_id: int) -> None:
        """The search alone: photos are not touched."""
        if (now := self._saved(search_id)) is not None:
            self._decide_search("remove_search", search_id, now, None)

    def note_asked(self, text: str, instead_of: str = "") -> None:
        """Remember that this was asked, once however it was spelt; the last few hundred are kept.

        Args:
            text: what was asked; what is longer than people type was pasted, and is not remembered.
            instead_of: what led to it; forgotten, unless it was asked more than once.
        """
        told = " ".join(text.split())
        if not told or len(told) > LONGEST_ASKED:
            return
        with self._sql.write():
            self._sql.run("DELETE FROM asked WHERE text = ? AND times = 1", (" ".join(instead_of.split()),))
            self._sql.run(
                "INSERT INTO asked(text, asked_at, times) VALUES (?, ?, 1) ON CONFLICT(text) DO UPDATE"
                " SET asked_at = excluded.asked_at, times = times + 1",
                (told, self._sql.now()),
            )
            others = [text for text in self._sql.column("SELECT text FROM asked") if text != told]
            twins = [(text,) for text in others if text.casefold() == told.casefold()]
            self._sql.run_many("DELETE FROM asked WHERE text = ?", twins)
            self._sql.run(
                "DELETE FROM asked WHERE text NOT IN"
                " (SELECT text FROM asked ORDER BY asked_at DESC, rowid DESC LIMIT ?)",
                (ASKED_KEPT,),
            )

    def asked(self, beginning: str = "", limit: int = 8) -> list[str]:
        """What was asked that begins so, in any case; the last first."""
        folded = " ".join(beginning.split()).casefold()
        texts = self._sql.column("SELECT text FROM asked ORDER BY asked_at DESC, rowid DESC")
        return [text for text in texts if text.casefold().startswith(folded)][:limit]

    def forget_asked(self, text: str | None = None) -> None:
        """Remember nothing of what was asked; with ``text`` only this no longer."""
        with self._sql.write():
            self._sql.run("DELETE FROM asked WHERE text = ?1 OR ?1 IS NULL", (text,))

    def _decide_places(self, placed: list[tuple[SavedSearch, float]]) -> None:
        edits = [
            Edit(
                Facet.SAVED_SEARCH,
                each.search_id,
                [each.name, each.question, each.position],
                [each.name, each.question, position],
            )
            for each, position in placed
        ]
        history.decide(self._sql, "place_search", edits)

    def _saved(self, search_id: int) -> Saved | None:
        row = self._sql.row("SELECT name, question, position FROM saved_search WHERE id = ?", (search_id,))
        return None if row is None else list(row)

    def _decide_search(
        self, kind: str, search_id: int, before: list[object] | None, after: list[object] | None
    ) -> None:
        history.decide(self._sql, kind, [Edit(Facet.SAVED_SEARCH, search_id, before, after)])


def _between(positions: list[float], place: int) -> float | None:
    """A position for what comes between others; None where numbers are too coarse for one more."""
    if place == 0:
        return positions[0] - 1
    if place == len(positions):
        return positions[-1] + 1
    middle = (positions[place - 1] + positions[place]) / 2
    return middle if positions[place - 1] < middle < positions[place] else None


def _name(name: str) -> str:
    kept = " ".join(name.encode("utf-8", "replace").decode("utf-8").split())
    if not kept:
        raise ValueError("a saved search needs a name")
    return kept
