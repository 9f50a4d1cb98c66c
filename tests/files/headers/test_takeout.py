"""Google Takeout's JSON: what it says comes out, what is hostile in it does no harm."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.types import Written
from app.files.headers.takeout import LARGEST_BYTES, Takeout, read_takeout

WHOLE = {
    "title": "IMG_0042.jpg",
    "description": "Anna on the beach",
    "photoTakenTime": {"timestamp": "1562947392", "formatted": "12 Jul 2019, 16:03:12 UTC"},
    "creationTime": {"timestamp": "1600000000"},
    "geoData": {"latitude": 38.6979, "longitude": -9.4215, "altitude": 4.0},
    "geoDataExif": {"latitude": 1.0, "longitude": 2.0, "altitude": 0.0},
    "favorited": True,
}


def read(**changes: object) -> Takeout:
    return read_takeout(json.dumps({**WHOLE, **changes}).encode())


def test_all_that_it_says_comes_out() -> None:
    assert read() == Takeout(1562947392.0, 38.6979, -9.4215, Written("Anna on the beach", is_favourite=True))


def test_a_photo_of_which_nothing_was_written_has_nothing_written() -> None:
    assert read(description="", favorited=False).written is None
    assert read(description="  \n ", favorited=None).written is None
    assert read(description="", favorited=True).written == Written(None, is_favourite=True)


def test_what_the_camera_wrote_as_a_description_is_no_caption() -> None:
    assert read(description="OLYMPUS DIGITAL CAMERA         ", favorited=False).written is None


def test_a_caption_keeps_its_lines_and_loses_control_characters() -> None:
    written = read(description="one\ntwo\x00\x1b[2J").written
    assert written is not None
    assert written.caption == "one\ntwo  [2J"


def test_zero_is_no_position_and_the_cameras_stands_in() -> None:
    nowhere = {"latitude": 0.0, "longitude": 0.0}
    assert (read(geoData=nowhere).latitude, read(geoData=nowhere).longitude) == (1.0, 2.0)
    assert read(geoData=nowhere, geoDataExif=nowhere).latitude is None


@pytest.mark.parametrize("seconds", ["-86400", "1562947392", 1562947392])
def test_moments_before_1970_and_plain_numbers_are_moments(seconds: object) -> None:
    assert read(photoTakenTime={"timestamp": seconds}).taken_s == float(str(seconds))


@pytest.mark.parametrize(
    "told",
    [
        "0",
        0,
        "",
        "soon",
        "1e9",
        "9" * 400,
        10**400,
        1.5,
        True,
        None,
        [],
        {},
        "99999999999",
        "-99999999999",
        "١٥٦٢٩٤٧٣٩٢",
    ],
)
def test_nonsense_is_no_moment(told: object) -> None:
    assert read(photoTakenTime={"timestamp": told}).taken_s is None


@pytest.mark.parametrize("told", ["38.7", None, True, [], 10**400, 91.0, float("nan"), float("inf"), -1e308])
def test_nonsense_is_no_position(told: object) -> None:
    found = read(geoData={"latitude": told, "longitude": 5.0}, geoDataExif={"latitude": 5.0, "longitude": told})
    assert (found.latitude, found.longitude) in {(None, None), (5.0, 91.0)}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"12",
        b"\xff\xfe\x00",
        b"{" * 100_000,
        b"[" * 900_000,
        b'{"a":' * 150_000,
        b"[" + b"9" * 900_000 + b"]",
        b'{"photoTakenTime": "1562947392"}',
        b'{"photoTakenTime": [1], "geoData": 5, "description": {}, "favorited": "yes"}',
        b'{"title": "cut of',
        json.dumps(WHOLE).encode() + b" " * LARGEST_BYTES,
    ],
)
def test_what_is_damaged_hostile_or_huge_says_nothing(data: bytes) -> None:
    assert read_takeout(data) == Takeout()


@given(st.binary(max_size=200))
def test_no_bytes_break_it(data: bytes) -> None:
    read_takeout(data)


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(sorted(WHOLE)), inside, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*sorted(WHOLE), "timestamp", "latitude"]), _ANYTHING, max_size=6))
def test_no_json_breaks_it(told: dict[str, object]) -> None:
    found = read_takeout(json.dumps(told).encode())
    assert found.latitude is None or -90 <= found.latitude <= 90
