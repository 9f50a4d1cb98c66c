"""Joins what is told about a photo: by its own headers, by the sidecars beside it, by its name.

Which date is shown, the first that is there:
  1. an XMP sidecar's date of taking: programs that leave originals alone correct it there. Where it is the file's own
     to the second, that stays, since it may know fractions and its offset;
  2. the file's own EXIF, XMP or video container;
  3. another date of an XMP sidecar;
  4. Google Takeout's, a moment in UTC: as this computer's clock showed it, unless the name tells the same moment in
     another time zone, in which case the name knows which. The same goes for a container without an offset;
  5. a moment in the file's name;
  6. a day in the file's name, or the time of EXIF's DateTime, which other programs set when they save: the earlier day,
     since nothing is saved before it is taken; of the same day DateTime, which has a time. A day alone gets the time of
     the file if that lies in it, else its noon;
  7. none: the file's modification time stands in, by the catalogue.
A date that a person sets stands before all of them, in the catalogue.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.core.clock import wall_clock
from app.core.types import DateSource, Metadata, PhotoFile, Role, Written
from app.files.headers import xmp
from app.files.headers.metadata import xmp_date, xmp_position
from app.files.headers.takeout import LARGEST_BYTES, Takeout, read_takeout
from app.files.opening import read_small
from app.files.walk.file_names import NamedDate, date_in

_DAY_S = 86_400
_QUARTER_S = 900
_FARTHEST_ZONES_S = 26 * 3600
_SAME_MOMENT_S = 120
_OWN = (DateSource.EXIF, DateSource.XMP, DateSource.VIDEO)
_TAKEN = ("exif:DateTimeOriginal", "photoshop:DateCreated")


@dataclass(frozen=True, slots=True)
class _Date:
    taken_at: float
    source: DateSource
    utc_offset_min: int | None = None


def told(file: PhotoFile, own: Metadata, mtime_ns: int) -> tuple[Metadata, Written | None]:
    """All that is known of a photo when it is read, and what a person wrote about it elsewhere.

    Args:
        file: with its sidecars among ``others``; those that can't be read or understood count as not there.
        own: what the headers of the file say.
        mtime_ns: of the file as it was read.

    Returns:
        ``own`` with the best date and position; date and source stay None where nothing tells them.
    """
    beside = xmp.properties(_sidecar(file, ".xmp", xmp.LARGEST_BYTES))
    takeout = read_takeout(_sidecar(file, ".json", LARGEST_BYTES))
    named = date_in(file.path.name, time.time())
    date = _best_date(own, beside, takeout, named, wall_clock(mtime_ns / 1e9))
    metadata = _placed(own, beside, takeout)
    if date is not None:
        metadata = replace(
            metadata, taken_at=date.taken_at, date_source=date.source, utc_offset_min=date.utc_offset_min
        )
    return metadata, takeout.written


def _sidecar(file: PhotoFile, suffix: str, largest_bytes: int) -> bytes:
    """Of several the one that is named after the file itself, not after its raw; in whatever order they came."""
    own = file.path.name
    paths = [path for path, role in file.others if role is Role.SIDECAR and path.suffix.lower() == suffix]
    first = min(paths, key=lambda path: (not path.name.startswith(own), path.name), default=None)
    return b"" if first is None else read_small(first, largest_bytes) or b""


def _best_date(
    own: Metadata, beside: Mapping[str, str], takeout: Takeout, named: NamedDate | None, saved_at: float
) -> _Date | None:
    corrected = _xmp({name: beside[name] for name in _TAKEN if name in beside})
    told = None
    if own.taken_at is not None and own.date_source in _OWN:
        told = _in_zone_of_name(_Date(own.taken_at, own.date_source, own.utc_offset_min), named)
    if corrected is not None:
        is_same = told is not None and int(corrected.taken_at) == int(told.taken_at)
        return told if is_same else corrected
    return told or _xmp(beside) or _takeout(takeout, named) or _weak(own, named, saved_at)


def _xmp(found: Mapping[str, str]) -> _Date | None:
    taken_at, offset_min = xmp_date(found)
    return None if taken_at is None else _Date(taken_at, DateSource.XMP, offset_min)


def _takeout(takeout: Takeout, named: NamedDate | None) -> _Date | None:
    if takeout.taken_s is None:
        return None
    return _in_zone_of_name(_Date(wall_clock(takeout.taken_s), DateSource.TAKEOUT), named)


def _in_zone_of_name(date: _Date, named: NamedDate | None) -> _Date:
    """A moment that was told in UTC is shown by the clock that named the file, if it is the same moment."""
    if date.source not in (DateSource.TAKEOUT, DateSource.VIDEO) or date.utc_offset_min is not None:
        return date
    if named is None or not named.has_time:
        return date
    apart_s = abs(named.taken_at - date.taken_at)
    past_s = apart_s % _QUARTER_S  # time zones differ by quarters of an hour
    is_same = apart_s <= _FARTHEST_ZONES_S and min(past_s, _QUARTER_S - past_s) <= _SAME_MOMENT_S
    return replace(date, taken_at=named.taken_at) if is_same else date


def _weak(own: Metadata, named: NamedDate | None, saved_at: float) -> _Date | None:
    """The name's date and the date of saving in EXIF."""
    exif = None if own.taken_at is None else _Date(own.taken_at, own.date_source or DateSource.SAVED)
    if named is None:
        return exif
    if exif is not None and not named.has_time and exif.taken_at // _DAY_S <= named.day:
        return exif
    is_of_the_day = not named.has_time and saved_at // _DAY_S == named.day
    return _Date(saved_at if is_of_the_day else named.taken_at, DateSource.NAME)


def _placed(own: Metadata, beside: Mapping[str, str], takeout: Takeout) -> Metadata:
    """A sidecar's position before the file's own, since somebody set it later; Takeout's where there is none."""
    latitude, longitude = xmp_position(beside)
    if latitude is None and own.latitude is None:
        latitude, longitude = takeout.latitude, takeout.longitude
    return own if latitude is None else replace(own, latitude=latitude, longitude=longitude)
