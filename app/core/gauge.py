"""What the scores of one question are measured by, so that the same photo gets the same score in a larger library."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping


class Gauge:
    """Figures of a library, as they were when they were first wanted: the mean of scores, how many photos hold a word.

    A score says how far a photo stands above the crowd, and how rare its words are. Both move as photos come; whoever
    asks again with the gauge of the first time gets scores that can be compared with those of the first time.
    """

    def __init__(self, figures: Mapping[str, float] | None = None) -> None:
        self._figures: dict[str, float] = {} if figures is None else dict(figures)
        self._prefix = ""

    @property
    def figures(self) -> dict[str, float]:
        """All that were wanted so far, finite ones, by names that say what for."""
        return dict(self._figures)

    def has(self, name: str) -> bool:
        """Whether this figure was wanted before."""
        return self._prefix + name in self._figures

    def part(self, name: str) -> Gauge:
        """The same gauge for one part of the question; figures of two parts do not mix."""
        made = Gauge()
        made._figures, made._prefix = self._figures, f"{self._prefix}{name}/"
        return made

    def keep(self, name: str, now: Callable[[], float]) -> float:
        """The figure as it was when it was first wanted; ``now`` tells it the first time."""
        name = self._prefix + name
        if name not in self._figures:
            figure = float(now())
            if not math.isfinite(figure):
                return figure  # there is nothing to be measured by yet
            self._figures[name] = figure
        return self._figures[name]
