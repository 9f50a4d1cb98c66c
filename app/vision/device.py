"""Where models run: the process environment, the device, its number type, threads and memory."""

from __future__ import annotations

import os
import platform
import sys
import threading
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

_QUIET_AND_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    # Our own threads call the tokenizer: its fork-and-thread guard would only warn.
    "TOKENIZERS_PARALLELISM": "false",
}

_import_lock = threading.Lock()


def prepare_environment() -> None:
    """Set what libraries read from the environment; call it before torch or FAISS is imported.

    On macOS torch and faiss-cpu each bring their own libomp; the second one that loads aborts the process
    unless duplicates are allowed (faiss-wheels#73, pytorch#149201).

    OpenMP's threads wait for each other by spinning, which starves decoding and whatever else the machine does:
    with all four cores busy, the starter embeds 38 photos/s where waiting threads sleep and 4 where they spin.
    """
    os.environ.update(_QUIET_AND_OFFLINE)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if sys.platform == "darwin":
        os.environ.setdefault("KMP_DUPLICATE_LIB_OK", "TRUE")


def silence_libraries() -> None:
    """Import transformers, once and by one thread, and keep it from writing to the terminal.

    Two threads that import transformers' lazy modules at the same time can see half-made ones.
    """
    with _import_lock:
        prepare_environment()
        from transformers.utils import logging

        logging.set_verbosity_error()
        logging.disable_progress_bar()


def choose_device(wanted: str | None = None) -> str:
    """``wanted``, or else the best that this machine has: "cuda", "mps" or "cpu"."""
    if wanted:
        return wanted
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def is_there(device: str) -> bool:
    """Whether this machine, and this torch, has the device."""
    import torch

    if device == "mps":
        return bool(torch.backends.mps.is_available())
    return device == "cpu" or (device.startswith("cuda") and torch.cuda.is_available())


def device_name(device: str) -> str:
    """The card as its maker calls it; empty for what has no name of its own."""
    import torch

    return str(torch.cuda.get_device_name(device)) if device.startswith("cuda") else ""


def number_type(device: str, *, is_convolutional: bool = False) -> torch.dtype:
    """The number type in which a tower runs: bfloat16 where the processor computes it natively, else float32.

    Measured on ViT-B/32 with AMX: 2.5 times as fast, cosine to float32 0.9999. Elsewhere bfloat16 is emulated
    and slower. Convolution towers stay in float32: depthwise layers gain nothing, and a ResNet-50 is 2.7 times slower
    in bfloat16 on the same processor.
    """
    import torch

    if is_convolutional:
        return torch.float32
    if device.startswith("cuda"):
        has_native = torch.cuda.is_bf16_supported(including_emulation=False)
    elif device == "cpu" and platform.machine().lower() in ("x86_64", "amd64"):
        told = torch.cpu.get_capabilities()
        has_native = bool(told.get("avx512_bf16") or told.get("amx_bf16"))
    else:
        has_native = False
    return torch.bfloat16 if has_native else torch.float32


def use_threads(threads: int | None) -> None:
    """Limit the cores of torch calls made by the calling thread (torch keeps the number by thread)."""
    import torch

    wanted = threads or _all_threads()
    if torch.get_num_threads() != wanted:
        torch.set_num_threads(wanted)


@cache
def _all_threads() -> int:
    """What torch chose by itself (the physical cores), asked before anybody changes it."""
    import torch

    return torch.get_num_threads()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that an allocation failed, on any device."""
    import torch

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    words = str(error).lower()
    return isinstance(error, RuntimeError) and (
        "out of memory" in words or "can't allocate memory" in words or "not enough memory" in words
    )


def release_cached(device: str) -> None:
    """Give memory that torch keeps for re-use back to the device."""
    import torch

    if device.startswith("cuda"):
        torch.cuda.empty_cache()
    elif device == "mps":
        torch.mps.empty_cache()
