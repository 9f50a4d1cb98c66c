"""Give every photo a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from app.core.errors import ModelUnusable, OutOfMemory
from app.core.types import Fact, PhotoId, RgbImage, Stage, Summary, Unavailable
from app.library.enrich.caption_meaning import embed_these_captions
from app.library.library import Library
from app.library.stages import Batches, Urgent, nobody_waits, run_batches


def count_uncaptioned(library: Library, *, ids: Sequence[PhotoId]) -> int:
    """How many of these photos the captioner can still describe; 0 without a captioner."""
    try:
        model_id = library.captioner.model_id if library.captioner is not None else None
    except ModelUnusable:
        model_id = None
    if model_id is None:
        return 0
    return len(library.catalog.uncaptioned_among(model_id, list(dict.fromkeys(ids))))


def count_all_uncaptioned(library: Library) -> int:
    """How many photos the captioner has still to describe; 0 without one, or with one that cannot be used."""
    try:
        return library.catalog.count_without_caption(library.captioner.model_id) if library.captioner is not None else 0
    except ModelUnusable:
        return 0


def caption_missing(library: Library, *, first: Urgent = nobody_waits) -> Iterator[Fact]:
    """Describe every read photo that the captioner has not described yet, the most useful first.

    Yields:
        See run_batches; Unavailable at once where no captioner is installed, or one that cannot be used.
    """
    captioner, catalog = library.captioner, library.catalog
    if captioner is None:
        yield Unavailable(Stage.CAPTION)
        yield Summary(Stage.CAPTION)
        return
    try:
        model_id = captioner.model_id
    except ModelUnusable as error:
        yield Unavailable(Stage.CAPTION, error)
        yield Summary(Stage.CAPTION)
        return

    def act(ids: list[PhotoId], images: list[RgbImage]) -> None:
        catalog.write_captions(model_id, list(zip(ids, captioner.caption_images(images), strict=True)))
        with suppress(ModelUnusable, OutOfMemory):  # embed_captions meets the same, and says it
            embed_these_captions(library, list(catalog.captions_of(ids).items()))

    def ask(limit: int, urgent: Sequence[PhotoId]) -> list[PhotoId]:
        return catalog.photos_without_caption(model_id, limit, urgent)

    batches = Batches(Stage.CAPTION, lambda: catalog.count_without_caption(model_id), ask, act, largest=8)
    yield from run_batches(library, batches, first)
