"""The words by which photos are found: how text becomes words, and keeping the index in step with every change."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from app.catalog import places
from app.catalog.rows import SHOWN_MACHINE_TAG, SUBTREE
from app.catalog.store.connection import Connection, Row, as_json, chunked

AT_ONCE: Final = 400
"""Photos whose words are written in the same transaction as the change; more are noted and written in short ones."""

# Scripts without spaces between words: each character is a word, so that any part of a sentence is found.
_SINGLE = re.compile(
    "([\u2e80-\u2fdf\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff])"
)
_PICTOGRAMS = re.compile("([\u203c\u2049\u2122\u2139\u2190-\u2bff\U0001f000-\U0001faff])")
_JOINTS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")


def tokenise(text: str) -> str:
    """Text as the index takes it, when writing and when asking alike.

    Compatibility forms are unified, characters of Chinese, Japanese and Korean stand singly, and pictograms
    (which the index's tokenizer would drop) become words.
    """
    if text.isascii():
        return text.replace("\x00", " ")
    unified = unicodedata.normalize("NFKC", _UNUSABLE.sub(" ", text))
    spaced = _SINGLE.sub(r" \1 ", unified)
    return _PICTOGRAMS.sub(lambda found: f" emoji{ord(found.group()):x} ", spaced)


def tokenise_name(name: str) -> str:
    """A file's or folder's name: as it is, and its words once more taken apart ("BeachParty2019" → beach, party)."""
    apart = _JOINTS.sub(" ", name)
    return tokenise(name if apart == name else f"{name} {apart}")


def has_words(text: str) -> bool:
    """Whether anything that can be looked up is left of tokenised text."""
    return any(letter.isalnum() for letter in text)


def keep_in_step(sql: Connection, photo_ids: Iterable[int]) -> None:
    """Write the words of changed photos; inside the transaction of the change, followed by ``catch_up``."""
    ids = list(photo_ids)
    if len(ids) <= AT_ONCE:
        _write_words(sql, ids)
    else:
        sql.run("INSERT OR IGNORE INTO words_due SELECT value FROM json_each(?)", (as_json(ids),))


def mark_due_below(sql: Connection, folder_id: int) -> None:
    """The photos of a folder and all below it need their words written again."""
    sql.run(
        f"{SUBTREE} INSERT OR IGNORE INTO words_due SELECT id FROM photo WHERE folder_id IN subtree",
        (folder_id,),
    )


def catch_up(sql: Connection) -> None:
    """Write all words that are due, a few hundred photos a transaction; a killed run's rest too."""
    due = sql.column("SELECT photo_id FROM words_due")
    for ids in chunked(due):
        with sql.write():
            _write_words(sql, ids)
            sql.run("DELETE FROM words_due WHERE photo_id IN (SELECT value FROM json_each(?))", (as_json(ids),))


def forget(sql: Connection, photo_id: int) -> None:
    """The photo's row is going."""
    sql.run("DELETE FROM words WHERE rowid = ?", (photo_id,))


def _write_words(sql: Connection, ids: Iterable[int]) -> None:
    rows = sql.rows(
        "SELECT p.id, p.name, r.path, d.relative, own_caption.text, machine_caption.text,"
        " (SELECT group_concat(t.name, ' , ') FROM own_tag o JOIN tag t ON t.id = o.tag_id WHERE o.photo_id = p.id),"
        " (SELECT group_concat(t.name, ' , ') FROM machine_tag m JOIN tag t ON t.id = m.tag_id"
        f"  WHERE m.photo_id = p.id AND {SHOWN_MACHINE_TAG}),"
        " w.city || ' , ' || w.region || ' , ' || w.country,"
        " (SELECT group_concat(json_extract(value, '$[0]'), ' , ') FROM json_each(picture_text.lines))"
        " FROM json_each(?) j JOIN photo p ON p.id = j.value JOIN folder d ON d.id = p.folder_id"
        " JOIN root r ON r.id = d.root_id LEFT JOIN own_caption ON own_caption.photo_id = p.id"
        " LEFT JOIN machine_caption ON machine_caption.photo_id = p.id LEFT JOIN place w ON w.id = p.place_id"
        " LEFT JOIN picture_text ON picture_text.photo_id = p.id",
        (as_json(ids),),
    )
    sql.run_many("DELETE FROM words WHERE rowid = ?", [(row[0],) for row in rows])
    sql.run_many(
        "INSERT INTO words(rowid, name, folder, own_caption, machine_caption, own_tags, machine_tags, place,"
        " picture_text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [_words(row) for row in rows],
    )


def _words(row: Row) -> tuple[object, ...]:
    photo_id, name, root, relative, *texts = row
    return (photo_id, tokenise_name(name), _folder_words(root, relative), *(tokenise(text or "") for text in texts))


@lru_cache(maxsize=1024)
def _folder_words(root: bytes, relative: bytes) -> str:
    """Of the root only its own name: where on the disk it lies says nothing about its photos."""
    return tokenise_name(f"{places.shown(places.name(root.rstrip(b'/')))} / {places.shown(relative)}")
