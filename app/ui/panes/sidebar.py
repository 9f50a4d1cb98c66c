"""The left column: the library's parts, folders, places, kinds and tags with counts, and a foot for background work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QMouseEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QStyleOptionViewItem,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from app.core.query import Scope
from app.core.types import Folder, FolderId, Kind, Place, SavedSearch
from app.ui import wording
from app.ui.actions import Actions
from app.ui.theme import colour, font, keep_icon, picture, theme

WIDTH_PX = 236
_ROW_PX = 28
_SECTION_PX = 34
_INDENT_PX = 14
_MOST_TAGS = 15
_MOST_CITIES = 20
"""In one country; the search knows all of them."""

_KIND_ICONS = {
    Kind.PHOTO: "image",
    Kind.VIDEO: "film",
    Kind.LIVE: "circle-dot",
    Kind.ANIMATION: "clapperboard",
    Kind.RAW: "aperture",
    Kind.PANORAMA: "gallery-horizontal",
    Kind.SCREENSHOT: "smartphone",
    Kind.DOCUMENT: "file-text",
}

_ENTRY = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Entry:
    """A row: where it leads, how it looks. With neither ``scope`` nor ``saved`` it is the heading of a section."""

    text: str
    icon: str = ""
    scope: Scope | None = None
    count: int | None = None
    folder: Folder | None = None
    is_offline: bool = False
    below: tuple[Entry, ...] = ()
    saved: SavedSearch | None = None

    @property
    def is_heading(self) -> bool:
        return self.scope is None and self.saved is None

    @property
    def key(self) -> object:
        """What the row is known by: the part of the library that it leads to, or the saved search's id."""
        return self.scope if self.saved is None else self.saved.search_id


class Sidebar(QWidget):
    """Tells which part of the library is wanted."""

    scope_chosen = Signal(object)
    add_folder_requested = Signal()
    rescan_requested = Signal(object)
    show_folder_requested = Signal(object)
    remove_folder_requested = Signal(object)
    left_out_requested = Signal()
    saved_chosen = Signal(object)
    """A SavedSearch."""
    rename_saved_requested = Signal(object)
    replace_saved_requested = Signal(object)
    remove_saved_requested = Signal(object)

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(180)
        self._folders: Sequence[Folder] = ()
        self._counts: dict[str, int] = {}
        self._tags: Sequence[tuple[str, int]] = ()
        self._kinds: Mapping[Kind, int] = {}
        self._places: Sequence[tuple[Place, int]] = ()
        self._saved: Sequence[SavedSearch] = ()
        self._saved_counts: Mapping[int, int | None] = {}
        self._key: object = Scope()
        self._shown: tuple[object, ...] | None = None
        self._tree = _Tree(self)
        self._tree.chosen.connect(self._on_chosen)
        self._tree.menu_requested.connect(self._on_menu_requested)
        self._message = _Message(self)
        self._foot = QVBoxLayout()
        self._foot.setContentsMargins(10, 0, 10, 10)
        self._foot.setSpacing(6)
        self._foot.addWidget(self._message)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._make_head(actions))
        column.addWidget(self._tree, 1)
        column.addLayout(self._foot)
        self._rebuild()

    def _make_head(self, actions: Actions) -> QWidget:
        """The mark with the program's menu behind it, and a button that adds a folder."""
        head = QWidget(self)
        head.setFixedHeight(48)
        row = QHBoxLayout(head)
        row.setContentsMargins(12, 0, 12, 0)
        menu = QMenu(self)
        _fill(menu, actions, "add_folder", "rescan", "work", "", "undo", "redo", "", "settings")
        _fill(menu.addMenu(self.tr("Help")), actions, "shortcuts", "copy_diagnostics")
        _fill(menu, actions, "", "quit")
        mark = QToolButton(head)
        mark.setObjectName("program_menu")
        mark.setText(" Oriel")
        mark.setFont(font("heading"))
        mark.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        mark.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        mark.setMenu(menu)
        mark.setAccessibleName(self.tr("Oriel's menu"))
        keep_icon(mark, "mark", size_px=20, colour="accent")
        row.addWidget(mark)
        row.addStretch(1)
        add = QToolButton(head)
        add.setObjectName("add_folder")
        add.setAccessibleName(self.tr("Add folder"))
        add.setToolTip(self.tr("Add folder… (Ctrl+O)"))
        keep_icon(add, "folder-plus", size_px=16, colour="text_3")
        add.clicked.connect(self.add_folder_requested)
        row.addWidget(add)
        return head

    # What is shown

    def set_counts(self, *, photos: int, favourites: int, recent: int) -> None:
        self._counts = {"photos": photos, "favourites": favourites, "recent": recent}
        self._rebuild()

    def set_folders(self, folders: Sequence[Folder]) -> None:
        back = {folder.path for folder in self._folders if folder.is_offline}
        back -= {folder.path for folder in folders if folder.is_offline}
        if self._message.about in back:
            self._message.hide()
        self._folders = folders
        self._rebuild()

    def set_tags(self, tags: Sequence[tuple[str, int]]) -> None:
        """``tags``: name and count, most used first."""
        self._tags = tags
        self._rebuild()

    def set_kinds(self, kinds: Mapping[Kind, int]) -> None:
        """``kinds``: how many photos of each kind there are."""
        self._kinds = kinds
        self._rebuild()

    def set_places(self, places: Sequence[tuple[Place, int]]) -> None:
        """``places``: cities with their photos, those of a country side by side, most photos first."""
        self._places = places
        self._rebuild()

    def set_saved(self, saved: Sequence[SavedSearch], counts: Mapping[int, int | None]) -> None:
        """Saved searches in their order; by id how many good matches they have, None or missing: not known."""
        self._saved, self._saved_counts = saved, counts
        self._rebuild()

    def set_scope(self, scope: Scope, saved_id: int | None = None) -> None:
        """Mark the row of a saved search, or the one that leads to this scope, if one does."""
        self._key = scope if saved_id is None else saved_id
        self._tree.mark(self._key)

    def add_to_foot(self, widget: QWidget) -> None:
        self._foot.addWidget(widget)

    def say(self, text: str, *, is_error: bool = False, about: Path | None = None) -> None:
        """Show one quiet line at the foot, until it is sent away or another comes.

        Args:
            text: the line.
            is_error: said in the colour of errors.
            about: a folder that is not there; when it is back, the line goes too.
        """
        self._message.say(text, is_error=is_error, about=about)

    def _rebuild(self) -> None:
        lists = (
            self._folders,
            self._places,
            self._kinds.items(),
            self._tags,
            self._counts.items(),
            self._saved,
            self._saved_counts.items(),
        )
        wanted = tuple(tuple(each) for each in lists)
        if wanted != self._shown:
            self._shown = wanted
            self._tree.rebuild(self._library_entries(), self._folders, self._entries_below())
            self._tree.mark(self._key)

    def _library_entries(self) -> list[Entry]:
        count = self._counts.get
        return [
            Entry(self.tr("Library")),
            Entry(self.tr("All photos"), "images", Scope(), count("photos")),
            Entry(self.tr("Favourites"), "heart", Scope(is_favourite=True), count("favourites")),
            Entry(self.tr("Recently added"), "clock", Scope(is_recent=True), count("recent")),
            *self._saved_entries(),
        ]

    def _saved_entries(self) -> list[Entry]:
        rows = [
            Entry(saved.name, "bookmark", count=self._saved_counts.get(saved.search_id), saved=saved)
            for saved in self._saved
        ]
        return [Entry(self.tr("Saved searches")), *rows] if rows else []

    def _entries_below(self) -> list[Entry]:
        return [*self._place_entries(), *self._kind_entries(), *self._tag_entries()]

    def _place_entries(self) -> list[Entry]:
        """A row for each country, and below it its cities."""
        rows = []
        for (code, name), found in groupby(self._places, lambda each: (each[0].country_code, each[0].country)):
            cities = list(found)
            below = tuple(
                Entry(place.city or place.region, "map-pin", Scope(place=place), count)
                for place, count in cities[:_MOST_CITIES]
                if place.city or place.region
            )
            whole = Scope(place=Place("", "", name, code))
            rows.append(Entry(name, "map-pin", whole, sum(count for _, count in cities), below=below))
        return [Entry(self.tr("Places")), *rows] if rows else []

    def _kind_entries(self) -> list[Entry]:
        """Nothing where all photos are plain ones: then the kinds tell nothing."""
        if not self._kinds.keys() - {Kind.PHOTO}:
            return []
        rows = [
            Entry(wording.kinds(kind), icon, Scope(kind=kind), self._kinds[kind])
            for kind, icon in _KIND_ICONS.items()
            if kind in self._kinds
        ]
        return [Entry(self.tr("Kinds")), *rows]

    def _tag_entries(self) -> list[Entry]:
        if not self._tags:
            return []
        rows = [Entry(name, "tag", Scope(tag=name), count) for name, count in self._tags[:_MOST_TAGS]]
        return [Entry(self.tr("Tags")), *rows]

    # What is done

    def _on_chosen(self, entry: Entry) -> None:
        self._key = entry.key
        if entry.saved is not None:
            self.saved_chosen.emit(entry.saved)
        else:
            self.scope_chosen.emit(entry.scope)

    def _on_menu_requested(self, entry: Entry, where: QPoint) -> None:
        if entry.folder is not None:
            self._show_folder_menu(entry.folder, where)
        elif entry.saved is not None:
            self._show_saved_menu(entry.saved, where)

    def _show_saved_menu(self, saved: SavedSearch, where: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, signal in (
            (self.tr("Rename…"), self.rename_saved_requested),
            (self.tr("Replace by the present search"), self.replace_saved_requested),
            (self.tr("Remove the saved search (keeps the photos)"), self.remove_saved_requested),
        ):
            menu.addAction(text).triggered.connect(lambda _=False, s=signal: s.emit(saved))
        menu.popup(where)

    def _show_folder_menu(self, folder: Folder, where: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, signal in (
            (self.tr("Look for changes"), self.rescan_requested),
            (self.tr("Show in file manager"), self.show_folder_requested),
            (self._removal_text(folder), self.remove_folder_requested),
        ):
            menu.addAction(text).triggered.connect(lambda _=False, s=signal: s.emit(folder))
        menu.addSeparator()
        menu.addAction(self.tr("What is left out…")).triggered.connect(lambda _: self.left_out_requested.emit())
        menu.popup(where)

    def _removal_text(self, folder: Folder) -> str:
        """A folder inside another is left out of that; one that a person added goes as it came."""
        return self.tr("Exclude…") if folder.parent_id is not None else self.tr("Remove from library…")


class _Tree(QTreeView):
    """All rows of the sidebar, painted by ourselves so that a row's colour spans its whole width."""

    chosen = Signal(object)
    menu_requested = Signal(object, QPoint)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = QStandardItemModel(self)
        self._expanded: set[Scope] = set()
        self._hovered = QPersistentModelIndex()
        self._is_marking = False
        self.setModel(self._rows)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(_INDENT_PX)
        self.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.setExpandsOnDoubleClick(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QTreeView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(self.tr("Places in the library"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_menu)
        self.expanded.connect(lambda index: self._note_expansion(index, True))
        self.collapsed.connect(lambda index: self._note_expansion(index, False))
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        theme().changed.connect(self.viewport().update)

    def rebuild(self, library: Iterable[Entry], folders: Sequence[Folder], below: Iterable[Entry]) -> None:
        """Show these rows; what was open and how far it was scrolled stays."""
        scrolled = self.verticalScrollBar().value()
        self._is_marking = True
        self._rows.clear()
        for entry in library:
            self._rows.appendRow(_item(entry))
        self._add_folders(folders)
        for entry in below:
            self._add(entry)
        self._is_marking = False
        self.verticalScrollBar().setValue(scrolled)

    def _add(self, entry: Entry) -> None:
        item = _item(entry)
        self._rows.appendRow(item)
        item.appendRows([_item(each) for each in entry.below])
        if entry.below and entry.scope in self._expanded:
            self.setExpanded(item.index(), True)

    def _add_folders(self, folders: Sequence[Folder]) -> None:
        if not folders:
            return
        self._rows.appendRow(_item(Entry(self.tr("Folders"))))
        items: dict[FolderId, QStandardItem] = {}
        for folder in folders:  # parents come before their children
            item = items[folder.folder_id] = _item(_folder_entry(folder))
            above = items.get(folder.parent_id) if folder.parent_id is not None else None
            (above or self._rows).appendRow(item)
        for folder_id, item in items.items():
            if Scope(folder_id=folder_id) in self._expanded:
                self.setExpanded(item.index(), True)

    def mark(self, key: object) -> None:
        """Select the row of this key without telling that it was chosen."""
        self._is_marking = True
        index = self._index_of(key, QModelIndex())
        if index is None:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        else:
            self.setCurrentIndex(index)
        self._is_marking = False

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
            _paint_section(painter, full, entry)
        else:
            self._paint_row(painter, full, entry, index)
        painter.restore()

    def _paint_row(self, painter: QPainter, full: QRect, entry: Entry, index: Index) -> None:
        is_selected = self.selectionModel().isSelected(_plain(index))
        row = full.adjusted(10, 0, -10, 0)
        if is_selected or self._hovered == index:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour("selected" if is_selected else "hover"))
            painter.drawRoundedRect(QRectF(row), 6, 6)
            if is_selected and self.hasFocus() and self.testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange):
                painter.setPen(colour("accent"))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(row).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        left = row.left() + 10 + _INDENT_PX * _depth(index)
        token = "accent" if is_selected else "text_3" if entry.is_offline else "text_2"
        icon = self._icon_of(entry, index)
        painter.drawPixmap(left, row.center().y() - 7, picture(icon, 16, token, ratio=self.devicePixelRatioF()))
        count = "" if entry.count is None else wording.number(entry.count)
        painter.setFont(font("body"))
        painter.setPen(colour("text_3"))
        right = row.right() - 10
        width = painter.fontMetrics().horizontalAdvance(count)
        painter.drawText(QRect(right - width, row.top(), width + 1, row.height()), Qt.AlignmentFlag.AlignVCenter, count)
        space = QRect(left + 25, row.top(), right - width - 8 - left - 25, row.height())
        painter.setPen(colour("text_3" if entry.is_offline else "text_1"))
        text = painter.fontMetrics().elidedText(entry.text, Qt.TextElideMode.ElideRight, space.width())
        painter.drawText(space, Qt.AlignmentFlag.AlignVCenter, text)

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
        if not index.isValid() or _entry(index).is_heading:
            return
        if self._rows.hasChildren(index) and (was_current or not self.isExpanded(index)):
            self.setExpanded(index, not self.isExpanded(index))
        if was_current:
            self.chosen.emit(_entry(index))

    def _on_current_changed(self, current: QModelIndex) -> None:
        if not self._is_marking and current.isValid() and not _entry(current).is_heading:
            self.chosen.emit(_entry(current))

    def _on_menu(self, where: QPoint) -> None:
        index = self.indexAt(where)
        if index.isValid():
            self.menu_requested.emit(_entry(index), self.viewport().mapToGlobal(where))

    def _note_expansion(self, index: QModelIndex, is_expanded: bool) -> None:
        scope = _entry(index).scope
        if scope is not None and is_expanded:
            self._expanded.add(scope)
        elif scope is not None:
            self._expanded.discard(scope)


class _Message(QFrame):
    """One quiet line with a cross."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.about: Path | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 0, 4)
        row.setSpacing(4)
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setObjectName("message")
        self._text.setTextFormat(Qt.TextFormat.PlainText)  # paths may hold what looks like markup
        cross = QToolButton(self)
        cross.setFixedSize(20, 20)
        cross.setStyleSheet("padding: 0; border: none;")
        cross.setAccessibleName(self.tr("Dismiss"))
        keep_icon(cross, "x", size_px=12, colour="text_3")
        cross.clicked.connect(self.hide)
        row.addWidget(self._text, 1)
        row.addWidget(cross, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text()

    def say(self, text: str, *, is_error: bool, about: Path | None) -> None:
        self.about = about
        self._text.setProperty("role", "danger" if is_error else "quiet")
        self._text.style().polish(self._text)
        self._text.setFont(font("small"))
        self._text.setText(text)
        self.setVisible(bool(text))


def _fill(menu: QMenu, actions: Actions, *names: str) -> None:
    """Add actions; "" is a line between them."""
    for name in names:
        if name:
            menu.addAction(actions[name])
        else:
            menu.addSeparator()


def _item(entry: Entry) -> QStandardItem:
    item = QStandardItem(entry.text)
    item.setData(entry, _ENTRY)
    item.setToolTip(wording.tooltip(str(entry.folder.path)) if entry.folder else "")
    if entry.is_heading:
        item.setFlags(Qt.ItemFlag.NoItemFlags)
    if entry.count is not None:
        item.setData(f"{entry.text}, {wording.photos(entry.count)}", Qt.ItemDataRole.AccessibleTextRole)
    _set_height(item, _SECTION_PX if entry.is_heading else _ROW_PX)
    return item


def _set_height(item: QStandardItem, height_px: int) -> None:
    hint = item.sizeHint()
    hint.setWidth(1)
    hint.setHeight(height_px)
    item.setSizeHint(hint)


def _entry(index: Index) -> Entry:
    entry = index.data(_ENTRY)
    return entry if isinstance(entry, Entry) else Entry("")


def _folder_entry(folder: Folder) -> Entry:
    return Entry(
        folder.name or str(folder.path),
        "hard-drive" if folder.is_offline else "folder",
        Scope(folder_id=folder.folder_id),
        folder.photo_count,
        folder,
        folder.is_offline,
    )


def _plain(index: Index) -> QModelIndex:
    return index if isinstance(index, QModelIndex) else index.model().index(index.row(), 0, index.parent())


def _depth(index: Index) -> int:
    depth, above = 0, index.parent()
    while above.isValid():
        depth, above = depth + 1, above.parent()
    return depth


def _paint_section(painter: QPainter, full: QRect, entry: Entry) -> None:
    painter.setFont(font("section"))
    painter.setPen(colour("text_3"))
    space = full.adjusted(20, 0, -20, -6)
    painter.drawText(space, Qt.AlignmentFlag.AlignBottom, entry.text)
