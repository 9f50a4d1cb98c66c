"""Which date and position a photo gets where several are told."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.core.types import DateSource, FileId, Metadata, PhotoFile, PhotoId, Role, Written
from app.files.dating import told
from app.files.reading import read_photo
from app.files.thumbnails import ThumbnailStore
from tests.making import make_photo

SPACES = (
    'xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    ' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'
)
EXIF = Metadata(taken_at=1000.25, date_source=DateSource.EXIF, utc_offset_min=120)
NOTHING = Metadata()


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two hours before UTC in summer, one in winter."""
    if not hasattr(time, "tzset"):
        pytest.skip("the time zone of a program can't be set here")
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class Beside:
    """A photo's file with what stands beside it."""

    def __init__(self, folder: Path, name: str = "a.jpg") -> None:
        self.folder = folder
        self.file = PhotoFile(PhotoId(1), FileId(1), folder / name, 1, 1)

    def add(self, name: str, data: bytes) -> Beside:
        path = self.folder / name
        path.write_bytes(data)
        self.file = replace(self.file, others=(*self.file.others, (path, Role.SIDECAR)))
        return self

    def xmp(self, properties: str) -> Beside:
        packet = (
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            f"<rdf:Description {SPACES} {properties}/></rdf:RDF></x:xmpmeta>"
        )
        return self.add("a.xmp", packet.encode())

    def takeout(self, moment: str, **more: object) -> Beside:
        stamp = str(int(seconds(moment)))
        return self.add("a.jpg.json", json.dumps({"photoTakenTime": {"timestamp": stamp}, **more}).encode())

    def date(self, own: Metadata = NOTHING, saved: str = "2020-01-01 10:00:00") -> tuple[str, DateSource | None]:
        """The date that is chosen, where the file's own time is ``saved`` in UTC."""
        found, _ = told(self.file, own, int(seconds(saved)) * 10**9)
        if found.taken_at is None:
            return "", found.date_source
        return datetime.fromtimestamp(found.taken_at, UTC).strftime("%Y-%m-%d %H:%M:%S"), found.date_source


@pytest.fixture
def beside(tmp_path: Path) -> Beside:
    return Beside(tmp_path)


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def own(text: str, source: DateSource, offset_min: int | None = None) -> Metadata:
    return Metadata(taken_at=seconds(text), date_source=source, utc_offset_min=offset_min)


def test_where_nothing_tells_a_date_there_is_none(beside: Beside) -> None:
    assert beside.date() == ("", None)


def test_a_date_that_was_corrected_in_a_sidecar_stands_before_the_files_own(beside: Beside) -> None:
    beside.xmp('exif:DateTimeOriginal="2019-07-12T18:03:12+02:00"')
    assert beside.date(EXIF) == ("2019-07-12 18:03:12", DateSource.XMP)
    assert told(beside.file, EXIF, 0)[0].utc_offset_min == 120


def test_where_the_sidecar_repeats_the_files_date_the_finer_one_stays(beside: Beside) -> None:
    beside.xmp('exif:DateTimeOriginal="1970-01-01T00:16:40"')
    assert told(beside.file, EXIF, 0)[0] == EXIF


def test_a_sidecars_date_of_creation_stands_in_only_where_the_file_has_none(beside: Beside) -> None:
    beside.xmp('xmp:CreateDate="2019-07-12T18:03:12"')
    assert beside.date(own("2001-01-01", DateSource.EXIF)) == ("2001-01-01 00:00:00", DateSource.EXIF)
    assert beside.date(own("2001-01-01", DateSource.SAVED)) == ("2019-07-12 18:03:12", DateSource.XMP)
    assert beside.date() == ("2019-07-12 18:03:12", DateSource.XMP)


def test_the_date_of_the_headers_stands_before_takeouts_and_the_names(tmp_path: Path) -> None:
    beside = Beside(tmp_path, "IMG_20180101_120000.jpg").takeout("2017-07-12 16:03:12")
    for source in (DateSource.EXIF, DateSource.XMP, DateSource.VIDEO):
        assert beside.date(own("2019-07-12 18:03:12", source)) == ("2019-07-12 18:03:12", source)


def test_takeouts_moment_is_shown_by_this_places_clock_and_stands_before_the_weaker_ones(tmp_path: Path) -> None:
    beside = Beside(tmp_path, "IMG_20180101_120000.jpg").takeout("2019-07-12 16:03:12")
    assert beside.date(own("2021-01-01", DateSource.SAVED)) == ("2019-07-12 18:03:12", DateSource.TAKEOUT)
    assert told(beside.file, NOTHING, 0)[0].utc_offset_min is None


def test_takeouts_moment_is_shown_by_the_clock_that_named_the_file(tmp_path: Path) -> None:
    beside = Beside(tmp_path, "Screenshot_20190712-223312.png").takeout("2019-07-12 17:03:11")
    assert beside.date() == ("2019-07-12 22:33:12", DateSource.TAKEOUT)


def test_a_videos_moment_without_an_offset_is_shown_by_the_clock_that_named_it(tmp_path: Path) -> None:
    beside = Beside(tmp_path, "VID_20190712_100312.mp4")
    assert beside.date(own("2019-07-12 18:03:15", DateSource.VIDEO)) == ("2019-07-12 10:03:12", DateSource.VIDEO)
    with_offset = own("2019-07-12 18:03:15", DateSource.VIDEO, 120)
    assert beside.date(with_offset) == ("2019-07-12 18:03:15", DateSource.VIDEO)
    other = own("2019-07-12 18:11:15", DateSource.VIDEO)
    assert beside.date(other) == ("2019-07-12 18:11:15", DateSource.VIDEO)


def test_a_moment_in_the_name_stands_before_the_date_of_saving(tmp_path: Path) -> None:
    beside = Beside(tmp_path, "20190712_180312.jpg")
    assert beside.date(own("2018-01-01", DateSource.SAVED)) == ("2019-07-12 18:03:12", DateSource.NAME)


def test_of_a_day_in_the_name_and_the_date_of_saving_the_earlier_one_counts(tmp_path: Path) -> None:
    beside = Beside(tmp_path, "IMG-20190712-WA0003.jpg")
    assert beside.date(own("2021-01-01", DateSource.SAVED)) == ("2019-07-12 12:00:03", DateSource.NAME)
    assert beside.date(own("2018-01-01 09:00", DateSource.SAVED)) == ("2018-01-01 09:00:00", DateSource.SAVED)
    assert beside.date(own("2019-07-12 18:03:12", DateSource.SAVED)) == ("2019-07-12 18:03:12", DateSource.SAVED)


def test_a_day_in_the_name_gets_the_files_time_where_that_lies_in_it(tmp_path: Path) -> None:
    beside = Beside(tmp_path, "2019-07-12 Anna.jpg")
    assert beside.date(saved="2019-07-12 21:59:59") == ("2019-07-12 23:59:59", DateSource.NAME)
    assert beside.date(saved="2019-07-12 22:00:00") == ("2019-07-12 12:00:00", DateSource.NAME)


def test_a_sidecars_position_stands_before_the_files_and_takeouts_after_it(beside: Beside) -> None:
    place = {"latitude": 38.5, "longitude": -9.5}
    here = Metadata(latitude=1.0, longitude=2.0)
    beside.takeout("2019-07-12 16:03:12", geoData=place)
    assert (told(beside.file, here, 0)[0].latitude, told(beside.file, here, 0)[0].longitude) == (1.0, 2.0)
    assert (told(beside.file, NOTHING, 0)[0].latitude, told(beside.file, NOTHING, 0)[0].longitude) == (38.5, -9.5)
    beside.xmp('exif:GPSLatitude="39,30N" exif:GPSLongitude="94,30W"')
    assert (told(beside.file, here, 0)[0].latitude, told(beside.file, here, 0)[0].longitude) == (39.5, -94.5)


def test_a_sidecar_that_can_not_be_read_counts_as_not_there(beside: Beside) -> None:
    beside.add("a.xmp", b"<x" * 10).add("b.json", b"{" * 5000)
    beside.file = replace(beside.file, others=((beside.folder / "gone.xmp", Role.SIDECAR), *beside.file.others))
    assert told(beside.file, EXIF, 0) == (EXIF, None)
    if hasattr(os, "mkfifo"):
        os.mkfifo(beside.folder / "pipe.json")
        beside.file = replace(beside.file, others=((beside.folder / "pipe.json", Role.SIDECAR),))
        assert told(beside.file, EXIF, 0) == (EXIF, None)


def test_other_roles_are_no_sidecars(beside: Beside) -> None:
    beside.takeout("2019-07-12 16:03:12")
    beside.file = replace(beside.file, others=tuple((path, Role.TWIN) for path, _ in beside.file.others))
    assert beside.date() == ("", None)


def test_reading_a_photo_takes_its_sidecars_in(tmp_path: Path) -> None:
    beside = Beside(tmp_path, "a.jpg").takeout("2019-07-12 16:03:12", description="Anna", favorited=True)
    make_photo(beside.file.path, taken="")
    read = read_photo(beside.file, ThumbnailStore(tmp_path / "thumbnails"))
    assert read.metadata.taken_at == seconds("2019-07-12 18:03:12")
    assert read.metadata.date_source is DateSource.TAKEOUT
    assert read.written == Written("Anna", is_favourite=True)


@pytest.mark.parametrize("names", [("a.cr2.json", "a.jpg.json"), ("a.jpg.json", "a.cr2.json")])
def test_of_several_sidecars_the_files_own_counts_in_whatever_order_they_came(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    beside = Beside(tmp_path)
    for name in names:
        beside.add(name, json.dumps({"description": name}).encode())
    assert told(beside.file, EXIF, 0)[1] == Written("a.jpg.json", False)
