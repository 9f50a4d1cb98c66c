"""Remembers how each model runs best on this machine: a small file that may vanish at any time."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from app.core.errors import ModelUnusable
from app.core.models import NUMBER_TYPES, Lost, Trial, Tuning
from app.vision.checkpoints.weights import Kind, inspect, model_id_of, space_of

_LONGEST_ANSWER_S = 5.0


class TuningStore:
    """What was measured, by model. Threads may call everything; another program's entries are kept.

    An entry counts only on the processor and with the torch that it was measured with.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def known(self, identity: str) -> Tuning | None:
        """How this model runs best; None: nobody measured it here. Needs no torch.

        Args:
            identity: see ``identity_of``.
        """
        entry = self._read().get(identity)
        if not isinstance(entry, dict) or entry.get("measured_with") != _machine():
            return None
        return _tuning(entry)

    def keep(self, identity: str, tuning: Tuning) -> None:
        """Remember. A disk that refuses costs a measuring at the next start, nothing else."""
        self._change(identity, {"measured_with": _machine(), **asdict(tuning)})

    def forget(self, identity: str) -> None:
        """The model is measured again at its next use."""
        self._change(identity, None)

    def _change(self, identity: str, entry: Mapping[str, Any] | None) -> None:
        with self._lock, contextlib.suppress(OSError):
            entries = {name: told for name, told in self._read().items() if name != identity}
            if entry is not None:
                entries[identity] = dict(entry)
            self._write(entries)

    def _read(self) -> dict[str, Any]:
        try:
            told = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return told if isinstance(told, dict) else {}

    def _write(self, entries: Mapping[str, Any]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=self._file.parent, prefix=".tunings-", suffix=".json")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(entries, file, indent=1)
            Path(beside).replace(self._file)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(beside).unlink()
            raise


def identity_of(folder: Path, kind: Kind) -> str:
    """What a checkpoint's measurements are kept under: its space, or a captioner's model id.

    Raises:
        ModelUnusable: see ``weights.inspect``.
    """
    checkpoint = inspect(folder, kind)
    return space_of(checkpoint) if kind == "embedder" else model_id_of(checkpoint)


def tuning_of(store: TuningStore, folder: Path, kind: Kind) -> Tuning | None:
    """How the model in a folder runs best; None: not measured here, or no model. Reads a little of its weights."""
    try:
        return store.known(identity_of(folder, kind))
    except ModelUnusable:
        return None


@cache
def processor_name() -> str:
    """The processor as its maker calls it, such as "AMD Ryzen 7 5800X"."""
    with contextlib.suppress(OSError, subprocess.SubprocessError, UnicodeDecodeError):
        if sys.platform.startswith("linux"):
            lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            named = [line.partition(":")[2] for line in lines if line.lower().startswith("model name")]
            if named:
                return " ".join(named[0].split())
        if sys.platform == "darwin":
            asked = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
            told = subprocess.run(asked, capture_output=True, timeout=_LONGEST_ANSWER_S, check=True).stdout.decode()
            if told.strip():
                return told.strip()
    return platform.processor() or platform.machine()


def _machine() -> dict[str, Any]:
    """What a measurement depends on beside the model; found out without importing torch."""
    return {
        "processor": processor_name(),
        "processors": os.cpu_count() or 1,
        "torch": importlib.metadata.version("torch"),
    }


def _tuning(entry: Mapping[str, Any]) -> Tuning | None:
    """The entry as ours; None where somebody else wrote something else into the file."""
    try:
        tried = tuple(
            Trial(**{**each, "lost": Lost(each["lost"]) if each["lost"] else None}) for each in entry["tried"]
        )
        told = {name: value for name, value in entry.items() if name not in ("measured_with", "tried")}
        tuning = Tuning(**told, tried=tried)
    except (KeyError, TypeError, ValueError):
        return None
    is_sound = (
        isinstance(tuning.device, str)
        and tuning.number_type in NUMBER_TYPES
        and all(type(count) is int and count > 0 for count in (tuning.batch_size, tuning.threads))
        and all(value is None or isinstance(value, int | float) for value in (tuning.per_second, tuning.fidelity))
        and (tuning.memory_bytes is None or isinstance(tuning.memory_bytes, int))
    )
    return tuning if is_sound else None
