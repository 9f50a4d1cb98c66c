"""A text tower of its own: a transformer, the mean of its tokens, and a dense layer to the space of an image tower."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from transformers.modeling_outputs import BaseModelOutputWithPooling

from app.vision.networks.pooling import masked_mean


class SentenceTower(nn.Module):
    """What sentence-transformers computes by its modules Transformer, Pooling (mean) and Dense (without bias)."""

    def __init__(self, transformer: nn.Module, dense_weight: torch.Tensor) -> None:
        """Join both; ``dense_weight``: shape (length of a vector, width of the transformer)."""
        super().__init__()
        self.transformer = transformer
        self.dense = nn.Linear(dense_weight.shape[1], dense_weight.shape[0], bias=False)
        self.dense.weight = nn.Parameter(dense_weight)

    def get_text_features(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
        """The answer of CLIPModel's method of this name, as far as it is used: ``pooler_output`` holds the vectors."""
        hidden = self.transformer(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return BaseModelOutputWithPooling(pooler_output=self.dense(masked_mean(hidden, attention_mask)))
