"""How an older catalogue becomes one of today, step by step, each in one transaction.

To add a migration:
  1. write a function ``schema_N(db)`` at the end of this file: plain SQL, no code of today (it will change), its last
     line ``PRAGMA user_version = N``; earlier steps are never edited;
  2. raise ``SCHEMA_VERSION`` to N;
  3. before that, run ``python tests/data/make_catalog.py`` with the released code and commit the catalogue that it
     writes: the tests open every ``tests/data/catalog_schema_*.sqlite`` and look for its user data.
"""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from app.catalog.schema import SCHEMA_1

SCHEMA_VERSION = 1
APPLICATION_ID = 0x4F52494C
"""In the file's header, so that another program's database is not taken for a catalogue."""

STEPS = Migrations("catalog")


@STEPS()
def schema_1(db: Database) -> None:
    """The first schema, into an empty file."""
    db.executescript(SCHEMA_1)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute("PRAGMA user_version = 1")
