"""Makes one ranking of what words and meaning found, and draws the line below which matches are weak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from app.catalog.find.matching import WordHits
from app.core.gauge import Gauge
from app.core.id_sets import are_among
from app.core.types import WHY_BITS, Flags, PhotoIds, Scores, Why
from app.search.evidence import SILENT_BELOW
from app.search.fusion import OWN, WHOLE, above_crowd, fuse, shown
from app.search.ordering import ids_best_first


@dataclass(frozen=True, eq=False)
class Words:
    """What the words found, as columns.

    Attributes:
        ids: int64, shape (n,).
        evidence: float32, shape (n,), above 0: how much they say for each photo; see ``fusion.py``.
        whys: uint8, shape (n,), sums of WHY_BITS: where they stand.
        is_person: bool, shape (n,): all of them stand in one field that a person wrote.
        is_own: bool, shape (n,): a field of this photo alone, not its folder's name.
        is_whole: bool, shape (n,): all of them stand somewhere.
    """

    ids: PhotoIds
    evidence: Scores
    whys: npt.NDArray[np.uint8]
    is_person: Flags
    is_own: Flags
    is_whole: Flags

    @classmethod
    def of(cls, hits: WordHits) -> Words:
        """Each word's rarity in nats, where it stands, less where others are missing; see ``fusion.py``."""
        evidence = hits.relevance * np.sqrt(hits.matched.astype(np.float32)) / np.float32(max(hits.asked, 1))
        return cls(hits.ids, evidence.astype(np.float32), hits.whys, hits.is_person, hits.is_own, hits.is_whole)

    def among(self, ids: PhotoIds) -> Words:
        """Only these photos."""
        keep = are_among(self.ids, ids)
        return Words(
            self.ids[keep],
            self.evidence[keep],
            self.whys[keep],
            self.is_person[keep],
            self.is_own[keep],
            self.is_whole[keep],
        )


@dataclass(frozen=True, eq=False)
class Signal:
    """What comparing vectors found, as columns.

    Attributes:
        why: what a good match by it is called.
        ids: int64, shape (n,), each once.
        scores: float32, shape (n,): how near each one is to the query, in units of its own.
        line: from which on they are good matches; infinite where none is.
        evidence: how much says that any of them is one; see ``evidence.py``.
        others: float32, shape (m,): scores of what describes none of the photos; see ``fusion.above_crowd``.
        gauge: what the scores are measured by.
    """

    why: Why
    ids: PhotoIds
    scores: Scores
    line: float
    others: Scores = field(default_factory=lambda: np.empty(0, np.float32))
    gauge: Gauge = field(default_factory=Gauge)
    evidence: float = np.inf

    @property
    def is_good(self) -> Flags:
        """bool, shape (n,): above the line where good matches end."""
        return self.scores >= np.float32(self.line)


@dataclass(frozen=True, eq=False)
class Ranked:
    """A ranking, best first: columns as in ``core.types.Answer``; the first ``good`` stand above ``line_among``."""

    ids: PhotoIds
    scores: Scores
    whys: npt.NDArray[np.uint8]
    good: int


def unless_silent(signals: Sequence[Signal]) -> list[Signal]:
    """The signals, without a good match where all of them together say that there is none."""
    if sum(signal.evidence for signal in signals) >= SILENT_BELOW:
        return list(signals)
    return [replace(signal, line=np.inf) for signal in signals]


def rank(words: Words, signals: Sequence[Signal], gauge: Gauge | None = None) -> Ranked:
    """Put photos first in which a person wrote all the words, then the rest by one fused score.

    Any of them may be empty. How they are fused: ``fusion.py``. Where no picture and no caption means the query, those
    in which all words stand come before what happens to be nearest; ``gauge`` keeps whether that is so.
    """
    ids, placed = _joined([signal.ids for signal in signals] + [words.ids])
    is_good, tier, whys = np.zeros(len(ids), np.bool_), np.zeros(len(ids), np.bool_), np.zeros(len(ids), np.uint8)
    meant = []
    for signal, places in zip(signals, placed, strict=False):
        meant.append((signal.why, places, above_crowd(signal.scores, signal.others, signal.gauge)))
        good = places[signal.is_good]
        is_good[good] = True
        whys[good] |= np.uint8(WHY_BITS[signal.why])
    places = placed[-1]
    fused = fuse(len(ids), meant, (places, words.evidence))
    fused[places] += np.float32(WHOLE) * words.is_whole + np.float32(OWN) * words.is_own
    tier[places] = words.is_person
    is_good[places] |= words.is_person | words.is_whole
    whys[places] |= words.whys
    whys[whys == 0] = WHY_BITS[Why.MEANING]
    first = 2 * tier.astype(np.float32)
    is_silent = not any(signal.is_good.any() for signal in signals)
    if (gauge or Gauge()).keep("is_silent", lambda: is_silent):
        first[places] += words.is_whole
    order, heights = ids_best_first(ids, fused + 1000 * first)
    # 1 more where a person wrote the words; what was put behind others is worth no more than they.
    ahead = np.searchsorted(ids, order[: np.count_nonzero(first)])
    scores = shown(heights)
    scores[: len(ahead)] = shown(fused[ahead]) + tier[ahead]
    return _ordered(order, np.minimum.accumulate(scores), ids, whys, is_good)


def _ordered(order: PhotoIds, scores: Scores, ids: PhotoIds, whys: npt.NDArray[np.uint8], is_good: Flags) -> Ranked:
    """A ranking in the order of ``order``, which ``scores`` have already; the others stand along ``ids``."""
    told = np.zeros(
        int(ids[-1]) + 1 if len(ids) else 0, np.uint16
    )  # one small table, since looking up at random is slow
    told[ids] = whys.astype(np.uint16) << 1 | is_good
    found = told[order]
    return Ranked(order, scores, (found >> 1).astype(np.uint8), line_among((found & 1).astype(np.bool_)))


def line_among(is_good: Flags) -> int:
    """How many of the first are good matches: as many as make the good ones outnumber the others by most.

    Each signal has a line of its own, so that in one order of them all a photo that is good by one of them may stand
    below some that are good by none. Cutting here is more exact than taking all down to the last good one, or as many
    as there are; putting all good ones first costs sentences three points of recall@10 (``fusion.py`` tells of what).

    Args:
        is_good: bool, shape (n,), best first.
    """
    if not is_good.any():
        return 0
    count = np.flatnonzero(is_good) + 1  # the answer is one of these: each other one lowers what is best
    good = np.arange(1, len(count) + 1)
    if (lead := 2 * good - count).max() > 0:
        return int(count[np.argmax(lead)])
    return int(count[np.argmax(good / (count + good[-1]))])  # none leads: where precision and recall are best together


def certain(ids: PhotoIds) -> Ranked:
    """Photos that fulfil every condition where no words rank them: in the order given, all of them good."""
    return Ranked(ids, np.ones(len(ids), np.float32), np.zeros(len(ids), np.uint8), len(ids))


def put_first(ranked: Ranked, ids: PhotoIds) -> Ranked:
    """These photos before all others, each by 2 more; among themselves as they were."""
    is_first = are_among(ranked.ids, ids)
    if not is_first.any():
        return ranked
    order = np.argsort(~is_first, kind="stable")
    scores = ranked.scores + 2 * is_first.astype(np.float32)
    is_good = np.arange(len(order)) < ranked.good
    return Ranked(ranked.ids[order], scores[order], ranked.whys[order], line_among((is_good | is_first)[order]))


def merge(rankings: Sequence[Ranked]) -> Ranked:
    """One ranking of several ways to answer a query: each photo with the better score, and the reasons for that."""
    if len(rankings) == 1:
        return rankings[0]
    ids, placed = _joined([each.ids for each in rankings])
    scores, is_good = np.full(len(ids), -1, np.float32), np.zeros(len(ids), np.bool_)
    whys = np.zeros(len(ids), np.uint8)
    for each, places in zip(rankings, placed, strict=True):
        is_better = each.scores > scores[places]
        better = places[is_better]
        scores[better], whys[better] = each.scores[is_better], each.whys[is_better]
        is_good[places[: each.good]] = True
    order, scores = ids_best_first(ids, scores)
    return _ordered(order, scores, ids, whys, is_good)


def _joined(columns: Sequence[PhotoIds]) -> tuple[PhotoIds, list[npt.NDArray[np.int64]]]:
    """Every id once, ascending; and where each column's stand. By a table over all ids, which count from 1."""
    known = np.zeros(max((int(column.max()) + 1 for column in columns if len(column)), default=0), np.bool_)
    for column in columns:
        known[column] = True
    place_of = np.cumsum(known, dtype=np.int64) - 1
    return np.flatnonzero(known), [place_of[column] for column in columns]
