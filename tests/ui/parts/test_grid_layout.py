"""Justified lines: full, near the wanted height, in order, and quickly found again."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ui.parts.grid_layout import MAX_ASPECT, GridLayout, Measures, Rect, justify

MEASURES = Measures()
WIDTH = 900


def laid_out(aspects, counts=None, *, width=WIDTH, target=170, has_heading=True) -> GridLayout:
    aspects = np.asarray(aspects, np.float32)
    counts = np.asarray([len(aspects)] if counts is None else counts, np.int64)
    return justify(aspects, counts, width_px=width, target_px=target, has_heading=has_heading)


def mixed(n: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).choice([1.5, 0.67, 1.33, 0.75, 1.78], n)


def test_full_lines_end_exactly_at_the_right_margin():
    layout = laid_out(mixed(200))
    last_of_line = layout.line_first[1:] - 1
    rights = layout.lefts[last_of_line] + layout.widths[last_of_line]
    assert set(rights.tolist()) == {WIDTH - MEASURES.right_px}


def test_gaps_between_photos_are_all_the_same():
    layout = laid_out(mixed(200))
    same_line = np.ones(200, bool)
    same_line[layout.line_first[:-1]] = False
    rows = np.flatnonzero(same_line)
    gaps = layout.lefts[rows] - (layout.lefts[rows - 1] + layout.widths[rows - 1])
    assert set(gaps.tolist()) == {MEASURES.gap_px}


def test_lines_are_about_as_high_as_wished():
    layout = laid_out(mixed(20_000), np.full(1000, 20))
    assert 150 < np.median(layout.line_height) < 190
    assert layout.line_height.min() > 170 * 0.6
    assert layout.line_height.max() <= 170 * 1.6


def test_a_day_with_few_photos_keeps_the_wished_height_and_stays_ragged():
    layout = laid_out([1.5, 1.5])
    assert layout.line_height.tolist() == [170]
    assert layout.widths.tolist() == [255, 255]


def test_of_three_alike_in_two_lines_the_upper_line_is_the_full_one():
    layout = justify(np.full(3, 1.5, np.float32), np.array([3]), width_px=470, target_px=168, measures=MEASURES)
    assert np.diff(layout.line_first).tolist() == [2, 1]


def test_a_panorama_and_a_long_screenshot_are_cropped_to_sane_shapes():
    layout = laid_out([20.0, 0.05, 1.0, np.nan])
    assert layout.widths[0] <= MAX_ASPECT * layout.line_height[0] + 1
    assert layout.widths[1] >= 0.4 * layout.line_height[0] - 1


def test_photos_keep_their_shape():
    aspects = mixed(300)
    layout = laid_out(aspects)
    shown = [place.width / place.height for place in layout.rects(0, 300)]
    assert np.allclose(shown, aspects, rtol=0.03)


def test_every_section_begins_a_line_under_its_heading():
    layout = laid_out(mixed(60), [5, 25, 30])
    for first, top in zip(layout.section_first[:-1], layout.section_top, strict=True):
        place = layout.rect(int(first))
        assert place.x == MEASURES.left_px
        assert place.y == top + MEASURES.heading_px
    assert list(layout.sections_between(0, 10)) == [0]
    assert list(layout.sections_between(int(layout.section_top[2]), 10**6)) == [2]


def test_without_headings_only_the_margin_stands_above():
    layout = laid_out(mixed(10), has_heading=False)
    assert layout.rect(0).y == 20


def test_a_point_finds_its_photo_and_a_gap_finds_none():
    layout = laid_out(mixed(100), [40, 60])
    for row in range(100):
        place = layout.rect(row)
        assert layout.row_at(place.x, place.y) == row
        assert layout.row_at(place.x + place.width - 1, place.y + place.height - 1) == row
        assert layout.row_at(place.x + place.width, place.y) == -1
    assert layout.row_at(5, layout.rect(0).y) == -1
    assert layout.row_at(100, -1) == layout.row_at(100, layout.height_px + 5) == -1


def test_visible_rows_are_whole_lines_that_touch_the_band():
    layout = laid_out(mixed(100))
    second = layout.rect(int(layout.line_first[1]))
    assert layout.visible(second.y, second.y + 1) == (layout.line_first[1], layout.line_first[2])
    assert layout.visible(0, layout.height_px) == (0, 100)
    assert layout.visible(layout.height_px, layout.height_px + 50) == (100, 100)


def test_up_and_down_go_to_the_nearest_photo_of_the_next_line():
    layout = laid_out(mixed(100))
    row = int(layout.line_first[3]) + 1
    up, down = layout.above(row), layout.below(row)
    assert layout.line_of(up) == 2
    assert layout.line_of(down) == 4
    middle = layout.rect(row).x + layout.rect(row).width / 2
    assert abs(layout.rect(up).x + layout.rect(up).width / 2 - middle) < 200
    assert layout.above(0) == 0
    assert layout.below(99) == 99


def test_a_page_goes_at_least_one_line_and_ends_at_the_ends():
    layout = laid_out(mixed(100))
    assert layout.line_of(layout.page_from(0, 1)) == 1
    assert layout.line_of(layout.page_from(99, -1)) == len(layout.line_top) - 2
    assert layout.line_of(layout.page_from(50, -(10**6))) == 0
    assert layout.line_of(layout.page_from(50, 10**6)) == len(layout.line_top) - 1


def test_a_rectangle_finds_the_photos_it_touches():
    layout = laid_out(mixed(100))
    place = layout.rect(7)
    assert layout.rows_in(Rect(place.x + 2, place.y + 2, 3, 3)).tolist() == [7]
    assert layout.rows_in(Rect(0, 0, WIDTH, layout.height_px)).tolist() == list(range(100))


def test_nothing_is_laid_out_as_nothing():
    layout = laid_out([], np.zeros(0, np.int64))
    assert len(layout) == 0
    assert layout.height_px == 0
    assert layout.visible(0, 100) == (0, 0)
    assert layout.row_at(10, 10) == -1
    assert list(layout.sections_between(0, 100)) == []


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(1, 30), min_size=1, max_size=8),
    width=st.integers(1, 3000),
    target=st.integers(20, 500),
    seed=st.integers(0, 1000),
)
def test_whatever_comes_photos_stand_in_order_and_never_overlap(counts, width, target, seed):
    aspects = np.random.default_rng(seed).uniform(0.1, 6, sum(counts))
    layout = laid_out(aspects, counts, width=width, target=target)
    places = layout.rects(0, len(aspects))
    assert places == [layout.rect(row) for row in range(len(aspects))]
    for before, after in pairwise(places):
        is_beside = after.y == before.y and after.x >= before.x + before.width
        is_below = after.y >= before.y + before.height
        assert is_beside or is_below
    assert all(place.width >= 1 and place.height >= 1 for place in places)
    assert layout.height_px >= places[-1].y + places[-1].height


@pytest.mark.parametrize("per_day", [1, 20])
def test_a_hundred_thousand_photos_need_no_loop_over_them(per_day):
    layout = laid_out(mixed(100_000), np.full(100_000 // per_day, per_day))
    assert layout.line_first[-1] == 100_000
