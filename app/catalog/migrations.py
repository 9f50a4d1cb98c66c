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

SCHEMA_VERSION = 2
APPLICATION_ID = 0x4F52494C
"""In the file's header, so that another program's database is not taken for a catalogue."""

STEPS = Migrations("catalog")


@STEPS()
def schema_1(db: Database) -> None:
    """The first schema, into an empty file."""
    db.executescript(SCHEMA_1)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute("PRAGMA user_version = 1")


@STEPS()
def schema_2(db: Database) -> None:
    """Indexes that hold all that is counted, so that counting reads no rows: the window counts while indexing."""
    db.execute("DROP INDEX machine_tag_shown")
    # The confidence is in it too: without it, SQLite looks each row up to compare it once more.
    db.execute("CREATE INDEX machine_tag_shown ON machine_tag(tag_id, photo_id, confidence) WHERE confidence >= 0.5")
    db.execute("CREATE INDEX tagged_by_version ON tagged(version)")
    db.execute("CREATE INDEX machine_caption_by_model ON machine_caption(model_id)")
    db.execute("CREATE INDEX photo_counted ON photo(thumbnail_bytes, is_read) WHERE removed_at IS NULL")
    db.execute("PRAGMA user_version = 2")
