"""Fingerprints follow the picture, not the headers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.core.errors import UnreadableImage
from app.files import opening
from app.files.hashing import content_hash, mean_colour, perceptual_hash
from tests.files import samples


def test_words_written_into_a_jpeg_leave_its_hash_the_same(tmp_path: Path) -> None:
    plain = samples.jpeg_bytes()
    comment = b"\xff\xfe\x00\x07hello"
    block = b"\xff\xe1\x00\x0cExif\0\0\xff\xd9\xff\xda"
    versions = [plain, plain[:2] + block + comment + plain[2:], plain + b"a video behind the picture"]
    hashes = set()
    for number, data in enumerate(versions):
        (tmp_path / f"{number}.jpg").write_bytes(data)
        hashes.add(content_hash(tmp_path / f"{number}.jpg"))
    assert len(hashes) == 1
    assert len(hashes.pop()) == 16


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_exif_and_xmp_leave_the_hash_the_same_and_pixels_do_not(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    plain = content_hash(samples.save(samples.corners(), path))
    exif = samples.exif(main={270: "a title"})
    assert content_hash(samples.save(samples.corners(), path, exif=exif, xmp=b"<x/>")) == plain
    assert content_hash(samples.save(samples.corners(122), path)) != plain


def test_what_follows_a_progressive_scan_counts(tmp_path: Path) -> None:
    data = samples.jpeg_bytes(progressive=True)
    (tmp_path / "a.jpg").write_bytes(data)
    before = content_hash(tmp_path / "a.jpg")
    (tmp_path / "a.jpg").write_bytes(data[:-10] + bytes([data[-10] ^ 1]) + data[-9:])
    assert content_hash(tmp_path / "a.jpg") != before


@pytest.mark.parametrize("name", ["a.tif", "a.gif", "a.bmp", "a.avif"])
def test_other_formats_are_hashed_whole(tmp_path: Path, name: str) -> None:
    path = samples.save(samples.corners(), tmp_path / name)
    before = content_hash(path)
    path.write_bytes(path.read_bytes() + b"!")
    assert content_hash(path) != before


def test_a_file_too_large_for_memory_is_hashed_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = samples.save(samples.corners(), tmp_path / "a.bmp")
    whole = content_hash(path)
    monkeypatch.setattr(opening, "IN_MEMORY_BYTES", 100)
    assert content_hash(path) == whole


@pytest.mark.parametrize(
    "data", [b"\xff\xd8\xff", b"\xff\xd8\xff\xe1", b"\x89PNG\r\n\x1a\n\xff", b"RIFF\0\0\0\0WEBPVP8 "]
)
def test_stumps_have_a_hash_too(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a").write_bytes(data)
    assert len(content_hash(tmp_path / "a")) == 16


def test_a_file_that_is_not_there_has_none(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage):
        content_hash(tmp_path / "gone.jpg")


def test_pictures_that_look_alike_have_near_hashes() -> None:
    chance = np.random.default_rng(3)
    photo = np.asarray(Image.fromarray(chance.integers(0, 255, (9, 12, 3), np.uint8)).resize((480, 360)))
    other = np.asarray(Image.fromarray(chance.integers(0, 255, (9, 12, 3), np.uint8)).resize((480, 360)))
    smaller = np.asarray(Image.fromarray(photo).resize((240, 180)))
    first, again, far = (perceptual_hash(image) for image in (photo, smaller, other))
    assert ((first ^ again) & ((1 << 64) - 1)).bit_count() <= 4
    assert ((first ^ far) & ((1 << 64) - 1)).bit_count() >= 12
    assert -(1 << 63) <= first < 1 << 63


def test_the_mean_colour_is_that_of_all_pixels() -> None:
    image = np.zeros((10, 10, 3), np.uint8)
    image[:5] = (200, 100, 50)
    assert mean_colour(image) == 0x643219
