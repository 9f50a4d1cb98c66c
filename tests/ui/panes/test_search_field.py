"""The search field: text, chips, pictures; and the pause after typing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QToolButton

from app.core.examples import Box, Example, Picture
from app.core.query import Scope
from app.core.types import FolderId, Kind, PhotoId, Place
from app.ui import theme
from app.ui.joiners.searching import Searching, chips, with_examples, with_weight, without
from app.ui.panes.search_field import HEIGHT_PX, WIDEST_PX, Chip, SearchField
from app.ui.parts.query_edit import asked_with
from app.ui.views import View


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


def test_what_a_filter_changed_in_the_text_is_undone_where_it_is_typed(field):
    told = []
    field.text_changed.connect(told.append)
    QTest.keyClicks(field._edit, "dog")
    field.retype("dog tag:beach")
    field.retype("tag:beach")
    told.clear()
    for _ in range(2):
        QTest.keyClick(field._edit, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert told == ["dog tag:beach", "dog"]


def test_backspace_in_an_empty_field_takes_the_last_chip(field):
    removed = []
    field.chip_removed.connect(removed.append)
    field.set_chips([Chip("folder", "in Pictures"), Chip("tag", "tag: dog")])
    QTest.keyClick(field._edit, Qt.Key.Key_Backspace)
    field.set_text("a")
    QTest.keyClick(field._edit, Qt.Key.Key_Backspace)
    assert removed == ["tag"]


def test_backspace_that_is_held_down_stops_before_the_chips(field):
    removed = []
    field.chip_removed.connect(removed.append)
    field.set_chips([Chip("folder", "in Pictures")])
    held = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Backspace, Qt.KeyboardModifier.NoModifier, "", True)
    QApplication.sendEvent(field._edit, held)
    assert removed == []


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
    scope = Scope(FolderId(3), "dog", is_favourite=True, is_recent=True, kind=Kind.VIDEO, place=ROME)
    view = View(scope, "red", (Example(PhotoId(7)),))
    shown = chips(view, {FolderId(3): "Pictures"}, _name)
    assert [key for key, _ in shown] == ["folder", "tag", "favourite", "recent", "place", "kind", "example 0"]
    assert shown[0][1] == "in Pictures"
    for key, _ in shown:
        view = without(view, key)
    assert view == View(text="red")


def test_each_picture_has_a_chip_that_says_how_it_counts():
    view = View(
        examples=(
            Example(Picture("sea.png")),
            Example(PhotoId(7), Box(0, 0, 0.5, 0.5)),
            Example(PhotoId(8), weight=-2.0),
        )
    )
    assert chips(view, {}, _name) == [
        ("example 0", "like sea.png"),
        ("example 1", "like a part of 7.jpg"),
        ("example 2", "2× unlike 8.jpg"),
    ]
    assert [example.source for example in without(view, "example 1").examples[1:]] == [PhotoId(8)]
    assert with_weight(view, "example 1", -1.0).examples[1] == Example(PhotoId(7), Box(0, 0, 0.5, 0.5), -1.0)


def test_many_pictures_share_a_chip_beside_the_newest_two():
    view = View(examples=tuple(Example(PhotoId(number)) for number in range(1, 10)))
    shown = chips(view, {}, _name)
    assert [text for _, text in shown] == ["7 pictures", "like 8.jpg", "like 9.jpg"]
    assert without(view, shown[0][0]).examples == view.examples[7:]
    assert without(view, shown[-1][0]).examples == view.examples[:8]


def test_a_chip_without_room_keeps_its_first_words(field):
    field.set_chips([Chip("example 0", "unlike a part of 0a82864facae-0a82864facae.jpg", -1.0)])
    (chip,) = field.findChildren(QFrame, "chip")
    assert chip.findChild(QLabel).text().startswith("unlike a part of 0a")
    assert chip.findChild(QLabel).text().endswith("…")


def test_chips_side_by_side_leave_room_for_words(field):
    field.resize(WIDEST_PX, HEIGHT_PX)
    field.set_chips([Chip(f"example {number}", f"similar to {'a long name' * 9}.jpg", 1.0) for number in range(3)])
    field.show()
    assert field._edit.width() >= 100
    assert all(chip.width() >= chip.sizeHint().width() for chip in field.findChildren(QFrame, "chip"))


def test_a_picture_given_again_only_changes_its_weight():
    view = with_examples(View(text="at night"), [Example(PhotoId(7)), Example(PhotoId(8))])
    view = with_examples(view, [Example(PhotoId(7), weight=-1.0)])
    assert view == View(text="at night", examples=(Example(PhotoId(7), weight=-1.0), Example(PhotoId(8))))


def _name(photo_id: int) -> str:
    return f"{photo_id}.jpg"


def _data(*, urls: list[str] = (), text: str = "", image: QImage | None = None) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl(url) for url in urls])
    if text:
        data.setText(text)
    if image is not None:
        data.setImageData(image)
    return data


def test_what_is_dragged_or_copied_is_told_apart(tmp_path):
    pictures = [tmp_path / "a.jpg", tmp_path / "b.jpg"]
    for path in pictures:
        path.write_bytes(b"")
    files = [QUrl.fromLocalFile(str(path)).toString() for path in pictures]
    pixels = QImage(4, 4, QImage.Format.Format_RGB32)
    assert asked_with(_data(urls=files)) == pictures
    assert asked_with(_data(urls=[*files, QUrl.fromLocalFile(str(tmp_path)).toString()])) is None, (
        "a folder is no question"
    )
    assert isinstance(asked_with(_data(urls=["https://a.example/b.jpg"], image=pixels)), QImage)
    assert asked_with(_data(urls=["https://a.example/b.jpg"])) == "https://a.example/b.jpg"
    assert asked_with(_data(text=" https://a.example/b.jpg\n")) == "https://a.example/b.jpg"
    assert asked_with(_data(text="data:image/png;base64,AAAA")) == "data:image/png;base64,AAAA"
    for words in ("a dog", "https://a.example/b.jpg and a dog", "file:///etc/passwd", ""):
        assert asked_with(_data(text=words)) is None


def test_a_pasted_address_is_told_and_words_are_text(qtbot, field):
    QGuiApplication.clipboard().setText("https://a.example/b.jpg")
    with qtbot.waitSignal(field.address_given, timeout=1000) as told:
        QTest.keySequence(field._edit, QKeySequence(QKeySequence.StandardKey.Paste))
    assert told.args == ["https://a.example/b.jpg"]
    assert field.text == ""
    QGuiApplication.clipboard().setText("two dogs")
    QTest.keySequence(field._edit, QKeySequence(QKeySequence.StandardKey.Paste))
    assert field.text == "two dogs"


def test_how_much_a_picture_counts_is_chosen_in_its_chip(qtbot, field):
    field.set_chips([Chip("folder", "in Rome"), Chip("example 0", "like 7.jpg", 1.0)])
    (button,) = [each for each in field._chips.findChildren(QToolButton) if each.menu() is not None]
    actions = button.menu().actions()
    assert [action.isChecked() for action in actions] == [False, True, False, False]
    with qtbot.waitSignal(field.chip_weighed, timeout=1000) as told:
        actions[-1].trigger()
    assert told.args == ["example 0", -1.0]
