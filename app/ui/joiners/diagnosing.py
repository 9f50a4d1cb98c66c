"""Gathers what somebody who helps needs to know about this Oriel, without any photo's or folder's name, and copies it.

The text is English whatever the window speaks: it is for those who read reports.
"""

from __future__ import annotations

import os
import platform
import sys
from collections import Counter
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from PySide6.QtCore import QLocale, QObject, Signal, qVersion
from PySide6.QtGui import QGuiApplication

from app import APP_NAME, __version__, paths, startup
from app.catalog.store.sqlite_check import sqlite_version
from app.core.errors import OrielError
from app.settings import Settings
from app.ui import outside
from app.ui.jobs import Jobs
from app.vision.device import choose_device

if TYPE_CHECKING:
    from app.library.library import Library

_LIBRARIES = {
    "PySide6": "PySide6-Essentials",
    "torch": "torch",
    "transformers": "transformers",
    "faiss": "faiss-cpu",
    "Pillow": "pillow",
    "numpy": "numpy",
}
"""What it is called → the package that tells its version, without importing it (packaging/oriel.spec has them too)."""

Lines = list[tuple[str, str]]


class Diagnosing(QObject):
    """Asks on a job, since versions and counts are read from the disk."""

    told = Signal(object)
    """A sentence or an error."""

    def __init__(self, jobs: Jobs, settings: Callable[[], Settings], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._settings = settings

    def copy(self) -> None:
        """Put the text on the clipboard."""
        settings, screen = self._settings(), _screen_lines()
        self._jobs.start(
            lambda library: diagnostics(library, settings, screen),
            key="diagnostics",
            on_done=self._on_gathered,
            on_error=self.told.emit,
        )

    def _on_gathered(self, text: str) -> None:
        outside.copy_text(text)
        self.told.emit(self.tr("Diagnostics copied"))


def diagnostics(library: Library, settings: Settings, screen: Lines) -> str:
    """The text: one fact a line. ``screen`` is what only the GUI thread may ask."""
    parts = [
        _program_lines(),
        [*_machine_lines(), *screen],
        _model_lines(library, settings),
        _library_lines(library),
        _settings_lines(settings),
    ]
    return "\n\n".join("\n".join(f"{name}: {value}" for name, value in part) for part in parts) + "\n"


def _program_lines() -> Lines:
    kind = "frozen" if getattr(sys, "frozen", False) else "from source or a package"
    return [
        (APP_NAME, f"{__version__}, {kind}"),
        ("Python", platform.python_version()),
        ("Qt", str(qVersion())),
        *((name, _version(package)) for name, package in _LIBRARIES.items()),
        ("SQLite", sqlite_version()),
    ]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "unknown"


def _machine_lines() -> Lines:
    memory = psutil.virtual_memory()
    return [
        ("System", f"{platform.system()} {platform.release()} ({platform.machine()})"),
        ("Processors", f"{os.cpu_count()}, of which usable {startup.default_threads()}"),
        ("Memory", f"{_gib(memory.total)}, of which free {_gib(memory.available)}"),
    ]


def _gib(size_bytes: int) -> str:
    return f"{size_bytes / 2**30:.1f} GiB"


def _screen_lines() -> Lines:
    screens = ", ".join(
        f"{screen.size().width()} × {screen.size().height()} at {screen.devicePixelRatio():g}"
        for screen in QGuiApplication.screens()
    )
    return [("Display", f"{QGuiApplication.platformName()}, {screens}"), ("Language", QLocale().name())]


def _model_lines(library: Library, settings: Settings) -> Lines:
    # choose_device imports torch; whoever loaded a model has done that already.
    device = choose_device() if library.embedder.is_loaded else "not known before the search model is loaded"
    return [
        ("Device", device),
        ("Search model", _model(settings.embedder_folder, "starter")),
        ("Text model", _model(settings.text_folder, "the search model's own")),
        ("Caption model", _model(settings.captioner_folder, "none")),
        ("Reads text in pictures", _yes_or_no(settings.reads_text)),
    ]


def _model(folder: str | None, without: str) -> str:
    """A model elsewhere by the name of its folder alone: the way to it may tell who somebody is."""
    if folder is None:
        return without
    path = Path(folder)
    if path.is_relative_to(paths.models()):
        return _without_home(path)
    return path.name


def _without_home(path: Path) -> str:
    home = Path.home()
    return f"~/{path.relative_to(home).as_posix()}" if path.is_relative_to(home) else str(path)


def _library_lines(library: Library) -> Lines:
    place = "the usual one" if library.root == Path(os.path.realpath(paths.default_library())) else "one of its own"
    try:
        counted = startup.status(library)
        failures = Counter(f"{each.stage.value}, {each.reason.value}" for each in library.catalog.failures())
        folders = len(library.catalog.folders())
    except OrielError as error:
        return [("Library", f"{place}; can't be read ({error.code})")]
    return [
        ("Library", place),
        ("Photos", f"{counted.photos}, of which offline {counted.offline}"),
        ("Folders", str(folders)),
        (
            "Read, embedded, tagged, text read, captioned",
            _numbers(counted.read, counted.embedded, counted.tagged, counted.text_read, counted.captioned),
        ),
        ("Thumbnails", f"{counted.thumbnail_bytes / 2**20:.1f} MiB"),
        ("Failed", str(counted.failed)),
        *((f"Failed ({why})", str(count)) for why, count in sorted(failures.items())),
    ]


def _numbers(*counts: int) -> str:
    return ", ".join(map(str, counts))


def _settings_lines(settings: Settings) -> Lines:
    return [
        ("Appearance", settings.theme),
        ("Threads", str(settings.threads or "automatic")),
        ("Not on battery", _yes_or_no(settings.not_on_battery)),
        ("Only when idle", _yes_or_no(settings.only_when_idle)),
    ]


def _yes_or_no(is_so: bool) -> str:
    return "yes" if is_so else "no"
