"""Which date a photo shows: the one that a person set, else the one that its file told."""

from __future__ import annotations

from collections.abc import Iterable

from app.catalog.store.connection import Connection, as_json
from app.core.types import DateSource


def keep_in_step(sql: Connection, photo_ids: Iterable[int]) -> None:
    """Make the shown date of photos right again, inside the transaction that changed one of the two."""
    sql.run(
        "UPDATE photo SET (taken_at, date_source) = (SELECT coalesce(o.taken_at, p.read_taken_at),"
        " CASE WHEN o.taken_at IS NULL THEN p.read_date_source ELSE ?1 END"
        " FROM photo p LEFT JOIN own_date o ON o.photo_id = p.id WHERE p.id = photo.id)"
        " WHERE id IN (SELECT value FROM json_each(?2))",
        (DateSource.USER.value, as_json(photo_ids)),
    )
