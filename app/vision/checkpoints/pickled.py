"""Makes safetensors of weights in pickle's format, in a process of its own: a pickle can be a program.

Loading never does this by itself. Somebody asks for it: for a download whose hash is known, or for a person's folder.
"""

from __future__ import annotations

import errno
import hashlib
import json
import multiprocessing
import os
import pickle
import re
import shutil
import time
import warnings
import zipfile
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import psutil

from app.core.errors import DiskFull, OutOfMemory
from app.vision.checkpoints.weights import WEIGHTS, read_tensors, refuse
from app.vision.device import is_out_of_memory, prepare_environment

if TYPE_CHECKING:
    import torch

PICKLED = "pytorch_model.bin"

_HEADROOM_BYTES = 64 << 20
_STEP_S = 0.1
_LONGEST_ANSWER = 1 << 16
_TOLD_CHARACTERS = 300
_NO_ROOM = re.compile(r"os error (28|112|122)\b")
"""ENOSPC, ERROR_DISK_FULL on Windows, EDQUOT, as safetensors' own writer words them."""
_FOREIGN = re.compile(r"nsupported (?:global|class)\W*(?:GLOBAL )?([\w.]*)", re.IGNORECASE)
"""How torch names a function or class that is no part of weights."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the process may use.

    Attributes:
        time_s: at least, and
        bytes_a_s: so much longer for a large file (a slow network drive).
        memory_bytes: beside the file, which is mapped, not read; twice its size is added for tensors that are copied.
    """

    time_s: float = 60.0
    bytes_a_s: int = 4 << 20
    memory_bytes: int = 2 << 30


_USUAL = Limits()


def convert_pickled(
    folder: Path, expected_sha256: str | None = None, *, is_ours: bool = False, limits: Limits = _USUAL
) -> Generator[None, None, Path]:
    """Write ``model.safetensors`` beside ``pytorch_model.bin``. Killed at any moment, it can be called again.

    Args:
        folder: of a checkpoint, or of the dense layer of a text tower.
        expected_sha256: 64 hex digits; None: nobody knows them.
        is_ours: Oriel downloaded the file, so it is deleted when it is not needed any more. A person's is kept.
        limits: of the process.

    Yields:
        Now and then; closed there, the folder is as it was.

    Returns:
        The new file; where it was there already, nothing was read.

    Raises:
        ModelUnusable: ``weights_missing``; ``hash_mismatch``; ``pickle_unsafe`` (``what``: a thing in it that is no
            part of weights); ``weights_damaged``; ``conversion_failed`` (``what``: how the process ended);
            ``folder_unusable``: it can't be read or written.
        DiskFull, OutOfMemory: as they say. Whatever is raised, the folder is as it was.
    """
    source, target = folder / PICKLED, folder / WEIGHTS
    try:
        if not target.exists():
            if not source.is_file():
                refuse(folder, "weights_missing", PICKLED)
            _check(source, expected_sha256)
            yield from _convert_beside(source, target, limits)
        read_tensors(folder)
        if is_ours:
            source.unlink(missing_ok=True)
    except OSError as error:
        refuse(folder, "folder_unusable", error)
    return target


def _check(source: Path, expected_sha256: str | None) -> None:
    if shutil.disk_usage(source.parent).free < source.stat().st_size + _HEADROOM_BYTES:
        raise DiskFull(path=source.parent)
    if expected_sha256 is None:
        return
    with source.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != expected_sha256.lower():
            refuse(source.parent, "hash_mismatch", PICKLED)


def _convert_beside(source: Path, target: Path, limits: Limits) -> Iterator[None]:
    beside = target.with_name(f".{target.name}.part")
    try:
        told = yield from _ask_child(source, beside, limits)
        if "failed" in told:
            _raise(source.parent, str(told["failed"]), str(told.get("what", ""))[:_TOLD_CHARACTERS])
        beside.replace(target)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _raise(folder: Path, failed: str, what: str) -> NoReturn:
    if failed == DiskFull.code:
        raise DiskFull(path=folder)
    if failed == OutOfMemory.code:
        raise OutOfMemory(detail=what)
    refuse(folder, failed, what)


def _ask_child(source: Path, beside: Path, limits: Limits) -> Generator[None, None, dict[str, Any]]:
    """Run the conversion in a fresh process, watch it, and read its answer, which is JSON: no pickle comes back."""
    context = multiprocessing.get_context("spawn")
    answers, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_convert, args=(str(source), str(beside), theirs), daemon=True)
    try:
        child.start()
    except OSError as error:  # no memory for a process, or too many of them
        return {"failed": "conversion_failed", "what": str(error)}
    theirs.close()
    try:
        cause = yield from _watch(answers, child.pid, source.stat().st_size, limits)
        if cause is None:
            told = json.loads(answers.recv_bytes(_LONGEST_ANSWER))
            return told if isinstance(told, dict) else {"failed": "conversion_failed"}
    except (EOFError, OSError, ValueError):
        child.join(_STEP_S)
        cause = f"exit code {child.exitcode}"
    finally:
        child.kill()
        child.join()
        answers.close()
    return {"failed": "conversion_failed", "what": cause}


def _watch(answers: Connection, pid: int | None, size_bytes: int, limits: Limits) -> Generator[None, None, str | None]:
    """None when there is an answer, or the process has ended; else why nobody waits any longer."""
    until = time.monotonic() + limits.time_s + size_bytes / limits.bytes_a_s
    while not answers.poll(_STEP_S):
        if time.monotonic() > until:
            return "time"
        if _private_bytes(pid) > limits.memory_bytes + 2 * size_bytes:
            return "memory"
        yield
    return None


def _private_bytes(pid: int | None) -> int:
    with suppress(psutil.Error):
        told = psutil.Process(pid).memory_info()
        return int(getattr(told, "private", 0) or told.rss - getattr(told, "shared", 0))
    return 0


# What runs in the process.


def _convert(source: str, beside: str, answers: Connection) -> None:
    prepare_environment()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's, about the file: who asked hears what came of it
            _save(source, beside)
        told = {}
    except Exception as error:  # noqa: BLE001 - a file that somebody made up fails in any way
        failed, what = _name_failure(error)
        told = {"failed": failed, "what": what[:_TOLD_CHARACTERS]}
    answers.send_bytes(json.dumps(told).encode())


def _save(source: str, beside: str) -> None:
    """Each tensor under its name.

    Several names of one tensor (tied weights) get a copy each: which of them its class ties is not in the file, and a
    name that is missing would be refused when it is loaded; transformers ties them again.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    # Files older than torch 1.6 are no zip archives and can't be mapped.
    told = torch.load(source, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(source))
    if not isinstance(told, dict) or not told or not all(isinstance(held, torch.Tensor) for held in told.values()):
        raise ValueError("not a table of tensors")
    try:
        save_file(_apart(told), beside, metadata={"format": "pt"})
    except SafetensorError as error:  # its writer has no other trouble than the disk's
        raise OSError(errno.ENOSPC if _NO_ROOM.search(str(error)) else errno.EIO, str(error)) from error
    with Path(beside).open("rb+") as file:
        os.fsync(file.fileno())


def _apart(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Tensors that share no memory and lie in one piece."""
    import torch

    seen: set[int] = set()
    apart = {}
    for name, tensor in tensors.items():
        storage = tensor.untyped_storage()
        is_alone = storage.data_ptr() not in seen and storage.nbytes() == tensor.nbytes and tensor.is_contiguous()
        seen.add(storage.data_ptr())
        apart[str(name)] = tensor if is_alone else tensor.clone(memory_format=torch.contiguous_format)
    return apart


def _name_failure(error: Exception) -> tuple[str, str]:
    if is_out_of_memory(error):
        return OutOfMemory.code, str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull.code, ""
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO):
        return "folder_unusable", str(error)
    foreign = _FOREIGN.search(str(error)) if isinstance(error, pickle.UnpicklingError) else None
    if foreign is not None:
        return "pickle_unsafe", foreign[1]
    return "weights_damaged", f"{PICKLED}: {str(error).partition('. ')[0]}"
