"""Every decision of a person as edits that can be taken back: written, undone and redone by one function each."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.catalog import dates, words
from app.catalog.intake import merging, roots
from app.catalog.store.connection import Connection
from app.catalog.tag_names import ensure_tags

KEPT = 1000
"""Decisions that can be undone; older ones stay done."""


class Facet(StrEnum):
    """What of the library an edit is about. The values stand in stored history.

    To add a facet: 1. a line here; 2. a function that writes its value, in ``_WRITERS``; 3. if it changes words by
    which photos are found, its name in ``_WORDS``, if its key is no photo's, in ``_OF_NO_PHOTO``; 4. a case in
    tests/catalog/test_decisions.py.
    """

    RATING = "rating"
    FAVOURITE = "favourite"
    CAPTION = "caption"
    DATE = "date"
    TAG = "tag"
    REJECTED = "rejected"
    REMOVAL = "removal"
    FOLDER = "folder"
    ROOT = "root"
    SAVED_SEARCH = "saved_search"


@dataclass(frozen=True, slots=True)
class Edit:
    """One value that a person changed: ``key`` says where (a photo, or photo and tag), as plain JSON."""

    facet: Facet
    key: Any
    before: Any
    after: Any


def decide(sql: Connection, kind: str, edits: Sequence[Edit]) -> None:
    """Carry out a decision and write it with its inverse to the history, in one transaction.

    All decisions pass here. Edits that change nothing are left out; a decision of none is none.
    """
    real = [edit for edit in edits if edit.before != edit.after]
    if not real:
        return
    with sql.write(is_durable=True):
        _carry_out(sql, [(edit.facet, edit.key, edit.after) for edit in real])
        sql.run("DELETE FROM history WHERE is_undone = 1")
        packed = zlib.compress(json.dumps([[e.facet, e.key, e.before, e.after] for e in real]).encode(), 1)
        newest = sql.insert("INSERT INTO history(kind, made_at, edits) VALUES (?, ?, ?)", (kind, sql.now(), packed))
        sql.run("DELETE FROM history WHERE id <= ?", (newest - KEPT,))
    words.catch_up(sql)


_TO_UNDO, _TO_REDO = "is_undone = 0 ORDER BY id DESC", "is_undone = 1 ORDER BY id"


def next_steps(sql: Connection) -> tuple[str | None, str | None]:
    """The kinds of the decisions that ``undo`` and ``redo`` would take up now; None where there is none."""
    kinds = [sql.value(f"SELECT kind FROM history WHERE {which} LIMIT 1") for which in (_TO_UNDO, _TO_REDO)]
    to_undo, to_redo = (None if kind is None else str(kind) for kind in kinds)
    return to_undo, to_redo


def undo(sql: Connection) -> str | None:
    """Take the last decision back; its kind, None where there is none."""
    return _step(sql, _TO_UNDO, is_undone=True)


def redo(sql: Connection) -> str | None:
    """Carry the decision out again that was taken back last; its kind, None where there is none."""
    return _step(sql, _TO_REDO, is_undone=False)


def _step(sql: Connection, which: str, *, is_undone: bool) -> str | None:
    with sql.write(is_durable=True):
        found = sql.row(f"SELECT id, kind, edits FROM history WHERE {which} LIMIT 1")
        if found is None:
            return None
        history_id, kind, packed = found
        edits = _of_present_photos(sql, json.loads(zlib.decompress(packed)))
        values = [(Facet(f), key, before if is_undone else after) for f, key, before, after in edits]
        _carry_out(sql, values)
        sql.run("UPDATE history SET is_undone = ? WHERE id = ?", (is_undone, history_id))
    words.catch_up(sql)
    return str(kind)


def _of_present_photos(sql: Connection, edits: list[list[Any]]) -> list[list[Any]]:
    """What was decided about a photo that was merged into another one is about that one now."""
    about = {_photo_of(key) for facet, key, _, _ in edits if facet not in _OF_NO_PHOTO}
    present = merging.present_ids(sql, about)
    if not present:
        return edits
    return [edit if edit[0] in _OF_NO_PHOTO else [edit[0], _with_photo(edit[1], present), *edit[2:]] for edit in edits]


def _photo_of(key: Any) -> int:
    return int(key[0] if isinstance(key, list) else key)


def _with_photo(key: Any, present: Mapping[int, int]) -> Any:
    photo_id = present.get(_photo_of(key), _photo_of(key))
    return [photo_id, *key[1:]] if isinstance(key, list) else photo_id


def _carry_out(sql: Connection, values: Sequence[tuple[Facet, Any, Any]]) -> None:
    for facet in dict.fromkeys(facet for facet, _, _ in values):
        _WRITERS[facet](sql, [(key, value) for other, key, value in values if other is facet])
    keys = (key for facet, key, _ in values if facet in _WORDS)
    words.keep_in_step(sql, dict.fromkeys(_photo_of(key) for key in keys))


Values = Iterable[tuple[Any, Any]]


def _write_rating(sql: Connection, values: Values) -> None:
    sql.run_many(
        "INSERT INTO judgement(photo_id, rating) SELECT id, ?1 FROM photo WHERE id = ?2"
        " ON CONFLICT(photo_id) DO UPDATE SET rating = excluded.rating",
        [(rating, photo_id) for photo_id, rating in values],
    )


def _write_favourite(sql: Connection, values: Values) -> None:
    sql.run_many(
        "INSERT INTO judgement(photo_id, is_favourite) SELECT id, ?1 FROM photo WHERE id = ?2"
        " ON CONFLICT(photo_id) DO UPDATE SET is_favourite = excluded.is_favourite",
        [(bool(is_favourite), photo_id) for photo_id, is_favourite in values],
    )


def _write_caption(sql: Connection, values: Values) -> None:
    pairs = list(values)
    sql.run_many("DELETE FROM own_caption WHERE photo_id = ?", [(photo_id,) for photo_id, _ in pairs])
    sql.run_many(
        "INSERT INTO own_caption(photo_id, text) SELECT id, ?1 FROM photo WHERE id = ?2",
        [(text, photo_id) for photo_id, text in pairs if text is not None],
    )


def _write_date(sql: Connection, values: Values) -> None:
    pairs = list(values)
    sql.run_many("DELETE FROM own_date WHERE photo_id = ?", [(photo_id,) for photo_id, _ in pairs])
    sql.run_many(
        "INSERT INTO own_date(photo_id, taken_at) SELECT id, ?1 FROM photo WHERE id = ?2",
        [(taken_at, photo_id) for photo_id, taken_at in pairs if taken_at is not None],
    )
    dates.keep_in_step(sql, [photo_id for photo_id, _ in pairs])


def _tag_writer(table: str) -> Callable[[Connection, Values], None]:
    def write(sql: Connection, values: Values) -> None:
        pairs = [(tuple(key), value) for key, value in values]
        ids = ensure_tags(sql, {name for (_, name), _ in pairs})
        sql.run_many(
            f"INSERT OR IGNORE INTO {table}(photo_id, tag_id) SELECT id, ?1 FROM photo WHERE id = ?2",
            [(ids[name], photo_id) for (photo_id, name), is_set in pairs if is_set],
        )
        sql.run_many(
            f"DELETE FROM {table} WHERE tag_id = ? AND photo_id = ?",
            [(ids[name], photo_id) for (photo_id, name), is_set in pairs if not is_set],
        )

    return write


def _write_removal(sql: Connection, values: Values) -> None:
    sql.run_many(
        "UPDATE photo SET removed_at = ?, removed_reason = ? WHERE id = ?",
        [(*(value or (None, None)), photo_id) for photo_id, value in values],
    )


def _write_folder(sql: Connection, values: Values) -> None:
    sql.run_many("UPDATE folder SET is_excluded = ? WHERE id = ?", [(value, key) for key, value in values])


def _write_root(sql: Connection, values: Values) -> None:
    for root_id, removed_at in values:
        roots.write_removal(sql, root_id, removed_at)


def _write_saved_search(sql: Connection, values: Values) -> None:
    for search_id, value in values:
        sql.run("DELETE FROM saved_search WHERE id = ?", (search_id,))
        if value is not None:
            sql.run(
                "INSERT INTO saved_search(id, name, question, position, made_at) VALUES (?, ?, ?, ?, ?)",
                (search_id, *value, sql.now()),
            )


_WRITERS: dict[Facet, Callable[[Connection, Values], None]] = {
    Facet.RATING: _write_rating,
    Facet.FAVOURITE: _write_favourite,
    Facet.CAPTION: _write_caption,
    Facet.DATE: _write_date,
    Facet.TAG: _tag_writer("own_tag"),
    Facet.REJECTED: _tag_writer("rejected_tag"),
    Facet.REMOVAL: _write_removal,
    Facet.FOLDER: _write_folder,
    Facet.ROOT: _write_root,
    Facet.SAVED_SEARCH: _write_saved_search,
}
_OF_NO_PHOTO = {Facet.FOLDER, Facet.ROOT, Facet.SAVED_SEARCH}
_WORDS = {Facet.CAPTION, Facet.TAG, Facet.REJECTED}
