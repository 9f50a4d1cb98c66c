"""Judging search by texts of one's own, in a library of colours."""

from pathlib import Path

import pytest

from app.library.find.evaluating import Asking, Direction, Evaluation, Line, Ranking, Row, evaluate, read_queries
from app.library.library import Library
from tests.fakes import COLOURS
from tests.making import index, make_photo


@pytest.fixture
def colours(library: Library, photos: Path) -> Library:
    for colour in COLOURS:
        make_photo(photos / f"{colour}.jpg", colour)
    index(library, photos)
    return library


def judged(library: Library, *lines: tuple[str, str]) -> Evaluation:
    *asked, last = evaluate(library, [Line(*line) for line in lines])
    assert all(isinstance(fact, Asking) for fact in asked)
    assert isinstance(last, Evaluation)
    return last


def row(told: Evaluation, signal: Ranking, direction: Direction = Direction.TEXT_TO_IMAGE) -> Row:
    return next(each for each in told.rows if (each.signal, each.direction) == (signal, direction))


def test_a_model_that_knows_the_answers_is_perfect_both_ways(colours: Library) -> None:
    told = judged(colours, *((f"{colour}.jpg", f"all {colour}") for colour in COLOURS))
    for direction in Direction:
        found = row(told, Ranking.MEANING, direction)
        assert found.metrics.values["recall_at_1"] == found.metrics.values["map"] == 1
        assert found.candidates == found.metrics.queries == len(COLOURS)


def test_wrong_texts_are_not_found_first(colours: Library) -> None:
    told = judged(colours, ("red.jpg", "blue"), ("green.jpg", "green"))
    assert row(told, Ranking.MEANING).metrics.values["recall_at_1"] == 0.5


def test_candidates_are_the_whole_library_not_the_named_photos(colours: Library) -> None:
    told = judged(colours, ("red.jpg", "blue"))
    found = row(told, Ranking.MEANING)
    assert (found.metrics.queries, found.candidates) == (1, len(COLOURS))
    assert found.metrics.values["median_rank"] > 1


def test_lines_of_the_same_text_are_one_query_with_several_photos(colours: Library, photos: Path) -> None:
    make_photo(photos / "more" / "second.jpg", "red", size=(150, 90))
    index(colours, photos)
    told = judged(colours, ("red.jpg", "red"), ("second.jpg", "red"), ("second.jpg", "red"))
    found = row(told, Ranking.MEANING)
    assert found.metrics.queries == 1
    assert found.metrics.values["map"] == 1


def test_missing_and_ambiguous_names_are_counted_and_left_out(colours: Library, photos: Path) -> None:
    make_photo(photos / "more" / "red.jpg", "red", size=(150, 90))
    index(colours, photos)
    told = judged(colours, ("red.jpg", "red"), ("gone.jpg", "red"), ("blue.jpg", "blue"), ("gone.jpg", "grey"))
    assert told.missing == ("gone.jpg",)
    assert told.ambiguous == ("red.jpg",)
    assert row(told, Ranking.MEANING).metrics.queries == 1
    by_path = judged(colours, ("more/red.jpg", "red"), (str(photos / "red.jpg"), "red"), ("ore/red.jpg", "red"))
    assert by_path.missing == ("ore/red.jpg",)
    assert by_path.ambiguous == ()
    assert row(by_path, Ranking.MEANING).metrics.values["map"] == 1


def test_a_name_is_found_however_its_accents_are_written(colours: Library, photos: Path) -> None:
    make_photo(photos / "caf\u00e9.jpg", "yellow", size=(150, 90))
    index(colours, photos)
    assert judged(colours, ("cafe\u0301.jpg", "yellow")).missing == ()


def test_a_photo_without_a_vector_stands_last_and_is_counted(colours: Library, photos: Path) -> None:
    photo_id = colours.catalog.photo_at(photos / "red.jpg")
    assert photo_id is not None
    colours.embeddings.remove([photo_id])
    told = judged(colours, ("red.jpg", "red"))
    assert told.without_vector == 1
    assert row(told, Ranking.MEANING).metrics.values["median_rank"] == len(COLOURS)


def test_a_text_is_no_query_of_the_query_language(colours: Library) -> None:
    told = judged(colours, ("red.jpg", "-blue red"), ("blue.jpg", 'not "in quotes blue'))
    assert row(told, Ranking.MEANING).metrics.queries == 2


def test_words_find_what_their_captions_say_and_nothing_else(colours: Library, photos: Path) -> None:
    ids = {colour: colours.catalog.photo_at(photos / f"{colour}.jpg") for colour in COLOURS}
    for colour, caption in (("red", "Grandmother in her garden"), ("blue", "A boat")):
        colours.catalog.set_caption(ids[colour], caption)
    told = judged(colours, ("red.jpg", "a garden with grandmother"), ("green.jpg", "an umbrella"))
    words = row(told, Ranking.WORDS).metrics
    assert words.values["recall_at_1"] == 0.5
    assert words.values["median_rank"] == (1 + (len(COLOURS) + 1) / 2) / 2
    fused = row(told, Ranking.FUSION).metrics
    assert fused.values["recall_at_1"] == 0.5


def test_without_any_words_the_fusion_is_as_good_as_meaning(colours: Library) -> None:
    told = judged(colours, *((f"{colour}.jpg", f"all {colour} here") for colour in COLOURS))
    assert row(told, Ranking.FUSION).metrics.values == row(told, Ranking.MEANING).metrics.values


def test_nothing_to_ask_and_nothing_to_find_have_no_figures(library: Library) -> None:
    told = judged(library, ("red.jpg", "red"))
    assert told.missing == ("red.jpg",)
    assert all(not each.metrics.values for each in told.rows)
    assert judged(library).rows


def test_lines_that_are_none_are_counted() -> None:
    lines, odd = read_queries("\ufeffa.jpg\tA dog\tand a tab\r\n\nno tab\n\tno name\nno text.jpg\t \nb.jpg\tA cat")
    assert lines == [Line("a.jpg", "A dog\tand a tab"), Line("b.jpg", "A cat")]
    assert odd == 3
