"""Name the places where photos were taken."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from app.core.types import Fact, Progress, Stage, Summary
from app.library.library import Library
from app.library.stages import Urgent, nobody_waits

AT_ONCE = 1000


def place_missing(library: Library, *, first: Urgent = nobody_waits) -> Iterator[Fact]:
    """Look every position up that has no place yet, the urgent ones first. The gazetteer is loaded only if need be.

    Yields:
        Progress after each step; last the Summary.

    Raises:
        DiskFull: what was placed before is kept.
    """
    started = time.monotonic()
    done = 0
    yield Progress(Stage.PLACE, 0, library.catalog.count_without_place())
    while found := library.catalog.photos_without_place(AT_ONCE, first()):
        positions = np.array([(each.latitude, each.longitude) for each in found], np.float64)
        library.catalog.write_places(list(zip(found, library.gazetteer.places(positions), strict=True)))
        done += len(found)
        yield Progress(Stage.PLACE, done, done + library.catalog.count_without_place())
    yield Summary(Stage.PLACE, added=done, seconds=time.monotonic() - started)
