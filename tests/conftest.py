"""What tests of all rooms share: checkpoints, built once a run, whichever of its processes asks first. No Qt here."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from app.cli import main
from app.vision.device import prepare_environment
from tests.checkpoints import STARTER, build_blip, build_clip, build_siglip, build_text_tower
from tests.making import make_resources
from tests.small_hub import SmallHub, serve, tiny_files

# Before any test module imports torch or FAISS, as the program does at its start.
prepare_environment()


@pytest.fixture(scope="session")
def starter() -> Path:
    """The model that ships with the program."""
    return STARTER


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Callable[[Path], object], str], Path]:
    """Has a folder built, by the first process of the run that wants it; others wait for it. Read only."""
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "checkpoints"
    shared.mkdir(exist_ok=True)

    def once(build: Callable[[Path], object], name: str) -> Path:
        folder = shared / name
        with FileLock(shared / f"{name}.lock"):
            if not folder.exists():
                part = shared / f"{name}.part" / name
                build(part)
                part.rename(folder)
        return folder

    return once


@pytest.fixture(scope="session")
def tiny_clip(built: Callable[..., Path]) -> Path:
    """A CLIP folder that finds coloured shapes (see checkpoints.draw_shape) by their names. Read only."""
    return built(build_clip, "tiny-clip")


@pytest.fixture(scope="session")
def tiny_blip(built: Callable[..., Path]) -> Path:
    """A BLIP folder that names coloured shapes: "A red circle". Read only."""
    return built(build_blip, "tiny-blip")


@pytest.fixture(scope="session")
def tiny_siglip(built: Callable[..., Path]) -> Path:
    """A SigLIP folder with random weights. Read only."""
    return built(build_siglip, "tiny-siglip")


@pytest.fixture(scope="session")
def tiny_text_tower(tiny_clip: Path, built: Callable[..., Path]) -> Path:
    """A folder that reads German for the tiny CLIP; it declares no space. Read only."""
    return built(lambda folder: build_text_tower(folder, tiny_clip), "german")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallHub]:
    """Serves a CLIP folder of 200 kB; no proxy or token of whoever runs the tests is in its way."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with serve(tiny_files()) as hub:
        yield hub


@pytest.fixture(scope="session")
def few_tags(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Resources of which only the tags are fewer than the program's; see ``making.make_resources``. Read only."""
    return make_resources(tmp_path_factory.mktemp("few tags") / "resources")


@pytest.fixture
def home(tmp_path: Path, few_tags: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of all that the program writes; in this process it knows few tags."""
    monkeypatch.setenv("ORIEL_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("app.paths._resources", lambda: few_tags)
    return tmp_path / "home"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[dict[str, Any]], str]]:
    """Runs a command of the terminal with --json; gives its exit code, its objects and what it said besides.

    In this process: seconds faster than in one of its own.
    """

    def run_json(*words: object) -> tuple[int, list[dict[str, Any]], str]:
        capsys.readouterr()
        code = main(["--json", *map(str, words)])
        told = capsys.readouterr()
        return code, [json.loads(line) for line in told.out.splitlines()], told.err

    return run_json
