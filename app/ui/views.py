"""Places to be in the library, and what stands there: the values that browsing, searching and the panes exchange."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.core.examples import Example
from app.core.query import Scope
from app.core.types import Answer, PhotoTable
from app.library.find.lacking import Lack
from app.search.folding import Folded

Place = Any
"""What the grid gives as the place where the person was, and takes back."""

_EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class View:
    """One place to be: a part of the library, perhaps a question asked there, in words, by pictures, or both.

    ``is_by_match``: best match first.
    """

    scope: Scope = _EVERYTHING
    text: str = ""
    examples: tuple[Example, ...] = ()
    is_by_match: bool = True
    saved_id: int | None = None
    """Of the saved search that is asked, as it was saved."""

    @property
    def is_question(self) -> bool:
        return bool(self.text.strip()) or bool(self.examples)


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What a view came to. ``table`` is the answer's too: it knows the aspects.

    ``folded`` is the whole answer of which ``answer`` shows the best of each group, and of opened groups all.
    ``lack``: of an empty answer, the work that its filters still wait for.
    """

    view: View
    table: PhotoTable
    answer: Answer | None
    place: Place | None = None
    folded: Folded | None = None
    lack: Lack | None = None

    @property
    def count(self) -> int:
        return len(self.table.ids) if self.answer is None else len(self.answer)
