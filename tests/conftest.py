"""What tests of all rooms share: checkpoints, built once a session. No Qt here."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.vision.device import prepare_environment
from tests.checkpoints import STARTER, build_blip, build_clip, build_siglip

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
