"""Decides which photos a condition of a query holds for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce

import numpy as np
import numpy.typing as npt

from app.core.id_sets import are_among
from app.core.query import And, Field, FieldName, Node, Not, Or, Term
from app.core.types import WHY_BITS, Flags, PhotoIds, Why

_WHYS = {
    FieldName.TAG: Why.TAG,
    FieldName.FOLDER: Why.FOLDER,
    FieldName.FILE: Why.NAME,
    FieldName.CAPTION: Why.CAPTION,
    FieldName.TEXT: Why.TEXT,
    FieldName.PLACE: Why.PLACE,
}
"""What the fields are called as reasons; the others speak for themselves."""


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

    def whys(self, conditions: Iterable[Node], ids: PhotoIds) -> npt.NDArray[np.uint8]:
        """uint8, shape (len(ids),), sums of WHY_BITS: which of the fields hold for each of some shown photos."""
        named = [each for node in conditions for each in leaves(node)]
        fields = [each for each in named if isinstance(each, Field) and each.name in _WHYS]
        found = np.zeros(len(ids), np.uint8)
        places = np.searchsorted(self._shown, ids) if fields else ids[:0]
        for each in fields:
            found |= np.uint8(WHY_BITS[_WHYS[each.name]]) * self._flags(each)[places]
        return found

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
        return are_among(self._shown, ids)


def leaves(node: Node) -> Iterator[Field | Term]:
    """The fields and words that may be why it holds."""
    if isinstance(node, Field | Term):
        yield node
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from leaves(part)


def _any(flags: Iterable[Flags]) -> Flags:
    found: Flags = reduce(np.logical_or, flags)
    return found
