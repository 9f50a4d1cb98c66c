"""The clock on the wall: moments as this place's clocks showed them."""

from __future__ import annotations

import calendar
import time


def wall_clock(seconds: float) -> float:
    """A moment (seconds since 1970, UTC) as the clock on the wall shows it here, as if the place were UTC."""
    try:
        return calendar.timegm(time.localtime(seconds)) + seconds % 1
    except (OverflowError, OSError, ValueError):
        # A time far outside of what the system's calendar knows.
        return seconds
