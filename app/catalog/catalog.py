"""The catalogue, one SQLite file with the truth about a library: opening, closing, and the parts it is made of."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import uuid
from pathlib import Path

from app.catalog import words
from app.catalog.counts import Counts
from app.catalog.enrich.stages import Stages
from app.catalog.find.alikes import Alikes
from app.catalog.find.filtering import Filtering
from app.catalog.find.suggesting import Suggesting
from app.catalog.intake import in_hand
from app.catalog.intake.folders import Folders
from app.catalog.intake.found import Found
from app.catalog.intake.in_hand import InHand
from app.catalog.intake.reading import Reading
from app.catalog.intake.roots import Roots
from app.catalog.intake.whereabouts import Whereabouts
from app.catalog.looking import Looking
from app.catalog.organise.decisions import Decisions
from app.catalog.organise.saved_answers import SavedAnswers
from app.catalog.organise.saved_pictures import SavedPictures
from app.catalog.organise.saved_searches import SavedSearches
from app.catalog.organise.trash import Trash
from app.catalog.store import backup, migrations
from app.catalog.store.connection import Connection
from app.catalog.vectors.caption_vectors import CaptionStore, caption_space
from app.catalog.vectors.embeddings import EmbeddingStore, embeddings_path
from app.core.errors import CatalogDamaged, CatalogNewer, CatalogUnavailable


class Catalog(
    Suggesting,
    Roots,
    Folders,
    Found,
    Reading,
    InHand,
    Counts,
    Stages,
    Decisions,
    SavedSearches,
    SavedAnswers,
    SavedPictures,
    Trash,
    Whereabouts,
    Looking,
    Alikes,
    Filtering,
):
    """What is known about a library. An object belongs to the thread that opened it."""

    @classmethod
    def open(cls, library: Path) -> Catalog:
        """Open the catalogue of a library folder; both are made where they are not there.

        An older one is brought up to date, after a copy of it was made.

        Raises:
            CatalogNewer: a newer Oriel made it; it is left untouched.
            CatalogDamaged: it is not a catalogue, or damaged.
            CatalogUnavailable: the folder can't be made, read or written.
            DiskFull
        """
        path = library / backup.CATALOG_NAME
        _make_folder(library)
        _refuse_strangers(path)
        sql = Connection(path, newest_backup=lambda: backup.newest_backup(library))
        try:
            _bring_up_to_date(sql, library)
            catalog = cls(sql, library)
            words.catch_up(sql)
        except BaseException:
            sql.close()
            raise
        return catalog

    def __init__(self, sql: Connection, library: Path) -> None:
        super().__init__(sql, library)
        self._holder = in_hand.register(self, uuid.uuid4().hex)

    def close(self) -> None:
        in_hand.unregister(self._holder)
        self._sql.close()

    def change_counter(self) -> int:
        """A number that changes whenever another connection, of this program or another, has written."""
        return int(self._sql.value("PRAGMA data_version"))

    def daily_backup(self) -> Path | None:
        """Copy the catalogue into ``backups/``, at most once a day; the last three copies are kept.

        Raises:
            CatalogDamaged: the copy fails its check; older copies are kept.
            DiskFull, CatalogUnavailable
        """
        return backup.back_up_daily(self._sql, self._library)

    def embeddings(self, space: str, dim: int) -> EmbeddingStore:
        """The vectors of one model, on a connection of this thread. The caller closes it."""
        return EmbeddingStore(embeddings_path(self._library, space), dim)

    def caption_vectors(self, text_id: str, dim: int) -> CaptionStore:
        """The captions' vectors by one text tower, likewise."""
        return CaptionStore(embeddings_path(self._library, caption_space(text_id)), dim)


def restore_backup(library: Path, copy: Path) -> Path | None:
    """Put a copy in the catalogue's place; see ``backup.restore_backup``."""
    return backup.restore_backup(library, copy)


def _make_folder(library: Path) -> None:
    try:
        library.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CatalogUnavailable(path=library, detail=str(error)) from error


def _refuse_strangers(path: Path) -> None:
    """Look at the header without locks or recovery, so that what is not ours stays untouched.

    Through SQLite, never by ``open``: on POSIX, closing any other descriptor of the file drops the locks of
    this process's connections, and another program then takes itself for the last one and deletes the log.
    """
    try:
        if not path.stat().st_size:
            # An empty file is what a crash at the very first moment leaves: SQLite calls it a new database.
            return
    except FileNotFoundError:
        return
    except OSError as error:
        raise CatalogUnavailable(path=path, detail=str(error)) from error
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as peek:
            version = int(peek.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_CANTOPEN:
            raise CatalogUnavailable(path=path, detail=str(error)) from error
        raise CatalogDamaged(path, backup.newest_backup(path.parent), "not a database") from error
    _refuse_newer(path, version)


def _refuse_newer(path: Path, version: int) -> None:
    if version > migrations.SCHEMA_VERSION:
        raise CatalogNewer(path=path, found=version, known=migrations.SCHEMA_VERSION)


def _bring_up_to_date(sql: Connection, library: Path) -> None:
    version = _version(sql, library)
    if version == migrations.SCHEMA_VERSION:
        return
    if version:
        backup.back_up_before_migration(sql, library, version)
    with sql.write(is_durable=True):
        # Another program may have done it while this one waited for the lock: then nothing is pending.
        migrations.STEPS.apply(sql.db)


def _version(sql: Connection, library: Path) -> int:
    version = int(sql.value("PRAGMA user_version"))
    _refuse_newer(sql.path, version)
    if not os.access(sql.path, os.W_OK):
        raise CatalogUnavailable(path=sql.path, detail="read-only")
    is_ours = sql.value("PRAGMA application_id") == migrations.APPLICATION_ID
    if not is_ours and sql.value("SELECT count(*) FROM sqlite_master"):
        raise CatalogDamaged(sql.path, backup.newest_backup(library), "not a catalogue")
    return version
