"""Where the members of a saved search end: drawn once for a model, and kept, so that growth drives no member out."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from app.core.gauge import Gauge
from app.core.types import WHY_BITS, Answer, Why
from app.search.fusion import CROWD

_METHOD: Final = 1
"""Raise when weights in ``search/fusion.py`` change: cuts of other scores are drawn anew."""
_NEARLY_ALL: Final = 0.9
"""Of what may be found, so much must have been compared before a line is drawn for good."""


@dataclass(frozen=True)
class Cut:
    """The score from which on photos belong, and what scores are measured by.

    Attributes:
        score: as in ``Answer.scores``.
        figures: of the gauge.
        judges: the texts that photos were judged against.
    """

    score: float
    figures: dict[str, float]
    judges: str

    def holds(self, answer: Answer) -> Answer:
        """The answer, measured by the same, with the photos above the cut as its good matches."""
        return replace(answer, good=int(np.count_nonzero(answer.scores >= np.float64(self.score))))

    def to_json(self) -> str:
        """As ``from_json`` takes it."""
        told = {"method": _METHOD, "score": self.score, "figures": self.figures, "judges": self.judges}
        return json.dumps(told)


def from_json(told: str | None) -> Cut | None:
    """The cut that was kept; None where there is none that means anything to this program."""
    read = {} if told is None else json.loads(told)
    if read.get("method") != _METHOD:
        return None
    return Cut(read["score"], read["figures"], read["judges"])


def drawn(answer: Answer, gauge: Gauge, judges: str) -> Cut | None:
    """The cut at the line of an answer; None where no line can be relied on.

    That is so among few photos, before nearly all have been compared, and where no picture means what is asked: then
    those that will come tell more. It lies half way between the best photo that is no member and the next better one
    that is. Members in which a person wrote the words score more for that, by whole numbers: they belong in any case,
    and what they are worth besides says where others begin to.

    Args:
        answer: as its line was drawn anew.
        gauge: what its scores were measured by.
        judges: the texts that its photos were judged against.
    """
    good = answer.good
    is_enough = answer.is_meaning_ready and answer.searched >= max(CROWD, _NEARLY_ALL * answer.total)
    if not is_enough or not 0 < good < len(answer):
        return None
    if not np.any(answer.whys[:good] & WHY_BITS[Why.MEANING]):
        return None
    scores = answer.scores[:good].astype(np.float64)
    worth = scores - np.maximum(np.ceil(scores) - 1, 0)
    following = float(answer.scores[good])
    better = worth[worth > following]
    return Cut((float(better.min()) + following) / 2, gauge.figures, judges) if len(better) else None
