"""Strict loading: a model whose every tensor came from the checkpoint, or a refusal that names the tensor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.core.errors import OutOfMemory
from app.vision.checkpoints.text_towers import DENSE_WEIGHT, TextTower
from app.vision.checkpoints.weights import COUNTERS, Checkpoint, refuse
from app.vision.device import is_out_of_memory, silence_libraries


def load_model(checkpoint: Checkpoint) -> Any:
    """Load a checkpoint in float32, in evaluation mode, on the processor: no network, no foreign code.

    Raises:
        ModelUnusable: ``tensors_missing``, ``tensors_mismatched``, ``tensors_unexpected`` (``what`` names
            them), or ``weights_damaged``.
        OutOfMemory: it does not fit.
    """
    silence_libraries()
    return _load_strictly(_class_of(checkpoint), checkpoint.folder)


def import_class(checkpoint: Checkpoint) -> None:
    """Import what ``load_model`` needs, which takes longer than loading."""
    silence_libraries()
    _class_of(checkpoint)


def load_text_tower(tower: TextTower) -> Any:
    """Load a text tower of its own, which answers ``get_text_features`` as a whole model does. As ``load_model``."""
    silence_libraries()
    import transformers
    from safetensors.torch import load_file

    from app.vision.networks.sentence_tower import SentenceTower

    transformer = _load_strictly(getattr(transformers, tower.class_name), tower.folder)
    return SentenceTower(transformer, load_file(tower.dense.file)[DENSE_WEIGHT].float()).eval().requires_grad_(False)


def _load_strictly(model_class: Any, folder: Path) -> Any:
    import torch

    try:
        model, told = model_class.from_pretrained(
            folder,
            dtype=torch.float32,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
            # A tensor of another shape is then told in the loading info, by its name.
            ignore_mismatched_sizes=True,
        )
    except Exception as error:  # damaged weights fail in many ways, all of them theirs
        if is_out_of_memory(error):
            raise OutOfMemory(detail=str(error)) from error
        refuse(folder, "weights_damaged", error)
    _refuse_incomplete(folder, told)
    return model.eval().requires_grad_(False)


def _class_of(checkpoint: Checkpoint) -> Any:
    """The class of transformers, or ours where it has to hold more than theirs."""
    import transformers

    if checkpoint.model_type == "vision-text-dual-encoder":
        from app.vision.networks.dual_encoder import VisionTextDualEncoderModel

        return VisionTextDualEncoderModel
    return getattr(transformers, checkpoint.class_name)


def _refuse_incomplete(folder: Path, told: dict[str, Any]) -> None:
    """Refuse what transformers would fill with random numbers: missing and misshapen tensors."""
    mismatched = sorted(str(entry[0]) for entry in told["mismatched_keys"])
    unexpected = sorted(name for name in told["unexpected_keys"] if not name.endswith(COUNTERS))
    for detail, names in (
        ("tensors_missing", sorted(told["missing_keys"])),
        ("tensors_mismatched", mismatched),
        ("tensors_unexpected", unexpected),
        ("weights_damaged", [str(message) for message in told.get("error_msgs", ())]),
    ):
        if names:
            refuse(folder, detail, ", ".join(names[:5]) + (" …" if len(names) > 5 else ""))
