"""What a stage has still to do: the whole library is looked through once, then its answer is gone through."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final

from app.core.id_sets import are_among
from app.core.types import PhotoId, PhotoIds

Look = Callable[[], PhotoIds]
"""All that is due, in the order in which it is to be done; perhaps some that is not."""
Check = Callable[[Sequence[int], int], list[PhotoId]]
"""Those of the given ids that are due now, in their order, at most so many."""

_DEAR_S: Final = 0.05
"""Looking through a small library is done anew for each question."""
_TIMES_AS_LONG: Final = 50
"""What is found holds for so many times what looking took: then new photos get their turn."""
_FEW, _MANY = 256, 16_384
"""So many are checked at once: at first, and at most."""


@dataclass
class _Found:
    """One look through the library, and how far it was gone through."""

    ids: PhotoIds
    holds_until: float
    place: int = 0


class Due:
    """Answers of stages' questions, kept while it is dear to ask them of the whole library.

    Each answer is checked before it is given. That nothing is due is said only after a look through all: so the
    question stays what a stage is resumed by, and nothing but time is lost with what is kept here.
    """

    def __init__(self) -> None:
        self._found: dict[Hashable, _Found] = {}

    def next(self, question: Hashable, look: Look, check: Check, limit: int) -> list[PhotoId]:
        """The first ``limit`` ids that are due.

        Args:
            question: names what is asked, with all that its answer depends on besides the library.
            look: asks it of the whole library.
            check: asks it of some photos.
            limit: at most so many.
        """
        found = self._found.get(question)
        if found is not None and time.monotonic() < found.holds_until and (due := _go_on(found, check, limit)):
            return due
        began = time.monotonic()
        ids = look()
        now = time.monotonic()
        found = _Found(ids, now + _TIMES_AS_LONG * (now - began))
        due = _go_on(found, check, limit)
        self._found.pop(question, None)
        if due and now - began >= _DEAR_S:
            self._found[question] = found
        return due


def _go_on(found: _Found, check: Check, limit: int) -> list[PhotoId]:
    """Pass over what is done by now, and stand before the first that is not: it is asked for until it is done."""
    due: list[PhotoId] = []
    at, size, place = found.place, max(_FEW, limit), len(found.ids)
    while at < len(found.ids) and len(due) < limit:
        chunk = found.ids[at : at + size].tolist()
        more = check(chunk, limit - len(due))
        if more and not due:
            place = at + chunk.index(more[0])
        due += more
        at, size = at + size, min(2 * size, _MANY)
    found.place = place
    return due


def without(ids: PhotoIds, *others: PhotoIds) -> PhotoIds:
    """Those of ``ids`` (int64, in any order) that stand in none of the others; in their order."""
    return ids[~are_among(ids, *others)]


def within(ids: PhotoIds, others: PhotoIds) -> PhotoIds:
    """Those of ``ids`` that stand in the others too; in their order."""
    return ids[are_among(ids, others)]
