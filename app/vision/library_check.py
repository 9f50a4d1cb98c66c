"""Says which torch, transformers and huggingface_hub are here, and proves that they work."""

from __future__ import annotations

from app.vision.device import choose_device, prepare_environment, silence_libraries
from app.vision.downloads.hub import check_client


def check_torch() -> str:
    """Its version and device; raises whatever it raises where it can't compute."""
    prepare_environment()
    import torch

    if float((torch.ones(8, 8) @ torch.ones(8, 8)).sum()) != 512:
        raise ArithmeticError("torch multiplied wrongly")
    return f"{torch.__version__} on {choose_device()}"


def check_transformers() -> str:
    """Its version; raises ImportError where a class that Oriel loads models with is missing."""
    silence_libraries()
    import transformers

    for name in ("CLIPModel", "SiglipModel", "VisionTextDualEncoderModel", "BlipForConditionalGeneration"):
        getattr(transformers, name)
    return str(transformers.__version__)


def check_hub() -> str:
    """huggingface_hub's version; raises what is missing for a download. Nothing goes online."""
    prepare_environment()
    import huggingface_hub

    check_client()
    return str(huggingface_hub.__version__)
