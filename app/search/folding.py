"""Which photos are nearly the same picture, and an answer in which each such group stands once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from app.catalog.find.alikes import Looks
from app.core.types import WHY_BITS, Answer, PhotoId, PhotoIds, Why

_WITHIN_S = 3.0
_BURST_BITS = 10
"""Of 64 in which two frames of one burst may differ: hand and subject move. Two different pictures differ in 32."""
_NEIGHBOURS = 3
"""Frames are compared with so many that were taken before: two cameras at one party take turns."""
_TELLING = (12, 52)
"""A hash with fewer or more bits set is that of a plain surface, and says little."""
_SAME_ASPECT = 0.02
_DECODED_BITS = 3
"""In so many the hashes of one picture may differ that was decoded at two sizes."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Photos that are nearly the same picture as another.

    Attributes:
        leader_by_id: int64, shape (highest id + 1,): one photo of the group that each id stands in, the same for all
            of it; 0 for a photo that is alone. A table, since a million hits are looked up at once.
    """

    leader_by_id: PhotoIds

    @property
    def count(self) -> int:
        """How many photos stand in groups."""
        return int(np.count_nonzero(self.leader_by_id))

    @classmethod
    def none(cls) -> Groups:
        return cls(np.zeros(1, np.int64))

    def leaders_of(self, ids: PhotoIds) -> PhotoIds:
        """int64, shape (len(ids),): 0 for one that is alone, or newer than the groups."""
        known = ids < len(self.leader_by_id)
        if known.all():
            return self.leader_by_id[ids]
        return np.where(known, self.leader_by_id[np.where(known, ids, 0)], 0)


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """An answer in which the best of each group stands for it.

    Attributes:
        answer: what is shown.
        hidden: int64, shape (n,): photos that are not, by their ``shown``, best first among themselves.
        shown: int64, shape (n,), ascending: the photo that stands for each hidden one.
        whys: uint8, shape (n,): of the hidden ones, as ``Answer.whys``.
    """

    answer: Answer
    hidden: PhotoIds
    shown: PhotoIds
    whys: npt.NDArray[np.uint8]

    def behind(self, photo_id: PhotoId) -> PhotoIds:
        """int64: the photos that this one stands for, best first."""
        return self.hidden[self._places(photo_id)]

    def _places(self, photo_id: int) -> slice:
        first, last = np.searchsorted(self.shown, [photo_id, photo_id + 1])
        return slice(int(first), int(last))

    def opened(self, ids: Iterable[int]) -> Answer:
        """The answer in which what stands behind these photos follows them, each with its own reasons.

        Scores are the leader's, since they never rise along an answer.
        """
        behind = {photo_id: found for photo_id in ids if (found := self._places(photo_id)).stop > found.start}
        places = np.flatnonzero(np.isin(self.answer.ids, list(behind)))
        if len(places) == 0:
            return self.answer
        groups = [behind[int(photo_id)] for photo_id in self.answer.ids[places]]
        counts = [found.stop - found.start for found in groups]
        after = np.repeat(places + 1, counts)
        leaders = np.repeat(places, counts)
        return replace(
            self.answer,
            ids=np.insert(self.answer.ids, after, np.concatenate([self.hidden[found] for found in groups])),
            scores=np.insert(self.answer.scores, after, self.answer.scores[leaders]),
            whys=np.insert(self.answer.whys, after, np.concatenate([self.whys[found] for found in groups])),
            good=self.answer.good + int(np.count_nonzero(leaders < self.answer.good)),
        )


def group(looks: Looks) -> Groups:
    """Join copies of the same image data, frames of one burst, and copies of another size.

    Frames: taken within 3 seconds by the cameras' clocks, with difference hashes at most 10 bits apart. Copies of
    another size or quality, whose dates may be lost: the same hash and the same shape, unless the hash says little or
    the picture is laid out as pages and screens are, many of which look the same from afar.
    """
    joined = np.concatenate([_bursts(looks), _resized(looks), _copies(looks)])
    roots = _roots(len(looks.ids), joined)
    leader_by_id = np.zeros(int(looks.ids.max(initial=0)) + 1, np.int64)
    leader_by_id[looks.ids[joined]] = looks.ids[roots[joined]]
    return Groups(leader_by_id)


def is_same_look(looks: Looks, perceptual_hash: int, aspect: float) -> bool:
    """Whether the one photo that ``looks`` tells of is a picture from elsewhere, or another size or quality of it."""
    hashed = np.uint64(perceptual_hash & 0xFFFF_FFFF_FFFF_FFFF)
    if len(looks.ids) == 0 or not _TELLING[0] <= int(np.bitwise_count(hashed)) <= _TELLING[1]:
        return False
    is_near = np.bitwise_count(looks.hashes[0] ^ hashed) <= _DECODED_BITS
    return bool(is_near and not looks.is_laid_out[0] and abs(looks.aspects[0] / aspect - 1) <= _SAME_ASPECT)


def fold(answer: Answer, groups: Groups) -> Folded:
    """Show the best hit of each group and keep the others behind it.

    Around a photo that was asked for itself (``Why.SELF``) nothing is folded: whoever looks for what is like it wants
    to see its copies first of all.
    """
    leaders = groups.leaders_of(answer.ids)
    selves = leaders[(answer.whys & WHY_BITS[Why.SELF]) > 0]
    if len(selves):
        leaders[np.isin(leaders, selves)] = 0
    members = np.flatnonzero(leaders)
    firsts = np.zeros(len(groups.leader_by_id), np.int64)
    firsts[leaders[members][::-1]] = members[::-1]  # the last one written is the best of its group
    stands_for = firsts[leaders[members]]
    is_hidden = stands_for != members
    hidden, shown = members[is_hidden], answer.ids[stands_for[is_hidden]]
    order = np.argsort(shown, kind="stable")
    keep = np.ones(len(answer), np.bool_)
    keep[hidden] = False
    left = replace(
        answer,
        ids=answer.ids[keep],
        scores=answer.scores[keep],
        whys=answer.whys[keep],
        good=int(np.count_nonzero(keep[: answer.good])),
    )
    return Folded(left, answer.ids[hidden][order], shown[order], answer.whys[hidden][order])


def _bursts(looks: Looks) -> npt.NDArray[np.int64]:
    """int64, shape (m, 2): places of frames of one burst."""
    shot = np.flatnonzero(np.isfinite(looks.shot_at))
    found = [np.empty((0, 2), np.int64)]
    for step in range(1, min(_NEIGHBOURS, len(shot) - 1) + 1):
        pairs = np.column_stack([shot[:-step], shot[step:]])
        gaps = np.diff(looks.shot_at[pairs], axis=1)[:, 0]
        pairs = pairs[gaps <= _WITHIN_S]
        apart = np.bitwise_count(looks.hashes[pairs[:, 0]] ^ looks.hashes[pairs[:, 1]])
        found.append(pairs[apart <= _BURST_BITS])
    return np.concatenate(found)


def _resized(looks: Looks) -> npt.NDArray[np.int64]:
    """int64, shape (m, 2): places of pictures of the same look."""
    bits = np.bitwise_count(looks.hashes)
    telling = np.flatnonzero((bits >= _TELLING[0]) & (bits <= _TELLING[1]) & ~looks.is_laid_out)
    order = telling[np.argsort(looks.hashes[telling], kind="stable")]
    one, other = order[:-1], order[1:]
    ratio = looks.aspects[one] / looks.aspects[other]
    same = (looks.hashes[one] == looks.hashes[other]) & (np.abs(ratio - 1) <= _SAME_ASPECT)
    return np.column_stack([one[same], other[same]])


def _copies(looks: Looks) -> npt.NDArray[np.int64]:
    """int64, shape (m, 2): places of photos with the same image data."""
    if len(looks.ids) == 0:
        return np.empty((0, 2), np.int64)
    order = np.argsort(looks.ids)
    places = order[np.minimum(np.searchsorted(looks.ids, looks.copies, sorter=order), len(order) - 1)]
    known = (looks.ids[places] == looks.copies).all(axis=1)  # one may have been written between the two questions
    pairs: npt.NDArray[np.int64] = places[known]
    return pairs


def _roots(count: int, pairs: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """int64, shape (count,): the lowest place that each can be reached from along the pairs."""
    roots = np.arange(count)
    while len(pairs):
        ends = roots[pairs]
        lowest = ends.min(axis=1)
        if (ends == lowest[:, None]).all():
            break
        for side in (0, 1):
            np.minimum.at(roots, ends[:, side], lowest)
        while (roots[roots] != roots).any():
            roots = roots[roots]
    return roots
