"""What a checkpoint folder holds, found out and checked without torch: a wrong folder is refused by name."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal, NoReturn

from app.core.errors import ModelUnusable
from app.vision.preprocessing import PixelRecipe, read_recipe

# To add a kind of checkpoint: 1 its model_type here, 2 the tensors it can't do without in _REQUIRED,
# 3 its vector length in _dim, 4 its text padding in texts.py, 5 a tiny one in tests/checkpoints.py.
_CLASSES = {
    "clip": "CLIPModel",
    "siglip": "SiglipModel",
    "vision-text-dual-encoder": "VisionTextDualEncoderModel",
    "blip": "BlipForConditionalGeneration",
}
_REQUIRED = {
    "clip": ("visual_projection.weight", "text_projection.weight"),
    "siglip": ("vision_model.head.probe", "text_model.head.weight"),
    "vision-text-dual-encoder": ("visual_projection.weight", "text_projection.weight"),
    "blip": ("text_decoder.cls.predictions.bias",),
}
_IMAGE_SIDE = ("vision_model.", "visual_projection.")
# What of an image tower stands in no tensor; and by kind of tower what it is where a config says nothing.
_UNWEIGHED = ("hidden_act", "num_attention_heads", "layer_norm_eps")
_USUAL: Mapping[str, tuple[object, ...]] = {
    "clip": ("quick_gelu", 12, 1e-5),
    "siglip": ("gelu_pytorch_tanh", 12, 1e-6),
    "mobilenet_v2": ("relu6", None, 0.001),
}
_PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack")
_TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model", "tokenizer.model")
WEIGHTS = "model.safetensors"
COUNTERS = (".position_ids",)
"""Ends of the names of 0, 1, 2 …, which old versions wrote beside the weights and new ones do not."""
_CHUNK = 16 * 1024
_HEADER_LIMIT = 100 * 1024 * 1024
"""safetensors' own limit for a header."""

Kind = Literal["embedder", "captioner"]


@dataclass(frozen=True, slots=True)
class Tensor:
    """Where one tensor lies: ``start`` and ``end`` count bytes from the beginning of the file."""

    file: Path
    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder that passed all checks that need no torch.

    Attributes:
        class_name: the class of transformers that loads it.
        dim: length of a vector; 0 for a captioner.
        text_positions: the longest text in tokens that the text tower has positions for.
    """

    folder: Path
    kind: Kind
    model_type: str
    class_name: str
    config: Mapping[str, Any]
    tensors: Mapping[str, Tensor]
    recipe: PixelRecipe
    dim: int
    text_positions: int

    @property
    def edge_px(self) -> int:
        return self.recipe.edge_px

    @property
    def text_config(self) -> Mapping[str, Any]:
        told = self.config.get("text_config")
        return told if isinstance(told, dict) else {}

    @property
    def lowers_texts(self) -> bool:
        """SigLIP 2's tokenizer keeps capitals, its training had none."""
        return self.model_type == "siglip"


def refuse(folder: Path, detail: str, what: object = "") -> NoReturn:
    """Say that a folder can't be used: ``detail`` is a code, ``what`` the name of what is wrong."""
    raise ModelUnusable(path=folder, detail=detail, what=str(what))


def inspect(folder: Path, wanted: Kind) -> Checkpoint:
    """Check a checkpoint folder: its kind, that its tensors are whole, and how it wants its pictures.

    Raises:
        ModelUnusable: ``detail`` is one of folder_missing, config_missing, config_damaged, remote_code,
            wrong_kind, pickled_only, weights_missing, weights_damaged, tensors_missing, tokenizer_missing,
            preprocessing_missing, preprocessing_unknown, preprocessing_mismatch; ``what`` names the culprit.
    """
    if not folder.is_dir():
        refuse(folder, "folder_missing", folder)
    config = read_json(folder, "config.json", missing="config_missing")
    model_type = _model_type(folder, config, wanted)
    tensors = read_tensors(folder)
    absent = [name for name in _REQUIRED[model_type] if name not in tensors]
    if absent:
        refuse(folder, "tensors_missing", ", ".join(absent))
    require_tokenizer(folder)
    recipe = read_recipe(folder, model_type)
    _check_edge(folder, recipe, config, tensors)
    return Checkpoint(
        folder,
        wanted,
        model_type,
        _CLASSES[model_type],
        config,
        tensors,
        recipe,
        _dim(model_type, tensors),
        _text_positions(model_type, config),
    )


def inspect_any(folder: Path) -> Checkpoint:
    """As ``inspect``, for a folder of which nobody said what it is for. Raises ModelUnusable."""
    try:
        return inspect(folder, "embedder")
    except ModelUnusable as error:
        if error.fields["detail"] != "wrong_kind":
            raise
    return inspect(folder, "captioner")


def require_tokenizer(folder: Path) -> None:
    """Raises ModelUnusable (``tokenizer_missing``) where no file of one lies in the folder."""
    if not any((folder / name).is_file() for name in _TOKENIZERS):
        refuse(folder, "tokenizer_missing", _TOKENIZERS[0])


def space_of(checkpoint: Checkpoint) -> str:
    """Name the vector space: 32 hex digits over the image tower, its projection and the preprocessing.

    Of each tensor the name, type, shape and its first, middle and last 16 KiB are hashed, not every byte:
    training changes all values of a tensor, and reading gigabytes from a cold disk would delay the first
    search by seconds (ViT-B/32, 500 MB: 0.1 s instead of 2.4). Names and number of the files, the text tower and
    what else lies in the folder are not in it: the same image tower is the same space wherever it comes from.
    """
    digest = blake2b(digest_size=16)
    digest.update(repr((checkpoint.model_type, checkpoint.recipe)).encode())
    names = [name for name in checkpoint.tensors if name.startswith(_IMAGE_SIDE) and not name.endswith(COUNTERS)]
    hash_tensors(digest, checkpoint.tensors, sorted(names))
    if unusual := _unusual(checkpoint):
        digest.update(repr(unusual).encode())
    return digest.hexdigest()


def text_id_of(checkpoint: Checkpoint) -> str:
    """Name the text tower of a checkpoint: as ``space_of``, over all that is no image tower, and its tokenizer."""
    digest = blake2b(digest_size=16)
    digest.update(space_of(checkpoint).encode())
    names = [name for name in checkpoint.tensors if not name.startswith(_IMAGE_SIDE) and not name.endswith(COUNTERS)]
    hash_tensors(digest, checkpoint.tensors, sorted(names))
    hash_tokenizer(digest, checkpoint.folder)
    return digest.hexdigest()


def hash_tokenizer(digest: blake2b, folder: Path) -> None:
    """The files that turn texts into tokens."""
    for name in (*_TOKENIZERS, "tokenizer_config.json"):
        path = folder / name
        if path.is_file():
            digest.update(name.encode() + path.read_bytes())


def _unusual(checkpoint: Checkpoint) -> list[tuple[str, object]]:
    """How the image tower computes otherwise than its kind usually does: the same weights give other vectors then."""
    told = checkpoint.config.get("vision_config")
    config = told if isinstance(told, dict) else {}
    usual = _USUAL.get(checkpoint.model_type) or _USUAL.get(str(config.get("model_type")), (None, None, None))
    pairs = ((name, config.get(name, default), default) for name, default in zip(_UNWEIGHED, usual, strict=True))
    return [(name, value) for name, value, default in pairs if value != default]


def model_id_of(checkpoint: Checkpoint) -> str:
    """Name the whole checkpoint: as ``space_of``, over all tensors."""
    digest = blake2b(digest_size=16)
    digest.update(repr((checkpoint.model_type, checkpoint.recipe)).encode())
    hash_tensors(digest, checkpoint.tensors, sorted(checkpoint.tensors))
    return digest.hexdigest()


def signature(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """(name, size, mtime_ns) of each file: changes when somebody exchanges a file of the checkpoint."""
    try:
        stats = [(path.name, path.stat()) for path in sorted(folder.iterdir()) if path.is_file()]
    except OSError:
        return ()
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


def hash_tensors(digest: blake2b, tensors: Mapping[str, Tensor], names: Iterable[str]) -> None:
    """Of each tensor the name, type, shape and samples of its bytes."""
    open_files = {path: path.open("rb") for path in {tensors[name].file for name in names}}
    try:
        for name in names:
            tensor = tensors[name]
            digest.update(f"{name} {tensor.dtype} {tensor.shape}".encode())
            file = open_files[tensor.file]
            for offset in _sampled(tensor.start, tensor.end):
                file.seek(offset)
                digest.update(file.read(min(_CHUNK, tensor.end - offset)))
    finally:
        for file in open_files.values():
            file.close()


def _sampled(start: int, end: int) -> list[int]:
    if end - start <= 3 * _CHUNK:
        return list(range(start, end, _CHUNK))
    return [start, (start + end - _CHUNK) // 2, end - _CHUNK]


def read_json(folder: Path, name: str, *, missing: str) -> dict[str, Any]:
    """Read an object. Raises ModelUnusable: ``missing`` where there is no such file, else config_damaged."""
    path = folder / name
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        refuse(folder, missing, name)
    except (OSError, ValueError, RecursionError):
        refuse(folder, "config_damaged", name)
    if not isinstance(told, dict):
        refuse(folder, "config_damaged", name)
    return told


def _model_type(folder: Path, config: Mapping[str, Any], wanted: Kind) -> str:
    if any("auto_map" in part for part in (config, *_parts(config))):
        # A checkpoint that brings its own Python code is never run.
        refuse(folder, "remote_code", "auto_map")
    model_type = str(config.get("model_type", ""))
    named = config.get("architectures") or [_CLASSES.get(model_type, model_type or "?")]
    is_captioner = model_type == "blip"
    if named[0] != _CLASSES.get(model_type) or is_captioner != (wanted == "captioner"):
        refuse(folder, "wrong_kind", named[0])
    return model_type


def _parts(config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [part for name in ("vision_config", "text_config") if isinstance(part := config.get(name), dict)]


def read_tensors(folder: Path) -> dict[str, Tensor]:
    """Names and places of all tensors, from one safetensors file or from the index of several.

    Raises:
        ModelUnusable: ``weights_missing``, ``weights_damaged``, or ``pickled_only`` where there is no other file.
    """
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        mapped = read_json(folder, index.name, missing="weights_missing").get("weight_map")
        if not isinstance(mapped, dict):
            refuse(folder, "weights_damaged", index.name)
        files = sorted({folder / Path(str(name)).name for name in mapped.values()})
    else:
        files = [folder / WEIGHTS]
    tensors: dict[str, Tensor] = {}
    for file in files:
        tensors.update(_read_header(folder, file))
    return tensors


def _read_header(folder: Path, file: Path) -> dict[str, Tensor]:
    """Read the header of a safetensors file: 8 bytes of length, JSON, then the data.

    Format: https://huggingface.co/docs/safetensors/index#format
    """
    if not file.is_file():
        pickled = [path.name for pattern in _PICKLED for path in folder.glob(pattern)]
        refuse(folder, *(("pickled_only", pickled[0]) if pickled else ("weights_missing", file.name)))
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > min(size, _HEADER_LIMIT):
                raise ValueError(length)
            header: dict[str, Any] = json.loads(stream.read(length))
        header.pop("__metadata__", None)
        base = 8 + length
        tensors = {
            name: Tensor(file, told["dtype"], tuple(told["shape"]), *(base + place for place in told["data_offsets"]))
            for name, told in header.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error):
        refuse(folder, "weights_damaged", file.name)
    if not tensors or max(tensor.end for tensor in tensors.values()) != size:
        # An interrupted copy is shorter than its header promises.
        refuse(folder, "weights_damaged", file.name)
    return tensors


def _dim(model_type: str, tensors: Mapping[str, Tensor]) -> int:
    if model_type == "blip":
        return 0
    if model_type == "siglip":
        return tensors["vision_model.head.probe"].shape[-1]
    return tensors["visual_projection.weight"].shape[0]


def _text_positions(model_type: str, config: Mapping[str, Any]) -> int:
    known = {"clip": 77, "siglip": 64}.get(model_type, 512)
    text_config = config.get("text_config")
    if isinstance(text_config, dict):
        return int(text_config.get("max_position_embeddings", known))
    return known


def _check_edge(folder: Path, recipe: PixelRecipe, config: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
    """A transformer tower has one position a patch; another edge would fail only at the first picture."""
    patches = tensors.get("vision_model.embeddings.patch_embedding.weight")
    places = tensors.get(
        "vision_model.embeddings.position_embedding.weight",
        tensors.get("vision_model.embeddings.position_embedding"),
    )
    if patches is None or places is None:
        return
    side = recipe.edge_px // patches.shape[-1]
    if places.shape[-2] not in (side * side, side * side + 1):
        refuse(folder, "preprocessing_mismatch", f"{recipe.edge_px} px")
