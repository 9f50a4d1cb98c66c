"""A change of model: prepared from thumbnails beside the present one, kept or dropped, killed at any moment."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app.core.errors import CatalogUnavailable, ModelUnusable, VectorsInUse
from app.core.query import Scope
from app.core.types import PhotoId, Progress, Stage, Summary, Unavailable
from app.library.enrich.embedding import embed_missing
from app.library.enrich.tagging import tag_missing, tags_version
from app.library.find.finding import find
from app.library.intake.importing import rescan
from app.library.intake.reading import read_missing
from app.library.library import Library
from app.library.models.changing import as_successor, begin_change, is_complete, make_ready, prepare_missing, take_over
from app.library.models.spaces import drop_space, forget_former, former_spaces, spaces
from app.library.organise.removing import remove_path
from app.startup import close_library
from tests.changing_models import MODELS, open_library, with_successor
from tests.fakes import COLOURS, ColourEmbedder
from tests.making import index, make_photo

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def changing(library: Library, photos: Path):
    """An indexed library of six photos on its way from colours-1 to colours-2."""
    for colour in COLOURS:
        make_photo(photos / f"{colour}.jpg", colour)
    index(library, photos)
    on_its_way = with_successor(library, ColourEmbedder("colours-2"))
    yield on_its_way
    close_library(on_its_way)


def best(library: Library, text: str) -> str:
    answer = find(library, text, wait_for_model=True)
    return library.catalog.rows([PhotoId(int(answer.ids[0]))])[0].name


def of_pictures(library: Library) -> dict[str, int]:
    return {space.name: space.photos for space in spaces(library) if not space.is_of_captions}


def test_the_next_model_is_prepared_from_thumbnails_while_the_present_one_answers(changing, photos):
    shutil.rmtree(photos)
    facts = list(prepare_missing(changing))
    assert facts[-1] == Summary(Stage.PREPARE, added=len(COLOURS), seconds=facts[-1].seconds)
    assert {fact.stage for fact in facts} == {Stage.PREPARE}
    assert changing.embedder.images_seen == len(COLOURS)
    assert best(changing, "green") == "green.jpg"
    assert is_complete(changing)
    assert best(as_successor(changing), "green") == "green.jpg"


def test_captions_get_vectors_of_the_next_model_too(changing, monkeypatch):
    monkeypatch.setattr("app.library.models.changing._FEW_CAPTIONS", 0)
    photo = PhotoId(int(changing.catalog.scope_ids(Scope())[0]))
    changing.catalog.set_caption(photo, "a little dog")
    list(prepare_missing(changing))
    assert changing.successor.caption_vectors.store.count() == 1
    changing.catalog.set_caption(photo, "a large dog")
    assert not is_complete(changing)
    list(prepare_missing(changing))
    assert is_complete(changing)


def test_a_caption_that_is_written_meanwhile_does_not_put_the_change_off(changing):
    list(prepare_missing(changing))
    changing.catalog.set_caption(PhotoId(int(changing.catalog.scope_ids(Scope())[0])), "a little dog")
    assert is_complete(changing)


def test_a_half_prepared_model_goes_on_where_it_stopped(changing):
    facts = prepare_missing(changing)
    while changing.successor.embeddings.count() == 0:
        next(facts)
    facts.close()
    made = changing.successor.embeddings.count()
    assert 0 < made < len(COLOURS)
    assert not make_ready(changing)
    again = ColourEmbedder("colours-2")
    facts = list(prepare_missing(with_successor(changing, again)))
    assert facts[-1].added == len(COLOURS) - made
    assert again.images_seen == len(COLOURS) - made


def test_photos_that_come_and_go_meanwhile_are_had_by_both_models(changing, photos):
    list(prepare_missing(changing))
    make_photo(photos / "late.jpg", "blue")
    list(rescan(changing))
    list(read_missing(changing))
    assert not is_complete(changing)
    list(embed_missing(changing))
    list(prepare_missing(changing))
    assert of_pictures(changing) == {"colours-1": 7, "colours-2": 7}
    remove_path(changing, photos / "late.jpg")
    assert is_complete(changing)
    names = [row.name for row in changing.catalog.rows(find(as_successor(changing), "blue", wait_for_model=True).ids)]
    assert "late.jpg" not in names


def test_the_switch_embeds_nothing_and_the_first_search_waits_for_no_model(changing):
    list(prepare_missing(changing))
    seen = changing.successor.embedder.images_seen
    changing.successor.embedder.unload()
    assert make_ready(changing)
    assert changing.successor.embedder.is_loaded
    switched, read = as_successor(changing), []
    reads = switched.embedder.embed_texts
    switched.embedder.embed_texts = lambda texts: read.extend(texts) or reads(texts)
    assert find(switched, "red", wait_for_model=False).is_meaning_ready
    assert switched.embedder.images_seen == seen
    assert read == ["red"]


def test_tags_stay_until_they_are_made_again_by_the_new_model(changing):
    list(tag_missing(changing))
    photo = PhotoId(int(changing.catalog.scope_ids(Scope())[0]))
    before, version = changing.catalog.tags_of([photo]), tags_version(changing)
    list(prepare_missing(changing))
    take_over(changing)
    switched = as_successor(changing)
    assert tags_version(switched) != version
    assert switched.catalog.tags_of([photo]) == before
    assert switched.catalog.count_without_tags("colours-2", tags_version(switched)) == len(COLOURS)
    list(tag_missing(switched))
    assert switched.catalog.count_without_tags("colours-2", tags_version(switched)) == 0


def test_what_one_model_can_not_use_the_other_still_tries_and_the_failures_change_with_the_model(changing):
    bad = changing.successor.embedder
    works, tried = bad.embed_images, []

    def refuse_red(images):
        tried.append(len(images))
        if any(image.mean(axis=(0, 1))[0] > 200 and image.mean() < 120 for image in images):
            raise ValueError("red is too much")
        return works(images)

    bad.embed_images = refuse_red
    facts = list(prepare_missing(changing))
    assert facts[-1].skipped == 1
    assert is_complete(changing)
    assert changing.catalog.count_without_embedding("colours-1") == 0
    assert [failure.stage for failure in changing.catalog.failures()] == [Stage.PREPARE]
    photo = changing.catalog.failures()[0].photo_id
    assert changing.catalog.photo(photo).failure is None, "the present model has a vector of it"
    take_over(changing)
    switched = as_successor(changing)
    assert [failure.stage for failure in switched.catalog.failures()] == [Stage.EMBED]
    assert switched.catalog.count_without_embedding("colours-2") == 0


def test_an_earlier_attempt_does_not_keep_photos_from_the_next_one(changing):
    changing.successor.embedder.trouble = ValueError("nothing fits")
    list(prepare_missing(changing))
    assert len(changing.catalog.failures()) == len(COLOURS)
    assert begin_change(changing)
    changing.successor.embedder.trouble = None
    list(prepare_missing(changing))
    assert of_pictures(changing)["colours-2"] == len(COLOURS)


def test_a_model_that_vanishes_is_told_and_the_present_one_answers(changing):
    changing.successor.embedder.trouble = ModelUnusable(path=Path("/gone"), detail="folder_missing")
    facts = list(prepare_missing(changing))
    assert any(isinstance(fact, Unavailable) and fact.stage is Stage.PREPARE for fact in facts)
    assert not is_complete(changing)
    assert best(changing, "yellow") == "yellow.jpg"


def test_without_a_successor_there_is_nothing_to_prepare(library):
    assert list(prepare_missing(library)) == [Summary(Stage.PREPARE)]
    assert not is_complete(library)
    assert as_successor(library) is library


def test_the_vectors_of_the_model_before_are_offered_until_somebody_has_said_what_becomes_of_them(changing):
    list(prepare_missing(changing))
    take_over(changing)
    assert former_spaces(changing) == [], "they answer still"
    switched = as_successor(changing)
    former = former_spaces(switched)
    assert [(space.name, space.model, space.photos) for space in former if not space.is_of_captions] == [
        ("colours-1", "colours", len(COLOURS))
    ]
    assert former[0].size_bytes > 0
    forget_former(switched)
    assert former_spaces(switched) == []


def test_vectors_are_deleted_only_where_nobody_has_them_open(changing):
    list(prepare_missing(changing))
    list(tag_missing(changing))
    switched = as_successor(changing)
    with pytest.raises(VectorsInUse):
        drop_space(changing, "colours-2")
    with pytest.raises(VectorsInUse):
        drop_space(switched, "colours-1")  # the library before still has them open
    assert of_pictures(switched)["colours-1"] == len(COLOURS)
    changing.embeddings.close()
    before = switched.root / "derived" / "tags-colours-1.npz"
    assert before.exists()
    assert drop_space(switched, "colours-1") > 0
    assert list(of_pictures(switched)) == ["colours-2"]
    assert not before.exists()
    assert not (switched.root / "index" / "colours-1").exists()
    assert best(switched, "red") == "red.jpg"


def test_another_program_that_answers_by_vectors_keeps_them_from_being_deleted(changing):
    list(prepare_missing(changing))
    changing.embeddings.close()
    code = (
        "import sys; from pathlib import Path; from tests.changing_models import open_library;"
        "library = open_library(Path(sys.argv[1]), 'colours-1'); print('open', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(changing.root)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout.readline() == b"open\n"
    with pytest.raises(VectorsInUse):
        drop_space(as_successor(changing), "colours-1")
    other.kill()
    other.communicate()
    assert drop_space(as_successor(changing), "colours-1") > 0


def test_a_model_used_again_has_all_its_vectors_but_of_what_came_and_changed_since(changing, photos):
    list(prepare_missing(changing))
    switched = as_successor(changing)
    make_photo(photos / "red.jpg", "blue", size=(160, 100))
    make_photo(photos / "late.jpg", "green")
    index(switched, photos)
    back = with_successor(switched, ColourEmbedder("colours-1"))
    assert back.catalog.count_without_embedding("colours-1", stage=Stage.PREPARE) == 2
    list(prepare_missing(back))
    assert back.successor.embedder.images_seen == 2
    assert is_complete(back)
    close_library(back)


@pytest.mark.skipif(sys.platform == "win32", reason="a kill there closes nothing half-way")
def test_killed_at_any_moment_of_a_change_the_library_answers(changing):
    """Prepared, switched, old vectors dropped, over and over, by a program that is killed at random."""
    root, told = changing.root, changing.root.with_name("models.json")
    told.write_text(json.dumps([MODELS[0], MODELS[1]]))
    close_library(changing)
    rng, answered_by = random.Random(4), set()
    for _ in range(8):
        program = subprocess.Popen(
            [sys.executable, "-m", "tests.library.killed_change", str(root)], cwd=ROOT, stdout=subprocess.PIPE
        )
        steps = rng.randrange(1, 24)  # from one switch to the next there are about a dozen
        assert len(program.stdout.read(steps)) == steps, "it ended by itself"
        program.send_signal(signal.SIGKILL)
        program.communicate()
        present, following = json.loads(told.read_text())
        library = open_library(root, present, following)
        answer = find(library, "green", wait_for_model=True)
        assert answer.searched == len(COLOURS), "every photo is found by meaning"
        assert best(library, "green") == "green.jpg"
        vectors = library.embeddings.vectors(answer.ids.tolist())[1]
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
        answered_by.add(present)
        close_library(library)
    assert answered_by == set(MODELS), "it was killed on both sides of a switch"


def test_progress_counts_photos_of_this_model_alone(changing):
    first = next(iter(prepare_missing(changing)))
    assert first == Progress(Stage.PREPARE, 0, len(COLOURS))


def test_vectors_that_another_program_is_deleting_do_not_keep_the_others_from_being_listed(changing, monkeypatch):
    def refuse(path: Path) -> None:
        raise CatalogUnavailable(path=path, detail="disk I/O error")

    monkeypatch.setattr("app.catalog.vectors.stored_spaces.Connection", refuse)
    assert set(of_pictures(changing).values()) == {0}
