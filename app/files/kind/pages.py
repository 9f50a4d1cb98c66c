"""Measures how much of a picture is written paper: text or drawing on an even, bright, hardly coloured ground."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.core.types import RgbImage

_CELL_PX = 16
_STROKE_PX = 11
"""At a thumbnail's size, strokes and letters are thinner than this; what is wider is part of the ground."""
_INK = 0.15
_DARK_INK, _CLEAN = 0.22, 0.10
"""In a written cell the darkest twentieth is at least so much darker than the ground, half of it at most so much: ink
is sparse, and there is nothing in between, as there is in grass, hair or gravel."""
_SIDES = 0.04
"""The share of pixels, from left to right, at which ink begins or ends."""
_EVEN = 0.08
_EVEN_NEIGHBOURS = 5
_DARKEST_PAPER = 70
_BRIGHTNESS, _COLOUR = 0.5, 0.4
_WRITTEN_NEIGHBOURS = 4

Plane = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


def written_share(image: RgbImage) -> float:
    """The share of a picture that is covered by writing on paper, in blocks, 0 to 1.

    Args:
        image: a thumbnail; uint8, shape (height, width, 3), RGB, its shortest edge some 400 px.
    """
    light = image.mean(axis=2, dtype=np.float32).astype(np.uint8)
    if min(light.shape) < 3 * _CELL_PX:
        return 0.0
    ground = _closed(light)
    darker = (ground - light) / np.maximum(ground, np.uint8(1)).astype(np.float32)
    written = _is_paper(_cells(ground).mean(axis=2, dtype=np.float32), _cells(_chroma(image)).mean(axis=2))
    written[written] = _is_written(darker, written)
    return float((written & (_neighbours(written) >= _WRITTEN_NEIGHBOURS)).mean())


def _is_paper(ground: Plane, chroma: Plane) -> Mask:
    """Cells that are bright beside the picture's brightest, hardly coloured, and as bright as those around them."""
    padded = np.pad(ground, 1, mode="edge")
    even = np.zeros(ground.shape, dtype=np.int8)
    for down, right in _AROUND:
        beside = padded[down : down + ground.shape[0], right : right + ground.shape[1]]
        even += np.abs(beside - ground) < _EVEN * ground
    is_bright = (ground > _BRIGHTNESS * np.quantile(ground, 0.95)) & (ground > _DARKEST_PAPER)
    paper: Mask = is_bright & (chroma < _COLOUR) & (even >= _EVEN_NEIGHBOURS)
    return paper


def _is_written(darker: Plane, asked: Mask) -> Mask:
    """Of the cells asked for, those in which little is much darker than the ground, and ink has many sides."""
    ink = darker > _INK
    sides = np.pad(ink[:, 1:] != ink[:, :-1], ((0, 0), (0, 1)))
    middle, dark = _CELL_PX**2 // 2, int(_CELL_PX**2 * 0.95)
    ordered = np.partition(_cells(darker)[asked], (middle, dark), axis=1)
    has_sides = _cells(sides)[asked].mean(axis=1) > _SIDES
    written: Mask = (ordered[:, middle] < _CLEAN) & (ordered[:, dark] > _DARK_INK) & has_sides
    return written


_AROUND = tuple((down, right) for down in range(3) for right in range(3) if (down, right) != (1, 1))


def _neighbours(cells: Mask) -> npt.NDArray[np.int8]:
    """How many of the eight cells around each are set."""
    padded = np.pad(cells, 1).astype(np.int8)
    height, width = cells.shape
    return sum(
        (padded[down : down + height, right : right + width] for down, right in _AROUND), np.zeros(cells.shape, np.int8)
    )


def _chroma(image: RgbImage) -> Plane:
    """0 grey to 1 pure colour."""
    most, least = image.max(axis=2), image.min(axis=2)
    chroma: Plane = (most - least) / np.maximum(most, np.uint8(1)).astype(np.float32)
    return chroma


def _cells(plane: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """From (height, width) to (rows, columns, pixels of a cell); what is left over at the edges is cut off."""
    rows, columns = plane.shape[0] // _CELL_PX, plane.shape[1] // _CELL_PX
    cut = plane[: rows * _CELL_PX, : columns * _CELL_PX].reshape(rows, _CELL_PX, columns, _CELL_PX)
    return cut.swapaxes(1, 2).reshape(rows, columns, _CELL_PX**2)


def _closed(light: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The ground without what is dark and thin on it: the brightest around each pixel, then the darkest of those."""
    for pick in (np.maximum, np.minimum):
        for axis in (0, 1):
            light = _slid(light, pick, axis)
    return light


def _slid(plane: npt.NDArray[np.uint8], pick: np.ufunc, axis: int) -> npt.NDArray[np.uint8]:
    margin = [(0, 0), (0, 0)]
    margin[axis] = (_STROKE_PX // 2, _STROKE_PX // 2)
    lines = np.moveaxis(np.pad(plane, margin, mode="edge"), axis, 0)
    length = plane.shape[axis]
    best = lines[:length].copy()
    for by in range(1, _STROKE_PX):
        pick(best, lines[by : by + length], out=best)
    return np.moveaxis(best, 0, axis)
