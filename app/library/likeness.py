"""Finds photos by pictures: like one or several, unlike others."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import numpy as np

from app.core.examples import Example
from app.core.query import Scope
from app.core.types import WHY_BITS, Answer, PhotoIds, Why
from app.library.examples import wanted_vector
from app.library.library import Library
from app.search.ranking import good_line
from app.search.vectors import best_first


def find_like(library: Library, examples: Sequence[Example], *, scope: Scope | None = None) -> Answer:
    """Find the photos that are like the wanted pictures and unlike the unwanted.

    Args:
        library: of the calling thread.
        examples: at least one; see ``examples.wanted_vector`` for how they are joined.
        scope: what to look in; None: everything.

    Returns:
        The wanted photos of the library first, marked, as they were given; they alone where none has a vector yet.
        Unwanted ones are left out. With nothing wanted, what is least like the unwanted stands first, and whatever is a
        good match for them is below the line.

    Raises:
        UnreadableImage, PathMissing, ModelUnusable, OutOfMemory: a picture can't be compared.
    """
    began = time.perf_counter()
    library.vectors.catch_up(library.embeddings)
    shown = library.catalog.scope_ids(scope or Scope())
    selves = _photos(example for example in examples if example.weight > 0 and example.box is None)
    unwanted = _photos(example for example in examples if example.weight < 0 and example.box is None)
    among = np.setdiff1d(shown, np.concatenate([selves, unwanted]), assume_unique=False)
    wanted = wanted_vector(library, examples)
    ids, scores = (among[:0], np.empty(0, np.float32)) if wanted is None else library.vectors.scores(wanted, among)
    order = best_first(ids, scores)
    ids, scores = ids[order], scores[order]
    if any(example.weight > 0 for example in examples):
        good = int(np.count_nonzero(scores >= good_line(scores)))
    else:
        good = int(np.count_nonzero(-scores < good_line(-scores)))
    return Answer(
        ids=np.concatenate([selves, ids]),
        scores=np.concatenate([np.ones(len(selves), np.float32), scores]),
        whys=np.repeat(np.array([WHY_BITS[Why.SELF], WHY_BITS[Why.MEANING]], np.uint8), [len(selves), len(ids)]),
        good=len(selves) + good,
        searched=len(ids) + (len(selves) if wanted is not None else 0),
        total=len(shown),
        seconds=time.perf_counter() - began,
    )


def _photos(examples: Iterable[Example]) -> PhotoIds:
    ids = [example.photo_id for example in examples if example.photo_id is not None]
    return np.array(list(dict.fromkeys(ids)), np.int64)
