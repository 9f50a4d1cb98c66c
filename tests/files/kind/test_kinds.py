"""Every kind that a file shows by itself, from made files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from app.core.types import Kind, Metadata
from app.files.decoding import Decoded, decode
from app.files.kind.kinds import kind_of

CAMERA = Metadata(camera="Canon EOS 5D", exposure_s=0.01)


def decoded(file_format: str = "JPEG", size_px: tuple[int, int] = (4000, 3000), **traits: object) -> Decoded:
    told = {"metadata": Metadata(), "content_hash": b"", "size_bytes": 1, "mtime_ns": 1, **traits}
    return Decoded(np.zeros((3, 4, 3), np.uint8), *size_px, format=file_format, **told)


def kind_in(path: Path) -> Kind:
    return kind_of(decode(path, edge_px=64, max_edge_px=256), path)


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (decoded(), Kind.PHOTO),
        (decoded("VIDEO", has_motion=True), Kind.VIDEO),
        (decoded(has_motion=True), Kind.LIVE),
        (decoded("GIF", is_animated=True), Kind.ANIMATION),
        (decoded("RAW", (8000, 2000), metadata=CAMERA), Kind.RAW),
        (decoded("JPEG", (8000, 2000), metadata=CAMERA), Kind.PANORAMA),
        (decoded("JPEG", (8000, 2000)), Kind.PHOTO),
        (decoded("PNG", (1170, 2532)), Kind.SCREENSHOT),
        (decoded("PNG", (1170, 2532), metadata=CAMERA), Kind.PHOTO),
    ],
)
def test_of_the_kinds_that_fit_the_first_is_taken(made, kind):
    assert kind_of(made, Path("/p/a.jpg")) is kind


def test_what_a_camera_took_is_no_screenshot_whatever_it_is_called():
    path = Path("/p/Screenshots/Screenshot_20231107.jpg")
    assert kind_of(decoded(), path) is Kind.SCREENSHOT
    for told in ({"camera": "Canon"}, {"exposure_s": 0.1}, {"f_number": 2.0}, {"iso": 100}, {"lens": "50mm"}):
        assert kind_of(decoded(metadata=Metadata(**told)), path) is Kind.PHOTO


def test_a_recording_of_the_screen_is_a_video():
    assert kind_of(decoded("VIDEO"), Path("/p/Screenshot_20231107.mp4")) is Kind.VIDEO


def test_ios_says_screenshot_in_the_comment(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 1  # without a tag beside it, Pillow writes none into a PNG
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0Screenshot"
    Image.new("RGB", (60, 90), "blue").save(tmp_path / "a.png", exif=exif)
    assert kind_in(tmp_path / "a.png") is Kind.SCREENSHOT
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0My screenshot album"
    Image.new("RGB", (60, 90), "blue").save(tmp_path / "b.png", exif=exif)
    assert kind_in(tmp_path / "b.png") is Kind.PHOTO


XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/"'
    ' xmlns:GPano="http://ns.google.com/photos/1.0/panorama/">{}</rdf:Description></rdf:RDF></x:xmpmeta>'
)


def test_ios_says_screenshot_in_xmp_too(tmp_path):
    more = PngImagePlugin.PngInfo()
    comment = '<rdf:Alt><rdf:li xml:lang="x-default">Screenshot</rdf:li></rdf:Alt>'
    more.add_itxt("XML:com.adobe.xmp", XMP.format(f"<exif:UserComment>{comment}</exif:UserComment>"))
    Image.new("RGB", (60, 90), "blue").save(tmp_path / "a.png", pnginfo=more)
    assert kind_in(tmp_path / "a.png") is Kind.SCREENSHOT


def test_googles_and_apples_headers_say_panorama(tmp_path):
    packet = XMP.format("<GPano:ProjectionType>equirectangular</GPano:ProjectionType>").encode()
    Image.new("RGB", (90, 60), "blue").save(tmp_path / "a.jpg", xmp=packet)
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA401] = 6
    Image.new("RGB", (90, 60), "blue").save(tmp_path / "b.jpg", exif=exif)
    exif.get_ifd(0x8769)[0xA401] = 1
    Image.new("RGB", (90, 60), "blue").save(tmp_path / "c.jpg", exif=exif)
    assert [kind_in(tmp_path / name) for name in ("a.jpg", "b.jpg", "c.jpg")] == [Kind.PANORAMA] * 2 + [Kind.PHOTO]


def test_a_panorama_that_a_camera_took_goes_before_its_name():
    told = replace(CAMERA, told_kind=Kind.PANORAMA)
    assert kind_of(decoded(metadata=told), Path("/p/Screenshot.jpg")) is Kind.PANORAMA
