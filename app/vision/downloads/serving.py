"""Which image models a published text tower reads for: their spaces are written beside it, so that none is guessed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.core.models import PublishedModel
from app.vision.checkpoints.text_towers import declare_spaces
from app.vision.checkpoints.weights import inspect, space_of
from app.vision.downloads.store import ModelStore


def declare_served(store: ModelStore, text_tower: PublishedModel) -> frozenset[str]:
    """Write beside an installed text tower the spaces of the installed image models that the manifest names for it.

    Returns:
        Those spaces; none where none of the image models is here: then nothing is written.

    Raises:
        OSError: its folder can't be written.
    """
    spaces = frozenset(_spaces(store, text_tower))
    if spaces:
        declare_spaces(store.folder_of(text_tower), spaces)
    return spaces


def space_in(folder: Path) -> str:
    """The space of the image model in a folder. Raises ModelUnusable."""
    return space_of(inspect(folder, "embedder"))


def _spaces(store: ModelStore, text_tower: PublishedModel) -> Iterator[str]:
    for model in store.published:
        if model.model_id in text_tower.serves and store.state(model).is_installed:
            yield space_in(store.folder_of(model))
