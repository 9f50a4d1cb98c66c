"""Starts the frozen window on this display some times, keeps a picture of it and says how soon it came."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from PySide6.QtGui import QGuiApplication, QScreen

STARTS = 3
LIMIT_S = 2.0
"""Within which the fastest start shows the window, unless others keep the machine busier than it has cores."""
TIMEOUT_S = 60.0
SETTLE_S = 3.0


def main(picture: Path, command: list[str]) -> int:
    """0 if the window came in time and without torch, stayed, and closed when asked to."""
    screen = QGuiApplication(["check"]).primaryScreen()
    faults: list[str] = []
    times_s = [_start(command, screen, picture, faults) for _ in range(STARTS)]
    load = os.getloadavg()[0]
    if min(times_s) > LIMIT_S and load <= (os.cpu_count() or 1):
        faults.append(f"later than {LIMIT_S} s")
    told = ", ".join(f"{time_s:.2f}" for time_s in times_s)
    sys.stdout.write(
        f"{'BROKEN ' if faults else 'ok     '} window: visible after {told} s (the machine's load: {load:.1f})\n"
    )
    sys.stdout.writelines(f"        {fault}\n" for fault in faults)
    return 1 if faults else 0


def _start(command: list[str], screen: QScreen, picture: Path, faults: list[str]) -> float:
    started = time.monotonic()
    with subprocess.Popen(command, env=environment()) as window:
        try:
            while not is_shown(screen):
                if window.poll() is not None or time.monotonic() - started > TIMEOUT_S:
                    faults.append("no window came")
                    return TIMEOUT_S
                time.sleep(0.02)
            visible_s = time.monotonic() - started
            if _has_torch(window.pid):
                faults.append("torch was loaded before it")
            time.sleep(SETTLE_S)
            screen.grabWindow(0).save(str(picture))
            if window.poll() is not None:
                faults.append("it did not stay")
        finally:
            window.terminate()
    return visible_s


def _has_torch(process: int) -> bool:
    return "libtorch" in Path(f"/proc/{process}/maps").read_text(encoding="utf-8", errors="replace")


def is_shown(screen: QScreen) -> bool:
    """More than the server's empty background: at least three colours on a coarse raster."""
    image = screen.grabWindow(0).toImage()
    steps_x, steps_y = range(0, image.width(), 16), range(0, image.height(), 16)
    return len({image.pixel(x, y) for x in steps_x for y in steps_y}) >= 3


def environment() -> dict[str, str]:
    """What a desktop gives to a program that it starts, and no more."""
    names = ("DISPLAY", "XAUTHORITY", "HOME", "TMPDIR", "LANG", "PATH")
    return {name: os.environ[name] for name in names if name in os.environ}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute(), sys.argv[2:]))
