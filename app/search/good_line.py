"""Where good matches end, for each query anew: by its scores, against other texts and against the library.

A similarity means nothing by itself: another model has another scale, some photos are near to any text, and the best
photos for a word that nothing shows are as near as middling ones for another. So three questions are asked, and no
answer has a constant in similarities in it.

1. How special is the text for each photo (``Background.special``)? What all texts have in common with the photo is
   taken off, and divided by the root of the spread of its similarities to many texts: one side of the normalisations
   that mend hubs (Conneau et al., "Word translation without parallel data", 2018, section 2.3, CSLS; Zhou et al.,
   "Test-time distribution normalization for contrastively learned vision-language models", 2023). Photos are ranked by
   it too.
2. Where do the photos part (``good_line``)? Otsu's criterion ("A threshold selection method from gray-level
   histograms", 1979) cuts them in two so that the classes differ most, in their distance from the crowd, measured in
   spreads of the crowd, to a power: matches are few, and their distances are what counts.
3. Is there a match at all (``Background.is_silent``)? The nearest photos are compared with what other texts' nearest
   photos get, most of which nothing shows; and other texts with what they get from these photos.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from app.core.types import Embeddings, Vector

Scores = npt.NDArray[np.float32]
_Far = npt.NDArray[np.float64]
Columns = npt.NDArray[np.float32]
"""float32, shape (n, 2): of each photo, what texts have in common with it, and the root of their spread there."""

SAMPLE: Final = 4096
"""So many photos, always the same ones, stand for the library; see ``VectorIndex.sample``."""
BEST: Final = 10
"""So many photos for which a text is most special are asked what other texts they would suit."""

# Chosen on halves of the names that captions speak of (tests/benchmarks/search_quality.py).
POWER: Final = 3.5
"""From 2.5 to 4 all do much alike."""
_SILENT_BELOW: Final = -2.5
_NEAREST: Final = 5
_RIVALS: Final = 5
_TWIN: Final = 0.97
"""Texts nearer to each other than this say the same and are no rivals."""
_AXES: Final = 128
"""The texts' spread along so many main axes is taken as it is, along the others as even."""
_TAIL: Final = 0.01


def good_line(scores: Scores, sample: Scores | None = None, total: int = 0, *, power: float = POWER) -> float:
    """The score from which on a match is good; there always is one.

    Nearly all photos of a library have nothing to do with a query: their scores lie around the median, and the spread
    below it is theirs alone, since matches stand only above.

    Args:
        scores: float32, shape (n,): of the photos that may be found.
        sample: float32, shape (m,): of photos that stand for the whole library, where ``scores`` are but a part of it.
        total: how many photos the library has, with ``sample``.
        power: of the distance from the crowd, by which the classes are to differ.
    """
    if len(scores) == 0:
        return np.inf
    others = scores[:0] if sample is None else sample
    crowd = others if len(others) else scores
    low, middle = np.percentile(crowd[:: -(-len(crowd) // SAMPLE)], [5, 50])
    spread = max(float(middle - low) / 1.645, 1e-6)  # A normal distribution has 5 % below -1.645 sigma.
    # Each of the sample stands for its share of the photos that were not asked.
    share = max(total - len(scores), 0) / max(len(others), 1)
    asked, sampled = (_far(values, float(middle), spread) for values in (scores, others if share else others[:0]))
    cut = _cut(asked**power, sampled**power, share, max(total, len(scores)))
    return float(middle) + spread * float(cut ** (1 / power))


def _far(values: Scores, middle: float, spread: float) -> _Far:
    """How far values lie above the middle, in spreads; without those not a quarter as far as the farthest."""
    highest = float(values.max(initial=middle))
    return (values[values > middle + (highest - middle) / 4].astype(np.float64) - middle) / spread


def _cut(asked: _Far, sampled: _Far, share: float, total: float) -> float:
    """Where Otsu's criterion parts the classes.

    Args:
        asked: how far photos lie, each weighing 1.
        sampled: the same of others.
        share: what each of these weighs.
        total: the weight of all, of which those that are in neither count as 0.
    """
    if len(asked) + len(sampled) == 0:
        return 0.0
    falling, weights = _falling(asked, sampled, share)
    inside = np.cumsum(weights)
    outside = np.maximum(total - inside, 1e-9)
    worth = np.cumsum(weights * falling)
    between = inside * outside * (worth / inside - (worth[-1] - worth) / outside) ** 2
    last = int(np.argmax(between))
    return float(falling[last] + (falling[last + 1] if last + 1 < len(falling) else 0.0)) / 2


def _falling(asked: _Far, sampled: _Far, share: float) -> tuple[_Far, _Far]:
    """All of them, the farthest first, and their weights."""
    if len(sampled) == 0:  # Sorting alone is five times as fast as finding the order.
        return np.sort(asked)[::-1], np.ones(len(asked))
    far, weights = np.concatenate([asked, sampled]), np.repeat([1.0, share], [len(asked), len(sampled)])
    order = np.argsort(-far)
    return far[order], weights[order]


@dataclass(frozen=True, eq=False)
class Background:
    """Many texts of one model, and the library's photos as they see them.

    Attributes:
        texts: float32, shape (t, dim), unit rows: what else might have been asked.
        sample: float32, shape (m, dim), unit rows: photos that stand for the library.
        sample_columns: of the sample, see ``columns``.
        axes: how the texts lie.
    """

    texts: Embeddings
    sample: Embeddings
    sample_columns: Columns
    axes: Axes
    _rivalry: _Rivalry | None
    """None where there are too few texts or photos to compare with: then nothing is silent."""

    @classmethod
    def of(cls, texts: Embeddings, sample: Embeddings, axes: Axes | None = None) -> Background:
        """Work out what queries are compared with, once a library and model; ``axes``: of the texts, if known."""
        axes = axes or Axes.of(texts)
        columns = axes.columns(sample)
        is_enough = len(sample) > 0 and len(texts) > 2 * _RIVALS
        return cls(texts, sample, columns, axes, _Rivalry.of(texts, sample, columns) if is_enough else None)

    def columns(self, photos: Embeddings) -> Columns:
        """What ``special`` needs of each photo: float32, shape (n, dim) in, (n, 2) out."""
        return self.axes.columns(photos)

    def special(self, text: Vector, scores: Scores, columns: Columns) -> Scores:
        """float32, shape (n,): how special a text is for each photo, from its cosine similarities to them.

        Only so much as the text has itself of what all texts have in common is taken off: all of it in a plain word,
        nothing in a sentence of many words, which all of it would cost a tenth of its recall.
        """
        share = np.float32(self.axes.share(text))
        if share == 0:
            return scores
        special: Scores = scores - share * columns[:, 0]
        special /= columns[:, 1] if share == 1 else columns[:, 1] ** share
        return special

    def sample_special(self, text: Vector) -> Scores:
        """``special`` for the sample: float32, shape (m,)."""
        return self.special(text, _products(self.sample, text), self.sample_columns)

    def is_silent(self, text: Vector, nearest: Scores, best: Embeddings, count: int) -> bool:
        """Whether even the best photos have nothing to do with the text.

        Args:
            text: float32, shape (dim,).
            nearest: float32: the highest cosine similarities, ``nearest_count(count)`` of them.
            best: float32, shape (b, dim): the BEST photos for which the text is most special.
            count: how many photos were compared.
        """
        return self.evidence(text, nearest, best, count) < _SILENT_BELOW

    def evidence(self, text: Vector, nearest: Scores, best: Embeddings, count: int) -> float:
        """Two log-odds in one: that other texts' nearest photos are less near, and that they lead their rivals by less.

        Arguments as in ``is_silent``.
        """
        if self._rivalry is None or len(best) == 0:
            return np.inf
        share = self.axes.share(text)
        own = _products(self.sample, text) - share * self.sample_columns[:, 0]
        common = _products(best, self.axes.mean)
        told = _products(best, text) - share * common
        others = np.stack([_products(self.texts, photo) for photo in best]) - common[:, None]
        lead = self._rivalry.lead(
            (told - own.mean()) / max(float(own.std()), 1e-6), others, _products(self.texts, text) < _TWIN
        )
        return self._rivalry.log_odds(float(nearest.mean()), lead, count / len(self.sample))


@dataclass(frozen=True, eq=False)
class Axes:
    """How texts lie: their mean, and how they spread around it."""

    mean: Vector
    main: npt.NDArray[np.float32]
    """float32, shape (dim, axes): the main axes, as long as the standard deviation along them."""
    rest: float
    """The variance along any other."""

    @classmethod
    def of(cls, texts: Embeddings) -> Axes:
        mean = texts.mean(axis=0)
        centred = (texts - mean).astype(np.float64) / np.sqrt(len(texts))
        if len(texts) < texts.shape[1]:  # Fewer axes than dimensions: those of the small matrix are as good.
            values, axes = np.linalg.eigh(centred @ centred.T)
            main = (centred.T @ axes)[:, -_AXES:]
        else:
            values, axes = np.linalg.eigh(centred.T @ centred)
            main = (axes * np.sqrt(np.maximum(values, 0)))[:, -_AXES:]
        left = np.maximum(values, 0)[:-_AXES].sum() / max(texts.shape[1] - _AXES, 1)
        return cls(mean, main.astype(np.float32), float(left))

    def columns(self, photos: Embeddings) -> Columns:
        """See ``Background.columns``."""
        made = np.empty((len(photos), 2), np.float32)
        made[:, 0] = photos @ self.mean
        variance = np.square(photos @ self.main).sum(axis=1) + np.float32(self.rest)
        made[:, 1] = np.maximum(variance, 1e-8) ** 0.25
        return made

    def share(self, text: Vector) -> float:
        """How much of what all texts have in common is in this one: 1 in a plain word, 0 in a long sentence."""
        length = float(self.mean @ self.mean)
        return float(np.clip(2 * float(text @ self.mean) / max(length, 1e-9) - 1, 0, 1))


@dataclass(frozen=True, eq=False)
class _Rivalry:
    """What the background's texts get from the sample, and how far each leads on its own best photos.

    Attributes:
        centre, scale: float32, shape (t,): mean and standard deviation of each text's similarities, less the common.
        nearest: float32, shape (t,), rising: how near each text's nearest photos are.
        growth: by how much that rises where there are e times as many photos.
        leads: float32, shape (t,), rising.
    """

    centre: Scores
    scale: Scores
    nearest: Scores
    growth: float
    leads: Scores

    @classmethod
    def of(cls, texts: Embeddings, sample: Embeddings, columns: Columns) -> _Rivalry:
        cosines = sample @ texts.T
        own = cosines - columns[:, :1]
        centre, scale = own.mean(axis=0), np.maximum(own.std(axis=0), np.float32(1e-6))
        top = nearest_count(len(sample))
        nearest = np.partition(cosines, -top, axis=0)[-top:].mean(axis=0)
        new = cls(centre, scale, np.sort(nearest), _growth(cosines), np.empty(0, np.float32))
        special = own / columns[:, 1:]
        best = np.argpartition(special, -min(BEST, len(sample)), axis=0)[-BEST:].T
        is_other = texts @ texts.T < _TWIN
        leads = [
            new.lead((own[rows, at] - centre[at]) / scale[at], own[rows], is_other[at]) for at, rows in enumerate(best)
        ]
        return cls(centre, scale, new.nearest, new.growth, np.sort(np.array(leads, np.float32)))

    def lead(self, told: Scores, others: npt.NDArray[np.float32], is_rival: npt.NDArray[np.bool_]) -> float:
        """How far a text stands before its strongest rivals on some photos, in standard deviations of each one's own.

        Args:
            told: float32, shape (b,): of the text, in standard deviations already.
            others: float32, shape (b, t): of the background's texts, less the common.
            is_rival: bool, shape (t,).
        """
        rivals = ((others - self.centre) / self.scale)[:, is_rival]
        if rivals.shape[1] < _RIVALS:
            return 0.0
        return float((told - np.partition(rivals, -_RIVALS, axis=1)[:, -_RIVALS:].mean(axis=1)).mean())

    def log_odds(self, nearest: float, lead: float, times: float) -> float:
        """See ``Background.evidence``; ``times``: so many times the sample was compared."""
        expected = self.nearest + np.float32(self.growth * np.log(max(times, 1e-9)))
        return _log_odds(expected, nearest) + _log_odds(self.leads, lead)


def nearest_count(count: int) -> int:
    """How many of the nearest photos are looked at together: in a small library fewer, since few may match."""
    return int(np.clip(count // 50, 1, _NEAREST))


def _products(rows: npt.NDArray[np.float32], vector: Vector) -> Scores:
    """float32, shape (n,). Not by BLAS: its threads wait for each other, tens of milliseconds on a busy machine."""
    products: Scores = np.einsum("nd,d->n", rows, vector)
    return products


def _growth(cosines: npt.NDArray[np.float32]) -> float:
    """The mean height above what 1 % pass: where a tail is exponential, the nearest of n rise by it with log n."""
    few = max(1, round(len(cosines) * _TAIL))
    tops = np.partition(cosines, -few - 1, axis=0)[-few - 1 :] if len(cosines) > few else cosines
    return float((tops.mean(axis=0) - tops.min(axis=0)).mean()) * (few + 1) / few


def _log_odds(rising: Scores, value: float) -> float:
    """The log-odds of being above a member of the distribution; never beyond 99 in 100."""
    share = 0.01 + 0.98 * float(np.searchsorted(rising, value)) / len(rising)
    return float(np.log(share / (1 - share)))
