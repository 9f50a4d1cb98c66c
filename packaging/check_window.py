"""Starts the frozen window on this display, keeps a picture of its first frames and says how soon they came."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtGui import QGuiApplication, QImage

TIMEOUT_S = 60.0
SETTLE_S = 3.0


def main(program: Path, picture: Path) -> int:
    """0 if the window came, stayed and closed when asked to."""
    screen = QGuiApplication(["check"]).primaryScreen()
    with tempfile.TemporaryDirectory() as home:
        display = {name: os.environ[name] for name in ("DISPLAY", "XAUTHORITY") if name in os.environ}
        environment = {**display, "LANG": "C.UTF-8", "ORIEL_HOME": home}
        started = time.monotonic()
        with subprocess.Popen([program], env=environment) as window:
            try:
                while not _shows_something(screen.grabWindow(0).toImage()):
                    if window.poll() is not None or time.monotonic() - started > TIMEOUT_S:
                        sys.stdout.write("BROKEN  no window came\n")
                        return 1
                    time.sleep(0.02)
                visible_s = time.monotonic() - started
                time.sleep(SETTLE_S)
                screen.grabWindow(0).save(str(picture))
                has_stayed = window.poll() is None
            finally:
                window.terminate()
    sys.stdout.write(f"{'ok     ' if has_stayed else 'BROKEN '} window: visible after {visible_s:.2f} s\n")
    return 0 if has_stayed else 1


def _shows_something(image: QImage) -> bool:
    """More than the server's empty background: at least three colours on a coarse raster."""
    steps_x, steps_y = range(0, image.width(), 16), range(0, image.height(), 16)
    return len({image.pixel(x, y) for x in steps_x for y in steps_y}) >= 3


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute()))
