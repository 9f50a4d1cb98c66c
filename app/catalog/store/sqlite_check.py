"""Says which SQLite is here, and proves that it can search for words."""

from __future__ import annotations

import sqlite3
from contextlib import closing


def sqlite_version() -> str:
    """Of the library that is linked to this Python."""
    return sqlite3.sqlite_version


def check_sqlite() -> str:
    """Its version; raises sqlite3.Error where FTS5 is missing."""
    with closing(sqlite3.connect(":memory:")) as sql:
        sql.execute("CREATE VIRTUAL TABLE words USING fts5(word, tokenize = 'porter unicode61 remove_diacritics 2')")
        sql.execute("INSERT INTO words VALUES ('beaches')")
        if sql.execute("SELECT count(*) FROM words WHERE words MATCH 'beach'").fetchone() != (1,):
            raise sqlite3.DatabaseError("FTS5 did not find a word")
    return f"{sqlite_version()} with FTS5"
