"""Which photos are nearly the same picture, and an answer in which each such group stands once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from app.catalog.find.alikes import Looks
from app.core.types import WHY_BITS, Answer, PhotoId, PhotoIds, Why

Pairs = npt.NDArray[np.int64]
"""int64, shape (m, 2)."""

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


def group(looks: Looks, *, also: Pairs | None = None) -> Groups:
    """Join copies of the same image data, frames of one burst, and copies of another size.

    Frames: taken within 3 seconds by the cameras' clocks, with difference hashes at most 10 bits apart. Copies of
    another size or quality, whose dates may be lost: the same hash and the same shape, unless the hash says little or
    the picture is laid out as pages and screens are, many of which look the same from afar.

    Args:
        looks: of all photos.
        also: ids of more photos that are the same picture, as somebody found who compared what is in them.
    """
    more = np.empty((0, 2), np.int64) if also is None else also
    joined = np.concatenate([_bursts(looks), _resized(looks), _places_of(looks, looks.copies), _places_of(looks, more)])
    roots = _roots(len(looks.ids), joined)
    leader_by_id = np.zeros(int(looks.ids.max(initial=0)) + 1, np.int64)
    leader_by_id[looks.ids[joined]] = looks.ids[roots[joined]]
    return Groups(leader_by_id)


def close_looks(looks: Looks) -> Pairs:
    """Ids of pictures that may be copies of another size, type or quality: int64, shape (m, 2).

    Their hashes differ in at most 3 bits, which says too little by itself. By sorting the hashes eight times, each time
    turned by eight bits more: two that differ in few bits agree in the highest of some turn, and are neighbours there.
    """
    telling = np.flatnonzero(_is_telling(looks))
    found = [np.empty((0, 2), np.int64)]
    for turned in range(0, 64, 8):
        hashes = looks.hashes[telling]
        keys = hashes << np.uint64(turned) | hashes >> np.uint64(64 - turned) if turned else hashes
        order = telling[np.argsort(keys, kind="stable")]
        for step in range(1, _NEIGHBOURS + 1):
            found.append(_close(looks, np.column_stack([order[:-step], order[step:]])))
    pairs: Pairs = np.unique(np.sort(looks.ids[np.concatenate(found)], axis=1), axis=0)
    return pairs


def _close(looks: Looks, pairs: Pairs) -> Pairs:
    """Those of pairs of places that ``close_looks`` is about."""
    one, other = pairs[:, 0], pairs[:, 1]
    apart = np.bitwise_count(looks.hashes[one] ^ looks.hashes[other])
    is_same_shape = np.abs(looks.aspects[one] / looks.aspects[other] - 1) <= _SAME_ASPECT
    kept: Pairs = pairs[(apart > 0) & (apart <= _DECODED_BITS) & is_same_shape & _may_be_one_shot(looks, pairs)]
    return kept


def _may_be_one_shot(looks: Looks, pairs: Pairs) -> npt.NDArray[np.bool_]:
    """bool, shape (m,): not two that say of themselves that they were taken at other moments, as from a tripod."""
    one_shot: npt.NDArray[np.bool_] = ~(np.abs(np.diff(looks.shot_at[pairs], axis=1)[:, 0]) > _WITHIN_S)
    return one_shot


def in_sequence(looks: Looks, following: Pairs) -> Pairs:
    """Those of pairs of ids that look alike enough to be frames of one burst: int64, shape (m, 2)."""
    places = _places_of(looks, following)
    one, other = places[:, 0], places[:, 1]
    is_alike = np.bitwise_count(looks.hashes[one] ^ looks.hashes[other]) <= _BURST_BITS
    is_same_shape = np.abs(looks.aspects[one] / looks.aspects[other] - 1) <= _SAME_ASPECT
    found: Pairs = looks.ids[places[is_alike & is_same_shape & _is_telling(looks)[places].all(axis=1)]]
    return found


def _is_telling(looks: Looks) -> npt.NDArray[np.bool_]:
    """bool, shape (n,): pictures whose hash says something."""
    bits = np.bitwise_count(looks.hashes)
    telling: npt.NDArray[np.bool_] = (bits >= _TELLING[0]) & (bits <= _TELLING[1]) & ~looks.is_laid_out
    return telling


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
    telling = np.flatnonzero(_is_telling(looks))
    order = telling[np.argsort(looks.hashes[telling], kind="stable")]
    one, other = order[:-1], order[1:]
    ratio = looks.aspects[one] / looks.aspects[other]
    same = (looks.hashes[one] == looks.hashes[other]) & (np.abs(ratio - 1) <= _SAME_ASPECT)
    pairs: Pairs = np.column_stack([one[same], other[same]])
    return pairs[_may_be_one_shot(looks, pairs)]


def _places_of(looks: Looks, ids: Pairs) -> Pairs:
    """int64, shape (m, 2): where pairs of photos stand; those that are not both there are passed over."""
    if len(looks.ids) == 0:
        return np.empty((0, 2), np.int64)
    order = np.argsort(looks.ids)
    places = order[np.minimum(np.searchsorted(looks.ids, ids, sorter=order), len(order) - 1)]
    known = (looks.ids[places] == ids).all(axis=1)  # one may have been written between the two questions
    pairs: Pairs = places[known]
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
