"""Decides which photos a condition of a query holds for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce

import numpy as np

from app.core.query import And, Field, Node, Not, Or, Term
from app.core.types import PhotoIds
from app.search.vectors import Flags


class Conditions:
    """The conditions of one query, as flags along the photos that may be found."""

    def __init__(
        self,
        shown: PhotoIds,
        *,
        holding: Callable[[Sequence[Term]], PhotoIds],
        fitting: Callable[[Field], PhotoIds],
        meant: Callable[[str], PhotoIds],
    ) -> None:
        """Take what answers for the leaves; what they find may reach beyond ``shown``, in any order.

        Args:
            shown: int64, shape (n,), ascending.
            holding: photos that hold all of some words.
            fitting: photos whose field fits.
            meant: photos that show what a text means, beyond doubt.
        """
        self._shown = shown
        self._holding, self._fitting, self._meant = holding, fitting, meant
        self._known: dict[Node, Flags] = {}

    def kept(self, conditions: Iterable[Node]) -> PhotoIds:
        """The shown photos for which all hold, ascending; ``shown`` itself where nothing is dropped."""
        flags: Flags = reduce(np.logical_and, map(self._flags, conditions), np.ones(len(self._shown), np.bool_))
        return self._shown if flags.all() else self._shown[flags]

    def _flags(self, node: Node) -> Flags:
        """bool, shape (n,)."""
        if node not in self._known:
            self._known[node] = self._found(node)
        return self._known[node]

    def _found(self, node: Node) -> Flags:
        if isinstance(node, Not):
            return ~self._flags(node.part)
        if isinstance(node, Or):
            return _any(map(self._flags, node.parts))
        if isinstance(node, And):
            return self._all(node)
        if isinstance(node, Field):
            return self._among(self._fitting(node))
        return self._of_words([node])

    def _all(self, node: And) -> Flags:
        """Free words that stand together mean something together: "-(hot dog)" drops neither heat nor dogs."""
        free = [part for part in node.parts if isinstance(part, Term) and not part.is_exact]
        others = [self._flags(part) for part in node.parts if part not in free]
        if free:
            others.append(self._of_words(free))
        flags: Flags = reduce(np.logical_and, others)
        return flags

    def _of_words(self, terms: Sequence[Term]) -> Flags:
        """Photos that hold the words; and those that show them, unless they are quoted."""
        held = self._among(self._holding(terms))
        if any(term.is_exact for term in terms):
            return held
        return held | self._among(self._meant(" ".join(term.text for term in terms)))

    def _among(self, ids: PhotoIds) -> Flags:
        flags: Flags = np.isin(self._shown, ids)
        return flags


def _any(flags: Iterable[Flags]) -> Flags:
    found: Flags = reduce(np.logical_or, flags)
    return found
