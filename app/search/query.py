"""Turns what a person typed into a query tree, and a tree into text again; any text is legal.

``a b`` both, ``a OR b`` either, ``-a`` not, parentheses around what belongs together. OR takes the two terms beside it
and no more, as in other search boxes: ``beach dog OR cat`` is a beach with a dog or a cat.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from app.core.query import And, Field, Mistake, Node, Not, Or, Problem, Query, Scope, Term
from app.search.alternatives import MOST_ALTERNATIVES, count_alternatives, passed_over
from app.search.lexing import Mark, Token, tokens
from app.search.reading_values import NotUnderstood, read_field, write_field

MOST_TERMS = 64
"""A pasted page of text is asked for by its first different words; the model reads no more than that either."""
MOST_DEPTH = 16
"""Groups in groups: more of them mean nothing to a person, and the tree is walked by recursion."""


def parse(text: str, scope: Scope | None = None) -> Query:
    """Read free text, ``"exact phrases"``, ``field:value``, ``-term``, ``OR`` and parentheses.

    Args:
        text: anything at all.
        scope: what the search is limited to; None: the whole library.

    Returns:
        The query; it is empty where nothing in the text can be searched for. ``problems`` tell what was passed over.
    """
    parser = _Parser()
    for token in tokens(text):
        parser.take(token)
    root = parser.end(len(text))
    if root is not None and count_alternatives(root) > MOST_ALTERNATIVES:
        start, end = passed_over(root) or (root.start, root.end)
        parser.problems.append(Problem(start, end, Mistake.TOO_MANY_WAYS))
    return Query(root, scope or Scope(), tuple(sorted(parser.problems, key=lambda problem: problem.start)))


def to_text(node: Node | None) -> str:
    """A query tree as a person would type it; parsing it gives the same tree."""
    if node is None:
        return ""
    if isinstance(node, Term):
        return f'"{node.text}"' if node.is_exact else node.text
    if isinstance(node, Field):
        return write_field(node)
    if isinstance(node, Not):
        return "-" + _grouped(node.part, And, Or)
    if isinstance(node, Or):
        return " OR ".join(_grouped(part, And) for part in node.parts)
    return " ".join(to_text(part) for part in node.parts)


def _grouped(node: Node, *kinds: type) -> str:
    return f"({to_text(node)})" if isinstance(node, kinds) else to_text(node)


@dataclass(eq=False)
class _Group:
    """A group that is being read; the outermost one is the query."""

    start: int = 0
    minus: int | None = None
    parts: list[Node] = field(default_factory=list)
    waiting: Token | None = None
    """The OR whose second side comes next."""
    has_gap: bool = False
    """The last part was passed over, so that an OR behind it has no first side."""


class _Parser:
    """Puts tokens together without recursion."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._groups = [_Group()]
        self._known: set[Node] = set()
        self._too_deep = 0
        """Groups that are open and passed over: their parentheses stand for nothing."""

    def take(self, token: Token) -> None:
        if token.open_quote is not None:
            self.problems.append(Problem(token.open_quote, token.open_quote + 1, Mistake.QUOTE_NOT_CLOSED))
        if token.mark is Mark.OPEN:
            self._open(token)
        elif token.mark is Mark.CLOSE:
            self._close(token)
        elif token.mark is Mark.OR:
            self._or(token)
        else:
            self._put(self._negated(self._leaf(token), token.minus))

    def end(self, end: int) -> Node | None:
        """What all tokens came to. A group that was not closed ends with the text."""
        while len(self._groups) > 1:
            start = self._groups[-1].start
            self.problems.append(Problem(start, start + 1, Mistake.GROUP_NOT_CLOSED))
            self._put(self._ended(end))
        return self._joined(self._groups[0])

    def _open(self, token: Token) -> None:
        if len(self._groups) <= MOST_DEPTH:
            self._groups.append(_Group(token.start, token.minus))
            return
        if not self._has(Mistake.TOO_DEEP):
            self.problems.append(Problem(token.start, token.end, Mistake.TOO_DEEP))
        self._too_deep += 1

    def _close(self, token: Token) -> None:
        if self._too_deep:
            self._too_deep -= 1
        elif len(self._groups) > 1:
            self._put(self._ended(token.end))
        else:
            self.problems.append(Problem(token.start, token.end, Mistake.GROUP_NOT_OPENED))

    def _ended(self, end: int) -> Node | None:
        group = self._groups.pop()
        node = self._joined(group)
        return None if node is None else self._negated(replace(node, start=group.start, end=end), group.minus)

    def _or(self, token: Token) -> None:
        group = self._groups[-1]
        if group.waiting is not None or not (group.parts or group.has_gap):
            self._miss_side(token)
        elif not group.has_gap:
            group.waiting = token

    def _joined(self, group: _Group) -> Node | None:
        if group.waiting is not None:
            self._miss_side(group.waiting)
        return _join(And, group.parts)

    def _miss_side(self, token: Token) -> None:
        self.problems.append(Problem(token.start, token.end, Mistake.OR_WITHOUT_SIDE))

    def _leaf(self, token: Token) -> Node | None:
        """A word, phrase or field; None where it can't be understood, or is one too many."""
        if token.field is not None:
            node = self._field(token)
        else:
            node = Term(" ".join(token.text.split()), token.mark is Mark.PHRASE, token.start, token.end)
        if node is None or node in self._known:
            return node
        if len(self._known) == MOST_TERMS:
            if not self._has(Mistake.TOO_LONG):
                self.problems.append(Problem(token.start, token.end, Mistake.TOO_LONG))
            return None
        self._known.add(node)
        return node

    def _field(self, token: Token) -> Node | None:
        assert token.field is not None
        try:
            return replace(read_field(token.field, token.text), start=token.start, end=token.end)
        except NotUnderstood as error:
            fields = {"field": str(token.field), **error.fields}
            self.problems.append(Problem(token.start, token.end, error.code, fields))
            return None

    def _has(self, code: Mistake) -> bool:
        return any(problem.code is code for problem in self.problems)

    def _negated(self, node: Node | None, minus: int | None) -> Node | None:
        if node is None or minus is None:
            return node
        if isinstance(node, Not):
            return replace(node.part, start=minus, end=node.end)
        return Not(node, minus, node.end)

    def _put(self, node: Node | None) -> None:
        group = self._groups[-1]
        if node is not None and group.waiting is not None:
            node = _join(Or, [group.parts.pop(), node])
        group.waiting, group.has_gap = None, node is None and group.waiting is None
        if node is not None:
            group.parts.append(node)


def _join(kind: type[And] | type[Or], parts: Iterable[Node]) -> Node | None:
    """The parts as one node: groups of the same kind dissolve in it, and repeated parts say nothing more."""
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, kind) else [part]
    different = tuple(dict.fromkeys(flat))
    if len(different) < 2:
        return different[0] if different else None
    return kind(different, flat[0].start, flat[-1].end)
