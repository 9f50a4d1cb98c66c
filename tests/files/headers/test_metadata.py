"""Dates, places and cameras come out as written; nonsense comes out as nothing."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL.TiffImagePlugin import IFDRational

from app.core.types import DateSource, Metadata
from app.files.decoding import decode
from app.files.headers import xmp
from app.files.headers.metadata import headers_of, read_metadata
from tests.files import samples
from tests.files.samples import shared_photo

DATE, OFFSET, SUBSECOND, LENS = 36867, 36881, 37521, 42036


def read(path: Path) -> Metadata:
    return decode(path, edge_px=16, max_edge_px=64).metadata


def of_exif(folder: Path, **tags: object) -> Metadata:
    return read(samples.save(samples.corners(), folder / "a.jpg", exif=samples.exif(**tags)))


def of_xmp(folder: Path, inside: str) -> Metadata:
    spaces = " ".join(f'xmlns:{name}="{space}"' for space, name in xmp._NAMES.items())
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f"<rdf:Description {spaces} {inside}</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    return read(samples.save(samples.corners(), folder / "a.jpg", xmp=packet.encode()))


def seconds(*moment: int) -> float:
    return datetime(*moment, tzinfo=UTC).timestamp()  # type: ignore[misc]


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tif", "a.avif"])
def test_each_format_gives_its_exif(tmp_path: Path, name: str) -> None:
    exif = samples.exif(main={271: "Canon", 272: "Canon EOS R5"}, shot={DATE: "2021:07:25 10:40:05", 33437: 2.8})
    found = read(samples.save(samples.corners(), tmp_path / name, exif=exif))
    assert found.taken_at == seconds(2021, 7, 25, 10, 40, 5)
    assert found.camera == "Canon EOS R5"
    assert found.f_number == pytest.approx(2.8)


def test_the_date_is_wall_clock_time_with_its_offset_beside_it(tmp_path: Path) -> None:
    found = of_exif(tmp_path, shot={DATE: "2024:07:19 23:14:31", OFFSET: "-07:30", SUBSECOND: "138"})
    assert found.taken_at == pytest.approx(seconds(2024, 7, 19, 23, 14, 31) + 0.138)
    assert found.utc_offset_min == -450
    assert found.date_source is DateSource.EXIF


@pytest.mark.parametrize(
    "text",
    ["0000:00:00 00:00:00", "    :  :     :  :  ", "", "yesterday", "2020:13:40 10:00:00", "0001:01:01 00:00:00"],
)
def test_a_clock_that_was_never_set_gives_no_date(tmp_path: Path, text: str) -> None:
    found = of_exif(tmp_path, shot={DATE: text})
    assert found.taken_at is None
    assert found.date_source is None


def test_a_nonsense_time_leaves_the_day(tmp_path: Path) -> None:
    assert of_exif(tmp_path, shot={DATE: "2020:02:05 25:61:99"}).taken_at == seconds(2020, 2, 5)
    assert of_exif(tmp_path, shot={DATE: "2020-02-05"}).taken_at == seconds(2020, 2, 5)


def test_dates_before_1970_are_dates(tmp_path: Path) -> None:
    assert of_exif(tmp_path, shot={DATE: "1931:05:01 12:00:00"}).taken_at == seconds(1931, 5, 1, 12)


def test_exif_comes_before_xmp_and_xmp_before_the_date_of_saving(tmp_path: Path) -> None:
    found = of_xmp(tmp_path, 'photoshop:DateCreated="1994-01-02T15:52:32+02:00">')
    assert (found.taken_at, found.utc_offset_min) == (seconds(1994, 1, 2, 15, 52, 32), 120)
    assert found.date_source is DateSource.XMP
    saved = of_exif(tmp_path, main={306: "2001:01:01 00:00:00"})
    assert (saved.taken_at, saved.date_source) == (seconds(2001, 1, 1), DateSource.SAVED)


def test_xmp_is_read_from_attributes_and_elements(tmp_path: Path) -> None:
    inside = "><exif:DateTimeOriginal>2001-02-03T04:05:06Z</exif:DateTimeOriginal>"
    found = of_xmp(
        tmp_path, inside + "<exif:GPSLatitude>39,3.5S</exif:GPSLatitude><exif:GPSLongitude>94,30,0W</exif:GPSLongitude>"
    )
    assert (found.taken_at, found.utc_offset_min) == (seconds(2001, 2, 3, 4, 5, 6), 0)
    assert found.latitude == pytest.approx(-39 - 3.5 / 60)
    assert found.longitude == pytest.approx(-94.5)


def test_positions_have_their_signs(tmp_path: Path) -> None:
    found = of_exif(tmp_path, place={1: "S", 2: (0.0, 22.0, 16.68), 3: "E", 4: (36.0, 3.0, 23.1)})
    assert found.latitude == pytest.approx(-0.3713)
    assert found.longitude == pytest.approx(36.0564166667)


@pytest.mark.parametrize(
    "place",
    [
        {2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)},
        {2: (91.0, 0.0, 0.0), 4: (10.0, 0.0, 0.0)},
        {2: (10.0, 0.0, 0.0)},
        {2: (IFDRational(1, 0), 0.0, 0.0), 4: (10.0, 0.0, 0.0)},
    ],
)
def test_a_position_that_can_not_be_is_none(tmp_path: Path, place: dict[int, object]) -> None:
    found = of_exif(tmp_path, place=place)
    assert (found.latitude, found.longitude) == (None, None)


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon PowerShot G6", "Canon PowerShot G6"),
        ("NIKON CORPORATION", "NIKON D90", "NIKON D90"),
        ("NIKON", "E995", "NIKON E995"),
        ("PENTAX Corporation ", "PENTAX *ist DL", "PENTAX *ist DL"),
        ("OLYMPUS OPTICAL CO.,LTD", "C3000Z", "OLYMPUS C3000Z"),
        ("EASTMAN KODAK COMPANY", "KODAK CX7530 ZOOM", "KODAK CX7530 ZOOM"),
        ("SEIKO EPSON CORP.", "PhotoPC 3100Z", "EPSON PhotoPC 3100Z"),
        ("Hewlett-Packard", "hp photosmart 735", "hp photosmart 735"),
        ("Hewlett-Packard Company", "PhotoSmart C200", "HP PhotoSmart C200"),
        ("Apple", "iPhone 13 Pro", "Apple iPhone 13 Pro"),
        ("", "D30CC", "D30CC"),
        ("TEKOM\0junk", "", "TEKOM"),
        ("\0\0", "  ", None),
    ],
)
def test_the_camera_is_named_once(tmp_path: Path, make: str, model: str, camera: str | None) -> None:
    assert of_exif(tmp_path, main={271: make, 272: model}).camera == camera


def test_exposure_comes_from_its_own_tags_or_from_apex_values(tmp_path: Path) -> None:
    plain = of_exif(tmp_path, shot={33434: 0.01, 33437: 2.8, 34855: 400, 37386: 50.0, LENS: "FE 50mm F1.8"})
    assert (plain.exposure_s, plain.f_number, plain.iso, plain.focal_mm) == pytest.approx((0.01, 2.8, 400, 50.0))
    assert plain.lens == "FE 50mm F1.8"
    apex = of_exif(tmp_path, shot={37377: 5.0, 37378: 3.0, 34855: 65535, 34866: 102_400})
    assert (apex.exposure_s, apex.f_number, apex.iso) == (1 / 32, 2.8, 102_400)


def test_zeros_and_divisions_by_zero_are_nothing(tmp_path: Path) -> None:
    found = of_exif(
        tmp_path, shot={33434: IFDRational(0, 0), 33437: IFDRational(1, 0), 34855: 0, 37386: 0.0, LENS: "----"}
    )
    assert found == Metadata()


@pytest.mark.filterwarnings("ignore:Corrupt EXIF:UserWarning")
@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_garbage_never_raises(garbage: bytes) -> None:
    image = samples.corners(8, 8)
    for head in (b"", b"Exif\0\0II*\0\x08\0\0\0", b"Exif\0\0MM\0*\0\0\0\x08"):
        image.info = {"exif": head + garbage, "xmp": b"<x:xmpmeta " + garbage}
        image._exif = None
        assert isinstance(read_metadata(headers_of(image)), Metadata)


def test_entities_in_xmp_are_not_expanded() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "boom">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{"&" + chr(97 + n) + ";" * 1}">' for n in range(1, 9)
    )
    packet = f'{bomb}]><r:Description xmlns:r="{xmp._RDF}" xmlns:t="http://ns.adobe.com/tiff/1.0/" t:Make="&b;"/>'
    assert xmp.properties(packet.encode()) == {}


def test_of_a_huge_xmp_only_the_beginning_is_read() -> None:
    start = f'<r:Description xmlns:r="{xmp._RDF}" xmlns:t="http://ns.adobe.com/tiff/1.0/" t:Make="A"><t:Model>'
    found = xmp.properties(start.encode() + b"x" * 50_000_000)
    assert found == {"tiff:Make": "A"}


def test_a_huge_exif_block_is_passed_over() -> None:
    image = samples.corners(8, 8)
    image.info = {"exif": os.urandom(9 << 20)}
    assert read_metadata(headers_of(image)) == Metadata()


def test_a_real_heic_gives_date_place_and_camera() -> None:
    found = read(shared_photo("gps/IMG_5195.HEIC"))
    assert found.taken_at == pytest.approx(seconds(2021, 4, 11, 15, 47, 53) + 0.054)
    assert found.utc_offset_min == -300
    assert (found.latitude, found.longitude) == pytest.approx((39.0513444444, -94.2887722222))
    assert found.camera == "Apple iPhone 11 Pro Max"
    assert found.lens == "iPhone 11 Pro Max back triple camera 4.25mm f/1.8"
