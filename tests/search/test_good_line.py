"""Where good matches end: in scores that are drawn, and in a small world of texts and photos whose truth is known."""

from dataclasses import dataclass

import numpy as np
import pytest

from app.search.evidence import nearest_count
from app.search.good_line import BEST, Background, best_count, crowd_of, doubtless_line, good_line

Rows = np.ndarray


def crowd(count: int = 500, *, middle: float = 0.2, spread: float = 0.01) -> Rows:
    return np.random.default_rng(0).normal(middle, spread, count).astype(np.float32)


def good(scores: Rows) -> int:
    return int((scores >= good_line(scores)).sum())


def test_the_line_parts_clear_matches_from_the_rest() -> None:
    matches = np.linspace(0.33, 0.34, 10, dtype=np.float32)
    assert good(np.concatenate([crowd(), matches])) == 10


@pytest.mark.parametrize("count", [1, 3, 30, 120])
def test_as_many_are_good_as_there_are(count: int) -> None:
    matches = np.random.default_rng(1).normal(0.30, 0.01, count).astype(np.float32)
    assert good(np.concatenate([crowd(2_000), matches])) == pytest.approx(count, rel=0.1)


def test_no_one_similarity_is_the_line_for_every_query() -> None:
    # What is a match for one query is less than the crowd of another: any constant is wrong for one of them.
    near = np.concatenate([crowd(middle=0.30), np.full(5, 0.42, np.float32)])
    far = np.concatenate([crowd(middle=0.10), np.full(5, 0.22, np.float32)])
    assert good(near) == good(far) == 5
    assert good_line(far) < 0.22 < 0.30 < good_line(near)


def test_the_line_moves_with_the_scale_of_the_scores() -> None:
    scores = np.concatenate([crowd(), np.array([0.4, 0.39], np.float32)])
    assert good_line(scores * 3 + 1) == pytest.approx(good_line(scores) * 3 + 1, abs=1e-3)


def test_in_a_small_library_where_half_of_the_photos_match_the_best_are_good() -> None:
    # Boats, seas without boats, and the rest: nothing here is a crowd that the best could be clear of.
    scores = np.array([0.30, 0.29, 0.28, 0.27, 0.20, 0.19, 0.18, 0.10, 0.05, 0.0, -0.05, -0.1], np.float32)
    assert 3 <= good(scores) <= 8


def test_a_folder_full_of_matches_is_good_as_a_whole() -> None:
    folder = np.random.default_rng(1).normal(0.35, 0.01, 80).astype(np.float32)
    library = crowd(4_000)
    assert good(folder) < 60
    assert (folder >= good_line(folder, library, 100_000)).mean() > 0.95


def test_a_folder_without_matches_has_none_beside_a_library_with_some() -> None:
    library = np.concatenate([crowd(3_900), np.full(100, 0.35, np.float32)])
    assert (crowd(80) < good_line(crowd(80), library, 100_000)).all()


@pytest.mark.parametrize("scores", [[], [0.3], [0.3, 0.3, 0.3], [0.3, 0.1]])
def test_a_handful_of_photos_has_a_line(scores: list[float]) -> None:
    assert not np.isnan(good_line(np.array(scores, np.float32)))


DIM, THINGS, SHOWN = 64, 160, 40


@dataclass(frozen=True)
class World:
    """Photos of a few of many things, and a text for each thing. Texts share a part, as those of CLIP do."""

    things: Rows
    photos: Rows
    shows: Rows
    texts: Rows
    background: Background

    def evidence(self, text: Rows) -> float:
        scores = self.photos @ text
        special = self.background.special(text, scores, self.background.columns(self.photos))
        nearest = np.sort(scores)[-nearest_count(len(scores)) :]
        return self.background.evidence(text, nearest, self.photos[np.argsort(-special)[:BEST]], len(scores))


def unit(rows: Rows) -> Rows:
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def world() -> World:
    drawn = np.random.default_rng(3)
    things, common = unit(drawn.normal(size=(THINGS, DIM))), unit(drawn.normal(size=DIM))
    shows = drawn.integers(0, SHOWN, 600)
    photos = unit(0.7 * things[shows] + 0.6 * unit(drawn.normal(size=(600, DIM))))
    photos[:20] = unit(photos[:20] + 0.6 * common)  # near to any text
    texts = unit(things + 1.5 * common)
    return World(things, photos, shows, texts, Background.of(texts, photos))


def test_what_is_near_to_any_text_is_not_special_for_it(world: World) -> None:
    thing = world.shows[100]
    scores = world.photos @ world.texts[thing]
    special = world.background.special(world.texts[thing], scores, world.background.columns(world.photos))
    shows_it = world.shows == thing
    others = np.flatnonzero(~shows_it[:20])
    assert (scores[others] > np.median(scores[shows_it])).sum() > 5
    assert (special[others] > np.median(special[shows_it])).sum() <= 1


def test_the_special_photos_are_good(world: World) -> None:
    right, called, there = 0, 0, 0
    for thing in range(SHOWN):
        text = world.texts[thing]
        columns = world.background.columns(world.photos)
        special = world.background.special(text, world.photos @ text, columns)
        is_good, shows_it = special >= good_line(special), world.shows == thing
        right, called, there = right + (is_good & shows_it).sum(), called + is_good.sum(), there + shows_it.sum()
    assert 2 * right / (called + there) > 0.85


def test_a_sentence_that_shares_nothing_with_all_texts_keeps_its_scores(world: World) -> None:
    sentence = world.things[0] - world.texts.mean(axis=0) * (world.things[0] @ world.texts.mean(axis=0))
    scores = world.photos @ unit(sentence)
    columns = world.background.columns(world.photos)
    assert np.array_equal(world.background.special(unit(sentence), scores, columns), scores)


def test_what_no_photo_shows_has_less_evidence_than_what_some_do(world: World) -> None:
    shown = [world.evidence(text) for text in world.texts[:SHOWN]]
    absent = [world.evidence(text) for text in world.texts[SHOWN:]]
    assert np.mean(np.array(absent) < np.quantile(shown, 0.1)) > 0.8


def test_with_too_few_texts_to_compare_with_nothing_is_silent(world: World) -> None:
    background = Background.of(world.texts[:4], world.photos)
    assert background.evidence(world.texts[90], np.zeros(1, np.float32), world.photos[:BEST], 600) == np.inf
    empty = Background.of(world.texts, world.photos[:0])
    assert empty.evidence(world.texts[0], np.zeros(1, np.float32), world.photos[:1], 1) == np.inf


def test_a_larger_library_is_expected_to_have_nearer_photos(world: World) -> None:
    text, best = world.texts[100], world.photos[np.argsort(-(world.photos @ world.texts[100]))[:BEST]]
    nearest = np.sort(world.photos @ text)[-5:]
    few, many = (world.background.evidence(text, nearest, best, count) for count in (600, 600_000))
    assert many < few


def test_a_sentence_is_not_expected_to_be_nearer_for_being_particular(world: World) -> None:
    sentence = unit(world.things[0] - world.texts.mean(axis=0) * (world.things[0] @ world.texts.mean(axis=0)))
    assert world.background.more_particular(sentence) == pytest.approx(0, abs=1e-6)
    assert world.background.more_particular(unit(world.texts[0] + 0.2 * world.things[1])) != 0


def test_few_photos_are_asked_for_rivals_where_few_may_match() -> None:
    assert [best_count(count) for count in (1, 10, 30, 100, 1_000_000)] == [1, 1, 3, 10, 10]


def test_among_few_photos_a_middling_match_is_good_too() -> None:
    scores = np.array([0.40, 0.27, 0.25, *np.linspace(0.08, 0.12, 17)], np.float32)
    assert good(scores) == 3
    assert (scores >= good_line(scores, power=3.5)).sum() == 1


def above(scores: Rows) -> Rows:
    middle, spread = crowd_of(scores)
    return (scores - middle) / spread


def test_nothing_is_beyond_doubt_in_a_crowd() -> None:
    for count in (20, 200, 20_000):
        its = above(crowd(count))
        assert (its >= doubtless_line(its)).mean() <= 0.05


def test_a_clear_match_is_beyond_doubt_even_among_two_dozen_photos() -> None:
    its = above(np.append(crowd(24), np.float32(0.3)))
    assert np.flatnonzero(its >= doubtless_line(its)).tolist() == [24]
    assert doubtless_line(its[-15:]) == np.inf, "fifteen photos are no crowd"


def test_the_more_photos_show_it_the_nearer_is_the_line() -> None:
    far = np.random.default_rng(4).normal(0.235, 0.012, 300).astype(np.float32)
    few, many = (above(np.concatenate([crowd(900), far[:count]])) for count in (3, 300))
    # The crowd's middle moves up with so many matches; what counts is which photos are dropped.
    share_of_few, share_of_many = ((its[900:] >= doubtless_line(its)).mean() for its in (few, many))
    assert share_of_many > 0.5 > share_of_few
    assert (many[:900] >= doubtless_line(many)).mean() < 0.02


def test_a_million_photos_of_something_else_are_not_dropped() -> None:
    its = above(crowd(1_000_000))
    assert (its >= doubtless_line(its)).sum() < 100
