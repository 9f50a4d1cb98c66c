"""Text towers of their own in sentence-transformers' layout: what they hold, which spaces they serve. Without torch.

``sentence-transformers/clip-ViT-B-32-multilingual-v1`` is one: it was trained to answer as the text tower of OpenAI's
ViT-B/32 does, in fifty languages, so whoever has that model's vectors needs no new ones. Nothing in its files says so:
whoever installs it writes the spaces that it serves beside them (``declare_spaces``), and without that it is refused.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from app.vision.checkpoints.weights import (
    Tensor,
    hash_tensors,
    hash_tokenizer,
    read_json,
    read_tensors,
    refuse,
    require_tokenizer,
)

DECLARATION = "oriel.json"
"""{"serves": [ids of spaces]}"""
DENSE_WEIGHT = "linear.weight"

# To add a kind of transformer: its model_type and its class here, a tiny one in tests/checkpoints.py.
_CLASSES = {"distilbert": "DistilBertModel", "bert": "BertModel"}
_MODULES = ["Transformer", "Pooling", "Dense"]
_POSITIONS, _WIDTH = 512, 768
"""What transformers takes where a config says nothing."""


@dataclass(frozen=True, slots=True)
class TextTower:
    """A text tower whose files passed all checks that need no torch.

    Attributes:
        root: the folder that a person names.
        folder: the transformer's, and its tokenizer's: the same or one in it.
        class_name: the class of transformers that loads it.
        dense: the layer after the mean; shape (dim, width of the transformer).
        text_positions: the longest text in tokens.
        lowers_texts: whether they are lower-cased before the tokenizer sees them.
        spaces: ids of the spaces that it was declared to serve.
    """

    root: Path
    folder: Path
    model_type: str
    class_name: str
    text_config: Mapping[str, Any]
    dense: Tensor
    text_positions: int
    lowers_texts: bool
    spaces: frozenset[str]

    @property
    def dim(self) -> int:
        return self.dense.shape[0]

    def require(self, space: str, dim: int) -> None:
        """Raises ModelUnusable (``space_not_served``) where texts would be compared with another tower's pictures."""
        if space not in self.spaces or dim != self.dim:
            refuse(self.root, "space_not_served")


def inspect_text_tower(root: Path, *, is_declared: bool = True) -> TextTower:
    """Check a folder in sentence-transformers' layout: ``modules.json`` and a folder for each module.

    Args:
        root: the folder that a person names.
        is_declared: False: it has just come, and nobody has said yet which spaces it serves.

    Raises:
        ModelUnusable: ``detail`` is one of folder_missing, spaces_undeclared, text_tower_unknown (modules, pooling or
            activation that are not those of ``_MODULES``), config_missing, config_damaged, remote_code, wrong_kind,
            pickled_only, weights_missing, weights_damaged, tensors_missing, tensors_mismatched, tensors_unexpected,
            tokenizer_missing.
    """
    if not root.is_dir():
        refuse(root, "folder_missing", root)
    folder, pooling, dense = _modules(root)
    config = read_json(folder, "config.json", missing="config_missing")
    model_type = _model_type(folder, config)
    read_tensors(folder)  # that they are whole; their names are checked when they are loaded
    require_tokenizer(folder)
    _check_pooling(pooling)
    words = _sentence_config(folder)
    positions = _number(folder, config, "max_position_embeddings", _POSITIONS)
    return TextTower(
        root,
        folder,
        model_type,
        _CLASSES[model_type],
        config,
        _dense(dense, _number(folder, config, "dim" if model_type == "distilbert" else "hidden_size", _WIDTH)),
        min(positions, _number(folder, words, "max_seq_length", positions)),
        bool(words.get("do_lower_case")),
        _declared(root) if is_declared else frozenset(),
    )


def text_id_of_tower(tower: TextTower) -> str:
    """Name the tower, as ``weights.text_id_of`` names a checkpoint's own."""
    digest = blake2b(digest_size=16)
    digest.update(repr((tower.model_type, tower.text_positions, tower.lowers_texts)).encode())
    tensors = read_tensors(tower.folder)
    hash_tensors(digest, tensors, sorted(tensors))
    hash_tensors(digest, {DENSE_WEIGHT: tower.dense}, [DENSE_WEIGHT])
    hash_tokenizer(digest, tower.folder)
    return digest.hexdigest()


def declare_spaces(root: Path, spaces: Iterable[str]) -> None:
    """Write down the only spaces that a text tower serves. Raises OSError."""
    beside = root / f".{DECLARATION}"
    with beside.open("w", encoding="utf-8") as file:
        json.dump({"serves": sorted(spaces)}, file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(root / DECLARATION)


def _declared(root: Path) -> frozenset[str]:
    told = read_json(root, DECLARATION, missing="spaces_undeclared").get("serves")
    if not isinstance(told, list) or not told or not all(isinstance(space, str) for space in told):
        refuse(root, "spaces_undeclared", DECLARATION)
    return frozenset(told)


def _modules(root: Path) -> list[Path]:
    """The folders of transformer, pooling and dense layer."""
    try:
        told = json.loads((root / "modules.json").read_text(encoding="utf-8"))
        # "sentence_transformers.models.Dense"; newer versions say where the class lies in more words.
        kinds = [str(module["type"]).rpartition(".")[2] for module in told]
        names = [str(module["path"]) for module in told]
    except FileNotFoundError:
        refuse(root, "config_missing", "modules.json")
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        refuse(root, "config_damaged", "modules.json")
    if kinds != _MODULES:
        refuse(root, "text_tower_unknown", ", ".join(kinds))
    if any(name != Path(name).name for name in names):  # nothing outside of the folder
        refuse(root, "config_damaged", "modules.json")
    return [root / name for name in names]


def _model_type(folder: Path, config: Mapping[str, Any]) -> str:
    if "auto_map" in config:
        refuse(folder, "remote_code", "auto_map")
    model_type = str(config.get("model_type", ""))
    named = config.get("architectures") or [_CLASSES.get(model_type, model_type or "?")]
    if named[0] != _CLASSES.get(model_type):
        refuse(folder, "wrong_kind", named[0])
    return model_type


def _check_pooling(folder: Path) -> None:
    """The mean over all tokens and nothing beside; old files have a switch for each way, new ones name one."""
    told = read_json(folder, "config.json", missing="config_missing")
    ways = [name for name, is_on in told.items() if name.startswith("pooling_mode_") and is_on]
    if told.get("pooling_mode", ways) not in ("mean", ["pooling_mode_mean_tokens"]):
        refuse(folder, "text_tower_unknown", told.get("pooling_mode", ", ".join(ways)))


def _dense(folder: Path, width: int) -> Tensor:
    told = read_json(folder, "config.json", missing="config_missing")
    activation = str(told.get("activation_function", ""))
    if told.get("bias") is not False or activation.rpartition(".")[2] != "Identity":
        refuse(folder, "text_tower_unknown", f"bias {told.get('bias')}, {activation}")
    tensors = read_tensors(folder)
    if DENSE_WEIGHT not in tensors:
        refuse(folder, "tensors_missing", DENSE_WEIGHT)
    if len(tensors) > 1:
        refuse(folder, "tensors_unexpected", ", ".join(sorted(set(tensors) - {DENSE_WEIGHT})))
    weight = tensors[DENSE_WEIGHT]
    if weight.shape != (told.get("out_features"), width) or told.get("in_features") != width:
        refuse(folder, "tensors_mismatched", DENSE_WEIGHT)
    return weight


def _sentence_config(folder: Path) -> dict[str, Any]:
    name = "sentence_bert_config.json"
    return read_json(folder, name, missing="config_missing") if (folder / name).is_file() else {}


def _number(folder: Path, told: Mapping[str, Any], name: str, default: int) -> int:
    number = told.get(name) or default  # sentence-transformers writes null for "as the model says"
    if not isinstance(number, int) or number < 1:
        refuse(folder, "config_damaged", name)
    return number
