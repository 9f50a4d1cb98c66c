"""A dual encoder of any two towers: a ResNet that sees, a text tower with or without a pooler that reads."""

from __future__ import annotations

from typing import Any

import torch
import transformers
from transformers.modeling_outputs import BaseModelOutputWithPooling

from app.vision.networks.pooling import masked_mean


class VisionTextDualEncoderModel(transformers.VisionTextDualEncoderModel):  # type: ignore[misc]
    """The class of transformers, with towers that it can't hold.

    It keeps the name, which is what ``save_pretrained`` writes as the architecture: a folder stays an ordinary one,
    which transformers opens too where it can hold the towers. What is added:

    - An image tower whose config names no ``hidden_size`` (ResNet, RegNet, ConvNeXt) is projected from the last of
      its ``hidden_sizes``; what it pools to (batch, width, 1, 1) loses its empty axes.
    - A text tower that has no pooler (DistilBERT), or was made without one (``add_pooling_layer=False``), is pooled
      by the mean of its tokens. ``text_pooling: "mean"`` in the config tells the second kind from a tower whose
      pooler is missing in the file.
    """

    def __init__(self, config: Any = None, vision_model: Any = None, text_model: Any = None) -> None:
        if config is None:
            config = self.config_class.from_vision_text_configs(vision_model.config, text_model.config)
        seen = config.vision_config
        if getattr(seen, "hidden_size", None) is None:
            seen.hidden_size = seen.hidden_sizes[-1]
        if text_model is not None and getattr(text_model, "pooler", text_model) is None:
            config.text_pooling = "mean"
        super().__init__(config, vision_model, text_model)
        if getattr(config, "text_pooling", None) == "mean":
            self.text_model.pooler = None
        # On the towers, so that all that the parent computes (vectors, logits, loss) sees what they make of it.
        self.vision_model.register_forward_hook(_flatten_pooled)
        self.text_model.register_forward_hook(_pool_text, with_kwargs=True)


def _flatten_pooled(_: Any, __: Any, output: Any) -> Any:
    output.pooler_output = output.pooler_output.flatten(1)
    return output


def _pool_text(_: Any, __: Any, given: dict[str, torch.Tensor | None], output: Any) -> Any:
    if getattr(output, "pooler_output", None) is not None:
        return output
    hidden = output.last_hidden_state
    pooled = masked_mean(hidden, given.get("attention_mask"))
    return BaseModelOutputWithPooling(last_hidden_state=hidden, pooler_output=pooled)
