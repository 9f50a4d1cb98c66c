"""Reads date, place and camera from a picture's EXIF and XMP; what is damaged counts as not there."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, TypeVar

from PIL import Image, TiffImagePlugin
from PIL.ExifTags import GPS, Base

from app.core.types import DateSource, Metadata
from app.files.codecs import DECODER_ERRORS
from app.files.headers import tiff, xmp
from app.files.headers.header_kinds import kind_told
from app.files.headers.raw_headers import exif_of_raw
from app.files.headers.tiff import Directories, Tags

_ISO_TAGS = (
    Base.ISOSpeedRatings,
    Base.RecommendedExposureIndex,
    Base.ISOSpeed,
    Base.StandardOutputSensitivity,
)
T = TypeVar("T")

_LARGEST_EXIF_BYTES = 8 << 20
_XMP = 700
_LIBRAW = "dcraw"
_LONGEST_TEXT = 100
_DATE = re.compile(
    r"\s*(\d{4})[:\-/.](\d{1,2})[:\-/.](\d{1,2})"
    r"(?:[T\s]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?"
)
_OFFSET = re.compile(r"\s*([+-])(\d{2}):?(\d{2})")
_XMP_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')
_XMP_DEGREES = re.compile(r"(\d{1,3}),(\d{1,2}(?:\.\d+)?)(?:,(\d{1,2}(?:\.\d+)?))?([NSEW])")
_XMP_DATES = ("exif:DateTimeOriginal", "photoshop:DateCreated", "exif:DateTimeDigitized", "xmp:CreateDate")
_COMPANY_WORDS = frozenset(
    {"corporation", "corp", "company", "co", "co.,ltd", "ltd", "inc", "gmbh", "ag"}
    | {"optical", "electronics", "technologies", "imaging", "digital", "seiko", "eastman"}
)


@dataclass(frozen=True, slots=True)
class Headers:
    """Where metadata stand in a file: EXIF's directories and the XMP packet, empty where there is none."""

    exif: Directories
    packet: bytes


def orientation_of(image: Image.Image, headers: Headers) -> int:
    """Orientation 1 to 8 as EXIF has it, else XMP; 1 where none or nonsense is given.

    HEIF, JPEG XL and TIFF come out of their decoders upright: by boxes and headers of their own, or turned by Pillow.
    """
    if image.format in ("HEIF", "TIFF", None):
        return 1
    found = headers.exif.main.get(Base.Orientation)
    if found is None and (told := _XMP_ORIENTATION.search(headers.packet)):
        found = int(told[1])
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def headers_of(image: Image.Image) -> Headers:
    """The headers of an opened picture (a PNG's, once it is loaded). Never raises."""
    return Headers(_sound(lambda: _exif(image)) or tiff.NOTHING, _packet(image))


def raw_headers_of(stream: BinaryIO, preview: Image.Image | None) -> Headers:
    """A raw's own headers, and what its preview says beyond them. Never raises."""
    own = exif_of_raw(stream)
    beside = headers_of(preview) if preview is not None else Headers(tiff.NOTHING, b"")
    of_preview = dict(beside.exif.main)
    if (text_of(of_preview.get(Base.Software)) or "").startswith(_LIBRAW):
        # LibRaw writes EXIF into a preview that has none; its date depends on this machine's time zone.
        of_preview.pop(Base.DateTime, None)
    exif = Directories(
        {**of_preview, **own.main},
        {**beside.exif.shot, **own.shot},
        {**beside.exif.place, **own.place},
        {**beside.exif.interop, **own.interop},
    )
    packet = own.main.get(_XMP)
    return Headers(exif, packet if isinstance(packet, bytes) else beside.packet)


def read_metadata(headers: Headers) -> Metadata:
    """What a picture's headers say. Never raises."""
    main, place, packet = headers.exif.main, headers.exif.place, headers.packet
    # Some old cameras write the shot's tags into the main directory, or the camera's name into the shot's.
    shot = {**main, **headers.exif.shot}
    taken_at, offset_min = _exif_date(shot, main)
    latitude, longitude = _position(place)
    more = xmp.properties(packet) if taken_at is None or (latitude is None and b"GPSLatitude" in packet) else {}
    source = DateSource.EXIF if taken_at is not None else None
    if taken_at is None:
        taken_at, offset_min, source = _other_date(more, main)
    if latitude is None:
        latitude, longitude = xmp_position(more)
    return Metadata(
        taken_at=taken_at,
        date_source=source,
        utc_offset_min=offset_min,
        latitude=latitude,
        longitude=longitude,
        camera=camera_name(text_of(shot.get(Base.Make)), text_of(shot.get(Base.Model))),
        lens=_lens(shot, more),
        exposure_s=_exposure_s(shot),
        f_number=_f_number(shot),
        iso=_iso(shot),
        focal_mm=_positive(shot.get(Base.FocalLength), 10_000),
        told_kind=kind_told(shot, packet),
    )


def _exif(image: Image.Image) -> Directories:
    data = image.info.get("exif")
    if data is None and isinstance(profile := image.info.get("Raw profile type exif"), str):
        data = bytes.fromhex("".join(profile[:_LARGEST_EXIF_BYTES].split("\n")[3:]))
    if data is None and isinstance(image, TiffImagePlugin.TiffImageFile) and image.fp is not None:
        position = image.fp.tell()
        found = tiff.exif_directories(image.fp)
        image.fp.seek(position)
        return found
    return tiff.exif_of(data) if data and len(data) <= _LARGEST_EXIF_BYTES else tiff.NOTHING


def _sound(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except DECODER_ERRORS:
        return None


def _packet(image: Image.Image) -> bytes:
    found = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    if isinstance(found, str):
        found = found[: xmp.LARGEST_BYTES].encode("utf-8", "replace")
    return found if isinstance(found, bytes) else b""


# Dates


def _exif_date(shot: Tags, main: Tags) -> tuple[float | None, int | None]:
    for date, fraction, offset in (
        (Base.DateTimeOriginal, Base.SubsecTimeOriginal, Base.OffsetTimeOriginal),
        (Base.DateTimeDigitized, Base.SubsecTimeDigitized, Base.OffsetTimeDigitized),
    ):
        taken_at, own_offset_min = date_of(text_of(shot.get(date)))
        if taken_at is not None:
            digits = (text_of(shot.get(fraction)) or "").strip()
            taken_at += float(f"0.{digits}") if digits.isascii() and digits.isdigit() else 0.0
            return taken_at, _offset_min(text_of(shot.get(offset))) if own_offset_min is None else own_offset_min
    return None, None


def xmp_date(found: Mapping[str, str]) -> tuple[float | None, int | None]:
    """When XMP says that the picture was taken, as wall-clock seconds, and its offset in minutes if given.

    Args:
        found: by ``xmp.properties``.
    """
    for name in _XMP_DATES:
        taken_at, offset_min = date_of(found.get(name))
        if taken_at is not None:
            return taken_at, offset_min
    return None, None


def _other_date(more: Mapping[str, str], main: Tags) -> tuple[float | None, int | None, DateSource | None]:
    """XMP's dates; last EXIF's DateTime, which other programs set when they save."""
    taken_at, offset_min = xmp_date(more)
    if taken_at is not None:
        return taken_at, offset_min, DateSource.XMP
    taken_at, offset_min = date_of(text_of(main.get(Base.DateTime)))
    return taken_at, offset_min, DateSource.SAVED if taken_at is not None else None


def date_of(text: str | None) -> tuple[float | None, int | None]:
    """Wall-clock seconds, and the offset in minutes if given; the day alone where the time is nonsense."""
    found = _DATE.match(text or "")
    if not found:
        return None, None
    year, month, day = (int(part) for part in found.group(1, 2, 3))
    hour, minute, second = (int(part or 0) for part in found.group(4, 5, 6))
    if hour > 23 or minute > 59 or second > 59:
        hour = minute = second = 0
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None, None
    if year < 1826:  # the oldest photograph; cameras whose clock was never set write 0000 or 0001
        return None, None
    return moment.timestamp() + float(f"0.{found[7] or 0}"), _offset_min(found[8])


def _offset_min(text: str | None) -> int | None:
    if text and text.strip() == "Z":
        return 0
    found = _OFFSET.match(text or "")
    if not found:
        return None
    minutes = int(found[2]) * 60 + int(found[3])
    return (-minutes if found[1] == "-" else minutes) if minutes <= 15 * 60 else None


# Place


def _position(place: Tags) -> tuple[float | None, float | None]:
    latitude = _degrees(place.get(GPS.GPSLatitude), place.get(GPS.GPSLatitudeRef), "S")
    longitude = _degrees(place.get(GPS.GPSLongitude), place.get(GPS.GPSLongitudeRef), "W")
    return plausible(latitude, longitude)


def _degrees(parts: object, side: object, negative: str) -> float | None:
    values = [_number(part) for part in parts] if isinstance(parts, tuple | list) else [_number(parts)]
    if not values or len(values) > 3 or values[0] is None:
        return None
    degrees = math.fsum((value or 0.0) / 60**power for power, value in enumerate(values))
    return -degrees if (text_of(side) or "").upper().startswith(negative) else degrees


def xmp_position(found: Mapping[str, str]) -> tuple[float | None, float | None]:
    """Latitude and longitude in degrees as XMP says them; both None where one is missing or nonsense."""
    return plausible(_xmp_degrees(found.get("exif:GPSLatitude")), _xmp_degrees(found.get("exif:GPSLongitude")))


def _xmp_degrees(text: str | None) -> float | None:
    """ "39,3.0807N" or "39,3,5N" (XMP specification, part 2, GPSCoordinate)."""
    found = _XMP_DEGREES.fullmatch(text or "")
    if not found:
        return None
    degrees = int(found[1]) + float(found[2]) / 60 + float(found[3] or 0) / 3600
    return -degrees if found[4] in "SW" else degrees


def plausible(latitude: float | None, longitude: float | None) -> tuple[float | None, float | None]:
    """A position in degrees as it is; None, None where it is none on earth."""
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None, None
    # Exactly 0, 0 is what phones write before they know where they are.
    return (None, None) if latitude == longitude == 0 else (latitude, longitude)


# Camera


def camera_name(make: str | None, model: str | None) -> str | None:
    """Make and model, but not "Canon Canon PowerShot G6" or "NIKON CORPORATION NIKON D90"."""
    if not make or not model:
        return make or model
    short = "HP" if make.lower().startswith("hewlett") else _without_company_words(make)
    makers = {word.strip(",.").lower() for word in [*make.split(), *short.split()]}
    return model if model.split()[0].lower() in makers else f"{short} {model}"


def _without_company_words(make: str) -> str:
    kept = [word for word in make.split() if word.lower().rstrip(".,") not in _COMPANY_WORDS]
    return " ".join(kept).rstrip(",") or make


def _lens(shot: Tags, more: Mapping[str, str]) -> str | None:
    lens = text_of(shot.get(Base.LensModel)) or more.get("aux:Lens") or more.get("exifEX:LensModel")
    return lens[:_LONGEST_TEXT] if lens and any(letter.isalpha() for letter in lens) else None


def _exposure_s(shot: Tags) -> float | None:
    exposure_s = _positive(shot.get(Base.ExposureTime), 1e6)
    speed = _number(shot.get(Base.ShutterSpeedValue))
    if Base.ExposureTime not in shot and speed is not None and abs(speed) < 20:
        return float(2.0**-speed)  # APEX (Exif 2.32, annex C)
    return exposure_s


def _f_number(shot: Tags) -> float | None:
    f_number = _positive(shot.get(Base.FNumber), 1000)
    aperture = _number(shot.get(Base.ApertureValue))
    if Base.FNumber not in shot and aperture is not None and 0 < aperture < 20:
        return round(float(2.0 ** (aperture / 2)), 1)
    return f_number


def _iso(shot: Tags) -> int | None:
    for tag in _ISO_TAGS:
        iso = _positive(shot.get(tag), 1e8)
        if iso is not None and iso != 65535:  # "larger than this field can hold": the next field has it
            return int(iso)
    return None


# Values


def _number(value: object) -> float | None:
    if isinstance(value, tuple | list):
        value = value[0] if value else None
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ArithmeticError):
        return None
    return number if math.isfinite(number) else None


def _positive(value: object, below: float) -> float | None:
    number = _number(value)
    return number if number is not None and 0 < number < below else None


def text_of(value: object) -> str | None:
    """A tag's text up to its first NUL, as UTF-8 if it is (Pillow says Latin-1), no control characters."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return None
    value = value.partition("\0")[0]
    with suppress(UnicodeError):
        value = value.encode("latin-1").decode("utf-8")
    shown = "".join(letter if letter.isprintable() else " " for letter in value[: 10 * _LONGEST_TEXT])
    return " ".join(shown.split())[:_LONGEST_TEXT] or None
