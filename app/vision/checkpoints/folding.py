"""Batch norms whose statistics are frozen, folded into the convolutions before them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

_STRIDES_PRODUCT = 32
"""MobileNets and ResNets halve a picture five times; edges that divide by this are even at each strided layer."""


def fold_batch_norms(tower: torch.nn.Module, edge_px: int) -> int:
    """Fold each batch norm of a MobileNet or ResNet tower into its convolution, in place, for inference only.

    Scale and shift of a frozen batch norm are linear, so the folded network computes the same up to rounding
    (Jacob et al. 2018, arXiv:1712.05877, section 3.2).

    Args:
        tower: in evaluation mode.
        edge_px: of the pictures it will see; padding is made constant where it allows.

    Returns:
        how many were folded; 0 for a tower of another kind.
    """
    from torch import nn
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    folded = 0
    for parent in list(tower.modules()):
        layer: Any
        for name, layer in list(parent.named_children()):
            norm = getattr(layer, "normalization", None)
            if not isinstance(norm, nn.BatchNorm2d) or not isinstance(layer.convolution, nn.Conv2d):
                continue
            layer.convolution = fuse_conv_bn_eval(layer.convolution, norm)
            layer.normalization = nn.Identity()
            if edge_px % _STRIDES_PRODUCT == 0:
                setattr(parent, name, _plain(layer))
            folded += 1
    return folded


def _plain(layer: Any) -> torch.nn.Module:
    """The layer with its padding inside the convolution and its activation in place: measurably faster.

    TensorFlow's "same" padding of an even picture at stride 2 is one row below and one column at the right,
    which a convolution can't do alone; all others are symmetric.
    """
    from torch import nn

    convolution: nn.Conv2d = layer.convolution
    steps: list[nn.Module] = []
    if convolution.kernel_size != (1, 1) and getattr(getattr(layer, "config", None), "tf_padding", False):
        reach = convolution.dilation[0]
        if convolution.stride == (1, 1):
            convolution.padding = (reach, reach)
        else:
            steps.append(nn.ZeroPad2d((0, reach, 0, reach)))
    steps.append(convolution)
    activation = getattr(layer, "activation", None)
    if isinstance(activation, nn.ReLU6 | nn.ReLU):
        activation.inplace = True
    if isinstance(activation, nn.Module):
        steps.append(activation)
    return nn.Sequential(*steps)
