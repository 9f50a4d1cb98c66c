"""One SQLite connection: how it is set up, its transactions, and SQLite's errors as ours."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from sqlite_utils import Database

from app.core.errors import CatalogDamaged, CatalogUnavailable, DiskFull

BUSY_TIMEOUT_S = 10.0
ROWS_A_TRANSACTION = 200
"""Background writes hold the lock under 50 ms, so that the window's own writes never wait for them."""

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNAVAILABLE = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOLFS,
}
_NEARLY_FULL_BYTES = 256 * 1024

sqlite3.register_adapter(np.int64, int)
sqlite3.register_adapter(np.float32, float)

Parameters = Sequence[Any]
Row = tuple[Any, ...]
T = TypeVar("T")


class Connection:
    """A connection of one thread. All reads and writes of the room pass here, so that errors are told once."""

    def __init__(self, path: Path, *, newest_backup: Callable[[], Path | None] = lambda: None) -> None:
        self.path = path
        self.now: Callable[[], float] = time.time
        self._newest_backup = newest_backup
        with self.telling():
            connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)
            # Recursive triggers: a row that INSERT OR REPLACE takes away counts as deleted too.
            self.db = Database(connection, recursive_triggers=True, execute_plugins=False)
            try:
                self._set_up()
            except BaseException:
                connection.close()
                raise

    def _set_up(self) -> None:
        self.db.execute("PRAGMA foreign_keys = ON")
        self._switch_to_wal()
        # A commit survives kill -9 either way; decisions of people ask for FULL, which survives a power cut too.
        self.db.execute("PRAGMA synchronous = NORMAL")
        self.db.execute("PRAGMA journal_size_limit = 67108864")
        self.db.execute("PRAGMA cache_size = -16000")

    def _switch_to_wal(self) -> None:
        """Two programs that create one library at once: SQLite doesn't wait for a lock here, so we do."""
        deadline = time.monotonic() + BUSY_TIMEOUT_S
        while True:
            try:
                if self.db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                    self.db.execute("PRAGMA journal_mode = WAL").fetchone()
                return
            except sqlite3.OperationalError as error:
                if _kind(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Turn what SQLite meets into our errors.

        Raises:
            DiskFull: no room left; the transaction was rolled back.
            CatalogDamaged: not a database, or a damaged one.
            CatalogUnavailable: no permission, read-only, locked for long, an input/output error.
        """
        try:
            yield
        except sqlite3.Error as error:
            raise self._told(error) from error

    def _told(self, error: sqlite3.Error) -> Exception:
        kind = _kind(error)
        if kind == sqlite3.SQLITE_FULL or (kind == sqlite3.SQLITE_IOERR and self._is_disk_full()):
            return DiskFull(path=self.path)
        if kind in _DAMAGED:
            return CatalogDamaged(self.path, self._newest_backup(), str(error))
        if kind in _UNAVAILABLE:
            return CatalogUnavailable(path=self.path, detail=str(error))
        return error

    def _is_disk_full(self) -> bool:
        # Growing the shared-memory file on a full disk is reported as an input/output error.
        try:
            return shutil.disk_usage(self.path.parent).free < _NEARLY_FULL_BYTES
        except OSError:
            return False

    @contextmanager
    def write(self, *, is_durable: bool = False) -> Iterator[None]:
        """A transaction that takes the write lock at once (a read that turns into a write could not wait).

        Inside another one it is a part of that. ``is_durable``: on disk before it returns.
        """
        with self.telling():
            if self.db.conn.in_transaction:
                with self.db.atomic():
                    yield
                return
            if is_durable:
                self.db.execute("PRAGMA synchronous = FULL")
            try:
                with self._immediate():
                    yield
            finally:
                if is_durable:
                    self.db.execute("PRAGMA synchronous = NORMAL")

    @contextmanager
    def write_temporary(self) -> Iterator[None]:
        """A transaction on temporary tables alone, which are this connection's own: it waits for no lock."""
        with self.telling():
            if self.db.conn.in_transaction:
                yield
                return
            self.db.conn.execute("BEGIN")
            try:
                yield
                self.db.conn.execute("COMMIT")
            except BaseException:
                self.db.conn.rollback()
                raise

    @contextmanager
    def _immediate(self) -> Iterator[None]:
        self.db.conn.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.db.conn.execute("COMMIT")
        except BaseException:
            # A full disk may have rolled back by itself; rollback() then does nothing.
            self.db.conn.rollback()
            raise

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        with self.telling():
            return self.db.conn.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        with self.telling():
            found: Row | None = self.db.conn.execute(sql, parameters).fetchone()
            return found

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """The first column of the first row; None where there is no row."""
        found = self.row(sql, parameters)
        return None if found is None else found[0]

    def column(self, sql: str, parameters: Parameters = ()) -> list[Any]:
        return [row[0] for row in self.rows(sql, parameters)]

    def numbers(self, sql: str, parameters: Parameters = (), *, columns: int = 1) -> np.ndarray[Any, Any]:
        """Numeric rows without a Python object kept for each.

        Returns:
            float64, shape (rows, columns); exact for whole numbers below 2**53.
        """
        with self.telling():
            cursor = self.db.conn.execute(sql, parameters)
            cursor.arraysize = 4096
            flat = np.fromiter((cell for row in cursor for cell in row), np.float64)
        return flat.reshape(-1, columns)

    def ids(self, sql: str, parameters: Parameters = ()) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Ids of a SELECT whose column is named ``id``, by way of one text: three times as fast as a row for each.

        Returns:
            int64, shape (n,), ascending.
        """
        listed = self.value(f"SELECT group_concat(id) FROM ({sql})", parameters)
        return np.sort(np.fromstring(listed or "", np.int64, sep=","))

    def run(self, sql: str, parameters: Parameters = ()) -> int:
        """Run a write; the number of rows it touched."""
        with self.telling():
            return self.db.execute(sql, parameters).rowcount

    def insert(self, sql: str, parameters: Parameters = ()) -> int:
        """Run an INSERT; the new row's id."""
        with self.telling():
            return int(self.db.execute(sql, parameters).lastrowid or 0)

    def run_many(self, sql: str, parameters: Iterable[Parameters]) -> None:
        """Run a write once for each of ``parameters``; only inside ``write()``."""
        with self.telling():
            self.db.conn.executemany(sql, parameters)

    def version(self) -> tuple[int, int]:
        """What stays the same as long as nothing is written: by other connections, and by this one."""
        return int(self.value("PRAGMA data_version")), int(self.db.conn.total_changes)

    def close(self) -> None:
        self.db.close()


class Part:
    """A part of the catalogue: the questions and changes of one duty, on the shared connection."""

    def __init__(self, sql: Connection, library: Path) -> None:
        self._sql = sql
        self._library = library


def as_json(ids: Iterable[int]) -> str:
    """Ids as one parameter for json_each(): no limit on their number, and their order stays in ``key``."""
    return "[" + ",".join(str(int(photo_id)) for photo_id in ids) + "]"


def chunked(items: Sequence[T], size: int = ROWS_A_TRANSACTION) -> Iterator[Sequence[T]]:
    """Cut a long list into lists of one transaction's length."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def sqlite_path(path: Path) -> bytes:
    """A path as ATTACH takes it, whatever bytes it is made of."""
    return os.fsencode(path)


def _kind(error: sqlite3.Error) -> int:
    """The primary result code: the low byte of the extended one; -1 where SQLite was not asked at all."""
    code = getattr(error, "sqlite_errorcode", None)
    return -1 if code is None else code & 0xFF
