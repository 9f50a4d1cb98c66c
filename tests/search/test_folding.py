"""Nearly the same pictures stand once in an answer, and nothing that is another picture goes with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.find.alikes import Looks
from app.core.types import WHY_BITS, Answer, PhotoId, Why
from app.search.folding import Folded, Groups, close_looks, fold, group, in_sequence, is_same_look

PLAIN = 0x0123456789ABCDEF
"""32 bits set, as a picture's hash usually has about half of them."""


def _looks(
    *photos: tuple[float, int], copies: list[tuple[int, int]] | None = None, aspect: float = 1.5, laid_out: bool = False
) -> Looks:
    """Photos 1, 2, 3 … with moments and hashes; a moment that is not a number is not known."""
    count = len(photos)
    return Looks(
        ids=np.arange(1, count + 1),
        shot_at=np.array([moment for moment, _ in photos], np.float64),
        hashes=np.array([hashed for _, hashed in photos], np.uint64),
        aspects=np.full(count, aspect, np.float32),
        is_laid_out=np.full(count, laid_out),
        copies=np.array(copies or [], np.int64).reshape(-1, 2),
    )


def _grouped(looks: Looks) -> list[list[int]]:
    groups = group(looks)
    leaders = groups.leader_by_id
    return [np.flatnonzero(leaders == leader).tolist() for leader in dict.fromkeys(leaders[leaders > 0].tolist())]


def test_frames_of_one_burst_are_one_group_however_many() -> None:
    frames = [(10.0 + number, PLAIN ^ (0b111 << number)) for number in range(40)]
    assert _grouped(_looks(*frames)) == [list(range(1, 41))]


@pytest.mark.parametrize(
    ("second", "hashed"),
    [(13.5, PLAIN), (10.5, ~PLAIN & (2**64 - 1)), (float("nan"), PLAIN ^ 3)],
    ids=["later", "another picture", "moment unknown"],
)
def test_other_pictures_stay_alone(second: float, hashed: int) -> None:
    assert _grouped(_looks((10.0, PLAIN), (second, hashed ^ 1))) == []


def test_two_cameras_at_one_party_take_turns() -> None:
    other = 0xFEDCBA9876543210
    assert _grouped(_looks((1.0, PLAIN), (1.2, other), (1.4, PLAIN ^ 1), (1.6, other ^ 1))) == [[1, 3], [2, 4]]


def test_a_copy_of_another_size_that_lost_its_date_belongs_to_its_photo() -> None:
    nowhere = float("nan")
    assert _grouped(_looks((10.0, PLAIN), (nowhere, PLAIN))) == [[1, 2]]
    assert _grouped(_looks((10.0, 0), (nowhere, 0))) == [], "two photos of nothing but sky"
    assert _grouped(_looks((10.0, PLAIN), (nowhere, PLAIN), laid_out=True)) == [], "two pages"


def test_a_crop_of_another_shape_is_another_picture() -> None:
    looks = _looks((1.0, PLAIN), (99.0, PLAIN))
    looks.aspects[1] = 1.0
    assert _grouped(looks) == []


def test_copies_of_the_same_data_are_one_group_and_unknown_ones_are_passed_over() -> None:
    looks = _looks((1.0, PLAIN), (50.0, PLAIN ^ 0xFFFF), (99.0, 7), copies=[(3, 1), (77, 1)])
    assert _grouped(looks) == [[1, 3]]
    assert _grouped(_looks(copies=[(2, 1)])) == []


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_groups_are_what_is_joined_along_any_path(pairs: list[tuple[int, int]]) -> None:
    apart = [(1000.0 * number, 0) for number in range(10)]
    groups = group(_looks(*apart, copies=[(one + 1, other + 1) for one, other in pairs if one != other]))
    expected = {number: {number} for number in range(10)}
    for one, other in pairs:
        union = expected[one] | expected[other]
        for member in union:
            expected[member] = union
    leaders = groups.leader_by_id.tolist()
    for number, union in expected.items():
        if len(union) > 1:
            together = {photo for photo, leader in enumerate(leaders) if leader == leaders[number + 1]}
            assert together == {each + 1 for each in union}
        else:
            assert leaders[number + 1] == 0


def _answer(ids: list[int], good: int, *, is_similar: bool = False) -> Answer:
    whys = np.full(len(ids), WHY_BITS[Why.MEANING], np.uint8)
    if is_similar:
        whys[0] = WHY_BITS[Why.SELF]
    scores = np.linspace(1, 0, len(ids), dtype=np.float32)
    return Answer(np.array(ids, np.int64), scores, whys, good, searched=len(ids), total=len(ids), seconds=0.0)


GROUPS = Groups(np.array([0, 0, 2, 0, 2, 0, 2, 7, 0, 7]))


def test_the_best_of_each_group_stands_for_it() -> None:
    folded = fold(_answer([9, 6, 1, 4, 7, 3, 2], good=4), GROUPS)
    assert folded.answer.ids.tolist() == [9, 6, 1, 3]
    assert folded.answer.good == 3, "one of the four good ones stands behind another"
    assert folded.behind(PhotoId(6)).tolist() == [4, 2]
    assert folded.behind(PhotoId(9)).tolist() == [7]
    assert folded.behind(PhotoId(1)).tolist() == []


def test_whoever_looks_for_what_is_like_a_photo_sees_its_copies() -> None:
    folded = fold(_answer([4, 2, 6, 9, 7], good=3, is_similar=True), GROUPS)
    assert folded.answer.ids.tolist() == [4, 2, 6, 9]


def test_nothing_is_folded_where_nothing_is_alike() -> None:
    answer = _answer([3, 1, 2], good=2)
    folded = fold(answer, Groups.none())
    assert folded.answer.ids.tolist() == [3, 1, 2]
    assert len(fold(_answer([], 0), GROUPS).answer) == 0


@given(st.lists(st.integers(1, 12), unique=True), st.integers(0, 12))
def test_no_photo_is_lost_and_the_order_stays(ids: list[int], good: int) -> None:
    answer = _answer(ids, min(good, len(ids)))
    folded = fold(answer, GROUPS)
    shown = folded.answer.ids.tolist()
    assert sorted([*shown, *folded.hidden.tolist()]) == sorted(ids)
    assert shown == [each for each in ids if each in shown]
    assert all(_rank(ids, folded, hidden) for hidden in folded.hidden.tolist())


def _rank(ids: list[int], folded: Folded, hidden: int) -> bool:
    stands_for_it = folded.shown[folded.hidden == hidden][0]
    return ids.index(stands_for_it) < ids.index(hidden)


def test_opened_groups_follow_the_photo_that_stands_for_them() -> None:
    folded = fold(_answer([9, 6, 1, 4, 7, 3, 2], good=2), GROUPS)
    assert folded.answer.ids.tolist() == [9, 6, 1, 3]
    opened = folded.opened([6, 9, 1])
    assert opened.ids.tolist() == [9, 7, 6, 4, 2, 1, 3]
    assert opened.good == 5, "what stands behind a good match is shown with it"
    assert (np.diff(opened.scores) <= 0).all()
    assert folded.opened([1, 77]).ids.tolist() == folded.answer.ids.tolist()


def test_what_an_opened_group_shows_keeps_its_own_reasons() -> None:
    answer = _answer([9, 6, 1, 4, 7, 3, 2], good=2)
    whys = np.arange(1, 8, dtype=np.uint8)
    opened = fold(replace(answer, whys=whys), GROUPS).opened([6, 9, 1])
    assert dict(zip(opened.ids.tolist(), opened.whys.tolist(), strict=True)) == dict(
        zip(answer.ids.tolist(), whys.tolist(), strict=True)
    )


def test_a_picture_from_elsewhere_is_the_same_in_another_size_and_no_other() -> None:
    looks = _looks((1.0, PLAIN))
    assert is_same_look(looks, PLAIN ^ 0b11, 1.5)
    assert not is_same_look(looks, PLAIN ^ 0xFF, 1.5)
    assert not is_same_look(looks, PLAIN, 1.0)
    assert is_same_look(_looks((1.0, 2**63 | PLAIN)), (2**63 | PLAIN) - 2**64, 1.5), "signed, as the catalogue keeps it"
    assert not is_same_look(_looks((1.0, 1)), 1, 1.5), "a plain surface says little"
    assert not is_same_look(_looks((1.0, PLAIN), laid_out=True), PLAIN, 1.5)
    assert not is_same_look(_looks(), PLAIN, 1.5)


NOWHERE = float("nan")


def test_hashes_that_differ_in_few_bits_are_found_wherever_the_bits_stand() -> None:
    drawn = np.random.default_rng(0).integers(0, 2**63, 3_000, dtype=np.uint64)
    telling = drawn[np.abs(np.bitwise_count(drawn).astype(int) - 32) < 12]
    for bits in ([0], [63], [7, 8], [0, 32], [20, 41]):
        other = telling[5] ^ np.uint64(sum(1 << bit for bit in bits))
        looks = _looks(*[(NOWHERE, int(each)) for each in (*telling, other)])
        assert close_looks(looks).tolist() == [[6, len(looks.ids)]]


@pytest.mark.parametrize(
    "looks",
    [
        _looks((NOWHERE, PLAIN), (NOWHERE, PLAIN ^ 0b1111)),
        _looks((NOWHERE, 0b11), (NOWHERE, 0b111)),
        _looks((NOWHERE, PLAIN), (NOWHERE, PLAIN ^ 1), laid_out=True),
        _looks((10.0, PLAIN), (86_410.0, PLAIN ^ 1)),
        _looks(),
    ],
    ids=["another picture", "a plain surface", "laid out", "taken on another day", "nothing"],
)
def test_others_are_no_copies(looks: Looks) -> None:
    assert close_looks(looks).tolist() == []


def test_what_was_taken_on_another_day_from_the_same_place_is_no_copy() -> None:
    assert _grouped(_looks((10.0, PLAIN), (86_410.0, PLAIN))) == []


def test_what_follows_by_name_is_of_one_burst_where_it_looks_alike() -> None:
    looks = _looks((NOWHERE, PLAIN), (NOWHERE, PLAIN ^ 0xFF), (NOWHERE, ~PLAIN & (2**64 - 1)))
    assert in_sequence(looks, np.array([[1, 2], [2, 3], [3, 77]])).tolist() == [[1, 2]]
    assert group(looks, also=np.array([[1, 2], [77, 2]])).count == 2
