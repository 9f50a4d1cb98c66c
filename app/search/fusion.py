"""Fuses what meanings and words say of each photo into one score, in units that hold for every model.

The score is the logarithm of the odds that the photo is what was meant, up to a constant. A meaning counts by how many
spreads of this library's own similarities to this query it stands above their mean, whatever the model's cosines are.
Words count by their rarity in nats (see ``WordHits.relevance``), over the root of how many were asked, since the words
of a long sentence repeat each other, and by the root of the share of them that is there.

The weights are those of a logistic regression on one half of 400 Flickr8k photos, one human caption of each standing
for the machine's and the other four asking; the words' weight is between what such sentences want (0.7) and what single
words want (1 and more). Recall@10 on the other half with the starter: pictures alone 0.70, captions alone 0.78, words
alone 0.70, all 0.90; reciprocal rank fusion with k = 60: 0.87. ``tests/benchmarks/fusion.py`` measures it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.core.gauge import Gauge
from app.core.types import Scores, Why

Places = npt.NDArray[np.int64]
Meant = tuple[Why, Places, Scores]
"""A kind of meaning, the places of the photos that it knows, and how far each stands above the crowd."""

WITH_OTHERS = {Why.MEANING: 1.6, Why.CAPTION: 1.05}
"""What one spread is worth where a photo is known by its picture and by its caption."""
ALONE = 3.1
"""What it is worth where it is all that is known of the photo."""
_FOR_EACH_OTHER = -0.7
"""A photo of which more is known has more chances to look right; without this, captions would push all others down."""
WORDS = 1.0
WHOLE = 4.0
"""What it is worth that all words of the query stand somewhere in the photo's words. For names (``line_quality.py``
tells which) it raises the mean average precision from 0.496 to 0.512 where photos have one human caption each."""
OWN = 6.0
"""What it is worth beside that where a person said it of this photo alone: whoever asks for Anna wants the photos that
are tagged so before all those of the folder "Wedding Anna & Tom"."""
_CLEAR = 2.5
"""So many spreads above the crowd, a caption is told to be why a photo was found."""
CROWD = 200
"""Fewer scores than that do not tell how far apart scores lie."""


def fuse(count: int, meant: Sequence[Meant], words: tuple[Places, Scores]) -> Scores:
    """One score for each of ``count`` photos.

    Args:
        count: of the photos that any of them knows.
        meant: of each kind of meaning; a photo that none knows counts as an average one.
        words: the places of the photos that hold words, and these words' evidence, float32.

    Returns:
        float32, shape (count,).
    """
    fused = np.zeros(count, np.float32)
    if any(len(places) < count for _, places, _ in meant):
        fused = _fuse_unevenly(count, meant)
    elif len(meant) == 1:
        fused[meant[0][1]] = np.float32(ALONE) * meant[0][2]
    elif meant:
        for why, places, above in meant:
            fused += _spread_out(count, places, np.float32(WITH_OTHERS.get(why, 1.0)) * above)
        fused += np.float32(_FOR_EACH_OTHER * (len(meant) - 1))
    places, evidence = words
    fused[places] += np.float32(WORDS) * evidence
    return fused


def _fuse_unevenly(count: int, meant: Sequence[Meant]) -> Scores:
    """Of some photos more is known than of others."""
    together, alone, known = np.zeros(count, np.float32), np.zeros(count, np.float32), np.zeros(count, np.uint8)
    for why, places, above in meant:
        spread = _spread_out(count, places, above)
        together += np.float32(WITH_OTHERS.get(why, 1.0)) * spread
        alone += np.float32(ALONE) * spread
        known[places] += 1
    fused: Scores = np.where(known > 1, together + np.float32(_FOR_EACH_OTHER) * (known.astype(np.float32) - 1), alone)
    return fused


def _spread_out(count: int, places: Places, values: Scores) -> Scores:
    """float32, shape (count,): the values at their places, elsewhere 0."""
    spread = np.zeros(count, np.float32)
    spread[places] = values
    return spread


def above_crowd(scores: Scores, others: Scores, gauge: Gauge | None = None) -> Scores:
    """How many spreads each score stands above the mean.

    Args:
        scores: float32, shape (n,), similarities of one kind to one query.
        others: of what describes none of the photos; they fill the crowd up where there are few scores.
        gauge: keeps mean and spread, once there is a crowd.
    """
    if len(scores) == 0:
        return scores
    is_crowd = len(scores) >= CROWD
    crowd = scores if is_crowd else np.concatenate([scores, others])
    gauge = gauge if gauge is not None and (is_crowd or gauge.has("mean")) else Gauge()
    mean = gauge.keep("mean", lambda: crowd.mean(dtype=np.float32))
    spread = gauge.keep("spread", lambda: max(float(crowd.std(dtype=np.float32)), 1e-6))
    above: Scores = (scores - np.float32(mean)) / np.float32(spread)
    return above


def clear_line(scores: Scores, others: Scores) -> float:
    """The score that stands clear of the crowd. Arguments as in ``above_crowd``."""
    crowd = scores if len(scores) >= CROWD else np.concatenate([scores, others])
    return float(crowd.mean() + _CLEAR * crowd.std()) if len(crowd) else np.inf


def shown(fused: Scores) -> Scores:
    """A score that people can read, 0 to 1: a half where a photo stands three spreads above the crowd."""
    likely: Scores = np.reciprocal(1 + np.exp(np.float32(3) - fused / np.float32(ALONE)))
    return likely


def fused_again(scores: Scores) -> Scores:
    """What ``shown`` was made of, for whoever has one more thing to add; scores above 1 are taken for 1."""
    likely = np.clip(scores, np.float32(1e-6), np.float32(1 - 1e-6))
    fused: Scores = np.float32(ALONE) * (np.float32(3) + np.log(likely / (1 - likely)))
    return fused


def beliefs(scores: Scores, *, unknown: int = 0) -> Scores:
    """Whom one text means, on a scale that texts share: how sure it is of each photo, among all that it was asked of.

    A fused score holds up to a constant of its query: it tells which photo suits a text, and not which of several texts
    suits a photo. A text whose belief is divided among many photos says little of each of them (the inverted softmax of
    Smith et al., "Offline bilingual word vectors, orthogonal transformations and the inverted softmax", 2017).

    Args:
        scores: float32, shape (n,), of a ranking: as ``shown``, and 1 more where a person wrote the words.
        unknown: photos that were asked too and of which nothing is known; each counts as an average one.

    Returns:
        float32, shape (n,): logarithms of shares that sum to 1 with those of the unknown, in the order of the scores.
    """
    if len(scores) == 0:
        return scores
    tier = np.maximum(np.ceil(scores) - 1, 0)
    fused = (fused_again(scores - tier) + 1000 * tier).astype(np.float64)
    highest = max(float(fused.max()), 0.0)
    total = np.exp(fused - highest).sum() + unknown * np.exp(-highest)
    believed: Scores = (fused - highest - np.log(total)).astype(np.float32)
    return believed
