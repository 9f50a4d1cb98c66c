"""Finds photos: by words and meaning, by likeness to a photo, by likeness to a picture from elsewhere."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from app.core.errors import ModelUnusable, OutOfMemory
from app.core.query import And, Node, Not, Or, Query, Scope, Term
from app.core.types import WHY_BITS, Answer, Embedder, Order, PhotoId, PhotoIds, RgbImage, Vector, Why
from app.library.library import Library
from app.search.query import parse
from app.search.ranking import Meaning, Words, good_line, rank
from app.search.vectors import VectorIndex, best_first

logger = logging.getLogger(__name__)

MOST_WORD_HITS = 1_000
"""Below so many, another photo in which a machine wrote one of the words is no news; meaning ranks it anyway."""
_TEXTS_KEPT = 256
_NEUTRAL_WORDS = 64

_NO_IDS = np.empty(0, np.int64)
_NO_SCORES = np.empty(0, np.float32)


def find(library: Library, asked: str | Query, *, scope: Scope | None = None, wait_for_model: bool = False) -> Answer:
    """Find photos by words and meaning.

    Args:
        library: of the calling thread.
        asked: what a person typed, or a query that is already parsed.
        scope: what to look in; None: the query's own scope.
        wait_for_model: load the text model if need be; otherwise words alone answer until it is there.

    Returns:
        Every photo with a vector or a word of the query, best first. A query of nothing but negations lists what
        remains, newest first; an empty one finds nothing.
    """
    began = time.perf_counter()
    query = parse(asked) if isinstance(asked, str) else asked
    query = query if scope is None else replace(query, scope=scope)
    shown = _shown(library, query)
    terms = _terms(query.root)
    if not terms:
        return _timed(_remaining(library, query, shown), began)
    words = Words.of(library.catalog.match(terms, query.scope, limit=MOST_WORD_HITS))
    vector = _text_vector(library, " ".join(term.text for term in terms), wait_for_model)
    meaning = Meaning(_NO_IDS, _NO_SCORES, _NO_SCORES) if vector is None else _meaning(library, vector, shown)
    if any(isinstance(part, Not) for part in query.parts):
        words = words.among(shown)
    ranked = rank(words, meaning)
    answer = Answer(
        ids=ranked.ids,
        scores=ranked.scores,
        whys=ranked.whys,
        good=ranked.good,
        searched=len(meaning.ids),
        total=len(shown),
        seconds=0.0,
        is_meaning_ready=vector is not None,
    )
    return _timed(answer, began)


def find_similar(library: Library, photo_id: PhotoId, *, scope: Scope | None = None) -> Answer:
    """Find the photos nearest to one of the library: itself first, marked; alone where it has no vector yet."""
    began = time.perf_counter()
    library.vectors.catch_up(library.embeddings)
    shown = library.catalog.scope_ids(scope or Scope())
    vector = library.embeddings.vector(photo_id)
    others = shown[shown != photo_id]
    answer = _like(library, vector, others) if vector is not None else _empty(len(shown))
    is_self = np.array([WHY_BITS[Why.SELF]], np.uint8)
    answer = replace(
        answer,
        ids=np.concatenate([np.array([photo_id], np.int64), answer.ids]),
        scores=np.concatenate([np.ones(1, np.float32), answer.scores]),
        whys=np.concatenate([is_self, answer.whys]),
        good=answer.good + 1,
        searched=answer.searched + (vector is not None),
        total=len(shown),
    )
    return _timed(answer, began)


def find_like_image(library: Library, image: RgbImage, *, scope: Scope | None = None) -> Answer:
    """Find the photos nearest to a picture that need not be in the library.

    Args:
        library: of the calling thread.
        image: uint8, shape (height, width, 3), RGB, upright.
        scope: what to look in; None: everything.

    Raises:
        ModelUnusable, OutOfMemory: the picture can't be compared.
    """
    began = time.perf_counter()
    vector = library.embedder.embed_images([image])[0]
    library.vectors.catch_up(library.embeddings)
    return _timed(_like(library, vector, library.catalog.scope_ids(scope or Scope())), began)


def _shown(library: Library, query: Query) -> PhotoIds:
    """The photos that may be found: in the scope, and free of the words that must not be there."""
    library.vectors.catch_up(library.embeddings)
    shown = library.catalog.scope_ids(query.scope)
    for part in query.parts:
        if isinstance(part, Not):
            for term in _terms(part.part):
                shown = np.setdiff1d(shown, library.catalog.holding(term), assume_unique=True)
    return shown


def _terms(node: Node | None) -> list[Term]:
    """The words and phrases that are looked for."""
    if isinstance(node, Term):
        return [node]
    if isinstance(node, And | Or):
        return [term for part in node.parts for term in _terms(part)]
    return []


def _remaining(library: Library, query: Query, shown: PhotoIds) -> Answer:
    if query.is_empty:
        return _empty(len(shown))
    ids = library.catalog.table(Order.NEWEST, query.scope).ids
    ids = ids[np.isin(ids, shown)]
    whys, scores = np.zeros(len(ids), np.uint8), np.ones(len(ids), np.float32)
    return Answer(ids, scores, whys, good=len(ids), searched=0, total=len(shown), seconds=0.0)


def _meaning(library: Library, vector: Vector, shown: PhotoIds) -> Meaning:
    ids, scores = library.vectors.scores(vector, shown)
    return Meaning(ids, scores, _learnt(library).common(library, ids, shown))


def _like(library: Library, vector: Vector, among: PhotoIds) -> Answer:
    ids, scores = library.vectors.scores(vector, among)
    order = best_first(ids, scores)
    scores = scores[order]
    whys = np.full(len(ids), WHY_BITS[Why.MEANING], np.uint8)
    good = int(np.count_nonzero(scores >= good_line(scores)))
    return Answer(ids[order], scores, whys, good, searched=len(ids), total=len(among), seconds=0.0)


def _empty(total: int) -> Answer:
    return Answer(_NO_IDS, _NO_SCORES, np.empty(0, np.uint8), 0, searched=0, total=total, seconds=0.0)


def _timed(answer: Answer, began: float) -> Answer:
    return replace(answer, seconds=time.perf_counter() - began)


def _text_vector(library: Library, text: str, wait_for_model: bool) -> Vector | None:
    """None where the model is not loaded and not waited for, or can't be used: words go on without it."""
    if not (wait_for_model or library.embedder.is_loaded):
        return None
    try:
        return _learnt(library).text_vector(library, text)
    except (ModelUnusable, OutOfMemory) as error:
        logger.warning("searching by words alone: %s", error)
        return None


@dataclass(eq=False)
class _Learnt:
    """What was worked out about one model and its vectors; it goes when they go. Shared between threads."""

    embedder: Embedder
    texts: OrderedDict[str, Vector] = field(default_factory=OrderedDict)
    neutral: Vector | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    photos: PhotoIds = field(default_factory=lambda: _NO_IDS)
    photos_common: npt.NDArray[np.float32] = field(default_factory=lambda: _NO_SCORES)

    def text_vector(self, library: Library, text: str) -> Vector:
        with self.lock:
            if text in self.texts:
                self.texts.move_to_end(text)
                return self.texts[text]
        vector: Vector = library.embedder.embed_texts([text])[0]
        with self.lock:
            self.texts[text] = vector
            while len(self.texts) > _TEXTS_KEPT:
                self.texts.popitem(last=False)
        return vector

    def common(self, library: Library, ids: PhotoIds, shown: PhotoIds) -> npt.NDArray[np.float32]:
        """Each photo's similarity to texts that say nothing in particular: float32, shape (len(ids),)."""
        with self.lock:
            if self.photos is ids or np.array_equal(self.photos, ids):
                return self.photos_common
        known, common = library.vectors.scores(self._neutral(library), shown)
        if not np.array_equal(known, ids):
            # Another thread moved the index on between the two looks: this once, plain similarities are judged.
            return np.zeros(len(ids), np.float32)
        with self.lock:
            self.photos, self.photos_common = ids, common
            return self.photos_common

    def _neutral(self, library: Library) -> Vector:
        if self.neutral is None:
            step = max(1, len(library.vocabulary) // _NEUTRAL_WORDS)
            texts = [*library.neutral_texts, *library.vocabulary[::step]]
            nothing = np.zeros(library.embedder.dim, np.float32)
            self.neutral = library.embedder.embed_texts(texts).mean(axis=0) if texts else nothing
        return self.neutral


_learnt_by_index: WeakKeyDictionary[VectorIndex, _Learnt] = WeakKeyDictionary()
_learnt_lock = threading.Lock()


def _learnt(library: Library) -> _Learnt:
    with _learnt_lock:
        learnt = _learnt_by_index.get(library.vectors)
        if learnt is None or learnt.embedder is not library.embedder:
            learnt = _learnt_by_index[library.vectors] = _Learnt(library.embedder)
        return learnt
