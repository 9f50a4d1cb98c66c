"""A saved search is asked again as it was, and new photos join it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.core.errors import OutOfMemory, PathMissing, UnreadableImage
from app.core.examples import Box, Example, Picture
from app.core.query import EVERYWHERE, Scope, Source
from app.core.types import Embeddings, FoundFile, FoundPhoto, PhotoIds
from app.library.enrich.embedding import embed_missing
from app.library.find.folding import look_for_alikes
from app.library.find.questions import Question, from_json, to_json
from app.library.find.saving import answer, answer_saved, count_saved, draw_anew, keep_counts, kept, last_counts
from app.library.intake.importing import import_path
from app.library.intake.reading import read_missing
from app.library.library import Library
from app.startup import close_library
from tests.fakes import COLOURS, ColourEmbedder
from tests.making import make_library, make_photo

MAUVE = (150, 110, 135)
"""Far from pure red, and nearer to it than any of the crowd."""


def _take_in(library: Library, photos: Path) -> None:
    for fact in (import_path(library, photos), read_missing(library), embed_missing(library)):
        list(fact)


def test_new_photos_join_a_saved_search_by_themselves(library: Library, photos: Path) -> None:
    for number in range(3):
        make_photo(photos / f"red {number}.jpg", "red")
        make_photo(photos / f"blue {number}.jpg", "blue")
    _take_in(library, photos)
    library.embedder.load()
    search_id = library.catalog.save_search("Red ones", to_json(Question("red")))
    saved = library.catalog.saved_searches()
    assert dict(count_saved(library, saved)) == {search_id: 3}
    make_photo(photos / "red 9.jpg", "red")
    _take_in(library, photos)
    assert dict(count_saved(library, saved)) == {search_id: 4}


def test_a_saved_search_counts_what_its_page_does(library: Library, photos: Path) -> None:
    first = make_photo(photos / "red.jpg", "red")
    shutil.copy(first, photos / "copy of red.jpg")
    make_photo(photos / "blue.jpg", "blue")
    _take_in(library, photos)
    library.embedder.load()
    look_for_alikes(library)
    search_id = library.catalog.save_search("Red ones", to_json(Question("red")))
    saved = library.catalog.saved_searches()
    assert dict(count_saved(library, saved, is_folding=True)) == {search_id: 1}
    assert dict(count_saved(library, saved)) == {search_id: 2}
    no_words = library.catalog.save_search("Named", to_json(Question("file:copy")))
    assert dict(count_saved(library, library.catalog.saved_searches()))[no_words] == 1


def test_a_saved_search_goes_on_by_words_where_the_model_can_read_no_text(library: Library, photos: Path) -> None:
    make_photo(photos / "red.jpg", "blue")
    make_photo(photos / "other.jpg", "red")
    _take_in(library, photos)
    search_id = library.catalog.save_search("Red ones", to_json(Question("red")))
    found = answer_saved(_reading_nothing(library), search_id, Question("red"))
    assert not found.is_meaning_ready
    assert [row.name for row in library.catalog.rows(found.ids.tolist())] == ["red.jpg"]


def _reading_nothing(library: Library) -> Library:
    class Illiterate(ColourEmbedder):
        def embed_texts(self, texts: Sequence[str]) -> Embeddings:
            raise OutOfMemory(detail="of the test")

    embedder = Illiterate()
    embedder.load()
    return replace(library, embedder=embedder)


def test_what_can_not_be_counted_is_not_guessed(library: Library, photos: Path) -> None:
    make_photo(photos / "red.jpg", "red")
    _take_in(library, photos)
    library.embedder.unload()
    gone = Question(examples=(Example(Picture("x", path=photos / "gone.jpg")),))
    words = library.catalog.save_search("words", to_json(Question("red")))
    lost = library.catalog.save_search("lost", to_json(gone))
    library.catalog.save_search("broken", "[]")
    saved = library.catalog.saved_searches()
    assert dict(count_saved(library, saved)) == {words: None, lost: None}, "the model is not there yet"
    library.embedder.load()
    assert dict(count_saved(library, saved)) == {words: 1}


def _add(library: Library, photos: Path, folder: str, colours: np.ndarray) -> PhotoIds:
    """Photos of plain colours that no file is needed for; their ids, in order."""
    before = library.catalog.scope_ids(Scope())
    found = [FoundPhoto(FoundFile(f"{number}.jpg".encode(), 1, 1)) for number in range(len(colours))]
    folder_id = library.catalog.folder(library.catalog.add_root(photos), folder.encode())
    library.catalog.write_found(folder_id, found)
    ids = np.setdiff1d(library.catalog.scope_ids(Scope()), before)
    images = [np.full((4, 4, 3), colour, np.uint8) for colour in colours]
    library.embeddings.add(ids, library.embedder.embed_images(images))
    return ids


def _shades(colour: tuple[int, int, int], count: int) -> np.ndarray:
    """Colours like one, in shape (count, 3)."""
    return np.clip(np.random.default_rng(7).normal(0, 4, (count, 3)) + colour, 0, 255)


def _crowd(count: int) -> np.ndarray:
    """Blue ones, which have nothing to do with red."""
    return np.clip(np.random.default_rng(1).integers(-20, 20, (count, 3)) + np.array([30, 80, 140]), 0, 255)


def _save(library: Library, question: Question) -> int:
    return library.catalog.save_search("Saved", kept(library, question))


def _members(library: Library, search_id: int, question: Question) -> list[int]:
    found = answer_saved(library, search_id, question)
    return sorted(found.ids[: found.good].tolist())


@pytest.mark.parametrize("text", ["red", "red OR yellow", "red -black"])
def test_growth_drives_no_member_out_and_what_is_like_them_joins(library: Library, photos: Path, text: str) -> None:
    reds = _add(library, photos, "a", _shades(MAUVE, 4))
    _add(library, photos, "crowd", _crowd(300))
    question = Question(text)
    search_id = _save(library, question)
    plain = answer(library, question)
    assert _members(library, search_id, question) == sorted(plain.ids[: plain.good].tolist()) == reds.tolist()
    purer = _add(library, photos, "purer", _shades(COLOURS["red"], 60))
    more = _add(library, photos, "more", _crowd(60))
    now = _members(library, search_id, question)
    assert set(reds.tolist()) | set(purer.tolist()) == set(now)
    assert not set(more.tolist()) & set(now)
    drawn_anew = answer(library, question)
    assert not set(reds.tolist()) <= set(drawn_anew.ids[: drawn_anew.good].tolist()), "or this would show nothing"


def test_another_model_draws_a_line_of_its_own_and_each_keeps_its_own(library: Library, photos: Path) -> None:
    ids = _add(library, photos, "a", _shades(MAUVE, 4))
    crowd = _add(library, photos, "crowd", _crowd(300))
    question = Question("red")
    search_id = _save(library, question)
    assert len(_members(library, search_id, question)) == 4
    other = make_library(library.root, ColourEmbedder("colours-2"))
    try:
        vectors = library.embeddings.vectors([*ids.tolist(), *crowd.tolist()])
        other.embeddings.add(*vectors)
        other.embedder.load()
        assert len(_members(other, search_id, question)) == 4
        spaces = library.catalog._sql.column("SELECT space FROM saved_answer ORDER BY space")
        assert [space.split()[0] for space in spaces] == ["colours-1", "colours-2"]
    finally:
        close_library(other)


def test_no_line_is_kept_while_it_can_not_be_relied_on(library: Library, photos: Path) -> None:
    few = _add(library, photos, "few", np.concatenate([_shades(COLOURS["red"], 2), _crowd(50)]))
    question = Question("red")
    search_id = _save(library, question)
    assert _members(library, search_id, question) == few[:2].tolist()
    assert _cuts(library) == 0, "too few photos"
    _add(library, photos, "crowd", _crowd(300))
    unread = [FoundPhoto(FoundFile(f"{number}.jpg".encode(), 1, 1)) for number in range(100)]
    library.catalog.write_found(library.catalog.folder(library.catalog.add_root(photos), b"unread"), unread)
    answer_saved(library, search_id, question)
    assert _cuts(library) == 0, "too many have not been looked at yet"
    library.catalog.remove_photos(library.catalog.scope_ids(Scope())[-100:].tolist())
    answer_saved(library, search_id, question)
    assert _cuts(library) == 1


def test_another_question_under_its_name_is_not_cut_by_it(library: Library, photos: Path) -> None:
    _add(library, photos, "a", _shades(MAUVE, 4))
    _add(library, photos, "crowd", _crowd(300))
    search_id = _save(library, Question("red"))
    answer_saved(library, search_id, Question("red"))
    _add(library, photos, "purer", _shades(COLOURS["red"], 60))
    narrowed = Question("red", Scope(is_recent=True))
    plain = answer(library, narrowed)
    assert answer_saved(library, search_id, narrowed).good == plain.good
    library.catalog.remove_search(search_id)
    assert answer_saved(library, search_id, Question("red")).good == answer(library, Question("red")).good


def test_a_line_can_be_drawn_anew(library: Library, photos: Path) -> None:
    _add(library, photos, "a", _shades(MAUVE, 4))
    _add(library, photos, "crowd", _crowd(300))
    question = Question("red")
    search_id = _save(library, question)
    answer_saved(library, search_id, question)
    _add(library, photos, "purer", _shades(COLOURS["red"], 60))
    saved = library.catalog.saved_search(search_id)
    assert saved is not None
    draw_anew(library, search_id, saved.question)
    assert answer_saved(library, search_id, question).good == answer(library, question).good


def test_a_pasted_picture_is_kept_and_asked_again_without_looking_at_it_again(library: Library, photos: Path) -> None:
    reds = _add(library, photos, "a", _shades(COLOURS["red"], 4))
    _add(library, photos, "crowd", _crowd(300))
    pasted = Question(
        examples=(Example(Picture("pasted picture", image=np.full((900, 3000, 3), COLOURS["red"], np.uint8))),)
    )
    asked = answer(library, pasted)
    search_id = _save(library, pasted)
    saved = library.catalog.saved_search(search_id)
    assert saved is not None
    question = from_json(saved.question)
    library.embedder.unload()
    assert _members(library, search_id, question) == reds.tolist()
    assert not library.embedder.is_loaded
    assert answer_saved(library, search_id, question).good == asked.good
    assert dict(count_saved(library, [saved])) == {search_id: 4}


def test_another_model_looks_at_the_copy_that_was_kept_of_a_picture(library: Library, photos: Path) -> None:
    file = make_photo(photos / "outside" / "red.jpg", "red", size=(2000, 1500))
    part = Example(Picture("red.jpg", path=file), Box(0, 0, 0.5, 1))
    question = from_json(kept(library, Question(examples=(part,))))
    file.unlink()
    other = make_library(library.root, ColourEmbedder("colours-2"))
    try:
        ids = _add(other, photos, "both", np.concatenate([_shades(COLOURS["blue"], 3), _shades(COLOURS["red"], 1)]))
        other.embedder.load()
        assert answer(other, question).ids[0] == ids[-1]
        (picture,) = (example.source for example in question.examples)
        assert isinstance(picture, Picture)
        jpeg = other.catalog.saved_picture(picture.key)
        assert jpeg is not None
        pixels = other.thumbnails.pixels(jpeg)
        assert pixels is not None
        assert pixels.shape == (384, 512, 3)
        other.catalog._sql.run("UPDATE saved_picture SET jpeg = x'00'")
        library.embedder.load()
        with pytest.raises(PathMissing):
            answer(library, replace(question))
    finally:
        close_library(other)


def test_a_picture_whose_file_is_gone_can_not_be_kept(library: Library, photos: Path) -> None:
    with pytest.raises(UnreadableImage):
        kept(library, Question(examples=(Example(Picture("x", path=photos / "gone.jpg")),)))


def test_the_last_counts_are_told_before_the_model_is_there(library: Library, photos: Path) -> None:
    make_photo(photos / "red.jpg", "red")
    _take_in(library, photos)
    library.embedder.load()
    search_id = _save(library, Question("red"))
    saved = library.catalog.saved_searches()
    assert last_counts(library) == {}
    keep_counts(library, dict(count_saved(library, saved)))
    library.embedder.unload()
    keep_counts(library, dict(count_saved(library, saved)))
    assert last_counts(library) == {search_id: 1}
    assert last_counts(library, EVERYWHERE - {Source.TEXT}) == {}


def _cuts(library: Library) -> int:
    return int(library.catalog._sql.value("SELECT count(cut) FROM saved_answer"))
