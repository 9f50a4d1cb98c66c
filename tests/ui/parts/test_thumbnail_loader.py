"""Thumbnails are decoded newest wish first, kept within bounds, and read again when they change."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QColor, QImage

from app.ui.parts.thumbnail_loader import ThumbnailLoader, decode


def jpeg(colour="red", width=400, height=300) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "JPEG", 90)
    return bytes(buffer.data().data())


@pytest.fixture
def make(qtbot):
    made = []

    def loader(read, **options) -> ThumbnailLoader:
        made.append(ThumbnailLoader(read, **options))
        return made[-1]

    yield loader
    for each in made:
        each.close()


def is_red(image: QImage) -> bool:
    return image.pixelColor(3, 3).red() > 200


def test_a_wished_thumbnail_arrives_once(make, qtbot):
    loader = make(lambda photo_id: jpeg())
    assert loader.image(7) is None
    with qtbot.waitSignal(loader.thumbnail_ready) as arrived:
        loader.request([7])
    assert arrived.args == [7]
    assert is_red(loader.image(7))


def test_a_file_serves_as_well_as_bytes(make, qtbot, tmp_path):
    (tmp_path / "1.jpg").write_bytes(jpeg())
    loader = make(lambda photo_id: tmp_path / f"{photo_id}.jpg")
    loader.request([1, 2])
    qtbot.waitUntil(lambda: loader.image(1) is not None)
    assert loader.image(2) is None


def test_it_decodes_no_larger_than_wished_and_never_enlarges():
    assert min(decode(jpeg(), 100).size().toTuple()) == 100
    assert decode(jpeg(), 1000).size().toTuple() == (400, 300)
    assert decode(b"no picture", 100) is None


def test_a_larger_wish_replaces_a_smaller_thumbnail(make, qtbot):
    loader = make(lambda photo_id: jpeg())
    loader.request([1], edge_px=50)
    qtbot.waitUntil(lambda: loader.image(1) is not None)
    assert loader.image(1).height() == 50
    loader.request([1], by="panel", edge_px=200)
    qtbot.waitUntil(lambda: loader.image(1).height() == 200)


def test_what_scrolled_out_of_sight_is_dropped_and_the_newest_comes_first(make, qtbot):
    gate, read = threading.Event(), []

    def slow(photo_id):
        read.append(photo_id)
        gate.wait(5)
        return jpeg()

    loader = make(slow, threads=1)
    loader.request([1, 2, 3])
    qtbot.waitUntil(lambda: read == [1])
    loader.request([8, 9])
    loader.request([5], by="panel")
    gate.set()
    qtbot.waitUntil(lambda: loader.image(9) is not None)
    assert read == [1, 5, 8, 9]


def test_memory_stays_within_its_bounds(make, qtbot):
    loader = make(lambda photo_id: jpeg(), limit_bytes=5 * 400 * 300 * 4)
    arrived = []
    loader.thumbnail_ready.connect(arrived.append)
    loader.request(range(20))
    qtbot.waitUntil(lambda: len(arrived) == 20)
    qtbot.wait(30)
    assert sum(loader.image(photo_id) is not None for photo_id in range(20)) == 5
    assert len(arrived) == 20


def test_a_changed_thumbnail_is_read_again_and_the_old_one_stays_until_then(make, qtbot):
    stored = {1: jpeg("red")}
    loader = make(stored.get)
    loader.request([1])
    qtbot.waitUntil(lambda: loader.image(1) is not None)
    stored[1] = jpeg("blue")
    loader.forget([1])
    assert is_red(loader.image(1))
    qtbot.waitUntil(lambda: not is_red(loader.image(1)))


def test_a_change_while_it_is_decoded_is_not_lost(make, qtbot):
    gate, reads = threading.Event(), []

    def read(photo_id):
        reads.append(photo_id)
        content = jpeg("red") if len(reads) == 1 else jpeg("blue")
        gate.wait(5)
        return content

    loader = make(read, threads=1)
    loader.request([1])
    qtbot.waitUntil(lambda: reads == [1])
    loader.forget([1])
    gate.set()
    qtbot.waitUntil(lambda: loader.image(1) is not None)
    assert not is_red(loader.image(1))


def test_one_that_is_not_there_yet_comes_after_forget(make, qtbot):
    stored: dict[int, bytes] = {}
    loader = make(stored.get)
    with qtbot.waitSignal(loader.thumbnail_ready):
        loader.request([1])
    assert loader.image(1) is None
    stored[1] = jpeg()
    loader.forget([1])
    qtbot.waitUntil(lambda: loader.image(1) is not None)


def test_a_read_that_raises_costs_one_thumbnail(make, qtbot, caplog):
    def read(photo_id):
        if photo_id == 1:
            raise ValueError("surprise")
        return jpeg()

    loader = make(read, threads=1)
    loader.request([1, 2])
    qtbot.waitUntil(lambda: loader.image(2) is not None)
    assert loader.image(1) is None
    assert "surprise" in caplog.text


def test_closing_joins_the_threads_in_the_middle_of_work(make, qtbot):
    loader = make(lambda photo_id: jpeg())
    loader.request(range(200))
    loader.close()
    loader.close()
    qtbot.wait(20)


def test_another_library_starts_empty(make, qtbot):
    loader = make(lambda photo_id: jpeg())
    loader.request([1])
    qtbot.waitUntil(lambda: loader.image(1) is not None)
    loader.clear()
    assert loader.image(1) is None
