"""The figures of a ranking, against rankings whose figures are plain."""

import numpy as np
import pytest

from app.search.metrics import FIGURES, Metrics, mean_places


def places(scores: list[float], *relevant: int) -> list[float]:
    return mean_places(np.array(scores, np.float32), np.array(relevant, np.int64)).tolist()


def of(*queries: list[float]) -> Metrics:
    return Metrics.of([np.array(each) for each in queries])


def test_the_best_score_stands_first() -> None:
    assert places([0.1, 0.9, 0.5], 1) == [1]
    assert places([0.1, 0.9, 0.5], 0, 2) == [2, 3]


def test_equal_scores_share_the_mean_of_their_places() -> None:
    assert places([0.5, 0.5, 0.5, 0.9], 0) == [3]
    assert places([0.2, 0.2, 0.2, 0.2], 1, 3) == [2.5, 2.5]
    unknown = -np.inf
    assert places([0.3, unknown, unknown, unknown], 2) == [3]


def test_figures_of_one_right_photo_each() -> None:
    metrics = of([1.0], [4.0], [8.0], [20.0])
    assert metrics.values["recall_at_1"] == 0.25
    assert metrics.values["recall_at_5"] == 0.5
    assert metrics.values["recall_at_10"] == 0.75
    assert metrics.values["mrr"] == metrics.values["map"] == pytest.approx((1 + 1 / 4 + 1 / 8 + 1 / 20) / 4)
    assert metrics.values["median_rank"] == 6


def test_several_right_photos_count_all_for_precision_and_the_first_for_rank() -> None:
    metrics = of([2.0, 3.0, 6.0])
    assert metrics.values["map"] == pytest.approx((1 / 2 + 2 / 3 + 3 / 6) / 3)
    assert metrics.values["mrr"] == 0.5
    assert metrics.values["median_rank"] == 2
    assert metrics.values["recall_at_1"] == 0
    assert metrics.values["recall_at_5"] == 1


def test_a_perfect_ranking_is_worth_one_even_where_its_photos_are_equal() -> None:
    assert of([1.0, 2.0, 3.0]).values["map"] == of([2.0, 2.0, 2.0]).values["map"] == 1


def test_intervals_hold_the_value_and_narrow_with_more_queries() -> None:
    drawn = np.random.default_rng(0).integers(1, 40, 400).astype(np.float64)
    few, many = of(*([each] for each in drawn[:25])), of(*([each] for each in drawn))
    for name in FIGURES:
        low, high = many.intervals[name]
        assert low <= many.values[name] <= high
    assert np.ptp(many.intervals["mrr"]) < np.ptp(few.intervals["mrr"]) / 2
    assert many == of(*([each] for each in drawn))


def test_no_queries_have_no_figures() -> None:
    assert Metrics.of([]) == Metrics(0, {}, {})
