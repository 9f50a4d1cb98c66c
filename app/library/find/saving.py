"""Saved searches: a question as text that can be kept, asked again, and counted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.core.errors import OrielError
from app.core.examples import Box, Example, Picture
from app.core.query import EVERYWHERE, Scope, Source
from app.core.types import Answer, FolderId, Kind, PhotoId, Place, SavedSearch
from app.library.find.folding import folded
from app.library.find.likeness import find_by
from app.library.library import Library

_EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asks: in words, by pictures, or both, in a part of the library.

    ``space``: of the model that answered when it was saved, if any did.
    """

    text: str = ""
    scope: Scope = _EVERYTHING
    examples: tuple[Example, ...] = ()
    space: str | None = None


class Unkeepable(ValueError):
    """The question holds a picture that is pixels alone: nothing that could be looked at again tomorrow."""


def to_json(question: Question) -> str:
    """The question as the catalogue keeps it.

    Raises:
        Unkeepable: a pasted picture is part of it.
    """
    told = {
        "text": question.text,
        "scope": {name: value for name, value in asdict(question.scope).items() if value},
        "examples": [_told(example) for example in question.examples],
        "space": question.space,
    }
    return json.dumps(told)  # in ASCII: a path may hold bytes that are no text, which a database refuses


def from_json(told: str) -> Question:
    """The question that was kept; what a newer Oriel wrote into it and this one does not know is passed over.

    Raises:
        ValueError: it is no question at all.
    """
    read = json.loads(told)
    try:
        return Question(
            str(read.get("text", "")),
            _scope(read.get("scope", {})),
            tuple(_example(each) for each in read.get("examples", ())),
            read.get("space"),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("no question") from error


def answer(library: Library, question: Question, sources: frozenset[Source] = EVERYWHERE) -> Answer:
    """Ask again, words being looked for in ``sources``.

    Raises:
        UnreadableImage, PathMissing, ModelUnusable, OutOfMemory: a picture of it can't be compared.
    """
    return find_by(library, question.text, question.examples, scope=question.scope, sources=sources)


def count_saved(
    library: Library,
    saved: Sequence[SavedSearch],
    *,
    is_folding: bool = False,
    sources: frozenset[Source] = EVERYWHERE,
) -> Iterator[tuple[int, int | None]]:
    """How many good matches each saved search has now, counted as its page does.

    Args:
        library: whose model answers if it is loaded.
        saved: the searches.
        is_folding: nearly the same pictures count as one.
        sources: where words are looked for.

    Yields:
        Its id and the number; None where that can't be said: the model is not loaded, or a picture is not there.
    """
    for each in saved:
        try:
            found = answer(library, from_json(each.question), sources)
        except (OrielError, ValueError):
            yield each.search_id, None
        else:
            shown = folded(library, found).answer if is_folding else found
            yield each.search_id, shown.good if shown.is_meaning_ready else None


def _told(example: Example) -> dict[str, Any]:
    told: dict[str, Any] = {"weight": example.weight}
    if example.box is not None:
        told["box"] = [example.box.left, example.box.top, example.box.right, example.box.bottom]
    source = example.source
    if not isinstance(source, Picture):
        return told | {"photo": int(source)}
    if source.path is None:
        raise Unkeepable(source.name)
    return told | {"path": str(source.path), "name": source.name}


def _example(told: dict[str, Any]) -> Example:
    box = Box(*told["box"]) if "box" in told else None
    if "photo" in told:
        return Example(PhotoId(int(told["photo"])), box, float(told["weight"]))
    path = Path(told["path"])
    return Example(Picture(str(told.get("name", path.name)), path=path), box, float(told["weight"]))


def _scope(told: dict[str, Any]) -> Scope:
    folder_id, kind, place = told.get("folder_id"), told.get("kind"), told.get("place")
    return Scope(
        folder_id=None if folder_id is None else FolderId(int(folder_id)),
        tag=told.get("tag"),
        is_favourite=bool(told.get("is_favourite")),
        is_recent=bool(told.get("is_recent")),
        kind=Kind(kind) if kind in set(Kind) else None,
        place=Place(**place) if place else None,
    )
