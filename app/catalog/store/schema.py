"""The first schema. It is history: later changes are steps in migrations.py, never edits here."""

from __future__ import annotations

SCHEMA_1 = """
CREATE TABLE root (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  path BLOB NOT NULL UNIQUE,              -- absolute, os.fsencode, "/" between parts
  text TEXT NOT NULL,                     -- the same to show
  volume TEXT,                            -- which drive it lies on, where that can be known
  is_whole INTEGER NOT NULL,              -- 0: only single files of it were added
  is_offline INTEGER NOT NULL DEFAULT 0,
  added_at REAL NOT NULL,
  removed_at REAL                         -- a person removed it from the library
);

CREATE TABLE folder (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  root_id INTEGER NOT NULL REFERENCES root(id),
  parent_id INTEGER REFERENCES folder(id),
  relative BLOB NOT NULL,                 -- below the root, "/" between parts, empty: the root itself
  text TEXT NOT NULL,
  is_excluded INTEGER,                    -- 1: a person removed it, 0: a person added it, NULL: as its parent
  UNIQUE (root_id, relative)
);
CREATE INDEX folder_by_parent ON folder(parent_id);

CREATE TABLE photo (
  id INTEGER PRIMARY KEY AUTOINCREMENT,   -- never reused: thumbnails and vectors are kept under it
  folder_id INTEGER NOT NULL REFERENCES folder(id),
  name TEXT NOT NULL,                     -- of its first file, to show
  name_key TEXT NOT NULL,                 -- sorts "file2" before "file10"
  kind TEXT NOT NULL DEFAULT 'image',
  is_read INTEGER NOT NULL DEFAULT 0,
  width_px INTEGER,
  height_px INTEGER,
  aspect REAL NOT NULL,                   -- width / height, 4/3 until read
  mean_colour INTEGER,                    -- 0xRRGGBB
  perceptual_hash INTEGER,                -- 64 bits as a signed integer
  content_hash BLOB,                      -- of the image data without headers
  taken_at REAL NOT NULL,                 -- local wall-clock time as if UTC
  date_source TEXT NOT NULL,
  utc_offset_min INTEGER,
  latitude REAL,
  longitude REAL,
  camera TEXT,
  lens TEXT,
  exposure_s REAL,
  f_number REAL,
  iso INTEGER,
  focal_mm REAL,
  thumbnail_bytes INTEGER NOT NULL DEFAULT 0,
  added_at REAL NOT NULL,
  removed_at REAL,
  removed_reason TEXT                     -- 'removed', 'folder' (with its folder) or 'trashed'
);
CREATE INDEX photo_by_date ON photo(taken_at, id, aspect, is_read) WHERE removed_at IS NULL;
CREATE INDEX photo_by_name ON photo(name_key, id, taken_at, aspect) WHERE removed_at IS NULL;
CREATE INDEX photo_by_folder ON photo(folder_id) WHERE removed_at IS NULL;
CREATE INDEX photo_by_any_folder ON photo(folder_id);
CREATE INDEX photo_removed ON photo(id) WHERE removed_at IS NOT NULL;
CREATE INDEX photo_by_content ON photo(content_hash) WHERE content_hash IS NOT NULL;

CREATE TABLE file (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  photo_id INTEGER NOT NULL REFERENCES photo(id) ON DELETE CASCADE,
  folder_id INTEGER NOT NULL REFERENCES folder(id),
  name BLOB NOT NULL,
  role TEXT NOT NULL DEFAULT 'original',
  size_bytes INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  is_missing INTEGER NOT NULL DEFAULT 0,
  needs_read INTEGER NOT NULL DEFAULT 1,
  UNIQUE (folder_id, name)
);
CREATE INDEX file_by_photo ON file(photo_id);
CREATE INDEX file_to_read ON file(mtime_ns, id) WHERE needs_read = 1 AND is_missing = 0;
CREATE INDEX file_missing ON file(photo_id) WHERE is_missing = 1;

CREATE TABLE failure (
  photo_id INTEGER NOT NULL REFERENCES photo(id) ON DELETE CASCADE,
  stage TEXT NOT NULL,
  file_id INTEGER REFERENCES file(id) ON DELETE CASCADE,
  size_bytes INTEGER,                     -- the version of the file that failed
  mtime_ns INTEGER,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '',
  failed_at REAL NOT NULL,
  PRIMARY KEY (photo_id, stage)
) WITHOUT ROWID;

CREATE TABLE in_hand (
  file_id INTEGER PRIMARY KEY REFERENCES file(id) ON DELETE CASCADE,
  holder TEXT NOT NULL,                   -- the process and the connection that decodes it
  attempts INTEGER NOT NULL
);

-- What people decided: no re-index touches these.

CREATE TABLE judgement (
  photo_id INTEGER PRIMARY KEY REFERENCES photo(id) ON DELETE CASCADE,
  rating INTEGER NOT NULL DEFAULT 0,
  is_favourite INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE own_caption (
  photo_id INTEGER PRIMARY KEY REFERENCES photo(id) ON DELETE CASCADE,
  text TEXT NOT NULL
);
CREATE TABLE tag (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,               -- case and width folded: "Dog" and "dog" are one tag
  name TEXT NOT NULL
);
CREATE TABLE own_tag (
  photo_id INTEGER NOT NULL REFERENCES photo(id) ON DELETE CASCADE,
  tag_id INTEGER NOT NULL REFERENCES tag(id),
  PRIMARY KEY (photo_id, tag_id)
) WITHOUT ROWID;
CREATE INDEX own_tag_by_tag ON own_tag(tag_id, photo_id);
CREATE TABLE rejected_tag (
  photo_id INTEGER NOT NULL REFERENCES photo(id) ON DELETE CASCADE,
  tag_id INTEGER NOT NULL REFERENCES tag(id),
  PRIMARY KEY (photo_id, tag_id)
) WITHOUT ROWID;
CREATE TABLE history (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  made_at REAL NOT NULL,
  is_undone INTEGER NOT NULL DEFAULT 0,
  edits BLOB NOT NULL                     -- zlib(JSON): [facet, key, before, after] each
);
CREATE TABLE trash_intent (
  photo_id INTEGER PRIMARY KEY REFERENCES photo(id) ON DELETE CASCADE,
  begun_at REAL NOT NULL
);
CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- What machines computed: may be thrown away.

CREATE TABLE machine_caption (
  photo_id INTEGER PRIMARY KEY REFERENCES photo(id) ON DELETE CASCADE,
  model_id TEXT NOT NULL,
  text TEXT NOT NULL
);
CREATE TABLE machine_tag (
  photo_id INTEGER NOT NULL REFERENCES photo(id) ON DELETE CASCADE,
  tag_id INTEGER NOT NULL REFERENCES tag(id),
  confidence REAL NOT NULL,
  PRIMARY KEY (photo_id, tag_id)
) WITHOUT ROWID;
CREATE INDEX machine_tag_shown ON machine_tag(tag_id, photo_id) WHERE confidence >= 0.5;
CREATE TABLE tagged (
  photo_id INTEGER PRIMARY KEY REFERENCES photo(id) ON DELETE CASCADE,
  version TEXT NOT NULL                   -- of vocabulary and model; no tags at all is a valid answer
);

CREATE VIRTUAL TABLE words USING fts5(
  name, folder, own_tags, own_caption, machine_caption, machine_tags,
  tokenize = "porter unicode61 remove_diacritics 2", prefix = '2 3'
);
CREATE TABLE words_due (photo_id INTEGER PRIMARY KEY);   -- whose words must be written again
"""
