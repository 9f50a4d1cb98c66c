"""The grid: what keyboard and mouse do, what a refresh keeps, and that painting only looks."""

from __future__ import annotations

import gc
import sys
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QAccessible, QColor, QContextMenuEvent, QCursor, QHelpEvent, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QToolTip, QWidget

from app.core.types import WHY_BITS, Answer, Kind, PhotoRow, PhotoTable, Reason, Why
from app.ui import theme, wording
from app.ui.panes.grid import MAX_EDGE_PX, MIN_EDGE_PX, PhotoGrid
from app.ui.parts.grid_painting import GridPainter, make_tile
from app.ui.parts.photo_list_model import PhotoListModel
from app.ui.parts.thumbnail_loader import ThumbnailLoader

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
DAY_S = 86_400.0


def table_of(ids, per_day: int = 20) -> PhotoTable:
    ids = np.asarray(ids, np.int64)
    shapes = np.array([1.5, 0.67, 1.33], np.float32)
    taken_at = (20_000 - np.arange(len(ids)) // per_day) * DAY_S
    return PhotoTable(ids, taken_at, shapes[ids % 3])


def answer_of(ids, good: int) -> Answer:
    whys = np.full(len(ids), WHY_BITS[Why.MEANING] | WHY_BITS[Why.CAPTION], np.uint8)
    return Answer(np.asarray(ids, np.int64), np.zeros(len(ids), np.float32), whys, good, 1, 1, 0.0)


def _failure(photo_id: int) -> Reason | None:
    return Reason.CORRUPT if photo_id % 5 == 0 else None


def read_rows(ids) -> list[PhotoRow]:
    return [
        PhotoRow(i, f"{i}.jpg", None, 0.0, 0, is_favourite=i % 3 == 0, is_offline=i % 4 == 0, failure=_failure(i))
        for i in ids
    ]


@pytest.fixture
def loader(qapp, resources):
    theme.apply_theme(qapp, resources)
    made = ThumbnailLoader(lambda photo_id: None)
    yield made
    made.close()


@pytest.fixture
def model(qapp) -> PhotoListModel:
    made = PhotoListModel(read_rows)
    made.set_table(table_of(range(1, 201)))
    return made


@pytest.fixture
def grid(qtbot, loader, model) -> PhotoGrid:
    made = PhotoGrid(loader)
    qtbot.addWidget(made)
    made.set_model(model)
    made.resize(900, 600)
    made.show()
    made.setFocus()
    return made


def middle_of(grid: PhotoGrid, photo_id: int) -> QPoint:
    return grid.visualRect(grid.model().index(grid.model().row_of(photo_id), 0)).center()


def click(grid, photo_id, button=LEFT, modifiers=NONE) -> None:
    QTest.mouseClick(grid.viewport(), button, modifiers, middle_of(grid, photo_id))


def top_of(grid: PhotoGrid, photo_id: int) -> int:
    return grid.visualRect(grid.model().index(grid.model().row_of(photo_id), 0)).top()


def test_a_click_selects_one_and_control_and_shift_select_more(grid):
    click(grid, 3)
    assert grid.selected_ids() == [3]
    assert grid.current_id() == 3
    click(grid, 6, modifiers=SHIFT)
    assert grid.selected_ids() == [3, 4, 5, 6]
    click(grid, 4, modifiers=CONTROL)
    assert grid.selected_ids() == [3, 5, 6]
    click(grid, 5)
    assert grid.selected_ids() == [5]


def test_a_range_shrinks_again_from_where_it_started(grid):
    click(grid, 5)
    click(grid, 8, modifiers=SHIFT)
    click(grid, 4, modifiers=SHIFT)
    assert grid.selected_ids() == [4, 5]


def test_a_right_click_outside_the_selection_selects_first(grid, qtbot):
    click(grid, 3)
    click(grid, 4, modifiers=SHIFT)
    click(grid, 3, RIGHT)
    assert grid.selected_ids() == [3, 4]
    click(grid, 7, RIGHT)
    assert grid.selected_ids() == [7]


def test_the_menu_is_asked_for_by_mouse_and_by_key(grid, qtbot):
    click(grid, 3)
    at = grid.viewport().mapToGlobal(QPoint(5, 5))
    for reason in (QContextMenuEvent.Reason.Mouse, QContextMenuEvent.Reason.Keyboard):
        with qtbot.waitSignal(grid.context_menu_requested) as asked:
            QApplication.sendEvent(grid.viewport(), QContextMenuEvent(reason, QPoint(5, 5), at))
        expected = at if reason == QContextMenuEvent.Reason.Mouse else grid.viewport().mapToGlobal(middle_of(grid, 3))
        assert asked.args == [expected]


def test_a_double_click_and_enter_open_a_photo(grid, qtbot):
    with qtbot.waitSignal(grid.photo_activated) as opened:
        QTest.mouseDClick(grid.viewport(), LEFT, NONE, middle_of(grid, 4))
    assert opened.args == [4]
    click(grid, 5)
    with qtbot.waitSignal(grid.photo_activated) as opened:
        QTest.keyClick(grid, Qt.Key.Key_Return)
    assert opened.args == [5]


def test_space_previews(grid, qtbot):
    click(grid, 5)
    with qtbot.waitSignal(grid.preview_requested) as preview:
        QTest.keyClick(grid, Qt.Key.Key_Space)
    assert preview.args == [5]


def test_arrows_move_and_shift_extends(grid):
    click(grid, 1)
    QTest.keyClick(grid, Qt.Key.Key_Right)
    assert grid.selected_ids() == [2]
    QTest.keyClick(grid, Qt.Key.Key_Right, SHIFT)
    QTest.keyClick(grid, Qt.Key.Key_Right, SHIFT)
    assert grid.selected_ids() == [2, 3, 4]
    QTest.keyClick(grid, Qt.Key.Key_Down)
    assert middle_of(grid, grid.current_id()).y() > middle_of(grid, 4).y()
    QTest.keyClick(grid, Qt.Key.Key_Up)
    QTest.keyClick(grid, Qt.Key.Key_Left, CONTROL)
    assert grid.current_id() not in grid.selected_ids()


def test_home_end_and_pages_go_far_and_scroll_there(grid):
    click(grid, 1)
    QTest.keyClick(grid, Qt.Key.Key_End)
    assert grid.selected_ids() == [200]
    assert grid.viewport().rect().contains(middle_of(grid, 200))
    QTest.keyClick(grid, Qt.Key.Key_PageUp)
    assert 100 < grid.current_id() < 200
    QTest.keyClick(grid, Qt.Key.Key_PageDown)
    QTest.keyClick(grid, Qt.Key.Key_Home)
    assert grid.current_id() == 1
    assert grid.verticalScrollBar().value() == 0
    QTest.keyClick(grid, Qt.Key.Key_End, SHIFT)
    assert len(grid.selected_ids()) == 200


def test_letters_and_escape_go_on_to_the_window(grid, qtbot):
    class Window(QWidget):
        def keyPressEvent(self, event):
            keys.append(event.key())

    keys = []
    window = Window()
    qtbot.addWidget(window)
    grid.setParent(window)
    for key in (Qt.Key.Key_F, Qt.Key.Key_4, Qt.Key.Key_Escape, Qt.Key.Key_I):
        QTest.keyClick(grid, key)
    assert keys == [Qt.Key.Key_F, Qt.Key.Key_4, Qt.Key.Key_Escape, Qt.Key.Key_I]
    grid.setParent(None)


def test_a_rubber_band_selects_what_it_touches(grid):
    first, fourth = middle_of(grid, 1), middle_of(grid, 4)
    start = QPoint(4, first.y())
    QTest.mousePress(grid.viewport(), LEFT, NONE, start)
    QTest.mouseMove(grid.viewport(), first)
    QTest.mouseMove(grid.viewport(), fourth)
    assert grid.selected_ids() == [1, 2, 3, 4]
    QTest.mouseRelease(grid.viewport(), LEFT, NONE, fourth)
    QTest.mousePress(grid.viewport(), LEFT, CONTROL, QPoint(4, middle_of(grid, 7).y()))
    QTest.mouseRelease(grid.viewport(), LEFT, CONTROL, QPoint(4, middle_of(grid, 7).y()))
    assert grid.selected_ids() == [1, 2, 3, 4]
    click_at = QPoint(4, first.y())
    QTest.mouseClick(grid.viewport(), LEFT, NONE, click_at)
    assert grid.selected_ids() == []


def test_dragging_offers_the_selected_files_as_copies(grid, monkeypatch):
    offered = []

    class Drag:
        def __init__(self, source): ...

        def setMimeData(self, data):
            offered.append([url.toString() for url in data.urls()])

        def setPixmap(self, pixmap): ...

        def exec(self, action):
            offered.append(action)

    monkeypatch.setattr("app.ui.panes.grid.QDrag", Drag)
    grid.drag_urls = lambda ids: [f"file:///photos/{photo_id}.jpg" for photo_id in ids]
    click(grid, 2)
    click(grid, 3, modifiers=CONTROL)
    QTest.mousePress(grid.viewport(), LEFT, NONE, middle_of(grid, 2))
    QTest.mouseMove(grid.viewport(), middle_of(grid, 2) + QPoint(40, 0))
    assert offered == [["file:///photos/2.jpg", "file:///photos/3.jpg"], Qt.DropAction.CopyAction]
    assert grid.selected_ids() == [2, 3]


def test_a_selection_is_told_once_and_in_the_order_shown(grid, qtbot):
    told = []
    grid.selection_changed.connect(told.append)
    grid.select_ids([9, 2, 999, 5])
    assert told[-1] == [2, 5, 9]
    assert grid.current_id() == 9


def test_a_refresh_keeps_selection_current_and_place(grid, model):
    grid.select_ids([120, 121, 140])
    told = []
    grid.selection_changed.connect(told.append)
    before = top_of(grid, 120)
    assert grid.verticalScrollBar().value() > 0
    model.set_table(table_of([*range(1000, 1050), *range(1, 201)]))
    assert grid.selected_ids() == [120, 121, 140]
    assert grid.current_id() == 120
    assert top_of(grid, 120) == pytest.approx(before, abs=250)
    anchor = grid.anchor()
    model.set_table(table_of([*range(2000, 2500), *range(1000, 1050), *range(1, 201)]))
    assert grid.anchor() == anchor
    assert told == []


def test_a_refresh_that_takes_selected_photos_away_says_so(grid, model, qtbot):
    grid.select_ids([120, 121])
    with qtbot.waitSignal(grid.selection_changed) as told:
        model.set_table(table_of(range(121, 201)))
    assert told.args == [[121]]
    assert grid.current_id() is None


def test_at_the_top_a_refresh_shows_what_is_new_at_the_top(grid, model):
    model.set_table(table_of([*range(1000, 1050), *range(1, 201)]))
    assert grid.verticalScrollBar().value() == 0


def test_a_search_starts_at_the_top_and_clearing_it_goes_back(grid, model):
    grid.scrollTo(model.index(150, 0))
    anchor, table = grid.anchor(), table_of(range(1, 201))
    model.set_answer(answer_of(range(200, 0, -1), 10), table)
    assert grid.verticalScrollBar().value() == 0
    model.set_table(table)
    grid.scroll_to_anchor(anchor)
    assert grid.anchor() == anchor
    grid.scroll_to_anchor((-1, 0))
    assert grid.verticalScrollBar().value() == 0
    assert grid.anchor() == (-1, 0)


def test_resizing_keeps_the_photo_at_the_top(grid, model):
    grid.scrollTo(model.index(150, 0), QAbstractItemView.ScrollHint.PositionAtTop)
    photo_id = grid.anchor()[0]
    for width in (700, 500, 1100):
        grid.resize(width, 600)
        assert photo_id in grid.visible_ids()
        assert top_of(grid, photo_id) < 250


def test_a_slow_layout_waits_until_resizing_pauses(grid, qtbot):
    grid._layout_s = 1.0
    before = grid._layout
    grid.resize(700, 600)
    assert grid._layout is before
    qtbot.waitUntil(lambda: grid._layout is not before)


def test_zoom_keeps_the_photo_under_the_cursor_and_its_bounds(grid, model, qtbot):
    grid.scrollTo(model.index(150, 0))
    grid.viewport().grab()
    at = middle_of(grid, grid.visible_ids()[8])
    photo_id = model.id_at(grid.indexAt(at).row())
    wheel = QWheelEvent(
        QPointF(at), QPointF(at), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, CONTROL,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    with qtbot.waitSignal(grid.zoom_changed):
        QApplication.sendEvent(grid.viewport(), wheel)
    assert abs(middle_of(grid, photo_id).y() - at.y()) <= 1
    grid.set_thumbnail_edge(10_000)
    assert grid.thumbnail_edge == MAX_EDGE_PX
    grid.set_thumbnail_edge(1)
    assert grid.thumbnail_edge == MIN_EDGE_PX
    grid.zoom_in()
    grid.zoom_in()
    grid.zoom_out()
    assert grid.thumbnail_edge > MIN_EDGE_PX


def test_what_is_visible_is_told_and_wished_for_first(grid, loader, monkeypatch, qtbot):
    wished = []
    monkeypatch.setattr(loader, "request", lambda ids, **options: wished.append(list(ids)))
    with qtbot.waitSignal(grid.visible_changed) as told:
        grid.scrollTo(grid.model().index(150, 0))
    visible = told.args[0]
    assert 151 in visible
    assert visible == grid.visible_ids()
    assert wished[-1][: len(visible)] == visible
    assert len(wished[-1]) > len(visible)


def test_painting_reads_nothing(qtbot, loader):
    asked = []
    model = PhotoListModel(lambda ids: asked.append(list(ids)) or [])
    model.set_table(table_of(range(1, 100)))
    grid = PhotoGrid(loader)
    qtbot.addWidget(grid)
    grid.set_model(model)
    grid.resize(800, 600)
    grid.grab()
    assert asked == []


def test_days_hearts_and_greyed_photos_are_painted_on_either_scheme(grid, model, loader, qapp, qtbot):
    for photo_id in range(1, 60):
        image = QImage(300, 200, QImage.Format.Format_RGB32)
        image.fill(QColor("#00ff00"))
        loader._keep(photo_id, 384, image)
    qtbot.waitUntil(lambda: model.photo_row(1) is not None)
    for scheme in ("dark", "light"):
        theme.set_scheme(qapp, scheme)
        shown = [grid.viewport().grab().toImage() for _ in range(12)][-1]
        assert shown.pixelColor(3, 300).name() == theme.tokens().background
        assert shown.pixelColor(middle_of(grid, 1)).name() == "#00ff00"
        offline = shown.pixelColor(middle_of(grid, 4))
        assert offline.saturation() < 10
    model.set_answer(answer_of(range(1, 60), 13), table_of(range(1, 60)))
    shown = [grid.viewport().grab().toImage() for _ in range(12)][-1]
    assert shown.pixelColor(middle_of(grid, 1)).name() == "#00ff00"
    theme.set_scheme(qapp, "system")


def test_changed_marks_are_painted_without_waiting_for_the_mouse(grid, model, qtbot):
    painted, quiet = [], []

    class Ear(QObject):
        def eventFilter(self, watched, event):
            if event.type() == QEvent.Type.Paint:
                painted.append(event.rect())
                quiet.clear()
            return False

    ear = Ear()
    grid.viewport().installEventFilter(ear)
    qtbot.waitUntil(lambda: model.photo_row(1) is not None)
    qtbot.waitUntil(lambda: quiet.append(True) or len(quiet) > 5)  # nothing is left to paint
    painted.clear()
    model.forget_rows([2])
    qtbot.waitUntil(lambda: any(rect.contains(middle_of(grid, 2)) for rect in painted))
    grid.viewport().removeEventFilter(ear)


def test_a_selected_photo_has_an_accent_outline_around_it(grid):
    click(grid, 2)
    shown = grid.viewport().grab().toImage()
    place = grid.visualRect(grid.model().index(1, 0))
    assert shown.pixelColor(place.left() - 4, place.center().y()).name() == theme.tokens().accent
    assert shown.pixelColor(place.left() - 1, place.center().y()).name() == theme.tokens().background


def test_a_tile_covers_its_place_and_has_round_corners(qapp):
    image = QImage(300, 100, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    tile = make_tile(image, QSize(300, 100), 2.0)
    assert tile.size().toTuple() == (600, 200)
    assert tile.toImage().pixelColor(0, 0).alpha() == 0
    assert tile.toImage().pixelColor(300, 100).name() == "#ff0000"


def test_however_slow_the_machine_a_frame_becomes_sharp(qapp, grid, loader, model, monkeypatch):
    monkeypatch.setattr("app.ui.parts.grid_painting._BUDGET_S", -1.0)
    for photo_id in range(1, 60):
        loader._keep(photo_id, 384, QImage(300, 200, QImage.Format.Format_RGB32))
    for _ in range(30):
        grid.viewport().grab()
    painter: GridPainter = grid._painter
    assert not painter.is_rough


def test_a_video_of_unknown_length_has_a_sign_without_a_time(qapp, grid):
    painter: GridPainter = grid._painter
    signs = {"is_favourite": False, "is_offline": False, "failure": None}
    unread = PhotoRow(1, "a.mp4", None, 0.0, 0, **signs, kind=Kind.VIDEO)
    timed, plain = painter._kind_badge(replace(unread, duration_s=61.0)), painter._kind_badge(unread)
    assert plain is not None
    assert timed is not None
    assert plain.width() < timed.width()
    assert "length" not in [key[1] for key in painter._badges if key[0] == "0:00"]


def test_while_nothing_is_selected_an_arrow_chooses_where_the_keyboard_stands_and_end_goes_to_the_end(grid):
    grid.begin_with_first()
    QTest.keyClick(grid, Qt.Key.Key_End)
    assert grid.current_id() == grid._photos.ids[-1]
    grid.clearSelection()
    QTest.keyClick(grid, Qt.Key.Key_Home)
    grid.clearSelection()
    QTest.keyClick(grid, Qt.Key.Key_Right)
    assert grid.selected_ids() == [grid._photos.ids[0]]
    QTest.keyClick(grid, Qt.Key.Key_Right)
    assert grid.selected_ids() == [grid._photos.ids[1]]


def test_everything_can_be_selected_and_nothing(grid):
    grid.selectAll()
    assert len(grid.selected_ids()) == 200
    grid.clearSelection()
    assert grid.selected_ids() == []


def test_an_empty_grid_takes_every_key(grid, model):
    model.set_table(table_of([]))
    for key in (Qt.Key.Key_Down, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_Return, Qt.Key.Key_Space):
        QTest.keyClick(grid, key)
    grid.viewport().grab()
    assert grid.selected_ids() == []
    assert grid.anchor() == (-1, 0)
    assert grid.current_id() is None


def test_without_a_model_the_grid_is_just_empty(qtbot, loader):
    grid = PhotoGrid(loader)
    qtbot.addWidget(grid)
    grid.resize(300, 300)
    grid.grab()
    assert grid.selected_ids() == grid.visible_ids() == []


def test_no_method_loses_a_reference_when_a_grid_comes_and_goes(qtbot, loader, model):
    """PySide 6.11 frees overrides of some virtual methods; the process dies at the next collection."""
    methods = [value for value in vars(PhotoGrid).values() if callable(value)]
    held = [value for value in methods for _ in range(3)]
    before = [sys.getrefcount(value) for value in methods]
    for _ in range(3):
        grid = PhotoGrid(loader)
        grid.set_model(model)
        grid.resize(500, 400)
        grid.show()
        click(grid, 1)
        grid.grab()
        grid.close()
        grid.deleteLater()
        del grid
        qtbot.wait(1)
        gc.collect()
    lost = [value for value, count in zip(methods, before, strict=True) if sys.getrefcount(value) < count]
    assert lost == []
    assert held


def test_a_screen_reader_finds_the_photos(grid, model, qtbot):
    qtbot.waitUntil(lambda: model.photo_row(3) is not None)
    spoken = QAccessible.queryAccessibleInterface(grid)
    assert spoken.role() == QAccessible.Role.List
    assert spoken.childCount() == 200
    third = spoken.child(2)
    assert third.role() == QAccessible.Role.ListItem
    assert third.text(QAccessible.Text.Name) == model.data(model.index(2), Qt.ItemDataRole.AccessibleTextRole)
    assert third.rect().size() == grid.visualRect(model.index(2)).size()


def test_a_pointer_that_rests_on_a_photo_asks_for_its_reasons(grid, qtbot):
    wanted = []
    grid.tooltip_wanted.connect(wanted.append)
    at = middle_of(grid, 3)
    QApplication.sendEvent(grid.viewport(), QHelpEvent(QEvent.Type.ToolTip, at, grid.viewport().mapToGlobal(at)))
    assert wanted == [3]


def test_a_tooltip_goes_with_the_photo_that_it_is_about(grid, model, qtbot):
    qtbot.waitUntil(lambda: model.photo_row(3) is not None)
    at = grid.viewport().mapToGlobal(middle_of(grid, 3))
    QCursor.setPos(at)
    QToolTip.showText(at, model.data(model.index(2), Qt.ItemDataRole.ToolTipRole), grid.viewport())
    assert QToolTip.isVisible()
    model.set_table(table_of(range(1, 201)))
    assert QToolTip.isVisible()  # the same photo stands there
    model.set_table(table_of(range(101, 201)))
    qtbot.waitUntil(lambda: not QToolTip.isVisible())


def test_a_badge_shows_as_many_reasons_as_there_is_room_for(grid):
    painter = GridPainter()
    painter.begin(1.0)
    both, one = painter._words_badge((Why.TEXT, Why.MEANING), 400), painter._words_badge((Why.TEXT, Why.MEANING), 120)
    assert both is not None
    assert one is not None
    assert both.width() > one.width()
    assert one is painter._pill(wording.why(Why.TEXT), "dark")
