"""From texts to tokens, padded the way each kind of text tower was trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.vision.checkpoints.text_towers import TextTower
from app.vision.checkpoints.weights import Checkpoint, refuse

if TYPE_CHECKING:
    import torch

_LONGEST = 128
"""Nobody asks in more tokens; it also bounds tokenizers that say 1e30 and towers that reserve positions."""


class TextReader:
    """A tokenizer with the rules of its text tower.

    SigLIP reads its last position: its texts are padded to the full length ("max_length" alone pads nothing
    where the tokenizer names no length), carry no mask, and are lower-cased. CLIP finds its end token; a BERT
    tower takes a mask, and what the starter's tokenizer drops (capitals, the final full stop) stands in its own
    file.
    """

    def __init__(self, source: Checkpoint | TextTower) -> None:
        self._tokenizer = load_tokenizer(source.folder)
        self._is_siglip = source.model_type == "siglip"
        self._lowers = source.lowers_texts
        self._longest = min(source.text_positions, int(self._tokenizer.model_max_length), _LONGEST)
        _check_tokenizer(source, self._tokenizer)

    def tokens(self, texts: Sequence[str]) -> dict[str, torch.Tensor]:
        """int64 tensors, shape (len(texts), length), named as the text tower's arguments."""
        told = self._tokenizer(
            [text.lower() if self._lowers else text for text in texts],
            padding="max_length" if self._is_siglip else True,
            truncation=True,
            max_length=self._longest,
            return_tensors="pt",
        )
        names = ("input_ids",) if self._is_siglip else ("input_ids", "attention_mask")
        return {name: told[name] for name in names if name in told}


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer that lies in the folder. Raises ModelUnusable (``tokenizer_damaged``)."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # noqa: BLE001 - a damaged tokenizer file fails in many ways, all of them its fault
        refuse(folder, "tokenizer_damaged", error)
    return tokenizer


def _check_tokenizer(source: Checkpoint | TextTower, tokenizer: Any) -> None:
    """Refuse a tokenizer of another model: CLIP silently pools a text without its end token at position 0."""
    told = source.text_config
    if tokenizer.pad_token_id is None:
        refuse(source.folder, "tokenizer_mismatch", "pad token")
    if len(tokenizer) > int(told.get("vocab_size", len(tokenizer))):
        refuse(source.folder, "tokenizer_mismatch", f"{len(tokenizer)} tokens")
    if source.model_type != "clip":
        return
    ids = tokenizer("a")["input_ids"]
    end = int(told.get("eos_token_id", 49407))
    # Configs written before transformers 4.31 say 2 and mean "the highest id"; the tower still reads them so.
    is_found = ids[-1] == max(ids) if end == 2 else end in ids
    if not is_found:
        refuse(source.folder, "tokenizer_mismatch", f"end token {end}")
