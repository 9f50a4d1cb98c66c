"""The real window, driven as a person would: drop, wait, type, click, decide, close."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu

from app.catalog.catalog import Catalog
from app.core.errors import DiskFull, FetchFailed, FetchTrouble, ModelUnusable, UnreadableImage
from app.core.examples import Example, Picture
from app.core.query import EVERYWHERE, Scope, Source
from app.core.types import FolderId, Order, PhotoId, Stage
from app.library.find.examples import Looking
from app.library.find.folding import look_for_alikes
from app.library.find.questions import Question, to_json
from app.library.intake.importing import import_path
from app.library.intake.reading import read_missing
from app.library.organise.removing import remove_path
from app.settings import Settings
from app.startup import STARTER, close_library
from app.ui import outside, theme
from app.ui.controllers import folding as folding_in_ui
from app.ui.controllers import noticing
from app.ui.dialogs import questions
from app.ui.joiners import remembering, searching
from app.ui.parts.photo_list_model import Group
from app.ui.views import View
from tests.fakes import ColourCaptioner
from tests.making import index, make_library, make_photo
from tests.ui.driving import Program, drop

COLOURS = ("red", "green", "blue", "yellow")


@pytest.fixture
def photos(tmp_path) -> Path:
    folder = tmp_path / "Holiday"
    for number, colour in enumerate(COLOURS):
        make_photo(folder / f"{number}.jpg", colour, taken=f"2023:08:2{number} 12:00:00")
    return folder


@pytest.fixture
def program(qtbot, qapp, resources, tmp_path, monkeypatch):
    monkeypatch.setattr(noticing, "_POLL_MS", 50)
    monkeypatch.setattr(noticing, "_SHORTEST_PAUSE_S", 0.05)
    theme.apply_theme(qapp, resources)
    program = Program(qtbot, tmp_path / "library")
    yield program
    program.close()


@pytest.fixture
def filled(program, photos):
    """A window whose library has been taken in and indexed."""
    program.start()
    drop(program.window, photos)
    program.wait_until(lambda: len(program.window._model.ids) == len(COLOURS))
    program.wait_for_index()
    return program


def key(window, *args) -> None:
    QTest.keyClick(window._grid, *args)


def test_an_empty_library_shows_where_to_drop_folders(program):
    window = program.start()
    program.wait_until(lambda: window._columns.page is window._first)


def test_a_window_with_all_its_panels_fits_a_small_screen(program):
    assert program.start().minimumSizeHint().width() <= 900


def test_a_dropped_folder_is_taken_in_read_embedded_and_described(filled):
    window = filled.window
    assert window._columns.page is window._grid
    assert filled.names() == ["3.jpg", "2.jpg", "1.jpg", "0.jpg"]  # newest first
    filled.select("0.jpg")
    filled.wait_until(lambda: window._info.photo is not None)
    assert window._info.photo.caption == "a red picture"
    filled.wait_until(lambda: window._sidebar._counts.get("photos") == 4)
    assert [folder.name for folder in window._sidebar._folders] == ["Holiday"]
    assert window._card.isHidden()


def test_typing_ranks_photos_by_what_they_show(filled):
    filled.search("red")
    assert filled.names()[0] == "0.jpg"
    assert "in 4 photos" in filled.window._result.text
    assert not filled.window._result.isHidden()


def test_a_search_while_photos_are_still_looked_at_says_so_until_they_are_there(program, photos):
    window = program.start()
    window._indexing.set_paused(True)
    drop(window, photos)
    gate = threading.Event()
    usual = program.models[STARTER].embed_images
    program.models[STARTER].embed_images = lambda images: gate.wait(10) and usual(images)
    window._indexing.set_paused(False)
    try:
        program.wait_until(lambda: window._indexing.states[Stage.EMBED].is_running and len(window._model.ids) == 4)
        program.library.embedder.load()
        program.search("red")
        labels = [label.text() for label in window._empty.findChildren(QLabel)]
        assert window._columns.page is window._empty
        assert any("still being looked at" in text for text in labels)
        assert any("Searched 0 of 4 photos so far; more will join." in text for text in labels)
    finally:
        gate.set()
    program.wait_for_index()
    program.wait_until(lambda: window._columns.page is window._grid)
    assert "so far" not in window._result.text


def test_clearing_the_search_returns_to_the_photos(filled):
    filled.search("red")
    filled.window._field._edit.clear()
    filled.wait_until(lambda: filled.names() == ["3.jpg", "2.jpg", "1.jpg", "0.jpg"])
    assert filled.window._result.isHidden()


def test_clearing_the_search_returns_to_where_the_grid_was(program, tmp_path):
    for number in range(60):
        make_photo(tmp_path / "many" / f"{number}.jpg", "blue", taken=f"2023:01:01 12:00:{number:02}")
    window = program.start([tmp_path / "many"])
    program.wait_until(lambda: len(window._model.ids) == 60)
    program.wait_for_index()
    QApplication.processEvents()
    bar = window._grid.verticalScrollBar()
    program.wait_until(lambda: bar.maximum() > 200)
    bar.setValue(200)
    program.search("blue")
    program.wait_until(lambda: bar.value() == 0)
    window._field._edit.clear()
    program.wait_until(lambda: not window._browsing.view.is_question and bar.value() > 0)
    assert abs(bar.value() - 200) <= 2


def test_find_similar_by_key_shows_the_photo_first_and_a_chip(filled):
    filled.select("2.jpg")
    key(filled.window, Qt.Key.Key_S)
    filled.wait_until(lambda: bool(filled.window._showing.view.examples))
    assert filled.names()[0] == "2.jpg"
    assert [chip for chip, _ in _chips(filled)] == ["example 0"]
    key(filled.window, Qt.Key.Key_Escape)
    filled.wait_until(lambda: filled.names()[0] == "3.jpg")
    assert _chips(filled) == []


def _chips(program) -> list[tuple[str, str]]:
    row = program.window._field._chips_row
    return [(row.itemAt(at).widget()._key, "") for at in range(row.count())]


def test_a_caption_is_edited_and_a_machine_never_overwrites_it(filled):
    window = filled.window
    filled.select("0.jpg")
    filled.wait_until(lambda: window._info.photo is not None)
    key(window, Qt.Key.Key_C)
    edit = window._info._caption._edit
    filled.wait_until(lambda: not edit.isHidden())
    edit.setPlainText("Grandma's red door")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    filled.wait_until(lambda: window._info.photo.caption == "Grandma's red door")
    assert window._info.photo.caption_model is None
    window._actions["enrich_again"].trigger()
    filled.wait_until(lambda: "0.jpg" in filled.names())
    filled.wait_for_index()
    assert filled.library.catalog.photo(filled.id_of("0.jpg")).caption == "Grandma's red door"
    filled.search("grandma door")
    assert filled.names()[0] == "0.jpg"


def test_escape_leaves_the_caption_as_it_was(filled):
    window = filled.window
    filled.select("0.jpg")
    filled.wait_until(lambda: window._info.photo is not None)
    key(window, Qt.Key.Key_C)
    edit = window._info._caption._edit
    filled.wait_until(lambda: not edit.isHidden())
    edit.setPlainText("nonsense")
    QTest.keyClick(edit, Qt.Key.Key_Escape)
    assert edit.isHidden()
    assert filled.library.catalog.photo(filled.id_of("0.jpg")).caption == "a red picture"


def test_keys_rate_and_favour_the_selection_and_undo_takes_it_back(filled):
    filled.select("0.jpg", "1.jpg")
    ids = [filled.id_of("0.jpg"), filled.id_of("1.jpg")]
    key(filled.window, Qt.Key.Key_4)
    filled.wait_until(lambda: [row.rating for row in filled.library.catalog.rows(ids)] == [4, 4])
    key(filled.window, Qt.Key.Key_F)
    filled.wait_until(lambda: all(row.is_favourite for row in filled.library.catalog.rows(ids)))
    filled.wait_until(lambda: filled.window._sidebar._counts.get("favourites") == 2)
    key(filled.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    filled.wait_until(lambda: not any(row.is_favourite for row in filled.library.catalog.rows(ids)))
    filled.wait_until(lambda: "favourite" in filled.window._sidebar._message.text)


def test_undo_and_redo_say_what_they_would_do_and_are_greyed_where_there_is_nothing(filled):
    undo, redo = filled.window._actions["undo"], filled.window._actions["redo"]

    def shown() -> list[tuple[str, bool]]:
        return [(action.text(), action.isEnabled()) for action in (undo, redo)]

    filled.wait_until(lambda: shown() == [("Undo", False), ("Redo", False)])
    filled.select("0.jpg")
    key(filled.window, Qt.Key.Key_4)
    assert undo.isEnabled(), "whoever undoes at once is not too early"
    filled.wait_until(lambda: shown() == [("Undo: rating", True), ("Redo", False)])
    undo.trigger()
    filled.wait_until(lambda: shown() == [("Undo", False), ("Redo: rating", True)])
    filled.restart()
    undo, redo = filled.window._actions["undo"], filled.window._actions["redo"]
    filled.wait_until(lambda: shown() == [("Undo", False), ("Redo: rating", True)])


def test_a_desktop_without_programs_is_told_with_the_place_of_the_file(filled, photos, monkeypatch):
    window = filled.window
    monkeypatch.setattr(outside, "show_in_file_manager", lambda path: False)
    monkeypatch.setattr(outside, "open_with_default_program", lambda path: False)
    filled.select("0.jpg")

    def wait_until_told(sentence: str) -> None:
        filled.wait_until(lambda: window._sidebar._message.text.replace("\u200b", "") == sentence)

    window._actions["show_in_folder"].trigger()
    wait_until_told(f"The desktop has no file manager that answers. It is here: {photos / '0.jpg'}")
    window._actions["open_outside"].trigger()
    wait_until_told(f"The desktop has no program that opens 0.jpg. It is here: {photos / '0.jpg'}")
    window._sidebar.show_folder_requested.emit(window._sidebar._folders[0])
    wait_until_told(f"The desktop has no file manager that answers. It is here: {photos}")
    (photos / "0.jpg").unlink()
    window._actions["show_in_folder"].trigger()
    wait_until_told("0.jpg is not there now; is its drive plugged in?")


def test_after_enter_the_keyboard_stands_visibly_on_the_first_photo_and_a_slash_leads_back(filled):
    window, grid = filled.window, filled.window._grid
    filled.search("red")
    window._field.take_focus()
    QTest.keyClick(window._field._edit, Qt.Key.Key_Return)
    filled.wait_until(lambda: grid.hasFocus() and grid.current_id() == filled.id_of("0.jpg"))
    assert grid.selected_ids() == [], "no command meets a photo that nobody has chosen"
    key(window, Qt.Key.Key_Right)
    assert grid.selected_ids() == [filled.id_of("0.jpg")]
    key(window, Qt.Key.Key_Slash)
    assert window._field.has_focus
    assert window._field.text == "red"
    QTest.keyClicks(window._field._edit, "/")
    assert window._field.text == "/"


def test_esc_goes_back_one_step_each(filled):
    window = filled.window
    filled.search("red")
    filled.select("0.jpg")
    key(window, Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier)
    assert window._viewer._part.is_armed

    def esc() -> None:
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)

    esc()
    assert window._columns.is_viewing
    assert not window._viewer._part.is_armed
    esc()
    assert not window._columns.is_viewing
    assert window._field.text == "red"
    esc()
    filled.wait_until(lambda: filled.names() == ["3.jpg", "2.jpg", "1.jpg", "0.jpg"])
    window._field._edit.setFocus()  # as Tab does; a list of what was asked before would take an Esc for itself
    esc()
    assert window._grid.hasFocus()


@pytest.mark.parametrize("letter", [Qt.Key.Key_C, Qt.Key.Key_T])
@pytest.mark.parametrize("ending", [Qt.Key.Key_Escape, Qt.Key.Key_Return])
def test_after_a_caption_or_a_tag_was_written_the_keys_are_the_photos_again(filled, letter, ending):
    window = filled.window
    filled.select("0.jpg")
    filled.wait_until(lambda: window._info.photo is not None)
    window._grid.setFocus()
    key(window, letter)
    filled.wait_until(lambda: not window._grid.hasFocus())
    QTest.keyClick(QApplication.focusWidget(), ending)
    if letter == Qt.Key.Key_T and ending == Qt.Key.Key_Return:
        assert not window._grid.hasFocus(), "another tag may follow"
        return
    assert window._grid.hasFocus()
    key(window, Qt.Key.Key_Space)
    assert window._columns.is_viewing
    assert filled.library.catalog.photo(filled.id_of("0.jpg")).rating == 0


def test_nothing_scrolls_in_the_information_panel_while_nothing_is_selected(filled):
    window = filled.window
    window.resize(1000, 420)
    filled.select("0.jpg")
    bar = window._info.verticalScrollBar()
    filled.wait_until(lambda: bar.maximum() > 0)
    window._grid.clearSelection()
    filled.wait_until(lambda: bar.maximum() == 0)


def test_letters_typed_into_the_search_are_text_and_no_commands(filled):
    filled.select("0.jpg")
    filled.window._field.take_focus()
    QTest.keyClicks(filled.window._field._edit, "sf5i")
    assert filled.window._field.text == "sf5i"
    assert not filled.window._info.isHidden()
    filled.wait_until(lambda: filled.window._showing.view.text == "sf5i")
    row = filled.library.catalog.rows([filled.library.catalog.table(Order.NEWEST).ids[0]])[0]
    assert not row.is_favourite
    assert filled.window._browsing.view.examples == ()


def test_tags_are_added_and_taken_away_in_the_panel(filled):
    window = filled.window
    filled.select("1.jpg")
    filled.wait_until(lambda: window._info.photo is not None)
    edit = window._info._tags._edit
    edit.setText("portugal, grandma ,")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    filled.wait_until(lambda: {"portugal", "grandma"} <= {tag.name for tag in window._info.photo.tags})
    filled.wait_until(lambda: ("portugal", 1) in window._sidebar._tags)
    window._info.tag_removed.emit("portugal")
    filled.wait_until(lambda: "portugal" not in [tag.name for tag in window._info.photo.tags])


def test_a_folder_in_the_sidebar_narrows_the_photos(filled, tmp_path):
    make_photo(tmp_path / "Work" / "desk.jpg", "white")
    filled.window._taking_in.add([tmp_path / "Work"])
    filled.wait_until(lambda: len(filled.window._model.ids) == 5)
    filled.wait_until(lambda: len(filled.window._sidebar._folders) == 2)
    work = next(folder for folder in filled.window._sidebar._folders if folder.name == "Work")
    filled.window._sidebar.scope_chosen.emit(Scope(folder_id=work.folder_id))
    filled.wait_until(lambda: filled.names() == ["desk.jpg"])
    assert [chip for chip, _ in _chips(filled)] == ["folder"]
    filled.window._steering.widen("folder")
    filled.wait_until(lambda: len(filled.names()) == 5)


def test_removing_a_folder_keeps_its_files_and_can_be_undone(filled, photos, monkeypatch):
    filled.wait_until(lambda: len(filled.window._sidebar._folders) == 1)
    monkeypatch.setattr(questions, "confirm_folder_removal", lambda *_, **__: True)
    filled.window._sidebar.remove_folder_requested.emit(filled.window._sidebar._folders[0])
    filled.wait_until(lambda: filled.window._columns.page is filled.window._first)
    assert len(list(photos.iterdir())) == 4
    filled.window._actions["undo"].trigger()
    filled.wait_until(lambda: len(filled.window._model.ids) == 4)


def test_what_another_program_changes_is_noticed(filled):
    other = make_library(filled.library.root)
    remove_path(other, other.catalog.paths([filled.id_of("3.jpg")])[filled.id_of("3.jpg")])
    close_library(other)
    filled.wait_until(lambda: filled.names() == ["2.jpg", "1.jpg", "0.jpg"])


def test_photos_that_another_program_took_in_and_left_are_looked_at_by_the_open_window(filled, photos):
    filled.window._resuming._pause.setInterval(200)
    other = filled.opener()()
    make_photo(photos / "new.jpg", "white")
    for steps in (import_path(other, photos / "new.jpg"), read_missing(other)):
        list(steps)
    other.catalog.close()
    filled.wait_until(lambda: len(filled.library.embeddings.ids()) == len(COLOURS) + 1)


def test_the_photo_menu_greys_what_makes_sense_for_one_alone(filled):
    window = filled.window
    filled.select("0.jpg", "1.jpg")
    window._grid.context_menu_requested.emit(QPoint(5, 5))
    menu = next(menu for menu in window.findChildren(QMenu) if window._actions["similar"] in menu.actions())
    assert not window._actions["similar"].isEnabled()
    assert window._actions["trash"].isEnabled()
    menu.close()
    filled.wait_until(lambda: window._actions["similar"].isEnabled())


def test_the_photo_menu_greys_what_nothing_is_installed_or_switched_on_for_and_says_why(filled, monkeypatch):
    window, actions = filled.window, filled.window._actions
    filled.select("0.jpg")

    def opened():
        window._grid.context_menu_requested.emit(QPoint(5, 5))
        return next(menu for menu in window.findChildren(QMenu) if menu.isVisible())

    menu = opened()
    assert actions["caption_now"].isEnabled()
    assert not actions["copy_text"].isEnabled()
    assert "Read the text in pictures" in actions["copy_text"].toolTip()
    assert menu.toolTipsVisible()
    menu.close()
    filled.wait_until(lambda: actions["copy_text"].isEnabled())
    assert "settings" not in actions["copy_text"].toolTip()
    monkeypatch.setattr(window, "_library", replace(window._library, captioner=None))
    menu = opened()
    assert not actions["caption_now"].isEnabled()
    assert "No captioning model is installed" in actions["caption_now"].toolTip()
    menu.close()
    filled.wait_until(lambda: actions["caption_now"].isEnabled())


def test_caption_now_in_the_panel_describes_the_selected_photo(filled, monkeypatch):
    window, asked = filled.window, []
    monkeypatch.setattr(window._indexing, "caption_now", asked.append)
    filled.select("1.jpg")
    filled.wait_until(lambda: window._info.photo is not None)
    window._info.caption_asked.emit()
    assert asked == [[filled.id_of("1.jpg")]]


def test_moving_to_the_trash_asks_first(filled, monkeypatch):
    asked = []
    monkeypatch.setattr(questions, "confirm_trash", lambda parent, count: asked.append(count) or False)
    filled.select("0.jpg", "1.jpg")
    key(filled.window, Qt.Key.Key_Delete)
    assert asked == [2]
    assert len(filled.names()) == 4


def test_a_picture_dropped_on_the_search_field_is_a_question(filled, tmp_path):
    outside = make_photo(tmp_path / "elsewhere.png", "green")
    drop(filled.window._field, outside)
    filled.wait_until(lambda: bool(filled.window._showing.view.examples))
    assert filled.names()[0] == "1.jpg"
    assert filled.library.catalog.photo_at(outside) is None


def test_a_picture_dropped_on_the_photos_asks_what_it_is_for(filled, tmp_path, monkeypatch):
    outside = make_photo(tmp_path / "New" / "other.jpg", "black")
    make_photo(tmp_path / "New" / "beside.jpg", "white")
    monkeypatch.setattr(questions, "ask_about_drop", lambda *_: questions.DropWish.ADD_FOLDER)
    drop(filled.window, outside)
    filled.wait_until(lambda: len(filled.window._model.ids) == 6)


def test_enter_opens_a_photo_full_size_and_escape_goes_back(filled):
    window = filled.window
    filled.select("2.jpg")
    QTest.keyClick(window._grid, Qt.Key.Key_Return)
    assert window._columns.is_viewing
    filled.wait_until(lambda: window._viewer.photo_id in window._viewer._full)
    QTest.keyClick(window._viewer, Qt.Key.Key_Right)
    assert window._selecting.ids == [filled.id_of("1.jpg")]
    QTest.keyClick(window._viewer, Qt.Key.Key_Escape)
    assert not window._columns.is_viewing


def test_a_broken_file_is_listed_with_its_reason_and_the_rest_goes_on(filled, photos):
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff but no picture")
    filled.window._indexing.rescan(photos)
    filled.wait_until(lambda: filled.window._working._failed == 1)
    filled.wait_for_index()
    assert not filled.window._card.isHidden()
    filled.window._card.details_requested.emit()
    dialog = filled.window._working._dialog
    filled.wait_until(lambda: dialog._table.rowCount() == 1)
    assert dialog._table.item(0, 0).text() == "broken.jpg"
    assert dialog._table.item(0, 1).text()
    dialog.close()
    filled.wait_until(lambda: filled.window._working._dialog is None)


def test_a_full_disk_is_said_stops_the_work_and_is_gone_on_from(program, photos, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    window = program.start()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        drop(window, photos)
        program.wait_until(lambda: isinstance(window._indexing.states[Stage.READ].trouble, DiskFull))
        program.wait_for_index()
        labels = window.findChildren(QLabel)
        assert any("is full" in label.text() for label in labels if label.isVisible())
        program.wait_until(lambda: any(label.text() == "Work has stopped" for label in labels))  # once it is laid out
    window._indexing.retry_failed()
    program.wait_until(lambda: program.library.catalog.status("colours-1", "", None).embedded == len(COLOURS))


class HeldCaptioner(ColourCaptioner):
    """Describes one batch, then stands still until it is released."""

    def __init__(self):
        self.released = threading.Event()
        self.has_begun = False

    def caption_images(self, images):
        if self.has_begun:
            assert self.released.wait(60)
        self.has_begun = True
        return super().caption_images(images)


def test_closing_while_indexing_asks_once_and_the_next_start_goes_on(qtbot, qapp, resources, tmp_path, monkeypatch):
    theme.apply_theme(qapp, resources)
    for number in range(40):
        make_photo(tmp_path / "many" / f"{number}.jpg", "red")
    program = Program(qtbot, tmp_path / "library", captioner=(captioner := HeldCaptioner()))
    window = program.start([tmp_path / "many"])
    asked, answers = [], [False, True]
    monkeypatch.setattr(questions, "confirm_quit", lambda *_: asked.append(1) or answers.pop(0))
    program.wait_until(lambda: window._indexing.current is Stage.CAPTION)
    window.close()
    assert window.isVisible()
    captioner.released.set()  # no event of the window comes between this and its closing
    window.close()
    assert not window.isVisible()
    assert asked == [1, 1]
    assert window.has_quit_cleanly
    close_library(program.library)
    window.deleteLater()
    window = program.start()
    program.wait_until(lambda: len(window._model.ids) == 40)
    program.wait_for_index()
    captions = program.library.catalog.captions_of(window._model.ids.tolist())
    assert len(captions) == 40
    program.close()


def test_panels_thumbnail_size_and_order_are_remembered(filled):
    filled.window._informing.set_shown(False)
    filled.window._grid.set_thumbnail_edge(220)
    filled.window._browsing.set_order(Order.NAME)
    filled.wait_until(lambda: filled.names() == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"])
    window = filled.restart()
    assert window._info.isHidden()
    assert window._grid.thumbnail_edge == 220
    assert window._browsing.order is Order.NAME
    filled.wait_until(lambda: filled.names() == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"])


def test_an_answer_can_be_sorted_by_name(filled):
    filled.search("blue")
    filled.window._result.order_chosen.emit(Order.NAME)
    filled.wait_until(lambda: not filled.window._showing.view.is_by_match)
    good = filled.window._model._answer.good
    assert filled.names()[:good] == sorted(filled.names()[:good])
    assert filled.window._top._orders[Order.NAME].isChecked()
    filled.window._result.order_chosen.emit(None)
    assert not any(action.isChecked() for action in filled.window._top._orders.values())
    filled.wait_until(lambda: filled.window._showing.view.is_by_match and filled.names()[0] == "2.jpg")


def test_every_control_has_an_accessible_name(filled):
    from PySide6.QtWidgets import QAbstractButton, QLineEdit

    controls = [w for w in filled.window.findChildren(QAbstractButton) if w.isVisible()]
    controls += [w for w in filled.window.findChildren(QLineEdit) if w.isVisible()]
    nameless = [w.objectName() or type(w).__name__ for w in controls if not (w.accessibleName() or _text(w))]
    assert nameless == []


def _text(widget) -> str:
    return getattr(widget, "text", lambda: "")()


def test_the_window_is_visible_before_any_model_library_is_imported(tmp_path):
    program = """
import sys
from functools import partial
from pathlib import Path
from PySide6.QtCore import QTimer
from app import startup
from app.logs import CrashLog
from app.settings import Settings
from app.ui import application
imported = []
def look(act):
    imported.extend(name for name in ("torch", "transformers") if name in sys.modules)
    from PySide6.QtWidgets import QApplication
    assert any(w.isVisible() for w in QApplication.topLevelWidgets())
    act()
    QTimer.singleShot(300, lambda: [w.close() for w in QApplication.topLevelWidgets()])
application._when_visible = look
root = Path(sys.argv[1])
code = application.run(partial(startup.library_opener, root=root), Settings(), [], root=root, crash_log=CrashLog(root))
assert imported == [], imported
sys.exit(code)
"""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "ORIEL_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "library")],
        env=environment, capture_output=True, text=True, timeout=180, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_an_indexed_library_is_searchable_at_the_next_start(program, photos):
    library = make_library(program._root)
    index(library, photos)
    close_library(library)
    program.start()
    program.wait_until(lambda: len(program.window._model.ids) == 4)
    program.search("yellow")
    program.wait_until(lambda: program.names()[:1] == ["3.jpg"])


def test_other_settings_open_the_library_anew_and_work_goes_on(filled, photos):
    before = filled.window.library
    filled.window._choosing.choose(Settings(threads=1))
    assert filled.window.library is not before
    make_photo(photos / "later.jpg", "white")
    filled.window._indexing.rescan(photos)
    filled.wait_until(lambda: len(filled.window._model.ids) == 5)
    filled.wait_for_index()
    filled.library = filled.window.library
    filled.search("white")
    assert filled.names()[0] == "later.jpg"


def test_the_library_is_read_again_after_it_was_opened_anew_whatever_its_change_counter_says(
    filled, qtbot, monkeypatch
):
    monkeypatch.setattr(Catalog, "change_counter", lambda _: 7)
    qtbot.waitUntil(lambda: filled.window._noticing._counter == 7 and not filled.window._noticing._is_due)
    with qtbot.waitSignal(filled.window._noticing.noticed):
        filled.window._choosing.choose(Settings(threads=1))


def test_a_chosen_model_that_cannot_be_used_stays_chosen_while_the_window_runs_without_it(filled):
    opener = filled.opener()

    def reopen(settings):
        if settings.captioner_folder:
            raise ModelUnusable(path=Path(settings.captioner_folder), detail="folder_missing")
        return opener

    before, filled.window._reopen = filled.window.library, reopen
    filled.window._choosing.choose(Settings(threads=1, captioner_folder="/gone"))
    assert filled.window.library is not before
    assert "/gone" in filled.window._sidebar._message.text
    assert filled.restart()._choosing.settings.captioner_folder == "/gone"


def test_a_paused_window_still_searches(filled):
    filled.window._card.pause_toggled.emit()
    assert filled.window._indexing.is_paused
    filled.search("green")
    assert filled.names()[0] == "1.jpg"
    filled.window._card.pause_toggled.emit()
    assert not filled.window._indexing.is_paused


def test_a_chip_that_was_taken_away_is_there_again_one_step_back(filled):
    window = filled.window
    filled.search("green")
    window._steering.more_like([filled.id_of("2.jpg")])
    filled.wait_until(lambda: bool(window._showing.view.examples))
    window._steering.widen("example 0")
    filled.wait_until(lambda: not window._showing.view.examples)
    assert window._showing.view.text == "green"
    key(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    filled.wait_until(lambda: bool(window._showing.view.examples))
    assert (window._field.text, _chips(filled)) == ("green", [("example 0", "")])
    key(window, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    filled.wait_until(lambda: not window._showing.view.examples)


def test_one_step_back_from_similar_photos_leads_to_the_words_they_were_found_by(filled):
    window = filled.window
    filled.search("green")
    filled.select("2.jpg")
    key(window, Qt.Key.Key_S)
    filled.wait_until(lambda: bool(window._showing.view.examples))
    assert window._selecting.ids == [filled.id_of("2.jpg")]
    key(window, Qt.Key.Key_Escape)
    filled.wait_until(lambda: window._showing.view.text == "green")
    assert window._field.text == "green"
    assert filled.names()[0] == "1.jpg"
    assert window._grid.selected_ids() == [filled.id_of("2.jpg")]
    key(window, Qt.Key.Key_Escape)
    filled.wait_until(lambda: not window._showing.view.is_question)
    assert filled.names()[0] == "3.jpg"
    assert window._grid.selected_ids() == []


def test_a_selected_photo_that_an_answer_pushes_out_of_sight_is_not_selected_until_one_steps_back(program, tmp_path):
    for number in range(60):
        make_photo(tmp_path / "many" / f"{number}.jpg", "blue", taken=f"2023:01:01 12:00:{number:02}")
    make_photo(tmp_path / "many" / "last.jpg", "yellow", taken="2023:01:01 13:00:00")
    window = program.start([tmp_path / "many"])
    program.wait_until(lambda: len(window._model.ids) == 61)
    program.wait_for_index()
    program.select("last.jpg")
    window._grid.set_thumbnail_edge(300)
    chosen = program.id_of("last.jpg")
    program.search("blue")
    assert chosen not in window._grid.visible_ids()
    assert (window._selecting.ids, window._selecting.current) == ([], None)
    program.wait_until(lambda: window._info.photo is None)
    window._field._edit.clear()
    program.wait_until(lambda: not window._showing.view.is_question)
    assert window._selecting.ids == [chosen]


def test_the_window_fits_its_screen_though_it_was_left_on_a_larger_one(program):
    window = program.start()
    window.resize(3000, 2500)
    remembered = remembering.state(
        window, window._columns, is_informing=True, order=Order.NEWEST, is_folding=True, sources=EVERYWHERE
    )
    window.resize(600, 500)
    remembering.restore(remembered, window, window._columns, (236, 300))
    screen = window.screen().availableGeometry()
    assert window.frameGeometry().height() <= screen.height()
    assert window.width() <= max(screen.width(), window.minimumSizeHint().width())
    assert screen.contains(window.frameGeometry().topLeft())


def test_a_caption_that_is_not_there_cannot_be_copied(program, photos, monkeypatch):
    window = program.start()
    offered = []
    monkeypatch.setattr(QMenu, "popup", lambda menu, _: offered.append(window._actions["copy_caption"].isEnabled()))
    monkeypatch.setattr(Catalog, "captions_of", lambda _, ids: {})
    drop(window, photos)
    program.wait_until(lambda: len(window._model.ids) == len(COLOURS))
    program.wait_for_index()
    program.select("0.jpg")
    window._grid.context_menu_requested.emit(QPoint(5, 5))
    assert offered == [False]
    QApplication.clipboard().setText("kept")
    window._actions["copy_caption"].setEnabled(True)
    window._actions["copy_caption"].trigger()
    assert QApplication.clipboard().text() == "kept"


def test_nearly_the_same_pictures_stand_as_one_and_open(program, tmp_path):
    first = make_photo(tmp_path / "a" / "0.jpg", "green")
    for number in (1, 2):
        shutil.copy(first, tmp_path / "a" / f"{number}.jpg")
    make_photo(tmp_path / "a" / "other.jpg", "green", taken="2020:01:01 12:00:00")
    window = program.start([tmp_path / "a"])
    program.wait_until(lambda: len(window._model.ids) == 4)
    program.wait_for_index()
    look_for_alikes(program.library)
    program.search("green")
    assert len(window._model.ids) == 2, "the copies stand as one"
    row = next(row for row in range(2) if window._model.group(row) is not None)
    assert window._model.group(row) == Group(3, is_open=False)
    program.select(program.names()[row])
    key(window, Qt.Key.Key_G)
    assert len(window._model.ids) == 4
    assert window._model.group(row) == Group(3, is_open=True)
    badge = window._grid.visualRect(window._model.index(row, 0)).topLeft() + QPoint(14, 14)
    QTest.mouseClick(window._grid.viewport(), Qt.MouseButton.LeftButton, pos=badge)
    assert len(window._model.ids) == 2
    window._result._folding.trigger()
    program.wait_until(lambda: len(window._model.ids) == 4)
    window = program.restart()
    assert not window._browsing.is_folding
    assert not window._result._folding.isChecked()


def test_a_search_is_saved_under_a_name_opened_renamed_and_removed(filled, monkeypatch):
    window = filled.window
    monkeypatch.setattr(questions, "ask_name", lambda *_: "Green ones")
    filled.search("green")
    key(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    filled.wait_until(lambda: _saved_rows(window) == ["Green ones"])
    filled.search("blue")
    saved = window._sidebar._saved[0]
    window._sidebar.saved_chosen.emit(saved)
    filled.wait_until(lambda: window._showing.view.text == "green")
    assert window._field.text == "green"
    assert window._sidebar._tree.currentIndex().data() == "Green ones"
    monkeypatch.setattr(questions, "ask_name", lambda *_: "Meadows")
    window._sidebar.rename_saved_requested.emit(saved)
    filled.wait_until(lambda: _saved_rows(window) == ["Meadows"])
    window._sidebar.remove_saved_requested.emit(saved)
    filled.wait_until(lambda: _saved_rows(window) == [])
    key(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    filled.wait_until(lambda: _saved_rows(window) == ["Meadows"])


def test_saved_searches_are_put_in_order_and_named_apart(filled, monkeypatch):
    window, proposed = filled.window, []
    monkeypatch.setattr(questions, "ask_name", lambda *told: proposed.append(told[2]) or told[2])
    for count, text in enumerate(("green", "red", "green"), 1):
        filled.search(text)
        key(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        filled.wait_until(lambda count=count: len(_saved_rows(window)) == count)
    assert proposed == ["green", "red", "green 2"]
    tree = window._sidebar._tree
    filled.wait_until(lambda: tree.currentIndex().data() == "green 2")
    window._sidebar.saved_moved.emit(window._sidebar._saved[2].search_id, 0)
    filled.wait_until(lambda: _saved_rows(window) == ["green 2", "green", "red"])
    assert tree.currentIndex().data() == "green 2"
    QTest.keyClick(tree, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    filled.wait_until(lambda: _saved_rows(window) == ["green", "green 2", "red"])
    key(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    filled.wait_until(lambda: _saved_rows(window) == ["green 2", "green", "red"])


def test_what_is_changed_in_a_saved_search_is_no_longer_it(filled, monkeypatch):
    window = filled.window
    monkeypatch.setattr(questions, "ask_name", lambda *_: "Green ones")
    filled.search("green")
    key(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    filled.wait_until(lambda: window._browsing.view.saved_id is not None)
    window._steering.ask("green")
    assert window._browsing.view.saved_id is not None, "it is asked again, no more"
    window._steering.narrow("is_recent", True)
    assert window._browsing.view.saved_id is None
    filled.wait_until(lambda: window._sidebar._tree.currentIndex().data() == "Recently added")


def test_new_photos_join_a_saved_search_in_the_sidebar_and_on_its_page_by_themselves(filled, monkeypatch, tmp_path):
    window = filled.window
    monkeypatch.setattr(questions, "ask_name", lambda *_: "Green ones")
    filled.search("green")
    key(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    filled.wait_until(lambda: list(window._sidebar._saved_counts.values()) == [1])
    filled.wait_until(lambda: window._showing.view.saved_id is not None and _saved_rows(window) == ["Green ones"])
    key(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert "saved already" in window._sidebar._message.text
    drop(window, make_photo(tmp_path / "More" / "green.jpg", "green").parent)
    filled.wait_until(lambda: list(window._sidebar._saved_counts.values()) == [2])
    filled.wait_until(lambda: window._result.text.startswith("2 good matches"))
    window._saving._counting._rest.start(10_000_000)
    drop(window, make_photo(tmp_path / "Most" / "greener.jpg", "green").parent)
    filled.wait_until(lambda: window._result.text.startswith("3 good matches"))  # the others rest
    assert _saved_rows(window) == ["Green ones"]
    window = filled.restart()
    window.library.embedder.unload()
    filled.wait_until(lambda: list(window._sidebar._saved_counts.values()) == [3])


def test_a_saved_search_is_counted_once_the_model_is_there(filled, monkeypatch):
    window = filled.window
    monkeypatch.setattr(questions, "ask_name", lambda *_: "Green ones")
    filled.search("green")
    key(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    filled.wait_until(lambda: _saved_rows(window) == ["Green ones"])
    window.library.embedder.unload()
    window._saving.look()
    filled.wait_until(lambda: list(window._sidebar._saved_counts.values()) == [None])
    window._indexing.load_model()
    filled.wait_until(lambda: list(window._sidebar._saved_counts.values()) == [1])


def test_a_saved_search_waits_for_the_model_and_for_nothing_else(filled, monkeypatch):
    window = filled.window
    monkeypatch.setattr(questions, "ask_name", lambda *_: "Green ones")
    filled.search("green")
    window.library.embedder.unload()
    key(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    filled.wait_until(lambda: list(window._sidebar._saved_counts.values()) == [None])
    filled.wait_until(lambda: not window._saving._counting._is_running)
    window._saving._counting._rest.start(10_000_000)
    window._indexing.load_model()
    filled.wait_until(lambda: list(window._sidebar._saved_counts.values()) == [1])


def test_an_answer_on_screen_is_folded_when_the_first_groups_come_and_counted_alike(program, tmp_path, monkeypatch):
    monkeypatch.setattr(questions, "ask_name", lambda *_: "Green ones")
    first = make_photo(tmp_path / "a" / "0.jpg", "green")
    shutil.copy(first, tmp_path / "a" / "1.jpg")
    look, is_time = folding_in_ui.look_for_alikes, []
    monkeypatch.setattr(folding_in_ui, "look_for_alikes", lambda library: look(library) if is_time else 0)
    window = program.start()
    drop(window, tmp_path / "a")
    program.wait_until(lambda: len(window._model.ids) == 2)
    program.wait_for_index()
    program.search("green")
    key(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    program.wait_until(lambda: list(window._sidebar._saved_counts.values()) == [2])
    is_time.append(True)
    window._folding._looking.want(look, is_urgent=True)
    program.wait_until(lambda: len(window._model.ids) == 1)
    program.wait_until(lambda: list(window._sidebar._saved_counts.values()) == [1])
    window._result._folding.trigger()
    program.wait_until(lambda: list(window._sidebar._saved_counts.values()) == [2])
    assert "2 good matches" in window._result.text


def _saved_rows(window) -> list[str]:
    return [saved.name for saved in window._sidebar._saved]


def test_a_question_about_what_is_gone_says_so(filled):
    window = filled.window
    labels = window._empty.findChildren(QLabel)
    folder_gone = to_json(Question("green", Scope(folder_id=FolderId(99))))
    filled.library.catalog.save_search("Gone", folder_gone)
    filled.library.catalog.save_search("Gone too", to_json(Question(examples=(Example(PhotoId(99)),))))
    filled.wait_until(lambda: len(_saved_rows(window)) == 2)
    for number, (chip, title) in enumerate(
        (("in a folder that is gone", "no photos here"), ("like a photo that is gone", "asked by is gone"))
    ):
        window._saving.open(window._sidebar._saved[number])
        filled.wait_until(lambda title=title: any(title in label.text() for label in labels))
        assert window._columns.page is window._empty
        view = window._browsing.view
        told = searching.chips(view, window._showing_view._folder_names, window._glancing.name_of)
        assert [text for _, text in told] == [chip]


def test_a_saved_search_that_this_oriel_cannot_read_says_so_when_it_is_clicked(filled):
    filled.library.catalog.save_search("From the future", '"of Mars"')
    filled.wait_until(lambda: _saved_rows(filled.window) == ["From the future"])
    filled.window._sidebar.saved_chosen.emit(filled.window._sidebar._saved[0])
    assert "can't be read" in filled.window._sidebar._message.text


def test_sections_that_were_put_away_are_so_at_the_next_start(filled):
    filled.window._sidebar.put_sections_away(["tags"])
    assert filled.restart()._sidebar.put_away == {"tags"}


def test_a_picture_in_an_empty_library_has_nothing_to_be_compared_with(program, tmp_path):
    window = program.start()
    window._steering.search_with([make_photo(tmp_path / "asked.jpg", "red")])
    labels = window._empty.findChildren(QLabel)
    program.wait_until(lambda: any("nothing to compare" in label.text() for label in labels))
    assert window._columns.page is window._empty


def test_words_in_an_empty_library_lead_to_adding_photos(program):
    window = program.start()
    program.search("red tag:dog")
    labels = [label.text() for label in window._empty.findChildren(QLabel)]
    assert window._columns.page is window._empty
    assert any("no photo to find yet" in text for text in labels)


def test_a_picture_from_outside_is_kept_with_the_saved_search_that_asks_by_it(filled, tmp_path, monkeypatch):
    window = filled.window
    monkeypatch.setattr(questions, "ask_name", lambda *_: "Like this")
    asked = make_photo(tmp_path / "asked.jpg", "green")
    pasted = QImage(40, 30, QImage.Format.Format_RGB32)
    pasted.fill(QColor(30, 190, 40))
    for number, given in enumerate(([asked], pasted), 1):
        window._steering.search_with(given)
        filled.wait_until(lambda: window._showing.view is not None and bool(window._showing.view.examples))
        key(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        filled.wait_until(lambda count=number: len(_saved_rows(window)) == count)
        filled.wait_until(lambda: window._browsing.view.saved_id is not None)
        window._steering.go_home()
        filled.wait_until(lambda: not window._showing.view.is_question)
    asked.unlink()
    filled.restart()
    filled.wait_until(lambda: len(_saved_rows(filled.window)) == 2)
    for saved in filled.window._sidebar._saved:
        filled.window._saving.open(saved)
        filled.wait_until(lambda: filled.window._showing.view.is_question)
        filled.wait_until(lambda: filled.names()[:1] == ["1.jpg"])
        filled.window._steering.go_home()
        filled.wait_until(lambda: not filled.window._showing.view.is_question)


def test_a_saved_search_whose_file_is_gone_says_so_once_and_the_next_one_works(filled, tmp_path):
    window, told = filled.window, []
    by_file = Question(examples=(Example(Picture("asked.jpg", path=tmp_path / "gone.jpg")),))
    filled.library.catalog.save_search("Like this", to_json(by_file))
    filled.wait_until(lambda: _saved_rows(window) == ["Like this"])
    window._browsing.failed.connect(told.append)
    window._saving.open(window._sidebar._saved[0])
    filled.wait_until(lambda: len(told) > 0)
    filled.wait_until(lambda: window._browsing.view == View())
    filled.search("green")
    assert filled.names()[0] == "1.jpg"
    assert len(told) == 1


def test_a_picture_that_can_not_be_read_leaves_the_words_beside_it(filled, tmp_path):
    window, told = filled.window, []
    window._browsing.failed.connect(told.append)
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff but no picture")
    filled.search("green")
    window._steering.search_with([tmp_path / "broken.jpg", make_photo(tmp_path / "whole.jpg", "green")])
    filled.wait_until(lambda: len(window._showing.view.examples) == 1)
    assert [chip for chip, _ in _chips(filled)] == ["example 0"]
    assert window._showing.view.text == "green"
    assert len(told) == 1


def test_what_was_refused_is_said_until_the_next_search_and_trouble_with_work_beyond_it(filled, tmp_path):
    window, message = filled.window, filled.window._sidebar._message
    window._indexing.told.emit(DiskFull(path=tmp_path))
    window._fetching_pictures.told.emit(FetchFailed(trouble=FetchTrouble.NO_ADDRESS, address="x"))
    assert "no address" in message.text
    filled.search("green")
    assert "is full" in message.text


def test_while_the_pictures_of_a_question_are_looked_at_the_line_says_so(filled, tmp_path, monkeypatch):
    window, may_go_on = filled.window, threading.Semaphore(0)
    embed = filled.library.embedder.embed_images
    monkeypatch.setattr(filled.library.embedder, "embed_images", lambda given: may_go_on.acquire() and embed(given))
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff but no picture")
    given = [make_photo(tmp_path / f"{colour}.jpg", colour) for colour in ("green", "white")]
    window._steering.search_with([*given, tmp_path / "broken.jpg"])
    for number in (1, 2):
        filled.wait_until(lambda told=f"Looking at {number} of 3 pictures…": told in window._result.text)
        assert window._result.isVisible()
        may_go_on.release()
    filled.wait_until(lambda: "similar" in window._result.text)
    assert len(window._showing.view.examples) == 2


def test_the_photos_of_before_are_called_so_no_longer_when_the_picture_can_not_be_read(filled, tmp_path):
    window = filled.window
    filled.search("green")
    filled.wait_until(lambda: "match" in window._result.text)
    said = window._result.text
    window._showing.say_looking(Looking(1, 1))
    assert "Looking" in window._result.text
    window._browsing.failed.emit(UnreadableImage(path=tmp_path / "broken.jpg"))
    assert window._result.text == said


def test_a_question_of_unwanted_pictures_alone_is_no_likeness(filled):
    filled.window._steering.more_like([filled.id_of("0.jpg")], weight=-1.0)
    filled.wait_until(lambda: "unlike photo" in filled.window._result.text)


def test_where_words_are_looked_for_is_remembered_and_the_last_place_stays(filled):
    window = filled.window
    filled.search("red")
    ticks = window._result._sources
    for source in (Source.PICTURES, Source.CAPTIONS, Source.TEXT):
        ticks[source].trigger()
    assert window._browsing.sources == {Source.WORDS}
    assert not ticks[Source.WORDS].isEnabled()
    filled.wait_until(lambda: filled.names() == ["0.jpg"])  # described as "a red picture"
    assert "in 4 photos" in window._result.text
    filled.search("nowhere")
    filled.wait_until(lambda: filled.names() == [])
    assert not window._result.isHidden(), "or nothing could be switched on again"
    assert "Search in…" in window._empty._hint.text()
    again = filled.restart()
    assert again._browsing.sources == {Source.WORDS}
    assert [source for source, tick in again._result._sources.items() if tick.isChecked()] == [Source.WORDS]
    again._result._sources[Source.TEXT].trigger()
    assert again._result._sources[Source.WORDS].isEnabled()


def test_a_hits_tooltip_tells_which_words_stand_where(filled):
    window = filled.window
    filled.search("red picture")
    photo_id = filled.id_of("0.jpg")
    window._grid.tooltip_wanted.emit(photo_id)
    filled.wait_until(lambda: window._model.has_reasons(photo_id))
    told = window._model.index(window._model.row_of(photo_id)).data(Qt.ItemDataRole.ToolTipRole)
    assert "<b>Caption</b>: a <b>red</b> <b>picture</b>" in told
    assert "of the library" in told
    filled.search("green")
    assert not window._model.has_reasons(photo_id), "another question has other reasons"


def test_what_was_decided_just_before_the_window_closes_is_kept(filled):
    window, photo_id = filled.window, filled.id_of("0.jpg")
    window._grid.select_ids([photo_id])
    filled.wait_until(lambda: window._info.photo is not None)
    window._actions["edit_caption"].trigger()
    QTest.keyClicks(window._info._caption._edit, "Being written")
    window._deciding.rate([photo_id], 4)
    photo = filled.restart().library.catalog.photo(photo_id)
    assert (photo.rating, photo.caption) == (4, "Being written")


def test_a_hits_tooltip_tells_how_like_the_picture_it_is(filled):
    window = filled.window
    view = View(examples=(Example(filled.id_of("0.jpg")),))
    window._browsing.go(view)
    filled.wait_until(lambda: window._model.is_answer and window._browsing.view == view)
    photo_id = filled.id_of("1.jpg")
    filled.wait_until(lambda: window._model.row_of(photo_id) is not None)
    window._grid.tooltip_wanted.emit(photo_id)
    filled.wait_until(lambda: window._model.has_reasons(photo_id))
    told = window._model.index(window._model.row_of(photo_id)).data(Qt.ItemDataRole.ToolTipRole)
    assert "<b>Looks like</b> 0.jpg" in told


def test_filters_that_no_photo_fits_are_told_from_words_that_nothing_matches(filled):
    filled.search("rating:5")
    filled.wait_until(lambda: filled.window._columns.page is filled.window._empty)
    assert "filters" in filled.window._empty._title.text()


def test_a_filter_for_text_that_nobody_read_says_where_reading_is_switched_on(filled):
    empty = filled.window._empty
    filled.search("text:invoice")
    filled.wait_until(lambda: filled.window._columns.page is empty)
    assert "No text was read" in empty._title.text()
    assert "Read the text in pictures" in empty._hint.text()
    filled.search("caption:invoice")  # all photos are described
    filled.wait_until(lambda: "filters" in empty._title.text())
