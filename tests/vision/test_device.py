"""What vision leaves alone: torch until it is needed, the network, and the terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from app.vision.device import choose_device, is_out_of_memory, number_type, prepare_environment

ROOT = Path(__file__).resolve().parents[2]


def run(code: str, *arguments: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_neither_importing_vision_nor_asking_for_names_imports_torch(starter: Path, tiny_blip: Path) -> None:
    code = """
import importlib, pkgutil, sys
from pathlib import Path
import app.vision
for module in pkgutil.iter_modules(app.vision.__path__):
    importlib.import_module(f"app.vision.{module.name}")
from app.vision.captioner import BlipCaptioner
from app.vision.embedder import ClipEmbedder
embedder, captioner = ClipEmbedder(Path(sys.argv[1])), BlipCaptioner(Path(sys.argv[2]))
assert (embedder.dim, embedder.edge_px, len(embedder.space), embedder.name) == (256, 192, 32, "starter")
assert captioner.edge_px == 32 and captioner.model_id
assert not embedder.embed_images([]).size and not embedder.is_loaded
loaded = {"torch", "transformers", "huggingface_hub", "safetensors", "tokenizers"} & set(sys.modules)
assert not loaded, loaded
"""
    done = run(code, starter, tiny_blip)
    assert done.returncode == 0, done.stderr


def test_models_run_without_a_network_and_without_a_word(starter: Path, tiny_blip: Path) -> None:
    code = """
import socket, sys
from pathlib import Path
def refuse(*_, **__):
    raise AssertionError("the network was touched")
socket.socket.connect = socket.socket.connect_ex = refuse
socket.create_connection = socket.getaddrinfo = refuse
import numpy as np
from app.vision.captioner import BlipCaptioner
from app.vision.embedder import ClipEmbedder
image = np.zeros((64, 64, 3), np.uint8)
embedder = ClipEmbedder(Path(sys.argv[1]), threads=2)
assert embedder.embed_images([image]).shape == embedder.embed_texts(["a dog"]).shape
assert len(BlipCaptioner(Path(sys.argv[2]), threads=2).caption_images([image])) == 1
assert "torchvision" not in sys.modules
"""
    done = run(code, starter, tiny_blip)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr == ""


def test_libraries_are_told_to_stay_offline_and_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    prepare_environment()
    import os

    assert os.environ["HF_HUB_OFFLINE"] == "1"


def test_waiting_threads_sleep_unless_the_person_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    prepare_environment()
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    prepare_environment()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"


def test_macos_may_hold_two_copies_of_openmp(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.delenv("KMP_DUPLICATE_LIB_OK", raising=False)
    prepare_environment()
    assert os.environ.pop("KMP_DUPLICATE_LIB_OK") == "TRUE"


def test_the_best_device_is_taken_unless_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device() == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device() == "cuda"
    assert choose_device("cpu") == "cpu"


def test_bfloat16_is_used_only_where_the_processor_computes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    for told, wanted in (({}, torch.float32), ({"avx512_bf16": True}, torch.bfloat16)):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda told=told: told)
        assert number_type("cpu") is wanted
        assert number_type("cpu", is_convolutional=True) is torch.float32
    assert number_type("mps") is torch.float32


def test_lack_of_memory_is_told_from_other_errors() -> None:
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate"))
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    assert not is_out_of_memory(ValueError("out of memory"))
