"""Reads packaging/oriel.spec as PyInstaller would on another system, and notes what it asks for."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PACKAGING = Path(__file__).resolve().parent.parent.parent / "packaging"


class Asked(dict[str, Any]):
    """One call of the spec: its arguments by name; the positional ones are in ``given``."""

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(named)
        self.given = given
        self.binaries: list[Any] = []
        self.datas: list[Any] = []
        self.pure: list[Any] = []
        self.scripts: list[Any] = []


def read_spec(system: str, work: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Asked]]:
    """The calls by name ("EXE", "BUNDLE", …), as they would be where ``sys.platform`` is ``system``."""
    calls: dict[str, list[Asked]] = {}

    def recorder(name: str) -> Any:
        def record(*given: object, **named: object) -> Asked:
            calls.setdefault(name, []).append(Asked(*given, **named))
            return calls[name][-1]

        return record

    hooks = ModuleType("PyInstaller.utils.hooks")
    for name in ("collect_submodules", "copy_metadata", "collect_data_files"):
        setattr(hooks, name, lambda *_: [])
    for name in ("PyInstaller", "PyInstaller.utils"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "PyInstaller.utils.hooks", hooks)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setenv("ORIEL_ICONS", str(work / "icons"))
    spec = PACKAGING / "oriel.spec"
    names = {name: recorder(name) for name in ("Analysis", "PYZ", "EXE", "COLLECT", "BUNDLE")}
    exec(
        compile(spec.read_text(encoding="utf-8"), spec, "exec"),
        {"__name__": "spec", "SPECPATH": str(PACKAGING), "workpath": str(work), **names},
    )
    return calls
