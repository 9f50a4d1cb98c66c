"""Turns arrays of pixels into Qt's images, and back."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from app.core.types import RgbImage


def image_of(pixels: RgbImage) -> QImage:
    """An image that owns its pixels.

    Args:
        pixels: uint8, shape (height, width, 3), RGB.
    """
    height, width, _ = pixels.shape
    rows = np.ascontiguousarray(pixels)
    return QImage(rows.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def pixels_of(image: QImage) -> RgbImage:
    """The pixels of any image.

    Returns:
        uint8, shape (height, width, 3), RGB.
    """
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()
