"""How much says that a query has a match: figures of one text against the same figures of many."""

import numpy as np
import pytest

from app.search.evidence import Nearness, Usual, nearest_count


def drawn(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(0.1, 0.02, shape).astype(np.float32)


def test_the_middle_of_all_tells_nothing_and_no_figure_tells_everything() -> None:
    figures = drawn(200)
    usual = Usual.of(figures, np.zeros(200, np.float32))
    assert usual.log_odds(float(np.median(figures))) == pytest.approx(0, abs=0.05)
    assert usual.log_odds(9.0) == pytest.approx(np.log(99))
    assert usual.log_odds(-9.0) == pytest.approx(-np.log(99))


def test_what_goes_with_being_particular_is_taken_off() -> None:
    particular = np.linspace(-0.2, 0.2, 200).astype(np.float32)
    usual = Usual.of(drawn(200) + particular, particular)
    assert usual.slope == pytest.approx(1, abs=0.05)
    assert usual.log_odds(0.3, 0.2) == pytest.approx(usual.log_odds(0.1, 0.0), abs=0.3)
    assert usual.log_odds(0.3, 0.2) < usual.log_odds(0.3, 0.0)


def test_of_more_photos_nearer_ones_are_expected() -> None:
    nearness = Nearness.of(drawn(500, 100))
    nearest = np.sort(drawn(500))[-5:]
    assert nearness.log_odds(nearest, 50_000) < nearness.log_odds(nearest, 500)


def test_of_few_photos_the_nearest_alone_is_looked_at() -> None:
    assert [nearest_count(count) for count in (1, 99, 150, 10_000)] == [1, 1, 3, 5]
