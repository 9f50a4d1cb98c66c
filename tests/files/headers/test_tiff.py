"""Directories are read whatever they say, at a cost that the file's own size bounds."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest

from app.core.errors import UnreadableImage
from app.files.decoding import decode
from app.files.headers import raw_headers, tiff, xmp
from tests.files import raw_samples, samples
from tests.files.raw_samples import LONG, SHORT, Value, text

SHOT = {36867: text("2021:07:25 10:40:05")}
MAIN = {271: text("Oriel"), 272: text("Box")}


class Counting(io.BytesIO):
    """A stream that counts what is asked of it."""

    read_bytes = 0

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        self.read_bytes += len(found)
        return found


def claiming(tags: int, size: int) -> bytes:
    """A directory in which each of many tags claims the same bytes."""
    entries = b"".join(struct.pack("<HHII", 1000 + number, 7, size, 8) for number in range(tags))
    return b"II*\0" + struct.pack("<IH", 8, tags) + entries + bytes(4)


@pytest.mark.parametrize("size", [1 << 19, 60 << 20])
def test_ten_thousand_tags_that_claim_the_whole_file_cost_a_few_megabytes(size: int) -> None:
    stream = Counting(claiming(10_000, size).ljust(size + 100, b"\0"))
    tiff.exif_directories(stream)
    assert stream.read_bytes < 8 << 20


def test_a_directory_that_follows_itself_is_read_once() -> None:
    data = raw_samples.directory({256: Value(LONG, (7,)), 330: Value(LONG, (8,))}, 8, after=8)
    assert len(list(tiff.image_directories(io.BytesIO(b"II*\0" + struct.pack("<I", 8) + data)))) == 1


def test_directories_nested_without_end_are_left() -> None:
    data, at = b"II*\0" + struct.pack("<I", 8), 8
    for _ in range(1000):
        at += 18
        data += raw_samples.directory({330: Value(LONG, (at,))}, at - 18)
    assert len(list(tiff.image_directories(io.BytesIO(data)))) < 100


@pytest.mark.parametrize("start", [b"II*\0", b"MM\0*", b"IIRO", b"IIU\0"])
def test_a_raw_that_begins_nearly_as_a_tiff_gives_its_exif(start: bytes) -> None:
    found = raw_headers.exif_of_raw(io.BytesIO(raw_samples.tiff(MAIN, SHOT, start=start)))
    assert found.main[271] == b"Oriel\0"
    assert found.shot[36867] == b"2021:07:25 10:40:05\0"


def test_cr3_gives_the_exif_in_its_boxes() -> None:
    parts = {
        b"CMT1": raw_samples.tiff(MAIN),
        b"CMT2": raw_samples.tiff(SHOT),
        b"CMT4": raw_samples.tiff({1: text("S")}),
    }
    inside = bytes(16) + b"".join(struct.pack(">I4s", 8 + len(part), kind) + part for kind, part in parts.items())
    moov = struct.pack(">I4s", 8 + len(inside), b"uuid") + inside
    data = struct.pack(">I4s4sI", 16, b"ftyp", b"crx ", 1) + struct.pack(">I4s", 8 + len(moov), b"moov") + moov
    found = raw_headers.exif_of_raw(io.BytesIO(data))
    assert (found.main[272], found.shot[36867], found.place[1]) == (b"Box\0", b"2021:07:25 10:40:05\0", b"S\0")
    assert not raw_headers.is_cut_short(io.BytesIO(data), len(data))
    assert raw_headers.is_cut_short(io.BytesIO(data[:-5]), len(data) - 5)


def test_mrw_gives_the_exif_in_its_block() -> None:
    part = raw_samples.tiff(MAIN, SHOT, start=b"MM\0*")
    blocks = b"\0PRD" + struct.pack(">I", 4) + bytes(4) + b"\0TTW" + struct.pack(">I", len(part)) + part
    found = raw_headers.exif_of_raw(io.BytesIO(b"\0MRM" + struct.pack(">I", len(blocks)) + blocks))
    assert found.main[271] == b"Oriel\0"


def test_a_jpeg_with_sixty_megabytes_of_exif_opens_and_keeps_its_first(tmp_path: Path) -> None:
    first = b"Exif\0\0" + raw_samples.tiff({**MAIN, 274: Value(SHORT, (1,))}, SHOT)
    bomb = b"Exif\0\0" + claiming(5000, 50 << 20)[:65_000]
    segments = [first, *[bomb.ljust(65_000, b"\0")] * 900]
    data = samples.jpeg_bytes()
    made = b"".join(b"\xff\xe1" + struct.pack(">H", 2 + len(part)) + part for part in segments)
    (tmp_path / "a.jpg").write_bytes(data[:2] + made + data[2:])
    assert decode(tmp_path / "a.jpg", edge_px=64, max_edge_px=256).metadata.camera == "Oriel Box"


def test_a_tiff_whose_tags_claim_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(claiming(60_000, 30 << 20).ljust(32 << 20, b"\0"))
    with pytest.raises(UnreadableImage):
        decode(tmp_path / "a.tif", edge_px=64, max_edge_px=256)


def test_xmp_nested_without_end_gives_nothing() -> None:
    assert xmp.properties(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b"<a>" * 300_000) == {}
