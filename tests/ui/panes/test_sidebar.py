"""The sidebar: what it lists, what its rows do, and the order of the saved searches."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QDragMoveEvent, QDropEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QToolButton, QWidget

from app.core.query import Scope
from app.core.types import Folder, FolderId, FolderUnavailable, Kind, Place, RootId, SavedSearch
from app.ui import theme
from app.ui.actions import Actions
from app.ui.joiners.telling import tell
from app.ui.panes.sidebar import Sidebar

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture(autouse=True)
def themed(qapp, resources):
    theme.apply_theme(qapp, resources)


def folder(number, name, parent=None, *, count=3, is_offline=False) -> Folder:
    above = FolderId(parent) if parent else None
    return Folder(FolderId(number), RootId(1), above, Path("/p") / name, name, is_offline, count)


@pytest.fixture
def sidebar(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    sidebar = Sidebar(Actions(window), window)
    sidebar.resize(236, 700)
    window.show()
    yield sidebar
    window.close()


def texts(sidebar) -> list[str]:
    rows = sidebar._tree._rows
    return [rows.item(row).text() for row in range(rows.rowCount())]


def test_the_sidebar_lists_places_folders_and_tags(sidebar):
    sidebar.set_folders([folder(1, "Pictures"), folder(2, "Family", 1), folder(3, "Archive", is_offline=True)])
    sidebar.set_tags([("beach", 12), ("dog", 3)])
    shown = texts(sidebar)
    assert shown == ["Library", "All photos", "Favourites", "Recently added", "Folders", "Pictures", "Archive",
                     "Tags", "beach", "dog"]  # fmt: skip
    assert sidebar._tree._rows.item(5).child(0).text() == "Family"
    sidebar.grab()  # paints every kind of row


def test_what_was_said_of_an_unplugged_folder_goes_when_it_is_back(sidebar):
    away, here = folder(3, "Archive", is_offline=True), folder(3, "Archive")
    fact = FolderUnavailable(away.path, is_offline=True)
    for said, is_hidden_after in ((fact, True), ("1 video left out", False)):
        sidebar.set_folders([here])
        tell(fact, sidebar.say)
        sidebar.set_folders([here])  # read before the folder was found to be away
        assert not sidebar._message.isHidden()
        tell(said, sidebar.say)
        sidebar.set_folders([away])
        assert not sidebar._message.isHidden()
        sidebar.set_folders([here])
        assert sidebar._message.isHidden() is is_hidden_after


def test_the_sidebar_lists_kinds_only_where_there_are_others_than_plain_photos(sidebar):
    sidebar.set_kinds({Kind.PHOTO: 40})
    assert "Kinds" not in texts(sidebar)
    sidebar.set_kinds({Kind.VIDEO: 3, Kind.RAW: 12, Kind.PHOTO: 40})
    assert texts(sidebar)[-4:] == ["Kinds", "Photos", "Videos", "Raw"]
    sidebar.set_scope(Scope(kind=Kind.RAW))
    assert sidebar._tree.currentIndex().data() == "Raw"
    sidebar.grab()


def test_places_stand_below_their_countries_and_stay_open(sidebar):
    arezzo, rome = (Place(city, "", "Italy", "IT") for city in ("Arezzo", "Rome"))
    lisbon = Place("Lisbon", "Lisbon", "Portugal", "PT")
    sidebar.set_places([(arezzo, 5), (rome, 2), (lisbon, 4)])
    assert texts(sidebar)[-3:] == ["Places", "Italy", "Portugal"]
    tree = sidebar._tree
    italy = tree._index_of(Scope(place=Place("", "", "Italy", "IT")), tree.rootIndex())
    assert [tree.model().index(row, 0, italy).data()
            for row in range(2)] == ["Arezzo", "Rome"]  # fmt: skip
    tree.setExpanded(italy, True)
    sidebar.set_places([(arezzo, 6), (rome, 2), (lisbon, 4)])
    italy = tree._index_of(Scope(place=Place("", "", "Italy", "IT")), tree.rootIndex())
    assert tree.isExpanded(italy)
    sidebar.set_scope(Scope(place=rome))
    assert tree.currentIndex().data() == "Rome"
    sidebar.grab()


def test_choosing_a_row_tells_its_scope_and_marking_one_tells_nothing(sidebar):
    chosen = []
    sidebar.scope_chosen.connect(chosen.append)
    sidebar.set_tags([("beach", 12)])
    sidebar.set_scope(Scope(tag="beach"))
    assert chosen == []
    sidebar.set_scope(Scope())
    tree = sidebar._tree
    index = tree._index_of(Scope(tag="beach"), tree.rootIndex())
    QTest.mouseClick(tree.viewport(), LEFT, NONE, tree.visualRect(index).center())
    assert chosen == [Scope(tag="beach")]


def test_open_folders_stay_open_when_counts_change(sidebar):
    sidebar.set_folders([folder(1, "Pictures"), folder(2, "Family", 1)])
    tree = sidebar._tree
    tree.setExpanded(tree._index_of(Scope(folder_id=FolderId(1)), tree.rootIndex()), True)
    sidebar.set_folders([folder(1, "Pictures", count=4), folder(2, "Family", 1)])
    assert tree.isExpanded(tree._index_of(Scope(folder_id=FolderId(1)), tree.rootIndex()))


def test_a_right_click_on_a_folder_leads_nowhere_and_offers_its_commands(sidebar):
    chosen, asked = [], []
    sidebar.scope_chosen.connect(chosen.append)
    sidebar.rescan_requested.connect(asked.append)
    sidebar.set_folders([folder(1, "Pictures")])
    tree = sidebar._tree
    where = tree.visualRect(tree._index_of(Scope(folder_id=FolderId(1)), tree.rootIndex())).center()
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.RightButton, NONE, where)
    menu = ask_for_menu(tree, where)
    assert menu.actions()[0].text() == "Look for changes"
    menu.actions()[0].trigger()
    menu.close()
    assert chosen == []
    assert [each.name for each in asked] == ["Pictures"]


def test_a_quiet_line_can_be_sent_away(sidebar):
    sidebar.say("The disk is full", is_error=True)
    assert sidebar._message.isVisible()
    dismiss(sidebar)
    assert not sidebar._message.isVisible()


def dismiss(sidebar) -> None:
    sidebar._message.findChild(QToolButton).click()


def test_an_answer_ends_with_the_next_act_and_what_stood_before_it_comes_back(sidebar):
    sidebar.say("The disk is full", is_error=True)
    sidebar.pass_by()
    assert sidebar._message.text == "The disk is full"
    sidebar.say("There is nothing at this address", is_error=True, is_passing=True)
    assert sidebar._message.text == "There is nothing at this address"
    sidebar.pass_by()
    assert (sidebar._message.text, sidebar._message.isVisible()) == ("The disk is full", True)
    sidebar.say("Undone: rating", is_passing=True)
    dismiss(sidebar)
    dismiss(sidebar)
    assert not sidebar._message.isVisible()


def test_an_answer_ends_after_a_while_by_itself(sidebar, qtbot):
    sidebar._message._pause.setInterval(1)
    sidebar.say("Undone: rating", is_passing=True)
    qtbot.waitUntil(lambda: not sidebar._message.isVisible())


def ask_for_menu(tree, where: QPoint, reason=QContextMenuEvent.Reason.Mouse) -> QMenu:
    """The menu that a right click, or the menu key, brings up."""
    event = QContextMenuEvent(reason, where, tree.viewport().mapToGlobal(where))
    before = set(tree.window().findChildren(QMenu))
    QApplication.sendEvent(tree.viewport(), event)
    (menu,) = set(tree.window().findChildren(QMenu)) - before
    return menu


def searches(*names: str) -> list[SavedSearch]:
    return [SavedSearch(number, name, '{"text": "dog"}', float(number)) for number, name in enumerate(names, 1)]


def place_of(tree, key: object) -> QPoint:
    return tree.visualRect(tree._index_of(key, tree.rootIndex())).center()


def test_saved_searches_stand_above_the_folders_with_their_counts(sidebar):
    sidebar.set_folders([folder(1, "Pictures")])
    sidebar.set_saved(searches("Dogs", "Snow"), {1: 38, 2: None})
    assert texts(sidebar)[4:8] == ["Saved searches", "Dogs", "Snow", "Folders"]
    dogs = sidebar._tree._index_of(1, sidebar._tree.rootIndex())
    assert dogs.data(Qt.ItemDataRole.AccessibleTextRole) == "Dogs, 38 photos"
    assert dogs.data(Qt.ItemDataRole.ToolTipRole) == "Dogs\ndog"
    sidebar.grab()


def test_a_saved_search_that_can_not_be_read_has_a_row_all_the_same(sidebar):
    sidebar.set_saved([SavedSearch(1, "From tomorrow", "[]", 1.0)], {})
    assert sidebar._tree._index_of(1, sidebar._tree.rootIndex()).data(Qt.ItemDataRole.ToolTipRole) == "From tomorrow"


@pytest.mark.parametrize(
    ("dragged", "onto", "is_below", "place"),
    [(1, 3, True, 2), (1, 3, False, 1), (3, 1, False, 0), (3, 1, True, 1), (2, 2, True, 1), (2, 2, False, 1)],
)
def test_a_saved_search_is_dragged_to_another_place(sidebar, dragged, onto, is_below, place):
    moved = []
    sidebar.saved_moved.connect(lambda *told: moved.append(told))
    sidebar.set_saved(searches("Dogs", "Snow", "Cats"), {})
    tree = sidebar._tree
    where = place_of(tree, onto) + QPoint(0, 9 if is_below else -9)
    data = QMimeData()
    data.setData("application/x-oriel-saved-search", str(dragged).encode())
    told = (QPointF(where), Qt.DropAction.MoveAction, data, LEFT, NONE)
    move = QDragMoveEvent(where, *told[1:])
    tree.dragMoveEvent(move)
    assert move.isAccepted()
    sidebar.grab()  # paints where it would come to stand
    tree.dropEvent(QDropEvent(*told))
    assert moved == [(dragged, place)]
    assert tree._gap is None


def test_only_saved_searches_can_be_dragged(sidebar):
    sidebar.set_folders([folder(1, "Pictures")])
    sidebar.set_saved(searches("Dogs"), {})
    flags = [sidebar._tree._rows.item(row).flags() for row in range(6)]
    assert [bool(each & Qt.ItemFlag.ItemIsDragEnabled) for each in flags] == [False, False, False, False, False, True]


def test_keys_move_rename_and_remove_the_saved_search_that_has_the_focus(sidebar):
    told = []
    sidebar.saved_shifted.connect(lambda saved, steps: told.append((saved.name, steps)))
    sidebar.rename_saved_requested.connect(lambda saved: told.append((saved.name, "rename")))
    sidebar.remove_saved_requested.connect(lambda saved: told.append((saved.name, "remove")))
    sidebar.set_saved(searches("Dogs", "Snow"), {})
    sidebar.set_scope(Scope(), 2)
    alt = Qt.KeyboardModifier.AltModifier
    for key, modifiers in (
        (Qt.Key.Key_Up, alt),
        (Qt.Key.Key_Down, alt),
        (Qt.Key.Key_F2, NONE),
        (Qt.Key.Key_Delete, NONE),
    ):
        QTest.keyClick(sidebar._tree, key, modifiers)
    assert told == [("Snow", -1), ("Snow", 1), ("Snow", "rename"), ("Snow", "remove")]


def test_no_key_meets_a_saved_search_that_is_put_away(sidebar):
    told = []
    sidebar.remove_saved_requested.connect(told.append)
    sidebar.set_saved(searches("Dogs"), {})
    sidebar.set_scope(Scope(), 1)
    sidebar.put_sections_away(["saved"])
    QTest.keyClick(sidebar._tree, Qt.Key.Key_Delete)
    assert told == []
    sidebar.put_sections_away([])
    QTest.keyClick(sidebar._tree, Qt.Key.Key_Delete)
    assert [saved.name for saved in told] == ["Dogs"]


@pytest.mark.parametrize(("saved_id", "is_taken"), [(1, True), (None, False)])
def test_delete_on_a_saved_search_is_no_shortcut_and_elsewhere_it_is(sidebar, saved_id, is_taken):
    sidebar.set_saved(searches("Dogs"), {})
    sidebar.set_scope(Scope(), saved_id)
    press = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Delete, NONE)
    press.ignore()
    QApplication.sendEvent(sidebar._tree, press)
    assert press.isAccepted() is is_taken


def test_the_menu_of_a_saved_search_knows_its_place(sidebar):
    told = []
    sidebar.saved_shifted.connect(lambda saved, steps: told.append((saved.name, steps)))
    sidebar.set_saved(searches("Dogs", "Snow"), {})
    sidebar.set_scope(Scope(), 2)
    tree = sidebar._tree
    menu = ask_for_menu(tree, QPoint(0, 0), QContextMenuEvent.Reason.Keyboard)
    named = {action.text().split("\t")[0]: action for action in menu.actions()}
    assert (named["Move up"].isEnabled(), named["Move down"].isEnabled()) == (True, False)
    named["Move up"].trigger()
    menu.close()
    assert told == [("Snow", -1)]
    assert tree.currentIndex().data() == "Snow"


def test_two_hundred_saved_searches_scroll_and_stay_where_they_are_when_counts_come(sidebar):
    many = searches(*(f"Search {number}" for number in range(200)))
    sidebar.set_saved(many, {})
    tree = sidebar._tree
    tree.verticalScrollBar().setValue(1500)
    sidebar.set_saved(many, {1: 5})
    assert tree.verticalScrollBar().value() == 1500
    sidebar.set_scope(Scope(), 200)
    assert tree.viewport().rect().contains(place_of(tree, 200)), "one that is opened is shown"
    sidebar.set_scope(Scope(), 201)
    tree.verticalScrollBar().setValue(0)
    many.append(SavedSearch(201, "Just saved", "{}", 201.0))
    sidebar.set_saved(many, {})
    assert tree.viewport().rect().contains(place_of(tree, 201)), "one that has just been saved too"
    tree.verticalScrollBar().setValue(1500)
    sidebar.set_saved(many, {1: 6})
    assert tree.verticalScrollBar().value() == 1500, "and lets a person look elsewhere"


def test_the_rows_of_a_section_can_be_put_away_and_stay_so_when_counts_change(sidebar):
    sidebar.set_folders([folder(1, "Pictures")])
    sidebar.set_saved(searches("Dogs", "Snow"), {})
    tree = sidebar._tree
    heading = tree.visualRect(tree._rows.index(4, 0)).center()
    QTest.mouseMove(tree.viewport(), heading)
    QTest.mouseClick(tree.viewport(), LEFT, NONE, heading)
    sidebar.grab()
    assert sidebar.put_away == {"saved"}
    assert shown_rows(tree) == ["Library", "All photos", "Favourites", "Recently added", "Saved searches",
                                "Folders", "Pictures"]  # fmt: skip
    sidebar.set_saved(searches("Dogs", "Snow"), {1: 4})
    assert "Dogs" not in shown_rows(tree)
    QTest.mouseClick(tree.viewport(), LEFT, NONE, heading)
    assert "Dogs" in shown_rows(tree)
    QTest.mouseClick(tree.viewport(), LEFT, NONE, tree.visualRect(tree._rows.index(0, 0)).center())
    assert sidebar.put_away == frozenset(), "the library itself stays"


def shown_rows(tree) -> list[str]:
    rows = range(tree._rows.rowCount())
    return [tree._rows.item(row).text() for row in rows if not tree.isRowHidden(row, tree.rootIndex())]
