"""Reads and writes what the window remembers from one start to the next: place, widths, order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QByteArray, QPoint, QSize, Qt
from PySide6.QtWidgets import QWidget

from app.core.query import EVERYWHERE, Source
from app.core.types import Order
from app.ui.panes.columns import HEIGHT_PX, WIDTH_PX, Columns

_USUAL_TITLE_PX, _USUAL_EDGE_PX = 32, 2


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
    fit(window)
    columns.set_widths(
        _sizes(remembered.get("outer"), [left_px, WIDTH_PX - left_px]),
        _sizes(remembered.get("inner"), [WIDTH_PX - left_px - right_px, right_px]),
    )


def fit(window: QWidget) -> None:
    """Keep a window with its frame inside its screen.

    The system tells the frame only once the window is visible; before, a title bar's usual height is set aside.
    """
    if window.windowState() & (Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen):
        return
    screen, inside, frame = window.screen().availableGeometry(), window.geometry(), window.frameGeometry()
    if frame == inside and not window.isVisible():
        frame = inside.adjusted(-_USUAL_EDGE_PX, -_USUAL_TITLE_PX, _USUAL_EDGE_PX, _USUAL_EDGE_PX)
    beside_px, above_px = frame.width() - inside.width(), frame.height() - inside.height()
    size = inside.size().boundedTo(QSize(screen.width() - beside_px, screen.height() - above_px))
    if size != inside.size():
        window.resize(size)
    at = QPoint(
        max(screen.left(), min(frame.left(), screen.right() + 1 - size.width() - beside_px)),
        max(screen.top(), min(frame.top(), screen.bottom() + 1 - size.height() - above_px)),
    )
    if at != frame.topLeft():
        window.move(at)


def state(
    window: QWidget,
    columns: Columns,
    *,
    is_informing: bool,
    order: Order,
    is_folding: bool,
    sources: frozenset[Source],
    put_away: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """What to remember; the width of a closed information panel is left out, so that the last one stays."""
    told: dict[str, Any] = {
        "geometry": bytes(window.saveGeometry().toBase64().data()).decode("ascii"),
        "outer": columns.outer_px,
        "information": is_informing,
        "order": order.value,
        "folding": is_folding,
        "passed_over": sorted(EVERYWHERE - sources),
        "put_away": sorted(put_away),
    }
    return told | ({"inner": columns.inner_px} if is_informing else {})


def put_away_of(remembered: Mapping[str, Any]) -> list[str]:
    """The sections of the sidebar whose rows are put away."""
    stored = remembered.get("put_away")
    return [each for each in stored if isinstance(each, str)] if isinstance(stored, list) else []


def order_of(remembered: Mapping[str, Any]) -> Order:
    """The order of the photos."""
    stored = remembered.get("order")
    return Order(stored) if isinstance(stored, str) and stored in set(Order) else Order.NEWEST


def sources_of(remembered: Mapping[str, Any]) -> frozenset[Source]:
    """Where words are looked for. What was switched off is kept, so that a new place is looked in."""
    stored = remembered.get("passed_over")
    off = [source for source in Source if isinstance(stored, list) and source.value in stored]
    return EVERYWHERE - set(off) or EVERYWHERE


def _bytes(stored: object) -> QByteArray:
    return QByteArray.fromBase64(stored.encode("ascii", "ignore")) if isinstance(stored, str) else QByteArray()


def _sizes(stored: object, usual: list[int]) -> list[int]:
    if not isinstance(stored, list) or len(stored) != len(usual):
        return usual
    return stored if all(isinstance(px, int) and px >= 0 for px in stored) and any(stored) else usual
