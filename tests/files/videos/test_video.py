"""Videos give a still, their length and what their containers say; a hostile one costs itself alone."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from importlib.metadata import files as files_of
from pathlib import Path

import numpy as np
import pytest

from app.core.clock import wall_clock
from app.core.errors import UnreadableImage
from app.core.types import DateSource, Kind, Reason
from app.files.decoding import Decoded, decode, decode_full
from app.files.hashing import content_hash
from app.files.kind.kinds import kind_of as kind_of_decoded
from app.files.videos import moments, motion, video
from app.files.walk.formats import is_member, kind_of
from tests.files.samples import BLUE, GREEN, RED, WHITE, corner_colours, is_near, jpeg_bytes
from tests.files.video_samples import (
    SECONDS_1904,
    box,
    created,
    described,
    edit,
    put,
    save_exact,
    save_video,
    textured,
    told,
    turned,
)

UPRIGHT = [RED, GREEN, BLUE, WHITE]
BLACK = np.zeros((120, 160, 3), np.uint8)


def read(path: Path) -> Decoded:
    return decode(path, edge_px=384, max_edge_px=1536)


def reason_of(path: Path) -> Reason:
    with pytest.raises(UnreadableImage) as refused:
        read(path)
    return Reason(str(refused.value.fields["reason"]))


@pytest.mark.parametrize("suffix", ["mov", "mp4", "m4v", "3gp", "avi", "mkv", "wmv", "flv", "mpg", "ts"])
def test_every_container_gives_its_still_size_and_length(tmp_path: Path, suffix: str) -> None:
    rate = 25 if suffix in ("mpg", "ts") else 10
    decoded = read(save_video(tmp_path / f"a.{suffix}", rate=rate))
    assert (decoded.format, decoded.width_px, decoded.height_px) == ("VIDEO", 160, 120)
    assert decoded.duration_s == pytest.approx(30 / rate, rel=0.25)
    assert is_near(corner_colours(decoded.image), UPRIGHT)
    assert kind_of_decoded(decoded, tmp_path / f"a.{suffix}") is Kind.VIDEO


def test_a_videos_content_decides_and_not_its_name(tmp_path: Path) -> None:
    video = save_video(tmp_path / "a.mp4")
    assert read(video.rename(tmp_path / "a.jpg")).format == "VIDEO"


def test_videos_are_members_but_not_those_that_nothing_here_decodes() -> None:
    assert all(is_member(f"a.{suffix}") for suffix in ("MOV", "mp4", "m4v", "3gp", "AVI", "mkv", "webm", "mts"))
    assert [kind_of("a.rm"), is_member("a.rm"), is_member(b"a.ogv")] == ["video", False, False]


@pytest.mark.parametrize(
    ("matrix", "seen"),
    [
        ((1, 0, 0, 1), [RED, GREEN, BLUE, WHITE]),
        ((0, 1, -1, 0), [BLUE, RED, WHITE, GREEN]),  # a quarter turn clockwise
        ((-1, 0, 0, -1), [WHITE, BLUE, GREEN, RED]),
        ((0, -1, 1, 0), [GREEN, WHITE, RED, BLUE]),
        ((-1, 0, 0, 1), [GREEN, RED, WHITE, BLUE]),  # mirrored
    ],
)
def test_a_video_is_shown_upright(tmp_path: Path, matrix: tuple[int, int, int, int], seen: list[object]) -> None:
    decoded = read(turned(save_video(tmp_path / "a.mov"), *matrix))
    assert (decoded.width_px, decoded.height_px) == ((160, 120) if matrix[0] else (120, 160))
    assert decoded.image.shape[:2] == (decoded.height_px, decoded.width_px)
    assert is_near(corner_colours(decoded.image), seen)  # type: ignore[arg-type]


def test_oblong_pixels_are_made_square(tmp_path: Path) -> None:
    video = save_video(tmp_path / "a.mp4")
    size = read(described(video, b"pasp", struct.pack(">II", 4, 3))).image.shape
    assert size == (120, 213, 3)


def test_a_thumbnail_is_no_larger_than_wanted(tmp_path: Path) -> None:
    video = save_video(tmp_path / "a.mp4")
    assert decode(video, edge_px=60, max_edge_px=1536).image.shape == (60, 80, 3)
    assert decode_full(video).shape == (120, 160, 3)
    assert decode_full(video, 40).shape == (30, 40, 3)


# A good moment


@pytest.mark.parametrize("suffix", ["mp4", "avi"])
def test_a_video_that_begins_black_shows_what_comes_after(tmp_path: Path, suffix: str) -> None:
    video = save_video(tmp_path / f"a.{suffix}", [BLACK] * 20 + [textured()] * 20)
    assert is_near(corner_colours(read(video).image), UPRIGHT)


def test_where_all_keyframes_are_black_the_frames_after_the_first_are_looked_at(tmp_path: Path) -> None:
    video = save_video(tmp_path / "a.mp4", [BLACK] * 8 + [textured()] * 24)
    only_first = struct.pack(">4xII", 1, 1)
    edit(video, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stss", change=lambda _: only_first)
    assert is_near(corner_colours(read(video).image), UPRIGHT)


def test_a_video_that_is_black_throughout_is_a_photo_too(tmp_path: Path) -> None:
    assert read(save_video(tmp_path / "a.mp4", [BLACK] * 20)).image.max() < 20


def test_a_video_of_one_picture_is_shown(tmp_path: Path) -> None:
    assert is_near(corner_colours(read(save_video(tmp_path / "a.mp4", [textured()])).image), UPRIGHT)


# Colour

_LUMA = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}


def _ycc(matrix: int) -> np.ndarray:
    red, blue = _LUMA[matrix]
    luma = np.array([red, 1 - red - blue, blue])
    return np.array([luma, (np.array([0, 0, 1]) - luma) / (2 - 2 * blue), (np.array([1, 0, 0]) - luma) / (2 - 2 * red)])


def _lab(colour: np.ndarray) -> np.ndarray:
    linear = np.where(colour <= 10.3, colour / 255 / 12.92, ((colour / 255 + 0.055) / 1.055) ** 2.4)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    f = np.cbrt(np.maximum(xyz / np.array([0.9505, 1.0, 1.089]), 0.008856))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("matrix", [1, 6, 9])
@pytest.mark.parametrize("colour", [(150, 90, 70), (70, 120, 80), (60, 80, 140), (128, 128, 128)])
def test_a_patch_comes_out_within_two_delta_e_whatever_the_matrix(
    tmp_path: Path, matrix: int, colour: tuple[int, int, int]
) -> None:
    luma, blue, red = _ycc(matrix) @ np.array(colour) / 255
    coded = round(16 + 219 * luma), round(128 + 224 * blue), round(128 + 224 * red)
    video = save_exact(tmp_path / "a.mov", coded, matrix=matrix)
    seen = read(video).image[32:96, 32:96].reshape(-1, 3).mean(axis=0)
    assert np.linalg.norm(_lab(seen) - _lab(np.array(colour))) < 2


def test_full_range_is_not_taken_for_limited(tmp_path: Path) -> None:
    frame = np.full((128, 128, 3), (150, 90, 70), np.uint8)
    seen = read(save_video(tmp_path / "a.avi", [frame] * 3, codec="MJPG")).image.reshape(-1, 3).mean(axis=0)
    assert np.linalg.norm(_lab(seen) - _lab(np.array((150, 90, 70)))) < 2


@pytest.mark.parametrize(("transfer", "white"), [(18, 0.75), (16, 0.58)])
def test_high_dynamic_range_is_neither_washed_out_nor_burnt(
    tmp_path: Path, transfer: int, white: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """White of ordinary pictures, at 203 nits, is 75 % of HLG's signal and 58 % of PQ's (ITU-R BT.2408)."""
    # One film, and its first frame: swscale prepares its tone mapping for seconds a film, and most of one a frame.
    monkeypatch.setattr(moments, "GOOD", 0.0)
    signals = (0.0, white * 0.55, white)
    bands = [(round(16 + 219 * signal), 128, 128) for signal in signals]
    image = read(save_exact(tmp_path / "a.mov", *bands, matrix=9, transfer=transfer)).image
    black, grey, bright = (band[10:-10].mean() for band in np.array_split(image, 3))
    assert black < 3
    assert 60 < grey < 150
    assert 235 < bright < 256


# What containers say


def test_the_date_with_its_offset_comes_before_the_containers_own(tmp_path: Path) -> None:
    video = told(save_video(tmp_path / "a.mov"), creationdate="2019-07-12T12:11:10+0200")
    found = read(created(video, SECONDS_1904 + 1_000_000_000)).metadata
    assert (found.taken_at, found.utc_offset_min) == (1_562_933_470.0, 120)
    assert found.date_source is DateSource.VIDEO


def test_the_containers_date_is_a_moment_shown_by_this_machines_clock(tmp_path: Path) -> None:
    found = read(created(save_video(tmp_path / "a.mp4"), SECONDS_1904 + 1_562_926_270)).metadata
    assert (found.taken_at, found.date_source) == (wall_clock(1_562_926_270), DateSource.VIDEO)


@pytest.mark.parametrize("seconds", [0, 1, SECONDS_1904, SECONDS_1904 + 86_400, 0xFFFFFFFF])
def test_a_clock_that_was_never_set_is_no_date(tmp_path: Path, seconds: int) -> None:
    found = read(created(save_video(tmp_path / "a.mp4"), seconds)).metadata
    assert (found.taken_at, found.date_source) == (None, None)


def test_place_and_camera_are_read_from_apples_names(tmp_path: Path) -> None:
    texts = {"location__ISO6709": "+52.5200+013.4050+034.000/", "make": "Apple", "model": "iPhone 14 Pro"}
    found = read(told(save_video(tmp_path / "a.mov"), **texts)).metadata
    assert (found.latitude, found.longitude) == (52.52, 13.405)
    assert found.camera == "Apple iPhone 14 Pro"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("-33.8600+151.2100/", (-33.86, 151.21)),
        ("+5231.2000-01324.3000/", (52.52, -13.405)),
        ("+523112.00+0132418.00/", (52.52, 13.405)),
        ("+00.0000+000.0000/", (None, None)),
        ("+91.0000+000.5000/", (None, None)),
        ("Berlin", (None, None)),
    ],
)
def test_androids_place_is_read_in_all_its_forms(tmp_path: Path, text: str, place: tuple[float | None, ...]) -> None:
    data = struct.pack(">HH", len(text), 0x15C7) + text.encode()
    video = edit(save_video(tmp_path / "a.mp4"), b"moov", b"udta", b"\xa9xyz", change=lambda _: data)
    found = read(video).metadata
    assert (found.latitude, found.longitude) == pytest.approx(place)


def test_an_avi_tells_the_cameras_clock(tmp_path: Path) -> None:
    video = save_video(tmp_path / "a.avi")
    data = bytearray(video.read_bytes())
    at = data.index(b"JUNK") if b"JUNK" in data[:60_000] else None
    if at is None:
        pytest.skip("this encoder leaves no room")
    stamp = b"IDIT" + struct.pack("<I", 26) + b"Mon Mar 10 15:04:43 2003\n\0"
    data[at + 8 : at + 8 + len(stamp)] = stamp
    video.write_bytes(data)
    assert read(video).metadata.taken_at == 1_047_308_683.0


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not here")
def test_exiftool_reads_the_same(tmp_path: Path) -> None:
    video = told(save_video(tmp_path / "a.mov"), location__ISO6709="+52.5200+013.4050/", make="Apple", model="X")
    turned(created(video, SECONDS_1904 + 1_562_926_270), 0, 1, -1, 0)
    answer = subprocess.run(["exiftool", "-j", "-n", video], capture_output=True, check=True)
    wanted = json.loads(answer.stdout)[0]
    found = read(video)
    assert found.duration_s == pytest.approx(wanted["Duration"], abs=0.01)
    assert wanted["CreateDate"] == "2019:07:12 10:11:10"
    assert found.metadata.taken_at == wall_clock(1_562_926_270)
    assert (found.metadata.latitude, found.metadata.longitude) == (wanted["GPSLatitude"], wanted["GPSLongitude"])
    assert wanted["Rotation"] == 90
    assert (found.width_px, found.height_px) == (wanted["ImageHeight"], wanted["ImageWidth"])


# Identity


def test_a_place_written_into_a_video_leaves_its_hash(tmp_path: Path) -> None:
    video = save_video(tmp_path / "a.mov")
    before = content_hash(video)
    assert content_hash(told(video, location__ISO6709="+52.5200+013.4050/")) == before
    assert content_hash(save_video(tmp_path / "b.mov", [textured()] * 29)) != before


def test_a_large_video_is_known_by_three_places(tmp_path: Path) -> None:
    data = bytearray(box(b"ftyp", b"isom\0\0\0\0") + box(b"mdat", bytes(12 << 20)))
    hashes = set()
    for place in (None, 1000, 6 << 20, (12 << 20) - 10):
        changed = bytearray(data)
        if place is not None:
            changed[place] = 1
        (tmp_path / "a.mp4").write_bytes(changed)
        hashes.add(content_hash(tmp_path / "a.mp4"))
    assert len(hashes) == 4


def test_a_video_of_thirty_gigabytes_is_read_as_quickly_as_a_small_one(tmp_path: Path) -> None:
    video = save_video(tmp_path / "a.mp4")
    size_bytes = video.stat().st_size + (30 << 30)
    with video.open("ab") as file:
        file.write(struct.pack(">I4sQ", 1, b"free", 30 << 30))
        file.truncate(size_bytes)
    if video.stat().st_blocks * 512 > 1 << 30:
        pytest.skip("this disk keeps no holes")
    assert is_near(corner_colours(read(video).image), UPRIGHT)


# Hostile files


@pytest.mark.parametrize("suffix", ["mov", "mp4", "avi", "mkv"])
def test_a_playlist_opens_no_other_file(tmp_path: Path, suffix: str) -> None:
    save_video(tmp_path / "secret.mp4")
    for text in ("#EXTM3U\n#EXTINF:1,\nsecret.mp4\n", "ffconcat version 1.0\nfile secret.mp4\n"):
        path = tmp_path / f"a.{suffix}"
        path.write_text(text)
        assert reason_of(path) is Reason.NOT_AN_IMAGE


def test_a_playlist_behind_a_videos_first_bytes_opens_no_other_file(tmp_path: Path) -> None:
    save_video(tmp_path / "secret.mp4")
    path = tmp_path / "a.mkv"
    path.write_bytes(b"\x1aE\xdf\xa3\n#EXTM3U\n#EXTINF:1,\nsecret.mp4\n")
    assert reason_of(path) in (Reason.CORRUPT, Reason.TRUNCATED)


def test_a_reference_to_another_file_is_not_followed(tmp_path: Path) -> None:
    secret = save_video(tmp_path / "secret.mov")
    video = tmp_path / "a.mov"
    link = struct.pack(">4xI", 1) + box(b"url ", b"\0\0\0\0secret.mov\0")
    path = b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"
    video.write_bytes(box(b"ftyp", b"qt  \0\0\0\0") + box(b"mdat", bytes(64)))
    whole = secret.read_bytes()
    video.write_bytes(video.read_bytes() + whole[whole.rindex(b"moov") - 4 :])
    edit(video, *path, change=lambda _: link)
    assert reason_of(video) in (Reason.TRUNCATED, Reason.CORRUPT)


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_a_cut_off_video_is_told_as_such(tmp_path: Path, suffix: str) -> None:
    data = save_video(tmp_path / f"a.{suffix}").read_bytes()
    for length in (100, len(data) // 2, len(data) - 100):
        path = tmp_path / f"cut.{suffix}"
        path.write_bytes(data[:length])
        assert reason_of(path) is Reason.TRUNCATED


def test_a_beginning_of_an_avi_without_pictures_is_cut_off(tmp_path: Path) -> None:
    data = save_video(tmp_path / "a.avi").read_bytes()
    (tmp_path / "cut.avi").write_bytes(data[:600])
    assert reason_of(tmp_path / "cut.avi") is Reason.TRUNCATED


def test_sound_alone_is_no_picture(tmp_path: Path) -> None:
    video = save_video(tmp_path / "a.mp4")
    edit(video, b"moov", b"trak", b"mdia", b"hdlr", change=put(8, ">4s", b"soun"))  # type: ignore[arg-type]
    assert reason_of(video) is Reason.NOT_AN_IMAGE


def test_a_video_that_promises_too_many_pixels_is_refused(tmp_path: Path) -> None:
    video = save_video(tmp_path / "a.mp4")
    path = b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"mp4v"
    edit(video, *path, change=put(24, ">HH", 65_535, 65_535))
    assert reason_of(video) is Reason.TOO_LARGE


def test_an_absurd_length_is_no_length(tmp_path: Path) -> None:
    video = edit(save_video(tmp_path / "a.mp4"), b"moov", b"mvhd", change=put(12, ">II", 1, 0x7FFFFFFF))
    assert read(video).duration_s is None


def test_ten_thousand_pictures_a_second_are_a_video_like_any_other(tmp_path: Path) -> None:
    assert is_near(corner_colours(read(save_video(tmp_path / "a.mp4", rate=10_000)).image), UPRIGHT)


@pytest.mark.parametrize("kind", [b"stsz", b"stco", b"stsc", b"stss", b"stsd"])
def test_tables_that_lie_cost_the_file_alone(tmp_path: Path, kind: bytes) -> None:
    path = b"moov", b"trak", b"mdia", b"minf", b"stbl", kind
    for change in (put(4, ">I", 0xFFFFFFFF), lambda data: data[:10], lambda data: b"\xff" * len(data)):
        video = edit(save_video(tmp_path / "a.mp4"), *path, change=change)
        try:
            assert read(video).format == "VIDEO"
        except UnreadableImage as refused:
            allowed = (Reason.CORRUPT, Reason.TRUNCATED, Reason.TOO_LARGE)
            assert refused.fields["reason"] in allowed


@pytest.mark.parametrize("suffix", ["mp4", "avi", "mkv"])
def test_flipped_bytes_never_raise_anything_else(tmp_path: Path, suffix: str) -> None:
    data = save_video(tmp_path / f"a.{suffix}").read_bytes()
    random = np.random.default_rng(7)
    for _ in range(25):
        flipped = np.frombuffer(data, np.uint8).copy()
        flipped[random.integers(12, len(data), 30)] = random.integers(0, 256, 30)
        path = tmp_path / f"b.{suffix}"
        path.write_bytes(flipped.tobytes())
        try:
            read(path)
        except UnreadableImage:
            continue


def test_an_empty_table_of_contents_is_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", b"") + box(b"mdat", b""))
    assert reason_of(path) in (Reason.CORRUPT, Reason.NOT_AN_IMAGE)


# Motion photos


def motion_photo(path: Path, marks: bytes, video: bytes, *, before: bytes = b"") -> Path:
    picture = jpeg_bytes()
    packet = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + marks + b"</x:xmpmeta>"
    block = b"\xff\xe1" + struct.pack(">H", len(packet) + 2) + packet
    path.write_bytes(picture[:2] + block + picture[2:] + before + video)
    return path


def test_a_motion_photo_has_its_video_at_its_end(tmp_path: Path) -> None:
    video = save_video(tmp_path / "v.mp4").read_bytes()
    length = str(len(video)).encode()
    marks = (
        b'GCamera:MotionPhoto="1" <Container:Item Item:Semantic="MotionPhoto" Item:Length="' + length + b'"/>',
        b'GCamera:MicroVideo="1" GCamera:MicroVideoOffset="' + length + b'"',
    )
    for mark in marks:
        photo = motion_photo(tmp_path / "a.jpg", mark, video)
        assert read(photo).has_motion
        start, found = motion.span_in(photo.read_bytes()) or (0, 0)
        assert photo.read_bytes()[start : start + found] == video


def test_samsungs_motion_photo_is_known_by_its_mark(tmp_path: Path) -> None:
    video = save_video(tmp_path / "v.mp4").read_bytes()
    assert read(motion_photo(tmp_path / "a.jpg", b"", video, before=b"MotionPhoto_Data")).has_motion


def test_a_mark_without_a_video_is_no_motion(tmp_path: Path) -> None:
    for mark in (b'GCamera:MotionPhoto="1" Item:Length="999999"', b'GCamera:MicroVideoOffset="12"', b"MotionPhoto"):
        photo = motion_photo(tmp_path / "a.jpg", mark, b"")
        assert not read(photo).has_motion
        assert motion.span_in(photo.read_bytes()) is None


# The library itself


def test_opencv_brings_no_second_qt() -> None:
    names = [str(file) for file in files_of("opencv-python-headless") or ()]
    assert names
    assert not [name for name in names if "qt5" in name.lower() or "qt6" in name.lower() or "libqt" in name.lower()]


def test_without_a_decoder_a_video_is_listed_with_that_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save_video(tmp_path / "a.mp4")
    monkeypatch.setattr(video, "has_decoder", lambda: False)
    with pytest.raises(UnreadableImage) as refused:
        read(path)
    assert refused.value.fields["reason"] is Reason.NO_DECODER
