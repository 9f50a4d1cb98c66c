"""What a query's scores are judged against: many texts, and a sample of this library, worked out when first asked."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np

from app.core.id_sets import are_among
from app.core.types import Embedder, Embeddings, PhotoIds, Scores, Vector
from app.library.derived import ANY, Arrays, derived_file, load_arrays, save_arrays
from app.library.enrich.tag_scoring import read_phrase
from app.library.enrich.tagging import vocabulary_vectors
from app.library.library import Library
from app.search.evidence import RIVALS, Nearness, nearest_count
from app.search.fusion import clear_line
from app.search.good_line import POWER, SAMPLE, Axes, Background, Columns, best_count, good_line
from app.search.ordering import places_of_highest
from app.search.vectors import Described, VectorIndex

_FEW_TEXTS = 96
"""So many words of the vocabulary speak for all of it until photos are tagged, and it is read anyway."""
_GROWN = 1.25
"""A library that has changed by more has another sample."""
_METHOD = 1
"""Raise when ``Axes`` or their columns change: what was kept of them is worked out again."""
_UNSAID = 1.0
"""If something is there, captions mostly hold the word itself, which counts anyway; so their meaning needs more."""
_UNKEPT, _UNKEPT_SHARE = 512, 1 / 64
"""So many photos whose columns are not kept cost less at the next start than a file written again."""


@dataclass(frozen=True, eq=False)
class Judged:
    """Scores that photos can be ranked by.

    Attributes:
        scores: float32, shape (n,).
        line: from which on they are good, if the query has a match at all.
        evidence: how much says that it has; see ``search/evidence.py``.
    """

    scores: Scores
    line: float
    evidence: float = np.inf


def judged(library: Library, text: Vector, ids: PhotoIds, scores: Scores) -> Judged:
    """How special a text is for photos, and where the good matches end; see ``search/good_line.py``.

    Args:
        library: of the calling thread.
        text: float32, shape (dim,), of length 1.
        ids: as the index gives them, in the order in which they were embedded.
        scores: float32, shape (n,): cosine similarities of the text.

    Raises:
        ModelUnusable, OutOfMemory: the texts can't be embedded.
    """
    kept = _kept(library)
    background = kept.background(library)
    columns = kept.columns(library, background, ids)
    if len(ids) == 0:
        return Judged(scores, np.inf, 0.0)
    if columns is None:
        return Judged(scores, good_line(scores))
    special = background.special(text, scores, columns)
    _, best = library.embeddings.vectors(ids[places_of_highest(special, best_count(len(ids)))].tolist())
    evidence = background.evidence(text, _nearest(scores), best, len(ids))
    count = library.vectors.count
    sample = background.sample_special(text) if len(ids) < count else None
    # Where most photos have captions, those find the middling matches that pictures may leave out.
    power = POWER if 2 * library.caption_vectors.index.count > count else None
    return Judged(special, good_line(special, sample, count, power=power), evidence)


def judged_captions(library: Library, text: Vector, scores: Scores) -> Judged:
    """As ``judged``, for what captions say.

    That none of them says it tells something of the photos that have one, and nothing of the others.

    Args:
        library: of the calling thread.
        text: float32, shape (dim,), of length 1.
        scores: float32, shape (n,): cosine similarities of the text to captions.
    """
    if len(scores) == 0:
        return Judged(scores, np.inf, 0.0)
    kept = _kept(library)
    others = kept.background(library).texts @ text
    nearness = kept.nearness_of_captions(library)
    evidence = np.inf if nearness is None else nearness.log_odds(_nearest(scores), len(scores))
    share = min(library.caption_vectors.index.count / max(library.vectors.count, 1), 1.0)
    evidence = (evidence if evidence > 0 else share * evidence) - share * _UNSAID
    return Judged(scores, max(good_line(scores, power=POWER), clear_line(scores, others)), evidence)


def _nearest(scores: Scores) -> Scores:
    return scores[places_of_highest(scores, nearest_count(len(scores)))]


def neutral_scores(library: Library, text: Vector) -> Scores:
    """float32, shape (n,): how near a text is to many others, which describe none of the photos."""
    scores: Scores = _kept(library).background(library).texts @ text
    return scores


def judges(library: Library) -> str:
    """Identifies the texts that photos are judged against: scores by others can't be compared."""
    kept = _kept(library)
    kept.background(library)
    return kept.judges


@dataclass(eq=False)
class _Kept:
    """The background of one index and model, and each photo's part in it. Shared between threads."""

    embedder: Embedder
    lock: threading.Lock = field(default_factory=threading.Lock)
    made: Background | None = None
    described: Described | None = None
    described_by: str = ""
    """The store whose sequence numbers it goes by, and the texts: a store that is made anew counts from 1 again."""
    described_to: int = 0
    """The newest vector then: a photo whose picture has changed stands in the same place, with another vector."""
    picked: tuple[Described, PhotoIds, Columns] | None = None
    """What was picked last of nearly all photos: most searches look through the same ones."""
    count: int = 0
    """How many photos there were when it was made."""
    saved: int = 0
    """Of how many photos the columns are in the file."""
    is_full: bool = False
    """The whole vocabulary speaks in it."""
    judges: str = ""
    """Identifies the texts."""
    captions: Nearness | None = None
    """How near texts are to captions."""
    captions_count: int = 0
    """How many captions there were when it was made."""

    def background(self, library: Library) -> Background:
        with self.lock:
            count = library.vectors.count
            has_grown = max(count, 1) / max(self.count, 1)
            if self.made is None or not 1 / _GROWN < has_grown < _GROWN:
                self._make(library, count)
            assert self.made is not None
            return self.made

    def _make(self, library: Library, count: int) -> None:
        texts = self.made.texts if self.made is not None and self.is_full else None
        if texts is None:
            full = vocabulary_vectors(library)
            if full is not None or self.made is None:
                self.is_full, self.described = full is not None, None
            texts = full if full is not None else self.made.texts if self.made is not None else _few_texts(library)
        self.judges = _key_of(texts)
        sample = library.vectors.sample(SAMPLE)
        self.made, self.count = Background.of(texts, sample, _axes(library, texts)), count
        self.captions = None

    def nearness_of_captions(self, library: Library) -> Nearness | None:
        """None where there are too few texts to compare with."""
        index = library.caption_vectors.index
        with self.lock:
            has_grown = max(index.count, 1) / max(self.captions_count, 1)
            if self.made is None or len(self.made.texts) <= 2 * RIVALS or index.count == 0:
                return None
            if self.captions is None or not 1 / _GROWN < has_grown < _GROWN:
                self.captions = Nearness.of(index.sample(SAMPLE) @ self.made.texts.T)
                self.captions_count = index.count
            return self.captions

    def columns(self, library: Library, background: Background, ids: PhotoIds) -> Columns | None:
        """float32, shape (len(ids), 2); None where another thread has moved the index on since ``ids`` were read."""
        known, described = self.picked, self.described
        if known is not None and known[0] is described and known[1] is ids:
            return known[2]
        found = _picked(described, ids) if self.described_to == library.vectors.last_seq else None
        if found is None:
            with self.lock:
                if background is self.made:
                    self._describe(library, background)
            described = self.described
            found = _picked(described, ids)
        if described is not None and found is not None and len(ids) > len(described.ids) // 2:
            self.picked = described, ids, found
        return found

    def _describe(self, library: Library, background: Background) -> None:
        """Only for photos that are new since; at a million, the first time costs seconds, so the columns are kept."""
        key = _key(library, background)
        if self.described is None or self.described_by != key:
            self.described, self.described_by = _read_columns(library, key), key
            self.saved = 0 if self.described is None else len(self.described.seqs)
        newest = library.vectors.last_seq
        self.described = library.vectors.described(background.columns, self.described)
        self.described_to = newest
        count = len(self.described.seqs)
        if abs(count - self.saved) > max(_UNKEPT, count * _UNKEPT_SHARE):
            self.saved = count
            arrays: Arrays = {"seqs": self.described.seqs, "figures": self.described.figures}
            save_arrays(_columns_file(library), key, arrays)


def _key(library: Library, background: Background) -> str:
    """Identifies what the columns depend on: the store whose sequence numbers they go by, and the texts."""
    return f"{library.embeddings.fingerprint} {_key_of(background.texts)}"


def _key_of(texts: Embeddings) -> str:
    return f"{_METHOD} {hashlib.blake2b(texts.tobytes(), digest_size=12).hexdigest()}"


def _axes(library: Library, texts: Embeddings) -> Axes:
    """Finding the main axes of many texts takes a tenth of a second, on a busy machine many: they are kept too."""
    path, key, dim = derived_file(library.root, "axes", library.embedder.space), _key_of(texts), texts.shape[1]
    kept = load_arrays(path, key, {"mean": (dim,), "main": (dim, ANY), "rest": (1,)})
    if kept is not None:
        return Axes(kept["mean"], kept["main"], float(kept["rest"][0]))
    axes = Axes.of(texts)
    if len(texts) > dim:
        save_arrays(path, key, {"mean": axes.mean, "main": axes.main, "rest": np.array([axes.rest])})
    return axes


def _columns_file(library: Library) -> Path:
    return derived_file(library.root, "background", library.embedder.space)


def _read_columns(library: Library, key: str) -> Described | None:
    kept = load_arrays(_columns_file(library), key, {"seqs": (ANY,), "figures": (ANY, 2)})
    if kept is None or len(kept["seqs"]) != len(kept["figures"]):
        return None
    return Described(np.empty(0, np.int64), kept["seqs"], kept["figures"])


def _few_texts(library: Library) -> Embeddings:
    """Some of the vocabulary, embedded here and now; without a vocabulary, texts that say nothing in particular."""
    step = -(-len(library.vocabulary) // _FEW_TEXTS) or 1
    phrases = [read_phrase(line)[0] for line in library.vocabulary[::step]] or list(library.neutral_texts)
    return library.embedder.embed_texts(phrases or ["a photo"])


def _picked(described: Described | None, ids: PhotoIds) -> Columns | None:
    """The figures of some of the photos, in the same order; None where they are not all there."""
    if described is None:
        return None
    if described.ids is ids or np.array_equal(described.ids, ids):
        return described.figures
    places = are_among(described.ids, ids)
    if not np.array_equal(described.ids[places], ids):
        return None
    # Both figures of a photo as one number: picking pairs takes numpy twenty times as long.
    return described.figures.view(np.int64)[places[:, None]].view(np.float32).reshape(-1, 2)


_kept_by_index: WeakKeyDictionary[VectorIndex, _Kept] = WeakKeyDictionary()
_kept_lock = threading.Lock()


def _kept(library: Library) -> _Kept:
    with _kept_lock:
        kept = _kept_by_index.get(library.vectors)
        if kept is None or kept.embedder is not library.embedder:
            kept = _kept_by_index[library.vectors] = _Kept(library.embedder)
        return kept
