"""The file of saved vectors and the sidecar that tells of it: written beside and moved, believed only whole."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.types import Halves

_BLOCK_BYTES = 8 << 20
"""What one checksum covers; blocks are checked side by side."""
_THREADS = min(os.cpu_count() or 1, 4)


def write_rows(path: Path, steps: Iterable[npt.NDArray[np.floating[Any]]], dim: int) -> list[int]:
    """Write vectors as float16, one step after the other; returns the checksum of each block.

    Args:
        path: takes its name when it is whole.
        steps: each of shape (n, dim); one at a time is in memory.
        dim: of the vectors, also where there are none.

    Raises:
        OSError: there is no room.
    """
    beside = path.with_suffix(".new")
    count = 0
    with beside.open("wb") as file:
        for vectors in steps:
            file.write(vectors.astype("<f2").tobytes())
            count += len(vectors)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    return checksums(mapped(path, count, dim))


def mapped(path: Path, count: int, dim: int) -> Halves:
    """float16, shape (count, dim), memory-mapped.

    Raises:
        OSError, ValueError: there is no such file, or it is not as long as it should be.
    """
    if path.stat().st_size != count * dim * 2:
        raise ValueError("the base is not as long as it should be")
    if count == 0:  # Nothing can't be mapped.
        return np.empty((0, dim), np.float16)
    return np.memmap(path, np.dtype("<f2"), "r", shape=(count, dim))


def checksums(base: Halves) -> list[int]:
    """CRC-32 of every block: a flipped byte anywhere is noticed before it can answer."""
    data = base.reshape(-1).view(np.uint8).data
    blocks = (data[start : start + _BLOCK_BYTES] for start in range(0, len(data), _BLOCK_BYTES))
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(zlib.crc32, blocks))


def write_sidecar(path: Path, beside: Path, told: dict[str, Any], keys: bytes) -> None:
    """One line of JSON, the ids and seqs, and a digest over both; first ``beside``, as no other program calls it."""
    head = json.dumps(told).encode() + b"\n"
    with beside.open("wb") as file:
        for part in (blake2b(head + keys).digest(), head, keys):
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def read_sidecar(path: Path) -> tuple[dict[str, Any], bytes]:
    """What ``write_sidecar`` was told.

    Raises:
        OSError, ValueError: there is none, or it is damaged.
    """
    data = path.read_bytes()
    digest, rest = data[:64], data[64:]
    if blake2b(rest).digest() != digest:
        raise ValueError("the sidecar does not match its digest")
    head, _, keys = rest.partition(b"\n")
    return json.loads(head), keys
