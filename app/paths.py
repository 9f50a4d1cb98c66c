"""Where resources, settings, data, cache and logs live: from source, from a wheel, frozen."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

import platformdirs

from app import APP_NAME


def resource(*parts: str) -> Path:
    """The path of a bundled resource, such as ``resource("models", "starter")``."""
    return _resources().joinpath(*parts)


@cache
def _resources() -> Path:
    if frozen := getattr(sys, "_MEIPASS", None):
        return Path(frozen) / "resources"
    package = Path(__file__).resolve().parent
    inside_wheel = package / "resources"
    return inside_wheel if inside_wheel.is_dir() else package.parent / "resources"


def settings_file() -> Path:
    """The file that Settings are kept in."""
    return _home("settings") or _platform().user_config_path / "settings.json"


def default_library() -> Path:
    """The library that is opened when no other is named."""
    return _home("library") or _data() / "library"


def models() -> Path:
    """Where models that a person added live."""
    return _home("models") or _data() / "models"


def tunings_file() -> Path:
    """The file that says how models run best on this machine."""
    return _home("tunings") or _data() / "tunings.json"


def log_folder() -> Path:
    """Where logs live."""
    return _home("logs") or _platform().user_log_path


def _home(kind: str) -> Path | None:
    """``ORIEL_HOME`` puts everything under one folder (tests, portable installs)."""
    home = os.environ.get("ORIEL_HOME")
    if not home:
        return None
    places = {
        "settings": "settings.json",
        "library": "library",
        "models": "models",
        "tunings": "tunings.json",
        "logs": "logs",
    }
    return Path(home).expanduser().absolute() / places[kind]


def _data() -> Path:
    # Windows keeps large, machine-bound data apart from roaming settings: LOCALAPPDATA.
    return _platform(roaming=False).user_data_path


def _platform(*, roaming: bool = True) -> platformdirs.PlatformDirs:
    name = APP_NAME.lower() if sys.platform.startswith("linux") else APP_NAME
    return platformdirs.PlatformDirs(name, appauthor=False, roaming=roaming)
