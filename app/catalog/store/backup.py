"""Copies of the catalogue by SQLite's backup API, and putting one back."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from app.catalog.store.connection import Connection
from app.core.errors import CatalogDamaged, CatalogUnavailable, DiskFull, PathMissing

KEPT = 3
_DAY_S = 24 * 3600
CATALOG_NAME = "catalog.sqlite"


def backups_folder(library: Path) -> Path:
    """Where the copies of a library's catalogue lie."""
    return library / "backups"


def newest_backup(library: Path) -> Path | None:
    """The newest copy of any kind; names sort by their time."""
    found = sorted(backups_folder(library).glob("catalog-*.sqlite"), key=lambda path: path.name)
    return found[-1] if found else None


def back_up_daily(sql: Connection, library: Path) -> Path | None:
    """Copy the catalogue unless today's copy exists; keep the last three.

    Returns:
        The new copy, None where today has one already or there is no photo yet.

    Raises:
        CatalogDamaged: the copy fails its check; the older copies are kept.
        DiskFull, CatalogUnavailable
    """
    moment = time.localtime(sql.now())
    if any(backups_folder(library).glob(time.strftime("catalog-%Y-%m-%dT*-daily.sqlite", moment))):
        return None
    if not sql.value("SELECT EXISTS (SELECT 1 FROM photo)"):
        return None  # a copy of an empty catalogue would keep today's real one away
    copy = _back_up(sql, library, "daily")
    _forget_old(library, "daily")
    return copy


def back_up_before_migration(sql: Connection, library: Path, version: int) -> Path:
    """A copy of the catalogue as the older program left it."""
    copy = _back_up(sql, library, f"schema-{version}")
    _forget_old(library, f"schema-{version}")
    return copy


def _back_up(sql: Connection, library: Path, kind: str) -> Path:
    stamp = time.strftime("%Y-%m-%dT%H%M%S", time.localtime(sql.now()))
    target = backups_folder(library) / f"catalog-{stamp}-{kind}.sqlite"
    # Two programs may copy at the same moment: each writes beside under a name of its own.
    part = target.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
    try:
        with _telling_of(part):
            part.parent.mkdir(parents=True, exist_ok=True)
            _copy_checked(sql, part)
            part.replace(target)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return target


def _copy_checked(sql: Connection, part: Path) -> None:
    """A damaged catalogue must not push good copies out, so the copy is read through."""
    part.unlink(missing_ok=True)
    with sql.telling(), contextlib.closing(sqlite3.connect(part)) as copy:
        sql.db.conn.backup(copy)
        # A single file without a -wal beside it: what is put back later is whole by itself.
        copy.execute("PRAGMA journal_mode = DELETE").fetchone()
        answer = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    if answer != "ok":
        raise CatalogDamaged(sql.path, newest_backup(sql.path.parent), answer)


def _forget_old(library: Path, kind: str) -> None:
    folder = backups_folder(library)
    copies = sorted(folder.glob(f"catalog-*-{kind}.sqlite"), key=lambda path: path.name)
    for old in [*copies[:-KEPT], *_left_over(folder)]:
        with contextlib.suppress(OSError):
            old.unlink()


def _left_over(folder: Path) -> Iterator[Path]:
    """Half copies of killed programs; a younger one may belong to a program that is at it."""
    for part in folder.glob("catalog-*.part"):
        with contextlib.suppress(OSError):
            if part.stat().st_mtime < time.time() - _DAY_S:
                yield part


def restore_backup(library: Path, backup: Path) -> Path | None:
    """Put a copy in the catalogue's place; the damaged one is moved aside, never overwritten or deleted.

    At every moment there is a catalogue in its place, so that a crash half-way never looks like a new library.
    No program may have the catalogue open.

    Returns:
        Where the damaged catalogue lies now; None where there was none.

    Raises:
        PathMissing: the copy is not there.
        DiskFull, CatalogUnavailable
    """
    if not backup.is_file():
        raise PathMissing(path=backup)
    catalog = library / CATALOG_NAME
    part = catalog.with_suffix(".restoring")
    with _telling_of(catalog):
        shutil.copyfile(backup, part)
        with part.open("rb+") as stream:
            os.fsync(stream.fileno())
        aside = _move_aside(catalog)
        part.replace(catalog)
    return aside


def _move_aside(catalog: Path) -> Path | None:
    """Give the damaged file a second name. Its -wal goes first, or it would be played into the copy."""
    if not catalog.exists():
        for leftover in _beside(catalog):
            leftover.rename(_free_name(leftover))
        return None
    aside = _free_name(catalog)
    for leftover in _beside(catalog):
        leftover.rename(aside.with_name(aside.name + leftover.name.removeprefix(catalog.name)))
    try:
        os.link(catalog, aside)
    except OSError:
        # A file system without links.
        shutil.copyfile(catalog, aside)
    return aside


def _beside(catalog: Path) -> list[Path]:
    names = [catalog.name + ending for ending in ("-wal", "-shm", "-journal")]
    return [path for path in (catalog.with_name(name) for name in names) if path.exists()]


def _free_name(path: Path) -> Path:
    stamp = time.strftime("%Y-%m-%dT%H%M%S")
    number, found = 0, path.with_name(f"{path.stem}-damaged-{stamp}{path.suffix}")
    while found.exists():
        number += 1
        found = path.with_name(f"{path.stem}-damaged-{stamp}-{number}{path.suffix}")
    return found


@contextlib.contextmanager
def _telling_of(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull(path=path) from error
        raise CatalogUnavailable(path=path, detail=str(error)) from error
