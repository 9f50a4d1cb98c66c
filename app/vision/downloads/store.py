"""The models on this computer: which are whole, which are parts of an unfinished download, and how they go.

A folder is a model once its marker lies in it, which is written last; without it the folder is never listed as one.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from app.core.errors import DiskFull, DownloadFailed, DownloadTrouble, ModelInUse, ModelUnknown
from app.core.models import ModelState, PublishedModel
from app.vision.downloads.hub import Hub
from app.vision.downloads.parts import PART

MARKER = "oriel-model.json"


@dataclass(frozen=True)
class ModelStore:
    """The models that Oriel knows, where they lie, and the hub that has them.

    Attributes:
        folder: what was downloaded, a folder each.
        bundled: what ships with Oriel, a folder each.
    """

    folder: Path
    bundled: Path
    published: Sequence[PublishedModel]
    hub: Hub

    def find(self, model_id: str) -> PublishedModel:
        """The model of this name. Raises ModelUnknown."""
        for model in self.published:
            if model.model_id == model_id:
                return model
        raise ModelUnknown(name=model_id)

    def folder_of(self, model: PublishedModel) -> Path:
        return (self.bundled if model.is_bundled else self.folder) / model.model_id

    def state(self, model: PublishedModel) -> ModelState:
        """What of it lies here: sizes are looked at, contents were when they came."""
        folder = self.folder_of(model)
        marked = read_marker(folder)
        is_whole = marked is not None and marked.get("commit") == model.commit and _is_whole(folder, marked)
        return ModelState(model, folder, model.is_bundled or is_whole, _bytes_in(folder))

    def states(self) -> list[ModelState]:
        """Of all models, in the manifest's order."""
        return [self.state(model) for model in self.published]

    def remove(self, model: PublishedModel, *, in_use: Sequence[Path] = ()) -> int:
        """Delete a model, or what is left of an unfinished download; returns how many bytes that were.

        Args:
            model: one of ``published``.
            in_use: folders that the settings name.

        Raises:
            ModelInUse: it is one of those, or ships with Oriel.
            DownloadFailed: another program is downloading it, or the folder refuses.
        """
        folder = self.folder_of(model)
        if model.is_bundled or any(_is_same(folder, each) for each in in_use):
            raise ModelInUse(name=model.model_id)
        with self.locked(model), disk_errors(folder, self.hub):
            size_bytes = _bytes_in(folder)
            if folder.is_symlink():
                folder.unlink()
            elif folder.exists():
                # The marker first: killed half-way, what is left is no model.
                (folder / MARKER).unlink(missing_ok=True)
                shutil.rmtree(folder)
        return size_bytes

    @contextmanager
    def locked(self, model: PublishedModel) -> Iterator[None]:
        """Keep other programs away from the model's folder; the lock dies with its owner.

        Raises:
            DownloadFailed: ``in_progress``, or the folder can't be written.
        """
        with disk_errors(self.folder, self.hub):
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.folder / f"{model.model_id}.lock", thread_local=False)
            try:
                lock.acquire(timeout=0)
            except Timeout as error:
                raise DownloadFailed(trouble=DownloadTrouble.IN_PROGRESS, what=model.model_id) from error
        try:
            yield
        finally:
            lock.release()


def read_marker(folder: Path) -> dict[str, Any] | None:
    """What the marker says; None: there is none, or it is damaged."""
    try:
        told = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) and isinstance(told.get("files"), dict) else None


def write_marker(folder: Path, model: PublishedModel, files: Mapping[str, Mapping[str, object]]) -> None:
    """Make the folder a model. ``files``: by name, their sizes and hashes."""
    told = {"id": model.model_id, "repository": model.repository, "commit": model.commit, "files": files}
    beside = folder / f"{MARKER}{PART}"
    with beside.open("w", encoding="utf-8") as file:
        json.dump(told, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(folder / MARKER)


@contextmanager
def disk_errors(path: Path, hub: Hub) -> Iterator[None]:
    """Turn what the disk refuses into our errors. Raises DiskFull, DownloadFailed."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(path=path) from error
        raise DownloadFailed(
            trouble=DownloadTrouble.FOLDER_UNWRITABLE,
            address=hub.endpoint,
            what=path,
            detail=error.strerror or str(error),
        ) from error


def _is_whole(folder: Path, marked: Mapping[str, Any]) -> bool:
    try:
        return all((folder / name).stat().st_size == told["size_bytes"] for name, told in marked["files"].items())
    except (OSError, KeyError, TypeError):
        return False


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*") if folder.is_dir() else ():
        with contextlib.suppress(OSError):
            total += path.stat().st_size if path.is_file() else 0
    return total


def _is_same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
