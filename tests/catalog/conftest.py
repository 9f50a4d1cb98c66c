"""A catalogue to test with, and short ways to fill it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.catalog.catalog import Catalog
from app.core.types import FoundFile, FoundPhoto, Metadata, PhotoFile, PhotoId, ReadPhoto
from tests.making import open_catalog

PICTURES = Path("/p/Pictures")
NOTHING_SAID = Metadata()


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def catalog(library: Path) -> Iterator[Catalog]:
    opened = open_catalog(library)
    yield opened
    opened.close()


class Filler:
    """Puts photos into a catalogue without a disk."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def add(self, *names: str | bytes, folder: bytes = b"", root: Path = PICTURES) -> list[PhotoId]:
        """Photos in a folder of a root, one second apart: the first is the oldest."""
        raw = [name.encode() if isinstance(name, str) else name for name in names]
        folder_id = self.catalog.folder(self.catalog.add_root(root), folder)
        found = [FoundFile(name, 1000 + number, (10**9 + number) * 10**9) for number, name in enumerate(raw)]
        self.catalog.write_found(folder_id, [FoundPhoto(file) for file in found])
        known = self.catalog.known_files(folder_id)
        return [known[name].photo_id for name in raw]

    def file(self, photo_id: PhotoId) -> PhotoFile:
        return self.catalog.files_of([photo_id])[0]

    def read(self, *ids: PhotoId, content: bytes | None = None, metadata: Metadata = NOTHING_SAID) -> list[PhotoId]:
        """As if these photos had been read; each has content of its own unless one is given."""
        return self.catalog.write_reads([self.reading(photo_id, content, metadata) for photo_id in ids])

    def reading(self, photo_id: PhotoId, content: bytes | None = None, metadata: Metadata = NOTHING_SAID) -> ReadPhoto:
        file = self.file(photo_id)
        return ReadPhoto(
            photo_id=photo_id,
            file_id=file.file_id,
            size_bytes=file.size_bytes,
            mtime_ns=file.mtime_ns,
            width_px=4000,
            height_px=3000,
            mean_colour=0x102030,
            perceptual_hash=-5,
            content_hash=content or b"content %d" % photo_id,
            thumbnail_bytes=100,
            metadata=metadata,
        )


@pytest.fixture
def fill(catalog: Catalog) -> Filler:
    return Filler(catalog)
