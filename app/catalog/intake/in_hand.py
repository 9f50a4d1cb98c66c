"""Which files a decoder has in hand, so that after a crash the one that caused it is found."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable

import psutil

from app.catalog.rows import FILE_COLUMNS, FILE_TABLES, photo_file, with_others
from app.catalog.store.connection import Part, as_json
from app.core.types import FileId, PhotoFile

_open_here: weakref.WeakValueDictionary[str, InHand] = weakref.WeakValueDictionary()


class InHand(Part):
    """Files that are being decoded; what a killed run left over."""

    _holder: str

    def mark_in_hand(self, file_ids: Iterable[FileId]) -> None:
        """Say before decoding which files it is about; each mark counts as an attempt."""
        with self._sql.write():
            self._sql.run_many(
                "INSERT INTO in_hand(file_id, holder, attempts) SELECT id, ?, 1 FROM file WHERE id = ?"
                " ON CONFLICT(file_id) DO UPDATE SET attempts = attempts + 1, holder = excluded.holder, is_late = 0",
                [(self._holder, file_id) for file_id in file_ids],
            )

    def clear_in_hand(self, file_ids: Iterable[FileId]) -> None:
        self._sql.run("DELETE FROM in_hand WHERE file_id IN (SELECT value FROM json_each(?))", (as_json(file_ids),))

    def crashed_in_hand(self) -> list[tuple[PhotoFile, int]]:
        """What a run that died left in its hands, with the attempts so far; not what others work on now.

        Files that their photo does not show any more are not among them.
        """
        rows = self._sql.rows(
            f"SELECT {FILE_COLUMNS}, h.attempts, h.holder FROM in_hand h JOIN file f ON f.id = h.file_id"
            f" {FILE_TABLES} WHERE f.is_shown = 1 ORDER BY h.file_id"
        )
        alive: dict[str, bool] = {}
        for row in rows:
            alive.setdefault(row[-1], self._is_at_work(row[-1]))
        left = [row for row in rows if not alive[row[-1]]]
        return list(
            zip(with_others(self._sql, [photo_file(row) for row in left]), (row[-2] for row in left), strict=True)
        )

    def _is_at_work(self, holder: str) -> bool:
        if holder == self._holder:
            return False
        if holder.startswith(_this_process()):
            return holder in _open_here
        return _is_running(holder)


def register(catalog: InHand, token: str) -> str:
    """The name under which this connection holds files."""
    holder = f"{_this_process()}{token}"
    _open_here[holder] = catalog
    return holder


def unregister(holder: str) -> None:
    """The connection is closed: what it still holds was left over."""
    _open_here.pop(holder, None)


def _this_process() -> str:
    return f"{os.getpid()}@{psutil.Process().create_time():.2f}:"


def _is_running(holder: str) -> bool:
    """Whether the process lives; its start time tells it from a later one with the same number."""
    pid, _, started = holder.partition(":")[0].partition("@")
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}" == started
    except psutil.Error:
        return False
