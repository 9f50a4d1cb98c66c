"""What people decide about photos: ratings, favourites, captions, tags, and what leaves the library."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.catalog.organise import history
from app.catalog.organise.history import Edit, Facet
from app.catalog.rows import SUBTREE
from app.catalog.store.connection import Part, as_json
from app.catalog.tag_names import find_tag, tag_name
from app.core.types import FolderId, PhotoId

_GIVEN = "FROM json_each(?) j JOIN photo p ON p.id = j.value"
_FIRST_S: Final = -62_135_596_800
_LAST_S: Final = 253_402_300_799
"""The years 1 to 9999, which every calendar in use here knows."""


class Decisions(Part):
    """Decisions; each can be undone."""

    def set_rating(self, ids: Iterable[PhotoId], rating: int) -> None:
        """Rate photos 0 (no rating) to 5.

        Raises:
            ValueError: another number.
        """
        if not 0 <= rating <= 5:
            raise ValueError(f"a rating is 0 to 5, not {rating}")
        rows = self._sql.rows(
            f"SELECT p.id, coalesce(g.rating, 0) {_GIVEN} LEFT JOIN judgement g ON g.photo_id = p.id", (as_json(ids),)
        )
        self._decide("rating", [Edit(Facet.RATING, photo_id, old, rating) for photo_id, old in rows])

    def set_favourite(self, ids: Iterable[PhotoId], is_favourite: bool) -> None:
        rows = self._sql.rows(
            f"SELECT p.id, coalesce(g.is_favourite, 0) {_GIVEN} LEFT JOIN judgement g ON g.photo_id = p.id",
            (as_json(ids),),
        )
        edits = [Edit(Facet.FAVOURITE, photo_id, bool(old), bool(is_favourite)) for photo_id, old in rows]
        self._decide("favourite", edits)

    def set_caption(self, photo_id: PhotoId, text: str | None) -> None:
        """A person's caption; None or nothing but spaces: back to the machine's."""
        new = (text or "").encode("utf-8", "replace").decode("utf-8").strip() or None
        rows = self._sql.rows(
            f"SELECT p.id, o.text {_GIVEN} LEFT JOIN own_caption o ON o.photo_id = p.id", (as_json([photo_id]),)
        )
        self._decide("caption", [Edit(Facet.CAPTION, found, old, new) for found, old in rows])

    def set_dates(self, ids: Iterable[PhotoId], taken_at: float) -> None:
        """Say when photos were taken.

        Args:
            ids: of the photos.
            taken_at: local wall-clock time in seconds as in ``Metadata``.

        Raises:
            ValueError: no date of the years 1 to 9999.
        """
        rows = self._dates(ids)
        self._decide("date", [Edit(Facet.DATE, photo_id, own, _date(taken_at)) for photo_id, _, own in rows])

    def shift_dates(self, ids: Iterable[PhotoId], seconds: float) -> None:
        """Move the shown dates of photos, each by as much: a camera's clock was wrong, or in another time zone.

        Raises:
            ValueError: one would leave the years 1 to 9999; none is moved.
        """
        rows = self._dates(ids) if seconds else []
        edits = [Edit(Facet.DATE, photo_id, own, _date(shown + seconds)) for photo_id, shown, own in rows]
        self._decide("date", edits)

    def clear_dates(self, ids: Iterable[PhotoId]) -> None:
        """Back to the dates that the files tell."""
        self._decide("date", [Edit(Facet.DATE, photo_id, own, None) for photo_id, _, own in self._dates(ids)])

    def _dates(self, ids: Iterable[PhotoId]) -> list[tuple[PhotoId, float, float | None]]:
        """Each photo with its shown date and the one that a person set."""
        return self._sql.rows(
            f"SELECT p.id, p.taken_at, o.taken_at {_GIVEN} LEFT JOIN own_date o ON o.photo_id = p.id", (as_json(ids),)
        )

    def add_tag(self, ids: Iterable[PhotoId], name: str) -> None:
        """A person's tag on photos; where that name was rejected before, it is no longer.

        Raises:
            ValueError: nothing but spaces.
        """
        kept = tag_name(name)
        if not kept:
            raise ValueError("a tag needs a name")
        edits = []
        for photo_id, is_own, _, is_rejected in self._tag_state(ids, kept):
            edits.append(Edit(Facet.TAG, [photo_id, kept], bool(is_own), True))
            edits.append(Edit(Facet.REJECTED, [photo_id, kept], bool(is_rejected), False))
        self._decide("add_tag", edits)

    def remove_tag(self, ids: Iterable[PhotoId], name: str) -> None:
        """A person's tag goes; a machine's is rejected for that photo and never comes back there."""
        kept = tag_name(name)
        edits = []
        for photo_id, is_own, is_machine, is_rejected in self._tag_state(ids, kept):
            edits.append(Edit(Facet.TAG, [photo_id, kept], bool(is_own), False))
            edits.append(Edit(Facet.REJECTED, [photo_id, kept], bool(is_rejected), bool(is_rejected or is_machine)))
        self._decide("remove_tag", edits)

    def _tag_state(self, ids: Iterable[PhotoId], name: str) -> list[tuple[PhotoId, int, int, int]]:
        tag_id = find_tag(self._sql, name)
        has = "EXISTS (SELECT 1 FROM {} WHERE photo_id = p.id AND tag_id = ?1)"
        columns = ", ".join(has.format(table) for table in ("own_tag", "machine_tag", "rejected_tag"))
        given = _GIVEN.replace("?", "?2")
        return self._sql.rows(f"SELECT p.id, {columns} {given}", (tag_id, as_json(ids)))

    def remove_photos(self, ids: Iterable[PhotoId]) -> None:
        """Out of the library; the files stay, and a rescan does not bring them back."""
        self._decide("remove", self._removals(f"SELECT p.id {_GIVEN}", as_json(ids), "removed"))

    def remove_folder(self, folder_id: FolderId) -> None:
        """A root or a folder out of the library with all below it; the files stay, rescans pass it over."""
        row = self._sql.row(
            "SELECT d.is_excluded, d.parent_id, r.id, r.removed_at FROM folder d JOIN root r ON r.id = d.root_id"
            " WHERE d.id = ?",
            (folder_id,),
        )
        if row is None:
            return
        was_excluded, parent_id, root_id, removed_at = row
        below = f"{SUBTREE} SELECT p.id FROM photo p WHERE p.folder_id IN subtree"
        edits = self._removals(below, folder_id, "folder")
        if parent_id is None:
            edits.append(Edit(Facet.ROOT, root_id, removed_at, self._sql.now()))
        else:
            edits.append(Edit(Facet.FOLDER, folder_id, was_excluded, 1))
        self._decide("remove_folder", edits)

    def _removals(self, which: str, given: object, reason: str) -> list[Edit]:
        """Edits that remove the still shown photos of a selection of ids."""
        removal = [self._sql.now(), reason]
        shown = self._sql.column(f"{which} AND p.removed_at IS NULL", (given,))
        return [Edit(Facet.REMOVAL, photo_id, None, removal) for photo_id in shown]

    def next_steps(self) -> tuple[str | None, str | None]:
        """The kinds of what ``undo`` and ``redo`` would take up now, None where there is nothing."""
        return history.next_steps(self._sql)

    def undo(self) -> str | None:
        """Take the last decision back; its kind ("rating", "add_tag" …), None where nothing is left to undo."""
        return history.undo(self._sql)

    def redo(self) -> str | None:
        """Carry the decision out again that was undone last; its kind, None where there is none."""
        return history.redo(self._sql)

    def _decide(self, kind: str, edits: list[Edit]) -> None:
        history.decide(self._sql, kind, edits)


def _date(taken_at: float) -> float:
    if not _FIRST_S <= taken_at <= _LAST_S:
        raise ValueError(f"no date: {taken_at}")
    return float(taken_at)
