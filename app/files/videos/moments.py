"""Tells a frame that shows something from one that is black, flat or blurred."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from app.core.types import RgbImage

PARTS = (0.1, 0.3, 0.5, 0.7)
"""Where in a video a still is looked for, first to last: openings are black, ends are credits or a hand."""

GOOD = 1.0
"""The first frame of this worth is taken, and no other one is decoded."""

EDGE_PX = 160
"""Frames are judged at this width: noise is gone, what people recognise is not."""

_FULL_SPREAD = 20.0
_FULL_DETAIL = 3.0
_MOST = 2.0


def worth(image: RgbImage) -> float:
    """How much there is to see.

    Args:
        image: uint8, shape (height, width, 3); it is judged in grey, EDGE_PX wide.

    Returns:
        0 for a frame of one tone; GOOD and more where tones spread by 20 levels of 255 (standard deviation) and
        neighbours differ by 3 levels on average; each of the two is worth nothing without the other.
    """
    height, width = image.shape[:2]
    small = Image.fromarray(image).reduce(max(1, width // EDGE_PX)) if min(height, width) > EDGE_PX // 2 else image
    values = np.asarray(small, np.float32).mean(axis=2)
    spread = float(values.std()) / _FULL_SPREAD
    detail = (_steps(values, 0) + _steps(values, 1)) / 2 / _FULL_DETAIL
    return min(spread, detail, _MOST)


def _steps(values: npt.NDArray[np.float32], axis: int) -> float:
    """The mean difference of neighbours along an axis."""
    return float(np.abs(np.diff(values, axis=axis)).mean()) if values.shape[axis] > 1 else 0.0
