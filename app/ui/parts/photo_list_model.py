"""The photos of the grid as a Qt model that holds ids and columns only; texts come from a small cache."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import (
    QAbstractListModel,
    QDateTime,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimeZone,
    Signal,
)

from app.core.types import Answer, PhotoId, PhotoIds, PhotoRow, PhotoTable, Why
from app.search.folding import Folded
from app.ui import wording

ReadRows = Callable[[Sequence[PhotoId]], list[PhotoRow]]
Index = QModelIndex | QPersistentModelIndex

PHOTO_ID_ROLE = int(Qt.ItemDataRole.UserRole)
UNREAD_ASPECT = 4 / 3

_KEPT_REASONS = 200
_KEPT_ROWS = 4_000
_SPARSE_PHOTOS_A_DAY = 3
"""Below this many photos a day (on average) the grid has a heading a month instead."""
_DENSE_FACTOR = 8
"""A place-by-id array may be this many times longer than the number of photos; ids are never reused."""


@dataclass(frozen=True, slots=True, eq=False)
class Sections:
    """How the photos fall into runs with one heading each.

    Attributes:
        counts: int64, shape (sections,), all above 0.
        days: datetime64[D], shape (sections,), the first day of each; empty where the runs are no dates.
        is_by_month: the headings are months.
        good: for an answer, how many photos stand above the line; None for the library.
    """

    counts: npt.NDArray[np.int64]
    days: npt.NDArray[np.datetime64]
    is_by_month: bool = False
    good: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Nearly the same pictures, one of which stands for all ``count``; or for itself, while the others are shown."""

    count: int
    is_open: bool


class PhotoListModel(QAbstractListModel):
    """The library's photos in their order, or the photos of an answer, best first.

    ``data()`` only looks into memory; ``fetch_visible`` fills what it looks into, by one keyed question.
    """

    columns_changed = Signal()
    """The same photos in the same order have other aspects or dates; no row moved."""
    rows_forgotten = Signal()
    """What ``fetch_visible`` had read may be out of date; whoever shows rows calls it again."""

    def __init__(self, read_rows: ReadRows, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._read_rows = read_rows
        self._rows: OrderedDict[int, PhotoRow] = OrderedDict()
        self._stale: set[int] = set()
        self._ids: PhotoIds = np.zeros(0, np.int64)
        self._aspects: npt.NDArray[np.float32] = np.zeros(0, np.float32)
        self._sections = _no_sections()
        self._answer: Answer | None = None
        self._reasons: OrderedDict[int, str] = OrderedDict()
        self._folded: Folded | None = None
        self._places: _Places | None = None

    # What is shown

    def set_table(self, table: PhotoTable) -> None:
        """Show the library in the table's order, under a heading a day where that order follows the dates."""
        self._folded = None
        self._show(table.ids, table.aspects, _sections_by_date(table.taken_at), None)

    def set_answer(self, answer: Answer, table: PhotoTable, folded: Folded | None = None) -> None:
        """Show what a search found.

        Args:
            answer: best first.
            table: knows the aspects; a photo that it lacks gets a usual one.
            folded: knows what stands behind the photos of the answer; None: nothing does.
        """
        places = _Places(table.ids).of(answer.ids)
        known = places >= 0
        aspects = np.full(len(answer.ids), UNREAD_ASPECT, np.float32)
        aspects[known] = table.aspects[places[known]]
        self._folded = folded
        self._show(answer.ids, aspects, _sections_of_answer(answer), answer)

    @property
    def ids(self) -> PhotoIds:
        """int64, shape (n,): all photos in the order shown."""
        return self._ids

    @property
    def aspects(self) -> npt.NDArray[np.float32]:
        """float32, shape (n,): width / height in the order shown."""
        return self._aspects

    @property
    def sections(self) -> Sections:
        return self._sections

    @property
    def is_answer(self) -> bool:
        return self._answer is not None

    def id_at(self, row: int) -> PhotoId | None:
        return PhotoId(int(self._ids[row])) if 0 <= row < len(self._ids) else None

    def row_of(self, photo_id: int) -> int:
        """Where a photo stands, or -1."""
        return int(self.rows_of([photo_id])[0])

    def rows_of(self, ids: Iterable[int]) -> npt.NDArray[np.int64]:
        """Where each of several photos stands: int64, -1 for those that are not here."""
        if self._places is None:
            self._places = _Places(self._ids)
        return self._places.of(np.fromiter(ids, np.int64))

    def why(self, row: int) -> tuple[Why, ...]:
        """What made this photo a hit; nothing in the library."""
        return self._answer.why(row) if self._answer is not None else ()

    def set_reasons(self, photo_id: int, told: str) -> None:
        """Show as the photo's tooltip why it is a hit, as rich text, until the answer is another one."""
        self._reasons[photo_id] = told
        while len(self._reasons) > _KEPT_REASONS:
            self._reasons.popitem(last=False)

    def has_reasons(self, photo_id: int) -> bool:
        return photo_id in self._reasons

    def is_weak(self, row: int) -> bool:
        """Whether the photo stands below the line where good matches end."""
        return self._answer is not None and self._answer.is_meaning_ready and row >= self._answer.good

    def group(self, row: int) -> Group | None:
        """How many nearly the same pictures this one stands for; None: it stands for itself alone."""
        if self._folded is None:
            return None
        behind = self._folded.behind(PhotoId(int(self._ids[row])))
        if not len(behind):
            return None
        is_open = row + 1 < len(self._ids) and bool(self._ids[row + 1] == behind[0])
        return Group(len(behind) + 1, is_open)

    # Texts and marks of what is visible

    def fetch_visible(self, first: int, last: int) -> None:
        """Read what is not yet known of the rows from ``first`` to, exclusive, ``last``; never from paint."""
        shown = self._ids[max(0, first) : last].tolist()
        wanted = [PhotoId(photo_id) for photo_id in shown if photo_id not in self._rows or photo_id in self._stale]
        for photo_id in shown:
            if photo_id in self._rows:
                self._rows.move_to_end(photo_id)
        if not wanted:
            return
        for row in self._read_rows(wanted):
            self._rows[row.photo_id] = row
        self._stale.difference_update(wanted)
        while len(self._rows) > max(_KEPT_ROWS, len(shown)):
            self._stale.discard(self._rows.popitem(last=False)[0])
        self.dataChanged.emit(self.index(max(0, first)), self.index(min(last, len(self._ids)) - 1))

    def forget_rows(self, ids: Iterable[int] | None = None) -> None:
        """Photos were changed (None: any may be): what is known of them is read again when next visible.

        Until then the old texts and marks stay, so that nothing flickers.
        """
        self._stale.update(self._rows if ids is None else ids)
        self._stale.intersection_update(self._rows)
        self.rows_forgotten.emit()

    def photo_row(self, photo_id: int) -> PhotoRow | None:
        """What is known of a photo that is or was visible a short while ago."""
        return self._rows.get(photo_id)

    # Qt's questions

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._ids)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        photo_id = self.id_at(index.row())
        if photo_id is None:
            return None
        if role == PHOTO_ID_ROLE:
            return int(photo_id)
        row = self._rows.get(photo_id)
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.ToolTipRole:
            text = "\n".join(filter(None, (row.name, self._trouble(row), row.caption, self._date_text(row))))
            reasons = self._reasons.get(photo_id, "")
            return wording.with_reasons(row.name, reasons) if reasons else wording.tooltip(text)
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return self._spoken(row)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
        return usual | Qt.ItemFlag.ItemNeverHasChildren

    def _spoken(self, row: PhotoRow) -> str:
        marks = [row.caption or row.name, self._date_text(row)]
        if kind := wording.kind_mark(row):
            marks.append(kind)
        if (group := self.group(self.row_of(row.photo_id))) is not None:
            marks.append(self.tr("%n nearly the same", "", group.count))
        if row.rating:
            marks.append(self.tr("rated %n of 5", "", row.rating))
        if row.is_favourite:
            marks.append(self.tr("favourite"))
        if row.is_offline:
            marks.append(self.tr("offline"))
        if row.is_online_only:
            marks.append(self.tr("online only"))
        marks.append(self._trouble(row))
        return ", ".join(filter(None, marks))

    def _trouble(self, row: PhotoRow) -> str:
        """Why there is no picture."""
        if row.failure is None:
            return ""
        return self.tr("can't be shown: {reason}").format(reason=wording.reason(row.failure))

    @staticmethod
    def _date_text(row: PhotoRow) -> str:
        taken = QDateTime.fromSecsSinceEpoch(int(row.taken_at), QTimeZone(QTimeZone.Initialization.UTC))
        return QLocale().toString(taken, QLocale.FormatType.ShortFormat)

    def _show(
        self,
        ids: PhotoIds,
        aspects: npt.NDArray[np.float32],
        sections: Sections,
        answer: Answer | None,
    ) -> None:
        self._reasons.clear()
        if np.array_equal(ids, self._ids):
            self._aspects, self._sections, self._answer = aspects, sections, answer
            self.columns_changed.emit()
            return
        self.beginResetModel()
        self._ids, self._aspects, self._sections, self._answer = ids, aspects, sections, answer
        self._places = None
        self.endResetModel()


class _Places:
    """Finds where ids stand in an array, many at a time."""

    def __init__(self, ids: PhotoIds) -> None:
        self._ids = ids
        self._sorter: npt.NDArray[np.int64] | None = None
        self._by_id: npt.NDArray[np.int64] | None = None
        if not len(ids):
            return
        if int(ids.min()) >= 0 and int(ids.max()) < _DENSE_FACTOR * len(ids) + 100_000:
            self._by_id = np.full(int(ids.max()) + 1, -1, np.int64)
            self._by_id[ids] = np.arange(len(ids))
        else:
            self._sorter = np.argsort(ids, kind="stable")

    def of(self, wanted: PhotoIds) -> npt.NDArray[np.int64]:
        """The place of each id, -1 where it is not there."""
        if self._by_id is not None:
            inside = (wanted >= 0) & (wanted < len(self._by_id))
            return np.where(inside, self._by_id[np.where(inside, wanted, 0)], -1)
        if self._sorter is None:
            return np.full(len(wanted), -1, np.int64)
        found = np.searchsorted(self._ids, wanted, sorter=self._sorter)
        places = self._sorter[np.minimum(found, len(self._ids) - 1)]
        return np.where(self._ids[places] == wanted, places, -1)


def _no_sections() -> Sections:
    return Sections(np.zeros(0, np.int64), np.zeros(0, "datetime64[D]"))


def _sections_of_answer(answer: Answer) -> Sections:
    # As long as words alone have answered, nothing is known to be weak.
    good = answer.good if answer.is_meaning_ready else len(answer)
    counts = np.array([good, len(answer) - good], np.int64)
    return Sections(counts[counts > 0], np.zeros(0, "datetime64[D]"), good=good)


def _sections_by_date(taken_at: npt.NDArray[np.float64]) -> Sections:
    """A section a day, or a month where photos are few a day, or one for all where the order is no date's."""
    if not len(taken_at):
        return _no_sections()
    steps = np.diff(taken_at)
    if np.any(steps > 0) and np.any(steps < 0):
        return Sections(np.array([len(taken_at)], np.int64), np.zeros(0, "datetime64[D]"))
    days = np.floor(taken_at / 86_400).astype(np.int64).astype("datetime64[D]")
    first = _run_starts(days)
    is_by_month = len(taken_at) < _SPARSE_PHOTOS_A_DAY * len(first)
    if is_by_month:
        days = days.astype("datetime64[M]").astype("datetime64[D]")
        first = _run_starts(days)
    return Sections(np.diff(np.append(first, len(days))), days[first], is_by_month)


def _run_starts(values: npt.NDArray[np.datetime64]) -> npt.NDArray[np.int64]:
    return np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))
