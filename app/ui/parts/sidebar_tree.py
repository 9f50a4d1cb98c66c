"""The sidebar's tree: which row is chosen, opened, asked for its menu, or dragged to another place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QMimeData, QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import QFrame, QStyleOptionViewItem, QTreeView, QWidget

from app.core.query import Scope
from app.core.types import Folder, FolderId
from app.ui import wording
from app.ui.parts.sidebar_entries import Entry, folder_entry, folders_heading
from app.ui.parts.sidebar_painting import INDENT_PX, ROW_PX, SECTION_PX, Look, paint_gap, paint_row, paint_section
from app.ui.theme import theme

_ENTRY = Qt.ItemDataRole.UserRole + 1
_DRAGGED = "application/x-oriel-saved-search"
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
Index = QModelIndex | QPersistentModelIndex


class SidebarTree(QTreeView):
    """All rows, painted by ourselves. Saved searches can be put in another order by mouse and keys."""

    chosen = Signal(object)
    menu_requested = Signal(object, QPoint)
    saved_moved = Signal(object, int)
    """The id of a saved search, and the place among them where it is wanted: 0 is the first."""
    saved_shifted = Signal(object, int)
    """A SavedSearch, and by how many places it is to go down; below 0: up."""
    rename_requested = Signal(object)
    remove_requested = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = QStandardItemModel(self)
        self._expanded: set[Scope] = set()
        self._hovered = QPersistentModelIndex()
        self._is_marking = False
        self._put_away: set[str] = set()
        self._gap: int | None = None
        """The place among the saved searches above which a dragged one hangs."""
        self.setModel(self._rows)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(INDENT_PX)
        self.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.setExpandsOnDoubleClick(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QTreeView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(self.tr("Places in the library"))
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDropIndicatorShown(False)
        self.expanded.connect(lambda index: self._note_expansion(index, True))
        self.collapsed.connect(lambda index: self._note_expansion(index, False))
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        theme().changed.connect(self.viewport().update)

    def rebuild(self, above: Iterable[Entry], folders: Sequence[Folder], below: Iterable[Entry]) -> None:
        """Show these rows; what was open and how far it was scrolled stays."""
        scrolled = self.verticalScrollBar().value()
        self._is_marking = True
        self._rows.clear()
        for entry in above:
            self._rows.appendRow(_item(entry))
        self._add_folders(folders)
        for entry in below:
            self._add(entry)
        self._hide_put_away()
        self._is_marking = False
        self.executeDelayedItemsLayout()  # until then there is nothing to be scrolled
        self.verticalScrollBar().setValue(scrolled)

    @property
    def put_away(self) -> frozenset[str]:
        """The sections whose rows a person has put away."""
        return frozenset(self._put_away)

    def put_sections_away(self, sections: Iterable[str]) -> None:
        self._put_away = set(sections)
        self._hide_put_away()

    def _hide_put_away(self) -> None:
        is_away = False
        for row in range(self._rows.rowCount()):
            entry = _entry(self._rows.index(row, 0))
            if entry.is_heading:
                is_away = entry.section in self._put_away
            self.setRowHidden(row, QModelIndex(), is_away and not entry.is_heading)

    def _add(self, entry: Entry) -> None:
        item = _item(entry)
        self._rows.appendRow(item)
        item.appendRows([_item(each) for each in entry.below])
        if entry.below and entry.scope in self._expanded:
            self.setExpanded(item.index(), True)

    def _add_folders(self, folders: Sequence[Folder]) -> None:
        if not folders:
            return
        self._rows.appendRow(_item(folders_heading()))
        items: dict[FolderId, QStandardItem] = {}
        for folder in folders:  # parents come before their children
            item = items[folder.folder_id] = _item(folder_entry(folder))
            above = items.get(folder.parent_id) if folder.parent_id is not None else None
            (above or self._rows).appendRow(item)
        for folder_id, item in items.items():
            if Scope(folder_id=folder_id) in self._expanded:
                self.setExpanded(item.index(), True)

    def mark(self, key: object, *, is_shown: bool = False) -> bool:
        """Select the row of this key without telling that it was chosen; ``is_shown``: and scroll to it.

        Returns:
            Whether there is such a row.
        """
        self._is_marking = True
        index = self._index_of(key, QModelIndex())
        if index is None:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        elif index != self.currentIndex():
            self.setAutoScroll(is_shown)
            self.setCurrentIndex(index)
            self.setAutoScroll(True)
        self._is_marking = False
        return index is not None

    def _index_of(self, key: object, parent: QModelIndex) -> QModelIndex | None:
        for row in range(self._rows.rowCount(parent)):
            index = self._rows.index(row, 0, parent)
            if not _entry(index).is_heading and _entry(index).key == key:
                return index
            found = self._index_of(key, index)
            if found is not None:
                return found
        return None

    # Painting

    def drawRow(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry = _entry(index)
        full = QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if entry.is_heading:
            is_put_away = entry.section in self._put_away
            paint_section(painter, full, entry, is_put_away=is_put_away, is_hovered=self._hovered == index)
        else:
            paint_row(painter, full, entry, self._look(entry, index))
        painter.restore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        saved = self._saved_rows()
        if self._gap is not None and saved:
            below = saved[min(self._gap, len(saved) - 1)]
            rect = self.visualRect(below)
            y = rect.top() if self._gap < len(saved) else rect.bottom() + 1
            paint_gap(QPainter(self.viewport()), y, self.viewport().width())

    def _look(self, entry: Entry, index: Index) -> Look:
        has_ring = self.hasFocus() and self.testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
        return Look(
            icon=self._icon_of(entry, index),
            depth=_depth(index),
            is_selected=(is_selected := self.selectionModel().isSelected(_plain(index))),
            is_hovered=self._hovered == index,
            is_ringed=is_selected and has_ring,
        )

    def _icon_of(self, entry: Entry, index: Index) -> str:
        if entry.folder is None or entry.is_offline or not self._rows.hasChildren(_plain(index)):
            return entry.icon
        return "folder-open" if self.isExpanded(_plain(index)) else "folder"

    # Mouse and keyboard

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hovered = QPersistentModelIndex(self.indexAt(event.position().toPoint()))
        self.viewport().update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hovered = QPersistentModelIndex()
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.RightButton:
            return  # the menu is about the row under it; it must not lead away from what is shown
        was_current = index == self.currentIndex()
        super().mousePressEvent(event)
        if index.isValid() and _entry(index).section:
            self.put_sections_away(self._put_away ^ {_entry(index).section})
        if not index.isValid() or _entry(index).is_heading:
            return
        if self._rows.hasChildren(index) and (was_current or not self.isExpanded(index)):
            self.setExpanded(index, not self.isExpanded(index))
        if was_current:
            self.chosen.emit(_entry(index))

    def _on_current_changed(self, current: QModelIndex) -> None:
        if not self._is_marking and current.isValid() and not _entry(current).is_heading:
            self.chosen.emit(_entry(current))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
            where = self.viewport().mapToGlobal(self.visualRect(index).bottomLeft() + QPoint(24, 0))
        else:
            index, where = self.indexAt(event.pos()), event.globalPos()
        if index.isValid():
            self.menu_requested.emit(_entry(index), where)

    def event(self, event: QEvent) -> bool:
        """Keys of a saved search are no shortcuts: Delete, say, would move the selected photos to the trash."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._deed(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        deed = self._deed(event)
        saved = _entry(self.currentIndex()).saved
        if saved is None or not deed:
            super().keyPressEvent(event)
        elif deed == "rename":
            self.rename_requested.emit(saved)
        elif deed == "remove":
            self.remove_requested.emit(saved)
        else:
            self.saved_shifted.emit(saved, _STEPS[Qt.Key(event.key())])

    def _deed(self, event: QKeyEvent) -> str:
        """What a key does with the saved search that has the focus; "" where none has, or it does nothing."""
        current = self.currentIndex()
        if _entry(current).saved is None or self.isRowHidden(current.row(), current.parent()):
            return ""  # one that is put away is met by no key
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in _STEPS:
            return "shift"
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return ""
        return {Qt.Key.Key_F2: "rename", Qt.Key.Key_Delete: "remove"}.get(Qt.Key(event.key()), "")

    def _note_expansion(self, index: QModelIndex, is_expanded: bool) -> None:
        scope = _entry(index).scope
        if scope is not None and is_expanded:
            self._expanded.add(scope)
        elif scope is not None:
            self._expanded.discard(scope)

    # Dragging a saved search to another place

    def startDrag(self, _: Qt.DropAction) -> None:
        """Rows move when the library says so, not when they are dropped."""
        saved = _entry(self.currentIndex()).saved
        if saved is None:
            return
        data = QMimeData()
        data.setData(_DRAGGED, str(saved.search_id).encode())
        drag = QDrag(self)
        drag.setMimeData(data)
        rect = self.visualRect(self.currentIndex())
        whole = QRect(0, rect.top(), self.viewport().width(), rect.height())
        drag.setPixmap(self.viewport().grab(whole))
        drag.setHotSpot(self.viewport().mapFromGlobal(self.cursor().pos()) - whole.topLeft())
        drag.exec(Qt.DropAction.MoveAction)
        self._hang(None)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(_DRAGGED) and event.source() is self:
            event.acceptProposedAction()
        else:
            event.ignore()  # the window takes folders and pictures

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        super().dragMoveEvent(event)  # scrolls at the edges
        self._hang(self._place_at(event.position().toPoint()))
        event.setDropAction(Qt.DropAction.MoveAction)
        event.accept()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self._hang(None)

    def dropEvent(self, event: QDropEvent) -> None:
        search_id = int(bytes(event.mimeData().data(_DRAGGED).data()))
        gap = self._place_at(event.position().toPoint())
        self.stopAutoScroll()
        self._hang(None)
        event.setDropAction(Qt.DropAction.MoveAction)
        event.accept()
        places = [saved.search_id for index in self._saved_rows() if (saved := _entry(index).saved) is not None]
        if search_id in places:
            self.saved_moved.emit(search_id, gap - (places.index(search_id) < gap))

    def _hang(self, gap: int | None) -> None:
        self._gap = gap
        self.viewport().update()

    def _place_at(self, where: QPoint) -> int:
        """Above how many of the saved searches the point lies not, from their middles on."""
        return sum(self.visualRect(index).center().y() < where.y() for index in self._saved_rows())

    def _saved_rows(self) -> list[QModelIndex]:
        rows = (self._rows.index(row, 0) for row in range(self._rows.rowCount()))
        return [index for index in rows if _entry(index).saved is not None]


def _item(entry: Entry) -> QStandardItem:
    item = QStandardItem(entry.text)
    item.setData(entry, _ENTRY)
    item.setToolTip(wording.tooltip(entry.tip))
    if entry.is_heading:
        item.setFlags(Qt.ItemFlag.NoItemFlags)
    else:
        item.setDragEnabled(entry.saved is not None)
    if entry.count is not None:
        item.setData(f"{entry.text}, {wording.photos(entry.count)}", Qt.ItemDataRole.AccessibleTextRole)
    hint = item.sizeHint()
    hint.setWidth(1)
    hint.setHeight(SECTION_PX if entry.is_heading else ROW_PX)
    item.setSizeHint(hint)
    return item


def _entry(index: Index) -> Entry:
    entry = index.data(_ENTRY)
    return entry if isinstance(entry, Entry) else Entry("")


def _plain(index: Index) -> QModelIndex:
    return index if isinstance(index, QModelIndex) else index.model().index(index.row(), 0, index.parent())


def _depth(index: Index) -> int:
    depth, above = 0, index.parent()
    while above.isValid():
        depth, above = depth + 1, above.parent()
    return depth
