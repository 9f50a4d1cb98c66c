"""Enter plays a video in the system's player; the quick preview shows its still and says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest

from app.core.types import Kind
from app.ui import theme
from app.ui.joiners import handling
from tests.files.video_samples import save_video
from tests.making import make_photo
from tests.ui.driving import Program


@pytest.fixture
def filled(qtbot, qapp, resources, tmp_path):
    theme.apply_theme(qapp, resources)
    make_photo(tmp_path / "Mixed" / "a.jpg", "red")
    save_video(tmp_path / "Mixed" / "b.mp4")
    program = Program(qtbot, tmp_path / "library")
    window = program.start([tmp_path / "Mixed"])
    program.wait_until(lambda: len(window._model.ids) == 2)
    program.wait_for_index()
    ids = window._model.ids.tolist()
    rows = window._model.photo_row
    program.wait_until(lambda: Kind.VIDEO in [row.kind for row in map(rows, ids) if row is not None])
    yield program
    program.close()


@pytest.fixture
def played(monkeypatch) -> list[Path]:
    paths: list[Path] = []

    def play(path: Path) -> bool:
        paths.append(path)
        return True

    monkeypatch.setattr(handling.outside, "open_with_default_program", play)
    return paths


def press(filled: Program, key: Qt.Key) -> None:
    QTest.keyClick(filled.window._grid, key)


def wait_for_answers(filled: Program) -> None:
    """What was asked until now has been answered: nothing is played any more."""
    answered: list[bool] = []
    filled.window._jobs.start(lambda _: True, on_done=answered.append)
    filled.wait_until(lambda: answered == [True])


def test_enter_plays_a_video_and_opens_a_photo(filled: Program, played: list[Path]):
    filled.select("b.mp4")
    press(filled, Qt.Key.Key_Return)
    filled.wait_until(lambda: [path.name for path in played] == ["b.mp4"])
    assert not filled.window._columns.is_viewing
    filled.select("a.jpg")
    press(filled, Qt.Key.Key_Return)
    assert filled.window._columns.is_viewing
    wait_for_answers(filled)
    assert len(played) == 1


def test_space_shows_a_videos_still(filled: Program, played: list[Path]):
    filled.select("b.mp4")
    press(filled, Qt.Key.Key_Space)
    assert filled.window._columns.is_viewing
    wait_for_answers(filled)
    assert played == []


def test_enter_in_the_quick_preview_plays_a_video_and_closes_on_a_photo(filled: Program, played: list[Path]):
    viewer = filled.window._viewer
    filled.select("b.mp4")
    press(filled, Qt.Key.Key_Space)
    assert "Enter plays it" in viewer.accessibleName()
    QTest.keyClick(viewer, Qt.Key.Key_Return)
    filled.wait_until(lambda: [path.name for path in played] == ["b.mp4"])
    assert filled.window._columns.is_viewing
    filled.select("a.jpg")
    press(filled, Qt.Key.Key_Space)
    assert "Enter plays it" not in viewer.accessibleName()
    QTest.keyClick(viewer, Qt.Key.Key_Return)
    assert not filled.window._columns.is_viewing
    wait_for_answers(filled)
    assert len(played) == 1


def test_a_double_click_in_the_quick_preview_plays_a_video(filled: Program, played: list[Path]):
    filled.select("b.mp4")
    press(filled, Qt.Key.Key_Space)
    QTest.mouseDClick(filled.window._viewer, Qt.MouseButton.LeftButton)
    filled.wait_until(lambda: [path.name for path in played] == ["b.mp4"])


def test_a_thumbnail_that_is_made_anew_takes_the_place_of_the_one_that_stands_in(filled: Program):
    photo_id = filled.id_of("a.jpg")
    viewer, thumbnails = filled.window._viewer, filled.window._thumbnails
    viewer.full_wanted.disconnect()  # the original takes its time

    def keep(colour: str) -> None:
        image = QImage(300, 200, QImage.Format.Format_RGB32)
        image.fill(QColor(colour))
        thumbnails._keep(photo_id, 384, image)
        thumbnails.thumbnail_ready.emit(photo_id)

    def shown() -> str:
        return viewer.grab().toImage().pixelColor(viewer.rect().center()).name()

    keep("blue")
    filled.window._viewing.open(photo_id)
    assert shown() == QColor("blue").name()
    keep("green")
    assert shown() == QColor("green").name()


def test_a_photo_on_a_drive_that_is_away_names_the_folder_and_keeps_its_thumbnail(filled: Program, tmp_path: Path):
    viewer, photo_id = filled.window._viewer, filled.id_of("a.jpg")
    filled.wait_until(lambda: filled.window._thumbnails.image(photo_id) is not None)
    (tmp_path / "Mixed").rename(tmp_path / "elsewhere")
    filled.window._viewing.open(photo_id)
    filled.wait_until(lambda: photo_id in viewer._messages)
    assert viewer._messages[photo_id] == f"{tmp_path / 'Mixed'} is not there now. The photo comes back with it."
    assert viewer._levels()
    (tmp_path / "elsewhere").rename(tmp_path / "Mixed")
    viewer.close_viewer()
    filled.window._viewing.open(photo_id)
    filled.wait_until(lambda: photo_id in viewer._full)


def test_a_photo_whose_file_alone_is_gone_is_called_gone(filled: Program, tmp_path: Path):
    viewer, photo_id = filled.window._viewer, filled.id_of("a.jpg")
    (tmp_path / "Mixed" / "a.jpg").unlink()
    filled.window._viewing.open(photo_id)
    filled.wait_until(lambda: photo_id in viewer._messages)
    assert "gone" in viewer._messages[photo_id]
