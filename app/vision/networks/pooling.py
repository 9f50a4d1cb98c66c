"""One vector a text from the vectors of its tokens."""

from __future__ import annotations

import torch


def masked_mean(hidden: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """The mean over the tokens that are no padding, computed in float32.

    Args:
        hidden: shape (texts, tokens, width).
        mask: shape (texts, tokens), 0 where a token is padding; None: there is none.

    Returns:
        shape (texts, width), in the number type of ``hidden``.
    """
    if mask is None:
        return hidden.mean(dim=1)
    weight = mask.unsqueeze(-1).float()
    return ((hidden.float() * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1e-9)).to(hidden.dtype)
