"""One score of several signals: what each is worth beside the others, and alone."""

from __future__ import annotations

import numpy as np

from app.core.gauge import Gauge
from app.core.types import Why
from app.search.fusion import above_crowd, beliefs, fuse, shown

EVERY = np.arange(4, dtype=np.int64)
NO_WORDS = (np.empty(0, np.int64), np.empty(0, np.float32))


def column(*numbers: float) -> np.ndarray:
    return np.array(numbers, np.float32)


def test_without_captions_the_order_is_that_of_the_pictures() -> None:
    above = column(0.3, 2.5, -1, 1)
    fused = fuse(4, [(Why.MEANING, EVERY, above)], NO_WORDS)
    assert np.argsort(-fused).tolist() == np.argsort(-above).tolist()


def test_a_caption_that_means_the_query_lifts_a_photo_above_an_equal_picture() -> None:
    pictures = (Why.MEANING, EVERY, column(1, 1, 1, 2))
    captions = (Why.CAPTION, EVERY, column(0, 3, -1, 0))
    assert np.argsort(-fuse(4, [pictures, captions], NO_WORDS)).tolist()[:2] == [1, 3]


def test_a_photo_without_a_caption_is_judged_by_its_picture_and_can_still_win() -> None:
    pictures = (Why.MEANING, EVERY, column(0, 0, 3, 0.5))
    captions = (Why.CAPTION, np.array([0, 1, 3]), column(0.5, 1, 1))
    assert int(np.argmax(fuse(4, [pictures, captions], NO_WORDS))) == 2


def test_words_add_to_whatever_is_known() -> None:
    meant = [(Why.MEANING, EVERY, column(1, 1, 1, 1))]
    fused = fuse(4, meant, (np.array([2]), column(1.5)))
    assert np.argmax(fused) == 2
    assert fuse(4, [], (np.array([2]), column(1.5))).tolist() == [0, 0, 1.5, 0]


def test_scores_of_any_model_come_to_one_scale() -> None:
    near, far = np.random.default_rng(0).normal(0, 1, (2, 500)).astype(np.float32)
    assert np.allclose(above_crowd(0.25 + 0.02 * near, far), above_crowd(0.7 + 0.1 * near, far), atol=1e-3)


def test_a_few_captions_are_judged_against_texts_that_describe_none_of_them() -> None:
    others = np.random.default_rng(0).normal(0.3, 0.05, 64).astype(np.float32)
    (good,) = above_crowd(column(0.9), others)
    (unlike,) = above_crowd(column(0.3), others)
    assert good > 3
    assert abs(unlike) < 1
    assert above_crowd(column(), others).tolist() == []


def test_a_gauge_keeps_a_score_where_it_was_whatever_comes_beside_it() -> None:
    crowd = np.random.default_rng(0).normal(0.2, 0.05, 300).astype(np.float32)
    joined = np.concatenate([crowd, np.full(300, 0.4, np.float32)])
    gauge = Gauge()
    first = above_crowd(crowd, column(), gauge)
    assert np.allclose(above_crowd(joined, column(), gauge)[:300], first)
    assert np.allclose(above_crowd(crowd[:100], column(), gauge), first[:100])
    assert not np.allclose(above_crowd(joined, column())[:300], first, atol=0.1)


def test_a_gauge_is_not_set_by_a_few_photos() -> None:
    gauge = Gauge()
    above_crowd(column(0.1, 0.2, 0.3), column(), gauge)
    assert gauge.figures == {}


def test_the_shown_score_lies_between_nothing_and_one_and_keeps_the_order() -> None:
    scores = shown(column(-20, 0, 9.3, 40))
    assert (np.diff(scores) > 0).all()
    assert scores[0] >= 0
    assert scores[-1] <= 1


def test_a_text_that_suits_many_photos_says_less_of_each_than_one_that_suits_few() -> None:
    vague, exact = beliefs(column(0.9, 0.9, 0.9, 0.2)), beliefs(column(0.85, 0.1, 0.05, 0.1))
    assert exact[0] > vague[0]
    for believed in (vague, exact):
        assert np.isclose(np.exp(believed).sum(), 1, atol=1e-5)
    assert np.argsort(-exact, kind="stable").tolist() == [0, 1, 3, 2]


def test_beliefs_keep_the_photos_first_in_which_a_person_wrote_the_words() -> None:
    believed = beliefs(column(1.2, 0.999, 0.5))
    assert believed[0] > believed[1] > believed[2]
    assert np.isclose(believed[0], 0)
    assert beliefs(column()).tolist() == []


def test_photos_of_which_nothing_is_known_share_in_what_a_text_believes() -> None:
    (alone,) = beliefs(column(0.5))
    (among_many,) = beliefs(column(0.5), unknown=10_000_000)
    assert np.isclose(alone, 0)
    assert among_many < alone
