"""Every format and trait comes out upright, in the right colours and size; every bad file with its reason."""

from __future__ import annotations

import errno
import os
import struct
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.core.errors import UnreadableImage
from app.core.types import Reason
from app.files.decoding import Decoded, decode, decode_full
from app.files.hashing import content_hash
from tests.files import samples
from tests.files.samples import shared_photo

ALL = [samples.RED, samples.GREEN, samples.BLUE, samples.WHITE]


def thumbnail(path: Path, edge_px: int = 40, max_edge_px: int = 160) -> Decoded:
    return decode(path, edge_px=edge_px, max_edge_px=max_edge_px)


def reason(path: Path) -> Reason:
    with pytest.raises(UnreadableImage) as caught:
        thumbnail(path)
    assert caught.value.fields["path"] == path
    return caught.value.fields["reason"]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("plain.jpg", {"quality": 92}),
        ("progressive.jpeg", {"quality": 92, "progressive": True}),
        ("plain.png", {}),
        ("interlaced.png", {"interlace": 1}),
        ("lossy.webp", {"quality": 90}),
        ("lossless.webp", {"lossless": True}),
        ("raw.tif", {}),
        ("lzw.tiff", {"compression": "tiff_lzw"}),
        ("jpeg.tiff", {"compression": "jpeg", "quality": 92}),
        ("plain.bmp", {}),
        ("plain.gif", {}),
        ("plain.avif", {"quality": 90}),
    ],
)
def test_each_format_is_read(tmp_path: Path, name: str, options: dict[str, object]) -> None:
    found = thumbnail(samples.save(samples.corners(), tmp_path / name, **options))
    assert found.image.shape == (40, 60, 3)
    assert found.image.dtype == np.uint8
    assert (found.width_px, found.height_px) == (120, 80)
    assert samples.is_near(samples.corner_colours(found.image), ALL)


def test_heic_is_read() -> None:
    found = thumbnail(shared_photo("cameras/Apple/iPhone 13 Pro/IMG_8563.HEIC"))
    assert (found.width_px, found.height_px) == (3024, 4032)
    assert found.image.shape == (53, 40, 3)


@pytest.mark.parametrize("name", ["turned.jpg", "turned.png", "turned.tif", "turned.webp", "turned.avif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(tmp_path: Path, name: str, orientation: int) -> None:
    stored = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    # The inverse of what the tag asks for: 6 says "turn to the right", so it is stored turned to the left.
    upright = samples.corners()
    image = upright.transpose(Image.Transpose(stored[orientation])) if orientation > 1 else upright
    path = samples.save(image, tmp_path / name, exif=samples.exif(main={0x0112: orientation}))
    found = thumbnail(path)
    assert (found.width_px, found.height_px) == (120, 80)
    assert samples.is_near(samples.corner_colours(found.image), ALL, 40)
    assert samples.is_near(samples.corner_colours(decode_full(path)), ALL, 40)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_that_is_turned_in_several_parts_has_every_row_in_its_place(tmp_path: Path, orientation: int) -> None:
    stored = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    upright = Image.fromarray(np.random.default_rng(1).integers(0, 256, (1100, 1150, 4), np.uint8))
    image = upright.transpose(Image.Transpose(stored[orientation])) if orientation > 1 else upright
    exif = samples.exif(main={0x0112: orientation})
    path = samples.save(image, tmp_path / "a.png", exif=exif, compress_level=1)
    flat = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright).convert("RGB")
    assert np.array_equal(decode_full(path), np.asarray(flat))


@pytest.mark.skipif(sys.platform != "linux", reason="how much memory was taken is told differently elsewhere")
@pytest.mark.parametrize(("mode", "options"), [("RGBA", {}), ("P", {"transparency": 1})])
def test_a_large_transparent_picture_takes_the_memory_of_its_pixels_and_of_the_result(
    tmp_path: Path, mode: str, options: dict[str, int]
) -> None:
    path = samples.save(Image.new(mode, (6000, 6000), 0), tmp_path / "a.png", compress_level=1, **options)
    code = (
        "import resource, sys; from pathlib import Path; from app.files.decoding import decode_full;"
        "taken = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10;"
        "decode_full(Path(sys.argv[1]), 50); before = taken(); decode_full(Path(sys.argv[2])); print(taken() - before)"
    )
    small = samples.save(samples.corners(), tmp_path / "small.png")
    command = [sys.executable, "-c", code, str(small), str(path)]
    told = subprocess.run(command, capture_output=True, cwd=Path(__file__).parents[2], check=True)
    assert int(told.stdout) < (36_000_000 * (len(mode) + 3) >> 20) + 40


@pytest.mark.parametrize("orientation", [0, 9, 60_000])
def test_a_nonsense_orientation_counts_as_none(tmp_path: Path, orientation: int) -> None:
    path = samples.save(samples.corners(), tmp_path / "a.jpg", exif=samples.exif(main={0x0112: orientation}))
    assert thumbnail(path).image.shape == (40, 60, 3)


@pytest.mark.parametrize("name", ["profile.jpg", "profile.png", "profile.tif", "profile.webp"])
def test_a_colour_profile_is_converted_to_srgb(tmp_path: Path, name: str) -> None:
    path = samples.save(samples.corners(), tmp_path / name, icc_profile=samples.swapped_profile())
    found = samples.corner_colours(thumbnail(path).image)
    assert found[0][1] > found[0][0] + 100  # red became green
    assert found[1][0] > found[1][1] + 100


@pytest.mark.parametrize("profile", [b"junk", b"\0" * 5_000_000])
def test_a_damaged_or_huge_profile_counts_as_none(tmp_path: Path, profile: bytes) -> None:
    path = samples.save(samples.corners(), tmp_path / "a.tif", icc_profile=profile)
    assert samples.is_near(samples.corner_colours(thumbnail(path).image), ALL)


def test_sixteen_bit_grey_keeps_its_brightness(tmp_path: Path) -> None:
    ramp = np.repeat(np.linspace(0, 65535, 100).astype(np.uint16)[None], 80, axis=0)
    for name in ("grey16.png", "grey16.tif"):
        found = thumbnail(samples.save(Image.fromarray(ramp), tmp_path / name)).image
        assert found[20, 0].max() < 8
        assert found[20, -1].min() > 247
        assert abs(int(found[20, 25, 0]) - 128) < 6


def test_floating_point_and_32_bit_are_brought_to_eight(tmp_path: Path) -> None:
    ramp = np.repeat(np.linspace(0, 1, 100)[None], 80, axis=0)
    for name, pixels in (("f.tif", ramp.astype(np.float32)), ("i.tif", (ramp * 65535).astype(np.int32))):
        found = thumbnail(samples.save(Image.fromarray(pixels), tmp_path / name)).image
        assert abs(int(found[20, 25, 0]) - 128) < 6


def test_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    image = samples.corners().convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 60, 40))
    palette = Image.new("P", (120, 80), 0)
    palette.putpalette([0, 0, 0, 30, 40, 210])
    palette.paste(1, (60, 0, 120, 80))
    grey = Image.merge("LA", [Image.new("L", (120, 80), 0), Image.new("L", (120, 80), 0)])
    samples.save(palette, tmp_path / "palette.png", transparency=0)
    samples.save(Image.new("RGB", (120, 80), (1, 2, 3)), tmp_path / "key.png", transparency=(1, 2, 3))
    for name in ("alpha.png", "alpha.webp", "alpha.tif", "alpha.avif"):
        samples.save(image, tmp_path / name)
    samples.save(grey, tmp_path / "grey.png")
    for path in sorted(tmp_path.iterdir()):
        assert min(thumbnail(path).image[10, 10]) > 240, path.name


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "LAB"])
def test_each_colour_mode_is_read(tmp_path: Path, mode: str) -> None:
    if mode == "LAB":
        pixels = np.zeros((80, 120, 3), np.uint8)
        pixels[..., 0] = 128
        image = Image.frombytes("LAB", (120, 80), pixels.tobytes())
        wanted = 119  # L* = 50
    else:
        image = Image.new("RGB", (120, 80), (255, 255, 255)).convert(mode)
        wanted = 255
    found = thumbnail(samples.save(image, tmp_path / "a.tif")).image
    assert abs(int(found.mean()) - wanted) < 4


def test_cmyk_jpegs_are_not_inverted(tmp_path: Path) -> None:
    found = thumbnail(samples.save(samples.corners().convert("CMYK"), tmp_path / "a.jpg", quality=92))
    assert samples.is_near(samples.corner_colours(found.image), ALL, 30)


def test_an_animation_shows_its_first_frame(tmp_path: Path) -> None:
    second = Image.new("RGB", (120, 80), "black")
    for name in ("a.gif", "a.webp", "a.png", "a.tif", "a.avif"):
        path = samples.save(samples.corners(), tmp_path / name, save_all=True, append_images=[second])
        assert samples.is_near(samples.corner_colours(thumbnail(path).image), ALL, 30), name


def test_small_pictures_are_not_enlarged_and_panoramas_stay_within_the_longest_edge(tmp_path: Path) -> None:
    small = samples.save(samples.corners(30, 20), tmp_path / "small.png")
    wide = samples.save(samples.corners(2000, 100), tmp_path / "wide.png")
    line = samples.save(samples.corners(4000, 2), tmp_path / "line.png")
    assert thumbnail(small).image.shape == (20, 30, 3)
    assert thumbnail(wide).image.shape == (8, 160, 3)
    assert thumbnail(line).image.shape == (1, 160, 3)
    assert decode_full(wide).shape == (100, 2000, 3)
    assert decode_full(wide, 500).shape == (25, 500, 3)


def test_a_large_jpeg_decoded_at_reduced_scale_keeps_size_and_colours(tmp_path: Path) -> None:
    found = thumbnail(samples.save(samples.corners(2401, 1603), tmp_path / "a.jpg"))
    assert (found.width_px, found.height_px) == (2401, 1603)
    assert found.image.shape == (40, 60, 3)
    assert samples.is_near(samples.corner_colours(found.image), ALL)


def test_the_content_decides_not_the_suffix(tmp_path: Path) -> None:
    samples.save(samples.corners(), tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.jpg")
    assert thumbnail(tmp_path / "a.jpg").image.shape == (40, 60, 3)


def test_size_and_time_are_those_of_the_file_that_was_read(tmp_path: Path) -> None:
    path = samples.save(samples.corners(), tmp_path / "a.png")
    found = thumbnail(path)
    assert (found.size_bytes, found.mtime_ns) == (path.stat().st_size, path.stat().st_mtime_ns)
    assert found.content_hash == content_hash(path)


# Bad files


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"")
    assert reason(tmp_path / "a.jpg") is Reason.EMPTY


@pytest.mark.parametrize("text", [b"hello", b"BMW drivers\n" * 20, b"<html>", bytes(1000)])
def test_what_is_no_picture_says_so(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(text)
    assert reason(tmp_path / "a.jpg") is Reason.NOT_AN_IMAGE


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tif", "a.gif", "a.bmp", "a.avif"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_file_cut_off_anywhere_is_skipped(tmp_path: Path, name: str, share: float) -> None:
    noise = np.random.default_rng(7).integers(0, 255, (80, 120, 3), dtype=np.uint8)
    path = samples.save(Image.fromarray(noise), tmp_path / name)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert reason(path) in (Reason.TRUNCATED, Reason.CORRUPT)
    if share == 0.5:
        assert reason(path) is Reason.TRUNCATED


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tif", "a.gif", "a.bmp", "a.avif"])
def test_no_damage_raises_anything_but_our_own_error(tmp_path: Path, name: str) -> None:
    chance = np.random.default_rng(11)
    whole = samples.save(samples.corners(), tmp_path / name).read_bytes()
    for _ in range(60):
        data = bytearray(whole)
        for at in chance.integers(0, len(data), 8):
            data[at] = chance.integers(0, 256)
        (tmp_path / name).write_bytes(data)
        try:
            thumbnail(tmp_path / name)
        except UnreadableImage as error:
            assert error.fields["reason"] in Reason


def test_a_header_that_promises_too_much_costs_no_memory(tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="memory is measured on Unix")
    promising = {
        "png": samples.png_promising,
        "jpeg": samples.jpeg_promising,
        "progressive": lambda width, height: samples.jpeg_promising(width, height, progressive=True),
        "tiff": samples.tiff_promising,
        "gif": samples.gif_promising,
        "bmp": samples.bmp_promising,
        "webp": samples.webp_promising,
    }
    for kind, make in promising.items():
        for side in (11_000, 60_000):
            (tmp_path / f"{kind} {side}").write_bytes(make(side, side))
    program = (
        "import sys, resource; from pathlib import Path; from app.files.decoding import decode\n"
        "from app.core.errors import UnreadableImage\n"
        "taken = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for path in Path(sys.argv[1]).iterdir():\n"
        "    before = taken()\n"
        "    try: decode(path, edge_px=384, max_edge_px=1536)\n"
        "    except UnreadableImage as error: print(path.name, error.fields['reason'], taken() - before, sep=',')\n"
    )
    command = [sys.executable, "-W", "error", "-c", program, str(tmp_path)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=180, cwd=Path(__file__).parents[2], check=True
    )
    told = [line.split(",") for line in done.stdout.splitlines()]
    assert len(told) == 2 * len(promising)
    for name, why, grown_kib in told:
        assert why in (Reason.TOO_LARGE, Reason.TRUNCATED), name
        assert int(grown_kib) < 20_000, name
    assert done.stderr == ""


def test_a_tiff_whose_tile_is_huge_costs_no_memory(tmp_path: Path) -> None:
    entries = [
        (256, 64),
        (257, 64),
        (258, 8),
        (259, 5),
        (262, 1),
        (277, 1),
        (322, 60_000),
        (323, 60_000),
        (324, 8),
        (325, 8),
    ]
    body = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    (tmp_path / "a.tif").write_bytes(b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + bytes(64))
    assert reason(tmp_path / "a.tif") is Reason.TOO_LARGE


def test_a_jpeg_of_endless_scans_is_refused_quickly(tmp_path: Path) -> None:
    data = samples.jpeg_bytes(samples.corners(800, 600), progressive=True)
    last = data.rindex(b"\xff\xda")
    (tmp_path / "a.jpg").write_bytes(data[:-2] + data[last:-2] * 5000 + b"\xff\xd9")
    assert reason(tmp_path / "a.jpg") is Reason.CORRUPT


def test_odd_files_neither_warn_nor_print(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    block = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + os.urandom(40)
    (tmp_path / "a.jpg").write_bytes(samples.jpeg_bytes(exif=block))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        warnings.filterwarnings("ignore", module=r"(PIL|pi_heif)\b")
        assert thumbnail(tmp_path / "a.jpg").metadata.taken_at is None
    assert not caught
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are a thing of Unix")
def test_a_pipe_or_device_named_like_a_picture_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").symlink_to("/dev/zero")
    assert reason(tmp_path / "a.jpg") is Reason.NOT_AN_IMAGE
    assert reason(tmp_path / "b.jpg") is Reason.NOT_AN_IMAGE


def test_a_file_that_is_gone_or_a_folder_says_so(tmp_path: Path) -> None:
    (tmp_path / "folder.jpg").mkdir()
    assert reason(tmp_path / "gone.jpg") is Reason.VANISHED
    assert reason(tmp_path / "no\0name.jpg") is Reason.VANISHED
    assert reason(tmp_path / "folder.jpg" / "gone.jpg") is Reason.VANISHED
    assert reason(tmp_path / "folder.jpg") is Reason.NOT_AN_IMAGE


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    path = samples.save(samples.corners(), tmp_path / "a.png")
    path.chmod(0)
    assert reason(path) is Reason.UNREADABLE


def test_a_link_that_leads_to_itself_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").symlink_to(tmp_path / "a.jpg")
    assert reason(tmp_path / "a.jpg") is Reason.UNREADABLE


def test_a_file_that_changes_while_it_is_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = samples.save(samples.corners(), tmp_path / "a.png")
    whole = path.read_bytes()

    def open_and_grow(*arguments: object, **options: object) -> Image.Image:
        path.write_bytes(whole + b"more")
        return opened(*arguments, **options)

    opened = Image.open
    monkeypatch.setattr(Image, "open", open_and_grow)
    assert reason(path) is Reason.CHANGED_WHILE_READ
    path.write_bytes(whole[:200])  # still being copied: that it is cut off is no news then
    assert reason(path) is Reason.CHANGED_WHILE_READ


def test_a_disk_that_fails_is_not_a_corrupt_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> Image.Image:
        raise OSError(errno.EIO, "Input/output error")

    path = samples.save(samples.corners(), tmp_path / "a.png")
    monkeypatch.setattr(Image, "open", fail)
    assert reason(path) is Reason.UNREADABLE


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are always Unicode there")
def test_a_name_that_is_no_text_is_read_like_any_other(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe\xe9.png"))
    samples.save(samples.corners(), tmp_path / "a.png").rename(path)
    assert thumbnail(path).image.shape == (40, 60, 3)


def test_many_threads_decode_at_once(tmp_path: Path) -> None:
    paths = [samples.save(samples.corners(), tmp_path / f"a.{kind}") for kind in ("jpg", "png", "webp", "avif")]
    with ThreadPoolExecutor(8) as pool:
        images = list(pool.map(lambda path: thumbnail(path).image, paths * 20))
    assert all(samples.is_near(samples.corner_colours(image), ALL, 30) for image in images)
    assert threading.active_count() < 20


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("empty.heic", Reason.EMPTY),
        ("truncated.heic", Reason.TRUNCATED),
        ("corrupted.heic", Reason.TRUNCATED),
        ("corrupted.hif", Reason.TRUNCATED),
    ],
)
def test_damaged_heic_files_are_told_apart(name: str, wanted: Reason) -> None:
    assert reason(shared_photo(f"formats/{name}")) is wanted


@pytest.mark.parametrize("kind", ["Portrait", "Landscape"])
def test_real_turned_photos_all_look_alike(kind: str) -> None:
    upright, *others = (thumbnail(shared_photo(f"orientation/{kind}_{number}.jpg")).image for number in range(1, 9))
    for image in others:
        assert np.abs(image.astype(int) - upright).mean() < 12
