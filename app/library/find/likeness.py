"""Finds photos by pictures: like one or several, unlike others."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from app.core.examples import Example
from app.core.gauge import Gauge
from app.core.query import EVERYWHERE, Scope, Source
from app.core.types import WHY_BITS, Answer, PhotoIds, Scores, Why
from app.library.find.examples import needs_model, wanted_vector
from app.library.find.finding import find
from app.library.library import Library
from app.search.alternatives import alternatives
from app.search.fusion import ALONE, above_crowd, fused_again, shown
from app.search.good_line import good_line
from app.search.ordering import best_first
from app.search.query import parse


def find_like(
    library: Library, examples: Sequence[Example], *, scope: Scope | None = None, wait_for_model: bool = False
) -> Answer:
    """Find the photos that are like the wanted pictures and unlike the unwanted.

    Args:
        library: of the calling thread.
        examples: at least one; see ``examples.wanted_vector`` for how they are joined.
        scope: what to look in; None: everything.
        wait_for_model: load the model if need be; otherwise nothing is compared until it is there.

    Returns:
        The wanted photos of the library first, marked, as they were given, wherever they lie; they alone where none
        has a vector yet. Unwanted ones are left out, and those that a person took out of the library. With nothing
        wanted, what is least like the unwanted stands first, and whatever is a good match for them is below the line.

    Raises:
        UnreadableImage, PathMissing, ModelUnusable, OutOfMemory: a picture can't be compared.
    """
    began = time.perf_counter()
    library.vectors.catch_up(library.embeddings)
    shown = library.catalog.scope_ids(scope or Scope())
    selves = _photos(example for example in examples if example.weight > 0 and example.box is None)
    unwanted = _photos(example for example in examples if example.weight < 0 and example.box is None)
    among = shown[~np.isin(shown, np.concatenate([selves, unwanted]))]
    selves = _still_there(library, selves)
    is_there = wait_for_model or library.embedder.is_loaded or not needs_model(library, examples)
    is_ready = is_there or len(among) == 0  # the model is never loaded to compare nothing
    wanted = wanted_vector(library, examples) if is_there else None
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
        is_meaning_ready=is_ready,
    )


def find_by(
    library: Library,
    text: str,
    examples: Sequence[Example],
    *,
    scope: Scope | None = None,
    sources: frozenset[Source] = EVERYWHERE,
    gauge: Gauge | None = None,
) -> Answer:
    """Find photos by words, by pictures, or by both, as ``find``, ``find_like`` and ``find_with``."""
    if not examples:
        return find(library, text, scope=scope, sources=sources, gauge=gauge)
    if parse(text).is_empty:
        return find_like(library, examples, scope=scope)
    return find_with(library, text, examples, scope=scope, sources=sources, gauge=gauge)


def find_with(
    library: Library,
    text: str,
    examples: Sequence[Example],
    *,
    scope: Scope | None = None,
    sources: frozenset[Source] = EVERYWHERE,
    gauge: Gauge | None = None,
) -> Answer:
    """Find photos by words and pictures together ("this, but at night").

    Texts and pictures of one model lie apart from each other, so each is compared by itself, and the log-odds of both
    are added (see ``search/fusion.py``). What the words leave out stays out.

    Args:
        library: of the calling thread.
        text: words as a person types them; they alone answer where the model is not loaded yet.
        examples: at least one.
        scope: what to look in; None: everything.
        sources: where the words are looked for.
        gauge: what scores are measured by; None: this library as it is now.

    Raises:
        UnreadableImage, PathMissing, ModelUnusable, OutOfMemory: a picture can't be compared.
    """
    began = time.perf_counter()
    gauge = gauge or Gauge()
    told = find(library, text, scope=scope, sources=sources, gauge=gauge)
    like = find_like(library, examples, scope=scope)
    if not like.searched:  # no picture has a vector yet
        return replace(told, is_meaning_ready=told.is_meaning_ready and like.is_meaning_ready)
    if not any(way.terms for way in alternatives(parse(text).root)):
        return replace(_kept(like, told), seconds=time.perf_counter() - began)
    both, in_told, in_like = np.intersect1d(told.ids, like.ids, assume_unique=True, return_indices=True)
    tier = np.maximum(np.ceil(told.scores[in_told]) - 1, 0)  # above 0 where a person wrote the words
    likeness = np.float32(ALONE) * above_crowd(like.scores, _NO_OTHERS, gauge.part("pictures"))[in_like]
    fused = fused_again(told.scores[in_told] - tier) + likeness
    order = best_first(both, fused + 1000 * tier)
    fused, tier = fused[order], tier[order]
    return replace(
        told,
        ids=both[order],
        scores=shown(fused) + tier,
        whys=told.whys[in_told][order] | like.whys[in_like][order],
        good=_until_weak(fused, tier),
        seconds=time.perf_counter() - began,
    )


def _kept(like: Answer, told: Answer) -> Answer:
    """Filters without words rank nothing: the likeness as it is, its line too, of what they leave."""
    ids, in_like, in_told = np.intersect1d(like.ids, told.ids, assume_unique=True, return_indices=True)
    order = np.argsort(in_like)
    in_like, in_told = in_like[order], in_told[order]
    return replace(
        like,
        ids=ids[order],
        scores=like.scores[in_like],
        whys=like.whys[in_like] | told.whys[in_told],
        good=int(np.count_nonzero(in_like < like.good)),
        searched=len(ids),
        total=told.total,
        is_meaning_ready=told.is_meaning_ready and like.is_meaning_ready,
    )


_NO_OTHERS = np.empty(0, np.float32)


def _until_weak(fused: Scores, tier: Scores) -> int:
    """How many of the first are good matches."""
    return int(np.count_nonzero((fused >= good_line(fused)) | (tier > 0)))


def _still_there(library: Library, ids: PhotoIds) -> PhotoIds:
    """Those that are in the library, in their order."""
    return ids[np.isin(ids, library.catalog.scope_ids(Scope()))] if len(ids) else ids


def _photos(examples: Iterable[Example]) -> PhotoIds:
    ids = [example.photo_id for example in examples if example.photo_id is not None]
    return np.array(list(dict.fromkeys(ids)), np.int64)
