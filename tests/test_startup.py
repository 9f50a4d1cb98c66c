"""What startup puts together, and what of it a change of the settings leaves as it is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app import startup
from app.library.enrich.embedding import embed_missing
from app.library.enrich.tagging import tag_missing, tags_version
from app.library.find.finding import find
from app.library.find.folding import folded, look_for_alikes
from app.library.intake.importing import import_path
from app.library.intake.reading import read_missing
from app.library.library import Library
from app.settings import Settings
from app.vision.checkpoints.text_towers import declare_spaces
from app.vision.embedder import ClipEmbedder
from tests.checkpoints import save_circles
from tests.making import make_photo


@pytest.fixture
def german(tiny_clip: Path, tiny_text_tower: Path, tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(tiny_text_tower, tmp_path / "german"))
    declare_spaces(folder, [ClipEmbedder(tiny_clip).space])
    return folder


@contextmanager
def opened(settings: Settings, root: Path) -> Iterator[Library]:
    library = startup.library_opener(settings, root)()
    try:
        yield library
    finally:
        startup.close_for_good(library)


def names_of(library: Library, text: str) -> list[str]:
    answer = find(library, text, wait_for_model=True)
    paths = library.catalog.paths([hit.photo_id for hit in map(answer.hit, range(len(answer)))])
    return [paths[answer.hit(place).photo_id].name for place in range(len(answer))]


def test_another_text_tower_leaves_all_vectors_answers_at_once_and_tags_anew(
    tiny_clip: Path, german: Path, tmp_path: Path
) -> None:
    own, root = Settings(embedder_folder=str(tiny_clip), threads=2), tmp_path / "library"
    taken = save_circles(tmp_path / "photos", "red", "green", "blue", "yellow")
    with opened(own, root) as library:
        for facts in (import_path(library, taken), read_missing(library), embed_missing(library)):
            list(facts)
        list(tag_missing(library))
        assert names_of(library, "a green circle")[0] == "green.png"
        before = library.embeddings.vectors(library.embeddings.ids().tolist())
        version, status = tags_version(library), startup.status(library)
        assert (status.embedded, status.tagged) == (4, 4)

    with opened(replace(own, text_folder=str(german)), root) as library:
        assert names_of(library, "ein grün kreis")[0] == "green.png", "before anything else is done"
        after = library.embeddings.vectors(library.embeddings.ids().tolist())
        assert (before[0] == after[0]).all()
        assert (before[1] == after[1]).all()
        assert library.catalog.count_without_embedding(library.embedder.space) == 0
        assert list(embed_missing(library))[-1].added == 0  # type: ignore[union-attr]
        assert tags_version(library) != version
        assert startup.status(library).tagged == 0
        list(tag_missing(library))
        assert startup.status(library).tagged == 4

    with opened(own, root) as library:
        assert names_of(library, "a green circle")[0] == "green.png"
        assert tags_version(library) == version


def test_the_languages_are_those_of_the_model_that_reads_queries(tiny_clip: Path, german: Path, tmp_path: Path) -> None:
    for settings, languages in (
        (Settings(), ("en",)),
        (Settings(embedder_folder=str(tiny_clip)), ()),
        (Settings(embedder_folder=str(tiny_clip), text_folder=str(german)), ()),
    ):
        with opened(settings, tmp_path / "library") as library:
            assert library.languages == languages


def test_a_query_that_the_starter_can_not_understand_is_marked_so(tmp_path: Path) -> None:
    with opened(Settings(), tmp_path / "library") as library:
        assert find(library, "собака на пляже", wait_for_model=True).unknown_language == "Cyrl"
        assert find(library, "un chien sur la plage", wait_for_model=True).unknown_language == "fr"
        assert find(library, "a dog on the beach", wait_for_model=True).unknown_language is None
        told = replace(library, languages=("mul",))
        assert find(told, "собака на пляже", wait_for_model=True).unknown_language is None


def test_a_change_of_the_search_model_leaves_captioner_and_decoders_as_they_are(
    tiny_clip: Path, tiny_blip: Path, tmp_path: Path
) -> None:
    blip, models = Path(shutil.copytree(tiny_blip, tmp_path / "blip")), startup.Models()
    own = Settings(captioner_folder=str(blip), threads=2)
    chosen = (
        own,
        replace(own, theme="dark", next_embedder_folder=str(tiny_clip)),
        replace(own, number_type="float32"),
        replace(own, number_type="float32", threads=3),
    )
    opened = []
    for settings in chosen:
        library = startup.library_opener(settings, tmp_path / "library", models)()
        startup.close_library(library)
        opened.append(library)
    first, changed, typed, threaded = opened
    assert changed.captioner is first.captioner
    assert changed.decoders is first.decoders is typed.decoders
    assert typed.captioner is not first.captioner
    assert typed.embedder is not first.embedder
    assert typed.embedder.space == first.embedder.space  # its vectors go on counting: no photo is embedded again
    assert threaded.decoders is not first.decoders
    (blip / "config.json").touch()
    exchanged = startup.library_opener(chosen[-1], tmp_path / "library", models)()
    assert exchanged.captioner is not threaded.captioner
    for library in (exchanged, first):
        startup.close_for_good(library)


def test_what_is_nearly_the_same_stays_folded_when_another_model_is_chosen(tiny_clip: Path, tmp_path: Path) -> None:
    models, root = startup.Models(), tmp_path / "library"
    first = make_photo(tmp_path / "photos" / "a.jpg", "red")
    shutil.copy(first, tmp_path / "photos" / "b.jpg")
    before = startup.library_opener(Settings(threads=2), root, models)()
    for fact in (import_path(before, tmp_path / "photos"), read_missing(before)):
        list(fact)
    assert look_for_alikes(before) == 2
    startup.close_library(before)
    chosen = Settings(threads=2, embedder_folder=str(tiny_clip))
    after = startup.library_opener(chosen, root, models)()
    try:
        answer = find(after, "jpg")
        assert len(answer) == 2
        assert len(folded(after, answer).answer) == 1
    finally:
        startup.close_for_good(after)


@pytest.mark.parametrize(("usable", "used"), [(1, 1), (2, 2), (4, 3), (16, 15)])
def test_models_leave_a_processor_to_the_window_where_there_are_enough(
    usable: int, used: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(startup, "default_threads", lambda: usable)
    assert startup.model_threads() == used
    assert startup._how_to_run(Settings())["threads"] == used
    assert startup._how_to_run(Settings(threads=usable))["threads"] == usable
