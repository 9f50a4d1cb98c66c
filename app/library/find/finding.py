"""Finds photos by words and meaning; by pictures: likeness.py."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from weakref import WeakKeyDictionary

import numpy as np

from app.core.errors import ModelUnusable, OutOfMemory
from app.core.gauge import Gauge
from app.core.query import EVERYWHERE, Query, Scope, Source, Term
from app.core.types import Answer, Embedder, PhotoIds, Scores, Vector, Why
from app.library.find.backgrounds import judged, judged_captions, neutral_scores
from app.library.find.negating import showing
from app.library.library import Library
from app.search.alternatives import Alternative, alternatives
from app.search.conditions import Conditions, leaves
from app.search.language import unknown_language
from app.search.query import parse
from app.search.ranking import Ranked, Signal, Words, certain, merge, put_first, rank, unless_silent
from app.search.vectors import VectorIndex

logger = logging.getLogger(__name__)

MOST_WORD_HITS = 1_000
"""Below so many, another photo in which a machine wrote one of the words is no news; meaning ranks it anyway."""
_TEXTS_KEPT = 256

_NO_IDS = np.empty(0, np.int64)
_NO_SCORES = np.empty(0, np.float32)


def answer_once(library: Library) -> None:
    """Load the model, and work out what answers are judged by: seconds that the first search would take otherwise.

    Raises:
        ModelUnusable: it can't be loaded.
    """
    library.embedder.load()
    if library.embeddings.count():
        find(library, "a photo", wait_for_model=True)


def find(
    library: Library,
    asked: str | Query,
    *,
    scope: Scope | None = None,
    sources: frozenset[Source] = EVERYWHERE,
    gauge: Gauge | None = None,
    wait_for_model: bool = False,
) -> Answer:
    """Find photos by words and meaning.

    Args:
        library: of the calling thread.
        asked: what a person typed, or a query that is already parsed.
        scope: what to look in; None: the query's own scope.
        sources: where its free words are looked for; what it names, or excludes, is looked for everywhere.
        gauge: what scores are measured by; None: this library as it is now.
        wait_for_model: load the text model if need be; otherwise words alone answer until it is there.

    Returns:
        Every photo that the conditions leave, with a vector or a word of the query, best first. A query of nothing
        but conditions lists what they leave, newest first; an empty one finds nothing.
    """
    began = time.perf_counter()
    query = parse(asked) if isinstance(asked, str) else asked
    shown = library.catalog.scope_ids(query.scope if scope is None else scope)
    library.vectors.catch_up(library.embeddings)
    library.caption_vectors.index.catch_up(library.caption_vectors.store)
    ways = alternatives(query.root)
    if not ways:
        return _timed(_empty(len(shown)), began)
    with ThreadPoolExecutor(1, thread_name_prefix="comparing") as comparing:
        search = _Search(library, shown, sources, gauge or Gauge(), wait_for_model, comparing)
        asked_by_way = [search.begin(way, str(number)) for number, way in enumerate(ways)]
        ranked = merge([search.ranked(way, each) for way, each in zip(ways, asked_by_way, strict=True)])
    answer = Answer(
        ids=ranked.ids,
        scores=ranked.scores,
        whys=ranked.whys,
        good=ranked.good,
        searched=search.count(search.compared if _is_by_meaning(ways, sources) else search.kept),
        total=search.count(search.kept),
        seconds=0.0,
        is_meaning_ready=search.is_meaning_ready,
        unknown_language=unknown_language(" ".join(way.text for way in ways), library.languages, wait=wait_for_model),
    )
    return _timed(answer, began)


class _Search:
    """One query on its way: what all its alternatives share, and what they found out about the whole."""

    def __init__(
        self,
        library: Library,
        shown: PhotoIds,
        sources: frozenset[Source],
        gauge: Gauge,
        wait_for_model: bool,
        comparing: Executor,
    ) -> None:
        self.library = library
        self.shown = shown
        """int64, ascending: what may be found at all."""
        self.kept: list[PhotoIds] = []
        """What the conditions of each alternative leave."""
        self.compared: list[PhotoIds] = []
        """What was compared by meaning."""
        self._sources = sources
        self._gauge = gauge
        self._comparing = comparing
        # Conditions are handed the texts, not a method of this search: in a circle, what each search held of a large
        # library (40 MB of a million photos) would stay until Python's collector comes by, which is seldom.
        self._texts = _Texts(library, gauge, wait_for_model)
        self._conditions = Conditions(
            shown, holding=library.catalog.holding, fitting=library.catalog.fitting, meant=self._texts.shown_by
        )

    @property
    def is_meaning_ready(self) -> bool:
        return self._texts.is_meaning_ready

    def begin(self, way: Alternative, name: str) -> Asked:
        """What an alternative asks for; its comparisons begin, so that words are looked up meanwhile."""
        among = self._conditions.kept(way.conditions)
        self.kept.append(among)
        indexes = [index for source, index in _indexes(self.library).items() if source in self._sources]
        vector = self._texts.vector(way.text) if way.terms and indexes else None
        begun = {} if vector is None else {i: self._comparing.submit(i.scores, vector, among) for i in indexes}
        return Asked(self.library, way.terms, among, vector, self._sources, self._gauge.part(name), begun)

    def ranked(self, way: Alternative, asked: Asked) -> Ranked:
        """The photos that one alternative leaves, in its order, with what its fields say of each of them."""
        ranked = self._ranked(asked)
        ranked = replace(ranked, whys=ranked.whys | self._conditions.whys(way.conditions, ranked.ids))
        named = [each for condition in way.conditions for each in leaves(condition)]
        written = [self.library.catalog.written_in(each) for each in named]
        return put_first(ranked, np.concatenate(written)) if written else ranked

    def _ranked(self, asked: Asked) -> Ranked:
        if not asked.terms:
            return certain(self.library.catalog.newest_first(asked.among))
        words = _words(asked)
        signals = looked(asked)
        self.compared += [signal.ids for signal in signals]
        return rank(words, signals, asked.gauge)

    def count(self, columns: Sequence[PhotoIds]) -> int:
        """How many different photos there are; all of them are among the shown ones."""
        if len(columns) == 1:
            return len(columns[0])
        flags = np.zeros(int(self.shown[-1]) + 1 if len(self.shown) else 0, np.bool_)
        for ids in columns:
            flags[ids] = True
        return int(np.count_nonzero(flags))


class _Texts:
    """What the texts of one query mean."""

    def __init__(self, library: Library, gauge: Gauge, wait_for_model: bool) -> None:
        self.is_meaning_ready = True
        """Whether the model was there for all of them."""
        self._library = library
        self._gauge = gauge
        self._wait_for_model = wait_for_model

    def vector(self, text: str) -> Vector | None:
        """None where the model is not loaded and not waited for, or can't be used: words go on without it."""
        vector = text_vector(self._library, text, wait_for_model=self._wait_for_model)
        self.is_meaning_ready &= vector is not None
        return vector

    def shown_by(self, text: str) -> PhotoIds:
        """Photos that show what a negated text means, beyond doubt; none while the model is not there."""
        vector = self.vector(text)
        if vector is None:
            return _NO_IDS
        return showing(self._library, vector, self._gauge.part(f"not {text}"))


@dataclass(frozen=True, eq=False)
class Asked:
    """What one alternative of a query asks for.

    Attributes:
        terms: its words and phrases.
        among: int64, ascending: the photos that may be found.
        vector: of its text; None where the model is not there.
        sources: where its words are looked for.
        gauge: what its scores are measured by.
        begun: comparisons that are on their way.
    """

    library: Library
    terms: tuple[Term, ...]
    among: PhotoIds
    vector: Vector | None
    sources: frozenset[Source] = EVERYWHERE
    gauge: Gauge = field(default_factory=Gauge)
    begun: Mapping[VectorIndex, Future[tuple[PhotoIds, Scores]]] = field(default_factory=dict)

    def compared(self, index: VectorIndex) -> tuple[PhotoIds, Scores]:
        """The vectors of an index that may be found, and how near the text is to each; ``vector`` must be there."""
        assert self.vector is not None
        return self.begun[index].result() if index in self.begun else index.scores(self.vector, self.among)


def _indexes(library: Library) -> Mapping[Source, VectorIndex]:
    """What the text of a query is compared with."""
    return {Source.PICTURES: library.vectors, Source.CAPTIONS: library.caption_vectors.index}


def _is_by_meaning(ways: Sequence[Alternative], sources: frozenset[Source]) -> bool:
    """Whether a photo without a vector was not searched; where the pictures are left aside, its words were."""
    return any(way.terms for way in ways) and (Source.PICTURES in sources or sources == {Source.CAPTIONS})


def _words(asked: Asked) -> Words:
    catalog, terms, gauge = asked.library.catalog, asked.terms, asked.gauge.part("words")
    return Words.of(catalog.match(terms, among=asked.among, sources=asked.sources, gauge=gauge, limit=MOST_WORD_HITS))


def _picture_meaning(asked: Asked) -> Signal | None:
    """How near the text is to each picture."""
    if asked.vector is None:
        return None
    ids, scores = asked.compared(asked.library.vectors)
    told = judged(asked.library, asked.vector, ids, scores)
    gauge = asked.gauge.part(Why.MEANING)
    return Signal(Why.MEANING, ids, told.scores, told.line, gauge=gauge, evidence=told.evidence)


def _caption_meaning(asked: Asked) -> Signal | None:
    """How near the text is to what each caption says: "puppy" to "a small dog"."""
    if asked.vector is None:
        return None
    ids, scores = asked.compared(asked.library.caption_vectors.index)
    if len(ids) == 0:
        return None
    told, others = judged_captions(asked.library, asked.vector, scores), neutral_scores(asked.library, asked.vector)
    return Signal(Why.CAPTION, ids, scores, told.line, others, asked.gauge.part(Why.CAPTION), told.evidence)


SIGNALS: Mapping[Source, Callable[[Asked], Signal | None]] = {
    Source.PICTURES: _picture_meaning,
    Source.CAPTIONS: _caption_meaning,
}
"""What ranks photos besides words. To add one: a function like ``_picture_meaning`` that says nothing (None) where it
can't tell, its ``Source`` here, and its ``Why``, both with their words in the window."""


def looked(asked: Asked) -> list[Signal]:
    """What the signals that are asked say; none of them has a good match where all together have too little."""
    looks = [look for source, look in SIGNALS.items() if source in asked.sources]
    return unless_silent([signal for look in looks if (signal := look(asked)) is not None])


def _empty(total: int) -> Answer:
    return Answer(_NO_IDS, _NO_SCORES, np.empty(0, np.uint8), 0, searched=0, total=total, seconds=0.0)


def _timed(answer: Answer, began: float) -> Answer:
    return replace(answer, seconds=time.perf_counter() - began)


def text_vector(library: Library, text: str, *, wait_for_model: bool = False) -> Vector | None:
    """float32, shape (dim,), of length 1; None where the model is not loaded and not waited for, or can't be used."""
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
    lock: threading.Lock = field(default_factory=threading.Lock)

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


_learnt_by_index: WeakKeyDictionary[VectorIndex, _Learnt] = WeakKeyDictionary()
_learnt_lock = threading.Lock()


def _learnt(library: Library) -> _Learnt:
    with _learnt_lock:
        learnt = _learnt_by_index.get(library.vectors)
        if learnt is None or learnt.embedder is not library.embedder:
            learnt = _learnt_by_index[library.vectors] = _Learnt(library.embedder)
        return learnt
