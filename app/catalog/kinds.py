"""Which kind a photo is of: what its shown file is by itself, what its other files make of it, and what it means."""

from __future__ import annotations

from collections.abc import Iterable

from app.catalog.store.connection import Connection, as_json

_HAS = "EXISTS (SELECT 1 FROM file f WHERE f.photo_id = photo.id AND f.role = '{}' AND f.is_missing = 0)"
_IS_DOCUMENT = "EXISTS (SELECT 1 FROM tagged g WHERE g.photo_id = photo.id AND g.is_document = 1)"
_KIND = (
    "CASE WHEN read_kind IN ('video', 'live') THEN read_kind"
    f" WHEN {_HAS.format('motion')} THEN 'live' WHEN read_kind = 'animation' THEN read_kind"
    f" WHEN {_HAS.format('twin')} THEN 'raw'"
    f" WHEN read_kind = 'photo' AND {_IS_DOCUMENT} THEN 'document' ELSE read_kind END"
)
"""In the order of ``Kind``: the first that fits."""


def keep_in_step(sql: Connection, photo_ids: Iterable[int]) -> None:
    """Make the kind of photos right again, inside the transaction that changed their files, what was read or meant."""
    given = as_json(photo_ids)
    sql.run(
        f"UPDATE photo SET kind = {_KIND} WHERE id IN (SELECT value FROM json_each(?)) AND kind <> {_KIND}", (given,)
    )
