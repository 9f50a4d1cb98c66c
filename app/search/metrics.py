"""How good a ranking is, in the figures of the trade: recall, mean reciprocal rank, mean average precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from app.core.types import Scores

Places = npt.NDArray[np.float64]
"""float64, shape (r,), rising: where a query's relevant candidates stand, 1 the best; equal scores share the mean."""

FIGURES: Final = ("recall_at_1", "recall_at_5", "recall_at_10", "mrr", "map", "median_rank")
_DEPTHS: Final = (1, 5, 10)
_RESAMPLES: Final = 1000
_SEED: Final = 20260101
_INTERVAL: Final = (2.5, 97.5)


@dataclass(frozen=True)
class Metrics:
    """Figures over many queries, each with the interval in which 95 % of bootstrap resamples of the queries lie.

    Recall@k is the share of queries with a relevant candidate among the first k (as CLIP's papers count it, also
    where a photo has five captions); the mean reciprocal rank and the median rank are those of a query's first
    relevant candidate; the mean average precision counts all of them.

    Attributes:
        queries: how many.
        values: by name as in FIGURES; empty where there are no queries.
        intervals: by the same names, lower and upper end.
    """

    queries: int
    values: dict[str, float]
    intervals: dict[str, tuple[float, float]]

    @classmethod
    def of(cls, places: Sequence[Places]) -> Metrics:
        """From each query's places, see ``mean_places``; each has at least one."""
        if not places:
            return cls(0, {}, {})
        told = np.stack([_figures_of(each) for each in places])
        draws = _resampled(told)
        low, high = np.percentile(draws, _INTERVAL, axis=0).tolist()
        intervals = dict(zip(FIGURES, zip(low, high, strict=True), strict=True))
        return cls(len(places), dict(zip(FIGURES, _over_all(told).tolist(), strict=True)), intervals)


def mean_places(scores: Scores, relevant: npt.NDArray[np.int64]) -> Places:
    """Where the relevant candidates stand among all; candidates of equal score share the mean of their places.

    Args:
        scores: float32, shape (n,), the higher the better; -inf: nothing is known of it.
        relevant: int64, shape (r,), places in ``scores``.

    Returns:
        float64, shape (r,), rising.
    """
    own, which = np.unique(scores[relevant], return_inverse=True)
    above = np.array([np.count_nonzero(scores > each) for each in own], np.float64)
    equal = np.array([np.count_nonzero(scores == each) for each in own], np.float64)
    return np.sort((above + (equal + 1) / 2)[which])


def _figures_of(places: Places) -> npt.NDArray[np.float64]:
    """float64, shape (len(FIGURES),): what one query adds to each."""
    first = places[0]
    precision = float((np.arange(1, len(places) + 1) / places).mean())
    return np.array([*(float(first <= depth) for depth in _DEPTHS), 1 / first, precision, first])


def _over_all(told: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """float64, shape (len(FIGURES),): the means over the queries, and the median of the first places."""
    return np.append(told[:, :-1].mean(axis=0), np.median(told[:, -1]))


def _resampled(told: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """float64, shape (resamples, len(FIGURES)); the seed is fixed: the same ranking has the same intervals."""
    drawn = np.random.default_rng(_SEED)
    return np.stack([_over_all(told[drawn.integers(0, len(told), len(told))]) for _ in range(_RESAMPLES)])
