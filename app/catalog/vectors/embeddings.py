"""Vectors of one model: an SQLite file of float16 rows, dear to compute, cheap to drop."""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from app.catalog.store.connection import Connection, as_json, chunked
from app.core.errors import CatalogDamaged, CatalogUnavailable
from app.core.types import Embeddings, PhotoIds, Vector

_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS embedding (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,  -- never reused: an index knows by it what it holds
  photo_id INTEGER NOT NULL UNIQUE,
  vector BLOB NOT NULL                    -- float16, little-endian, dim numbers
);
CREATE TABLE IF NOT EXISTS dropped (n INTEGER PRIMARY KEY AUTOINCREMENT, seq INTEGER NOT NULL);
"""
_FLOAT16 = np.dtype("<f2")
_SPACE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
_T = TypeVar("_T")


def embeddings_path(library: Path, space: str) -> Path:
    """Where the vectors of a space lie.

    Raises:
        ValueError: the name of the space is no plain file name.
    """
    if not _SPACE_NAME.fullmatch(space):
        raise ValueError(f"not a name of a space: {space!r}")
    return library / "embeddings" / f"{space}.sqlite"


class EmbeddingStore:
    """The vectors of one space. An object belongs to the thread that made it.

    Every vector has a sequence number, growing and never used twice. A replaced or removed vector's number goes into
    a log, so that an index can follow: read ``after(seq)`` for what is new and ``dropped_after(n)`` for what is gone.
    A damaged file is moved aside and begun anew: all of it can be computed again.
    ``store_id`` tells the new from the old.
    """

    def __init__(self, path: Path, dim: int) -> None:
        """Open or make the store.

        Args:
            path: the file; its folder is made.
            dim: length of a vector; a store of another length counts as damaged.

        Raises:
            CatalogUnavailable, DiskFull
        """
        self.path = path
        self.dim = dim
        self._inode = -1
        self._sql = self._open()

    @property
    def store_id(self) -> str:
        """Made at random with the file: an index of another store_id is an index of something else."""
        return self._healing(lambda: str(self._sql.value("SELECT value FROM about WHERE key = 'store_id'")))

    @property
    def fingerprint(self) -> str:
        return self.store_id

    @property
    def size_bytes(self) -> int:
        """Of the file with its journal."""
        parts = (self.path.with_name(self.path.name + ending) for ending in ("", "-wal"))
        return sum(part.stat().st_size for part in parts if part.exists())

    def tell_model(self, name: str) -> None:
        """Note what the model calls itself, for people who look at the files of vectors."""

        def note() -> None:
            if self._sql.value("SELECT value FROM about WHERE key = 'model'") != name:
                self._sql.run("INSERT OR REPLACE INTO about(key, value) VALUES ('model', ?)", (name,))

        self._healing(note)

    def add(self, ids: PhotoIds, vectors: Embeddings) -> None:
        """Write vectors; a photo's former one is replaced.

        Args:
            ids: int64, shape (n,), photo ids.
            vectors: float32 or float16, shape (n, dim), rows of length 1.

        Raises:
            ValueError: the shapes don't fit, or a number is not finite.
            DiskFull: what was written before is whole.
        """
        if vectors.shape != (len(ids), self.dim) or not np.isfinite(vectors).all():
            raise ValueError(f"vectors of shape {vectors.shape} for {len(ids)} photos, dim {self.dim}")
        rows = [(int(i), v.tobytes()) for i, v in zip(ids, vectors.astype(_FLOAT16), strict=True)]
        for batch in chunked(rows):
            self._healing(partial(self._add, batch))

    def _add(self, rows: Sequence[tuple[int, bytes]]) -> None:
        with self._sql.write():
            self._drop([row[0] for row in rows])
            self._sql.run_many("INSERT OR REPLACE INTO embedding(photo_id, vector) VALUES (?, ?)", rows)

    def remove(self, ids: Iterable[int]) -> None:
        """Drop the vectors of photos; those without one are passed over."""
        for batch in chunked([int(photo_id) for photo_id in ids]):
            self._healing(partial(self._remove, batch))

    def _remove(self, ids: Sequence[int]) -> None:
        with self._sql.write():
            self._drop(ids)

    def _drop(self, ids: Sequence[int]) -> None:
        given = (as_json(ids),)
        chosen = "photo_id IN (SELECT value FROM json_each(?))"
        self._sql.run(f"INSERT INTO dropped(seq) SELECT seq FROM embedding WHERE {chosen} ORDER BY seq", given)
        self._sql.run(f"DELETE FROM embedding WHERE {chosen}", given)

    def vector(self, photo_id: int) -> Vector | None:
        """float32, shape (dim,), length 1; None where the photo has none."""
        _, found = self.vectors([photo_id])
        return found[0] if len(found) else None

    def vectors(self, ids: Iterable[int]) -> tuple[PhotoIds, Embeddings]:
        """The vectors of those photos that have one.

        Returns:
            int64, shape (n,), in the order of ``ids``; float32, shape (n, dim), rows of length 1.
        """
        rows = self._rows(
            "SELECT e.photo_id, e.vector FROM json_each(?) j JOIN embedding e ON e.photo_id = j.value ORDER BY j.key",
            (as_json(ids),),
        )
        found = self._stacked([row[1] for row in rows]).astype(np.float32)
        # float16 rounds the length by up to 1e-3; callers rely on 1.
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        return _int64(row[0] for row in rows), found / np.maximum(lengths, np.float32(1e-12))

    def after(self, seq: int, limit: int) -> tuple[npt.NDArray[np.int64], PhotoIds, npt.NDArray[np.float16]]:
        """What was added after a sequence number, oldest first.

        Returns:
            sequence numbers int64 (n,), photo ids int64 (n,), vectors float16 (n, dim) as stored; n ≤ limit.
        """
        rows = self._rows(
            "SELECT seq, photo_id, vector FROM embedding WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit)
        )
        vectors = self._stacked([row[2] for row in rows])
        return _int64(row[0] for row in rows), _int64(row[1] for row in rows), vectors

    def dropped_after(self, n: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The log of replaced and removed vectors after entry ``n``: entry numbers, and their sequence numbers."""
        rows = self._rows("SELECT n, seq FROM dropped WHERE n > ? ORDER BY n", (n,))
        return _int64(row[0] for row in rows), _int64(row[1] for row in rows)

    def last_seq(self) -> int:
        """The highest sequence number given so far; 0 in a new store."""
        return int(self._rows("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'embedding'")[0][0])

    def count(self) -> int:
        return int(self._rows("SELECT count(*) FROM embedding")[0][0])

    def ids(self) -> PhotoIds:
        """int64, shape (n,), ascending: photos that have a vector."""
        return self._healing(lambda: self._sql.ids("SELECT photo_id AS id FROM embedding"))

    def close(self) -> None:
        self._sql.close()

    def _rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._healing(lambda: self._sql.rows(sql, parameters))

    def _stacked(self, blobs: Sequence[bytes]) -> npt.NDArray[np.float16]:
        return np.frombuffer(b"".join(blobs), _FLOAT16).reshape(-1, self.dim)

    def _healing(self, action: Callable[[], _T]) -> _T:
        """Do it; where the file turns out to be damaged, begin a new one and do it once more."""
        if self._has_gone():
            # Someone found it damaged and moved it aside: what is written to it now would be lost.
            self._reopen()
        try:
            return action()
        except CatalogDamaged:
            self._sql.close()
            if not self._has_gone():
                _move_aside(self.path)
            self._reopen()
            return action()
        except CatalogUnavailable:
            if not self._has_gone():
                raise
            self._reopen()
            return action()

    def _has_gone(self) -> bool:
        """Whether the file is another one, or none, by now: another program may have deleted these vectors."""
        return _inode(self.path) != self._inode

    def _reopen(self) -> None:
        self._sql.close()
        self._sql = self._open()

    def _open(self) -> Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CatalogUnavailable(path=self.path.parent, detail=str(error)) from error
        try:
            return self._open_checked()
        except CatalogDamaged:
            _move_aside(self.path)
        except CatalogUnavailable:
            if not self._has_gone():
                raise
        return self._open_checked()

    def _open_checked(self) -> Connection:
        sql = Connection(self.path)
        self._inode = _inode(self.path)
        try:
            self._set_up(sql)
        except BaseException:
            sql.close()
            raise
        return sql

    def _set_up(self, sql: Connection) -> None:
        with sql.telling():
            is_new = sql.value("SELECT count(*) FROM sqlite_master WHERE name IN ('about', 'embedding', 'dropped')") < 3
        if is_new:
            with sql.write():
                sql.db.executescript(_SCHEMA)
                facts = (("store_id", secrets.token_hex(16)), ("dim", str(self.dim)))
                sql.run_many("INSERT OR IGNORE INTO about(key, value) VALUES (?, ?)", facts)
        if sql.value("SELECT value FROM about WHERE key = 'dim'") != str(self.dim):
            raise CatalogDamaged(self.path, None, "vectors of another length")


def forget_everywhere(library: Path, ids: Sequence[int]) -> None:
    """Drop the vectors of photos from the stores of all spaces."""
    if not ids:
        return
    for path in sorted((library / "embeddings").glob("*.sqlite")):
        dim = _known_dim(path)
        if dim is not None:
            with contextlib.closing(EmbeddingStore(path, dim)) as store:
                store.remove(ids)


def _known_dim(path: Path) -> int | None:
    """The length of a store's vectors; None where it is damaged or was never finished, and so holds none."""
    with contextlib.suppress(CatalogDamaged), contextlib.closing(Connection(path)) as sql:
        if sql.value("SELECT count(*) FROM sqlite_master WHERE name = 'about'"):
            dim = sql.value("SELECT value FROM about WHERE key = 'dim'")
            return None if dim is None else int(dim)
    return None


def move_damaged_aside(path: Path) -> bool:
    """Look a store through; where it is damaged, move it aside.

    Returns:
        Whether it was damaged. Stores that have it open begin a new one at their next call.
    """
    try:
        with contextlib.closing(Connection(path)) as sql:
            if sql.value("PRAGMA quick_check(1)") == "ok":
                return False
    except CatalogDamaged:
        pass
    _move_aside(path)
    return True


def _move_aside(path: Path) -> None:
    """Derived, but kept: someone may want to see what happened to it. The former one kept so goes."""
    for ending in ("", "-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.replace(path.with_name(f"{path.stem}.damaged{ending}"))


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except OSError:
        return -1


def _int64(numbers: Iterable[int]) -> npt.NDArray[np.int64]:
    return np.fromiter(numbers, np.int64)
