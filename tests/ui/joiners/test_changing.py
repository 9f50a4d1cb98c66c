"""A change of the model that searches, in the window: prepared beside the present one, which answers all the time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton

from app.core.errors import DiskFull, ModelUnusable
from app.core.types import Stage
from app.library.models.changing import prepare_missing
from app.library.models.spaces import spaces
from app.settings import Settings
from app.ui import theme
from app.ui.controllers import noticing
from app.ui.panes.notice_bar import NoticeBar
from app.ui.panes.status_card import CardState
from tests.fakes import COLOURS, ColourEmbedder
from tests.making import make_photo
from tests.ui.driving import Program


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number, colour in enumerate(COLOURS):
        make_photo(tmp_path / "Holiday" / f"{number}.jpg", colour, taken=f"2023:06:0{number + 1} 12:00:00")
    return tmp_path / "Holiday"


@pytest.fixture(autouse=True)
def dressed(qapp, resources, monkeypatch):
    monkeypatch.setattr(noticing, "_POLL_MS", 50)
    monkeypatch.setattr(noticing, "_SHORTEST_PAUSE_S", 0.05)
    theme.apply_theme(qapp, resources)


@pytest.fixture
def program(qtbot, tmp_path, photos, starter):
    """A window whose library is indexed; ``starter`` stands for any other model: its folder passes every check."""
    program = Program(qtbot, tmp_path / "library")
    program.models[str(starter)] = ColourEmbedder("colours-2")
    program.start([photos])
    program.wait_until(lambda: len(program.window._model.ids) == len(COLOURS))
    program.wait_for_index()
    yield program
    program.close()


def embedded(program: Program, space: str) -> int:
    return program.window.library.catalog.status(space, "", None).embedded


def test_another_model_takes_over_once_all_photos_have_its_vectors(program, starter):
    states = []
    program.window._changing.changed.connect(states.append)
    program.window._changing.use(starter)
    program.wait_until(lambda: program.settings.embedder_folder == str(starter))
    assert program.settings.next_embedder_folder is None
    assert any(state.is_preparing and state.folder == starter for state in states)
    assert not states[-1].is_preparing
    assert program.window.library.embedder.space == "colours-2"
    assert (embedded(program, "colours-1"), embedded(program, "colours-2")) == (len(COLOURS), len(COLOURS))
    program.wait_for_index()
    program.search("red")
    program.wait_until(lambda: program.names()[0] == "0.jpg")


def test_the_present_model_answers_while_another_is_prepared(program, starter):
    program.window._indexing.set_paused(True)
    program.window._changing.use(starter)
    program.wait_until(lambda: program.settings.next_embedder_folder == str(starter))
    assert program.window._changing.state.is_preparing
    assert program.window.library.embedder.space == "colours-1"
    program.search("green")
    program.wait_until(lambda: program.names()[0] == "1.jpg")
    program.window._changing.cancel()
    assert not program.window._changing.state.is_preparing
    assert program.settings == Settings(theme="light", window=program.settings.window)


def test_a_model_whose_vectors_are_complete_is_used_at_once_though_work_is_paused(program, starter):
    program.window._changing.use(starter)
    program.wait_until(lambda: program.settings.embedder_folder == str(starter))
    program.wait_for_index()
    program.window._indexing.set_paused(True)
    seen = program.models[""].images_seen
    program.window._changing.use(None)
    program.wait_until(lambda: program.window.library.embedder.space == "colours-1")
    assert program.settings.embedder_folder is None
    assert program.models[""].images_seen == seen


def test_a_library_without_vectors_changes_at_once(qtbot, tmp_path, starter):
    program = Program(qtbot, tmp_path / "empty")
    program.models[str(starter)] = ColourEmbedder("colours-2")
    program.start()
    program.window._changing.use(starter)
    program.wait_until(lambda: program.window.library.embedder.space == "colours-2")
    assert program.settings.next_embedder_folder is None
    program.close()


def test_a_folder_without_a_model_changes_nothing_and_says_why(program, tmp_path):
    told = []
    program.window._changing.told.connect(told.append)
    program.window._changing.use(tmp_path / "nothing")
    program.wait_until(lambda: bool(told))
    assert program.settings.next_embedder_folder is None
    assert not program.window._changing.state.is_preparing
    assert program.window._indexing.states[Stage.EMBED].trouble is None


def notice(program: Program) -> NoticeBar:
    return program.window._notice


def of_pictures(program: Program) -> set[str]:
    return {space.name for space in spaces(program.window.library) if not space.is_of_captions}


def press(program: Program, name: str) -> None:
    next(each for each in notice(program).findChildren(QPushButton) if each.text() == name).click()


def changed(program: Program, folder: Path) -> None:
    program.window._changing.use(folder)
    program.wait_until(lambda: program.window.library.embedder.space == program.models[str(folder)].space)
    program.wait_for_index()


def test_after_the_change_the_old_vectors_are_kept_or_deleted_as_the_person_says(program, starter):
    changed(program, starter)
    program.wait_until(lambda: not notice(program).isHidden())
    assert "colours-1" in notice(program).text or "colours" in notice(program).text
    press(program, "Delete them")
    program.wait_until(lambda: "freed" in program.window._sidebar._message.text)
    assert notice(program).isHidden()
    assert [space.is_in_use for space in spaces(program.window.library)] == [True, True]
    assert of_pictures(program) == {"colours-2"}
    program.search("red")
    program.wait_until(lambda: program.names()[0] == "0.jpg")


def test_the_question_about_the_old_vectors_is_asked_again_until_it_is_answered(program, starter):
    changed(program, starter)
    program.wait_until(lambda: not notice(program).isHidden())
    program.restart()
    program.wait_until(lambda: not notice(program).isHidden())
    press(program, "Keep them")
    program.wait_until(lambda: program.window.library.catalog.setting("former_space") == "")
    program.restart()
    program.wait_for_index()
    assert notice(program).isHidden()
    assert of_pictures(program) == {"colours-1", "colours-2"}


def test_a_cancelled_change_asks_nothing_and_goes_on_from_there_when_it_is_wanted_again(program, starter):
    program.window._indexing.set_paused(True)
    program.window._changing.use(starter)
    program.wait_until(lambda: program.window._changing.state.is_preparing)
    library = program.window.library
    first = next(iter(prepare_missing(library)))
    facts = prepare_missing(library)
    assert [next(facts), next(facts)][0] == first
    facts.close()
    made = library.successor.embeddings.count()
    assert 0 < made < len(COLOURS)
    program.window._changing.cancel()
    assert notice(program).isHidden()
    seen = program.models[str(starter)].images_seen
    program.window._changing.use(starter)
    program.window._indexing.set_paused(False)
    program.wait_until(lambda: program.settings.embedder_folder == str(starter))
    assert program.models[str(starter)].images_seen == seen + len(COLOURS) - made


def test_a_model_that_vanishes_half_way_ends_the_change_with_a_message(program, starter):
    program.window._indexing.set_paused(True)
    program.window._changing.use(starter)
    program.wait_until(lambda: program.window._changing.state.is_preparing)
    program.models[str(starter)].trouble = ModelUnusable(path=starter, detail="folder_missing")
    program.window._indexing.set_paused(False)
    program.wait_until(lambda: not program.window._changing.state.is_preparing)
    assert program.settings.next_embedder_folder is None
    assert str(starter) in program.window._sidebar._message.text
    assert "goes on with the model" in program.window._sidebar._message.text
    program.search("red")
    program.wait_until(lambda: program.names()[0] == "0.jpg")


def test_a_model_that_is_gone_at_the_next_start_ends_the_change(program, starter):
    program.window._indexing.set_paused(True)
    program.window._changing.use(starter)
    program.wait_until(lambda: program.window._changing.state.is_preparing)
    program.close()
    program.settings = replace(program.settings, next_embedder_folder="/gone")
    program.start()
    assert program.window.library.embedder.space == "colours-1"
    program.wait_until(lambda: program.settings.next_embedder_folder is None)
    assert not program.window._changing.state.is_preparing
    program.wait_for_index()


def test_a_full_disk_stops_the_change_and_trying_again_goes_on(program, starter, monkeypatch):
    model = program.models[str(starter)]
    model.trouble = DiskFull(path=Path("/disk"))
    program.window._changing.use(starter)
    program.wait_until(lambda: isinstance(program.window._indexing.states[Stage.PREPARE].trouble, DiskFull))
    assert program.window._changing.state.is_preparing
    assert program.window.library.embedder.space == "colours-1"
    assert "full" in program.window._sidebar._message.text
    model.trouble = None
    program.window._indexing.retry_failed()
    program.wait_until(lambda: program.settings.embedder_folder == str(starter))


def test_photos_added_while_a_model_is_prepared_get_vectors_of_both(program, starter, tmp_path, photos):
    program.window._indexing.set_paused(True)
    program.window._changing.use(starter)
    program.wait_until(lambda: program.window._changing.state.is_preparing)
    make_photo(photos / "late.jpg", "blue", taken="2024:01:01 12:00:00")
    (photos / "0.jpg").unlink()
    program.window._indexing.rescan()
    program.window._indexing.set_paused(False)
    program.wait_until(lambda: program.settings.embedder_folder == str(starter))
    program.wait_for_index()
    program.wait_until(lambda: embedded(program, "colours-2") == len(COLOURS) + 1)
    assert embedded(program, "colours-1") == len(COLOURS) + 1


def test_the_card_and_the_details_name_the_model_that_is_prepared_and_cancel_it(program, starter):
    program.window._indexing.set_paused(True)
    program.window._changing.use(starter)
    program.wait_until(lambda: program.window._changing.state.is_preparing)
    assert program.window._changing.state.name == "Oriel starter"
    card = program.window._card
    card.show_state(CardState("Preparing a model with a rather long name", "1 of 6", 0.2))
    QApplication.processEvents()
    assert card._title.text().endswith("…")
    assert "rather long name" in card._title.toolTip()
    program.window._working.show_details()
    dialog = program.window._working._dialog
    stay = dialog.findChild(QPushButton, "stay")
    program.wait_until(stay.isVisible)
    assert "goes on answering" in dialog._lines[Stage.PREPARE][0].text()
    stay.click()
    assert not program.window._changing.state.is_preparing
    program.wait_until(lambda: not stay.isVisible())
    dialog.close()


def test_what_a_terminal_chose_is_heeded_by_an_open_window(program, starter):
    program.elsewhere = {"next_embedder_folder": str(starter)}
    program.window._heeding.look()
    program.wait_until(lambda: program.settings.embedder_folder == str(starter))
    program.elsewhere = {"embedder_folder": None, "next_embedder_folder": None}
    program.window._heeding.look()
    program.wait_until(lambda: program.window.library.embedder.space == "colours-1")
    assert program.settings.embedder_folder is None


def test_who_has_given_the_change_up_in_a_terminal_is_heeded_at_the_switch(program, starter, monkeypatch):
    monkeypatch.setattr("app.ui.joiners.changing.make_ready", lambda library: ready.pop())
    ready = [False, False]
    program.window._heeding.stop()
    program.window._changing.use(starter)
    program.wait_until(lambda: not ready)
    program.elsewhere = {"next_embedder_folder": None}
    ready.append(True)
    program.window._changing._try_to_switch()
    program.wait_until(lambda: program.window.library.successor is None)
    assert program.settings.embedder_folder is None
    assert program.window.library.embedder.space == "colours-1"
    assert program.window.library.catalog.setting("former_space") in (None, "")


def test_a_library_that_can_not_be_opened_anew_goes_on_as_it_is(program, starter, monkeypatch):
    told, before = [], program.window.library

    def refuse():
        raise DiskFull(path=program.window.library.root)

    with monkeypatch.context() as full:
        full.setattr(program.window, "_reopen", lambda settings: refuse)
        full.setattr(program.window, "_tell", told.append)
        program.window._choosing.change_models(None, str(starter))
    assert [type(error) for error in told] == [DiskFull]
    assert program.window.library is before
    program.search("blue")
    program.wait_until(lambda: "2.jpg" in program.names())
