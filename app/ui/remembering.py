"""Reads and writes what the window remembers from one start to the next: place, widths, order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QWidget

from app.core.types import Order
from app.ui.columns import HEIGHT_PX, WIDTH_PX, Columns


def restore(remembered: Mapping[str, Any], window: QWidget, columns: Columns, side_px: tuple[int, int]) -> None:
    """Put window and columns where they were; damaged entries count as missing.

    Args:
        remembered: as ``state`` gave it.
        window: gets its place and size.
        columns: get their widths.
        side_px: widths of the first and the last column where none are remembered.
    """
    left_px, right_px = side_px
    window.resize(WIDTH_PX, HEIGHT_PX)
    window.restoreGeometry(_bytes(remembered.get("geometry")))
    columns.set_widths(
        _sizes(remembered.get("outer"), [left_px, WIDTH_PX - left_px]),
        _sizes(remembered.get("inner"), [WIDTH_PX - left_px - right_px, right_px]),
    )


def state(window: QWidget, columns: Columns, *, is_informing: bool, order: Order) -> dict[str, Any]:
    """What to remember; the width of a closed information panel is left out, so that the last one stays."""
    told: dict[str, Any] = {
        "geometry": bytes(window.saveGeometry().toBase64().data()).decode("ascii"),
        "outer": columns.outer_px,
        "information": is_informing,
        "order": order.value,
    }
    return told | ({"inner": columns.inner_px} if is_informing else {})


def order_of(remembered: Mapping[str, Any]) -> Order:
    """The order of the photos."""
    stored = remembered.get("order")
    return Order(stored) if isinstance(stored, str) and stored in set(Order) else Order.NEWEST


def _bytes(stored: object) -> QByteArray:
    return QByteArray.fromBase64(stored.encode("ascii", "ignore")) if isinstance(stored, str) else QByteArray()


def _sizes(stored: object, usual: list[int]) -> list[int]:
    if not isinstance(stored, list) or len(stored) != len(usual):
        return usual
    return stored if all(isinstance(px, int) and px >= 0 for px in stored) and any(stored) else usual
