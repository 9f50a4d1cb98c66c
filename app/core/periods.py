"""Days as a person names them ("2023-05", "last week", "7d"), and the moments that they mean."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

_DAY_S = 86_400
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Date:
    """A year, a month or a day."""

    year: int
    month: int | None = None
    day: int | None = None


class Unit(StrEnum):
    """What ``Ago`` counts, by its letter."""

    DAY = "d"
    WEEK = "w"
    MONTH = "m"
    YEAR = "y"


@dataclass(frozen=True, slots=True)
class Ago:
    """The day so many days, weeks, months or years before today. By itself: from that day until today."""

    count: int
    unit: Unit


class Named(StrEnum):
    """Spans that move with the calendar; weeks begin on Monday."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    THIS_WEEK = "this-week"
    LAST_WEEK = "last-week"
    THIS_MONTH = "this-month"
    LAST_MONTH = "last-month"
    THIS_YEAR = "this-year"
    LAST_YEAR = "last-year"


Period = Date | Ago | Named


def extent(period: Period, now: float) -> tuple[float, float]:
    """When a period begins and ends.

    Args:
        period: absolute or relative.
        now: seconds since 1970 on this place's clocks, as if it were UTC (``clock.wall_clock``).

    Returns:
        Its first moment and the first one after it, in the same seconds.
    """
    if isinstance(period, Date):
        first, last = _of_date(period)
    elif isinstance(period, Ago):
        first = last = _days_ago(period, _today(now))
    else:
        first, last = _of_name(period, _today(now))
    return _moment(first), _moment(last) + _DAY_S


def end_of_today(now: float) -> float:
    """The first moment of tomorrow. Arguments as in ``extent``."""
    return _moment(_today(now)) + _DAY_S


def _today(now: float) -> date:
    try:
        return _EPOCH + timedelta(seconds=now)
    except OverflowError:
        return _EPOCH


def _moment(day: date) -> float:
    return float((day - _EPOCH).days * _DAY_S)


def _of_date(told: Date) -> tuple[date, date]:
    if told.month is None:
        return date(told.year, 1, 1), date(told.year, 12, 31)
    if told.day is None:
        return date(told.year, told.month, 1), _last_of_month(told.year, told.month)
    day = date(told.year, told.month, told.day)
    return day, day


def _last_of_month(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _days_ago(ago: Ago, today: date) -> date:
    """Never before the calendar's first day. A month before March 31 is the last day of February."""
    try:
        if ago.unit in (Unit.DAY, Unit.WEEK):
            return today - timedelta(days=ago.count * (7 if ago.unit is Unit.WEEK else 1))
        months = today.year * 12 + today.month - 1 - ago.count * (12 if ago.unit is Unit.YEAR else 1)
        year, month = months // 12, months % 12 + 1
        return min(today.replace(year=year, month=month, day=1) + timedelta(today.day - 1), _last_of_month(year, month))
    except (OverflowError, ValueError):
        return date.min


def _of_name(name: Named, today: date) -> tuple[date, date]:
    if name is Named.TODAY:
        return today, today
    if name is Named.YESTERDAY:
        return today - timedelta(1), today - timedelta(1)
    if name in (Named.THIS_WEEK, Named.LAST_WEEK):
        monday = today - timedelta(today.weekday() + (7 if name is Named.LAST_WEEK else 0))
        return monday, monday + timedelta(6)
    if name in (Named.THIS_MONTH, Named.LAST_MONTH):
        first = today.replace(day=1)
        first = first if name is Named.THIS_MONTH else (first - timedelta(1)).replace(day=1)
        return first, _last_of_month(first.year, first.month)
    year = today.year - (name is Named.LAST_YEAR)
    return date(year, 1, 1), date(year, 12, 31)
