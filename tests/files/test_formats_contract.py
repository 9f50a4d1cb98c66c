"""What every format must give, one test a format and trait: size, orientation, colour, date, position, camera."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from app.core.errors import UnreadableImage
from app.core.types import DateSource, Reason
from app.files import decoding
from app.files.decoding import Decoded, decode, decode_full
from app.files.pictures import colour
from tests.files import raw_samples, samples
from tests.files.raw_samples import RATIONAL, SHORT, Value
from tests.files.samples import BLUE, GREEN, RED, WHITE, corner_colours, is_near

ALL = [RED, GREEN, BLUE, WHITE]
MOMENT = datetime(2021, 7, 25, 10, 40, 5, tzinfo=UTC).timestamp()
EXIF_TAGS = {
    "main": {271: "Canon", 272: "Canon EOS R5"},
    "shot": {36867: "2021:07:25 10:40:05", 36881: "+02:00", 33437: 2.8, 33434: 0.01, 34855: 400, 37386: 50.0},
    "place": {1: "S", 2: (0.0, 22.0, 16.68), 3: "E", 4: (36.0, 3.0, 23.1)},
}


def exif_data() -> bytes:
    return samples.exif(**EXIF_TAGS).tobytes()


def saved(image: Image.Image, suffix: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, Image.registered_extensions()[f".{suffix}"], **options)
    return buffer.getvalue()


def raw_headers() -> dict[str, raw_samples.Entries]:
    text = raw_samples.text
    degrees = {
        1: text("S"),
        2: Value(RATIONAL, (0.0, 22.0, 16.68)),
        3: text("E"),
        4: Value(RATIONAL, (36.0, 3.0, 23.1)),
    }
    shot = {
        36867: text("2021:07:25 10:40:05"),
        36881: text("+02:00"),
        33437: Value(RATIONAL, (2.8,)),
        33434: Value(RATIONAL, (0.01,)),
        34855: Value(SHORT, (400,)),
        37386: Value(RATIONAL, (50.0,)),
    }
    return {"main": {271: text("Canon"), 272: text("Canon EOS R5")}, "shot": shot, "place": degrees}


def pillow(suffix: str, **options: object) -> Callable[[Image.Image], bytes]:
    return lambda image: saved(image, suffix, **options)


WRITERS: dict[str, Callable[[Image.Image], bytes]] = {
    "jpg": pillow("jpg", quality=95, subsampling=0),
    "png": pillow("png"),
    "webp": pillow("webp", lossless=True),
    "tif": pillow("tif"),
    "gif": pillow("gif"),
    "bmp": pillow("bmp"),
    "avif": pillow("avif", quality=100, subsampling="4:4:4"),
    "jp2": samples.jp2_bytes,
    "j2k": pillow("j2k"),
    "qoi": pillow("qoi"),
    "ico": lambda image: saved(image, "ico", sizes=[image.size, (16, 16)]),
    "psd": samples.psd_bytes,
    "jxl": samples.jxl_bytes,
    "dng": lambda image: raw_samples.dng(image),
}
"""Each format that a test can make, as it is written without headers."""

WITH_HEADERS: dict[str, Callable[[], bytes]] = {
    **{
        suffix: lambda suffix=suffix: saved(samples.corners(), suffix, exif=samples.exif(**EXIF_TAGS))
        for suffix in ("jpg", "png", "webp", "tif", "avif")
    },
    "jp2": lambda: samples.jp2_bytes(exif_data=exif_data().removeprefix(b"Exif\0\0")),
    "psd": lambda: samples.psd_bytes(exif_data=exif_data().removeprefix(b"Exif\0\0")),
    "jxl": lambda: samples.jxl_bytes(exif_data=exif_data().removeprefix(b"Exif\0\0")),
    "dng": lambda: raw_samples.dng(**raw_headers()),
}

WITH_PROFILE: dict[str, Callable[[Image.Image, bytes], bytes]] = {
    **{
        suffix: lambda image, profile, suffix=suffix, options=options: saved(
            image, suffix, icc_profile=profile, **options
        )
        for suffix, options in {
            "jpg": {"quality": 97, "subsampling": 0},
            "png": {},
            "webp": {"lossless": True},
            "tif": {},
            "avif": {"quality": 100, "subsampling": "4:4:4"},
        }.items()
    },
    "jp2": lambda image, profile: samples.jp2_bytes(image, profile=profile),
    "psd": lambda image, profile: samples.psd_bytes(image, profile=profile),
    "jxl": lambda image, profile: samples.jxl_bytes(image, profile=profile),
}


def written(folder: Path, suffix: str, data: bytes) -> Path:
    path = folder / f"a.{suffix}"
    path.write_bytes(data)
    return path


def thumbnail(path: Path) -> Decoded:
    return decode(path, edge_px=64, max_edge_px=256)


@pytest.mark.parametrize("suffix", WRITERS)
def test_size_and_colours_come_out_as_they_went_in(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path, suffix, WRITERS[suffix](samples.corners()))
    found = thumbnail(path)
    assert (found.width_px, found.height_px) == (120, 80)
    assert found.image.shape == (64, 96, 3)
    assert is_near(corner_colours(found.image), ALL, 3)
    assert decode_full(path).shape == (80, 120, 3)
    assert not found.is_animated


@pytest.mark.parametrize("suffix", WITH_HEADERS)
def test_date_position_and_camera_are_read(tmp_path: Path, suffix: str) -> None:
    found = thumbnail(written(tmp_path, suffix, WITH_HEADERS[suffix]())).metadata
    assert (found.taken_at, found.date_source, found.utc_offset_min) == (MOMENT, DateSource.EXIF, 120)
    assert (found.latitude, found.longitude) == pytest.approx((-0.3713, 36.0564166667), abs=1e-6)
    assert found.camera == "Canon EOS R5"
    assert (found.f_number, found.exposure_s, found.iso, found.focal_mm) == pytest.approx((2.8, 0.01, 400, 50.0))


@pytest.mark.parametrize("suffix", WITH_HEADERS)
def test_exiftool_reads_the_same(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path, suffix, WITH_HEADERS[suffix]())
    told = exiftool(path)
    found = thumbnail(path)
    assert f"{told['ImageWidth']}x{told['ImageHeight']}" == f"{found.width_px}x{found.height_px}"
    assert told["DateTimeOriginal"] == "2021:07:25 10:40:05"
    assert told["Model"] == found.metadata.camera
    assert (told["GPSLatitude"], told["GPSLongitude"]) == pytest.approx((-0.3713, 36.0564166667), abs=1e-6)


@pytest.mark.parametrize("number", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif", "jp2", "psd"])
def test_every_orientation_comes_out_upright(tmp_path: Path, suffix: str, number: int) -> None:
    undone = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    picture = samples.corners()
    if number in undone:
        picture = picture.transpose(Image.Transpose(undone[number]))
    made = samples.exif(main={274: number})
    if suffix in ("jp2", "psd"):
        writer = samples.jp2_bytes if suffix == "jp2" else samples.psd_bytes
        data = writer(picture, exif_data=made.tobytes().removeprefix(b"Exif\0\0"))
    else:
        data = saved(picture, suffix, exif=made)
    found = thumbnail(written(tmp_path, suffix, data))
    assert (found.width_px, found.height_px) == (120, 80)
    assert is_near(corner_colours(found.image), ALL)


def test_jpeg_xl_turns_by_its_own_header_and_not_by_exif(tmp_path: Path) -> None:
    data = samples.jxl_bytes(exif_data=samples.exif(main={274: 6}).tobytes().removeprefix(b"Exif\0\0"))
    assert is_near(corner_colours(thumbnail(written(tmp_path, "jxl", data)).image), ALL, 2)


@pytest.mark.parametrize("suffix", WITH_PROFILE)
def test_colours_are_brought_to_srgb_from_the_profile(tmp_path: Path, suffix: str) -> None:
    seen, encoded = (128, 200, 60), Image.new("RGB", (64, 64), (128, 200, 60))
    wanted = adobe_to_srgb(seen)
    found = thumbnail(written(tmp_path, suffix, WITH_PROFILE[suffix](encoded, colour.adobe_rgb()))).image
    assert difference(found[32, 32], wanted) < 2


@pytest.mark.parametrize("tags", [{"shot": {0xA001: 2}}, {"shot": {0xA001: 65535}, "interop": {1: "R03"}}])
def test_adobe_rgb_that_only_exif_names_is_brought_to_srgb(tmp_path: Path, tags: dict[str, dict[int, object]]) -> None:
    made = Image.Exif()
    shot = made.get_ifd(0x8769)
    shot.update(tags["shot"])
    made[0x8769] = 0
    if "interop" in tags:
        shot[0xA005] = tags["interop"]
    data = saved(Image.new("RGB", (64, 64), (128, 200, 60)), "jpg", quality=97, subsampling=0, exif=made)
    found = thumbnail(written(tmp_path, "jpg", data)).image
    assert difference(found[32, 32], adobe_to_srgb((128, 200, 60))) < 2


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "avif"])
def test_what_is_played_is_told_from_what_is_not(tmp_path: Path, suffix: str) -> None:
    frames = [samples.corners(), samples.corners().transpose(Image.Transpose.ROTATE_180)]
    data = saved(frames[0], suffix, save_all=True, append_images=frames[1:], duration=100)
    found = thumbnail(written(tmp_path, suffix, data))
    assert found.is_animated
    assert is_near(corner_colours(found.image), ALL, 30)


def test_the_pages_of_a_tiff_are_not_an_animation(tmp_path: Path) -> None:
    data = saved(samples.corners(), "tif", save_all=True, append_images=[samples.corners()])
    assert not thumbnail(written(tmp_path, "tif", data)).is_animated


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("suffix", ["jp2", "j2k", "qoi", "psd", "jxl", "ico"])
def test_a_file_cut_off_anywhere_is_skipped(tmp_path: Path, suffix: str, share: float) -> None:
    noise = np.random.default_rng(7).integers(0, 255, (80, 120, 3), dtype=np.uint8)
    data = WRITERS[suffix](Image.fromarray(noise))
    assert refused(written(tmp_path, suffix, data[: int(len(data) * share)])) in (Reason.TRUNCATED, Reason.CORRUPT)


def test_a_psd_and_a_qoi_above_the_limit_are_refused_with_their_size(tmp_path: Path) -> None:
    psd, qoi = bytearray(samples.psd_bytes()), bytearray(saved(samples.corners(), "qoi"))
    psd[14:22] = qoi[4:12] = (20_000).to_bytes(4, "big") * 2
    assert refused(written(tmp_path, "psd", bytes(psd)), "20000 x 20000") is Reason.TOO_LARGE
    assert refused(written(tmp_path, "qoi", bytes(qoi)), "20000 x 20000") is Reason.TOO_LARGE


@pytest.mark.parametrize(
    "name",
    [
        "cameras/Canon/PowerShot G2/CRW_0304.CRW",
        "cameras/Canon/PowerShot S40/CRW_0101.CRW",
        "cameras/Kodak/DC120/DC120IMG/P003908.KDC",
        "cameras/Apple/iPhone 13 Pro/IMG_8563.HEIC",
        "cameras/Apple/iPhone XR/IMG_3578.HEIC",
        "gps/IMG_5195.HEIC",
        "formats/xiaomi.heic",
    ],
)
def test_exiftool_reads_the_same_of_real_photos(name: str) -> None:
    path = samples.shared_photo(name)
    told, found = exiftool(path), decode(path, edge_px=64, max_edge_px=256).metadata
    ours = {
        "FNumber": found.f_number,
        "ExposureTime": found.exposure_s,
        "ISO": found.iso,
        "FocalLength": found.focal_mm,
        "GPSLatitude": found.latitude,
        "GPSLongitude": found.longitude,
    }
    for tag in ours.keys() & told.keys():
        assert ours[tag] == pytest.approx(float(str(told[tag])), rel=0.05), tag
    if "DateTimeOriginal" in told:
        moment = datetime.strptime(str(told["DateTimeOriginal"])[:19], "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
        assert found.taken_at == pytest.approx(moment.timestamp(), abs=1)
        assert found.date_source is DateSource.EXIF


@pytest.mark.parametrize(
    "name",
    ["cameras/Apple/iPhone 13 Pro/IMG_8563.HEIC", "cameras/Apple/iPhone XR/IMG_3578.HEIC", "formats/aux_YCbCr.heic"],
)
def test_the_thumbnail_inside_a_heic_shows_the_same_picture(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = samples.shared_photo(name)
    from_thumbnail = thumbnail(path).image
    monkeypatch.setattr(decoding, "thumbnail_of", lambda *_: None)
    whole = thumbnail(path).image
    assert whole.shape == from_thumbnail.shape
    assert 0 < np.abs(whole.astype(int) - from_thumbnail).mean() < 6


def refused(path: Path, detail: str | None = None) -> Reason:
    with pytest.raises(UnreadableImage) as caught:
        thumbnail(path)
    if detail is not None:
        assert caught.value.fields["detail"] == detail
    return caught.value.fields["reason"]


def exiftool(path: Path) -> dict[str, object]:
    program = shutil.which("exiftool")
    if program is None:
        pytest.skip("exiftool is not here")
    told = subprocess.run([program, "-json", "-n", str(path)], capture_output=True, check=True, text=True)
    return dict(json.loads(told.stdout)[0])


def adobe_to_srgb(value: tuple[int, int, int]) -> np.ndarray:
    """By the formulas of Adobe RGB (1998) and IEC 61966-2-1, without any profile."""
    to_xyz = [[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]]
    to_srgb = np.array(raw_samples.XYZ_TO_SRGB).reshape(3, 3)
    linear = (to_srgb @ np.array(to_xyz) @ (np.array(value) / 255) ** 2.19921875).clip(0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055) * 255


def difference(found: np.ndarray, wanted: np.ndarray) -> float:
    """ΔE (CIE 1976) between two sRGB values."""
    values = [tuple(round(float(part)) for part in value) for value in (found, wanted)]
    lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    first, second = (ImageCms.applyTransform(Image.new("RGB", (1, 1), value), lab) for value in values)
    a, b = (np.array(image.getpixel((0, 0)), float) for image in (first, second))
    for lab_value in (a, b):
        lab_value[0] *= 100 / 255
        lab_value[1:] = np.where(lab_value[1:] > 127, lab_value[1:] - 256, lab_value[1:])
    return float(np.linalg.norm(a - b))
