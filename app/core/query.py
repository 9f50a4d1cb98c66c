"""The query tree: what a person typed, as plain data.

To add a field: 1 its name in ``FieldName``; 2 how its value is read, in search/reading_values.py; 3 which photos it
holds for, in catalog/find/filtering.py; 4 what can be offered for it, in catalog/find/suggesting.py; 5 a row of the
README's table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.periods import Period
from app.core.types import FolderId, Kind, Place

# Where a part stands in the text is no part of what it means: two trees are equal wherever their parts were typed.


@dataclass(frozen=True, slots=True)
class Term:
    """One word, or several in quotes that must stand side by side in each photo that is found."""

    text: str
    is_exact: bool = False
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


class FieldName(StrEnum):
    """What can be asked for by name."""

    TAG = "tag"
    FOLDER = "folder"
    FILE = "file"
    CAPTION = "caption"
    TEXT = "text"
    """Text that stands in the picture."""
    CAMERA = "camera"
    LENS = "lens"
    TYPE = "type"
    PLACE = "place"
    IS = "is"
    RATING = "rating"
    DATE = "date"
    BEFORE = "before"
    AFTER = "after"


class Trait(StrEnum):
    """What a photo may be, besides its kind (values of ``is:``)."""

    FAVOURITE = "favourite"
    UNRATED = "unrated"
    CAPTIONED = "captioned"
    TAGGED = "tagged"
    OFFLINE = "offline"
    UNREADABLE = "unreadable"


class Comparison(StrEnum):
    """How a field's value is compared; words and kinds only know IS."""

    IS = ""
    AT_LEAST = ">="
    AT_MOST = "<="
    ABOVE = ">"
    BELOW = "<"
    BETWEEN = ".."
    """Both ends belong to it."""


FieldValue = str | int | Kind | Trait | Period


@dataclass(frozen=True, slots=True)
class Field:
    """``rating:>=4``, ``tag:beach``. The type of ``value`` follows from ``name``; ``upper`` only with BETWEEN."""

    name: FieldName
    value: FieldValue
    comparison: Comparison = Comparison.IS
    upper: FieldValue | None = None
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """Photos for which the part does not hold. ``start`` is its minus sign; never directly inside another."""

    part: Node
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more different parts; none of them is an And."""

    parts: tuple[Node, ...]
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Or:
    """Any of two or more different parts; none of them is an Or."""

    parts: tuple[Node, ...]
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


Node = Term | Field | Not | And | Or


class Mistake(StrEnum):
    """What is wrong with a part of the text; it is passed over, and the rest still searches."""

    VALUE_MISSING = "value_missing"
    VALUE_UNKNOWN = "value_unknown"
    """Of a field with a fixed choice, which ``choices`` lists with ", " between them."""
    NOT_A_DATE = "not_a_date"
    NOT_A_RATING = "not_a_rating"
    GROUP_NOT_CLOSED = "group_not_closed"
    GROUP_NOT_OPENED = "group_not_opened"
    QUOTE_NOT_CLOSED = "quote_not_closed"
    """All behind it is one phrase or one value."""
    OR_WITHOUT_SIDE = "or_without_side"
    TOO_DEEP = "too_deep"
    """Groups in groups in groups: the inmost parentheses are passed over."""
    TOO_LONG = "too_long"
    """From here on, new words are passed over."""
    TOO_MANY_WAYS = "too_many_ways"
    """ORs times ORs: the last combinations are passed over."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake and its place in the text. ``fields`` for its words: ``field``, ``value``, ``choices``."""

    start: int
    end: int
    code: Mistake
    fields: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A value that a field could have, and how many photos do; None where nobody counted."""

    value: str
    count: int | None = None


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


class Source(StrEnum):
    """Where free words are looked for; names, folders and places always."""

    PICTURES = "pictures"
    """What the pictures mean."""
    CAPTIONS = "captions"
    """What the captions mean."""
    WORDS = "words"
    """Words that stand in captions and tags."""
    TEXT = "text"
    """Text that stands in the pictures."""


EVERYWHERE = frozenset(Source)


@dataclass(frozen=True, slots=True)
class Query:
    """What a person asks: ``root`` in ``scope``. The root is None where nothing in the text can be searched for."""

    root: Node | None = None
    scope: Scope = Scope()
    problems: tuple[Problem, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self.root is None

    @property
    def parts(self) -> tuple[Node, ...]:
        """What must all hold, in the order in which it was typed."""
        if self.root is None:
            return ()
        return self.root.parts if isinstance(self.root, And) else (self.root,)
