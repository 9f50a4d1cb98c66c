"""What tests of all rooms share: checkpoints, built once a session. No Qt here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.vision.device import prepare_environment
from tests.checkpoints import STARTER, build_blip, build_clip, build_siglip, build_text_tower
from tests.small_hub import SmallHub, serve, tiny_files

# Before any test module imports torch or FAISS, as the program does at its start.
prepare_environment()


@pytest.fixture(scope="session")
def starter() -> Path:
    """The model that ships with the program."""
    return STARTER


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CLIP folder that finds coloured shapes (see checkpoints.draw_shape) by their names. Read only."""
    return build_clip(tmp_path_factory.mktemp("checkpoints") / "tiny-clip")


@pytest.fixture(scope="session")
def tiny_blip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BLIP folder that names coloured shapes: "A red circle". Read only."""
    return build_blip(tmp_path_factory.mktemp("checkpoints") / "tiny-blip")


@pytest.fixture(scope="session")
def tiny_siglip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SigLIP folder with random weights. Read only."""
    return build_siglip(tmp_path_factory.mktemp("checkpoints") / "tiny-siglip")


@pytest.fixture(scope="session")
def tiny_text_tower(tiny_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that reads German for the tiny CLIP; it declares no space. Read only."""
    return build_text_tower(tmp_path_factory.mktemp("checkpoints") / "german", tiny_clip)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallHub]:
    """Serves a CLIP folder of 200 kB; no proxy or token of whoever runs the tests is in its way."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with serve(tiny_files()) as hub:
        yield hub
