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

from app.catalog.store.schema import SCHEMA_1

SCHEMA_VERSION = 5
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


@STEPS()
def schema_3(db: Database) -> None:
    """Several files to a photo, kinds, videos, dates that a person set, places."""
    for statement in (
        # The one of a photo's files that is decoded and opened; its others have a role.
        "ALTER TABLE file ADD COLUMN is_shown INTEGER NOT NULL DEFAULT 1",
        # A placeholder of a cloud drive: listed, never opened, since opening downloads it.
        "ALTER TABLE file ADD COLUMN is_online_only INTEGER NOT NULL DEFAULT 0",
        "UPDATE photo SET kind = 'photo'",
        "CREATE INDEX photo_by_kind ON photo(kind) WHERE removed_at IS NULL",
        # What the shown file is by itself; kind says what its other files make of it.
        "ALTER TABLE photo ADD COLUMN read_kind TEXT NOT NULL DEFAULT 'photo'",
        # Photos that turned out to be a part of others: what the history says of them is about those now.
        "CREATE TABLE merged (photo_id INTEGER PRIMARY KEY,"
        " into_id INTEGER NOT NULL REFERENCES photo(id) ON DELETE CASCADE)",
        "CREATE INDEX merged_into ON merged(into_id)",
        # What is being decoded, or its sidecars, changed meanwhile: what comes of it is not the last word.
        "ALTER TABLE in_hand ADD COLUMN is_late INTEGER NOT NULL DEFAULT 0",
        # What the picture means, by the model that tagged it.
        "ALTER TABLE tagged ADD COLUMN is_document INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE photo ADD COLUMN duration_s REAL",
        # What the file says; taken_at and date_source hold the person's correction where there is one.
        "ALTER TABLE photo ADD COLUMN read_taken_at REAL",
        "ALTER TABLE photo ADD COLUMN read_date_source TEXT",
        "UPDATE photo SET read_taken_at = taken_at, read_date_source = date_source",
        "CREATE TABLE own_date (photo_id INTEGER PRIMARY KEY REFERENCES photo(id) ON DELETE CASCADE,"
        " taken_at REAL NOT NULL)",
        # What a person wrote in another program, as it came over at the first reading that told it.
        "CREATE TABLE written (photo_id INTEGER PRIMARY KEY REFERENCES photo(id) ON DELETE CASCADE,"
        " caption TEXT, is_favourite INTEGER NOT NULL)",
        # Names and sidecars tell dates now; these are read once more for them.
        "UPDATE file SET needs_read = 1 WHERE photo_id IN (SELECT id FROM photo WHERE date_source = 'file')",
        # Computed from the position. All names empty: nowhere near a place with a name.
        "CREATE TABLE place (id INTEGER PRIMARY KEY, city TEXT NOT NULL, region TEXT NOT NULL, country TEXT NOT NULL,"
        " country_code TEXT NOT NULL, UNIQUE (city, region, country_code))",
        "ALTER TABLE photo ADD COLUMN place_id INTEGER REFERENCES place(id)",
        "CREATE INDEX photo_by_place ON photo(place_id) WHERE removed_at IS NULL AND place_id IS NOT NULL",
        "CREATE INDEX photo_unplaced ON photo(id) WHERE place_id IS NULL AND latitude IS NOT NULL",
        "CREATE VIRTUAL TABLE words_3 USING fts5("
        " name, folder, own_tags, own_caption, machine_caption, machine_tags, place,"
        " tokenize = 'porter unicode61 remove_diacritics 2', prefix = '2 3')",
        "INSERT INTO words_3(rowid, name, folder, own_tags, own_caption, machine_caption, machine_tags, place)"
        " SELECT rowid, name, folder, own_tags, own_caption, machine_caption, machine_tags, '' FROM words",
        "DROP TABLE words",
        "ALTER TABLE words_3 RENAME TO words",
        "PRAGMA user_version = 3",
    ):
        db.execute(statement)


@STEPS()
def schema_4(db: Database) -> None:
    """Text in pictures, searches that a person saved, what was searched for, and indexes for what can be asked."""
    for statement in (
        # Of the model named by version, as JSON: [[text, confidence, [x, y] * 4], ...], positions from 0 to 1.
        "CREATE TABLE picture_text (photo_id INTEGER PRIMARY KEY REFERENCES photo(id) ON DELETE CASCADE,"
        " version TEXT NOT NULL, lines TEXT NOT NULL)",
        "CREATE INDEX picture_text_by_version ON picture_text(version)",
        # A decision: question is JSON, all that is needed to ask it again.
        "CREATE TABLE saved_search (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, question TEXT NOT NULL,"
        " position REAL NOT NULL, made_at REAL NOT NULL)",
        "CREATE TABLE asked (text TEXT PRIMARY KEY, asked_at REAL NOT NULL, times INTEGER NOT NULL)",
        "CREATE INDEX photo_by_camera ON photo(camera) WHERE removed_at IS NULL AND camera IS NOT NULL",
        "CREATE INDEX photo_by_lens ON photo(lens) WHERE removed_at IS NULL AND lens IS NOT NULL",
        "CREATE INDEX judgement_by_rating ON judgement(rating) WHERE rating > 0",
        "CREATE VIRTUAL TABLE words_4 USING fts5("
        " name, folder, own_tags, own_caption, machine_caption, machine_tags, place, picture_text,"
        " tokenize = 'porter unicode61 remove_diacritics 2', prefix = '2 3')",
        "INSERT INTO words_4(rowid, name, folder, own_tags, own_caption, machine_caption, machine_tags, place,"
        " picture_text) SELECT rowid, name, folder, own_tags, own_caption, machine_caption, machine_tags, place, ''"
        " FROM words",
        "DROP TABLE words",
        "ALTER TABLE words_4 RENAME TO words",
        "PRAGMA user_version = 4",
    ):
        db.execute(statement)


@STEPS()
def schema_5(db: Database) -> None:
    """Numbers of the library that triggers keep instead of a count; indexes; what saved searches came to."""
    count = "INSERT INTO tally(what, value, n) {} ON CONFLICT(what, value) DO UPDATE SET n = n + excluded.n;"
    # What one shown photo adds, or takes away.
    photo = count.format(
        "SELECT column1, coalesce(column2, ''), {sign}column3 FROM (VALUES ('photo', '', 1),"
        " ('read', '', {row}.is_read), ('thumbnail_bytes', '', {row}.thumbnail_bytes),"
        " ('folder', {row}.folder_id, 1), ('kind', {row}.kind, 1),"
        " ('camera', {row}.camera, 1), ('lens', {row}.lens, 1), ('place', {row}.place_id, 1),"
        " ('year', strftime('%Y', {row}.taken_at, 'unixepoch'), 1)) WHERE {row}.removed_at IS NULL"
    )
    came, went = photo.format(row="NEW", sign=""), photo.format(row="OLD", sign="-")
    changes = count.format("VALUES ('photo_changes', '', 1)")
    grouped = "removed_at, folder_id, kind, camera, lens, place_id, taken_at"
    differs = "WHEN ({}) IS NOT ({})"
    is_other, is_read_other = (
        differs.format(*(", ".join(f"{row}.{column}" for column in columns.split(", ")) for row in ("OLD", "NEW")))
        for columns in (grouped, f"{grouped}, is_read, thumbnail_bytes")
    )
    for statement in (
        # Whether any machine tag is sure enough to be shown, so that photos with tags are found without reading tags.
        "ALTER TABLE tagged ADD COLUMN has_tags INTEGER NOT NULL DEFAULT 0",
        "UPDATE tagged SET has_tags = 1 WHERE EXISTS"
        " (SELECT 1 FROM machine_tag m WHERE m.photo_id = tagged.photo_id AND m.confidence >= 0.5)",
        "CREATE INDEX tagged_with_tags ON tagged(photo_id) WHERE has_tags = 1",
        "DROP INDEX photo_counted",
        # value: which folder, kind, version ...; '' where there is one number alone. Zeros may stand.
        "CREATE TABLE tally (what TEXT NOT NULL, value NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (what, value))"
        " WITHOUT ROWID",
        f"CREATE TRIGGER photo_tallied_in AFTER INSERT ON photo BEGIN {came} {changes} END",
        f"CREATE TRIGGER photo_tallied_out AFTER DELETE ON photo BEGIN {went} {changes} END",
        f"CREATE TRIGGER photo_tallied_again AFTER UPDATE OF {grouped}, is_read, thumbnail_bytes ON photo"
        f" {is_read_other} BEGIN {went} {came} END",
        # Rises whenever other photos are shown, or others of a folder, a kind, a time.
        f"CREATE TRIGGER photo_changes AFTER UPDATE OF {grouped} ON photo {is_other} BEGIN {changes} END",
        "INSERT INTO tally SELECT 'photo', '', count(*) FROM photo WHERE removed_at IS NULL",
        "INSERT INTO tally SELECT 'read', '', coalesce(sum(is_read), 0) FROM photo WHERE removed_at IS NULL",
        "INSERT INTO tally SELECT 'thumbnail_bytes', '', coalesce(sum(thumbnail_bytes), 0) FROM photo"
        " WHERE removed_at IS NULL",
    ):
        db.execute(statement)
    for what, value in (
        ("folder", "folder_id"),
        ("kind", "kind"),
        ("camera", "camera"),
        ("lens", "lens"),
        ("place", "place_id"),
        ("year", "strftime('%Y', taken_at, 'unixepoch')"),
    ):
        db.execute(
            f"INSERT INTO tally SELECT '{what}', coalesce({value}, ''), count(*) FROM photo WHERE removed_at IS NULL"
            " GROUP BY 2"
        )
    for what, table, value, condition in (
        ("tagged", "tagged", "version", "1"),
        ("captioned", "machine_caption", "model_id", "1"),
        ("text_read", "picture_text", "version", "1"),
        ("machine_tag", "machine_tag", "tag_id", "{row}confidence >= 0.5"),
    ):
        told, taken = (
            count.format(f"SELECT '{what}', {row}.{value}, {sign}1 WHERE {condition.format(row=row + '.')}")
            for row, sign in (("NEW", ""), ("OLD", "-"))
        )
        # A row that is replaced counts as deleted, since connections switch recursive triggers on.
        db.execute(f"CREATE TRIGGER {table}_tallied_in AFTER INSERT ON {table} BEGIN {told} END")
        db.execute(f"CREATE TRIGGER {table}_tallied_out AFTER DELETE ON {table} BEGIN {taken} END")
        columns = f"{value}, confidence" if what == "machine_tag" else value
        db.execute(
            f"CREATE TRIGGER {table}_tallied_again AFTER UPDATE OF {columns} ON {table} BEGIN {taken} {told} END"
        )
        db.execute(
            f"INSERT INTO tally SELECT '{what}', {value}, count(*) FROM {table} WHERE {condition.format(row='')}"
            f" GROUP BY {value}"
        )
    for statement in (
        "CREATE INDEX machine_caption_written ON machine_caption(photo_id) WHERE text <> ''",
        # A text weighs by how surely it was read and by how much stands there: without reading all its lines.
        "ALTER TABLE picture_text ADD COLUMN letters INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE picture_text ADD COLUMN confidence REAL NOT NULL DEFAULT 0",  # of the lines, by their letters
        "UPDATE picture_text SET letters ="
        " (SELECT coalesce(sum(length(json_extract(value, '$[0]'))), 0) FROM json_each(lines)), confidence ="
        " (SELECT coalesce(sum(length(json_extract(value, '$[0]')) * json_extract(value, '$[1]'))"
        " / max(sum(length(json_extract(value, '$[0]'))), 1), 0) FROM json_each(lines))",
        "CREATE INDEX picture_text_weighed ON picture_text(photo_id, letters, confidence) WHERE letters > 0",
        # What a saved search last came to under one model, by the question it was drawn for: no decision, so that
        # undo and redo, which write saved_search anew, leave it. space: '' where nothing was compared by meaning.
        # cut: JSON, the score where its members end; NULL: not fixed. photos: at the last count; NULL: not known.
        "CREATE TABLE saved_answer (search_id INTEGER NOT NULL, question TEXT NOT NULL, space TEXT NOT NULL, cut TEXT,"
        " photos INTEGER, drawn_at REAL NOT NULL, PRIMARY KEY (search_id, question, space)) WITHOUT ROWID",
        # Pictures from outside that saved searches search with, and vectors made of the pixels as they came; part: ''
        # for the whole, else the box as JSON; vector: float16. key: hash of the JPEG, which questions name.
        "CREATE TABLE saved_picture (key TEXT PRIMARY KEY, jpeg BLOB NOT NULL, kept_at REAL NOT NULL)",
        "CREATE TABLE saved_vector (key TEXT NOT NULL REFERENCES saved_picture(key) ON DELETE CASCADE,"
        " part TEXT NOT NULL, space TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (key, part, space)) WITHOUT ROWID",
        "PRAGMA user_version = 5",
    ):
        db.execute(statement)
