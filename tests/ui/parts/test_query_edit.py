"""The text of the search field: its list of offers, the keys that it takes, and the mistakes that it underlines."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent, QKeySequence, QShortcut, QTextCharFormat
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from app.ui import theme
from app.ui.panes.search_field import SearchField
from app.ui.parts.completion_list import Offer

VALUES = (
    Offer("beach", "12", "tag", "tag:beach ", 10, is_sure=True),
    Offer("bean", "3", "tag", "tag:bean ", 9, is_sure=True),
)
WORDS = (
    Offer("bears in the snow", "", "clock", "bears in the snow", 17, is_question=True),
    Offer("beach", "Tag · 12", "tag", "tag:beach ", 10),
)


@pytest.fixture
def field(qtbot, qapp, resources):
    theme.apply_theme(qapp, resources)
    window = QWidget()
    field = SearchField(window)
    QVBoxLayout(window).addWidget(field)
    qtbot.addWidget(window)
    window.resize(600, 400)
    window.show()
    window.activateWindow()
    field.take_focus()
    qtbot.waitUntil(lambda: field.has_focus)
    yield field  # the window lives as long


def press(field, key) -> None:
    QTest.keyClick(field._edit, key)


def is_offering(field) -> bool:
    return field._edit._list.isVisible()


def underlined(field, monkeypatch) -> list[tuple[int, int]]:
    """What the field is told to underline from now on, as places in the text."""
    found: list[tuple[int, int]] = []

    class Seen(QInputMethodEvent):
        def __init__(self, preedit, attributes):
            found[:] = [
                (each.start + field.place, each.length)
                for each in attributes
                if each.value.underlineStyle() == QTextCharFormat.UnderlineStyle.WaveUnderline
            ]
            super().__init__(preedit, attributes)

    monkeypatch.setattr("app.ui.parts.query_edit.QInputMethodEvent", Seen)
    return found


def test_offers_stand_in_the_window_and_leave_the_focus_where_it_is(field):
    field.offer(VALUES)
    shown = field._edit._list
    assert is_offering(field)
    assert shown.window() is field.window()
    assert not shown.isWindow()
    assert field.has_focus
    QTest.keyClicks(field._edit, "be")
    assert field.text == "be"


def test_down_and_enter_take_an_offer(field):
    submitted = []
    field.submitted.connect(submitted.append)
    field.offer(VALUES)
    press(field, Qt.Key.Key_Down)
    press(field, Qt.Key.Key_Down)
    press(field, Qt.Key.Key_Return)
    assert (field.text, field.place) == ("tag:bean ", 9)
    assert not is_offering(field)
    assert submitted == []


def test_enter_without_a_chosen_row_searches(field):
    submitted = []
    field.submitted.connect(submitted.append)
    QTest.keyClicks(field._edit, "be")
    field.offer(VALUES)
    press(field, Qt.Key.Key_Return)
    assert submitted == ["be"]
    assert not is_offering(field)


def test_up_from_the_first_row_chooses_none(field):
    submitted = []
    field.submitted.connect(submitted.append)
    QTest.keyClicks(field._edit, "be")
    field.offer(VALUES)
    press(field, Qt.Key.Key_Down)
    press(field, Qt.Key.Key_Up)
    press(field, Qt.Key.Key_Return)
    assert submitted == ["be"]


def test_tab_takes_the_first_value_of_a_field_but_no_word_for_another(field):
    field.offer(VALUES)
    press(field, Qt.Key.Key_Tab)
    assert field.text == "tag:beach "
    field.offer(WORDS)
    press(field, Qt.Key.Key_Tab)
    assert field.text == "tag:beach "
    assert not field.has_focus
    assert not is_offering(field)


def test_esc_closes_the_offers_and_is_a_shortcut_only_then(field, qtbot):
    steps = []
    QShortcut(QKeySequence("Esc"), field.window(), lambda: steps.append("back"))
    field.offer(VALUES)
    press(field, Qt.Key.Key_Escape)
    assert (is_offering(field), steps) == (False, [])
    press(field, Qt.Key.Key_Escape)
    assert steps == ["back"]


def test_a_click_takes_an_offer_and_a_question_is_asked_at_once(field):
    submitted = []
    field.submitted.connect(submitted.append)
    field.offer(WORDS)
    rows = field._edit._list._rows
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=rows.visualItemRect(rows.item(0)).center())
    assert submitted == ["bears in the snow"]
    assert field.text == "bears in the snow"


def test_down_leads_to_the_photos_while_nothing_is_offered(field):
    left = []
    field.left_downwards.connect(lambda: left.append(True))
    press(field, Qt.Key.Key_Down)
    field.offer(VALUES)
    press(field, Qt.Key.Key_Down)
    assert left == [True]


def test_offers_go_when_the_cursor_goes_elsewhere_or_the_focus_does(field):
    QTest.keyClicks(field._edit, "be")
    field.offer(VALUES)
    press(field, Qt.Key.Key_Home)
    assert not is_offering(field)
    field.offer(VALUES)
    field._edit.clearFocus()
    assert not is_offering(field)
    field.offer(VALUES)
    assert not is_offering(field), "an answer that comes late opens nothing"


def test_offers_go_when_the_person_clicks_beside_them(field):
    field.offer(VALUES)
    QTest.mouseClick(field.window(), Qt.MouseButton.LeftButton, pos=field.window().rect().bottomLeft())
    assert not is_offering(field)


def test_offers_go_when_another_text_is_shown(field):
    field.offer(VALUES)
    field.set_text("snow")
    assert not is_offering(field)


def test_a_mistake_is_underlined_at_its_place_until_the_text_changes(field, monkeypatch):
    QTest.keyClicks(field._edit, "dog rating:9")
    seen = underlined(field, monkeypatch)
    field.mark([(4, 12)])
    assert seen == [(4, 8)]
    assert field.text == "dog rating:9"
    QTest.keyClicks(field._edit, "x")
    assert seen == []


def test_nothing_is_underlined_while_a_word_is_composed(field, monkeypatch):
    QTest.keyClicks(field._edit, "rating:9 ")
    QApplication.sendEvent(field._edit, QInputMethodEvent("か", []))
    seen = underlined(field, monkeypatch)
    field.mark([(0, 8)])
    assert seen == []
    done = QInputMethodEvent("", [])
    done.setCommitString("蚊")
    QApplication.sendEvent(field._edit, done)
    field.mark([(0, 8)])
    assert seen == [(0, 8)]
    assert field.text == "rating:9 蚊"
