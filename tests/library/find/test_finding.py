"""Finding photos by words, by meaning, and by likeness, in a library of colours."""

import gc
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.core.errors import ModelUnusable
from app.core.examples import Example, Picture
from app.core.query import Scope
from app.core.types import Answer, Embeddings, FoundFile, FoundPhoto, PhotoId, Why
from app.library.enrich.embedding import embed_missing
from app.library.find.finding import find
from app.library.find.likeness import find_like, find_with
from app.library.library import Library
from tests.fakes import COLOURS, ColourEmbedder
from tests.making import index, make_photo


@pytest.fixture
def colours(library: Library, photos: Path) -> dict[str, PhotoId]:
    """A library with two photos of each colour, named by number alone; ids of the first ones by colour."""
    for number, colour in enumerate([*COLOURS, *COLOURS]):
        make_photo(photos / f"{number}.jpg", colour)
    index(library, photos)
    first = {colour: library.catalog.photo_at(photos / f"{n}.jpg") for n, colour in enumerate(COLOURS)}
    assert all(first.values())
    return first  # type: ignore[return-value]


def places(answer: Answer, *ids: int | None) -> list[int]:
    return sorted(answer.ids.tolist().index(photo_id) for photo_id in ids)


def test_a_word_finds_pictures_that_show_it(library: Library, photos: Path, colours: dict[str, PhotoId]) -> None:
    answer = find(library, "red", wait_for_model=True)
    twin = library.catalog.photo_at(photos / f"{len(COLOURS)}.jpg")
    assert places(answer, colours["red"], twin) == [0, 1]
    assert len(answer) == answer.total == answer.searched == 2 * len(COLOURS)
    assert answer.why(0) == (Why.MEANING,)
    assert (np.diff(answer.scores) <= 0).all()
    assert answer.is_meaning_ready


def test_what_a_person_wrote_comes_first_and_says_where(library: Library, colours: dict[str, PhotoId]) -> None:
    library.catalog.add_tag([colours["blue"]], "Sunset red")
    library.catalog.set_caption(colours["black"], "A sunset of red")
    answer = find(library, "red sunset", wait_for_model=True)
    assert places(answer, colours["blue"], colours["black"]) == [0, 1]
    by_id = {int(photo_id): answer.why(place) for place, photo_id in enumerate(answer.ids)}
    assert Why.TAG in by_id[colours["blue"]]
    assert Why.CAPTION in by_id[colours["black"]]
    assert answer.good >= 2


def test_words_answer_alone_until_the_model_is_there(library: Library, colours: dict[str, PhotoId]) -> None:
    library.catalog.add_tag([colours["blue"]], "holiday")
    library.embedder.unload()
    answer = find(library, "holiday")
    assert not answer.is_meaning_ready
    assert answer.ids.tolist() == [colours["blue"]]
    assert answer.searched == 0
    assert answer.total == 2 * len(COLOURS)
    assert answer.good == 1
    assert find(library, "holiday", wait_for_model=True).is_meaning_ready


def test_a_model_that_cannot_be_used_leaves_the_words(
    library: Library, colours: dict[str, PhotoId], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_texts: object) -> None:
        raise ModelUnusable(path=Path("gone"))

    monkeypatch.setattr(library.embedder, "embed_texts", refuse)
    library.catalog.add_tag([colours["blue"]], "holiday")
    answer = find(library, "holiday", wait_for_model=True)
    assert answer.ids.tolist() == [colours["blue"]]
    assert not answer.is_meaning_ready


def test_a_minus_drops_photos_that_hold_the_word(library: Library, colours: dict[str, PhotoId]) -> None:
    library.catalog.add_tag([colours["red"]], "blurred")
    answer = find(library, "red -blurred", wait_for_model=True)
    assert colours["red"] not in answer.ids
    assert len(answer) == answer.total == 2 * len(COLOURS) - 1


def test_nothing_but_negations_list_what_remains(library: Library, colours: dict[str, PhotoId]) -> None:
    library.catalog.add_tag([colours["red"]], "blurred")
    answer = find(library, '-blurred -"not there"', wait_for_model=True)
    assert sorted(answer.ids) == sorted(set(library.catalog.scope_ids(Scope())) - {colours["red"]})
    assert answer.good == len(answer)


def test_a_field_keeps_what_fits_and_the_words_rank_it(library: Library, colours: dict[str, PhotoId]) -> None:
    library.catalog.set_rating([colours["red"], colours["blue"]], 4)
    answer = find(library, "red rating:>=4", wait_for_model=True)
    assert answer.ids.tolist() == [colours["red"], colours["blue"]]
    assert answer.total == answer.searched == 2


def test_a_field_by_itself_lists_what_fits_newest_first(library: Library, colours: dict[str, PhotoId]) -> None:
    chosen = [colours[name] for name in ("black", "red", "green")]
    for number, photo_id in enumerate(chosen):
        library.catalog.set_dates([photo_id], 1e9 + number)
    library.catalog.add_tag(chosen, "walk")
    answer = find(library, "tag:walk", wait_for_model=True)
    assert answer.ids.tolist() == chosen[::-1]
    assert (answer.good, answer.total, answer.searched) == (3, 3, 3)
    assert answer.why(0) == (Why.TAG,)
    assert answer.is_meaning_ready


def test_a_quoted_phrase_keeps_only_what_holds_it(library: Library, colours: dict[str, PhotoId]) -> None:
    library.catalog.set_caption(colours["blue"], "our red car")
    library.catalog.set_caption(colours["red"], "a car, red")
    answer = find(library, '"red car"', wait_for_model=True)
    assert answer.ids.tolist() == [colours["blue"]]
    assert answer.good == 1


def test_or_takes_the_better_of_its_sides(library: Library, photos: Path, colours: dict[str, PhotoId]) -> None:
    answer = find(library, "red OR blue", wait_for_model=True)
    both = {colours["red"], colours["blue"]}
    assert both < set(answer.ids[:4].tolist())
    assert len(answer) == answer.total == answer.searched == 2 * len(COLOURS)
    assert len(set(answer.ids.tolist())) == len(answer)
    assert (np.diff(answer.scores) <= 0).all()


def test_a_field_may_stand_beside_an_or(library: Library, colours: dict[str, PhotoId]) -> None:
    library.catalog.add_tag([colours["black"]], "walk")
    answer = find(library, "red OR tag:walk", wait_for_model=True)
    assert answer.ids[0] == colours["black"]
    assert len(answer) == answer.total == 2 * len(COLOURS)
    answer = find(library, "(red tag:walk) OR (blue tag:walk)", wait_for_model=True)
    assert answer.ids.tolist() == [colours["black"]]


def test_fields_stack_on_the_scope(library: Library, colours: dict[str, PhotoId]) -> None:
    library.catalog.set_favourite([colours["red"], colours["blue"]], True)
    library.catalog.set_rating([colours["blue"], colours["green"]], 2)
    answer = find(library, "rating:2", scope=Scope(is_favourite=True), wait_for_model=True)
    assert answer.ids.tolist() == [colours["blue"]]


def test_what_is_negated_is_dropped_by_its_meaning_too(library: Library, photos: Path) -> None:
    """Where a crowd shows how far photos stand from a word that they have nothing to do with."""
    drawn = np.random.default_rng(1).integers(-20, 20, (243, 3)) + np.array([30, 80, 140])
    drawn[:3] = COLOURS["red"]
    found = [FoundPhoto(FoundFile(f"{number}.jpg".encode(), 1, 1)) for number in range(len(drawn))]
    folder_id = library.catalog.folder(library.catalog.add_root(photos), b"")
    library.catalog.write_found(folder_id, found)
    ids = library.catalog.scope_ids(Scope())
    images = [np.full((4, 4, 3), colour, np.uint8) for colour in drawn]
    library.embeddings.add(ids, library.embedder.embed_images(images))
    answer = find(library, "picture -red", wait_for_model=True)
    assert set(ids.tolist()) - set(answer.ids.tolist()) == set(ids[:3].tolist())
    assert find(library, 'picture -"red"', wait_for_model=True).total == len(drawn)
    library.embedder.unload()
    words_alone = find(library, "-red")
    assert (words_alone.total, words_alone.is_meaning_ready) == (len(drawn), False)


def test_a_mistake_is_passed_over_and_the_rest_searches(library: Library, colours: dict[str, PhotoId]) -> None:
    answer = find(library, "red date:2023-13 (", wait_for_model=True)
    assert colours["red"] in answer.ids[:2]
    assert len(answer) == 2 * len(COLOURS)


MARKS = ["", "   ", "???", '"', '""', "-", '-"', "*", "(", "\x00", "\ud800", "🐶", "日本", "^red", "name:x"]
SYNTAX = ["AND", "NOT red", "NEAR(", 'a" OR "b', "O'Hara; DROP TABLE photo"]
LONG = ["x" * 10_000, "red " * 2_500, " ".join(map(str, range(3_000)))]


@pytest.mark.parametrize("asked", MARKS + SYNTAX + LONG)
def test_any_text_has_an_answer(library: Library, colours: dict[str, PhotoId], asked: str) -> None:
    answer = find(library, asked, wait_for_model=True)
    assert len(answer.ids) == len(answer.scores) == len(answer.whys)
    assert 0 <= answer.good <= len(answer)


def test_an_empty_library_has_an_answer(library: Library) -> None:
    assert len(find(library, "red", wait_for_model=True)) == 0
    assert len(find(library, "-red", wait_for_model=True)) == 0


def test_a_scope_limits_what_is_found(library: Library, colours: dict[str, PhotoId]) -> None:
    library.catalog.set_favourite([colours["red"], colours["blue"]], True)
    answer = find(library, "red", scope=Scope(is_favourite=True), wait_for_model=True)
    assert answer.ids.tolist() == [colours["red"], colours["blue"]]
    assert answer.total == 2


def test_removed_photos_are_not_found_and_come_back(library: Library, colours: dict[str, PhotoId]) -> None:
    library.catalog.remove_photos([colours["red"]])
    assert colours["red"] not in find(library, "red", wait_for_model=True).ids
    assert colours["red"] not in find_like(library, [Example(colours["green"])]).ids
    library.catalog.undo()
    assert colours["red"] in find(library, "red", wait_for_model=True).ids


def test_photos_without_a_vector_are_found_by_words(library: Library, photos: Path) -> None:
    make_photo(photos / "beach.jpg", "blue")
    from app.library.intake.importing import import_path
    from app.library.intake.reading import read_missing

    list(import_path(library, photos))
    list(read_missing(library))
    answer = find(library, "beach", wait_for_model=True)
    assert answer.ids.tolist() == [library.catalog.photo_at(photos / "beach.jpg")]
    assert (answer.searched, answer.total) == (0, 1)
    assert answer.why(0) == (Why.NAME,)
    list(embed_missing(library))
    assert find(library, "beach", wait_for_model=True).searched == 1


@pytest.mark.parametrize(
    "ask",
    [
        lambda library, _: find(library, "red or blue -green is:unrated", wait_for_model=True),
        lambda library, ids: find_like(library, [Example(ids["red"])]),
        lambda library, ids: find_with(library, "blue -green", [Example(ids["red"])]),
    ],
    ids=["words", "picture", "both"],
)
def test_what_a_search_held_goes_when_it_ends(
    library: Library, colours: dict[str, PhotoId], ask: Callable[[Library, dict[str, PhotoId]], Answer]
) -> None:
    """Of a million photos it is 40 MB, and Python's collector seldom comes by beside large libraries of code."""
    ask(library, colours)
    gc.collect()
    gc.disable()
    try:
        ask(library, colours)
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        held = [part for each in gc.garbage for part in gc.get_referents(each) if isinstance(part, np.ndarray)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert held == []


def test_find_similar_puts_the_photo_itself_first(library: Library, photos: Path, colours: dict[str, PhotoId]) -> None:
    answer = find_like(library, [Example(colours["green"])])
    assert answer.ids[0] == colours["green"]
    assert answer.why(0) == (Why.SELF,)
    assert answer.ids[1] == library.catalog.photo_at(photos / f"{len(COLOURS) + list(COLOURS).index('green')}.jpg")
    assert answer.ids.tolist().count(colours["green"]) == 1
    assert len(answer) == answer.searched == 2 * len(COLOURS)
    assert answer.hit(0).is_good


def test_a_photo_without_a_vector_is_similar_to_itself_alone(library: Library, colours: dict[str, PhotoId]) -> None:
    library.embeddings.remove([colours["red"]])
    assert find_like(library, [Example(colours["red"])]).ids.tolist() == [colours["red"]]
    assert colours["red"] not in find_like(library, [Example(colours["blue"])]).ids


def test_a_picture_from_elsewhere_finds_its_like(library: Library, colours: dict[str, PhotoId]) -> None:
    image = np.full((40, 60, 3), COLOURS["yellow"], np.uint8)
    answer = find_like(library, [Example(Picture("yellow", image=image))])
    assert colours["yellow"] in answer.ids[:2]
    assert answer.why(0) == (Why.MEANING,)


def test_the_same_question_has_the_same_order(library: Library, colours: dict[str, PhotoId]) -> None:
    first = find(library, "white picture", wait_for_model=True)
    again = find(library, "white picture", wait_for_model=True)
    assert first.ids.tolist() == again.ids.tolist()
    assert first.scores.tolist() == again.scores.tolist()


def test_a_repeated_question_does_not_trouble_the_model_again(
    library: Library, colours: dict[str, PhotoId], monkeypatch: pytest.MonkeyPatch
) -> None:
    find(library, "green", wait_for_model=True)

    def refuse(_texts: object) -> None:
        raise AssertionError("asked twice")

    monkeypatch.setattr(library.embedder, "embed_texts", refuse)
    assert find(library, "green", wait_for_model=True).is_meaning_ready


def test_another_text_tower_reads_each_question_anew(library: Library, colours: dict[str, PhotoId]) -> None:
    """The vectors of pictures, and with them the index, stay; what was kept of texts goes."""

    class Other(ColourEmbedder):
        def embed_texts(self, texts: Sequence[str]) -> Embeddings:
            return super().embed_texts([text.replace("red", "blue") for text in texts])

    assert find(library, "red", wait_for_model=True).ids[0] == colours["red"]
    other = replace(library, embedder=Other(library.embedder.space))
    assert other.vectors is library.vectors
    assert find(other, "red", wait_for_model=True).ids[0] == colours["blue"]
    assert find(library, "red", wait_for_model=True).ids[0] == colours["red"]


@pytest.mark.parametrize("asked", ["tag:dog", "tag:dog red", "tag:dog OR tag:cat"])
def test_a_persons_tag_stands_before_a_machines(library: Library, colours: dict[str, PhotoId], asked: str) -> None:
    library.embedder.load()
    library.catalog.write_machine_tags("1", [(colours["red"], [("dog", 0.9)]), (colours["white"], [("dog", 0.8)])])
    library.catalog.add_tag([colours["blue"]], "dog")
    answer = find(library, asked)
    assert answer.ids[0] == colours["blue"]
    assert sorted(answer.ids.tolist()) == sorted([colours["red"], colours["white"], colours["blue"]])
    assert (np.diff(answer.scores) <= 0).all()
    assert Why.TAG in answer.why(0)


def test_a_phrase_in_a_persons_caption_stands_before_a_machines(library: Library, colours: dict[str, PhotoId]) -> None:
    library.embedder.load()
    library.catalog.write_captions("m", [(colours["red"], "an old boat, red")])
    library.catalog.set_caption(colours["blue"], "the old boat")
    assert find(library, '"old boat" red').ids.tolist() == [colours["blue"], colours["red"]]
