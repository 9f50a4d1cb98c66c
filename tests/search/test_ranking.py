"""One ranking of words and meaning, and the line where good matches end."""

from dataclasses import dataclass

import numpy as np

from app.catalog.matching import WordHits
from app.core.types import WHY_BITS, Why
from app.search.ranking import Ranked, Signal, Words, good_line, rank

NO_MEANING = Signal(Why.MEANING, np.empty(0, np.int64), np.empty(0, np.float32), np.empty(0, np.float32))


@dataclass(frozen=True)
class Hit:
    """One photo that holds a word or both of two."""

    photo_id: int
    why: Why
    is_person: bool = False
    is_whole: bool = True
    relevance: float = 5.0


def words(*hits: Hit) -> Words:
    return Words.of(
        WordHits(
            ids=np.array([hit.photo_id for hit in hits], np.int64),
            relevance=np.array([hit.relevance for hit in hits], np.float32),
            whys=np.array([WHY_BITS[hit.why] for hit in hits], np.uint8),
            is_person=np.array([hit.is_person for hit in hits], np.bool_),
            matched=np.array([2 if hit.is_whole else 1 for hit in hits], np.uint8),
            asked=2,
        )
    )


def meaning(scores: dict[int, float]) -> Signal:
    ids = np.array(list(scores), np.int64)
    return Signal(Why.MEANING, ids, np.array(list(scores.values()), np.float32), np.zeros(len(ids), np.float32))


def library_scores(count: int = 500) -> dict[int, float]:
    drawn = np.random.default_rng(0).normal(0.2, 0.01, count)
    return {number: float(score) for number, score in enumerate(drawn, start=1)}


def why(ranked: Ranked, photo_id: int) -> int:
    return int(ranked.whys[ranked.ids.tolist().index(photo_id)])


def test_what_a_person_wrote_stands_before_the_best_meaning() -> None:
    scores = library_scores() | {7: 0.4}
    ranked = rank(words(Hit(9, Why.TAG, is_person=True)), [meaning(scores)])
    assert ranked.ids[:2].tolist() == [9, 7]
    assert ranked.scores[0] > 1 > ranked.scores[1]
    assert why(ranked, 9) & WHY_BITS[Why.TAG]


def test_a_machines_words_lift_a_photo_but_do_not_beat_a_clear_meaning() -> None:
    scores = library_scores() | {7: 0.4, 9: 0.2}
    ranked = rank(words(Hit(9, Why.CAPTION)), [meaning(scores)])
    assert ranked.ids[0] == 7
    assert ranked.ids.tolist().index(9) < 25


def test_every_photo_is_ranked_once_with_a_reason() -> None:
    hits = words(Hit(3, Why.NAME), Hit(9_999, Why.NAME, is_whole=False))
    ranked = rank(hits, [meaning(library_scores())])
    assert sorted(ranked.ids) == [*range(1, 501), 9_999]
    assert (ranked.whys > 0).all()
    assert (np.diff(ranked.scores) <= 0).all()


def test_words_alone_are_ranked_too() -> None:
    hits = words(Hit(3, Why.NAME, is_whole=False, relevance=9), Hit(5, Why.TAG, relevance=6))
    ranked = rank(hits, [NO_MEANING])
    assert ranked.ids.tolist() == [5, 3]
    assert ranked.good == 1


def test_nothing_is_ranked_as_nothing() -> None:
    ranked = rank(words(), [NO_MEANING])
    assert len(ranked.ids) == ranked.good == 0


def test_equal_photos_stand_in_the_order_of_their_ids() -> None:
    ranked = rank(words(), [meaning({5: 0.3, 2: 0.3, 9: 0.3})])
    assert ranked.ids.tolist() == [2, 5, 9]


def test_the_line_parts_clear_matches_from_the_rest() -> None:
    scores = library_scores()
    clear = {number: 0.33 + number / 1000 for number in range(1, 11)}
    judged = meaning(scores | clear)
    assert int(judged.is_good.sum()) == 10
    assert rank(words(), [judged]).good == 10


def test_the_line_moves_with_the_scale_of_the_scores() -> None:
    scores = np.array(list((library_scores() | {1: 0.4, 2: 0.39}).values()), np.float32)
    assert np.isclose(good_line(scores * 3 + 1), good_line(scores) * 3 + 1, atol=1e-3)


def test_what_is_near_to_any_text_is_not_called_good_for_it() -> None:
    scores = library_scores() | {1: 0.40, 2: 0.40}
    common = np.zeros(len(scores), np.float32)
    common[list(scores).index(2)] = 0.2
    judged = Signal(Why.MEANING, np.array(list(scores)), np.array(list(scores.values()), np.float32), common)
    assert judged.is_good[list(scores).index(1)]
    assert not judged.is_good[list(scores).index(2)]


def test_in_a_small_library_where_half_of_the_photos_match_the_best_are_good() -> None:
    # Boats, seas without boats, and the rest: nothing here is a crowd that the best could be clear of.
    scores = np.array([0.30, 0.29, 0.28, 0.27, 0.20, 0.19, 0.18, 0.10, 0.05, 0.0, -0.05, -0.1], np.float32)
    good = scores >= good_line(scores)
    assert good[:3].all()
    assert not good[-4:].any()
