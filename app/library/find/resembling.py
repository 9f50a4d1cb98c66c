"""Tells how a photo is like the pictures that were searched with, as far as that can be measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from app.core.errors import OrielError
from app.core.examples import Example, Picture
from app.core.query import Scope
from app.core.types import Evidence, Like, Likeness, PhotoId, Vector, Why
from app.files.hashing import perceptual_hash
from app.library.find.examples import needs_model, vector, whole_image
from app.library.library import Library
from app.search.folding import group, is_same_look

_ONE_MOMENT_S = 60.0
_NEAREST = 10
"""The same picture in another size is among so many that are nearest; no others are compared with it."""
_ROUNDED = 1e-3
"""The index keeps vectors as float16."""


def resemblance(library: Library, examples: Sequence[Example], photo_id: PhotoId) -> Iterator[Evidence]:
    """How a photo stands to the wanted pictures, or else to the unwanted: to the nearest of them.

    No model is asked: a picture that it has not seen yet is passed over.

    Args:
        library: of the calling thread.
        examples: what was searched with.
        photo_id: any photo of the library.
    """
    own = library.embeddings.vector(photo_id)
    pictures = [each for each in examples if each.weight > 0] or list(examples)
    if own is None or any(each.photo_id == photo_id and each.box is None for each in pictures):
        return
    known = [(each, found) for each in pictures if (found := _known(library, each)) is not None]
    if not known:
        return
    nearest, found = max(known, key=lambda one: float(one[1] @ own))
    _, scores = library.vectors.scores(found, library.catalog.scope_ids(Scope()))
    score = float(found @ own)
    name, is_part = _name(library, nearest), nearest.box is not None
    if nearest.weight < 0:
        above = float((scores > score + _ROUNDED).mean())
        yield Evidence(Why.MEANING, like=Likeness(Like.UNLIKE, name, is_part, len(pictures)), above=above)
        return
    if not is_part and np.count_nonzero(scores > score + _ROUNDED) < _NEAREST:
        yield from _same(library, nearest, photo_id, name)
    above = float((scores < score - _ROUNDED).mean())
    yield Evidence(Why.MEANING, like=Likeness(Like.LOOKS, name, is_part, len(pictures)), above=above)


def _known(library: Library, example: Example) -> Vector | None:
    return None if needs_model(library, [example]) else vector(library, example)


def _name(library: Library, example: Example) -> str:
    if isinstance(example.source, Picture):
        return example.source.name
    rows = library.catalog.rows([example.source])
    return rows[0].name if rows else ""


def _same(library: Library, example: Example, photo_id: PhotoId, name: str) -> Iterator[Evidence]:
    """Whether both are one picture, or of one moment."""
    if example.photo_id is not None:
        yield from (Evidence(Why.MEANING, like=each) for each in _kin(library, example.photo_id, photo_id, name))
    elif _is_same_look(library, example, photo_id):
        yield Evidence(Why.MEANING, like=Likeness(Like.ALIKE, name))


def _kin(library: Library, example_id: PhotoId, photo_id: PhotoId, name: str) -> Iterator[Likeness]:
    looks = library.catalog.looks([example_id, photo_id])
    if len(looks.copies):
        yield Likeness(Like.COPY, name)
        return
    if group(looks).count:
        yield Likeness(Like.ALIKE, name)
    moments = dict(zip(looks.ids.tolist(), looks.shot_at.tolist(), strict=True))
    apart_s = moments.get(photo_id, np.nan) - moments.get(example_id, np.nan)
    if abs(apart_s) <= _ONE_MOMENT_S:
        yield Likeness(Like.MOMENT, name, apart_s=apart_s)


def _is_same_look(library: Library, example: Example, photo_id: PhotoId) -> bool:
    try:
        image = whole_image(library, example)
    except OrielError:
        return False  # it has gone since it was searched with
    looks = library.catalog.looks([photo_id])
    return is_same_look(looks, perceptual_hash(image), image.shape[1] / image.shape[0])
