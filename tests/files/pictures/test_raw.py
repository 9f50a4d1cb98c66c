"""Raws show the camera's preview where it is large enough, else what the sensor saw; upright, in the right colours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.core.errors import UnreadableImage
from app.core.types import Reason
from app.files.decoding import Decoded, decode, decode_full
from tests.files import samples
from tests.files.raw_samples import SHORT, Value, dng
from tests.files.samples import BLUE, GREEN, RED, WHITE, corner_colours, is_near, shared_photo

ALL = [RED, GREEN, BLUE, WHITE]
ORIENTATION = 274


def written(folder: Path, data: bytes, name: str = "a.dng") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def thumbnail(path: Path) -> Decoded:
    return decode(path, edge_px=64, max_edge_px=256)


def reason(path: Path) -> Reason:
    with pytest.raises(UnreadableImage) as caught:
        thumbnail(path)
    return caught.value.fields["reason"]


def grey(width: int, height: int) -> bytes:
    return samples.jpeg_bytes(Image.new("RGB", (width, height), (128, 128, 128)))


def is_grey(image: np.ndarray) -> bool:
    return is_near(corner_colours(image), [(128, 128, 128)] * 4, 3)


def test_a_raw_without_preview_is_developed(tmp_path: Path) -> None:
    found = thumbnail(written(tmp_path, dng()))
    assert (found.width_px, found.height_px, found.format) == (120, 80, "RAW")
    assert is_near(corner_colours(found.image), ALL, 2)
    assert decode_full(tmp_path / "a.dng").shape == (80, 120, 3)


def test_a_large_preview_is_shown_and_a_small_one_is_not(tmp_path: Path) -> None:
    picture = samples.corners(1500, 1200)
    assert is_grey(thumbnail(written(tmp_path, dng(picture, preview=grey(1000, 800)))).image)
    assert not is_grey(thumbnail(written(tmp_path, dng(picture, preview=grey(900, 720)))).image)


def test_a_preview_as_large_as_a_small_sensor_is_shown(tmp_path: Path) -> None:
    assert is_grey(thumbnail(written(tmp_path, dng(preview=grey(120, 80)))).image)


def test_the_whole_size_comes_from_the_sensor_where_the_preview_is_smaller(tmp_path: Path) -> None:
    path = written(tmp_path, dng(samples.corners(1500, 1200), preview=grey(1000, 800)))
    assert is_grey(decode_full(path, 1000))
    assert decode_full(path).shape == (1200, 1500, 3)
    assert is_near(corner_colours(decode_full(path)), ALL, 2)


def test_a_damaged_preview_gives_way_to_the_sensor(tmp_path: Path) -> None:
    data = dng(samples.corners(1200, 900), preview=grey(1200, 900))
    at = data.index(b"\xff\xc0") + 4  # bits per sample
    path = written(tmp_path, data[:at] + b"\x63" + data[at + 1 :])
    assert is_near(corner_colours(thumbnail(path).image), ALL, 2)


@pytest.mark.parametrize("has_preview", [True, False])
@pytest.mark.parametrize("number", range(1, 9))
def test_every_orientation_comes_out_upright(tmp_path: Path, number: int, has_preview: bool) -> None:
    undone = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    picture = samples.corners(1200, 900)
    if number in undone:
        picture = picture.transpose(Image.Transpose(undone[number]))
    preview = samples.jpeg_bytes(picture) if has_preview else None
    path = written(tmp_path, dng(picture, preview=preview, main={ORIENTATION: Value(SHORT, (number,))}))
    found = thumbnail(path)
    assert (found.width_px, found.height_px) == (1200, 900)
    assert is_near(corner_colours(found.image), ALL, 3)


def test_a_preview_that_the_camera_turned_is_not_turned_again(tmp_path: Path) -> None:
    lying, standing = samples.corners(900, 1200).transpose(Image.Transpose.ROTATE_90), samples.corners(900, 1200)
    data = dng(lying, preview=samples.jpeg_bytes(standing), main={ORIENTATION: Value(SHORT, (6,))})
    found = thumbnail(written(tmp_path, data))
    assert (found.width_px, found.height_px) == (900, 1200)
    assert is_near(corner_colours(found.image), ALL, 3)


def test_a_raw_is_told_by_its_content_under_another_name(tmp_path: Path) -> None:
    found = thumbnail(written(tmp_path, dng(), "a.tif"))
    assert found.format == "RAW"
    assert is_near(corner_colours(found.image), ALL, 2)


def test_what_only_bears_a_raws_name_is_shown_as_what_it_is(tmp_path: Path) -> None:
    samples.save(samples.corners(), tmp_path / "a.jpg").rename(tmp_path / "a.dng")
    samples.save(samples.corners(), tmp_path / "a.tif").rename(tmp_path / "a.nef")
    assert thumbnail(tmp_path / "a.dng").format == "JPEG"
    assert is_near(corner_colours(thumbnail(tmp_path / "a.nef").image), ALL)


def test_a_preview_alone_does_not_stand_in_for_a_raw_that_can_not_be_read(tmp_path: Path) -> None:
    samples.save(samples.corners(), tmp_path / "a.tif", tiffinfo={254: 1}).rename(tmp_path / "a.nef")
    assert reason(tmp_path / "a.nef") is Reason.UNREADABLE


def test_what_is_no_raw_says_so(tmp_path: Path) -> None:
    assert reason(written(tmp_path, b"hello" * 100, "a.cr2")) is Reason.NOT_AN_IMAGE


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_raw_that_is_cut_off_says_so(tmp_path: Path, share: float) -> None:
    data = dng(samples.corners(1200, 900), preview=grey(1200, 900))
    assert reason(written(tmp_path, data[: int(len(data) * share)])) is Reason.TRUNCATED


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (65_000, 65_000)])
def test_a_raw_that_promises_more_than_memory_holds_is_refused(tmp_path: Path, width: int, height: int) -> None:
    data = dng()
    for tag, now, then in ((256, 120, width), (257, 80, height)):
        entry = b"".join((tag.to_bytes(2, "little"), (4).to_bytes(2, "little"), (1).to_bytes(4, "little")))
        at = data.index(entry + now.to_bytes(4, "little")) + 8
        data = data[:at] + then.to_bytes(4, "little") + data[at + 4 :]
    assert reason(written(tmp_path, data)) in (Reason.TOO_LARGE, Reason.CORRUPT)


@pytest.mark.parametrize(
    ("name", "size", "camera"),
    [
        ("formats/colorchart.dng", (1734, 1156), "Canon EOS Kiss X4"),
        ("cameras/Canon/PowerShot G2/CRW_0304.CRW", (2272, 1704), "Canon PowerShot G2"),
        ("cameras/Canon/PowerShot S40/CRW_0101.CRW", (2272, 1704), "Canon PowerShot S40"),
        ("cameras/Kodak/DC50/DC50IMG/DC0008L.KDC", (768, 512), "Kodak Digital Science DC50 Zoom Camera"),
        ("cameras/Kodak/DC120/DC120IMG/P003908.KDC", (1301, 976), "Kodak DC120 ZOOM Digital Camera"),
    ],
)
def test_cameras_own_raws_come_out_whole(name: str, size: tuple[int, int], camera: str) -> None:
    found = decode(shared_photo(name), edge_px=384, max_edge_px=1536)
    assert (found.width_px, found.height_px) == size
    assert min(found.image.shape[:2]) == 384
    assert found.metadata.camera == camera
