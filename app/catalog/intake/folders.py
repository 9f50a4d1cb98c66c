"""The folders below the roots: getting or making one, the sidebar's tree, what a person left out."""

from __future__ import annotations

import os
from pathlib import Path

from app.catalog import places
from app.catalog.natural import natural_key
from app.catalog.store.connection import Connection, Part, Row
from app.core.types import Folder, FolderId, RootId


class Folders(Part):
    """Folders of the library."""

    def folder(self, root_id: RootId, relative: bytes) -> FolderId:
        """Get a folder, or make it and those above it.

        Args:
            root_id: the root it lies in.
            relative: ``os.fsencode``, "/" between the parts, b"" for the root itself.
        """
        found = find_folder(self._sql, root_id, relative)
        if found is not None:
            return found
        with self._sql.write():
            return ensure_folder(self._sql, root_id, relative)

    def is_excluded(self, root_id: RootId, relative: bytes) -> bool:
        """Whether a person removed this folder, or one above it, from the library."""
        above = places.ancestors(relative)
        marks = ",".join("?" * len(above))
        nearest = self._sql.value(
            f"SELECT is_excluded FROM folder WHERE root_id = ? AND relative IN ({marks})"
            " AND is_excluded IS NOT NULL ORDER BY length(relative) DESC LIMIT 1",
            (root_id, *above),
        )
        return bool(nearest)

    def child_folders(self, folder_id: FolderId) -> dict[bytes, FolderId]:
        """The known folders directly in this one, by name."""
        rows = self._sql.rows("SELECT relative, id FROM folder WHERE parent_id = ?", (folder_id,))
        return {places.name(relative): FolderId(child) for relative, child in rows}

    def folder_at(self, path: Path) -> FolderId | None:
        """The folder of the library that lies at ``path`` (absolute); None where it is not in the library."""
        return locate_folder(self._sql, places.encoded(path))

    def excluded_folders(self) -> list[Path]:
        """The folders that a person left out one by one, without those below another of them."""
        rows = self._sql.rows(
            "SELECT r.path, d.relative FROM folder d JOIN root r ON r.id = d.root_id"
            " WHERE d.is_excluded = 1 AND r.removed_at IS NULL"
        )
        found = sorted((places.joined(root, relative) for root, relative in rows), key=lambda path: path.parts)
        return [path for path in found if not any(other in path.parents for other in found)]

    def folders(self) -> list[Folder]:
        """The tree of folders that hold photos, parents before children, in natural order of their names."""
        rows = self._sql.rows(
            "SELECT d.id, d.root_id, d.parent_id, r.path, d.relative, r.is_offline FROM folder d"
            " JOIN root r ON r.id = d.root_id WHERE r.removed_at IS NULL"
        )
        counts = self._counts_with_below(rows)
        filled = [_folder(row, counts[row[0]]) for row in rows if counts[row[0]] or row[2] is None]
        return sorted(filled, key=_tree_key)

    def _counts_with_below(self, rows: list[Row]) -> dict[int, int]:
        own: dict[int, int] = dict(self._sql.rows("SELECT value, n FROM tally WHERE what = 'folder' AND n > 0"))
        counts = {row[0]: own.get(row[0], 0) for row in rows}
        deepest_first = sorted(rows, key=lambda row: row[4].count(b"/") + bool(row[4]), reverse=True)
        for folder_id, _, parent_id, *_ in deepest_first:
            if parent_id is not None:
                counts[parent_id] += counts[folder_id]
        return counts


def _folder(row: Row, count: int) -> Folder:
    folder_id, root_id, parent_id, root, relative, is_offline = row
    path = places.joined(root, relative)
    name = places.shown(places.name(relative) or places.name(root.rstrip(b"/"))) or str(path)
    return Folder(folder_id, root_id, parent_id, path, name, bool(is_offline), count)


def _tree_key(folder: Folder) -> list[str]:
    return [natural_key(places.shown(os.fsencode(part))) for part in folder.path.parts]


def find_folder(sql: Connection, root_id: int, relative: bytes) -> FolderId | None:
    """The row of a folder, None where it is not known."""
    found: FolderId | None = sql.value("SELECT id FROM folder WHERE root_id = ? AND relative = ?", (root_id, relative))
    return found


def ensure_folder(sql: Connection, root_id: int, relative: bytes) -> FolderId:
    """Get or make a folder and those above it; inside a transaction."""
    found = find_folder(sql, root_id, relative)
    if found is not None:
        return found
    above = ensure_folder(sql, root_id, places.parent(relative)) if relative else None
    return FolderId(
        sql.insert(
            "INSERT INTO folder(root_id, parent_id, relative, text) VALUES (?, ?, ?, ?)",
            (root_id, above, relative, places.shown(relative)),
        )
    )


def locate_folder(sql: Connection, place: bytes) -> FolderId | None:
    """The folder row of an absolute place, in whichever present root knows it."""
    for root_id, root in sql.rows("SELECT id, path FROM root WHERE removed_at IS NULL ORDER BY length(path) DESC"):
        relative = places.below(root, place)
        if relative is not None:
            found = find_folder(sql, root_id, relative)
            if found is not None:
                return found
    return None
