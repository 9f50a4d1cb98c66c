"""Change to another model: its vectors are made beside the present one's, which answers until they are complete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.core.types import Fact, Stage, Summary
from app.library.enrich.caption_meaning import embed_captions
from app.library.enrich.embedding import embed_missing, merge_vectors
from app.library.find.finding import answer_once
from app.library.library import Library
from app.library.models.spaces import remember_former
from app.library.stages import Urgent, nobody_waits

_FEW_CAPTIONS = 256
"""Made in seconds after the switch; a captioner at work must not put it off for ever."""


def prepare_missing(library: Library, *, first: Urgent = nobody_waits) -> Iterator[Fact]:
    """Embed every read photo, then every caption, without a vector of the successor; nothing where there is none.

    Yields:
        See run_batches and embed_captions.
    """
    if library.successor is None:
        yield Summary(Stage.PREPARE)
        return
    following, summary = as_successor(library), Summary(Stage.PREPARE)
    for fact in embed_missing(following, first=first, stage=Stage.PREPARE):
        if isinstance(fact, Summary):
            summary = fact
        else:
            yield fact
    if not following.catalog.count_captions_without_vector(following.embedder.text_id):
        yield summary
        return
    for fact in embed_captions(following, stage=Stage.PREPARE):
        yield replace(summary, seconds=summary.seconds + fact.seconds) if isinstance(fact, Summary) else fact


def as_successor(library: Library) -> Library:
    """The same library, answering by its successor; without one, as it is."""
    if library.successor is None:
        return library
    parts = library.successor
    return replace(
        library,
        embedder=parts.embedder,
        embeddings=parts.embeddings,
        vectors=parts.vectors,
        caption_vectors=parts.caption_vectors,
        successor=None,
    )


def begin_change(library: Library) -> bool:
    """Forget what an earlier attempt, perhaps with another model, could not use.

    Returns:
        Whether there is anything to lose: vectors of the present model, which answer until the next one has its own.
    """
    library.catalog.clear_failures(Stage.PREPARE)
    return library.embeddings.count() > 0


def is_complete(library: Library) -> bool:
    """Whether the successor has a vector of every read photo (of those that it can use) and of nearly all captions.

    What the captioner has written since comes after the switch.
    """
    if library.successor is None:
        return False
    present, following, catalog = library.embedder, library.successor.embedder, library.catalog
    if following.space == present.space:
        return True
    if catalog.count_without_embedding(following.space, stage=Stage.PREPARE):
        return False
    return catalog.count_captions_without_vector(following.text_id) <= _FEW_CAPTIONS


def make_ready(library: Library) -> bool:
    """Let the successor answer once, so that the first search after the switch waits for nothing.

    Returns:
        Whether it may take over now; False where there is none, or photos that it has no vector of.

    Raises:
        ModelUnusable, OutOfMemory: it can't be loaded; the present one stays.
        DiskFull
    """
    if not is_complete(library):
        return False
    successor = as_successor(library)
    if successor.embeddings.count():
        merge_vectors(successor)
        answer_once(successor)
    return True


def take_over(library: Library) -> None:
    """Note that the successor is about to answer; the settings, which say by which model to answer, come after."""
    library.catalog.take_over_failures()
    remember_former(library)
