"""The folders that a person added, and what adding one inside or around another does."""

from __future__ import annotations

from pathlib import Path

from app.catalog import places, words
from app.catalog.intake.folders import ensure_folder, find_folder
from app.catalog.rows import SUBTREE
from app.catalog.store.connection import Connection, Part
from app.core.types import Root, RootId


class Roots(Part):
    """Adding roots, their list, and whether they can be reached now."""

    def add_root(self, path: Path, *, is_whole: bool = True, volume: str | None = None) -> RootId:
        """Make a folder part of the library.

        A folder inside a whole root adds nothing: that root is returned, and what was removed at or below the folder
        comes back. A folder around other roots takes them over: their folders move into it, photos keep their ids.
        A removed root comes back. Photos that a person removed one by one stay removed.

        Args:
            path: absolute.
            is_whole: False: only single files of it are added; it becomes whole when it is added whole.
            volume: names the drive, where that can be known.
        """
        place = places.encoded(path)
        with self._sql.write(is_durable=True):
            root_id = _live_whole_root_around(self._sql, place)
            if root_id is None:
                root_id = self._own_root(place, is_whole, volume)
            if is_whole:
                _take_over_below(self._sql, root_id, place)
                _lift_removals(self._sql, root_id, place)
        words.catch_up(self._sql)
        return RootId(root_id)

    def _own_root(self, place: bytes, is_whole: bool, volume: str | None) -> int:
        """The root at exactly this place, made or brought back."""
        known = self._sql.row("SELECT id, is_whole, removed_at FROM root WHERE path = ?", (place,))
        if known is None:
            return self._new_root(place, is_whole, volume)
        root_id, was_whole, removed_at = known
        stays_whole = is_whole or (bool(was_whole) and removed_at is None)
        self._sql.run(
            "UPDATE root SET is_whole = ?, removed_at = NULL, is_offline = 0, volume = coalesce(?, volume)"
            " WHERE id = ?",
            (stays_whole, volume, root_id),
        )
        return int(root_id)

    def _new_root(self, place: bytes, is_whole: bool, volume: str | None) -> int:
        root_id = self._sql.insert(
            "INSERT INTO root(path, text, volume, is_whole, added_at) VALUES (?, ?, ?, ?, ?)",
            (place, places.shown(place), volume, is_whole, self._sql.now()),
        )
        # What a removed root, or one of single files, knows of this place moves here: a place is known once.
        for other_id, other in self._sql.rows("SELECT id, path FROM root WHERE id <> ?", (root_id,)):
            relative = places.below(other, place)
            if relative is not None:
                _move_folders(self._sql, other_id, relative, root_id, places.ROOT_ITSELF)
        ensure_folder(self._sql, root_id, places.ROOT_ITSELF)
        return root_id

    def roots(self) -> list[Root]:
        """The roots in the order in which they were added."""
        rows = self._sql.rows(
            "SELECT r.id, r.path, r.is_whole, r.is_offline, (SELECT count(*) FROM photo p JOIN folder d"
            " ON d.id = p.folder_id WHERE d.root_id = r.id AND p.removed_at IS NULL)"
            " FROM root r WHERE r.removed_at IS NULL ORDER BY r.id"
        )
        return [Root(RootId(row[0]), places.joined(row[1]), bool(row[2]), bool(row[3]), row[4]) for row in rows]

    def set_offline(self, root_id: RootId, is_offline: bool) -> None:
        """Say that a root's drive is away, or back; nothing is written where that is known."""
        known = self._sql.value("SELECT is_offline FROM root WHERE id = ?", (root_id,))
        if known is not None and bool(known) != is_offline:
            self._sql.run("UPDATE root SET is_offline = ? WHERE id = ?", (is_offline, root_id))


def write_removal(sql: Connection, root_id: int, removed_at: float | None) -> None:
    """Say that a root was removed, or (None) is back; what was added below it meanwhile is in it again."""
    sql.run("UPDATE root SET removed_at = ? WHERE id = ?", (removed_at, root_id))
    place = sql.value("SELECT path FROM root WHERE id = ? AND removed_at IS NULL AND is_whole = 1", (root_id,))
    if place is not None:
        _take_over_below(sql, root_id, place)


def _live_whole_root_around(sql: Connection, place: bytes) -> int | None:
    for root_id, root in sql.rows("SELECT id, path FROM root WHERE is_whole = 1 AND removed_at IS NULL"):
        if places.below(root, place) is not None:
            return int(root_id)
    return None


def _take_over_below(sql: Connection, root_id: int, place: bytes) -> None:
    """Roots at or below ``place`` become folders of ``root_id``; the outermost first, so that parents exist."""
    own = sql.value("SELECT path FROM root WHERE id = ?", (root_id,))
    others = sql.rows("SELECT id, path FROM root WHERE id <> ? ORDER BY length(path)", (root_id,))
    for other_id, other in others:
        if places.below(place, other) is None:
            continue
        inside = places.below(own, other) or b""
        _move_folders(sql, other_id, places.ROOT_ITSELF, root_id, inside)
        sql.run("DELETE FROM root WHERE id = ?", (other_id,))


def _move_folders(sql: Connection, from_root: int, at: bytes, to_root: int, to: bytes) -> None:
    """Hang the folder ``at`` of one root, with all below it, into another root as ``to``."""
    top = find_folder(sql, from_root, at)
    if top is None:
        return
    above = ensure_folder(sql, to_root, places.parent(to)) if to else None
    moved = sql.rows(f"{SUBTREE} SELECT id, relative FROM folder WHERE id IN subtree", (top,))
    for folder_id, relative in moved:
        rest = relative[len(at) :].strip(b"/")
        new = b"/".join(part for part in (to, rest) if part)
        sql.run(
            "UPDATE folder SET root_id = ?, relative = ?, text = ? WHERE id = ?",
            (to_root, new, places.shown(new), folder_id),
        )
    sql.run("UPDATE folder SET parent_id = ? WHERE id = ?", (above, top))
    words.mark_due_below(sql, top)


def _lift_removals(sql: Connection, root_id: int, place: bytes) -> None:
    """A person adds this folder: what was removed as a folder, here or below, is wanted again."""
    root = sql.value("SELECT path FROM root WHERE id = ?", (root_id,))
    top = ensure_folder(sql, root_id, places.below(root, place) or places.ROOT_ITSELF)
    sql.run(f"{SUBTREE} UPDATE folder SET is_excluded = NULL WHERE id IN subtree AND is_excluded = 1", (top,))
    sql.run("UPDATE folder SET is_excluded = 0 WHERE id = ?", (top,))
    sql.run(
        f"{SUBTREE} UPDATE photo SET removed_at = NULL, removed_reason = NULL"
        " WHERE removed_reason = 'folder' AND folder_id IN subtree",
        (top,),
    )
