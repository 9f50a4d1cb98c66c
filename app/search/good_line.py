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
   spreads of the crowd, to a power: matches are few, and their distances are what counts. The fewer photos there are,
   the larger is the share of them that matches, and the lower the power.
3. Is there a match at all (``Background.evidence``)? The nearest photos are compared with what other texts' nearest
   photos get, most of which nothing shows; and other texts with what they get from these photos: see ``evidence.py``.
4. Which photos show it beyond doubt (``doubtless``), so that "-word" may drop them?
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from app.core.types import Embeddings, Vector
from app.search.evidence import RIVALS, TWIN, Lead, Nearness

Scores = npt.NDArray[np.float32]
_Far = npt.NDArray[np.float64]
Columns = npt.NDArray[np.float32]
"""float32, shape (n, 2): of each photo, what texts have in common with it, and the root of their spread there."""

SAMPLE: Final = 4096
"""So many photos, always the same ones, stand for the library; see ``VectorIndex.sample``."""
BEST: Final = 10
"""So many photos for which a text is most special are asked what other texts they would suit."""

# Chosen on halves of the names that captions speak of (tests/benchmarks/line_quality.py), and on parts of the photos.
POWER: Final = 3.5
"""From 2.5 to 4 all do much alike, where there are some hundred photos or more."""
_FEWEST, _FEWEST_POWER, _MANY = 10, 1.0, 300
_DOUBTLESS_SPREADS: Final = 2.5
_SMALLEST_CROWD: Final = 20
_FEW_BY_CHANCE, _MOST_BY_CHANCE = 0.05, 0.5
_EACH: Final = 512
"""Of more values, every one of so many is looked at."""
_TAIL_WIDTH: Final = 1.15
"""The crowd's upper tail is so much wider than a normal distribution's: cats are a little like dogs."""
_AXES: Final = 128
"""The texts' spread along so many main axes is taken as it is, along the others as even."""


def good_line(scores: Scores, sample: Scores | None = None, total: int = 0, *, power: float | None = None) -> float:
    """The score from which on a match is good; there always is one.

    Nearly all photos of a library have nothing to do with a query: their scores lie around the median, and the spread
    below it is theirs alone, since matches stand only above.

    Args:
        scores: float32, shape (n,): of the photos that may be found.
        sample: float32, shape (m,): of photos that stand for the whole library, where ``scores`` are but a part of it.
        total: how many photos the library has, with ``sample``.
        power: of the distance from the crowd, by which the classes are to differ; None: as suits so many photos.
    """
    if len(scores) == 0:
        return np.inf
    others = scores[:0] if sample is None else sample
    middle, spread = crowd_of(others if len(others) else scores)
    power = power or _power(max(total, len(scores)))
    # Each of the sample stands for its share of the photos that were not asked.
    share = max(total - len(scores), 0) / max(len(others), 1)
    asked, sampled = (_far(values, middle, spread) for values in (scores, others if share else others[:0]))
    cut = _cut(asked**power, sampled**power, share, max(total, len(scores)))
    return middle + spread * float(cut ** (1 / power))


def crowd_of(scores: Scores) -> tuple[float, float]:
    """The median of some scores, and the spread below it; ``scores``: float32, shape (n,), n above 0."""
    low, middle = np.percentile(scores[:: -(-len(scores) // SAMPLE)], [5, 50])
    return float(middle), max(float(middle - low) / 1.645, 1e-6)  # A normal distribution has 5 % below -1.645 sigma.


def doubtless_line(above: Scores) -> float:
    """How many spreads above the crowd a photo shows what was said, so that it may be dropped for that.

    Some photo is always the nearest to a text. What is dropped is a good match that stands far from the crowd; and
    where many photos stand out, as with dogs in the album of a dog, those beyond which the crowd alone would bring but
    one in twenty (Benjamini and Hochberg, "Controlling the false discovery rate", 1995). Where it would bring half of
    them, as among a million photos that have nothing to do with the word, none is beyond doubt.

    Args:
        above: float32, shape (n,): of all photos. Of fewer than twenty nothing can be told.
    """
    if len(above) < _SMALLEST_CROWD:
        return np.inf
    far = np.sort(above[above > 1])[::-1]
    ranks = np.arange(len(far))
    ranks = ranks[(ranks < _EACH) | (ranks % _EACH == 0)]
    values = far[ranks].astype(np.float64)
    clear = max(_DOUBTLESS_SPREADS, good_line(above))
    many = _rare(values, len(above) * _upper_tail(values / _TAIL_WIDTH), _FEW_BY_CHANCE * (ranks + 1))
    return max(min(clear, many), _rare(values, len(above) * _upper_tail(values), _MOST_BY_CHANCE * (ranks + 1)))


def _rare(falling: _Far, by_chance: _Far, most: _Far) -> float:
    """The lowest value beyond which chance brings at most so many."""
    few = falling[by_chance <= most]
    return float(few[-1]) if len(few) else np.inf


def _upper_tail(values: _Far) -> _Far:
    """Of a standard normal distribution, above values of 0.8 and more: Abramowitz and Stegun, 26.2.17."""
    steps = 1 / (1 + 0.2316419 * values)
    weights = np.polynomial.polynomial.polyval(
        steps, [0, 0.319381530, -0.356563782, 1.781477937, -1.821255978, 1.330274429]
    )
    tail: _Far = np.exp(-np.square(values) / 2) / np.sqrt(2 * np.pi) * weights
    return tail


def _power(count: int) -> float:
    """From 1 among ten photos to POWER among hundreds, evenly with the logarithm of how many there are."""
    part = np.log(max(count, _FEWEST) / _FEWEST) / np.log(_MANY / _FEWEST)
    return float(min(_FEWEST_POWER + (POWER - _FEWEST_POWER) * part, POWER))


def best_count(count: int) -> int:
    """Of how many photos rivals are looked for: of few, fewer, since few may match."""
    return int(np.clip(count // 10, 1, BEST))


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
    particular: tuple[float, float, float]
    """How far texts lie from their mean: 1 in 100 less, the mean, 1 in 100 more."""
    _usual: tuple[Nearness, Lead] | None
    """None where there are too few texts or photos to compare with: then nothing is silent."""

    @classmethod
    def of(cls, texts: Embeddings, sample: Embeddings, axes: Axes | None = None) -> Background:
        """Work out what queries are compared with, once a library and model; ``axes``: of the texts, if known."""
        axes = axes or Axes.of(texts)
        columns = axes.columns(sample)
        distances = np.linalg.norm(texts - axes.mean, axis=1)
        low, high = np.percentile(distances, [1, 99])
        particular = (float(low), float(distances.mean()), float(high))
        if len(sample) == 0 or len(texts) <= 2 * RIVALS:
            return cls(texts, sample, columns, axes, particular, None)
        cosines, particulars = sample @ texts.T, distances - distances.mean()
        own = cosines - columns[:, :1]
        count = best_count(len(sample))
        best = np.argpartition(own / columns[:, 1:], -count, axis=0)[-count:].T
        usual = Nearness.of(cosines, particulars), Lead.of(own, best, texts, particulars)
        return cls(texts, sample, columns, axes, particular, usual)

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

    def evidence(self, text: Vector, nearest: Scores, best: Embeddings, count: int) -> float:
        """Two log-odds in one: that other texts' nearest photos are less near, and that they lead their rivals by less.

        Args:
            text: float32, shape (dim,).
            nearest: float32: its highest cosine similarities, ``evidence.nearest_count(count)`` of them.
            best: float32, shape (b, dim): the ``best_count(count)`` photos for which it is most special.
            count: how many photos were compared.

        Returns:
            Below ``evidence.SILENT_BELOW``, even the best photos have nothing to do with the text; infinite where
            nothing can be told.
        """
        if self._usual is None or len(best) == 0:
            return np.inf
        nearness, leads = self._usual
        share, particular = self.axes.share(text), self.more_particular(text)
        own = _products(self.sample, text) - share * self.sample_columns[:, 0]
        common = _products(best, self.axes.mean)
        told = _products(best, text) - share * common
        others = np.stack([_products(self.texts, photo) for photo in best]) - common[:, None]
        lead = leads.by((told - own.mean()) / max(float(own.std()), 1e-6), others, _products(self.texts, text) < TWIN)
        return nearness.log_odds(nearest, count, particular) + leads.usual.log_odds(lead, particular)

    def more_particular(self, text: Vector) -> float:
        """By how much more particular a plain word is than others; 0 for a sentence, which can't be compared so."""
        low, mean, high = self.particular
        distance = float(np.clip(np.linalg.norm(text - self.axes.mean), low, high))
        return self.axes.share(text) * (distance - mean)


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


def _products(rows: npt.NDArray[np.float32], vector: Vector) -> Scores:
    """float32, shape (n,). Not by BLAS: its threads wait for each other, tens of milliseconds on a busy machine."""
    products: Scores = np.einsum("nd,d->n", rows, vector)
    return products
