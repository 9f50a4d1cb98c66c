"""One ranking of words and meaning, and the line where good matches end."""

from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.find.matching import WordHits
from app.core.types import WHY_BITS, Why
from app.search.good_line import good_line
from app.search.ranking import Ranked, Signal, Words, line_among, merge, rank, unless_silent

NO_MEANING = Signal(Why.MEANING, np.empty(0, np.int64), np.empty(0, np.float32), np.inf)


@dataclass(frozen=True)
class Hit:
    """One photo that holds a word or both of two."""

    photo_id: int
    why: Why
    is_person: bool = False
    is_own: bool = False
    is_whole: bool = True
    relevance: float = 5.0


def words(*hits: Hit) -> Words:
    return Words.of(
        WordHits(
            ids=np.array([hit.photo_id for hit in hits], np.int64),
            relevance=np.array([hit.relevance for hit in hits], np.float32),
            whys=np.array([WHY_BITS[hit.why] for hit in hits], np.uint8),
            is_person=np.array([hit.is_person for hit in hits], np.bool_),
            is_own=np.array([hit.is_own for hit in hits], np.bool_),
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


def test_what_was_said_of_a_photo_alone_stands_before_what_was_said_of_its_folder() -> None:
    scores = library_scores() | {8: 0.21, 9: 0.2}
    in_folder, tagged = Hit(8, Why.FOLDER, is_person=True), Hit(9, Why.TAG, is_person=True, is_own=True)
    assert rank(words(in_folder, tagged), [meaning(scores)]).ids[:2].tolist() == [9, 8]


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


def test_the_good_ones_outnumber_the_others_by_most_above_the_line() -> None:
    assert line_among(np.array([1, 1, 0, 1, 0, 0, 1, 0], np.bool_)) == 2
    assert line_among(np.array([0, 0, 0], np.bool_)) == line_among(np.array([], np.bool_)) == 0
    assert line_among(np.array([0, 1, 0, 0], np.bool_)) == 2, "what none leads to is there all the same"


@given(st.lists(st.booleans(), max_size=60))
def test_at_the_line_no_longer_and_no_shorter_answer_is_better(flags: list[bool]) -> None:
    line = line_among(np.array(flags, np.bool_))
    leads = [2 * sum(flags[:count]) - count for count in range(len(flags) + 1)]
    assert (line > 0) == any(flags)
    assert line == 0 or flags[line - 1]
    assert max(leads) == 0 or leads[line] == max(leads)


@given(
    st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=40),
    st.dictionaries(st.integers(1, 50), st.tuples(st.booleans(), st.booleans(), st.floats(0.125, 20, width=32))),
    st.floats(-1, 1.25, width=32),
)
def test_scores_never_rise_and_a_persons_words_are_above_the_line(
    scores: list[float], held: dict[int, tuple[bool, bool, float]], line: float
) -> None:
    ids = np.arange(1, len(scores) + 1)
    meant = Signal(Why.MEANING, ids, np.array(scores, np.float32), line)
    hits = [
        Hit(each, Why.CAPTION, is_person=person, is_whole=person or whole, relevance=much)
        for each, (person, whole, much) in held.items()
    ]
    ranked = merge([rank(words(*hits), [meant])])
    assert (np.diff(ranked.scores) <= 0).all()
    persons = {hit.photo_id for hit in hits if hit.is_person}
    assert persons == set(ranked.ids[: len(persons)].tolist())
    assert len(persons) <= ranked.good <= len(ranked.ids)
    is_any_good = bool(meant.is_good.any()) or any(hit.is_whole for hit in hits)
    assert (ranked.good > 0) == is_any_good


def test_where_nothing_looks_like_the_query_its_words_come_before_what_is_nearest() -> None:
    nearest = meaning(library_scores() | {1: 0.4})
    silent = Signal(nearest.why, nearest.ids, nearest.scores, np.inf)
    ranked = rank(words(Hit(3, Why.TEXT)), [silent])
    assert ranked.ids[:2].tolist() == [3, 1]
    assert ranked.good == 1
    assert ranked.scores[0] >= ranked.scores[1]


def test_of_two_ways_the_line_is_drawn_anew() -> None:
    one = Ranked(np.array([1, 2]), np.array([0.9, 0.2], np.float32), np.zeros(2, np.uint8), 1)
    other = Ranked(np.array([3, 4, 2]), np.array([0.8, 0.7, 0.6], np.float32), np.zeros(3, np.uint8), 3)
    both = merge([one, other])
    assert both.ids.tolist() == [1, 3, 4, 2]
    assert both.good == 4


def test_all_signals_together_say_that_nothing_matches() -> None:
    ids, told = np.array([1, 2, 3]), np.array([0.3, 0.1, 0.1], np.float32)
    unsure, sure = (Signal(Why.MEANING, ids, told, 0.2, evidence=evidence) for evidence in (-1.5, 4.0))
    assert [signal.is_good.any() for signal in unless_silent([unsure])] == [True]
    assert [signal.is_good.any() for signal in unless_silent([unsure, unsure])] == [False, False]
    assert [signal.is_good.any() for signal in unless_silent([unsure, unsure, sure])] == [True, True, True]
    assert unless_silent([]) == []
