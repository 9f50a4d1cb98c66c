"""Proves that a second start of the frozen program hands its folder to the first window, and that closing ends all."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
from check_window import environment, is_shown
from PIL import Image
from PySide6.QtGui import QGuiApplication

TIMEOUT_S = 60.0


def main(program: Path) -> int:
    """0 if the first window took in what the second start named, in decoders of its own, and left nobody behind."""
    screen = QGuiApplication(["check"]).primaryScreen()
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder, "red.png")
        Image.new("RGB", (640, 480), "red").save(photo)
        first = psutil.Popen([program], env=environment())
        try:
            faults = list(_faults(program, photo, first, lambda: is_shown(screen)))
        finally:
            if first.poll() is None:
                first.kill()
    sys.stdout.write(f"{'BROKEN ' if faults else 'ok     '} a second start: handed over, decoded, all ended\n")
    sys.stdout.writelines(f"        {fault}\n" for fault in faults)
    return 1 if faults else 0


def _faults(program: Path, photo: Path, first: psutil.Popen, shows: Callable[[], bool]) -> Iterator[str]:
    if not _comes(shows):
        yield "no window came"
        return
    second = subprocess.run([program, photo.parent], env=environment(), timeout=TIMEOUT_S, check=False)
    if second.returncode != 0:
        yield f"the second start ended with {second.returncode}"
    seen: dict[psutil.Process, str] = {}
    if not _comes(lambda: _note_children(first, seen) or _has(program, photo)):
        yield "the first window did not take the folder in"
    if not any("--decoder" in words for words in seen.values()):
        yield "nothing was decoded in a process of its own"
    first.send_signal(signal.SIGINT)
    if not _comes(lambda: first.poll() is not None) or first.returncode != 0:
        yield f"the window ended with {first.returncode}"
    if not _comes(lambda: not any(process.is_running() for process in seen)):
        yield f"left behind: {[process for process in seen if process.is_running()]}"


def _note_children(first: psutil.Popen, seen: dict[psutil.Process, str]) -> None:
    for process in first.children(recursive=True):
        with suppress(psutil.Error):
            seen[process] = " ".join(process.cmdline())


def _has(program: Path, photo: Path) -> bool:
    ran = subprocess.run([program, "--json", "status"], env=environment(), capture_output=True, text=True, check=False)
    return ran.returncode == 0 and json.loads(ran.stdout)["embedded"] == 1


def _comes(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + TIMEOUT_S
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
