"""A question as text that can be kept, and asked again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from app.core.examples import Box, Example, Picture
from app.core.query import Scope
from app.core.types import FolderId, Kind, PhotoId, Place

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

    def asks_the_same(self, other: Question) -> bool:
        """Whether the answers are the same, as far as the questions go."""
        try:
            return to_json(replace(self, space=None)) == to_json(replace(other, space=None))
        except Unkeepable:
            return False


class Unkeepable(ValueError):
    """The question holds a picture that is pixels alone: nothing that could be looked at again tomorrow."""


def to_json(question: Question) -> str:
    """The question as the catalogue keeps it.

    Raises:
        Unkeepable: a picture of it is neither kept nor a file; see ``kept_pictures.py``.
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


def _told(example: Example) -> dict[str, Any]:
    told: dict[str, Any] = {"weight": example.weight}
    if example.box is not None:
        told["box"] = [example.box.left, example.box.top, example.box.right, example.box.bottom]
    source = example.source
    if not isinstance(source, Picture):
        return told | {"photo": int(source)}
    if source.key:
        return told | {"kept": source.key, "name": source.name}
    if source.path is None:
        raise Unkeepable(source.name)
    return told | {"path": str(source.path), "name": source.name}


def _example(told: dict[str, Any]) -> Example:
    box = Box(*told["box"]) if "box" in told else None
    if "photo" in told:
        return Example(PhotoId(int(told["photo"])), box, float(told["weight"]))
    return Example(_picture(told), box, float(told["weight"]))


def _picture(told: dict[str, Any]) -> Picture:
    if "kept" in told:
        return Picture(str(told.get("name", "")), key=str(told["kept"]))
    path = Path(told["path"])
    return Picture(str(told.get("name", path.name)), path=path)


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
