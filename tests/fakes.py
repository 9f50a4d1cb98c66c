"""Fakes that tell the truth: the whole path without torch, on pictures whose right answer is plain."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from app.core.types import Embeddings, PhotoFile, Place, Positions, ReadPhoto, RgbImage, TextLine
from app.files.decoding import decode_full
from app.files.reading import read_photo
from app.files.thumbnails import ThumbnailStore

COLOURS = {
    "red": (220, 30, 30),
    "green": (30, 190, 40),
    "blue": (30, 50, 220),
    "yellow": (230, 220, 30),
    "white": (245, 245, 245),
    "black": (10, 10, 10),
}


class ColourEmbedder:
    """Maps an image to its mean colour, and a text to the mean of the colours it names (grey if none)."""

    name = "colours"
    dim = 4
    edge_px = 32

    def __init__(self, space: str = "colours-1") -> None:
        self.space = space
        self.text_id = f"{space}-words"
        self.images_seen = 0
        self.trouble: Exception | None = None
        """Raised instead of an answer about images."""
        self.is_loaded = False

    def load(self) -> None:
        self.is_loaded = True

    def embed_images(self, images: Sequence[RgbImage]) -> Embeddings:
        self.load()
        if self.trouble is not None:
            raise self.trouble
        self.images_seen += len(images)
        return _unit([image.reshape(-1, 3).mean(axis=0) for image in images])

    def embed_texts(self, texts: Sequence[str]) -> Embeddings:
        self.load()
        return _unit([_named(text) for text in texts])

    def unload(self) -> None:
        self.is_loaded = False

    def rest(self, idle_s: float) -> bool:
        was_loaded, self.is_loaded = self.is_loaded, False
        return was_loaded


class ColourCaptioner:
    """Says which colour an image has."""

    name = "colour words"
    model_id = "colour-words-1"
    edge_px = 32

    def caption_images(self, images: Sequence[RgbImage]) -> list[str]:
        return [f"a {_nearest(image.reshape(-1, 3).mean(axis=0))} picture" for image in images]

    def unload(self) -> None: ...

    def rest(self, idle_s: float) -> bool:
        return False


def _nearest(colour: np.ndarray) -> str:
    return min(COLOURS, key=lambda name: float(np.abs(np.array(COLOURS[name]) - colour).sum()))


def _named(text: str) -> np.ndarray:
    named = [COLOURS[word] for word in text.lower().split() if word in COLOURS]
    return np.mean(named, axis=0) if named else np.full(3, 128.0)


def _unit(colours: Sequence[np.ndarray]) -> Embeddings:
    centred = np.array(colours, dtype=np.float32).reshape(-1, 3) - 128
    rows = np.hstack([centred, np.full((len(centred), 1), 20, dtype=np.float32)])
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


class CellReader:
    """Reads what ``making.make_written`` wrote: each character a dark cell of a colour of its own."""

    name = "cells"
    version = "cells-1"
    edge_px = 2_000
    CELL_PX = 10

    def __init__(self) -> None:
        self.looked, self.read = 0, 0

    def has_text(self, image: RgbImage) -> bool:
        self.looked += 1
        return bool((image.max(axis=2) < 160).any())

    def read_texts(self, images: Sequence[RgbImage]) -> list[list[TextLine]]:
        self.read += len(images)
        return [self._lines(image) for image in images]

    def _lines(self, image: RgbImage) -> list[TextLine]:
        middle, cell = self.CELL_PX // 2, self.CELL_PX
        lines = []
        for row, colours in enumerate(image[middle::cell, middle::cell].astype(int)):
            text = "".join(chr(r << 14 | g << 7 | b) for r, g, b in colours if max(r, g, b) < 128)
            height, width = image.shape[:2]
            right, top, bottom = len(text) * cell / width, row * cell / height, (row + 1) * cell / height
            if text:
                lines.append(TextLine(text, 1.0, ((0.0, top), (right, top), (right, bottom), (0.0, bottom))))
        return lines

    def unload(self) -> None: ...


class DecodersInProcess:
    """Decodes as a child would, but here: starting children takes longer than most tests."""

    def read(self, file: PhotoFile, thumbnails: ThumbnailStore) -> ReadPhoto:
        return read_photo(file, thumbnails)

    def decode_full(self, path: Path, max_edge_px: int | None = None) -> RgbImage:
        return decode_full(path, max_edge_px)

    def interrupt(self) -> None: ...

    def close(self) -> None: ...


class FewPlaces:
    """A gazetteer that knows each square degree it was told of, and counts what it is asked."""

    def __init__(self, places: Mapping[tuple[int, int], Place] | None = None) -> None:
        self.known = dict(places or {})
        self.asked = 0

    def places(self, positions: Positions) -> list[Place]:
        self.asked += len(positions)
        squares = np.floor(positions).astype(int).tolist()
        return [self.known.get((north, east), Place("", "", "", "")) for north, east in squares]


class FakeCatalog:
    """Knows on which threads it was opened and closed, and nothing else."""

    def __init__(self) -> None:
        self.opened_on = threading.get_ident()
        self.closed_on: int | None = None

    def close(self) -> None:
        self.closed_on = threading.get_ident()


def a_library(**parts: object) -> SimpleNamespace:
    """A library that can be opened and closed, with other parts as given."""
    store = SimpleNamespace(store=FakeCatalog())
    return SimpleNamespace(
        catalog=FakeCatalog(), embeddings=FakeCatalog(), caption_vectors=store, successor=None, **parts
    )
