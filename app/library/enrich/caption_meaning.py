"""Give every caption a vector of what it says, so that "puppy" finds "a small dog"."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from app.catalog.vectors.caption_vectors import CaptionOf
from app.core.errors import ModelsBusy, ModelUnusable, OutOfMemory
from app.core.types import Fact, Progress, Stage, Summary, Unavailable, Waiting
from app.library.library import Library

_ASKED = 2_048
"""One question looks through all captions, so its answer serves many steps."""
_STEP_S = 0.25
"""A query waits at most so long for the text tower."""
_FIRST, _LARGEST = 8, 64


def embed_captions(library: Library, *, stage: Stage = Stage.CAPTION_MEANING) -> Iterator[Fact]:
    """Turn every shown caption, a person's or a machine's, into a vector by the text tower; a changed one again.

    Args:
        library: of the calling thread.
        stage: under which it is told.

    Yields:
        Progress after each step, Waiting while another program runs the models, Unavailable if the model can't be
        used; last the Summary.

    Raises:
        DiskFull: what was done before is kept.
    """
    catalog, text_id = library.catalog, library.embedder.text_id
    library.caption_vectors.store.tell_model(library.embedder.name)
    began, done = time.monotonic(), 0
    library.caption_vectors.store.remove(catalog.photos_that_lost_their_caption(text_id))
    remaining = catalog.count_captions_without_vector(text_id)
    yield Progress(stage, 0, remaining)
    try:
        for embedded in _steps(library):
            done += embedded
            yield Progress(stage, done, max(remaining, done)) if embedded else Waiting(stage)
    except (ModelUnusable, OutOfMemory) as error:
        yield Unavailable(stage, error if isinstance(error, ModelUnusable) else None)
    _merge(library)
    yield Summary(stage, added=done, seconds=time.monotonic() - began)


def embed_these_captions(library: Library, captions: Sequence[CaptionOf]) -> None:
    """Captions that were just written. Raises ModelUnusable, OutOfMemory, DiskFull."""
    vectors = library.embedder.embed_texts([text for _, text in captions])
    library.caption_vectors.store.add_captions(captions, vectors)


def _steps(library: Library) -> Iterator[int]:
    """How many captions each step has done; 0: another program runs the models."""
    size = _FIRST
    while due := library.catalog.captions_without_vector(library.embedder.text_id, _ASKED):
        while due:
            began = time.monotonic()
            try:
                with library.models_lock.step():
                    embed_these_captions(library, due[:size])
            except ModelsBusy:
                yield 0
                continue
            yield len(due[:size])
            due = due[size:]
            size = max(1, min(int(size * _STEP_S / max(time.monotonic() - began, 1e-3)), 2 * size, _LARGEST))


def _merge(library: Library) -> None:
    """As ``embedding.merge_vectors``, for captions."""
    index, store = library.caption_vectors.index, library.caption_vectors.store
    index.catch_up(store)
    if index.is_worth_saving:
        index.save(store)
