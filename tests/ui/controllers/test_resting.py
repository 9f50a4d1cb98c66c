"""Models leave the memory and come back without anybody waiting."""

import pytest

from app.ui import theme
from tests.making import make_photo
from tests.ui.driving import Program


@pytest.fixture
def program(qtbot, qapp, resources, tmp_path):
    theme.apply_theme(qapp, resources)
    for name, colour in (("red.jpg", "red"), ("blue.jpg", "blue")):
        make_photo(tmp_path / "photos" / name, colour)
    program = Program(qtbot, tmp_path / "library")
    program.start([tmp_path / "photos"])
    program.wait_for_index()
    yield program
    program.close()


def test_a_search_after_the_model_has_rested_brings_it_back_and_meaning_joins(program):
    embedder = program.window.library.embedder
    program.wait_until(lambda: embedder.is_loaded)
    program.window._resting.look()
    program.wait_until(lambda: not embedder.is_loaded)
    program.search("azure blue")
    program.wait_until(lambda: embedder.is_loaded)
    program.wait_until(lambda: program.names()[:1] == ["blue.jpg"])


def test_photos_that_come_after_the_model_has_rested_bring_it_back_beside_the_work(program, tmp_path):
    embedder = program.window.library.embedder
    program.wait_until(lambda: embedder.is_loaded)
    program.window._resting.look()
    program.wait_until(lambda: bool(program.window._indexing._rested))
    make_photo(tmp_path / "photos" / "green.jpg", "green")
    program.window._indexing.rescan()
    program.wait_until(lambda: embedder.is_loaded and not program.window._indexing._rested)
    program.wait_until(lambda: program.library.catalog.status("colours-1", "", None).embedded == 3)


def test_a_closed_window_looks_no_more(program):
    assert program.window._resting._timer.isActive()
    program.window.close_unasked()
    assert not program.window._resting._timer.isActive()
