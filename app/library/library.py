"""The one noun that the window and the terminal hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from app.catalog.catalog import Catalog
from app.catalog.vectors.caption_vectors import CaptionStore
from app.catalog.vectors.embeddings import EmbeddingStore
from app.core.models import Tuner
from app.core.types import Captioner, Embedder, Gazetteer, TextReader
from app.files.isolation.pool import Decoders
from app.files.thumbnails import ThumbnailStore
from app.files.walk.walking import LeftOut
from app.library.models_lock import ModelsLock
from app.library.notes import Notes
from app.search.vectors import VectorIndex


@dataclass(frozen=True)
class CaptionVectors:
    """Captions as vectors in the embedder's space; ``store`` belongs to one thread, ``index`` is shared."""

    store: CaptionStore
    index: VectorIndex


@dataclass(frozen=True)
class Successor:
    """The parts of a model that is to take over once all photos have a vector of it.

    ``embeddings`` and ``caption_vectors.store`` belong to one thread, as the library's own.
    """

    embedder: Embedder
    embeddings: EmbeddingStore
    vectors: VectorIndex
    caption_vectors: CaptionVectors


@dataclass(frozen=True)
class Library:
    """A library's parts, without logic.

    ``catalog``, ``embeddings`` and ``caption_vectors.store`` belong to one thread: another thread opens its own and
    uses ``dataclasses.replace``. All other parts are shared and thread-safe. ``captioner`` is None where no captioning
    model is installed, ``text_reader`` where text in pictures is not to be read. ``vocabulary`` are the tags that a
    machine may give, ``neutral_texts`` sentences that say nothing in particular. ``threads`` is how many photos are
    read at one time. ``successor`` is None where no other model is being prepared. ``languages`` (ISO 639) are those
    that queries are understood in; empty: nobody told.
    """

    root: Path
    catalog: Catalog
    embeddings: EmbeddingStore
    thumbnails: ThumbnailStore
    decoders: Decoders
    vectors: VectorIndex
    embedder: Embedder
    caption_vectors: CaptionVectors
    captioner: Captioner | None
    text_reader: TextReader | None
    gazetteer: Gazetteer
    vocabulary: tuple[str, ...]
    neutral_texts: tuple[str, ...]
    left_out: LeftOut
    models_lock: ModelsLock
    threads: int
    successor: Successor | None = None
    languages: tuple[str, ...] = ()
    tuners: tuple[Tuner, ...] = ()
    notes: Notes = field(default_factory=Notes)
