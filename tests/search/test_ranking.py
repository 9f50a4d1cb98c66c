"""One ranking of words and meaning, and the line where good matches end."""

from dataclasses import dataclass

import numpy as np

from app.catalog.matching import WordHits
from app.core.types import WHY_BITS, Why
from app.search.good_line import good_line
from app.search.ranking import Ranked, Signal, Words, rank

NO_MEANING = Signal(Why.MEANING, np.empty(0, np.int64), np.empty(0, np.float32), np.inf)


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
    told = np.array(list(scores.values()), np.float32)
    return Signal(Why.MEANING, ids, told, good_line(told))


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
    assert ranked.ids.tolist().index(9) < 100, "from the middle of 500"


def test_every_photo_is_ranked_once_with_a_reason() -> None:
    hits = words(Hit(3, Why.NAME), Hit(9_999, Why.NAME, is_whole=False))
    ranked = rank(hits, [meaning(library_scores())])
    assert sorted(ranked.ids) == [*range(1, 501), 9_999]
    assert (ranked.whys > 0).all()
    assert (np.diff(ranked.scores) <= 0).all()


def test_words_alone_are_ranked_too() -> None:
    hits = words(Hit(3, Why.NAME, is_whole=False, relevance=8), Hit(5, Why.TAG, relevance=6))
    ranked = rank(hits, [NO_MEANING])
    assert ranked.ids.tolist() == [5, 3]
    assert ranked.good == 1


def test_nothing_is_ranked_as_nothing() -> None:
    ranked = rank(words(), [NO_MEANING])
    assert len(ranked.ids) == ranked.good == 0


def test_equal_photos_stand_in_the_order_of_their_ids() -> None:
    ranked = rank(words(), [meaning({5: 0.3, 2: 0.3, 9: 0.3})])
    assert ranked.ids.tolist() == [2, 5, 9]


def test_photos_above_a_signals_line_are_good() -> None:
    clear = {number: 0.33 + number / 1000 for number in range(1, 11)}
    assert rank(words(), [meaning(library_scores() | clear)]).good == 10


def test_a_signal_without_a_good_match_makes_none() -> None:
    silent = meaning(library_scores() | {1: 0.4})
    silent = Signal(silent.why, silent.ids, silent.scores, np.inf)
    assert rank(words(), [silent]).good == 0
    assert rank(words(Hit(3, Why.NAME)), [silent]).good == 1
