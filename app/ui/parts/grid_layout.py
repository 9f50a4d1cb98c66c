"""Where each photo of a grid stands: justified lines under headings, in numpy, for a million photos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MIN_ASPECT, MAX_ASPECT = 0.4, 3.5
"""Panoramas and long screenshots are cropped to these, so that none takes a line or a sliver for itself."""

_LONE_STRETCH = 1.25
"""A section's only line is filled by making it up to this much higher; a shorter one stays ragged."""
_STRETCH = 1.6
"""The same for a line among others, where a gap at the right would look like an accident."""
_EVENING_TURNS = 2
"""More change little."""
_TIE = 1e-6
"""Of a line: nearer than this to the end of it, rounding decides where a photo falls."""


class Rect(NamedTuple):
    """Pixels, from the top left of the whole content."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Measures:
    """The fixed distances of a grid, in pixels; ``heading_px`` is the room above a section with a heading."""

    left_px: int = 20
    right_px: int = 20
    gap_px: int = 6
    heading_px: int = 44
    top_px: int = 2
    bottom_px: int = 20


@dataclass(frozen=True, slots=True, eq=False)
class GridLayout:
    """A finished layout and the questions it answers; rows are places in the model, lines are what is seen.

    Attributes:
        lefts, widths: int64, shape (n,), pixels, by row.
        line_first: int64, shape (lines + 1,): first row of each line; the last entry is n.
        line_top, line_height: int64, shape (lines,), pixels.
        section_first: int64, shape (sections + 1,): first row of each section; the last entry is n.
        section_top: int64, shape (sections,): where the heading of each section begins.
        height_px: of the whole content.
    """

    lefts: Ints
    widths: Ints
    line_first: Ints
    line_top: Ints
    line_height: Ints
    section_first: Ints
    section_top: Ints
    height_px: int

    def __len__(self) -> int:
        return len(self.lefts)

    def visible(self, y0: int, y1: int) -> tuple[int, int]:
        """The rows of all lines that touch the band from ``y0`` to ``y1``: first and, exclusive, last."""
        first, last = self._lines_between(y0, y1)
        return int(self.line_first[first]), int(self.line_first[last])

    def sections_between(self, y0: int, y1: int) -> range:
        """The sections of which a part touches the band."""
        first = int(np.searchsorted(self.section_top, y0, side="right")) - 1
        return range(max(0, first), int(np.searchsorted(self.section_top, y1, side="left")))

    def rect(self, row: int) -> Rect:
        """Where the photo of this row stands."""
        line = self.line_of(row)
        return Rect(int(self.lefts[row]), int(self.line_top[line]), int(self.widths[row]), int(self.line_height[line]))

    def rects(self, first: int, last: int) -> list[Rect]:
        """The same for the rows from ``first`` to, exclusive, ``last``, at once."""
        lines = np.searchsorted(self.line_first, np.arange(first, last), side="right") - 1
        columns = (
            self.lefts[first:last],
            self.line_top[lines],
            self.widths[first:last],
            self.line_height[lines],
        )
        return [Rect(*place) for place in zip(*(column.tolist() for column in columns), strict=True)]

    def row_at(self, x: int, y: int) -> int:
        """The row whose photo covers this point, or -1."""
        line = int(np.searchsorted(self.line_top, y, side="right")) - 1
        if line < 0 or y >= self.line_top[line] + self.line_height[line]:
            return -1
        first, last = self.line_first[line], self.line_first[line + 1]
        row = int(first + np.searchsorted(self.lefts[first:last], x, side="right")) - 1
        return row if row >= first and x < self.lefts[row] + self.widths[row] else -1

    def line_of(self, row: int) -> int:
        """The line on which this row stands."""
        return int(np.searchsorted(self.line_first, row, side="right")) - 1

    def section_of(self, row: int) -> int:
        """The section in which this row stands."""
        return int(np.searchsorted(self.section_first, row, side="right")) - 1

    def above(self, row: int) -> int:
        """The row most nearly above, or the same on the first line."""
        return self.nearest(row, self.line_of(row) - 1)

    def below(self, row: int) -> int:
        """The row most nearly below, or the same on the last line."""
        return self.nearest(row, self.line_of(row) + 1)

    def nearest(self, row: int, line: int) -> int:
        """The row of ``line`` whose middle is nearest to ``row``'s, or ``row`` without such a line."""
        if not 0 <= line < len(self.line_top):
            return row
        first, last = self.line_first[line], self.line_first[line + 1]
        middles = self.lefts[first:last] + self.widths[first:last] / 2
        return int(first + np.argmin(np.abs(middles - self.lefts[row] - self.widths[row] / 2)))

    def page_from(self, row: int, distance_px: int) -> int:
        """The row ``distance_px`` (up: negative) from this one, on another line unless at the end."""
        line = self.line_of(row)
        aim = self.line_top[line] + distance_px
        target = int(np.searchsorted(self.line_top, aim, side="right")) - 1
        target = min(target, line - 1) if distance_px < 0 else max(target, line + 1)
        return self.nearest(row, min(max(target, 0), len(self.line_top) - 1))

    def rows_in(self, area: Rect) -> Ints:
        """The rows whose photos touch ``area``: int64, rising."""
        first, last = self.visible(area.y, area.y + area.height)
        lefts, widths = self.lefts[first:last], self.widths[first:last]
        return first + np.flatnonzero((lefts < area.x + area.width) & (lefts + widths > area.x))

    def _lines_between(self, y0: int, y1: int) -> tuple[int, int]:
        first = max(0, int(np.searchsorted(self.line_top, y0, side="right")) - 1)
        if first < len(self.line_top) and self.line_top[first] + self.line_height[first] <= y0:
            first += 1
        last = int(np.searchsorted(self.line_top, y1, side="left"))
        return first, max(first, last)


def justify(
    aspects: npt.NDArray[np.float32],
    section_counts: Ints,
    *,
    width_px: int,
    target_px: int,
    has_heading: npt.NDArray[np.bool_] | bool = True,
    measures: Measures = Measures(),
) -> GridLayout:
    """Lay photos out in lines of equal width whose heights are near ``target_px``.

    Every section is cut into the number of lines that brings them nearest to the target, and a photo goes to
    the line on which the middle of it falls, so that all lines of a section are about equally full and no
    stragglers remain. Nothing loops over photos, lines or sections.

    Args:
        aspects: float32, shape (n,), width / height of each photo.
        section_counts: int64, shape (sections,), photos in each section, all above 0, their sum n.
        width_px: of the whole content, margins included.
        target_px: the wanted height of a line.
        has_heading: for each section (or all) whether room for a heading is left above it.
        measures: the fixed distances.
    """
    width = max(1, width_px - measures.left_px - measures.right_px)
    ratios = np.clip(np.nan_to_num(aspects, nan=1.0), MIN_ASPECT, MAX_ASPECT).astype(np.float64)
    section_first = np.concatenate(([0], np.cumsum(section_counts, dtype=np.int64)))
    line_first, is_lone = _cut(ratios, section_first, width, target_px, measures.gap_px)
    heights, is_ragged = _line_heights(ratios, line_first, is_lone, width, target_px, measures.gap_px)
    lefts, widths = _columns(ratios, line_first, heights, is_ragged, width, measures)
    line_height = np.maximum(1, np.round(heights)).astype(np.int64)
    first_line = np.searchsorted(line_first[:-1], section_first[:-1])
    room_above = np.broadcast_to(has_heading, len(section_counts)) * measures.heading_px
    line_top, section_top = _tops(line_height, first_line, room_above, measures)
    bottom = int(line_top[-1] + line_height[-1]) + measures.bottom_px if len(line_top) else 0
    return GridLayout(lefts, widths, line_first, line_top, line_height, section_first, section_top, bottom)


def _cut(
    ratios: Floats, section_first: Ints, width: int, target_px: int, gap_px: int
) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """First row of each line (and n at the end), and whether the line is the only one of its section."""
    if not len(ratios):
        return np.zeros(1, np.int64), np.zeros(0, bool)
    lengths = ratios * target_px + gap_px
    ends = np.cumsum(lengths)
    begins = np.concatenate(([0.0], ends))[section_first]
    counts = np.diff(section_first)
    section_lengths = np.diff(begins)
    lines = _line_counts(section_lengths / (width + gap_px))
    # One number per photo that rises with section and line: its whole part changes where a line begins.
    scale = lines / section_lengths
    line_base = np.concatenate(([0], np.cumsum(lines)[:-1]))
    middles = ends - lengths / 2
    within = (middles - np.repeat(begins[:-1], counts)) * np.repeat(scale, counts)
    # What falls between two lines goes to the upper one: the last line of a section is the one that may be short.
    line_number = np.minimum((within - _TIE).astype(np.int64), np.repeat(lines - 1, counts))
    line_number += np.repeat(line_base, counts)
    is_first = np.concatenate(([True], line_number[1:] != line_number[:-1]))
    line_first = np.flatnonzero(is_first)
    section = np.searchsorted(section_first, line_first, side="right") - 1
    line_first = np.concatenate((line_first, [len(ratios)]))
    _even_out(line_first, np.concatenate(([0.0], ends)), section)
    return line_first, (lines == 1)[section]


def _even_out(line_first: Ints, ends: Floats, section: Ints) -> None:
    """Move single photos across the borders of lines where that makes the two lines more alike.

    Borders are taken in turns, every other one at a time, so that none of a turn touches the same line. Every
    move brings two lines of constant sum closer together, so the heights can only become more even.

    Args:
        line_first: int64, shape (lines + 1,); changed in place.
        ends: float64, shape (n + 1,): the summed lengths of the first so many photos.
        section: int64, shape (lines,): the section of each line, whose borders stay.
    """
    borders = np.flatnonzero(section[1:] == section[:-1]) + 1
    for turn in (1, 0) * _EVENING_TURNS:
        own = borders[borders % 2 == turn]
        before, here, after = line_first[own - 1], line_first[own], line_first[own + 1]
        middle = (ends[before] + ends[after]) / 2
        best, least = here.copy(), np.abs(ends[here] - middle)
        for moved in (here - 1, here + 1):
            off = np.abs(ends[moved] - middle)
            is_better = (off < least) & (moved > before) & (moved < after)
            best[is_better], least[is_better] = moved[is_better], off[is_better]
        line_first[own] = best


def _line_counts(fill: Floats) -> Ints:
    """How many lines a section takes that would fill ``fill`` lines at the target height.

    With r lines their heights are off by the factor r / fill; whether r or r + 1 is the better by ratio
    changes at the geometric mean of the two.
    """
    low = np.floor(fill).astype(np.int64)
    return np.maximum(1, low + (fill > np.sqrt(low * (low + 1.0))))


def _line_heights(
    ratios: Floats, line_first: Ints, is_lone: npt.NDArray[np.bool_], width: int, target_px: int, gap_px: int
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    if not len(ratios):
        return np.zeros(0), np.zeros(0, bool)
    gaps = (np.diff(line_first) - 1) * gap_px
    heights = np.maximum(width - gaps, 1) / np.add.reduceat(ratios, line_first[:-1])
    is_ragged = heights > target_px * np.where(is_lone, _LONE_STRETCH, _STRETCH)
    heights[is_ragged] = target_px
    return heights, is_ragged


def _columns(
    ratios: Floats,
    line_first: Ints,
    heights: Floats,
    is_ragged: npt.NDArray[np.bool_],
    width: int,
    measures: Measures,
) -> tuple[Ints, Ints]:
    """Left edges and widths; both edges of a photo are rounded, so that gaps and right margin stay even."""
    if not len(ratios):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    per_line = np.diff(line_first)
    exact = ratios * np.repeat(heights, per_line)
    right = np.cumsum(exact + measures.gap_px)
    right -= np.repeat(np.concatenate(([0.0], right))[line_first[:-1]], per_line)
    lefts = np.round(right - exact - measures.gap_px).astype(np.int64)
    rights = np.round(right - measures.gap_px).astype(np.int64)
    last_of_full = line_first[1:][~is_ragged] - 1
    rights[last_of_full] = width  # what rounding leaves over
    return lefts + measures.left_px, np.maximum(rights - lefts, 1)


def _tops(line_height: Ints, first_line: Ints, room_above: Ints, measures: Measures) -> tuple[Ints, Ints]:
    """Tops of lines and sections; the gap under a section's last line is part of the next heading's room."""
    steps = line_height + measures.gap_px
    tops = np.concatenate(([0], np.cumsum(steps)[:-1])) if len(steps) else np.zeros(0, np.int64)
    extra = np.zeros(len(line_height), np.int64)
    extra[first_line] = np.maximum(room_above - measures.gap_px, 0)
    if len(first_line):
        extra[0] = room_above[0] if room_above[0] else measures.left_px - measures.top_px
    tops = tops + np.cumsum(extra) + measures.top_px
    section_top = tops[first_line] - room_above if len(first_line) else np.zeros(0, np.int64)
    return tops, section_top
