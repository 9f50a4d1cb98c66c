"""Information panel, status card, first screen and actions, each alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from app.core.types import (
    DateSource,
    FileId,
    Kind,
    Metadata,
    Photo,
    PhotoFile,
    PhotoId,
    Place,
    Reason,
    Role,
    Tag,
)
from app.ui import theme
from app.ui.actions import GROUPS, TABLE, Actions
from app.ui.panes.first_screen import EmptyView, FirstScreen
from app.ui.panes.info_panel import InfoPanel
from app.ui.panes.result_line import ResultLine
from app.ui.panes.status_card import CardState, StatusCard

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
PHOTO = Photo(
    photo_id=PhotoId(7),
    path=Path("/photos/Pictures/IMG_4127.HEIC"),
    name="IMG_4127.HEIC",
    folder="Pictures",
    size_bytes=2_100_000,
    width_px=4032,
    height_px=3024,
    taken_at=1_692_553_320,
    metadata=Metadata(date_source=DateSource.EXIF, camera="iPhone 13"),
    rating=4,
    is_favourite=False,
    is_offline=False,
    caption="two dogs",
    caption_model="BLIP",
    tags=(Tag("portugal"), Tag("dog", 0.97)),
    failure=None,
)


@pytest.fixture(autouse=True)
def themed(qapp, resources):
    theme.apply_theme(qapp, resources)


@pytest.fixture
def info(qtbot):
    info = InfoPanel()
    qtbot.addWidget(info)
    info.resize(304, 800)
    info.show()
    info.show_photo(PHOTO)
    return info


def value(info, key) -> str:
    return info._details._values[key].text()


def test_the_field_for_a_tag_shows_that_one_writes_there(qtbot, info):
    edit = info._tags._edit

    def edge() -> str:
        return edit.grab().toImage().pixelColor(edit.width() // 2, 0).name()

    resting = edge()
    info.activateWindow()
    info.add_tag()
    qtbot.waitUntil(edit.hasFocus)
    assert edge() != resting


def test_a_part_of_the_panel_that_has_nothing_to_say_takes_no_room(qtbot, info):
    info.show_similar([PhotoId(2)])
    similar = info._similar_section
    qtbot.waitUntil(lambda: similar.y() > 0)

    def gap() -> int:
        return similar.mapTo(info, QPoint(0, 0)).y() - info._details.mapTo(info, QPoint(0, info._details.height())).y()

    assert not info._text_section.isVisible()
    qtbot.waitUntil(lambda: gap() == 0)


def test_the_panel_shows_what_is_known_and_leaves_out_what_is_not(info):
    assert info._name.text() == "IMG_4127.HEIC"
    assert "2023" in value(info, "taken")
    assert value(info, "camera") == "iPhone 13"
    assert "4032 × 3024" in value(info, "size")
    form = info._details._form
    assert not form.isRowVisible(info._details._values["lens"])
    assert not form.isRowVisible(info._details._values["file_date"])
    assert "BLIP" in info._caption._by.text()
    info.set_preview(_image())
    info.show_similar([PhotoId(1), PhotoId(2)])
    info.set_similar_image(PhotoId(1), _image())
    info.grab()


def _image() -> QImage:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    return image


def test_the_date_of_a_file_is_not_called_the_date_of_the_photo(info):
    info.show_photo(replace(PHOTO, metadata=Metadata(date_source=DateSource.FILE)))
    assert value(info, "taken") == ""
    assert value(info, "file_date")


def test_the_panel_says_who_tells_a_date_unless_it_is_the_camera(info):
    assert "·" not in value(info, "taken")
    for source, words in ((DateSource.NAME, "file's name"), (DateSource.USER, "you"), (DateSource.TAKEOUT, "Google")):
        info.show_photo(replace(PHOTO, metadata=Metadata(date_source=source)))
        assert words in value(info, "taken")


def test_the_folder_takes_the_colours_of_the_scheme_that_is_shown(info, qapp, resources):
    for scheme in ("dark", "light"):
        theme.apply_theme(qapp, resources, scheme)
        assert theme.colour("text_1").name() in info._details._values["folder"].text()


def test_the_panel_names_place_kind_length_and_every_file(info):
    def file(name, role):
        return PhotoFile(PhotoId(7), FileId(1), Path("/photos") / name, 1, 1, role)

    files = (file("A.HEIC", Role.ORIGINAL), file("A.DNG", Role.TWIN), file("A.xmp", Role.SIDECAR))
    place = Place("Cascais", "Lisbon", "Portugal", "PT")
    info.show_photo(replace(PHOTO, place=place, kind=Kind.RAW, files=files))
    assert value(info, "place") == "Cascais, Portugal"
    assert value(info, "kind") == "raw"
    assert value(info, "files").splitlines() == ["A.HEIC", "A.DNG (raw)", "A.xmp (from another program)"]
    info.show_photo(replace(PHOTO, kind=Kind.VIDEO, duration_s=3727.4))
    assert value(info, "length") == "1:02:07"
    assert not info._details._form.isRowVisible(info._details._values["files"])


def test_few_files_take_no_more_room_than_their_lines_after_many(info):
    def file(name, role):
        return PhotoFile(PhotoId(7), FileId(1), Path("/photos") / name, 1, 1, role)

    shown, label = file("A.HEIC", Role.ORIGINAL), info._details._values["files"]
    sidecars = [file(f"A{number}.xmp", Role.SIDECAR) for number in range(9)]
    info.resize(300, 700)
    info.show_photo(replace(PHOTO, files=(shown, sidecars[0])))
    height = label.minimumHeight()
    info.show_photo(replace(PHOTO, files=(shown, *sidecars)))
    assert label.minimumHeight() > 2 * height
    info.show_photo(replace(PHOTO, files=(shown, sidecars[0])))
    assert label.minimumHeight() == height


def test_what_looks_like_markup_in_a_name_or_caption_is_shown_as_it_is(info):
    evil = "<img src='x'><b>bold</b>"
    info.show_photo(replace(PHOTO, name=evil, caption=evil, path=Path("/photos") / "<u>sub</u>" / "a.jpg"))
    assert info._name.textFormat() == info._caption._text.textFormat() == Qt.TextFormat.PlainText
    assert "<u>" not in info._name.toolTip()
    assert "<u>" not in value(info, "folder")


def test_a_photo_that_failed_says_why(info):
    info.show_photo(replace(PHOTO, failure=Reason.TRUNCATED))
    assert "cut off" in value(info, "problem")


def test_a_star_rates_and_the_same_star_again_takes_the_rating_away(info):
    rated = []
    info.rating_changed.connect(rated.append)
    QTest.mouseClick(info._stars, LEFT, NONE, QPoint(30, 12))
    QTest.mouseClick(info._stars, LEFT, NONE, QPoint(70, 12))
    assert rated == [2, 0]


def test_a_tag_is_taken_away_by_key_and_chosen_by_click(info):
    removed, chosen = [], []
    info.tag_removed.connect(removed.append)
    info.tag_chosen.connect(chosen.append)
    own, machine = info._tags._chips
    QTest.keyClick(machine, Qt.Key.Key_Delete)
    QTest.mouseClick(own, LEFT, NONE, QPoint(10, 10))
    assert (removed, chosen) == (["dog"], ["portugal"])


def test_tags_and_the_field_for_a_new_one_do_not_cover_each_other(qtbot, info):
    qtbot.wait(20)
    places = [chip.geometry() for chip in info._tags._chips] + [info._tags._edit.geometry()]
    assert not any(a.intersects(b) for at, a in enumerate(places) for b in places[at + 1 :])


def test_a_photo_without_caption_can_be_described_now_where_a_model_is_installed(info):
    asked = []
    info.caption_asked.connect(lambda: asked.append(info.photo.photo_id))
    bare = replace(PHOTO, caption=None, caption_model=None)
    info.show_photo(bare)
    assert "Caption now" not in info._caption._by.text()
    info.show_photo(PHOTO, can_caption=True)
    assert "Caption now" not in info._caption._by.text()
    info.show_photo(bare, can_caption=True)
    assert "Caption now" in info._caption._by.text()
    info._caption._by.linkActivated.emit("ask")
    assert asked == [7]
    assert "asked" in info._caption._by.text()
    assert "Caption now" not in info._caption._by.text()
    info.show_photo(replace(bare, photo_id=PhotoId(8)), can_caption=True)
    assert "Caption now" in info._caption._by.text()


def test_a_caption_being_written_is_kept_for_its_photo_when_another_is_selected(info):
    written = []
    info.caption_changed.connect(lambda text: written.append((info.photo.photo_id, text)))
    info.edit_caption()
    info._caption._edit.setPlainText("our dogs")
    info._caption._edit._is_finished = False  # the offscreen platform may not have given it the focus
    info.show_photo(replace(PHOTO, photo_id=PhotoId(8), caption=None, caption_model=None))
    assert written == [(7, "our dogs")]


def test_the_card_is_there_only_while_there_is_something_to_say(qtbot):
    card = StatusCard()
    qtbot.addWidget(card)
    card.show_state(CardState("Reading photos", "12 of 900", 0.01))
    assert card.isVisible()
    assert "12 of 900" in card.accessibleName()
    card.grab()
    with qtbot.waitSignal(card.details_requested):
        QTest.mouseClick(card, LEFT)
    with qtbot.waitSignal(card.pause_toggled):
        card._pause.click()
    card.show_state(None)
    assert card.isHidden()


def test_the_first_screen_offers_a_folder_and_an_empty_view_a_way_on(qtbot):
    first, empty = FirstScreen(), EmptyView()
    for widget in (first, empty):
        qtbot.addWidget(widget)
        widget.show()
    with qtbot.waitSignal(first.add_folder_requested):
        first.findChild(QWidget, "first_add_folder").click()
    first.set_dragging(True)
    empty.say("Nothing matches", "Try this", has_samples=True)
    with qtbot.waitSignal(empty.reset_requested):
        empty._reset.click()
    first.grab()
    empty.grab()


def test_no_key_means_two_things():
    keys = [key for row in TABLE for key in row.keys]
    assert len(keys) == len(set(keys))


def test_every_action_is_in_a_group_of_the_list(qtbot):
    assert {row.group for row in TABLE} <= set(GROUPS)
    window = QWidget()
    qtbot.addWidget(window)
    actions = Actions(window)
    assert all(actions[row.name].text() for row in TABLE)


def test_what_the_model_can_not_understand_has_a_line_of_its_own_above_the_hint():
    line = ResultLine()
    usual = line.height()
    line.set_note("The search model knows English only.")
    line.set_hint("Results are rough.", "Better models")
    assert line.findChild(QLabel, "answer_note").text() == "The search model knows English only."
    both = line.height()
    line.set_hint("", "")
    assert usual < line.height() < both
    line.set_note("")
    assert line.height() == usual
    line.deleteLater()
