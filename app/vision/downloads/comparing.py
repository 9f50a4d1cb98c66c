"""Compares what the manifest says of a model with what the hub says, and with what was downloaded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from app.core.models import Difference, PublishedFile, PublishedModel
from app.vision.checkpoints.text_towers import inspect_text_tower
from app.vision.checkpoints.weights import inspect
from app.vision.downloads.hub import RemoteFile
from app.vision.downloads.store import ModelStore

_LARGEST_TO_READ = 64 * 1024 * 1024
"""Of small files the hub tells no sha256, so they are read; weights are never among them."""


def compare(store: ModelStore, model: PublishedModel) -> Iterator[Difference]:
    """Ask the hub about each file of the manifest, at its commit.

    Yields:
        Difference: also for what the manifest leaves open and the hub tells (``is_news``).

    Raises:
        DownloadFailed: the hub gave no answer.
        ModelUnusable: the model is installed, and can't be used.
    """
    if not model.is_bundled:
        listing = store.hub.listing(str(model.repository), str(model.commit))
        for file in model.files:
            yield from _compare_file(store, model, file, listing.files.get(file.name))
        if listing.licence is not None and listing.licence.lower() != model.licence.lower():
            yield Difference(model.model_id, None, "licence", model.licence, listing.licence)
    if store.state(model).is_installed:
        yield from _compare_folder(store, model)


def _compare_file(
    store: ModelStore, model: PublishedModel, file: PublishedFile, remote: RemoteFile | None
) -> Iterator[Difference]:
    if remote is None:
        yield Difference(model.model_id, file.name, "file", file.name, None)
        return
    sha256 = remote.sha256 or _read_sha256(store, model, file.name, remote)
    for fact, expected, found in (
        ("size_bytes", file.size_bytes, remote.size_bytes),
        ("sha256", file.sha256, sha256),
    ):
        if expected != found and found is not None:
            yield Difference(model.model_id, file.name, fact, None if expected is None else str(expected), str(found))


def _read_sha256(store: ModelStore, model: PublishedModel, name: str, remote: RemoteFile) -> str | None:
    if remote.size_bytes > _LARGEST_TO_READ:
        return None
    digest, left = hashlib.sha256(), remote.size_bytes
    with store.hub.open(str(model.repository), str(model.commit), name) as body:
        for data in body:
            digest.update(data)
            left -= len(data)
            if left < 0:
                break
    return digest.hexdigest()


def _compare_folder(store: ModelStore, model: PublishedModel) -> Iterator[Difference]:
    for fact, (expected, found) in _facts(model, store.folder_of(model)).items():
        if expected != found:
            yield Difference(model.model_id, None, fact, str(expected), str(found))


def _facts(model: PublishedModel, folder: Path) -> dict[str, tuple[object, object]]:
    """What the manifest says and what the folder shows, by name."""
    if model.kind == "text_tower":
        tower = inspect_text_tower(folder, is_declared=False)
        return {
            "dim": (model.dim, tower.dim),
            "text_tokens": (model.text_tokens, tower.text_positions),
            "lower_cased": (model.is_lower_cased, tower.lowers_texts),
        }
    checkpoint = inspect(folder, model.kind)
    return {
        "dim": (model.dim, checkpoint.dim or None),
        "edge_px": (model.edge_px, checkpoint.edge_px),
        "resize": (model.resize, "squash" if checkpoint.recipe.short_edge_px is None else "crop"),
    }
