"""A scope as an SQL condition on photo ``p``."""

from __future__ import annotations

from app.catalog.rows import SHOWN_MACHINE_TAG, SUBTREE
from app.catalog.tag_names import tag_key
from app.core.query import Scope

RECENT_S = 30 * 24 * 3600


def condition(scope: Scope, now: float) -> tuple[str, list[object]]:
    """SQL that is true for the shown photos of a scope, and its parameters in their order."""
    parts: list[str] = ["p.removed_at IS NULL"]
    given: list[object] = []
    if scope.folder_id is not None:
        parts.append(f"p.folder_id IN ({SUBTREE} SELECT id FROM subtree)")
        given.append(scope.folder_id)
    if scope.tag is not None:
        parts.append(f"p.id IN ({_TAGGED})")
        given += [tag_key(scope.tag), tag_key(scope.tag)]
    if scope.is_favourite:
        parts.append("p.id IN (SELECT photo_id FROM judgement WHERE is_favourite = 1)")
    if scope.is_recent:
        parts.append("p.added_at >= ?")
        given.append(now - RECENT_S)
    return " AND ".join(parts), given


_TAGGED = (
    "SELECT o.photo_id FROM own_tag o JOIN tag t ON t.id = o.tag_id WHERE t.key = ?"
    " UNION SELECT m.photo_id FROM machine_tag m JOIN tag t ON t.id = m.tag_id"
    f" WHERE t.key = ? AND {SHOWN_MACHINE_TAG}"
)
