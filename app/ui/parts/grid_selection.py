"""Which rows of a list are selected, as numpy arrays, so that selecting everything costs little."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QAbstractItemModel, QItemSelection, QItemSelectionModel, QModelIndex

Rows = npt.NDArray[np.int64]


def selected_rows(selection: QItemSelection) -> Rows:
    """All selected rows, rising."""
    ranges = [selection.at(i) for i in range(selection.count())]
    spans = sorted((span.top(), span.bottom()) for span in ranges if span.isValid())
    rows = [np.arange(top, bottom + 1) for top, bottom in spans]
    return np.concatenate(rows) if rows else np.zeros(0, np.int64)


def selection_of(model: QAbstractItemModel, rows: Rows) -> QItemSelection:
    """Rising rows as a selection of as few ranges as possible."""
    selection = QItemSelection()
    if not len(rows):
        return selection
    breaks = np.flatnonzero(np.diff(rows) != 1)
    firsts = np.concatenate((rows[:1], rows[breaks + 1])).tolist()
    lasts = np.concatenate((rows[breaks], rows[-1:])).tolist()
    for first, last in zip(firsts, lasts, strict=True):
        selection.select(model.index(first, 0), model.index(last, 0))
    return selection


class RowSelection:
    """The selection of one view, in rows: plain, range, toggle and band, as file managers have them."""

    def __init__(self, selection: QItemSelectionModel) -> None:
        self._selection = selection
        self._start = 0
        self._band_base: Rows = np.zeros(0, np.int64)

    @property
    def rows(self) -> Rows:
        return selected_rows(self._selection.selection())

    @property
    def start(self) -> int:
        """Where a range begins: the row last chosen without Shift."""
        return self._start

    @start.setter
    def start(self, row: int) -> None:
        self._start = max(0, row)

    def holds(self, row: int) -> bool:
        return bool(self._selection.isSelected(self._selection.model().index(row, 0)))

    def replace(self, rows: Rows) -> None:
        """Exactly these rows."""
        chosen = selection_of(self._selection.model(), rows)
        self._selection.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def choose(self, row: int) -> None:
        """This row alone; ranges start here."""
        self._start = row
        self.make_current(row)
        self.replace(np.array([row]))

    def toggle(self, row: int) -> None:
        self._start = row
        self.make_current(row)
        index = self._selection.model().index(row, 0)
        self._selection.select(index, QItemSelectionModel.SelectionFlag.Toggle)

    def extend(self, row: int) -> None:
        """All from where the range started to this row."""
        self.make_current(row)
        start = min(self._start, self._selection.model().rowCount() - 1)
        self.replace(np.arange(min(start, row), max(start, row) + 1))

    def make_current(self, row: int) -> None:
        """Only the keyboard goes there."""
        index = self._selection.model().index(row, 0)
        self._selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)

    def make_none_current(self) -> None:
        """The keyboard begins anew at the first row."""
        self._start = 0
        self._selection.setCurrentIndex(QModelIndex(), QItemSelectionModel.SelectionFlag.NoUpdate)

    def begin_band(self, *, is_added: bool) -> None:
        """A rubber band starts; ``is_added``: what is selected now stays so."""
        self._band_base = self.rows if is_added else np.zeros(0, np.int64)
        self.replace(self._band_base)

    def set_band(self, rows: Rows) -> None:
        """The rubber band covers these rows now."""
        self.replace(np.union1d(self._band_base, rows))
