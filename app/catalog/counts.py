"""The library in numbers, its list of tags, and small values kept with it."""

from __future__ import annotations

from app.catalog.enrich.stages import Stages
from app.catalog.rows import OFFLINE_PHOTOS
from app.core.types import Kind, Status

_REMOVED = "(SELECT id FROM photo WHERE removed_at IS NOT NULL)"

# The machine's tags are tallied; the few are taken off again that a person rejected, that a person gave too, or whose
# photo was removed.
_HIDDEN = (
    "SELECT m.photo_id, m.tag_id FROM rejected_tag x CROSS JOIN machine_tag m"
    " ON m.photo_id = x.photo_id AND m.tag_id = x.tag_id WHERE m.confidence >= 0.5"
    " UNION SELECT m.photo_id, m.tag_id FROM own_tag o CROSS JOIN machine_tag m"
    " ON m.photo_id = o.photo_id AND m.tag_id = o.tag_id WHERE m.confidence >= 0.5"
    " UNION SELECT m.photo_id, m.tag_id FROM photo p CROSS JOIN machine_tag m"
    " ON m.photo_id = p.id WHERE p.removed_at IS NOT NULL AND m.confidence >= 0.5"
)
_TAGS = (
    "SELECT t.name, sum(n) FROM ("
    f" SELECT tag_id, count(*) AS n, 1 AS is_own FROM own_tag WHERE photo_id NOT IN {_REMOVED} GROUP BY tag_id"
    " UNION ALL SELECT value, n, 0 FROM tally WHERE what = 'machine_tag' AND n > 0"
    f" UNION ALL SELECT tag_id, -count(*), 0 FROM ({_HIDDEN}) GROUP BY tag_id"
    ") c JOIN tag t ON t.id = c.tag_id GROUP BY t.id HAVING sum(n) > 0 ORDER BY max(is_own) DESC, 2 DESC, t.key"
)


class Counts(Stages):
    """Numbers of the whole library."""

    def status(self, space: str, version: str, model_id: str | None = None, text_version: str | None = None) -> Status:
        """How far each stage is.

        Args:
            space: of the vectors that are counted.
            version: of vocabulary and model under which photos count as tagged.
            model_id: of the captioner; None: captions of any.
            text_version: of what reads text in pictures; None: whatever read it.
        """
        return Status(
            photos=self._tallied("photo"),
            read=self._tallied("read"),
            embedded=self._count_embedded(space),
            tagged=self._count_shown("tagged", "tagged", "version", version),
            captioned=self._count_shown("captioned", "machine_caption", "model_id", model_id),
            failed=self._sql.value(f"SELECT count(DISTINCT photo_id) FROM failure WHERE photo_id NOT IN {_REMOVED}"),
            offline=self._sql.value(f"SELECT count(*) FROM ({OFFLINE_PHOTOS})"),
            thumbnail_bytes=self._tallied("thumbnail_bytes"),
            text_read=self._count_shown("text_read", "picture_text", "version", text_version),
        )

    def _count_embedded(self, space: str) -> int:
        return self._asking(space, lambda is_there: self._count_vectors() if is_there else 0)

    def _count_vectors(self) -> int:
        return int(self._sql.value("SELECT count(*) FROM space.embedding")) - self._count_removed("space.embedding")

    def _count_shown(self, what: str, table: str, column: str, value: str | None) -> int:
        """The rows of a table with one for each photo: as tallied, less those of removed photos."""
        condition, given = ("1", ()) if value is None else (f"{column} = ?", (value,))
        return self._tallied(what, value) - self._count_removed(table, condition, given)

    def _count_removed(self, table: str, condition: str = "1", given: tuple[str, ...] = ()) -> int:
        return int(
            self._sql.value(
                f"SELECT count(*) FROM photo p CROSS JOIN {table} x ON x.photo_id = p.id"
                f" WHERE p.removed_at IS NOT NULL AND {condition}",
                given,
            )
        )

    def _tallied(self, what: str, value: str | None = None) -> int:
        """``value``: of this one; None: of all values together."""
        condition, given = ("what = ?", (what,)) if value is None else ("what = ? AND value = ?", (what, value))
        return int(self._sql.value(f"SELECT coalesce(sum(n), 0) FROM tally WHERE {condition}", given))

    def tags(self) -> list[tuple[str, int]]:
        """All tags with the number of shown photos that show them: those that a person gave first, then most used."""
        return [(name, count) for name, count in self._sql.rows(_TAGS)]

    def kinds(self) -> dict[Kind, int]:
        """How many shown photos there are of each kind; kinds without photos are left out."""
        counted: dict[str, int] = dict(self._sql.rows("SELECT value, n FROM tally WHERE what = 'kind' AND n > 0"))
        return {kind: counted[kind.value] for kind in Kind if kind.value in counted}

    def setting(self, key: str) -> str | None:
        """A small value that belongs to this library."""
        found: str | None = self._sql.value("SELECT value FROM setting WHERE key = ?", (key,))
        return found

    def set_setting(self, key: str, value: str) -> None:
        self._sql.run("INSERT OR REPLACE INTO setting(key, value) VALUES (?, ?)", (key, value))
