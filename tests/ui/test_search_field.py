"""The search field: text, chips, pictures; and the pause after typing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.core.query import Scope
from app.core.types import FolderId, Kind, PhotoId, Place
from app.ui import theme
from app.ui.search_field import Chip, SearchField
from app.ui.searching import Searching, chips, without
from app.ui.views import Picture, View


@pytest.fixture
def field(qtbot, qapp, resources):
    theme.apply_theme(qapp, resources)
    field = SearchField()
    qtbot.addWidget(field)
    field.show()
    return field


def test_typing_is_told_and_setting_is_not(qtbot, field):
    told = []
    field.text_changed.connect(told.append)
    field.set_text("beach")
    QTest.keyClicks(field._edit, "!")
    assert told == ["beach!"]


def test_backspace_in_an_empty_field_takes_the_last_chip(field):
    removed = []
    field.chip_removed.connect(removed.append)
    field.set_chips([Chip("folder", "in Pictures"), Chip("tag", "tag: dog")])
    QTest.keyClick(field._edit, Qt.Key.Key_Backspace)
    field.set_text("a")
    QTest.keyClick(field._edit, Qt.Key.Key_Backspace)
    assert removed == ["tag"]


def test_a_text_of_any_length_is_cut_to_what_a_query_may_be(field):
    field.set_text("a" * 20_000)
    assert len(field.text) == 10_000


def test_searching_waits_for_a_pause_and_asks_for_the_last_text(qtbot):
    searching, asked = Searching(), []
    searching.asked.connect(asked.append)
    for text in ("d", "do", "dog"):
        searching.type(text)
    assert asked == []
    qtbot.waitUntil(lambda: asked == ["dog"])


def test_enter_and_an_emptied_field_wait_for_nothing(qtbot):
    searching, asked = Searching(), []
    searching.asked.connect(asked.append)
    searching.type("dog")
    searching.ask_now("dog")
    searching.type("")
    assert asked == ["dog", ""]


ROME = Place("Rome", "Lazio", "Italy", "IT")


def test_every_filter_has_a_chip_and_goes_with_it():
    view = View(
        Scope(FolderId(3), "dog", is_favourite=True, is_recent=True, kind=Kind.VIDEO, place=ROME), "red", PhotoId(7)
    )
    shown = chips(view, {FolderId(3): "Pictures"}, "a.jpg")
    assert [key for key, _ in shown] == ["folder", "tag", "favourite", "recent", "place", "kind", "like"]
    assert shown[0][1] == "in Pictures"
    for key, _ in shown:
        view = without(view, key)
    assert view == View(text="red")


def test_a_picture_from_outside_is_named_in_its_chip():
    assert chips(View(like=Picture("sea.png")), {}, "") == [("like", "similar to sea.png")]
