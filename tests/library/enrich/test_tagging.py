"""Machine tags: few and right, computed once, remembered, resumable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app import paths
from app.core.errors import ModelsBusy, ModelUnusable
from app.core.types import Embeddings, PhotoId, Progress, RgbImage, Stage, Summary, Unavailable, Waiting
from app.files.thumbnails import ThumbnailStore
from app.library.enrich.neutral import neutral_mean
from app.library.enrich.tag_scoring import MOST_TAGS, SHOWN_FROM, TWINS_FROM, read_phrase, tag_space
from app.library.enrich.tagging import tag_missing, tags_version
from app.library.library import Library
from app.startup import read_lines
from tests.fakes import FewPlaces

DIM = 96
EVERYDAY = ("++ dog", "puppy", "+ running", "++ snow", "boat")
VOCABULARY = (*EVERYDAY, *(f"thing {number}" for number in range(60)))


def direction(name: str) -> np.ndarray:
    """A direction of its own for every name; a puppy is nearly a dog."""
    if name == "puppy":
        return 0.95 * direction("dog") + 0.3 * direction("small")
    made = np.random.default_rng(list(name.encode())).normal(size=DIM)
    return made / np.linalg.norm(made)


def photo_of(*names: str) -> np.ndarray:
    """The vector of a photo that shows all of these and nothing else."""
    vector = sum(direction(name) for name in names) + 0.3 * direction("being a photo")
    return (vector / np.linalg.norm(vector)).astype(np.float32)


class WordEmbedder:
    """Reads a prompt as the longest phrase of the vocabulary in it; counts what it was asked."""

    name = "words"
    space = "words-1"
    text_id = "words-1"
    dim = DIM
    edge_px = 8
    is_loaded = True

    def __init__(self, is_usable: bool = True) -> None:
        self.texts_seen = 0
        self.is_usable = is_usable

    def load(self) -> None: ...

    def unload(self) -> None: ...

    def embed_images(self, images: Sequence[RgbImage]) -> Embeddings:
        raise AssertionError("tags need no images")

    def embed_texts(self, texts: Sequence[str]) -> Embeddings:
        if not self.is_usable:
            raise ModelUnusable(path="somewhere", detail="gone")
        self.texts_seen += len(texts)
        names = [read_phrase(line)[0] for line in VOCABULARY]
        return np.array([photo_of(*sorted((n for n in names if n in text), key=len)[-1:]) for text in texts])


class FakeStore:
    """Vectors by photo."""

    def __init__(self, vectors: dict[int, np.ndarray]) -> None:
        self.kept = vectors

    def count(self) -> int:
        return len(self.kept)

    def ids(self) -> np.ndarray:
        return np.array(sorted(self.kept), dtype=np.int64)

    def vectors(self, ids: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        found = [i for i in ids if i in self.kept]
        rows = np.array([self.kept[i] for i in found], dtype=np.float32).reshape(-1, DIM)
        return np.array(found, dtype=np.int64), rows


class FakeCatalog:
    """Remembers which photo was tagged under which version."""

    def __init__(self, store: FakeStore) -> None:
        self.store = store
        self.tags: dict[int, list[tuple[str, float]]] = {}
        self.versions: dict[int, str] = {}
        self.documents: set[int] = set()
        self.writes: list[list[int]] = []

    def photos_without_tags(self, space: str, version: str, limit: int, first: Sequence[PhotoId] = ()) -> list[PhotoId]:
        missing = [i for i in self.store.kept if self.versions.get(i) != version]
        return [PhotoId(i) for i in sorted(missing, key=lambda i: (i not in first, -i))[:limit]]

    def count_without_tags(self, space: str, version: str) -> int:
        return len(self.photos_without_tags(space, version, 10**9))

    def write_machine_tags(
        self, version: str, rows: Sequence[tuple[PhotoId, list[tuple[str, float]]]], *, documents: Set[PhotoId]
    ) -> None:
        self.writes.append([photo_id for photo_id, _ in rows])
        self.documents |= documents
        for photo_id, tags in rows:
            self.tags[photo_id], self.versions[photo_id] = tags, version


class FreeLock:
    """Nobody else runs the models, but for the first so many times."""

    def __init__(self, busy: int = 0) -> None:
        self.busy = busy

    @contextmanager
    def step(self) -> Iterator[None]:
        if self.busy:
            self.busy -= 1
            raise ModelsBusy
        yield


def a_library(root: Path, vectors: dict[int, np.ndarray], embedder: WordEmbedder | None = None) -> Library:
    store = FakeStore(vectors)
    return Library(
        root=root,
        catalog=FakeCatalog(store),
        embeddings=store,
        thumbnails=ThumbnailStore(root / "thumbnails"),
        decoders=None,
        vectors=None,
        embedder=embedder or WordEmbedder(),
        caption_vectors=None,
        captioner=None,
        text_reader=None,
        gazetteer=FewPlaces(),
        vocabulary=VOCABULARY,
        neutral_texts=("a photo",),
        left_out=None,
        models_lock=FreeLock(),
        threads=1,
    )


def names(library: Library, photo_id: int) -> set[str]:
    return {name for name, _ in library.catalog.tags[photo_id]}


def test_a_photo_gets_the_tags_of_what_it_shows(tmp_path):
    library = a_library(tmp_path, {1: photo_of("dog", "snow"), 2: photo_of("boat")})
    facts = list(tag_missing(library))
    assert names(library, 1) == {"dog", "snow"}
    assert names(library, 2) == {"boat"}
    assert facts[-1] == replace(Summary(Stage.TAG, added=2), seconds=facts[-1].seconds)
    assert Progress(Stage.TAG, 2, 2) in facts


def test_no_tag_is_a_valid_answer_and_is_remembered(tmp_path):
    nothing = np.full(DIM, DIM**-0.5, dtype=np.float32)
    library = a_library(tmp_path, {1: nothing})
    list(tag_missing(library))
    assert library.catalog.tags == {1: []}
    list(tag_missing(library))
    assert library.catalog.writes == [[1]]


def test_of_twins_only_the_surer_is_shown(tmp_path):
    library = a_library(tmp_path, {1: photo_of("dog", "running"), 2: photo_of("puppy")})
    list(tag_missing(library))
    assert "dog" in names(library, 1) and "puppy" not in names(library, 1)
    assert len(names(library, 2) & {"dog", "puppy"}) == 1


def test_every_confidence_is_a_probability_that_is_worth_showing_surest_first(tmp_path):
    library = a_library(tmp_path, {1: photo_of("dog", "running", "snow")})
    list(tag_missing(library))
    confidences = [confidence for _, confidence in library.catalog.tags[1]]
    assert confidences and confidences == sorted(confidences, reverse=True)
    assert all(SHOWN_FROM <= confidence <= 1 for confidence in confidences)


def test_what_is_common_needs_less_evidence():
    vectors = np.array([photo_of(read_phrase(line)[0]) for line in VOCABULARY])
    plain = tag_space([line.lstrip("+ ") for line in VOCABULARY], vectors, np.zeros(DIM, np.float32))
    marked = tag_space(VOCABULARY, vectors, np.zeros(DIM, np.float32))
    photo, mean = photo_of("dog", "boat")[None], np.zeros(DIM, np.float32)
    assert marked.confidences(photo, mean)[0, 0] > plain.confidences(photo, mean)[0, 0]
    assert marked.confidences(photo, mean)[0, 4] == plain.confidences(photo, mean)[0, 4]


def test_at_most_eight_tags_are_given():
    generator = np.random.default_rng(0)
    vectors = np.linalg.qr(generator.normal(size=(200, 200)))[0].astype(np.float32)
    space = tag_space([f"++ thing {n}" for n in range(200)], vectors, np.zeros(200, np.float32))
    photo = vectors[:20].sum(axis=0, keepdims=True) / 20**0.5
    assert len(space.choose(photo, np.zeros(200, np.float32))[0]) == MOST_TAGS


def test_a_library_of_dogs_still_shows_dogs(tmp_path):
    noise = np.random.default_rng(1).normal(scale=0.02, size=(300, DIM))
    dogs = {i: (photo_of("dog") + noise[i]).astype(np.float32) for i in range(300)}
    dogs = {i: vector / np.linalg.norm(vector) for i, vector in dogs.items()}
    library = a_library(tmp_path, dogs)
    list(tag_missing(library))
    assert all("dog" in names(library, photo_id) for photo_id in dogs)


def test_a_vocabulary_or_a_library_of_nothing_is_no_error(tmp_path):
    empty = replace(a_library(tmp_path, {}), vocabulary=())
    assert list(tag_missing(empty))[-1].added == 0
    wordless = replace(a_library(tmp_path, {1: photo_of("dog")}), vocabulary=(), neutral_texts=())
    list(tag_missing(wordless))
    assert wordless.catalog.tags == {1: []}


def test_steps_are_of_at_most_200_photos_and_the_urgent_come_first(tmp_path):
    library = a_library(tmp_path, {i: photo_of("dog") for i in range(250)})
    list(tag_missing(library, first=lambda: [PhotoId(7)]))
    assert [len(ids) for ids in library.catalog.writes] == [200, 50]
    assert library.catalog.writes[0][0] == 7


def test_a_stopped_run_goes_on_where_it_was(tmp_path):
    library = a_library(tmp_path, {i: photo_of("dog") for i in range(250)})
    for fact in tag_missing(library):
        if isinstance(fact, Progress) and fact.done:
            break
    list(tag_missing(library))
    written = [photo_id for ids in library.catalog.writes for photo_id in ids]
    assert sorted(written) == list(range(250))


def test_the_vocabulary_is_read_once_and_kept(tmp_path):
    library = a_library(tmp_path, {1: photo_of("dog")})
    list(tag_missing(library))
    again = replace(library, embedder=WordEmbedder())
    again.embeddings.kept[2] = photo_of("snow")
    list(tag_missing(again))
    assert again.embedder.texts_seen == 0
    assert names(again, 2) == {"snow"}


def test_a_model_is_not_asked_where_nothing_is_to_be_tagged(tmp_path):
    library = a_library(tmp_path, {})
    list(tag_missing(library))
    assert library.embedder.texts_seen == 0


@pytest.mark.parametrize("damage", [b"", b"no archive", None])
def test_damaged_vectors_of_the_vocabulary_are_made_again(tmp_path, damage):
    library = a_library(tmp_path, {1: photo_of("dog")})
    list(tag_missing(library))
    (kept,) = (tmp_path / "derived").glob("tags-*.npz")
    whole = kept.read_bytes()
    middle = len(whole) // 2
    kept.write_bytes(whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :] if damage is None else damage)
    library.embeddings.kept[2] = photo_of("snow")
    asked = library.embedder.texts_seen
    list(tag_missing(library))
    assert library.embedder.texts_seen > asked
    assert names(library, 2) == {"snow"}
    assert kept.read_bytes() == whole or kept.stat().st_size == len(whole)


def test_another_vocabulary_tags_everything_again(tmp_path):
    library = a_library(tmp_path, {1: photo_of("dog"), 2: photo_of("boat")})
    list(tag_missing(library))
    other = replace(library, vocabulary=VOCABULARY[:-1])
    assert tags_version(other) != tags_version(library)
    list(tag_missing(other))
    assert library.catalog.writes == [[2, 1], [2, 1]]


def test_photos_are_tagged_again_only_when_the_library_grew_fourfold(tmp_path):
    library = a_library(tmp_path, {i: photo_of("dog", f"thing {i % 60}") for i in range(256)})
    list(tag_missing(library))
    version = tags_version(library)
    for i in range(256, 1_023):
        library.embeddings.kept[i] = photo_of("snow", f"thing {i % 60}")
    assert tags_version(library) == version
    library.embeddings.kept[1_023] = photo_of("snow")
    assert tags_version(library) != version


def test_removing_photos_tags_nothing_again(tmp_path):
    library = a_library(tmp_path, {i: photo_of("dog") for i in range(256)})
    list(tag_missing(library))
    version = tags_version(library)
    del library.embeddings.kept[3]
    assert tags_version(library) == version
    assert version == library.catalog.versions[5]


def test_it_waits_while_another_program_runs_the_models(tmp_path):
    library = replace(a_library(tmp_path, {1: photo_of("dog")}), models_lock=FreeLock(busy=2))
    facts = list(tag_missing(library))
    assert facts.count(Waiting(Stage.TAG)) == 2
    assert names(library, 1) == {"dog"}


def test_a_model_that_cannot_be_loaded_is_said_so(tmp_path):
    library = a_library(tmp_path, {1: photo_of("dog")}, WordEmbedder(is_usable=False))
    facts = list(tag_missing(library))
    assert any(isinstance(fact, Unavailable) for fact in facts)
    assert isinstance(facts[-1], Summary) and facts[-1].added == 0
    assert library.catalog.tags == {}


def test_a_photo_whose_vector_goes_meanwhile_does_not_hold_up_the_stage(tmp_path):
    library = a_library(tmp_path, {1: photo_of("dog")})
    library.embeddings.vectors = lambda ids: (np.empty(0, np.int64), np.empty((0, DIM), np.float32))
    assert isinstance(list(tag_missing(library))[-1], Summary)
    assert library.catalog.tags == {}


def test_the_neutral_mean_is_shorter_than_one_and_zero_without_texts():
    embedder = WordEmbedder()
    assert np.linalg.norm(neutral_mean(embedder, ["dog", "boat"])) < 1
    assert not neutral_mean(embedder, []).any()


def test_the_shipped_vocabulary_is_about_a_thousand_phrases_without_doubles():
    phrases = [read_phrase(line)[0] for line in read_lines(paths.resource("tags.txt"))]
    assert 900 <= len(phrases) <= 1_100
    assert len({phrase.lower() for phrase in phrases}) == len(phrases)
    assert all(phrase == phrase.strip() and len(phrase) > 1 for phrase in phrases)
    assert len(read_lines(paths.resource("neutral_texts.txt"))) >= 10


def test_twins_are_closer_than_neighbours():
    assert float(direction("dog") @ direction("puppy") / np.linalg.norm(direction("puppy"))) > TWINS_FROM
