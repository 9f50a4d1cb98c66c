"""RapidOCR as it is installed; without it, what is missing is said."""

from __future__ import annotations

import importlib.util
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from app.core.errors import TextReaderUnusable
from app.core.types import RgbImage
from app.vision import text_reader
from app.vision.text_reader import RapidTextReader, model_files, reading_order

IS_INSTALLED = all(importlib.util.find_spec(name) for name in ("rapidocr", "onnxruntime"))
needs_rapidocr = pytest.mark.skipif(not IS_INSTALLED, reason="the extra ocr is not installed")


def written(*lines: tuple[str, int], size: tuple[int, int] = (900, 400)) -> RgbImage:
    """Lines with their height in pixels, black on white, by the font that Pillow brings."""
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    top = 30
    for text, height_px in lines:
        draw.text((40, top), text, fill="black", font=ImageFont.load_default(height_px))
        top += height_px * 2
    return np.asarray(picture)


@pytest.fixture(scope="module")
def reader() -> RapidTextReader:
    return RapidTextReader(threads=2)


def pretend(monkeypatch: pytest.MonkeyPatch, **specs: object) -> None:
    monkeypatch.setattr(text_reader.importlib.util, "find_spec", lambda name: specs.get(name))


def test_what_is_not_installed_is_said_before_anything_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch)
    with pytest.raises(TextReaderUnusable) as told:
        _ = RapidTextReader().version
    assert told.value.fields["detail"] == "not_installed"


def test_the_program_that_people_install_says_that_it_is_not_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(TextReaderUnusable) as told:
        model_files()
    assert told.value.fields["detail"] == "not_in_this_program"


def test_a_package_without_its_models_downloads_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "any_det_small.onnx").touch()
    pretend(
        monkeypatch,
        rapidocr=SimpleNamespace(submodule_search_locations=[str(tmp_path)]),
        onnxruntime=SimpleNamespace(),
    )
    with pytest.raises(TextReaderUnusable) as told:
        RapidTextReader().read_texts([written(("Exit", 40))])
    assert told.value.fields["detail"] == "models_missing"


def box(left: float, top: float, width: float = 100, height: float = 20, turned: float = 0.0) -> np.ndarray:
    """Corners in pixels, the whole page turned about its origin by so many degrees."""
    corners = np.array([(left, top), (left + width, top), (left + width, top + height), (left, top + height)])
    angle = np.deg2rad(turned)
    return corners @ np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])


@pytest.mark.parametrize("turned", [0, 8, -8])
def test_a_row_is_read_from_left_to_right_also_where_the_page_lies_askew(turned: float) -> None:
    rows = [box(left, top, turned=turned) for top in (0, 40, 80) for left in (0, 500)]
    mixed = [3, 0, 5, 2, 4, 1]
    order = reading_order(np.array([rows[place] for place in mixed], np.float32))
    assert [mixed[place] for place in order] == [0, 1, 2, 3, 4, 5]


def test_lines_of_a_paragraph_are_rows_of_their_own_and_no_line_is_no_error() -> None:
    lines = np.array([box(0, top) for top in (50, 25, 0)], np.float32)
    assert reading_order(lines) == [2, 1, 0]
    assert reading_order(np.empty((0, 4, 2), np.float32)) == []


def test_lines_from_top_to_bottom_alone_have_an_order_too() -> None:
    upright = np.array([box(300, 0, 20, 200), box(0, 0, 20, 200)], np.float32)
    assert reading_order(upright) == [1, 0]


@needs_rapidocr
def test_damaged_models_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    damaged = {part: tmp_path / f"{part}.onnx" for part in model_files()}
    for path in damaged.values():
        path.write_bytes(b"no model")
    monkeypatch.setattr(text_reader, "model_files", lambda: damaged)
    with pytest.raises(TextReaderUnusable) as told:
        RapidTextReader().has_text(written(("Exit", 40)))
    assert told.value.fields["detail"] == "models_damaged"


@needs_rapidocr
def test_lines_are_read_from_top_to_bottom_with_their_places(
    reader: RapidTextReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket.socket, "connect", _refuse)  # nothing may be fetched
    image = written(("Departure 12:40", 48), ("Berlin Hauptbahnhof", 28))
    assert reader.has_text(image)
    (lines,) = reader.read_texts([image])
    assert [line.text.replace(" ", "") for line in lines] == ["Departure12:40", "BerlinHauptbahnhof"]
    first = lines[0]
    assert first.confidence > 0.8
    left, top = first.corners[0]
    right, bottom = first.corners[2]
    assert (left * 900, top * 400) == pytest.approx((40, 36), abs=14)
    assert 300 < right * 900 < 500
    assert 60 < bottom * 400 < 110


def _refuse(*_: object) -> None:
    raise AssertionError("the network was asked")


@needs_rapidocr
def test_where_nothing_is_written_nothing_is_read(reader: RapidTextReader) -> None:
    plain = np.full((300, 400, 3), 120, np.uint8)
    assert not reader.has_text(plain)
    assert reader.read_texts([plain]) == [[]]


@needs_rapidocr
@pytest.mark.parametrize("size", [(1, 1), (3000, 3), (5, 2000), (2000, 14)])
def test_pictures_of_odd_shapes_are_no_error(reader: RapidTextReader, size: tuple[int, int]) -> None:
    image = np.full((size[1], size[0], 3), 255, np.uint8)
    assert reader.read_texts([image]) == [[]]
    assert not reader.has_text(image)


@needs_rapidocr
def test_unloaded_it_loads_again(reader: RapidTextReader) -> None:
    image = written(("Departure", 60))
    reader.unload()
    assert [line.text for line in reader.read_texts([image])[0]] == ["Departure"]


@needs_rapidocr
def test_its_opencv_brings_no_second_qt() -> None:
    package = importlib.util.find_spec("cv2")
    assert package is not None
    (folder,) = package.submodule_search_locations or ()
    assert not (Path(folder) / "qt").exists()
