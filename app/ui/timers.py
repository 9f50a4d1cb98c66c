"""Timers that end with their owner: one that rings again and again, one that rings once a pause is over."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


def repeating(owner: QObject, interval_ms: int, act: Callable[[], object]) -> QTimer:
    """Not started yet."""
    timer = QTimer(owner)
    timer.setInterval(interval_ms)
    timer.timeout.connect(act)
    return timer


def pausing(owner: QObject, interval_ms: int, act: Callable[[], object]) -> QTimer:
    """Not started yet; each start begins the pause anew."""
    timer = repeating(owner, interval_ms, act)
    timer.setSingleShot(True)
    return timer
