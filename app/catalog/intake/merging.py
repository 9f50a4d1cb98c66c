"""Two photos that turn out to be one: nothing that a person decided about either is lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from app.catalog import dates, words
from app.catalog.intake.written import HAS_DECISIONS
from app.catalog.store.connection import Connection, as_json
from app.catalog.vectors.embeddings import forget_everywhere

_ONE_EACH = {"own_caption": "text", "own_date": "taken_at", "written": "caption, is_favourite"}
"""What a photo has one of: the shown photo's counts, else that of another."""


def merge(sql: Connection, library: Path, ids: Sequence[int]) -> int:
    """Make one photo of several, inside a transaction: tags united, the higher rating, favourite where one was.

    The photo that stays is the one that a person decided about, else the first. Undo and redo of decisions about the
    others go to it from now on. Where the first is not the one that stays, its picture is yet to be read.

    Args:
        sql: inside a transaction.
        library: whose vectors of the others are dropped.
        ids: two photos or more, the one whose file is shown first.

    Returns:
        The photo that stays.
    """
    stays = next((photo_id for photo_id in ids if sql.value(HAS_DECISIONS, (photo_id,))), ids[0])
    others = [photo_id for photo_id in ids if photo_id != stays]
    # Before the rows go: a crash in between costs vectors that can be made again, not ones left over.
    forget_everywhere(library, others)
    _unite_decisions(sql, stays, ids)
    given = as_json(others)
    gone = "(SELECT value FROM json_each(?2))"
    sql.run(f"UPDATE file SET photo_id = ?1, is_shown = 0, needs_read = 0 WHERE photo_id IN {gone}", (stays, given))
    sql.run(
        f"UPDATE photo SET added_at = min(added_at, (SELECT min(added_at) FROM photo WHERE id IN {gone}))"
        " WHERE id = ?1",
        (stays, given),
    )
    sql.run(f"UPDATE merged SET into_id = ?1 WHERE into_id IN {gone}", (stays, given))
    sql.run("INSERT INTO merged(photo_id, into_id) SELECT value, ?1 FROM json_each(?2)", (stays, given))
    for photo_id in others:
        words.forget(sql, photo_id)
    sql.run("DELETE FROM photo WHERE id IN (SELECT value FROM json_each(?))", (given,))
    dates.keep_in_step(sql, [stays])
    words.keep_in_step(sql, [stays])
    return stays


def _unite_decisions(sql: Connection, stays: int, ids: Sequence[int]) -> None:
    given = as_json(ids)
    chosen = "(SELECT value FROM json_each(?2))"
    sql.run(
        "INSERT OR REPLACE INTO judgement(photo_id, rating, is_favourite)"
        f" SELECT ?1, max(rating), max(is_favourite) FROM judgement WHERE photo_id IN {chosen} HAVING count(*)",
        (stays, given),
    )
    for table, columns in _ONE_EACH.items():
        sql.run(
            f"INSERT OR REPLACE INTO {table}(photo_id, {columns}) SELECT ?1, {columns} FROM json_each(?2) j"
            f" JOIN {table} x ON x.photo_id = j.value ORDER BY j.key LIMIT 1",
            (stays, given),
        )
    for table in ("own_tag", "rejected_tag"):
        sql.run(
            f"INSERT OR IGNORE INTO {table}(photo_id, tag_id)"
            f" SELECT ?1, tag_id FROM {table} WHERE photo_id IN {chosen}",
            (stays, given),
        )
    sql.run(
        "DELETE FROM rejected_tag WHERE photo_id = ?1 AND tag_id IN (SELECT tag_id FROM own_tag WHERE photo_id = ?1)",
        (stays,),
    )


def present_ids(sql: Connection, photo_ids: Iterable[int]) -> dict[int, int]:
    """For photos that were merged into others, the photos that they are now."""
    return dict(
        sql.rows(
            "SELECT photo_id, into_id FROM merged WHERE photo_id IN (SELECT value FROM json_each(?))",
            (as_json(photo_ids),),
        )
    )
