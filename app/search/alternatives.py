"""What a query asks for, taken apart at its ORs: each way to answer it has words to rank by and conditions to keep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, product
from math import prod

from app.core.query import And, Node, Or, Term

MOST_ALTERNATIVES = 16
"""Each one is a search of its own."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to answer a query: "beach (dog OR cat)" has two.

    Attributes:
        terms: what is looked for by words and meaning, in the order in which it was typed.
        conditions: what must hold besides: fields, negations, and the quoted ones of the terms.
    """

    terms: tuple[Term, ...] = ()
    conditions: tuple[Node, ...] = ()

    @property
    def text(self) -> str:
        """What the model reads."""
        return " ".join(term.text for term in self.terms)


def alternatives(root: Node | None) -> tuple[Alternative, ...]:
    """The first MOST_ALTERNATIVES ways to answer a query; none where nothing is asked."""
    return () if root is None else tuple(_some(root))


def count_alternatives(root: Node) -> int:
    """How many ways there are in all."""
    if not _ranks(root):
        return 1
    if isinstance(root, And):
        return prod(count_alternatives(part) for part in root.parts)
    if isinstance(root, Or):
        plain = any(not _ranks(part) for part in root.parts)
        return sum(count_alternatives(part) for part in root.parts if _ranks(part)) + plain
    return 1


def passed_over(root: Node) -> tuple[int, int] | None:
    """From where to where the text is that no searched alternative holds; None: there is no one such place."""
    if isinstance(root, And):
        several = [part for part in root.parts if count_alternatives(part) > 1]
        return passed_over(several[0]) if len(several) == 1 else None
    if not isinstance(root, Or) or not all(map(_ranks, root.parts)):
        return None
    ways = 0
    for part in root.parts:
        ways += count_alternatives(part)
        if ways > MOST_ALTERNATIVES:
            return (part.start, root.end) if count_alternatives(part) == 1 else None
    return None


def _some(node: Node) -> list[Alternative]:
    return list(islice(_of(node), MOST_ALTERNATIVES))


def _of(node: Node) -> Iterator[Alternative]:
    if isinstance(node, Term):
        yield Alternative((node,), (node,) if node.is_exact else ())
    elif isinstance(node, And):
        yield from map(_both, product(*map(_some, node.parts)))
    elif not isinstance(node, Or) or not _ranks(node):
        yield Alternative(conditions=(node,))
    else:
        yield from chain.from_iterable(_of(part) for part in node.parts if _ranks(part))
        plain = tuple(part for part in node.parts if not _ranks(part))
        if plain:
            yield Alternative(conditions=(plain[0] if len(plain) == 1 else Or(plain),))


def _both(chosen: Sequence[Alternative]) -> Alternative:
    terms = chain.from_iterable(each.terms for each in chosen)
    conditions = chain.from_iterable(each.conditions for each in chosen)
    return Alternative(tuple(dict.fromkeys(terms)), tuple(dict.fromkeys(conditions)))


def _ranks(node: Node) -> bool:
    """Whether it holds words to rank by; fields and negations only keep and drop."""
    if isinstance(node, And | Or):
        return any(_ranks(part) for part in node.parts)
    return isinstance(node, Term)
