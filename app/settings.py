"""The Settings dataclass, its defaults and its file.

To add a setting: 1. a field with its default here; 2. hand it to the part that needs it in startup.py (or the
window); 3. a row in ui/dialogs/settings_dialog.py; 4. a test that it is kept.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Settings:
    """What a person chose about the program (what they decided about photos is in the catalogue).

    Attributes:
        theme: "system", "dark" or "light".
        thumbnail_edge_px: height of a row of photos in the grid.
        embedder_folder: a CLIP-like checkpoint; None: the starter that ships with Oriel.
        next_embedder_folder: the one whose vectors are being made, beside those of the present one; "": the starter;
            None: no change is under way.
        captioner_folder: a BLIP checkpoint; None: the captions stage says what is missing.
        reads_text: text in pictures is read, where RapidOCR is installed.
        hub_mirror: address that models are downloaded from; None: HF_ENDPOINT's, or the public hub's.
        not_on_battery: background work pauses on battery.
        only_when_idle: background work pauses while the person uses the window.
        threads: processor threads for background work; 0: all but what the window needs.
        window: geometry, panels and sort order, as the window left them.
    """

    theme: str = "system"
    thumbnail_edge_px: int = 160
    embedder_folder: str | None = None
    next_embedder_folder: str | None = None
    captioner_folder: str | None = None
    reads_text: bool = False
    hub_mirror: str | None = None
    not_on_battery: bool = False
    only_when_idle: bool = False
    threads: int = 0
    window: dict[str, Any] = field(default_factory=dict)


def load(path: Path) -> Settings:
    """Read settings; a missing, damaged or newer file gives defaults for whatever it does not hold."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Settings()
    if not isinstance(stored, dict):
        return Settings()
    return replace(Settings(), **{name: value for name, value in stored.items() if _fits(name, value)})


def save(settings: Settings, path: Path) -> None:
    """Write settings beside, then move them into place. Raises OSError where the disk refuses."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".settings-", suffix=".json")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(settings), file, indent=2, ensure_ascii=False)
        Path(beside).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(beside).unlink()
        raise


def _fits(name: str, value: object) -> bool:
    defaults = {each.name: getattr(Settings(), each.name) for each in fields(Settings)}
    if name not in defaults:
        return False
    default = defaults[name]
    if default is None:
        return value is None or isinstance(value, str)
    if isinstance(default, bool) or isinstance(value, bool):
        return type(value) is type(default)
    return isinstance(value, type(default))
