"""Finds the date in a file's name, as cameras, phones, messengers and careful people write it.

To add a pattern: 1. its regular expression below, with the groups that ``_moment`` reads; 2. its place in ``_TIMED`` or
``_DAYS``; 3. names that have it, and names that only look like it, in tests/files/test_file_names.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from app.core.clock import wall_clock

_OLDEST_DIGITS_YEAR = 1990
"""Before it, eight digits in a row are a number rather than a day."""
_OLDEST_YEAR = 1826
"""Of the oldest photograph."""
_DAY_S = 86_400
_NOON_S = _DAY_S // 2
_LONGEST_NAME = 255

# Letters may stand right before digits (IMG20190712), digits or a plus sign (of a telephone number) may not.
_START = r"(?:^|[^0-9A-Za-z+])[A-Za-z]*"
_DIGITS_DAY = r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
# Not the year at the end of 12-07-2019, whatever follows it.
_PARTED_DAY = (
    r"(?<!\d[-_.]\d\d[-_.])(?<!\d[-_.]\d[-_.])(?P<year>\d{4})(?P<parted>[-_.])(?P<month>\d\d)(?P=parted)(?P<day>\d\d)"
)
_DIGITS_TIME = r"(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)(?P<milli>\d{3})?(?!\d)"
_HALF = "(?:[ _\u00a0\u202f]?(?P<half>[AaPp])[Mm](?![A-Za-z]))?"
_UTC = r"(?P<utc>Z(?![0-9A-Za-z]))"
_AT = r" (?:at|um|om|à|às|alle|a las|kl\.?|klo|o) "

_TIMED = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        # 20190712_180312, IMG20190712180312, PXL_20210704_123456789, 20190712T180312Z
        rf"{_START}{_DIGITS_DAY}[-_ T.]?{_DIGITS_TIME}{_UTC}?",
        # WP_20190712_18_03_12_Pro, 20190712-18-03-12
        rf"{_START}{_DIGITS_DAY}[-_ ](?P<hour>\d\d)(?P<by>[-_.])(?P<minute>\d\d)(?P=by)(?P<second>\d\d)(?!\d)",
        # signal-2019-07-12-180312
        rf"{_START}{_PARTED_DAY}[-_ T]{_DIGITS_TIME}{_UTC}?",
        # 2019-07-12 18.03.12, photo_2019-07-12_18-03-12, 2019-07-12T18:03:12.123Z
        rf"{_START}{_PARTED_DAY}(?:[-_ T]|{_AT})(?P<hour>\d\d)(?P<by>[-_.: ])(?P<minute>\d\d)(?P=by)(?P<second>\d\d)"
        rf"(?:[.,](?P<milli>\d{{3}}))?(?!\d)(?:{_UTC}|{_HALF})",
        # Screenshot 2019-07-12 at 6.03.12 PM
        rf"{_START}{_PARTED_DAY}{_AT}(?P<hour>\d)[.:](?P<minute>\d\d)[.:](?P<second>\d\d)(?!\d){_HALF}",
        # 2019-07-12 18.03, 2019-07-12 18h03
        rf"{_START}{_PARTED_DAY}(?:[_ T]|{_AT})(?P<hour>\d\d)[.:h](?P<minute>\d\d)(?![\d.:]\d){_HALF}",
    )
)
_DAYS = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        # IMG-20190712-WA0003, WP_20130712_001, 2019-07-12 Anna's birthday
        rf"{_START}{_DIGITS_DAY}(?![0-9A-Za-z])(?:[-_ ](?:WA)?(?P<counter>\d{{1,4}})(?!\d))?",
        rf"{_START}{_PARTED_DAY}(?!\d)(?:[-_ ](?:WA)?(?P<counter>\d{{1,4}})(?!\d))?",
    )
)
# Milliseconds since 1970, where a program is known to write them, or where the name begins with nothing else.
_MILLISECONDS = re.compile(r"(?:FB_IMG_|mmexport|wx_camera_|IMG_|VID_|Screenshot_|received_)?(1\d{12})(?!\d)", re.ASCII)
# Numbers of photos, by which Facebook and Flickr name what is downloaded: they may look like a day.
_NUMBERED = re.compile(r"\d+_(?:(?:\d+_){1,2}[a-z]\b|[0-9a-f]{10}(?:_[a-z])?\b)", re.ASCII)
_IN_UTC = "PXL_"
"""Google's camera on Pixels writes UTC, whatever the phone's time zone is."""


Parts = Mapping[str, str | None]
"""The groups of a pattern."""


@dataclass(frozen=True, slots=True)
class NamedDate:
    """What a name tells: a moment, or only a day.

    Attributes:
        taken_at: local wall-clock time as in ``Metadata``; of a day alone, its noon and a second for each count of
            the counter that follows, so that the day stays right and its photos in order.
        has_time: it is a moment, not only a day.
    """

    taken_at: float
    has_time: bool

    @property
    def day(self) -> int:
        """Days since 1970."""
        return int(self.taken_at // _DAY_S)


def date_in(name: str, now: float) -> NamedDate | None:
    """The date in a file's name; None where there is none. Never raises.

    Days are taken in the order year, month, day alone: in any other, nobody can tell the day from the month. A moment
    that the name tells in UTC becomes this computer's wall-clock time, as the file's own time does: where it was taken
    is not known.

    Args:
        name: with or without its suffix.
        now: seconds since 1970, UTC; what lies more than a day after it is no date.
    """
    name = unicodedata.normalize("NFC", name[:_LONGEST_NAME])
    found = next(_moments(name, now), None)
    if found is None and not _NUMBERED.match(name):
        found = next(_days(name, now), None)
    return found


def _moments(name: str, now: float) -> Iterator[NamedDate]:
    for pattern in _TIMED:
        for match in pattern.finditer(name):
            moment = _moment(match.groupdict(), now)
            if moment is not None:
                is_utc = match.groupdict().get("utc") or _IN_UTC in name
                yield NamedDate(wall_clock(moment) if is_utc else moment, has_time=True)
    counted = _MILLISECONDS.match(name)
    if counted and int(counted[1]) / 1000 <= now + _DAY_S:
        yield NamedDate(wall_clock(int(counted[1]) / 1000), has_time=True)


def _moment(parts: Parts, now: float) -> float | None:
    """Seconds of a pattern's groups as written; None where they are no date that a photo can have."""
    day = _day(parts, now)
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    half = (parts.get("half") or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    if day is None or hour > 23 or minute > 59 or second > 59:
        return None
    return day + hour * 3600 + minute * 60 + second + int(parts.get("milli") or 0) / 1000


def _days(name: str, now: float) -> Iterator[NamedDate]:
    for pattern in _DAYS:
        for match in pattern.finditer(name):
            day = _day(match.groupdict(), now)
            if day is not None:
                yield NamedDate(day + _NOON_S + int(match["counter"] or 0), has_time=False)


def _day(parts: Parts, now: float) -> float | None:
    """The day's first second, as if the place were UTC."""
    year, month, day = (int(parts[name] or 0) for name in ("year", "month", "day"))
    if year < (_OLDEST_YEAR if parts.get("parted") else _OLDEST_DIGITS_YEAR):
        return None
    try:
        start = datetime(year, month, day, tzinfo=UTC).timestamp()
    except ValueError:
        return None
    return start if start <= wall_clock(now) + _DAY_S else None
