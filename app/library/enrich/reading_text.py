"""Read what stands in the pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.core.errors import ModelUnusable
from app.core.types import Fact, Kind, PhotoId, RgbImage, Stage, Summary, TextLine, TextReader, Unavailable
from app.library.library import Library
from app.library.stages import Batches, Urgent, nobody_waits, run_batches

_FULL_OF_TEXT = frozenset({Kind.SCREENSHOT, Kind.DOCUMENT})
"""Their print may be too small to be seen in a thumbnail; they are read without a look at it."""


def read_text_missing(library: Library, *, first: Urgent = nobody_waits) -> Iterator[Fact]:
    """Read the text in every read photo whose file is there: screenshots and documents first, then the newest.

    A thumbnail is too small for most text and large enough to see whether there is any; only where there is, the
    original is decoded.

    Yields:
        See run_batches; Unavailable at once where no reader is switched on, or one that cannot be used.
    """
    reader, catalog = library.text_reader, library.catalog
    if reader is None:
        yield Unavailable(Stage.TEXT)
        yield Summary(Stage.TEXT)
        return
    try:
        version = reader.version
    except ModelUnusable as error:
        yield Unavailable(Stage.TEXT, error)
        yield Summary(Stage.TEXT)
        return

    def act(ids: list[PhotoId], thumbnails: list[RgbImage]) -> None:
        kinds = {row.photo_id: row.kind for row in catalog.rows(ids)}
        chosen = [
            photo_id
            for photo_id, thumbnail in zip(ids, thumbnails, strict=True)
            if kinds.get(photo_id) in _FULL_OF_TEXT or reader.has_text(thumbnail)
        ]
        found = _read(library, reader, chosen)
        catalog.write_texts(version, [(photo_id, found.get(photo_id, ())) for photo_id in ids])

    def ask(limit: int, urgent: Sequence[PhotoId]) -> list[PhotoId]:
        return catalog.photos_without_text(version, limit, urgent)

    batches = Batches(Stage.TEXT, lambda: catalog.count_without_text(version), ask, act, largest=16)
    yield from run_batches(library, batches, first)


def _read(library: Library, reader: TextReader, ids: Sequence[PhotoId]) -> dict[PhotoId, list[TextLine]]:
    """One after the other: a few decoded pictures at once would take more memory than reading them saves time."""
    paths = library.catalog.paths(ids)
    found = {}
    for photo_id in ids:
        image = library.decoders.decode_full(paths[photo_id], reader.edge_px)
        found[photo_id] = reader.read_texts([image])[0]
    return found
