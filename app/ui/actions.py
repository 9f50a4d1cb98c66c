"""Everything a person can do by key or menu, in one table: the shortcuts dialog lists the same rows.

To add an action: 1. a row in TABLE; 2. connect it by its name in main_window.py; 3. a test.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.ui.theme import keep_icon


@dataclass(frozen=True, slots=True)
class Row:
    """One action. ``keys`` are portable names; an icon is a Lucide name.

    ``told_keys`` and ``told`` are what the list says where a pane takes the keys itself, or a line stands for several.
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    group: str = "photo"
    told_keys: str = ""
    told: str = ""


def _mark(text: str) -> str:
    """Marks a text for translation; it is translated where it is shown."""
    return text


TABLE: tuple[Row, ...] = (
    Row("add_folder", _mark("Add folder…"), ("Ctrl+O",), "folder-plus", "library"),
    Row("search", _mark("Search"), ("Ctrl+F", "Ctrl+K", "/"), "search", "library"),
    Row("leave", _mark("Close, or leave the search"), ("Esc",), "", "library"),
    Row("back", _mark("One step back"), ("Alt+Left",), "arrow-left", "library"),
    Row("forward", _mark("One step forward"), ("Alt+Right",), "", "library"),
    Row("rescan", _mark("Look for changes in all folders"), (), "refresh-cw", "library"),
    Row("work", _mark("Background work…"), (), "sparkles", "library"),
    Row("settings", _mark("Settings…"), ("Ctrl+,",), "settings", "library"),
    Row("shortcuts", _mark("Keyboard shortcuts"), ("F1", "?"), "keyboard", "library"),
    Row("copy_diagnostics", _mark("Copy diagnostics"), (), "copy", "library"),
    Row("quit", _mark("Quit"), ("Ctrl+Q",), "", "library"),
    # Enter and Space are the grid's own: as shortcuts they would never reach the search field or a button.
    Row("open", _mark("Open"), (), "maximize", told_keys=_mark("Enter, double click")),
    Row("preview", _mark("Quick preview"), told_keys=_mark("Space")),
    Row(
        "open_outside",
        _mark("Open with the default program"),
        ("Ctrl+Return", "Ctrl+Enter"),
        "external-link",
        told_keys="Ctrl+Enter",
    ),
    Row("show_in_folder", _mark("Show in folder"), ("Ctrl+Shift+R",), "folder-open"),
    Row("similar", _mark("Find similar"), ("S",), "scan-search"),
    Row("similar_part", _mark("Find similar to a part…"), ("Shift+S",), "square-dashed"),
    Row("open_group", _mark("Show or fold nearly the same pictures"), ("G",), "copy"),
    Row("more_like", _mark("More like these"), (), "plus"),
    Row("less_like", _mark("Less like this"), (), "minus"),
    Row("save_search", _mark("Save this search…"), ("Ctrl+S",), "bookmark", "library"),
    Row("search_clipboard", _mark("Search with the copied picture"), ("Ctrl+V",), "clipboard-paste", "library"),
    Row("favourite", _mark("Favourite"), ("F",), "heart"),
    # The list of keys tells all ratings in the line of the first.
    Row("rate_0", _mark("No rating"), ("0",), told=_mark("No rating, 1 to 5 stars"), told_keys=_mark("0, 1 to 5")),
    Row("rate_1", _mark("1 star"), ("1",)),
    Row("rate_2", _mark("2 stars"), ("2",)),
    Row("rate_3", _mark("3 stars"), ("3",)),
    Row("rate_4", _mark("4 stars"), ("4",)),
    Row("rate_5", _mark("5 stars"), ("5",)),
    Row("add_tag", _mark("Add tag…"), ("T",), "tag"),
    Row("edit_caption", _mark("Edit caption…"), ("C",), "pencil"),
    Row("change_date", _mark("Change date…"), (), "calendar-clock"),
    Row("caption_now", _mark("Caption now")),
    Row("enrich_again", _mark("Generate caption and tags again"), (), "sparkles"),
    Row("copy_image", _mark("Copy image"), ("Ctrl+C",), "image"),
    Row("copy_path", _mark("Copy path"), ("Ctrl+Shift+C",), "copy"),
    Row("copy_caption", _mark("Copy caption")),
    Row("copy_text", _mark("Copy text in picture")),
    Row("remove", _mark("Remove from library (keeps the file)"), (), "x"),
    Row("trash", _mark("Move to trash…"), ("Del",), "trash-2"),
    Row("undo", _mark("Undo"), ("Ctrl+Z",), "undo-2", "view"),
    Row("redo", _mark("Redo"), ("Ctrl+Y", "Ctrl+Shift+Z"), "redo-2", "view"),
    Row("select_all", _mark("Select all"), ("Ctrl+A",), "", "view"),
    Row("select_none", _mark("Select none"), ("Ctrl+Shift+A",), "", "view"),
    Row("invert_selection", _mark("Invert selection"), ("Ctrl+I",), "", "view"),
    Row("information", _mark("Information"), ("I",), "info", "view"),
    Row("larger", _mark("Larger"), ("Ctrl++", "Ctrl+="), "zoom-in", "view"),
    Row("smaller", _mark("Smaller"), ("Ctrl+-",), "zoom-out", "view"),
    Row("fit", _mark("Fit to the window"), ("Ctrl+0",), "", "view"),
    Row("actual_size", _mark("Actual size"), ("Ctrl+1",), "", "view"),
    Row("mark_text", _mark("Mark the words found in the photo"), ("H",), "", "view"),
    Row("full_screen", _mark("Full screen"), ("F11",), "", "view"),
)

GROUPS = {"library": _mark("Library"), "photo": _mark("Photo"), "view": _mark("View and selection")}


def translated(text: str) -> str:
    """A text of the table in the person's language."""
    return QCoreApplication.translate("actions", text)


class Actions(QObject):
    """The table's rows as QActions of a window, found by name."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._by_name = {row.name: self._make(row, window) for row in TABLE}
        for name in ("smaller", "larger", "information"):  # seen at once
            self._dress(name)

    def __getitem__(self, name: str) -> QAction:
        return self._by_name[name]

    def dress(self) -> None:
        """Draw the icons that stand in menus: once the window is visible, since that takes a while."""
        for row in TABLE:
            if row.icon and self._by_name[row.name].icon().isNull():
                self._dress(row.name)

    def _dress(self, name: str) -> None:
        keep_icon(self._by_name[name], next(row.icon for row in TABLE if row.name == name))

    @staticmethod
    def _make(row: Row, window: QWidget) -> QAction:
        action = QAction(translated(row.text), window)
        action.setObjectName(row.name)
        action.setShortcuts([QKeySequence(keys) for keys in row.keys])
        # A text field that has the focus takes plain letters and digits before any shortcut sees them.
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setAutoRepeat(False)
        window.addAction(action)
        return action
