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
        text_folder: a text tower that reads queries for the embedders that it serves; None: they do themselves.
        captioner_folder: a BLIP checkpoint; None: the captions stage says what is missing.
        reads_text: text in pictures is read, where RapidOCR is installed.
        model_folders: checkpoints that a person added to the list of models, wherever they lie.
        number_type: in which models compute, where it fits: "float32", "bfloat16", "float16" or "int8"; None: as
            measured on this machine.
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
    text_folder: str | None = None
    captioner_folder: str | None = None
    reads_text: bool = False
    model_folders: list[str] = field(default_factory=list)
    number_type: str | None = None
    hub_mirror: str | None = None
    not_on_battery: bool = False
    only_when_idle: bool = False
    threads: int = 0
    window: dict[str, Any] = field(default_factory=dict)


_OF_MODELS = ("embedder_folder", "next_embedder_folder", "text_folder", "captioner_folder")


class SettingsFile:
    """The settings of a running program: just what it changes is written, over what the file holds by then.

    Another program may have written the same file meanwhile: ``oriel models use`` beside an open window, say.
    """

    def __init__(self, path: Path, known: Settings | None = None) -> None:
        """``known``: as this program has read them before; None: as they are now."""
        self._path = path
        self._known = load(path) if known is None else known

    @property
    def settings(self) -> Settings:
        """As this program knows them."""
        return self._known

    def save(self, settings: Settings) -> None:
        """Keep what differs from the last time. Raises OSError where the disk refuses."""
        before = asdict(self._known)
        changes = {name: value for name, value in asdict(settings).items() if value != before[name]}
        if changes:
            _write({**(_stored(self._path) or before), **changes}, self._path)
        self._known = settings

    def chosen_elsewhere(self) -> dict[str, str | None]:
        """Which models another program has chosen since this one wrote or read its own. Threads may call it."""
        known = self._known
        if _stored(self._path) is None:
            return {}
        now = load(self._path)
        return {name: getattr(now, name) for name in _OF_MODELS if getattr(now, name) != getattr(known, name)}


def load(path: Path) -> Settings:
    """Read settings; a missing, damaged or newer file gives defaults for whatever it does not hold."""
    stored = _stored(path) or {}
    return replace(Settings(), **{name: value for name, value in stored.items() if _fits(name, value)})


def _stored(path: Path) -> dict[str, Any] | None:
    """What the file holds, settings of a newer Oriel too; None where it is missing or damaged."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stored if isinstance(stored, dict) else None


def _write(told: dict[str, Any], path: Path) -> None:
    """Write beside, then move into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".settings-", suffix=".json")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(told, file, indent=2, ensure_ascii=False)
        Path(beside).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(beside).unlink()
        raise


def without_model(settings: Settings, folder: Path) -> Settings:
    """The settings less the model in this folder; they themselves where it is of none.

    A text tower goes alone: the embedder reads queries without it.
    """
    if settings.text_folder and folder.is_relative_to(settings.text_folder):  # its layers have folders in it
        return replace(settings, text_folder=None)
    if settings.captioner_folder and folder == Path(settings.captioner_folder):
        settings = replace(settings, captioner_folder=None)
    if settings.embedder_folder and folder == Path(settings.embedder_folder):
        settings = replace(settings, embedder_folder=None)
    if settings.next_embedder_folder and folder == Path(settings.next_embedder_folder):
        settings = replace(settings, next_embedder_folder=None)
    return settings


def _fits(name: str, value: object) -> bool:
    defaults = {each.name: getattr(Settings(), each.name) for each in fields(Settings)}
    if name not in defaults:
        return False
    default = defaults[name]
    if default is None:
        return value is None or isinstance(value, str)
    if isinstance(default, bool) or isinstance(value, bool):
        return type(value) is type(default)
    if isinstance(default, list):
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return isinstance(value, type(default))
