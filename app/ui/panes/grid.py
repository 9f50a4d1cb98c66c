"""The photo grid: justified lines under headings, whose cost does not grow with the library."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QLocale,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    QUrl,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QCursor,
    QDrag,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFrame, QListView, QToolTip, QWidget

from app.ui.parts.grid_layout import GridLayout, Measures, Rect, justify
from app.ui.parts.grid_painting import GridPainter, PhotoLook
from app.ui.parts.grid_selection import RowSelection
from app.ui.parts.photo_list_model import Group, PhotoListModel
from app.ui.parts.thumbnail_loader import ThumbnailLoader
from app.ui.theme import colour, theme
from app.ui.timers import pausing

Index = QModelIndex | QPersistentModelIndex
Anchor = tuple[int, int]
"""A photo id and how many pixels its top stands below the top of the window; (-1, 0) is the very beginning."""

MIN_EDGE_PX, MAX_EDGE_PX, USUAL_EDGE_PX = 64, 400, 168
_ZOOM_STEP = 1.15
_MEASURES = Measures(left_px=20, right_px=9)
"""The scroll bar (11 px, always there, see-through) makes the right margin as wide as the left."""
_OUTREACH_PX = 8
"""How far an outline reaches out of its photo."""
_WHEEL_PX = 60
_SLOW_LAYOUT_S = 0.016
_RESIZE_PAUSE_MS = 60
_SETTLE_MS = 15
_AUTOSCROLL_MS = 25
_COMES_BY_KEY = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
    Qt.FocusReason.OtherFocusReason,
)
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
_STEPS = {
    Qt.Key.Key_Left: QAbstractItemView.CursorAction.MoveLeft,
    Qt.Key.Key_Right: QAbstractItemView.CursorAction.MoveRight,
    Qt.Key.Key_Up: QAbstractItemView.CursorAction.MoveUp,
    Qt.Key.Key_Down: QAbstractItemView.CursorAction.MoveDown,
    Qt.Key.Key_Home: QAbstractItemView.CursorAction.MoveHome,
    Qt.Key.Key_End: QAbstractItemView.CursorAction.MoveEnd,
    Qt.Key.Key_PageUp: QAbstractItemView.CursorAction.MovePageUp,
    Qt.Key.Key_PageDown: QAbstractItemView.CursorAction.MovePageDown,
}
_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a person was: the scroll position and what was in hand, by photo id."""

    anchor: Anchor
    selected: npt.NDArray[np.int64]
    current: int | None


@dataclass(slots=True)
class _Press:
    """What the left button holds down, in content pixels."""

    row: int = -1
    at: QPoint = field(default_factory=QPoint)
    collapses: bool = False
    """A click on one of several selected photos selects it alone, but only when the button goes up."""
    is_band: bool = False


@dataclass(frozen=True, slots=True)
class _Memory:
    """What a refresh must not lose, by photo id."""

    selected: list[int]
    current: int
    start: int
    anchors: list[Anchor]
    was_answer: bool


class PhotoGrid(QListView):
    """Shows a PhotoListModel. Knows photos by id, moves and paints by memory alone.

    Nothing of QListView's layout is used (it looks at every item, a million take seconds): it is one only because
    Qt tells screen readers about the items of the views that it knows, and of no other QAbstractItemView.
    """

    photo_activated = Signal(int)
    """Double click or Enter on this photo id."""
    preview_requested = Signal(int)
    """Space on this photo id."""
    group_toggled = Signal(int)
    """The id of a photo: what stands behind it is to be shown, or put back."""
    selection_changed = Signal(object)
    """All selected photo ids, in the order shown: list[int] (declared as a list, Qt would copy each id)."""
    current_changed = Signal(int)
    """The photo id where the keyboard is, or -1."""
    tooltip_wanted = Signal(int)
    """The pointer rests on a photo."""
    context_menu_requested = Signal(QPoint)
    """Global position; the selection is what the menu is about."""
    visible_changed = Signal(object)
    """The photo ids on screen, once scrolling pauses for a moment: list[int]."""
    zoom_changed = Signal(int)
    """The new height of lines in pixels."""

    def __init__(self, thumbnails: ThumbnailLoader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.drag_urls: Callable[[list[int]], list[str]] | None = None
        self._thumbnails = thumbnails
        self._photos: PhotoListModel | None = None
        self._edge_px = USUAL_EDGE_PX
        self._layout = _empty_layout()
        self._layout_s = 0.0
        self._painter = GridPainter()
        self._press: _Press | None = None
        self._band: QRect | None = None
        self._memory: _Memory | None = None
        self._told_visible: list[int] = []
        self._wheel_rest = 0.0
        self._relayout_timer = pausing(self, _RESIZE_PAUSE_MS, self._relayout)
        self._settle_timer = pausing(self, _SETTLE_MS, self._settle)
        self._band_timer = pausing(self, _AUTOSCROLL_MS, self._on_band_held)
        self._dress()
        thumbnails.thumbnail_ready.connect(self._on_thumbnail_ready)
        theme().changed.connect(self._on_theme_changed)

    # What the window calls

    def set_model(self, model: PhotoListModel) -> None:
        """Show this model. Its refreshes keep selection, current photo and place."""
        if self._photos is not None:
            self._photos.disconnect(self)
        self._photos = model
        model.modelAboutToBeReset.connect(self._remember)
        self.setModel(model)
        chosen = self.selectionModel()
        self._chosen = RowSelection(chosen)
        # Not by overriding currentChanged(): with such an override PySide 6.11 gives away a reference to the
        # method at every setModel(), and the process crashes at the next garbage collection.
        chosen.selectionChanged.connect(self._on_selection_changed)
        chosen.currentChanged.connect(self._on_current_changed)
        model.modelReset.connect(self._on_model_reset)  # after view and selection have emptied themselves
        model.columns_changed.connect(self._relayout)
        model.rows_forgotten.connect(self._settle_timer.start)
        model.dataChanged.connect(self._on_rows_read)
        self._set_layout()

    def set_thumbnail_edge(self, edge_px: int) -> None:
        """Make lines about this high. The photo in hand (or in the middle) stays where it is."""
        self._zoom_to(edge_px, None)

    @property
    def thumbnail_edge(self) -> int:
        return self._edge_px

    def zoom_in(self) -> None:
        self._zoom_to(round(self._edge_px * _ZOOM_STEP), None)

    def zoom_out(self) -> None:
        self._zoom_to(round(self._edge_px / _ZOOM_STEP), None)

    def anchor(self) -> Anchor:
        """What stands at the top now, to come back to."""
        if self.verticalOffset() == 0 or not len(self._layout):
            return (-1, 0)
        return self._anchors()[0]

    def scroll_to_anchor(self, anchor: Anchor) -> None:
        """Scroll so that the photo stands where it stood; to the beginning if it is gone."""
        row = self._photos.row_of(anchor[0]) if self._photos is not None else -1
        self._finish_layout()
        aim = self._layout.rect(row).y - anchor[1] if row >= 0 else 0
        self.verticalScrollBar().setValue(aim)

    def place(self) -> Place:
        """Scroll position and selection, to come back to."""
        return Place(self.anchor(), np.asarray(self.selected_ids(), np.int64), self.current_id())

    def return_to(self, place: Place) -> None:
        """Select what was selected there, as far as it is shown, and scroll so that all stands where it stood."""
        self.select_ids(place.selected)
        current = -1 if self._photos is None or place.current is None else self._photos.row_of(place.current)
        if current >= 0:
            self._chosen.start = current
            self._chosen.make_current(current)
        else:
            self._chosen.make_none_current()
        self.scroll_to_anchor(place.anchor)
        if current < 0 and self.hasFocus():
            self.begin_with_first()

    def begin_with_first(self) -> None:
        """The keyboard stands on the first photo on screen, so that a person sees where the keys go."""
        self._finish_layout()
        first, last = self._visible_rows()
        if last > first:
            self._chosen.start = first
            self._chosen.make_current(first)

    def let_go_of_unseen(self) -> None:
        """Keep selected only what is on screen, so that no command meets a photo that the person can't see."""
        self._finish_layout()
        seen = set(self.visible_ids())
        kept = [photo_id for photo_id in self.selected_ids() if photo_id in seen]
        if self.current_id() not in seen:
            self._chosen.make_none_current()
        if len(kept) < len(self._chosen.rows):
            self._chosen.replace(self._photos.rows_of(kept) if self._photos is not None else np.zeros(0, np.int64))

    def selected_ids(self) -> list[int]:
        """The selected photos in the order shown."""
        if self._photos is None:
            return []
        rows: list[int] = self._photos.ids[self._chosen.rows].tolist()
        return rows

    def select_ids(self, ids: Iterable[int]) -> None:
        """Select exactly these; those not shown are left out. The first becomes current and is scrolled to."""
        if self._photos is None:
            return
        rows = self._photos.rows_of(ids)
        rows = rows[rows >= 0]
        if len(rows):
            self._chosen.start = int(rows[0])
            self._chosen.make_current(int(rows[0]))
        self._chosen.replace(np.unique(rows))
        if len(rows):
            self.scrollTo(self._index(int(rows[0])))

    def current_id(self) -> int | None:
        """The photo where the keyboard is."""
        return self._id_of(self.currentIndex())

    def visible_ids(self) -> list[int]:
        """The photos on screen, from the top."""
        if self._photos is None:
            return []
        first, last = self._visible_rows()
        ids: list[int] = self._photos.ids[first:last].tolist()
        return ids

    # What QAbstractItemView asks

    def visualRect(self, index: Index) -> QRect:
        if not index.isValid() or index.row() >= len(self._layout):
            return QRect()
        return _qrect(self._layout.rect(index.row())).translated(0, -self.verticalOffset())

    def indexAt(self, point: QPoint) -> QModelIndex:
        row = self._layout.row_at(point.x(), point.y() + self.verticalOffset())
        return self._index(row) if row >= 0 else QModelIndex()

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        self._finish_layout()
        if not index.isValid() or index.row() >= len(self._layout):
            return
        top, bottom = self._reach(index.row())
        height, value = self.viewport().height(), self.verticalOffset()
        if hint == QAbstractItemView.ScrollHint.PositionAtCenter:
            value = (top + bottom - height) // 2
        elif hint == QAbstractItemView.ScrollHint.PositionAtTop or top < value:
            value = top
        elif hint == QAbstractItemView.ScrollHint.PositionAtBottom or bottom > value + height:
            value = bottom - height
        self.verticalScrollBar().setValue(value)

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        self._finish_layout()
        count = len(self._layout)
        if not count:
            return QModelIndex()
        row = self.currentIndex().row()
        return self._index(self._step(row, action) if row >= 0 else 0)

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: Index) -> bool:
        return False

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Select what a rectangle of the viewport touches."""
        area = rect.normalized().translated(0, self.verticalOffset())
        rows = self._layout.rows_in(Rect(area.x(), area.y(), area.width(), area.height()))
        from_rows = QItemSelection()
        for row in rows.tolist():
            from_rows.select(self._index(row), self._index(row))
        self.selectionModel().select(from_rows, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """Only what is on screen: an outline reaches a little out of its photo."""
        first, last = self._visible_rows()
        region = QRegion()
        reach = _OUTREACH_PX
        for row in range(first, last):
            if selection.contains(self._index(row)):
                region += self.visualRect(self._index(row)).adjusted(-reach, -reach, reach, reach)
        return region

    def selectAll(self) -> None:
        """All in one range; Qt's own asks about every single photo."""
        if self._photos is not None:
            self._chosen.replace(np.arange(len(self._photos.ids)))

    def keyboardSearch(self, search: str) -> None:
        """Letters are commands or the search field's, never a jump; and looking through a million is slow."""

    # Layout and scrolling

    def updateGeometries(self) -> None:
        bar = self.verticalScrollBar()
        bar.setSingleStep(_WHEEL_PX)
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(0, self._layout.height_px - self.viewport().height()))
        bar.setEnabled(bar.maximum() > 0)
        QAbstractItemView.updateGeometries(self)

    def doItemsLayout(self) -> None:
        """Ours is made by ``_set_layout``."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        QAbstractItemView.resizeEvent(self, event)
        if event.size().width() == event.oldSize().width():
            self._settle_timer.start()
        elif self._layout_s > _SLOW_LAYOUT_S:
            self._relayout_timer.start()
        else:
            self._relayout()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().scroll(dx, dy)
        if self._band is not None:
            self.viewport().update()
        if not self._settle_timer.isActive():
            self._settle_timer.start()

    def _relayout(self) -> None:
        """Lay out anew and keep what stands at the top where it is."""
        anchors = self._anchors()
        self._set_layout()
        self._scroll_to_first_of(anchors)

    def _finish_layout(self) -> None:
        if self._relayout_timer.isActive():
            self._relayout()

    def _set_layout(self) -> None:
        self._relayout_timer.stop()
        begun = time.perf_counter()
        self._layout = self._made_layout()
        self._layout_s = time.perf_counter() - begun
        self.updateGeometries()
        self.viewport().update()
        self._settle_timer.start()

    def _made_layout(self) -> GridLayout:
        if self._photos is None or not len(self._photos.ids):
            return _empty_layout()
        sections = self._photos.sections
        has_heading = np.ones(len(sections.counts), bool)
        if sections.good is not None and sections.good > 0:
            has_heading[0] = False
        elif sections.good is None and not len(sections.days):
            has_heading[:] = False
        return justify(
            self._photos.aspects,
            sections.counts,
            width_px=self.viewport().width(),
            target_px=self._edge_px,
            has_heading=has_heading,
            measures=_MEASURES,
        )

    def _anchors(self) -> list[Anchor]:
        """All photos on screen with their distance from its top; the first that is still there decides."""
        offset = self.verticalOffset()
        if offset == 0 or self._photos is None:
            return [(-1, 0)]
        first, last = self._visible_rows()
        places = self._layout.rects(first, last)
        ids = self._photos.ids[first:last].tolist()
        return [(photo_id, place.y - offset) for photo_id, place in zip(ids, places, strict=True)] or [(-1, 0)]

    def _scroll_to_first_of(self, anchors: list[Anchor]) -> None:
        if self._photos is None:
            return
        rows = self._photos.rows_of(photo_id for photo_id, _ in anchors)
        for row, (_, distance) in zip(rows.tolist(), anchors, strict=True):
            if row >= 0:
                place = self._layout.rect(row)
                # A line that became lower must not slip out of sight, or the place would drift.
                self.verticalScrollBar().setValue(place.y - max(distance, 1 - place.height))
                return
        self.verticalScrollBar().setValue(0)

    def _reach(self, row: int) -> tuple[int, int]:
        """Top and bottom of what should be on screen with a photo: its outline, and its heading if it is first."""
        place = self._layout.rect(row)
        section = self._layout.section_of(row)
        is_on_first_line = self._layout.line_of(int(self._layout.section_first[section])) == (self._layout.line_of(row))
        top = int(self._layout.section_top[section]) if is_on_first_line else place.y - 2 * _OUTREACH_PX
        return (0 if row == 0 else top), place.y + place.height + 2 * _OUTREACH_PX

    def _visible_rows(self) -> tuple[int, int]:
        y = self.verticalOffset()
        return self._layout.visible(y, y + self.viewport().height())

    def _settle(self) -> None:
        """Scrolling pauses: read texts, wish for thumbnails (what is seen first, then a page on each side)."""
        if self._photos is None:
            return
        first, last = self._visible_rows()
        self._photos.fetch_visible(first, last)
        page = self.viewport().height()
        y = self.verticalOffset()
        before, after = self._layout.visible(y - page, y + 2 * page)
        ids = self._photos.ids
        wanted = np.concatenate((ids[first:last], ids[last:after], ids[before:first][::-1])).tolist()
        edge_px = round(self._edge_px * 1.25 * self.devicePixelRatioF())
        self._thumbnails.request(wanted, by="grid", edge_px=edge_px)
        visible = ids[first:last].tolist()
        if visible != self._told_visible:
            self._told_visible = visible
            self.visible_changed.emit(visible)

    # Refresh

    def _remember(self) -> None:
        assert self._photos is not None
        start = self._photos.id_at(self._chosen.start)
        current = self.current_id()
        self._memory = _Memory(
            self.selected_ids(),
            -1 if current is None else current,
            -1 if start is None else start,
            self._anchors(),
            self._photos.is_answer,
        )

    def _on_model_reset(self) -> None:
        self._set_layout()
        if self._memory is not None:
            self._restore(self._memory)
        memory, self._memory = self._memory, None
        if memory is not None and memory.selected != (selected := self.selected_ids()):
            self.selection_changed.emit(selected)
        if memory is not None and memory.current != (current := self.current_id() or -1):
            self.current_changed.emit(current)
        self._hide_stale_tooltip()

    def _restore(self, memory: _Memory) -> None:
        assert self._photos is not None
        rows = self._photos.rows_of(memory.selected)
        current, start = self._photos.rows_of([memory.current, memory.start]).tolist()
        self._chosen.start = start
        if current >= 0:
            self._chosen.make_current(current)
        self._chosen.replace(np.sort(rows[rows >= 0]))
        if memory.was_answer or self._photos.is_answer:
            self.verticalScrollBar().setValue(0)
        else:
            self._scroll_to_first_of(memory.anchors)

    def _on_selection_changed(self) -> None:
        self.viewport().update()
        if self._memory is None:
            self.selection_changed.emit(self.selected_ids())

    def _on_current_changed(self) -> None:
        self.viewport().update()
        photo_id = self.current_id()
        if self._memory is None:
            self.current_changed.emit(-1 if photo_id is None else photo_id)

    # Keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        has_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        row = self.currentIndex().row()
        step = _STEPS.get(Qt.Key(event.key()))
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            event.ignore()
        elif event.key() in _ARROWS and self._is_alone(event) and row >= 0:
            self._go(row, event.modifiers())  # what the keyboard stands on is not selected yet
        elif step is not None:
            self._go(self.moveCursor(step, event.modifiers()).row(), event.modifiers())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not has_control and row >= 0:
            self.photo_activated.emit(self.current_id())
        elif event.key() == Qt.Key.Key_Space and row >= 0 and not event.isAutoRepeat():
            self._chosen.toggle(row) if has_control else self.preview_requested.emit(self.current_id())
        else:
            event.ignore()

    def _is_alone(self, event: QKeyEvent) -> bool:
        """Whether a plain key comes while nothing is selected."""
        return event.modifiers() in _PLAIN and not self.selectionModel().hasSelection()

    def _go(self, row: int, modifiers: Qt.KeyboardModifier) -> None:
        if row < 0:
            return
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            self._chosen.extend(row)
        elif modifiers & Qt.KeyboardModifier.ControlModifier:
            self._chosen.make_current(row)
        else:
            self._chosen.choose(row)
        self.scrollTo(self._index(row))

    def _step(self, row: int, action: QAbstractItemView.CursorAction) -> int:
        last, page = len(self._layout) - 1, self.viewport().height()
        actions = QAbstractItemView.CursorAction
        if action in (actions.MoveLeft, actions.MovePrevious):
            return max(0, row - 1)
        if action in (actions.MoveRight, actions.MoveNext):
            return min(last, row + 1)
        if action in (actions.MoveHome, actions.MoveEnd):
            return 0 if action == actions.MoveHome else last
        if action in (actions.MoveUp, actions.MoveDown):
            return self._layout.above(row) if action == actions.MoveUp else self._layout.below(row)
        return self._layout.page_from(row, -page if action == actions.MovePageUp else page)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in _COMES_BY_KEY and self.current_id() is None:
            self.begin_with_first()

    # Mouse

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            photo_id = self._id_of(self.indexAt(event.pos()))
            if photo_id is not None:
                self.tooltip_wanted.emit(photo_id)
        return bool(super().viewportEvent(event))

    def renew_tooltip(self, photo_id: int) -> None:
        """More is known of a photo; its tooltip tells it, if the pointer still rests on it."""
        at = QCursor.pos()
        index = self.indexAt(self.viewport().mapFromGlobal(at))
        if QToolTip.isVisible() and self._id_of(index) == photo_id:
            text = index.data(Qt.ItemDataRole.ToolTipRole)
            QToolTip.showText(at, text, self.viewport(), self.visualRect(index))

    def _hide_stale_tooltip(self) -> None:
        """Other photos have come below a pointer that rests: what its tooltip tells is of one that was there before."""
        at = self.viewport().mapFromGlobal(QCursor.pos())
        if not QToolTip.isVisible() or not self.viewport().rect().contains(at):
            return
        if QToolTip.text() != self.indexAt(at).data(Qt.ItemDataRole.ToolTipRole):
            QToolTip.hideText()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self.indexAt(event.position().toPoint()).row()
        if event.button() == Qt.MouseButton.LeftButton:
            self._press_left(row, event)
        elif event.button() == Qt.MouseButton.RightButton:
            if row < 0:
                self.clearSelection()
            elif not self._chosen.holds(row):
                self._chosen.choose(row)
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._press is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        at = event.position().toPoint() + QPoint(0, self.verticalOffset())
        if (at - self._press.at).manhattanLength() < QApplication.startDragDistance() and self._band is None:
            return
        if self._press.is_band:
            self._stretch_band(event.position().toPoint())
        elif self._press.row >= 0:
            self._press = None
            self.startDrag(Qt.DropAction.CopyAction)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        press, self._press = self._press, None
        if press is not None and press.collapses:
            self._chosen.choose(press.row)
        self._band_timer.stop()
        if self._band is not None:
            self._band = None
            self.viewport().update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        index = self.indexAt(at)
        photo_id = self._id_of(index)
        if self._group_at(index.row(), at) is not None:
            return  # two clicks on a badge open and fold
        if event.button() == Qt.MouseButton.LeftButton and photo_id is not None:
            self._press = None
            self.photo_activated.emit(photo_id)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        place = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            middle = self.visualRect(self.currentIndex()).center()
            place = self.viewport().mapToGlobal(middle)
        self.context_menu_requested.emit(place)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            QAbstractItemView.wheelEvent(self, event)
            return
        self._wheel_rest += event.angleDelta().y() / 120
        steps, self._wheel_rest = int(self._wheel_rest), self._wheel_rest - int(self._wheel_rest)
        if steps:
            self._zoom_to(round(self._edge_px * _ZOOM_STEP**steps), event.position().toPoint())
        event.accept()

    def startDrag(self, supported: Qt.DropAction) -> None:
        """Offer the selected photos' files to other programs, as copies."""
        urls = self.drag_urls(self.selected_ids()) if self.drag_urls is not None else []
        if not urls:
            return
        data = QMimeData()
        data.setUrls([QUrl(url) for url in urls])
        drag = QDrag(self)
        drag.setMimeData(data)
        tile = self._painter.tile(self.current_id() or -1)
        if tile is not None:
            small = QSize(120, 120)
            drag.setPixmap(tile.scaled(small, Qt.AspectRatioMode.KeepAspectRatio))
        drag.exec(Qt.DropAction.CopyAction)

    def _group_at(self, row: int, at: QPoint) -> int | None:
        """The photo whose badge of a group lies there."""
        if self._photos is None or row < 0:
            return None
        text = _group_text(self._photos.group(row))
        is_hit = bool(text) and self._painter.group_badge(self.visualRect(self._index(row)), text).contains(at)
        return self._photos.id_at(row) if is_hit else None

    def _press_left(self, row: int, event: QMouseEvent) -> None:
        group_of = self._group_at(row, event.position().toPoint())
        if group_of is not None:
            self.group_toggled.emit(group_of)
            return
        has_shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        has_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        at = event.position().toPoint() + QPoint(0, self.verticalOffset())
        self._press = _Press(row, at, is_band=row < 0)
        if row < 0:
            self._chosen.begin_band(is_added=has_shift or has_control)
        elif has_shift:
            self._chosen.extend(row)
        elif has_control:
            self._chosen.toggle(row)
        elif self._chosen.holds(row):
            self._press.collapses = True
            self._chosen.make_current(row)
        else:
            self._chosen.choose(row)

    def _stretch_band(self, at: QPoint) -> None:
        assert self._press is not None
        offset = QPoint(0, self.verticalOffset())
        self._band = QRect(self._press.at, at + offset).normalized()
        band = self._band
        self._chosen.set_band(
            self._layout.rows_in(Rect(band.x(), band.y(), max(1, band.width()), max(1, band.height())))
        )
        self._band_timer.start()
        self.viewport().update()

    def _on_band_held(self) -> None:
        """Scroll on while a rubber band is held beyond the top or bottom."""
        at = self.viewport().mapFromGlobal(self.cursor().pos())
        beyond = min(at.y(), 0) + max(at.y() - self.viewport().height(), 0)
        if beyond and self._press is not None:
            self.verticalScrollBar().setValue(self.verticalOffset() + max(-60, min(60, beyond)))
            self._stretch_band(at)

    def _zoom_to(self, edge_px: int, cursor: QPoint | None) -> None:
        """Zoom and keep the middle of one photo where it is: under the cursor, or current, or in the middle."""
        edge_px = min(max(edge_px, MIN_EDGE_PX), MAX_EDGE_PX)
        if edge_px == self._edge_px:
            return
        row = self._zoom_row(cursor)
        middle = self.visualRect(self._index(row)).center().y() if row >= 0 else 0
        was_at_top = self.verticalOffset() == 0 and cursor is None
        self._edge_px = edge_px
        self._set_layout()
        if row >= 0 and not was_at_top:
            place = self._layout.rect(row)
            self.verticalScrollBar().setValue(place.y + place.height // 2 - middle)
        self.zoom_changed.emit(edge_px)

    def _zoom_row(self, cursor: QPoint | None) -> int:
        first, last = self._visible_rows()
        if cursor is not None and (row := self.indexAt(cursor).row()) >= 0:
            return row
        current = self.currentIndex().row()
        if first <= current < last:
            return current
        return (first + last) // 2 if last > first else -1

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        area = event.rect()
        painter.fillRect(area, colour("background"))
        if self._photos is None or not len(self._layout):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        offset = self.verticalOffset()
        painter.translate(0, -offset)
        self._painter.begin(self.devicePixelRatioF())
        y0, y1 = area.top() + offset - _OUTREACH_PX, area.bottom() + offset + _OUTREACH_PX
        self._paint_headings(painter, y0, y1)
        self._paint_photos(painter, y0, y1)
        self._paint_band(painter)
        painter.end()
        if self._painter.is_rough:
            QTimer.singleShot(0, self.viewport(), self.viewport().update)

    def _paint_photos(self, painter: QPainter, y0: int, y1: int) -> None:
        assert self._photos is not None
        photos, current = self._photos, self.currentIndex().row()
        first, last = self._layout.visible(y0, y1)
        outlined: list[tuple[int, QRect]] = []
        ids = photos.ids[first:last].tolist()
        for row, photo_id, place in zip(range(first, last), ids, self._layout.rects(first, last), strict=True):
            rect = _qrect(place)
            look = PhotoLook(
                photo_id,
                self._thumbnails.image(photo_id),
                photos.photo_row(photo_id),
                photos.why(row),
                photos.is_weak(row),
                _group_text(photos.group(row)),
            )
            self._painter.draw_photo(painter, rect, look)
            if row == current or self._chosen.holds(row):
                outlined.append((row, rect))
        self._paint_outlines(painter, outlined, current)

    def _paint_outlines(self, painter: QPainter, outlined: list[tuple[int, QRect]], current: int) -> None:
        """After all photos, since outlines reach over their neighbours' edges."""
        for row, rect in outlined:
            if self._chosen.holds(row):
                self._painter.draw_outline(painter, rect)
        is_alone = self._chosen.holds(current) and len(outlined) == 1
        for row, rect in outlined:
            if row == current and self.hasFocus() and not is_alone:
                self._painter.draw_focus(painter, rect, is_selected=self._chosen.holds(row))

    def _paint_headings(self, painter: QPainter, y0: int, y1: int) -> None:
        assert self._photos is not None
        sections = self._photos.sections
        width = self.viewport().width() - _MEASURES.left_px - _MEASURES.right_px
        for section in self._layout.sections_between(y0, y1):
            top = int(self._layout.section_top[section])
            place = QRect(_MEASURES.left_px, top, width, _MEASURES.heading_px)
            if len(sections.days):
                self._painter.draw_heading(painter, place, *self._day_texts(section))
            elif sections.good is not None and (section > 0 or sections.good == 0):
                self._painter.draw_divider(painter, place, self.tr("Weaker matches below"))

    def _paint_band(self, painter: QPainter) -> None:
        if self._band is not None:
            painter.setPen(QPen(colour("accent"), 1))
            painter.setBrush(colour("accent", 0.15))
            painter.drawRect(self._band)

    def _day_texts(self, section: int) -> tuple[str, str]:
        assert self._photos is not None
        sections, locale = self._photos.sections, QLocale()
        day = sections.days[section].astype("datetime64[D]").item()
        if sections.is_by_month:
            title = f"{locale.standaloneMonthName(day.month)} {day.year}"
        else:
            title = locale.toString(day, QLocale.FormatType.LongFormat)
        count = int(sections.counts[section])
        note = self.tr("1 photo") if count == 1 else self.tr("{count} photos")
        return title, note.format(count=locale.toString(count))

    # Small things

    def _on_thumbnail_ready(self, photo_id: int) -> None:
        row = self._photos.row_of(photo_id) if self._photos is not None else -1
        if 0 <= row < len(self._layout):
            place = self.visualRect(self._index(row))
            if place.intersects(self.viewport().rect()):
                self.viewport().update(place)

    def _on_rows_read(self) -> None:
        # What QAbstractItemView repaints for a range of cells leaves some of them out.
        self.viewport().update()

    def _on_theme_changed(self) -> None:
        self._painter.forget()
        self.viewport().update()

    def _dress(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.setAccessibleName(self.tr("Photos"))
        self.setTabKeyNavigation(False)  # one tab stop, arrows inside
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def _index(self, row: int) -> QModelIndex:
        return self._photos.index(row, 0) if self._photos is not None and row >= 0 else QModelIndex()

    def _id_of(self, index: Index) -> int | None:
        return self._photos.id_at(index.row()) if self._photos is not None else None


def _empty_layout() -> GridLayout:
    return justify(np.zeros(0, np.float32), np.zeros(0, np.int64), width_px=1, target_px=1)


def _qrect(place: Rect) -> QRect:
    return QRect(place.x, place.y, place.width, place.height)


def _group_text(group: Group | None) -> str:
    if group is None:
        return ""
    return "−" if group.is_open else QLocale().toString(group.count)
