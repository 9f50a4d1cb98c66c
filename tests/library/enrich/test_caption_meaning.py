"""Captions as vectors: which are made, which are made again, and which go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.core.errors import ModelUnusable
from app.core.types import Embeddings, Progress, Stage, Summary, Unavailable, Waiting
from app.library.enrich.caption_meaning import embed_captions
from app.library.find.finding import find
from app.library.library import Library
from app.startup import close_library
from tests.fakes import ColourCaptioner, ColourEmbedder
from tests.making import index, make_library, make_photo


def photos_of(library: Library, folder: Path) -> tuple[int, int]:
    make_photo(folder / "a.jpg", "red")
    make_photo(folder / "b.jpg", "blue", size=(96, 144))
    index(library, folder)
    red, blue = (library.catalog.photo_at(folder / name) for name in ("a.jpg", "b.jpg"))
    assert red and blue
    return red, blue


def embedded(library: Library) -> set[int]:
    return set(library.caption_vectors.store.ids().tolist())


def summary(library: Library) -> Summary:
    *_, last = embed_captions(library)
    assert isinstance(last, Summary)
    return last


def test_every_caption_gets_a_vector_a_persons_and_a_machines_alike(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library")
    red, blue = photos_of(library, tmp_path / "photos")
    library.catalog.set_caption(red, "a green door")
    library.catalog.write_captions("blip", [(blue, "a blue picture")])
    assert summary(library).added == 2
    assert embedded(library) == {red, blue}
    assert summary(library).added == 0
    close_library(library)


def test_a_changed_caption_is_embedded_again_and_a_lost_one_loses_its_vector(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library")
    red, _ = photos_of(library, tmp_path / "photos")
    store = library.caption_vectors.store
    library.catalog.set_caption(red, "a green door")
    summary(library)
    before = store.vector(red)
    library.catalog.set_caption(red, "a yellow door")
    assert summary(library).added == 1
    after = store.vector(red)
    assert before is not None and after is not None and (before != after).any()
    library.catalog.set_caption(red, None)
    assert summary(library).added == 0
    assert embedded(library) == set()
    close_library(library)


def test_a_machines_caption_has_its_vector_as_soon_as_it_is_written(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library", captioner=ColourCaptioner())
    red, blue = photos_of(library, tmp_path / "photos")
    assert embedded(library) == {red, blue}
    assert summary(library).added == 0
    close_library(library)


def test_captions_of_another_text_tower_are_another_store(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library", captioner=ColourCaptioner())
    photos_of(library, tmp_path / "photos")
    close_library(library)
    other = ColourEmbedder()
    other.text_id = "many-languages"
    again = make_library(tmp_path / "library", other)
    assert embedded(again) == set()
    assert summary(again).added == 2
    close_library(again)


def test_a_removed_photos_caption_vector_goes_when_the_photo_is_forgotten(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library", captioner=ColourCaptioner())
    red, blue = photos_of(library, tmp_path / "photos")
    library.caption_vectors.store.remove([red])
    assert embedded(library) == {blue}
    assert summary(library).added == 1, "a vector without its caption's record is made again"
    close_library(library)


def test_a_program_killed_between_vector_and_record_embeds_the_caption_again(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library")
    red, _ = photos_of(library, tmp_path / "photos")
    library.catalog.set_caption(red, "a green door")
    library.caption_vectors.store.add(
        library.embeddings.ids()[:1], library.embedder.embed_texts(["something else entirely"])
    )
    assert summary(library).added == 1
    close_library(library)


def test_a_model_that_cannot_be_used_is_told_and_all_else_goes_on(tmp_path: Path) -> None:
    class Broken(ColourEmbedder):
        def embed_texts(self, texts: object) -> object:  # type: ignore[override]
            raise ModelUnusable(path=tmp_path, detail="weights_missing", what="")

    library = make_library(tmp_path / "library", Broken(), ColourCaptioner())
    red, blue = photos_of(library, tmp_path / "photos")
    assert set(library.catalog.captions_of([red, blue])) == {red, blue}, "captioning itself is not held up"
    first, told, last = embed_captions(library)
    assert first == Progress(Stage.CAPTION_MEANING, 0, 2)
    assert isinstance(told, Unavailable)
    assert isinstance(last, Summary)
    close_library(library)


def test_it_takes_turns_with_another_program(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library")
    red, _ = photos_of(library, tmp_path / "photos")
    library.catalog.set_caption(red, "a green door")
    other = make_library(tmp_path / "library")
    facts = embed_captions(library)
    with other.models_lock.step():
        next(facts)
        assert isinstance(next(facts), Waiting)
    assert [type(fact) for fact in facts] == [Progress, Summary]
    close_library(other)
    close_library(library)


class Golden(ColourEmbedder):
    """Knows that golden is yellow."""

    def embed_texts(self, texts: Sequence[str]) -> Embeddings:
        return super().embed_texts([text.replace("golden", "yellow") for text in texts])


def test_a_query_finds_a_caption_that_means_the_same_in_other_words(tmp_path: Path) -> None:
    library = make_library(tmp_path / "library", Golden())
    for number in range(8):
        make_photo(tmp_path / "photos" / f"{number}.jpg", "green", size=(100 + number, 90))
    index(library, tmp_path / "photos")
    ids = find(library, "golden", wait_for_model=True).ids.tolist()
    captioned = ids[3]
    library.catalog.set_caption(captioned, "a yellow door")
    for photo_id in {*ids} - {captioned}:
        library.catalog.set_caption(photo_id, "a blue door")
    summary(library)
    answer = find(library, "golden", wait_for_model=True)
    assert answer.ids[0] == captioned
    close_library(library)
