"""The left column: the library's parts, folders, places, kinds and tags with counts, and a foot for background work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from app.core.query import Scope
from app.core.types import Folder, Kind, Place, SavedSearch
from app.ui.actions import Actions
from app.ui.parts.foot_message import FootMessage, Message
from app.ui.parts.sidebar_entries import (
    Entry,
    kind_entries,
    library_entries,
    place_entries,
    saved_entries,
    tag_entries,
)
from app.ui.parts.sidebar_tree import SidebarTree
from app.ui.theme import font, keep_icon

WIDTH_PX = 236
_NATIVE = QKeySequence.SequenceFormat.NativeText


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
    saved_moved = Signal(object, int)
    """The id of a saved search, and its place among them now."""
    saved_shifted = Signal(object, int)
    """A SavedSearch, and by how many places it goes down."""

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
        self._is_awaited = False
        """The row of what is shown is still to come: a search that has just been saved."""
        self._shown: tuple[object, ...] | None = None
        self._tree = SidebarTree(self)
        self._tree.chosen.connect(self._on_chosen)
        self._tree.menu_requested.connect(self._on_menu_requested)
        self._tree.saved_moved.connect(self.saved_moved)
        self._tree.saved_shifted.connect(self.saved_shifted)
        self._tree.rename_requested.connect(self.rename_saved_requested)
        self._tree.remove_requested.connect(self.remove_saved_requested)
        self._message = FootMessage(self)
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
        self._message.end_about(back)
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
        before, self._key = self._key, scope if saved_id is None else saved_id
        self._is_awaited = not self._tree.mark(self._key, is_shown=self._key != before)

    @property
    def put_away(self) -> frozenset[str]:
        """The sections whose rows a person has put away, to be remembered."""
        return self._tree.put_away

    def put_sections_away(self, sections: Iterable[str]) -> None:
        self._tree.put_sections_away(sections)

    def add_to_foot(self, widget: QWidget) -> None:
        self._foot.addWidget(widget)

    def say(self, text: str, *, is_error: bool = False, about: Path | None = None, is_passing: bool = False) -> None:
        """Show one quiet line at the foot, until it is sent away or another comes.

        Args:
            text: the line.
            is_error: said in the colour of errors.
            about: a folder that is not there; when it is back, the line goes too.
            is_passing: it answers what a person did, and ends with the next that they do, or after a while.
        """
        self._message.say(Message(text, is_error, about, is_passing))

    def pass_by(self) -> None:
        """The person does something else now."""
        self._message.pass_by()

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
            above = [*library_entries(self._counts), *saved_entries(self._saved, self._saved_counts)]
            below = [*place_entries(self._places), *kind_entries(self._kinds), *tag_entries(self._tags)]
            self._tree.rebuild(above, self._folders, below)
            self._is_awaited &= not self._tree.mark(self._key, is_shown=self._is_awaited)

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
        place = [each.search_id for each in self._saved].index(saved.search_id)
        self._offer(menu, self.tr("Rename…"), "F2", lambda: self.rename_saved_requested.emit(saved))
        self._offer(
            menu, self.tr("Replace by the present search"), "", lambda: self.replace_saved_requested.emit(saved)
        )
        menu.addSeparator()
        up = self._offer(menu, self.tr("Move up"), "Alt+Up", lambda: self.saved_shifted.emit(saved, -1))
        up.setEnabled(place > 0)
        down = self._offer(menu, self.tr("Move down"), "Alt+Down", lambda: self.saved_shifted.emit(saved, 1))
        down.setEnabled(place + 1 < len(self._saved))
        menu.addSeparator()
        self._offer(
            menu,
            self.tr("Remove the saved search (keeps the photos)"),
            "Del",
            lambda: self.remove_saved_requested.emit(saved),
        )
        menu.popup(where)

    @staticmethod
    def _offer(menu: QMenu, text: str, keys: str, act: Callable[[], None]) -> QAction:
        """``keys`` are only told: the tree takes them itself."""
        action = menu.addAction(f"{text}\t{QKeySequence(keys).toString(_NATIVE)}" if keys else text)
        action.triggered.connect(lambda _=False: act())
        return action

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


def _fill(menu: QMenu, actions: Actions, *names: str) -> None:
    """Add actions; "" is a line between them."""
    for name in names:
        if name:
            menu.addAction(actions[name])
        else:
            menu.addSeparator()
