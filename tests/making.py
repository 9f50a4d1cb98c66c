"""Makes photos and libraries for tests."""

from __future__ import annotations

import tempfile
import zlib
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from app import paths
from app.catalog.catalog import Catalog
from app.catalog.store.backup import CATALOG_NAME
from app.catalog.vectors.caption_vectors import caption_space
from app.core.types import Captioner, Embedder, Fact, TextReader
from app.files.isolation.pool import Decoders
from app.files.thumbnails import ThumbnailStore
from app.files.walk.walking import LeftOut
from app.library.enrich.captioning import caption_missing
from app.library.enrich.embedding import embed_missing
from app.library.enrich.reading_text import read_text_missing
from app.library.intake.importing import import_path
from app.library.intake.reading import read_missing
from app.library.library import CaptionVectors, Library
from app.library.models_lock import ModelsLock
from app.search.vectors import VectorIndex
from tests.fakes import COLOURS, CellReader, ColourEmbedder, DecodersInProcess, FewPlaces

TAKEN = "2023:08:20 17:42:00"


def make_photo(path: Path, colour: str = "red", *, size: tuple[int, int] = (144, 96), taken: str = TAKEN) -> Path:
    """A JPEG of one colour with a little grain, so that no two files of another size are alike."""
    path.parent.mkdir(parents=True, exist_ok=True)
    grain = np.random.default_rng(zlib.crc32(path.name.encode())).integers(-9, 10, (size[1], size[0], 3))
    pixels = np.clip(np.array(COLOURS[colour]) + grain, 0, 255).astype(np.uint8)
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = taken
    Image.fromarray(pixels).save(path, quality=92, exif=exif)
    return path


def make_plain(folder: Path, number: int, size: tuple[int, int]) -> Path:
    """So many JPEGs that are quick to make, each of one colour and a little wider than the one before."""
    folder.mkdir()
    for added in range(number):
        Image.new("RGB", (size[0] + added, size[1]), COLOURS["blue"]).save(folder / f"{added:03}.jpg")
    return folder


def make_written(path: Path, *lines: str, size: tuple[int, int] = (400, 300)) -> Path:
    """A PNG in which ``fakes.CellReader`` reads these lines."""
    pixels = np.full((size[1], size[0], 3), 255, np.uint8)
    cell = CellReader.CELL_PX
    for row, line in enumerate(lines):
        for column, letter in enumerate(line):
            code = ord(letter)
            place = np.s_[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell]
            pixels[place] = (code >> 14, code >> 7 & 127, code & 127)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def open_catalog(library: Path) -> Catalog:
    """``Catalog.open``, but a new one is a copy of an empty one: making its tables takes forty times as long."""
    path = library / CATALOG_NAME
    if not path.exists():
        library.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_empty_catalog())
    return Catalog.open(library)


@cache
def _empty_catalog() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        Catalog.open(Path(folder)).close()
        return (Path(folder) / CATALOG_NAME).read_bytes()


def make_resources(folder: Path) -> Path:
    """The program's resources with an eighth of its tags: all of them take the starter seconds for each library."""
    folder.mkdir()
    for path in paths.resource().iterdir():
        if path.name != "tags.txt":
            (folder / path.name).symlink_to(path)
    tags = paths.resource("tags.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "tags.txt").write_text("".join(tags[::8]), encoding="utf-8")
    return folder


def make_library(
    root: Path,
    embedder: Embedder | None = None,
    captioner: Captioner | None = None,
    *,
    threads: int = 2,
    decoders: Decoders | None = None,
    text_reader: TextReader | None = None,
) -> Library:
    """A library in ``root``, as startup.py puts one together, but with the given models, and decoding here."""
    embedder = embedder or ColourEmbedder()
    catalog = open_catalog(root)
    return Library(
        root=root,
        catalog=catalog,
        embeddings=catalog.embeddings(embedder.space, embedder.dim),
        thumbnails=ThumbnailStore(root / "thumbnails"),
        decoders=decoders or DecodersInProcess(),
        vectors=VectorIndex(root / "index" / embedder.space, embedder.dim),
        embedder=embedder,
        caption_vectors=CaptionVectors(
            catalog.caption_vectors(embedder.text_id, embedder.dim),
            VectorIndex(root / "index" / caption_space(embedder.text_id), embedder.dim),
        ),
        captioner=captioner,
        text_reader=text_reader,
        gazetteer=FewPlaces(),
        vocabulary=tuple(COLOURS),
        neutral_texts=("a photo", "a picture of something"),
        left_out=LeftOut.read(paths.resource("left_out.txt")),
        models_lock=ModelsLock(root),
        threads=threads,
    )


def index(library: Library, *paths_in: Path) -> list[Fact]:
    """Take folders in and run the stages to their end; all facts, in order."""
    facts: list[Fact] = []
    for path in paths_in:
        facts += import_path(library, path)
    for stage in (read_missing, embed_missing, read_text_missing, caption_missing):
        if stage is not read_text_missing or library.text_reader is not None:
            facts += stage(library)
    return facts
