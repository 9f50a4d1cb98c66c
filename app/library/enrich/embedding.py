"""Give every photo a vector of what it means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from app.core.types import Fact, PhotoId, RgbImage, Stage, Summary
from app.library.library import Library
from app.library.stages import Batches, Urgent, nobody_waits, run_batches


def embed_missing(library: Library, *, first: Urgent = nobody_waits, stage: Stage = Stage.EMBED) -> Iterator[Fact]:
    """Embed every read photo that has no vector of the embedder's space, from its stored thumbnail.

    Args:
        library: of the calling thread.
        first: photos that a person is looking at.
        stage: under which it is told, and failures are kept.

    Yields:
        See run_batches.
    """
    catalog, space = library.catalog, library.embedder.space

    library.embeddings.tell_model(library.embedder.name)

    def act(ids: list[PhotoId], images: list[RgbImage]) -> None:
        vectors = library.embedder.embed_images(images)
        library.embeddings.add(np.asarray(ids, dtype=np.int64), vectors)

    def ask(limit: int, urgent: Sequence[PhotoId]) -> list[PhotoId]:
        return catalog.photos_without_embedding(space, limit, urgent, stage=stage)

    batches = Batches(stage, lambda: catalog.count_without_embedding(space, stage=stage), ask, act, largest=64)
    for fact in run_batches(library, batches, first):
        if isinstance(fact, Summary):
            merge_vectors(library)
        yield fact


def merge_vectors(library: Library) -> None:
    """Write the vectors that came since into the index file, so that the next start maps it instead of reading all."""
    library.vectors.catch_up(library.embeddings)
    if library.vectors.is_worth_saving:
        library.vectors.save(library.embeddings)
