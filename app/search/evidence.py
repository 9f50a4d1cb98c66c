"""How much says that a query has a match at all: by what other texts, most of which nothing shows, get from it all.

Each figure of a query is compared with the same figure of many texts, and told as log-odds, so that figures can be
added. A text that says something particular lies far from the mean of all texts, and is nearer to its best photos for
that alone; so what goes with it is taken off first, by a straight line through the many texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from app.core.types import Embeddings

Figures = npt.NDArray[np.float32]

SILENT_BELOW: Final = -2.0
"""The sum of the log-odds below which nothing is a match: see CONTRIBUTING for what that keeps and silences."""
NEAREST: Final = 5
RIVALS: Final = 10
TWIN: Final = 0.97
"""Texts nearer to each other than this say the same and are no rivals."""
_TAIL: Final = 0.01


@dataclass(frozen=True, eq=False)
class Usual:
    """One figure as many texts have it.

    Attributes:
        rising: float32, shape (t,): less what goes with how particular each of them is.
        slope: by how much the figure rises with that.
    """

    rising: Figures
    slope: float

    @classmethod
    def of(cls, figures: Figures, particular: Figures) -> Usual:
        """Take both of many texts, float32, shape (t,); ``particular`` less its mean."""
        variance = float(particular @ particular)
        slope = float(particular @ figures) / variance if variance > 1e-9 else 0.0
        return cls(np.sort(figures - np.float32(slope) * particular), slope)

    def log_odds(self, figure: float, particular: float = 0.0, more: float = 0.0) -> float:
        """The log-odds that another text has less, at most 99 in 100; ``more``: so much more have all by now."""
        place = np.searchsorted(self.rising, np.float32(figure - self.slope * particular - more))
        share = 0.01 + 0.98 * float(place) / max(len(self.rising), 1)
        return float(np.log(share / (1 - share)))


@dataclass(frozen=True, eq=False)
class Nearness:
    """How near what is nearest to a text is: to many texts, of a sample.

    Attributes:
        usual: of the highest similarities' mean.
        growth: by how much that rises where there are e times as many.
        count: the size of the sample.
    """

    usual: Usual
    growth: float
    count: int

    @classmethod
    def of(cls, cosines: npt.NDArray[np.float32], particular: Figures | None = None) -> Nearness:
        """Take the similarities of a sample to many texts: float32, shape (m, t), m above 0."""
        top = nearest_count(len(cosines))
        nearest = np.partition(cosines, -top, axis=0)[-top:].mean(axis=0)
        usual = Usual.of(nearest, np.zeros_like(nearest) if particular is None else particular)
        return cls(usual, _growth(cosines), len(cosines))

    def log_odds(self, nearest: Figures, count: int, particular: float = 0.0) -> float:
        """``nearest``: float32, the ``nearest_count(count)`` highest similarities of all that were compared."""
        more = self.growth * float(np.log(count / self.count))
        return self.usual.log_odds(float(nearest.mean()), particular, more)


@dataclass(frozen=True, eq=False)
class Lead:
    """How far a text stands before its rivals on its own best photos, as many texts do.

    Attributes:
        centre, scale: float32, shape (t,): mean and standard deviation of each text's similarities, less the common.
        usual: of the leads.
    """

    centre: Figures
    scale: Figures
    usual: Usual

    @classmethod
    def of(
        cls, own: npt.NDArray[np.float32], best: npt.NDArray[np.int64], texts: Embeddings, particular: Figures
    ) -> Lead:
        """Work out what many texts lead by.

        Args:
            own: float32, shape (m, t): their similarities to a sample, less what all texts have in common.
            best: int64, shape (t, b): which of the sample each text is most special for.
            texts: float32, shape (t, dim).
            particular: float32, shape (t,), see ``Usual.of``.
        """
        centre, scale = own.mean(axis=0), np.maximum(own.std(axis=0), np.float32(1e-6))
        new = cls(centre, scale, Usual(np.empty(0, np.float32), 0.0))
        is_other = texts @ texts.T < TWIN
        leads = [
            new.by((own[rows, at] - centre[at]) / scale[at], own[rows], is_other[at]) for at, rows in enumerate(best)
        ]
        return cls(centre, scale, Usual.of(np.array(leads, np.float32), particular))

    def by(self, told: Figures, others: npt.NDArray[np.float32], is_rival: npt.NDArray[np.bool_]) -> float:
        """How far a text stands before its strongest rivals on some photos, in standard deviations of each one's own.

        Args:
            told: float32, shape (b,): of the text, in standard deviations already.
            others: float32, shape (b, t): of the many texts, less the common.
            is_rival: bool, shape (t,).
        """
        rivals = ((others - self.centre) / self.scale)[:, is_rival]
        if rivals.shape[1] < RIVALS:
            return 0.0
        return float((told - np.partition(rivals, -RIVALS, axis=1)[:, -RIVALS:].mean(axis=1)).mean())


def nearest_count(count: int) -> int:
    """How many of the nearest are looked at together: of few, fewer, since few may match."""
    return int(np.clip(count // 50, 1, NEAREST))


def _growth(cosines: npt.NDArray[np.float32]) -> float:
    """The mean height above what 1 % pass: where a tail is exponential, the nearest of n rise by it with log n."""
    few = max(1, round(len(cosines) * _TAIL))
    tops = np.partition(cosines, -few - 1, axis=0)[-few - 1 :] if len(cosines) > few else cosines
    return float((tops.mean(axis=0) - tops.min(axis=0)).mean()) * (few + 1) / few
