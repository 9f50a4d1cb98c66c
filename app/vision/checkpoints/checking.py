"""Checks a folder for a model of any kind that Oriel knows, without torch."""

from __future__ import annotations

from pathlib import Path

from app.core.models import ModelKind
from app.vision.checkpoints.text_towers import inspect_text_tower
from app.vision.checkpoints.weights import inspect


def check_model(folder: Path, kind: ModelKind) -> None:
    """Raises ModelUnusable: see ``inspect`` and ``inspect_text_tower``; which spaces it serves is not asked."""
    if kind == "text_tower":
        inspect_text_tower(folder, is_declared=False)
    else:
        inspect(folder, kind)
