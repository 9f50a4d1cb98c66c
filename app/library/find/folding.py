"""Folds nearly the same pictures of an answer into one, by groups that are worked out in the background."""

from __future__ import annotations

import math
import re
import threading
from weakref import WeakKeyDictionary

import numpy as np

from app.core.types import Answer
from app.library.library import Library
from app.library.notes import Notes
from app.search.folding import Folded, Groups, Pairs, close_looks, fold, group, in_sequence
from app.search.good_line import SAMPLE

_COPY = 0.02
"""Of the usual distance: with the starter, sizes, qualities and types of one picture lie 0.1 to 1.6 % of it apart,
frames of a burst 0.4 to 4.5 %, crops to two thirds 5 to 29 %."""
_FRAME = 0.05
_CAMERAS_NAME = re.compile(
    r"(_?(?:IMG|MG|DSC|DSCN|DSCF|PXL|SAM|GOPR|CIMG|PICT|IMGP|HPIM|DCP|MVC|P)[_-]?)(\d{3,8})\.", re.IGNORECASE
)
"""Numbered names that other programs give (Slide1, page-2) tell of other pictures of one layout."""
_FEW = 20
"""Fewer photos tell nothing of what is usual."""
_AT_ONCE = 1_000

_groups_of: WeakKeyDictionary[Notes, Groups] = WeakKeyDictionary()
"""By the part of a library that all its threads share, and that stays when it is opened anew with another model."""
_lock = threading.Lock()


def look_for_alikes(library: Library) -> int:
    """Work out which photos are nearly the same picture: some seconds for a million. Returns how many are in groups."""
    looks = library.catalog.looks()
    frames = _numbered_by_a_camera(library, in_sequence(looks, library.catalog.following()))
    copies = _meaning_the_same(library, close_looks(looks), _COPY)
    groups = group(looks, also=np.concatenate([copies, _meaning_the_same(library, frames, _FRAME)]))
    with _lock:
        _groups_of[library.notes] = groups
    return groups.count


def _numbered_by_a_camera(library: Library, pairs: Pairs) -> Pairs:
    """Those of pairs of ids whose names a camera gave one after the other: IMG_1001, IMG_1002."""
    names = {row.photo_id: row.name for row in library.catalog.rows(np.unique(pairs).tolist())}
    follows = [_number(names.get(one, "")) == _number(names.get(other, ""), -1) for one, other in pairs.tolist()]
    return pairs[np.array(follows, np.bool_)]


def _number(name: str, step: int = 0) -> tuple[str, int] | float:
    """What a camera puts before the number, and the number moved by a step; for other names nothing that is equal."""
    found = _CAMERAS_NAME.match(name)
    return (found[1].upper(), int(found[2]) + step) if found else math.nan


def _meaning_the_same(library: Library, pairs: Pairs, share: float) -> Pairs:
    """Those of pairs of ids whose pictures are as near to each other as ``share`` of the library's usual distance."""
    usual = _usual_distance(library) if len(pairs) else None
    if usual is None:
        return pairs[:0]
    kept = [pairs[:0]]
    for start in range(0, len(pairs), _AT_ONCE):
        some = pairs[start : start + _AT_ONCE]
        wanted = np.unique(some)
        ids, vectors = library.embeddings.vectors(wanted.tolist())
        some = some[np.isin(some, ids).all(axis=1)]
        one, other = (vectors[np.searchsorted(ids, some[:, side])] for side in (0, 1))
        kept.append(some[1 - np.einsum("nd,nd->n", one, other) <= share * usual])
    return np.concatenate(kept)


def _usual_distance(library: Library) -> float | None:
    """The median distance (1 - cosine) of photos that have nothing to do with each other; None where there are few."""
    library.vectors.catch_up(library.embeddings)
    sample = library.vectors.sample(SAMPLE)
    if len(sample) < _FEW:
        return None
    return float(np.median(1 - np.einsum("nd,nd->n", sample, np.roll(sample, len(sample) // 2, axis=0))))


def folded(library: Library, answer: Answer) -> Folded:
    """The answer with the best of each group in its place; unchanged until ``look_for_alikes`` has come to its end."""
    with _lock:
        groups = _groups_of.get(library.notes)
    return fold(answer, groups or Groups.none())
