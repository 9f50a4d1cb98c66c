"""The viewer: steps through photos, asks for pictures, zooms where the cursor is."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QImage, QPolygonF, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.core.examples import Box
from app.ui import theme
from app.ui.panes.viewer import MAX_ZOOM, Fit, PhotoViewer, picture_levels

CONTROL, NONE = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton


def image_of(width, height, colour="red") -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    return image


def wheel(viewer, at: QPoint, notches: int) -> None:
    event = QWheelEvent(
        QPointF(at), QPointF(at), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton, NONE,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(viewer, event)


@pytest.fixture
def wanted() -> list[int]:
    return []


@pytest.fixture
def viewer(qtbot, qapp, resources, wanted) -> PhotoViewer:
    theme.apply_theme(qapp, resources)
    thumbnails = {photo_id: image_of(300, 200, "green") for photo_id in (1, 2, 3)}
    made = PhotoViewer(thumbnails.get, lambda photo_id: f"IMG_{photo_id}.jpg")
    qtbot.addWidget(made)
    made.full_wanted.connect(wanted.append)
    made.resize(600, 400)
    made.show()
    yield made
    made.clear()


def shown(viewer, x=300, y=200) -> str:
    return viewer.grab().toImage().pixelColor(x, y).name()


def test_the_thumbnail_is_there_at_once_and_the_full_picture_takes_its_place(viewer, wanted):
    viewer.show_photo(2, [1, 2, 3])
    assert shown(viewer) == QColor("green").name()
    assert wanted == [2]
    viewer.set_full(2, image_of(3000, 2000))
    assert shown(viewer) == "#ff0000"
    assert shown(viewer, 2, 200) == "#ff0000"  # fills the window as the thumbnail did


def test_a_thumbnail_that_comes_later_is_shown(qtbot, viewer):
    later = {}
    viewer._thumbnail = later.get
    viewer.show_photo(2, [1, 2, 3])
    assert shown(viewer) == theme.tokens().stage
    later[2] = image_of(300, 200, "green")
    viewer.refresh_thumbnail(2)
    assert shown(viewer) == QColor("green").name()


def test_painting_asks_for_no_name(qtbot, viewer):
    names = []
    viewer._name = lambda photo_id: names.append(photo_id) or "a.jpg"
    viewer.show_photo(2, [1, 2, 3])
    for _ in range(3):
        viewer.grab()
    assert names == [2]


def test_the_next_photo_is_asked_for_beforehand(viewer, wanted):
    viewer.show_photo(1, [1, 2, 3])
    viewer.set_full(1, image_of(900, 600))
    assert wanted == [1, 2]


def test_a_late_picture_of_a_photo_that_left_is_dropped(viewer):
    viewer.show_photo(1, [1, 2, 3, 4, 5])
    QTest.keyClick(viewer, Qt.Key.Key_End)
    viewer.set_full(1, image_of(900, 600))
    assert viewer.photo_id == 5
    assert 1 not in viewer._full


def test_arrows_home_and_end_step_and_stop_at_the_ends(viewer, qtbot):
    changes = []
    viewer.photo_changed.connect(changes.append)
    viewer.show_photo(1, np.array([1, 2, 3]))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_Left):
        QTest.keyClick(viewer, key)
    assert changes == [1, 2, 3, 1]
    QTest.keyClick(viewer, Qt.Key.Key_End)
    assert viewer.photo_id == 3
    assert "3 of 3" in viewer.accessibleName()


def test_escape_closes_and_f11_is_left_to_the_window(viewer, qtbot):
    viewer.show_photo(1, [1])
    with qtbot.waitSignal(viewer.closed):
        QTest.keyClick(viewer, Qt.Key.Key_Escape)
    with qtbot.assertNotEmitted(viewer.closed):
        QTest.keyClick(viewer, Qt.Key.Key_F11)


def test_the_wheel_zooms_at_the_cursor(viewer):
    viewer.show_photo(1, [1])
    viewer.set_full(1, image_of(3000, 2000))
    at = QPointF(450, 100)
    before = viewer._shown_rect()
    spot = (at.x() - before.x()) / before.width(), (at.y() - before.y()) / before.height()
    wheel(viewer, at.toPoint(), 3)
    after = viewer._shown_rect()
    assert after.width() > before.width() * 1.9
    assert (at.x() - after.x()) / after.width() == pytest.approx(spot[0], abs=1e-6)
    assert (at.y() - after.y()) / after.height() == pytest.approx(spot[1], abs=1e-6)
    wheel(viewer, at.toPoint(), 100)
    assert viewer.zoom == MAX_ZOOM
    wheel(viewer, at.toPoint(), -200)
    assert viewer.fit is Fit.WINDOW


def test_a_double_click_toggles_between_fit_and_actual_size(viewer):
    viewer.show_photo(1, [1])
    viewer.set_full(1, image_of(3000, 2000))
    QTest.mouseDClick(viewer, LEFT, NONE, QPoint(100, 100))
    assert viewer.zoom == 1.0
    QTest.mouseDClick(viewer, LEFT, NONE, QPoint(100, 100))
    assert viewer.fit is Fit.WINDOW


def test_control_keys_zoom(viewer):
    viewer.show_photo(1, [1])
    viewer.set_full(1, image_of(3000, 2000))
    QTest.keyClick(viewer, Qt.Key.Key_1, CONTROL)
    assert viewer.zoom == 1.0
    QTest.keyClick(viewer, Qt.Key.Key_Plus, CONTROL)
    assert viewer.zoom == 1.25
    QTest.keyClick(viewer, Qt.Key.Key_Minus, CONTROL)
    QTest.keyClick(viewer, Qt.Key.Key_Minus, CONTROL)
    assert viewer.zoom == pytest.approx(0.8)
    QTest.keyClick(viewer, Qt.Key.Key_0, CONTROL)
    assert viewer.zoom == pytest.approx(0.2)


def test_actual_size_asked_for_early_holds_when_the_full_picture_comes(viewer):
    viewer.show_photo(1, [1])
    QTest.keyClick(viewer, Qt.Key.Key_1, CONTROL)
    viewer.set_full(1, image_of(3000, 2000))
    assert viewer._shown_rect().width() == 3000


def test_dragging_pans_as_far_as_the_edge(viewer):
    viewer.show_photo(1, [1])
    viewer.set_full(1, image_of(3000, 2000))
    viewer.show_actual_size()
    left = viewer._shown_rect().left()
    QTest.mousePress(viewer, LEFT, NONE, QPoint(300, 200))
    QTest.mouseMove(viewer, QPoint(350, 200))
    assert viewer._shown_rect().left() == left + 50
    QTest.mouseMove(viewer, QPoint(30_000, 30_000))
    QTest.mouseRelease(viewer, LEFT, NONE, QPoint(350, 200))
    assert viewer._shown_rect().topLeft().toTuple() == pytest.approx((0, 0))


def test_a_small_photo_is_not_blown_up(viewer):
    viewer.show_photo(1, [1])
    viewer.set_full(1, image_of(60, 40))
    assert viewer.zoom == 1.0
    assert shown(viewer, 10, 10) == theme.tokens().stage


def test_why_a_photo_cannot_be_shown_is_said_and_not_asked_again(viewer, wanted):
    viewer.show_photo(9, [9, 1])
    viewer.set_failed(9, "The drive “Archive” is not connected.")
    blank = viewer.grab().toImage()
    QTest.keyClick(viewer, Qt.Key.Key_Right)
    QTest.keyClick(viewer, Qt.Key.Key_Left)
    assert wanted.count(9) == 1
    colours = {blank.pixelColor(x, y).name() for x in range(100, 500) for y in range(150, 260)}
    assert len(colours) > 1
    viewer.forget(9)
    assert wanted.count(9) == 2


def test_name_and_place_show_and_fade(viewer, qtbot):
    viewer.show_photo(1, [1, 2])
    assert viewer._overlay_opacity == 1.0
    viewer._hide_timer.setInterval(1)
    viewer._fade.setDuration(10)
    QTest.mouseMove(viewer, QPoint(50, 50))
    QTest.mouseMove(viewer, QPoint(60, 60))
    qtbot.waitUntil(lambda: viewer._overlay_opacity == 0.0)


def test_levels_halve_down_to_about_a_screen():
    assert [level.width() for level in picture_levels(image_of(6000, 4000))] == [6000, 3000, 1500, 750]
    assert [level.width() for level in picture_levels(image_of(100, 100))] == [100]


def test_only_neighbours_are_kept_in_memory(viewer):
    viewer.show_photo(1, list(range(1, 10)))
    for photo_id in range(1, 9):
        viewer.set_full(photo_id, image_of(300, 200))
        viewer.show_next()
    assert set(viewer._full) <= {8, 9}


def test_a_photo_that_is_not_among_its_list_shows_nothing(viewer):
    viewer.show_photo(5, [])
    assert viewer.photo_id == -1
    viewer.grab()
    QTest.keyClick(viewer, Qt.Key.Key_Right)
    QTest.keyClick(viewer, Qt.Key.Key_End)
    wheel(viewer, QPoint(10, 10), 1)


def drag(viewer, start: QPoint, end: QPoint, modifiers=NONE) -> None:
    QTest.mousePress(viewer, LEFT, modifiers, start)
    QTest.mouseMove(viewer, (start + end) / 2)
    QTest.mouseMove(viewer, end)
    QTest.mouseRelease(viewer, LEFT, modifiers, end)


@pytest.fixture
def parts(viewer) -> list[tuple[int, Box]]:
    """What was drawn on photo 2, which is shown from (0, 0) to (600, 400)."""
    drawn: list[tuple[int, Box]] = []
    viewer.part_chosen.connect(lambda photo_id, box: drawn.append((photo_id, box)))
    viewer.show_photo(2, [1, 2, 3])
    viewer.set_full(2, image_of(3000, 2000))
    return drawn


def test_a_box_drawn_with_shift_is_a_part_of_the_photo(viewer, parts):
    drag(viewer, QPoint(60, 40), QPoint(300, 300), Qt.KeyboardModifier.ShiftModifier)
    ((photo_id, box),) = parts
    assert photo_id == 2
    assert (box.left, box.top, box.right, box.bottom) == pytest.approx((0.1, 0.1, 0.5, 0.75), abs=0.01)


def test_a_box_is_drawn_after_it_was_asked_for_and_only_once(viewer, parts):
    viewer.choose_part()
    assert viewer.cursor().shape() == Qt.CursorShape.CrossCursor
    drag(viewer, QPoint(500, 300), QPoint(2000, 100))
    drag(viewer, QPoint(100, 100), QPoint(200, 200))
    ((_, box),) = parts
    assert box.right == 1.0, "cut off at the photo's edge"
    assert viewer.cursor().shape() != Qt.CursorShape.CrossCursor


def test_esc_drops_the_box_before_the_viewer(qtbot, viewer, parts):
    closed = []
    viewer.closed.connect(lambda: closed.append(True))
    viewer.choose_part()
    QTest.keyClick(viewer, Qt.Key.Key_Escape)
    drag(viewer, QPoint(100, 100), QPoint(200, 200))
    assert (parts, closed) == ([], [])
    QTest.keyClick(viewer, Qt.Key.Key_Escape)
    assert closed == [True]


def test_a_click_is_no_box(viewer, parts):
    drag(viewer, QPoint(100, 100), QPoint(104, 103), Qt.KeyboardModifier.ShiftModifier)
    assert parts == []


def test_a_box_on_a_part_that_is_zoomed_in_lies_where_it_is_seen(viewer, parts):
    viewer.show_actual_size()
    drag(viewer, QPoint(1, 1), QPoint(599, 399), Qt.KeyboardModifier.ShiftModifier)
    ((_, box),) = parts
    assert (box.left, box.right) == pytest.approx((0.4, 0.6), abs=0.01)
    assert (box.top, box.bottom) == pytest.approx((0.4, 0.6), abs=0.01)


LEFT_HALF = QPolygonF([QPointF(0, 0), QPointF(0.5, 0), QPointF(0.5, 1), QPointF(0, 1)])


def test_marks_lie_on_their_place_in_the_photo_and_follow_zoom_and_pan(viewer):
    viewer.show_photo(1, [1, 2])
    viewer.set_full(1, image_of(3000, 2000))
    viewer.set_marks(1, [LEFT_HALF])
    assert [shown(viewer, x) == "#ff0000" for x in (100, 280, 320, 500)] == [False, False, True, True]
    viewer.show_actual_size()
    viewer._centre = QPointF(0.45, 0.5)
    viewer.update()
    assert [shown(viewer, x) == "#ff0000" for x in (100, 440, 460)] == [False, False, True]


def test_marks_can_be_hidden_and_go_with_their_photo(viewer):
    viewer.show_photo(1, [1, 2])
    viewer.set_full(1, image_of(3000, 2000))
    viewer.set_marks(1, [LEFT_HALF])
    viewer.show_marks(False)
    assert shown(viewer, 100) == "#ff0000"
    viewer.show_marks(True)
    viewer.show_next()
    viewer.set_full(2, image_of(3000, 2000))
    viewer.set_marks(1, [LEFT_HALF])  # late
    assert shown(viewer, 100) == "#ff0000"


def test_a_menu_is_asked_for_by_mouse_and_by_key(viewer):
    asked = []
    viewer.context_menu_requested.connect(asked.append)
    viewer.show_photo(1, [1])
    reasons = QContextMenuEvent.Reason
    for reason, place in ((reasons.Mouse, QPoint(5, 6)), (reasons.Keyboard, QPoint())):
        QApplication.sendEvent(viewer, QContextMenuEvent(reason, place, viewer.mapToGlobal(place)))
    assert [viewer.mapFromGlobal(place) for place in asked] == [QPoint(5, 6), viewer.rect().center()]
