"""Libraries of colours that answer by one model while another is prepared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.catalog.vectors.caption_vectors import caption_space
from app.library.library import CaptionVectors, Library, Successor
from app.search.vectors import VectorIndex, index_folder
from tests.fakes import ColourEmbedder
from tests.making import make_library

MODELS = ("colours-1", "colours-2")


def open_library(root: Path, present: str, following: str | None = None) -> Library:
    """A library that answers by the model of one space and, where one is named, prepares that of another."""
    library = make_library(root, ColourEmbedder(present))
    return library if following is None else with_successor(library, ColourEmbedder(following))


def with_successor(library: Library, embedder: ColourEmbedder) -> Library:
    """The same, on its way to another model."""
    root, dim, captions = library.root, embedder.dim, caption_space(embedder.text_id)
    return replace(
        library,
        successor=Successor(
            embedder,
            library.catalog.embeddings(embedder.space, dim),
            VectorIndex(index_folder(root, embedder.space), dim),
            CaptionVectors(
                library.catalog.caption_vectors(embedder.text_id, dim), VectorIndex(index_folder(root, captions), dim)
            ),
        ),
    )
