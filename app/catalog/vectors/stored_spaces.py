"""The files of vectors beside the catalogue: which there are, and how one goes that nobody has open."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.catalog.store.connection import Connection
from app.catalog.vectors.embeddings import embeddings_path
from app.core.errors import CatalogDamaged, CatalogUnavailable, VectorsInUse

_ENDINGS = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class StoredSpace:
    """One file of vectors. ``model``: as its embedder called itself, "" where an older Oriel made it."""

    space: str
    model: str
    photos: int
    size_bytes: int


def stored_spaces(library: Path) -> list[StoredSpace]:
    """All of them, by name; one that is damaged, or is being deleted, counts as empty, and still has a size."""
    return [_described(path) for path in sorted((library / "embeddings").glob("*.sqlite"))]


def drop_store(library: Path, space: str, *, before: Callable[[], object]) -> int:
    """Delete the vectors of a space; returns how many bytes that were.

    SQLite leaves its write-ahead log only for the sole connection to a file, of all threads and programs. So a file
    that lets it do so is nobody else's.

    Args:
        library: the folder.
        space: which; one that is not there is none the less gone.
        before: called once it is certain that nobody has them open.

    Raises:
        VectorsInUse: somebody has them open.
        CatalogUnavailable: the disk refuses.
    """
    path = embeddings_path(library, space)
    size_bytes = _size(path)
    if path.exists():
        _require_alone(path, space)
    before()
    try:
        for ending in _ENDINGS:
            path.with_name(path.name + ending).unlink(missing_ok=True)
    except PermissionError as error:  # Windows: somebody has opened it since
        raise VectorsInUse(space=space) from error
    except OSError as error:
        raise CatalogUnavailable(path=path, detail=error.strerror or str(error)) from error
    return size_bytes


def _require_alone(path: Path, space: str) -> None:
    with contextlib.closing(sqlite3.connect(path, timeout=0.2, isolation_level=None)) as sql:
        try:
            is_alone = sql.execute("PRAGMA journal_mode = DELETE").fetchone()[0] == "delete"
        except sqlite3.OperationalError:
            is_alone = False
        except sqlite3.DatabaseError:  # damaged: there is nothing to be lost in it
            is_alone = True
    if not is_alone:
        raise VectorsInUse(space=space)


def _described(path: Path) -> StoredSpace:
    model, photos = "", 0
    with contextlib.suppress(CatalogDamaged, CatalogUnavailable), contextlib.closing(Connection(path)) as sql:
        tables = set(sql.column("SELECT name FROM sqlite_master"))
        if {"about", "embedding"} <= tables:
            model = sql.value("SELECT value FROM about WHERE key = 'model'") or ""
            photos = int(sql.value("SELECT count(*) FROM embedding"))
    return StoredSpace(path.stem, model, photos, _size(path))


def _size(path: Path) -> int:
    parts = (path.with_name(path.name + ending) for ending in _ENDINGS[:2])
    return sum(part.stat().st_size for part in parts if part.exists())
