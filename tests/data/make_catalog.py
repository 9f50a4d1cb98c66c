"""Writes the catalogue of the present schema that later versions must open: run it before adding a migration."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

from app.catalog.catalog import Catalog
from app.catalog.store.migrations import SCHEMA_VERSION
from app.core.types import FoundFile, FoundPhoto, Metadata, ReadPhoto, TextLine


def make(target: Path) -> None:
    """One photo with everything a person can decide about it, and one that was removed."""
    with tempfile.TemporaryDirectory() as folder:
        catalog = Catalog.open(Path(folder))
        catalog._sql.now = lambda: 1_700_000_000.0
        _fill(catalog)
        catalog.close()
        with sqlite3.connect(Path(folder) / "catalog.sqlite") as written:
            written.execute("PRAGMA journal_mode = DELETE")
            written.execute("VACUUM")
        written.close()
        target.write_bytes((Path(folder) / "catalog.sqlite").read_bytes())


def _fill(catalog: Catalog) -> None:
    folder = catalog.folder(catalog.add_root(Path("/home/ana/Pictures")), b"Rome 2019")
    found = [FoundFile(name, 1000, 10**18) for name in (b"dog.jpg", b"removed.jpg", b"plain.jpg")]
    catalog.write_found(folder, [FoundPhoto(file) for file in found])
    known = catalog.known_files(folder)
    dog, removed = known[b"dog.jpg"], known[b"removed.jpg"]
    read = ReadPhoto(
        dog.photo_id, dog.file_id, 1000, 10**18, 400, 300, 0x336699, -7, b"0123456789abcdef", 5000, Metadata()
    )
    catalog.write_reads([read])
    catalog.write_machine_tags("vocabulary 1", [(dog.photo_id, [("dog", 0.9), ("cat", 0.8)])])
    catalog.write_captions("captioner 1", [(dog.photo_id, "a dog on a street")])
    corners = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.2), (0.1, 0.2))
    lines = (TextLine("Via Appia", 0.75, corners), TextLine("42", 0.5, corners))
    catalog.write_texts("reader 1", [(dog.photo_id, lines)])
    catalog.save_search("Dogs", '{"text": "dog"}')
    catalog.set_rating([dog.photo_id], 4)
    catalog.set_favourite([dog.photo_id], True)
    catalog.set_caption(dog.photo_id, "Rex in Rome")
    catalog.add_tag([dog.photo_id], "Rex")
    catalog.remove_tag([dog.photo_id], "cat")
    catalog.remove_photos([removed.photo_id])


if __name__ == "__main__":
    make(Path(__file__).parent / f"catalog_schema_{SCHEMA_VERSION}.sqlite")
