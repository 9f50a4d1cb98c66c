"""The number types that a tower can compute in: which fit a machine, and how a tower is brought to one."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from app.core.models import NumberType
from app.vision.checkpoints.weights import Checkpoint
from app.vision.device import number_type

if TYPE_CHECKING:
    import torch

_INT8: NumberType = "int8"
# What torch says of quantize_dynamic, and of what it calls: it goes to a package of its own some day. torch is pinned.
_REMOVALS = (
    (DeprecationWarning, r"torch\.ao\.quantization is deprecated"),
    (UserWarning, r"torch\.quantize_per_tensor, torch\.quantize_per_channel and other quantized tensor creation"),
)


def is_convolutional(checkpoint: Checkpoint) -> bool:
    """Whether its image tower is a MobileNet or ResNet: told by its batch norms, without torch."""
    return any(name.startswith("vision_model.") and name.endswith(".running_mean") for name in checkpoint.tensors)


def fitting_types(device: str, *, is_convolutional: bool) -> tuple[NumberType, ...]:
    """What may be worth trying on a device, float32 first.

    On a processor, bfloat16 is tried only where it is native, since it is emulated elsewhere at a tenth of the speed,
    and convolutions stay in float32: int8 touches Linear layers alone, and bfloat16 is slower (``number_type``).
    """
    import torch

    if device.startswith("cuda"):
        has_bfloat16 = torch.cuda.is_bf16_supported(including_emulation=False)
        return ("float32", "float16", "bfloat16") if has_bfloat16 else ("float32", "float16")
    if device == "mps":
        return ("float32", "float16")
    if is_convolutional:
        return ("float32",)
    fitting: list[NumberType] = ["float32"]
    if number_type(device) is torch.bfloat16:
        fitting.append("bfloat16")
    if torch.backends.quantized.engine != "none":
        fitting.append(_INT8)
    return tuple(fitting)


def named(dtype: torch.dtype) -> NumberType:
    """Our name of a type that torch has."""
    return str(dtype).removeprefix("torch.")  # type: ignore[return-value]


def convert(module: Any, wanted: NumberType) -> torch.dtype:
    """Bring a module in evaluation mode to a number type, in place.

    Returns:
        The type that its inputs must have.
    """
    import torch

    if wanted != _INT8:
        dtype: torch.dtype = getattr(torch, wanted)
        module.to(dtype)
        return dtype
    from torch.ao.quantization import quantize_dynamic

    with warnings.catch_warnings():
        for category, message in _REMOVALS:
            warnings.filterwarnings("ignore", message, category)
        quantize_dynamic(module, {torch.nn.Linear}, dtype=torch.qint8, inplace=True)  # type: ignore[no-untyped-call]
    return torch.float32
