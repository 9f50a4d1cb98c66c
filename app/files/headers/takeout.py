"""Reads the JSON that Google Takeout lays beside a photo; what is hostile or damaged in it counts as not there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.core.types import Written
from app.files.headers.metadata import plausible

LARGEST_BYTES = 1 << 20
_LONGEST_CAPTION = 10_000
_SECONDS = re.compile(r"-?\d{1,11}", re.ASCII)
_OLDEST_S, _NEWEST_S = -4_544_640_000, 4_102_444_800
"""1826, when the oldest photograph was taken, to 2100."""
_BY_CAMERAS = frozenset(
    {"olympus digital camera", "sony dsc", "samsung", "digital camera", "minolta digital camera"}
    | {"kodak digital still camera", "exif_jpeg_picture", "default", "dav", "cof", "hdr", "rhdr"}
)
"""What cameras write where a person's description would stand."""


@dataclass(frozen=True, slots=True)
class Takeout:
    """What Google Photos knew of a photo.

    Attributes:
        taken_s: seconds since 1970, UTC. Where it was taken, and so its time zone, is not told.
        latitude, longitude: as a person set it or Google found it, else as the camera wrote it.
        written: None where a person wrote nothing.
    """

    taken_s: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    written: Written | None = None


def read_takeout(data: bytes) -> Takeout:
    """What such a file says. Never raises."""
    found = _parsed(data)
    latitude, longitude = _position(found)
    written = Written(_caption(found.get("description")), found.get("favorited") is True)
    return Takeout(_taken_s(found), latitude, longitude, written if written != Written() else None)


def _parsed(data: bytes) -> Mapping[str, object]:
    if len(data) > LARGEST_BYTES:
        return {}
    try:
        return _object(json.loads(data))
    except (ValueError, RecursionError):
        return {}


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _taken_s(found: Mapping[str, object]) -> float | None:
    told = _object(found.get("photoTakenTime")).get("timestamp")
    text = str(told) if isinstance(told, int) and abs(told) < 1e11 else told
    if not isinstance(text, str) or not _SECONDS.fullmatch(text):
        return None
    seconds = float(text)
    # 0 is written where nothing is known.
    return seconds if seconds and _OLDEST_S <= seconds <= _NEWEST_S else None


def _position(found: Mapping[str, object]) -> tuple[float | None, float | None]:
    for name in ("geoData", "geoDataExif"):
        place = _object(found.get(name))
        # 0, 0 is written where nothing is known; ``plausible`` refuses it.
        position = plausible(_degrees(place.get("latitude")), _degrees(place.get("longitude")))
        if position != (None, None):
            return position
    return None, None


def _degrees(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # Not a number compares as nothing, and a huge whole number would not become a float.
    return float(value) if is_number and -180 <= value <= 180 else None  # type: ignore[operator, arg-type]


def _caption(value: object) -> str | None:
    if not isinstance(value, str) or value.strip().lower() in _BY_CAMERAS:
        return None
    plain = "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in value[:_LONGEST_CAPTION])
    return plain.strip() or None
