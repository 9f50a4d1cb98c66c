"""A change of the model that searches, in the window: prepared beside the present one, which answers all the time."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.types import Stage
from app.settings import Settings
from app.ui import noticing, theme
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
