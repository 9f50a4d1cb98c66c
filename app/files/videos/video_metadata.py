"""Reads date, position and camera from what a video's container says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from app.core.clock import wall_clock
from app.core.types import DateSource, Metadata
from app.files.headers.metadata import camera_name, date_of, plausible, text_of

_EARLIEST_S = 365 * 24 * 3600
"""Clocks that were never set write 1904 (QuickTime's year zero) or 1970; nobody took videos like these then."""
_LATEST_S = 2_208_988_800
"""2040: where 32 bits since 1904 end."""
_DATES = ("com.apple.quicktime.creationdate", "©day")
_POSITIONS = ("com.apple.quicktime.location.ISO6709", "©xyz", "com.android.location")
_MAKERS = ("com.apple.quicktime.make", "com.android.manufacturer", "©mak")
_MODELS = ("com.apple.quicktime.model", "com.android.model", "©mod")
_ISO6709 = re.compile(r"([+-]\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)")


def video_metadata(tags: Mapping[str, str], created_s: float | None, local_s: float | None = None) -> Metadata:
    """What a container says, as ``mp4.Movie`` has it. Never raises."""
    taken_at, offset_min = _date(tags, created_s, local_s)
    latitude, longitude = _position(_first(tags, _POSITIONS))
    return Metadata(
        taken_at=taken_at,
        date_source=DateSource.VIDEO if taken_at is not None else None,
        utc_offset_min=offset_min,
        latitude=latitude,
        longitude=longitude,
        camera=camera_name(text_of(_first(tags, _MAKERS)), text_of(_first(tags, _MODELS))),
    )


def _first(tags: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((tags[name] for name in names if tags.get(name, "").strip()), None)


def _date(tags: Mapping[str, str], created_s: float | None, local_s: float | None) -> tuple[float | None, int | None]:
    """The clock on the wall where the file tells it; else the moment that it tells, as this machine's clock shows it.

    A container's own time is UTC, and nothing says what the clocks showed there: as for a file's time, this
    machine's time zone is the best guess.
    """
    for name in _DATES:
        taken_at, offset_min = date_of(tags.get(name))
        if taken_at is not None and "T" in tags[name]:  # a day alone is a year of release more often than a shot's
            return taken_at, offset_min
    if local_s is not None and _EARLIEST_S < local_s < _LATEST_S:
        return local_s, None
    if created_s is not None and _EARLIEST_S < created_s < _LATEST_S:
        return wall_clock(created_s), None
    return None, None


def _position(text: str | None) -> tuple[float | None, float | None]:
    """ISO 6709 in degrees ("+52.5200+013.4050+034.000/"), with minutes ("+5231.2+01324.3/") or with seconds too."""
    found = _ISO6709.match((text or "").strip())
    if not found:
        return None, None
    return plausible(_degrees(found[1], 2), _degrees(found[2], 3))


def _degrees(text: str, digits: int) -> float:
    whole = text[1:].partition(".")[0]
    value = float(text[1:])
    degrees, minutes, seconds = value, 0.0, 0.0
    if len(whole) > digits + 2:
        degrees, minutes, seconds = value // 10_000, value // 100 % 100, value % 100
    elif len(whole) > digits:
        degrees, minutes = value // 100, value % 100
    total = degrees + minutes / 60 + seconds / 3600
    return -total if text[0] == "-" else total
