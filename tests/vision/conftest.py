"""A model store before a hub of the tests' own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.vision.downloads.hub import Hub
from app.vision.downloads.manifest import read_manifest
from app.vision.downloads.store import ModelStore
from tests.small_hub import SmallHub, manifest_of


@pytest.fixture
def store_of(tmp_path: Path, starter: Path) -> Callable[..., ModelStore]:
    """Makes a store that knows one model, "tiny", with what it says of it changed."""

    def make(hub: SmallHub, *, address: str = "", read_timeout_s: float = 20, **changes: object) -> ModelStore:
        (tmp_path / "models.json").write_text(json.dumps(manifest_of(hub.files, **changes)))
        speaking = Hub(address or hub.address, sends_token=True, read_timeout_s=read_timeout_s)
        return ModelStore(tmp_path / "models", starter.parent, read_manifest(tmp_path / "models.json"), speaking)

    return make
