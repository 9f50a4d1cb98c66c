"""Reads the list of models that Oriel knows, and refuses a list that could fetch anything but named files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.core.models import PublishedFile, PublishedModel

_MODEL_KEYS = {
    "id",
    "name",
    "kind",
    "repository",
    "commit",
    "licence",
    "languages",
    "recommended_for",
    "dim",
    "edge_px",
    "resize",
    "text_tokens",
    "lower_cased",
    "padding",
    "verified",
    "files",
}
_TEXT_TOWER_KEYS = _MODEL_KEYS | {"serves"}
_FILE_KEYS = {"name", "size_bytes", "sha256", "verified"}
_MODEL_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FILE = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)*")
"""No pattern, no absolute path, no way out of the folder."""


def read_manifest(path: Path) -> tuple[PublishedModel, ...]:
    """The models of the file, in its order.

    Raises:
        ValueError: an entry breaks the form: the message names it.
    """
    told = json.loads(path.read_text(encoding="utf-8"))
    models = tuple(_model(entry) for entry in told["models"])
    names = [model.model_id for model in models]
    _demand(len(set(names)) == len(names), "models", "two of one id")
    embedders = {model.model_id for model in models if model.kind == "embedder"}
    for model in models:
        _demand(set(model.serves) <= embedders, model.model_id, "serves: ids of embedders")
    return models


def _model(told: Mapping[str, Any]) -> PublishedModel:
    name = str(told.get("id"))
    is_text_tower = told.get("kind") == "text_tower"
    keys = _TEXT_TOWER_KEYS if is_text_tower else _MODEL_KEYS
    _demand(set(told) == keys, name, f"keys {sorted(set(told) ^ keys)}")
    _demand(bool(_MODEL_ID.fullmatch(name)), name, "id")
    _demand(told["kind"] in ("embedder", "captioner", "text_tower"), name, "kind")
    _demand(told["resize"] in ((None,) if is_text_tower else ("crop", "squash")), name, "resize")
    _demand(told["padding"] in (None, "longest", "max_length"), name, "padding")
    _demand(told["edge_px"] is None if is_text_tower else isinstance(told["edge_px"], int), name, "edge_px")
    _demand((told["dim"] is None) == (told["kind"] == "captioner"), name, "dim")
    _demand(not is_text_tower or bool(told["serves"]), name, "serves")
    files = tuple(_file(name, entry) for entry in told["files"])
    if told["repository"] is None:
        _demand(told["commit"] is None and not files, name, "what ships with Oriel has no repository, commit, files")
    else:
        _demand(bool(_REPOSITORY.fullmatch(told["repository"])), name, "repository")
        _demand(bool(_COMMIT.fullmatch(told["commit"])), name, "commit: 40 hex digits, never a branch")
        _demand(len({file.name for file in files}) == len(files) > 0, name, "files")
    return PublishedModel(
        model_id=name,
        name=told["name"],
        kind=told["kind"],
        repository=told["repository"],
        commit=told["commit"],
        licence=told["licence"],
        languages=tuple(told["languages"]),
        recommended_for=tuple(told["recommended_for"]),
        dim=told["dim"],
        edge_px=told["edge_px"],
        resize=told["resize"],
        text_tokens=told["text_tokens"],
        is_lower_cased=told["lower_cased"],
        padding=told["padding"],
        is_verified=bool(told["verified"]),
        files=files,
        serves=tuple(told.get("serves", ())),
    )


def _file(model: str, told: Mapping[str, Any]) -> PublishedFile:
    name = str(told.get("name"))
    _demand(set(told) == _FILE_KEYS, model, f"{name}: keys")
    _demand(bool(_FILE.fullmatch(name)), model, f"{name}: not a plain file name")
    _demand(told["size_bytes"] is None or told["size_bytes"] > 0, model, f"{name}: size_bytes")
    _demand(told["sha256"] is None or bool(_SHA256.fullmatch(told["sha256"])), model, f"{name}: sha256")
    return PublishedFile(name, told["size_bytes"], told["sha256"], bool(told["verified"]))


def _demand(is_fulfilled: bool, model: str, what: str) -> None:
    if not is_fulfilled:
        raise ValueError(f"models.json, {model}: {what}")
