"""Tells which work a question's filters wait for: text that was not read yet, captions that no model has written."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.errors import ModelUnusable
from app.core.query import Field, FieldName
from app.core.types import Stage, Unavailable
from app.library.library import Library
from app.search.conditions import leaves
from app.search.query import parse

_STAGES = {FieldName.TEXT: Stage.TEXT, FieldName.CAPTION: Stage.CAPTION}
"""The stage that makes what a field is looked for in."""


@dataclass(frozen=True, slots=True)
class Lack:
    """A stage that a filter needs and that has not been through all photos.

    ``unavailable``: why it does not go on; None: it does, or waits for its turn.
    """

    stage: Stage
    done: int
    total: int
    unavailable: Unavailable | None = None


def lack(library: Library, asked: str) -> Lack | None:
    """What a photo may be missing from the answer for; None where all was looked at that the filters ask for."""
    root = parse(asked).root
    named = {each.name for each in leaves(root) if isinstance(each, Field)} if root is not None else set()
    for name, stage in _STAGES.items():
        if name in named and (found := _lack(library, stage)) is not None:
            return found
    return None


def _lack(library: Library, stage: Stage) -> Lack | None:
    unavailable, made_by = None, None
    try:
        made_by = _maker(library, stage)
        unavailable = None if made_by is not None else Unavailable(stage)
    except ModelUnusable as error:
        unavailable = Unavailable(stage, error)
    # Without a model, what any other has made counts.
    is_text = stage is Stage.TEXT
    status = library.catalog.status(
        library.embedder.space, "", None if is_text else made_by, made_by if is_text else None
    )
    done = status.text_read if is_text else status.captioned
    return Lack(stage, done, status.photos, unavailable) if done < status.photos - status.failed else None


def _maker(library: Library, stage: Stage) -> str | None:
    """What the present model signs its work with; None: there is no model. Raises ModelUnusable."""
    if stage is Stage.TEXT:
        return None if library.text_reader is None else library.text_reader.version
    return None if library.captioner is None else library.captioner.model_id
