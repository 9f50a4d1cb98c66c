"""Takes over what a person wrote about photos in another program, once, where nothing stands in Oriel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.catalog import words
from app.catalog.rows import storable
from app.catalog.store.connection import Connection
from app.core.types import ReadPhoto

HAS_DECISIONS: Final = (
    "SELECT EXISTS (SELECT 1 FROM judgement j LEFT JOIN written w ON w.photo_id = j.photo_id WHERE j.photo_id = ?1"
    "  AND (j.rating > 0 OR j.is_favourite > coalesce(w.is_favourite, 0)))"
    " OR EXISTS (SELECT 1 FROM own_caption o LEFT JOIN written w ON w.photo_id = o.photo_id WHERE o.photo_id = ?1"
    "  AND o.text IS NOT w.caption)"
    " OR EXISTS (SELECT 1 FROM own_tag WHERE photo_id = ?1)"
    " OR EXISTS (SELECT 1 FROM rejected_tag WHERE photo_id = ?1)"
    " OR EXISTS (SELECT 1 FROM own_date WHERE photo_id = ?1)"
)
"""Whether a person decided something about a photo in Oriel; what was only taken over is no decision."""


def take_over(sql: Connection, reads: Sequence[ReadPhoto]) -> None:
    """Make captions and favourites of what was written elsewhere; inside the transaction that writes the reads.

    It happens the first time that something is told of a photo: whoever changes or drops it in Oriel has the last
    word. It is no step to undo, since nobody took it.
    """
    told = [(each.photo_id, each.written) for each in reads if each.written is not None]
    rows = [(photo_id, storable(text.caption), text.is_favourite) for photo_id, text in told]
    new = [row for row in rows if sql.value("SELECT 1 FROM written WHERE photo_id = ?", row[:1]) is None]
    if not new:
        return
    sql.run_many("INSERT INTO written(photo_id, caption, is_favourite) VALUES (?, ?, ?)", new)
    sql.run_many(
        "INSERT OR IGNORE INTO own_caption(photo_id, text) VALUES (?, ?)",
        [(photo_id, caption) for photo_id, caption, _ in new if caption],
    )
    sql.run_many(
        "INSERT OR IGNORE INTO judgement(photo_id, is_favourite) VALUES (?, 1)",
        [(photo_id,) for photo_id, _, is_favourite in new if is_favourite],
    )
    words.keep_in_step(sql, [photo_id for photo_id, _, _ in new])


def hand_over(sql: Connection, new_id: int, old_id: int) -> None:
    """A new photo turned out to be a known one: what was written about it counts there, as in ``take_over``."""
    if sql.value("SELECT 1 FROM written WHERE photo_id = ?", (old_id,)) is not None:
        return
    for table, columns, condition in (
        ("written", "caption, is_favourite", "1"),
        ("own_caption", "text", "1"),
        ("judgement", "is_favourite", "is_favourite = 1"),
    ):
        sql.run(
            f"INSERT OR IGNORE INTO {table}(photo_id, {columns})"
            f" SELECT ?1, {columns} FROM {table} WHERE photo_id = ?2 AND {condition}",
            (old_id, new_id),
        )
