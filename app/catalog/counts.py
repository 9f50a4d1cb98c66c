"""The library in numbers, its list of tags, and small values kept with it."""

from __future__ import annotations

from app.catalog.rows import AVAILABLE_FILE
from app.catalog.stages import Stages
from app.core.types import Status

# Few photos lie on an absent drive or are missing, so these are looked for first.
_OFFLINE = (
    "SELECT count(*) FROM photo p WHERE p.removed_at IS NULL AND p.id IN"
    " (SELECT photo_id FROM file WHERE is_missing = 1 UNION SELECT f.photo_id FROM file f WHERE f.folder_id IN"
    "  (SELECT d.id FROM folder d JOIN root r ON r.id = d.root_id WHERE r.is_offline = 1))"
    f" AND NOT {AVAILABLE_FILE}"
)

_REMOVED = "(SELECT id FROM photo WHERE removed_at IS NOT NULL)"

_TAGS = (
    "SELECT t.name, sum(n) FROM ("
    f" SELECT tag_id, count(*) AS n FROM own_tag WHERE photo_id NOT IN {_REMOVED} GROUP BY tag_id"
    " UNION ALL SELECT tag_id, count(*) FROM machine_tag m WHERE confidence >= 0.5"
    f" AND photo_id NOT IN {_REMOVED}"
    " AND NOT EXISTS (SELECT 1 FROM rejected_tag x WHERE x.photo_id = m.photo_id AND x.tag_id = m.tag_id)"
    " AND NOT EXISTS (SELECT 1 FROM own_tag o WHERE o.photo_id = m.photo_id AND o.tag_id = m.tag_id)"
    " GROUP BY tag_id) c JOIN tag t ON t.id = c.tag_id GROUP BY t.id ORDER BY 2 DESC, t.key"
)


class Counts(Stages):
    """Numbers of the whole library."""

    def status(self, space: str, version: str, model_id: str | None = None) -> Status:
        """How far each stage is.

        Args:
            space: of the vectors that are counted.
            version: of vocabulary and model under which photos count as tagged.
            model_id: of the captioner; None: captions of any.
        """
        photos, read, thumbnail_bytes = self._sql.row(
            "SELECT count(*), coalesce(sum(is_read), 0), coalesce(sum(thumbnail_bytes), 0) FROM photo"
            " WHERE removed_at IS NULL"
        ) or (0, 0, 0)
        return Status(
            photos=photos,
            read=read,
            embedded=self._count_embedded(space),
            tagged=self._count_shown("tagged", "version", version),
            captioned=self._count_shown("machine_caption", "model_id", model_id),
            failed=self._count_shown("failure", "stage", None),
            offline=self._sql.value(_OFFLINE),
            thumbnail_bytes=thumbnail_bytes,
        )

    def _count_embedded(self, space: str) -> int:
        count = f"SELECT count(*) FROM space.embedding WHERE photo_id NOT IN {_REMOVED}"
        return self._asking(space, lambda is_there: int(self._sql.value(count)) if is_there else 0)

    def _count_shown(self, table: str, column: str, value: str | None) -> int:
        return int(
            self._sql.value(
                f"SELECT count(DISTINCT photo_id) FROM {table} WHERE (?1 IS NULL OR {column} = ?1)"
                f" AND photo_id NOT IN {_REMOVED}",
                (value,),
            )
        )

    def tags(self) -> list[tuple[str, int]]:
        """All tags with the number of shown photos that show them, most used first."""
        return [(name, count) for name, count in self._sql.rows(_TAGS)]

    def setting(self, key: str) -> str | None:
        """A small value that belongs to this library."""
        found: str | None = self._sql.value("SELECT value FROM setting WHERE key = ?", (key,))
        return found

    def set_setting(self, key: str, value: str) -> None:
        self._sql.run("INSERT OR REPLACE INTO setting(key, value) VALUES (?, ?)", (key, value))
