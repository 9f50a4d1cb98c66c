"""Arrays that may be computed again, kept in files: written beside and moved, and not believed when damaged."""

from __future__ import annotations

import logging
import os
import time
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

log = logging.getLogger(__name__)

ANY: Final = -1
"""A length in a shape that may be any."""
_OLD_S = 3600

Arrays = dict[str, npt.NDArray[Any]]


def derived_file(library: Path, kind: str, space: str) -> Path:
    """Where arrays of a kind lie that were made with the model of a space."""
    return library / "derived" / f"{kind}-{space}.npz"


def derived_files(library: Path, space: str) -> list[Path]:
    """All that there are of a space."""
    return sorted((library / "derived").glob(f"*-{space}.npz"))


def save_arrays(path: Path, key: str, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Keep arrays under a key that says what they were computed from. A file that can't be written costs time only."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _clear_left_over(path)
        with beside.open("wb") as file:
            np.savez(file, allow_pickle=False, key=np.array(key), **arrays)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        log.warning("cannot keep %s: %s", path, error)
        beside.unlink(missing_ok=True)


def _clear_left_over(path: Path) -> None:
    """Half files of killed programs; a younger one may belong to a program that is at it."""
    for left in path.parent.glob(f"{path.name}.*.tmp"):
        with suppress(OSError):
            if left.stat().st_mtime < time.time() - _OLD_S:
                left.unlink()


def load_arrays(path: Path, key: str, shapes: Mapping[str, tuple[int, ...]]) -> Arrays | None:
    """The arrays as kept; None where there is no file, it is damaged, of another key, or of other shapes.

    ``shapes``: of each array that is wanted; a length may be ``ANY``.
    """
    try:
        with np.load(path, allow_pickle=False) as kept:  # its checksums notice a flipped byte
            if str(kept["key"]) != key:
                return None
            arrays = {name: kept[name] for name in shapes}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, NotImplementedError) as error:
        log.warning("%s is damaged and is made again: %s", path, error)
        return None
    fits = all(_fits(array.shape, shapes[name]) for name, array in arrays.items())
    return arrays if fits and all(np.isfinite(array).all() for array in arrays.values()) else None


def _fits(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return len(shape) == len(wanted) and all(
        asked in (ANY, length) for length, asked in zip(shape, wanted, strict=True)
    )
