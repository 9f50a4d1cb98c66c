"""Give every photo the tags that its vector speaks for, and tell which are documents."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.core.errors import ModelsBusy, ModelUnusable
from app.core.types import Embeddings, Fact, PhotoId, Progress, Stage, Summary, Unavailable, Waiting
from app.library.derived import Arrays, derived_file, load_arrays, save_arrays
from app.library.enrich import documents, tag_scoring
from app.library.enrich.documents import documents_among
from app.library.enrich.neutral import neutral_mean
from app.library.enrich.tag_scoring import TagSpace, mean_of_prompts, prompts, read_phrase, tag_space
from app.library.library import Library
from app.library.stages import Urgent, nobody_waits

_METHOD = 1
"""Raise when the scoring changes in a way that the figures in tag_scoring do not show: all photos are tagged again."""

_PHOTOS_A_STEP = 200
_PHRASES_A_STEP = 16
_GENERATIONS = (256, 1_024, 4_096, 16_384)
_SAMPLE = 2_000


@dataclass(frozen=True, eq=False)
class _LibraryMean:
    """What the library's photos have in common, and of which generation of the library that was said.

    A running mean would make every photo's tags depend on when it came in. Instead the mean is taken anew each time
    the library has grown fourfold (from 256 photos on, below which it says more about chance than about the model), and
    stays until the next time; then all photos are tagged again, which costs milliseconds per hundred. The
    generation never falls, so that removing a photo tags nothing again.
    """

    generation: int
    vector: npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Vocabulary:
    """The tags in the model's space, and the phrases for documents: float32, shape (n, dim), unit rows."""

    space: TagSpace
    documents: Embeddings


def tag_missing(library: Library, *, first: Urgent = nobody_waits) -> Iterator[Fact]:
    """Tag every photo that has a vector of the embedder's space and was not tagged under the present version.

    Yields:
        Progress while the vocabulary is read and after each batch, Waiting while another program runs the models,
        Unavailable if the model cannot be loaded; last the Summary.

    Raises:
        DiskFull: what was done before is kept.
    """
    started, done = time.monotonic(), 0
    mean = _settled_mean(library)
    version = _version(library, mean.generation)
    total = library.catalog.count_without_tags(library.embedder.space, version)
    yield Progress(Stage.TAG, 0, total)
    if total:
        try:
            read = yield from _read_vocabulary(library, total)
        except ModelUnusable as error:
            yield Unavailable(Stage.TAG, error)
        else:
            for tagged in _tag_batches(library, version, read, mean.vector, first):
                done += tagged
                yield Progress(Stage.TAG, done, max(done, total))
    yield Summary(Stage.TAG, added=done, seconds=time.monotonic() - started)


def tags_version(library: Library) -> str:
    """Identifies what the tags depend on: vocabulary, scoring, model, and the library's generation."""
    return _version(library, max(_generation(library.embeddings.count()), _stored_mean(library).generation))


def _tag_batches(
    library: Library, version: str, read: _Vocabulary, mean: npt.NDArray[np.float32], first: Urgent
) -> Iterator[int]:
    """Ask, compute, write, until the question has no answer left; yields how many were tagged."""
    while ids := library.catalog.photos_without_tags(library.embedder.space, version, _PHOTOS_A_STEP, first()):
        found, vectors = library.embeddings.vectors(ids)
        if not len(found):
            return  # their vectors went meanwhile: the photos are embedded again first
        known = [PhotoId(int(photo_id)) for photo_id in found]
        tags = read.space.choose(vectors, mean)
        meant = read.space.standing_out(vectors, read.documents)
        written = documents_among(known, meant, library.thumbnails)
        library.catalog.write_machine_tags(version, list(zip(known, tags, strict=True)), documents=written)
        yield len(found)


def _version(library: Library, generation: int) -> str:
    told = [_vocabulary_key(library), generation, _METHOD, tag_scoring.SLOPE, tag_scoring.STEP, tag_scoring.OFFSET]
    told += [tag_scoring.TWINS_FROM, tag_scoring.LIBRARY_SHARE, tag_scoring.SHOWN_FROM, tag_scoring.MOST_TAGS]
    told += [documents.MEANT_FROM, documents.WRITTEN_FROM]
    return _digest(told)


def _vocabulary_key(library: Library) -> str:
    """Identifies what the tags' vectors depend on."""
    phrases = [tag_scoring.read_phrase(line) for line in library.vocabulary]
    return _digest([phrases, documents.PHRASES, library.neutral_texts, tag_scoring.PROMPTS, library.embedder.text_id])


def _digest(told: object) -> str:
    return hashlib.blake2b(json.dumps(told).encode(), digest_size=12).hexdigest()


# The vocabulary's vectors: computed once per space, kept in a file that may go at any time.


def _read_vocabulary(library: Library, total: int) -> Generator[Fact, None, _Vocabulary]:
    """The vocabulary's vectors: from their file, or step by step from the model.

    Yields:
        Progress (no photo done yet) after each step, Waiting while another program runs the models.

    Raises:
        ModelUnusable: the model cannot be loaded.
    """
    path, key, dim = _derived(library, "tags"), _vocabulary_key(library), library.embedder.dim
    shapes = {"vectors": (len(library.vocabulary), dim), "documents": (len(documents.PHRASES), dim), "neutral": (dim,)}
    kept = load_arrays(path, key, shapes)
    if kept is None:
        kept = yield from _embed_vocabulary(library, total)
        save_arrays(path, key, kept)
    return _Vocabulary(tag_space(library.vocabulary, kept["vectors"], kept["neutral"]), kept["documents"])


def vocabulary_vectors(library: Library) -> Embeddings | None:
    """The tags in the model's space: float32, shape (n, dim), unit rows; None until photos were tagged."""
    kept = load_arrays(
        _derived(library, "tags"),
        _vocabulary_key(library),
        {"vectors": (len(library.vocabulary), library.embedder.dim)},
    )
    return None if kept is None else kept["vectors"].astype(np.float32)


def _embed_vocabulary(library: Library, total: int) -> Generator[Fact, None, Arrays]:
    phrases = [*(read_phrase(line)[0] for line in library.vocabulary), *documents.PHRASES]
    vectors = np.zeros((len(phrases), library.embedder.dim), dtype=np.float32)
    at = 0
    while at < len(phrases):
        step = phrases[at : at + _PHRASES_A_STEP]
        try:
            with library.models_lock.step():
                told = library.embedder.embed_texts([text for phrase in step for text in prompts(phrase)])
        except ModelsBusy:
            yield Waiting(Stage.TAG)
            continue
        vectors[at : at + len(step)] = mean_of_prompts(told)
        at += len(step)
        yield Progress(Stage.TAG, 0, total)
    tags, pages = np.split(vectors, [len(library.vocabulary)])
    return {"vectors": tags, "documents": pages, "neutral": neutral_mean(library.embedder, library.neutral_texts)}


# What the library's photos have in common.


def _settled_mean(library: Library) -> _LibraryMean:
    """The mean of the library's present generation, taken now if that generation is new."""
    stored = _stored_mean(library)
    generation = _generation(library.embeddings.count())
    if generation <= stored.generation:
        return stored
    mean = _LibraryMean(generation, _sample(library).mean(axis=0))
    save_arrays(
        _derived(library, "tag-mean"),
        library.embedder.space,
        {"generation": np.array(mean.generation), "vector": mean.vector},
    )
    return mean


def _stored_mean(library: Library) -> _LibraryMean:
    dim = library.embedder.dim
    kept = load_arrays(_derived(library, "tag-mean"), library.embedder.space, {"generation": (), "vector": (dim,)})
    if kept is None:
        return _LibraryMean(0, np.zeros(dim, dtype=np.float32))
    return _LibraryMean(int(kept["generation"]), kept["vector"])


def _sample(library: Library) -> Embeddings:
    """At most _SAMPLE vectors, evenly over the whole library, so that no single folder speaks for it."""
    ids = library.embeddings.ids()
    at = np.linspace(0, len(ids) - 1, min(_SAMPLE, len(ids))).astype(np.int64)
    return library.embeddings.vectors(ids[at].tolist())[1]


def _generation(count: int) -> int:
    return sum(count >= size for size in _GENERATIONS)


def _derived(library: Library, kind: str) -> Path:
    return derived_file(library.root, kind, library.embedder.space)
