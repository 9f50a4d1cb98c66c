"""The query tree: what a person typed, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.types import FolderId, Kind, Place


@dataclass(frozen=True, slots=True)
class Term:
    """One word, or several in quotes that must stand side by side. Negated: photos that hold it are left out."""

    text: str
    is_exact: bool = False
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """What the grid is limited to; all None: the whole library."""

    folder_id: FolderId | None = None
    """This folder and all below it."""
    tag: str | None = None
    is_favourite: bool = False
    is_recent: bool = False
    """Added in the last 30 days."""
    kind: Kind | None = None
    place: Place | None = None
    """A city; where it has none, a region; where it has neither, a country."""


@dataclass(frozen=True, slots=True)
class Query:
    """``text`` is what the model reads: the positive words in their order, quotes and minus signs removed."""

    text: str = ""
    terms: tuple[Term, ...] = ()
    scope: Scope = Scope()

    @property
    def is_empty(self) -> bool:
        return not self.terms
