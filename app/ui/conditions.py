"""Whether background work may run now: not on battery, only when idle, as the settings say."""

from __future__ import annotations

import time
from enum import Enum

import psutil
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QApplication

from app.ui.timers import repeating

_LOOK_MS = 5_000
_IDLE_AFTER_S = 60.0
_INPUT = {
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
}


class Hold(Enum):
    """Why work waits."""

    BATTERY = "battery"
    BUSY = "busy"


class Conditions(QObject):
    """Looks at the battery and at the last key or mouse movement in Oriel's windows."""

    changed = Signal()

    def __init__(self, *, not_on_battery: bool, only_when_idle: bool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._not_on_battery = not_on_battery
        self._only_when_idle = only_when_idle
        self._last_input = time.monotonic()
        self._hold: Hold | None = None
        self._timer = repeating(self, _LOOK_MS, self.look)
        self._is_watching = False

    @property
    def hold(self) -> Hold | None:
        return self._hold

    def start(self) -> None:
        self._timer.start()
        self._watch_input(self._only_when_idle)
        self.look()

    def stop(self) -> None:
        self._timer.stop()
        self._watch_input(False)

    def _watch_input(self, is_watching: bool) -> None:
        """Every event of the program passes the filter, so it is there only while somebody wants to know."""
        app = QApplication.instance()
        if app is None or is_watching == self._is_watching:
            return
        self._is_watching = is_watching
        self._last_input = time.monotonic()
        if is_watching:
            app.installEventFilter(self)
        else:
            app.removeEventFilter(self)

    def choose(self, *, not_on_battery: bool, only_when_idle: bool) -> None:
        self._not_on_battery, self._only_when_idle = not_on_battery, only_when_idle
        self._watch_input(only_when_idle)
        self.look()

    def look(self) -> None:
        hold = self._found()
        if hold is not self._hold:
            self._hold = hold
            self.changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _INPUT:
            self._last_input = time.monotonic()
            if self._only_when_idle and self._hold is None:
                self.look()
        return False

    def _found(self) -> Hold | None:
        if self._not_on_battery and is_on_battery():
            return Hold.BATTERY
        if self._only_when_idle and time.monotonic() - self._last_input < _IDLE_AFTER_S:
            return Hold.BUSY
        return None


def is_on_battery() -> bool:
    """Whether the computer says that it runs on its battery; one without a battery does not."""
    find = getattr(psutil, "sensors_battery", None)
    battery = find() if find is not None else None
    return battery is not None and battery.power_plugged is False
