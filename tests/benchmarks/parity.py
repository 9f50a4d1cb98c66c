"""Parity at real sizes, with random weights: `python -m tests.benchmarks.parity` (4 GB on the disk, 8 GB of memory).

CLIP ViT-B/32, SigLIP 2 B/16, BLIP base and the multilingual text tower, each through ``tests.parity.differences`` as
it is and with each mistake in it. Ends with 1 where something differs, or a mistake passes.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import transformers
from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from app.vision.checkpoints.text_towers import declare_spaces
from app.vision.embedder import ClipEmbedder
from tests.benchmarks.measuring import machine
from tests.checkpoints import build_blip_base, build_multilingual, build_siglip2_base, build_vit_b_32
from tests.parity import (
    MUTANTS,
    TEXTS,
    Mutant,
    Seen,
    captioned_by_oriel,
    captioned_by_transformers,
    differences,
    photos,
    read_by_oriel,
    read_by_transformers,
    seen_by_oriel,
    seen_by_transformers,
    sentence_features,
)

Row = tuple[str, bool]
"""What was compared, and whether it came out as it must."""


def main() -> int:
    """Compare all; returns the exit code."""
    print(machine())
    transformers.utils.logging.disable_progress_bar()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as made:
        for row in _rows(Path(made)):
            rows.append(row)
            print(f"{'as it must' if row[1] else 'WRONG':10} {row[0]}", flush=True)
    return int(not all(is_right for _, is_right in rows))


def _rows(folder: Path) -> Iterator[Row]:
    clip, siglip, blip = (folder / name for name in ("clip", "siglip", "blip"))
    yield from _embedder("CLIP ViT-B/32", build_vit_b_32(clip), transformers.CLIPModel, CLIPImageProcessorPil, 77)
    yield from _text_tower("multilingual text tower", clip, build_multilingual(folder / "multilingual"))
    yield from _embedder(
        "SigLIP 2 B/16", build_siglip2_base(siglip), transformers.SiglipModel, SiglipImageProcessorPil, 64
    )
    yield from _captioner("BLIP base", build_blip_base(blip))


def _embedder(name: str, folder: Path, model_class: Any, processor_class: Any, text_tokens: int) -> Iterator[Row]:
    model, processor = model_class.from_pretrained(folder).eval(), processor_class.from_pretrained(folder)
    images = photos()
    theirs = seen_by_transformers(model, processor, images)
    yield from _judged(name, theirs, partial(seen_by_oriel, folder, images), processor.image_std)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    if model_class is transformers.SiglipModel:
        lowered = [text.lower() for text in TEXTS]
        told = tokenizer(lowered, padding="max_length", max_length=text_tokens, truncation=True, return_tensors="pt")
        tokens = {"input_ids": told["input_ids"]}
    else:
        tokens = dict(tokenizer(TEXTS, padding=True, return_tensors="pt", return_token_type_ids=False))
    read = read_by_transformers(lambda **given: model.get_text_features(**given).pooler_output, tokens)
    found = differences(read_by_oriel(ClipEmbedder(folder, device="cpu", number_type="float32"), TEXTS), read)
    yield f"{name}: texts {found}", not found


def _text_tower(name: str, clip: Path, folder: Path) -> Iterator[Row]:
    declare_spaces(folder, [ClipEmbedder(clip).space])
    features, tokenizer = sentence_features(folder)
    tokens = dict(tokenizer(TEXTS, padding=True, return_tensors="pt", return_token_type_ids=False))
    made = read_by_oriel(ClipEmbedder(clip, text_folder=folder, device="cpu", number_type="float32"), TEXTS)
    found = differences(made, read_by_transformers(features, tokens))
    yield f"{name}: texts {found}", not found


def _captioner(name: str, folder: Path) -> Iterator[Row]:
    model = transformers.BlipForConditionalGeneration.from_pretrained(folder).eval()
    processor = BlipImageProcessorPil.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    images = photos()
    theirs, _ = captioned_by_transformers(model, processor, tokenizer, images)
    yield from _judged(name, theirs, lambda mutant: captioned_by_oriel(folder, images, mutant)[0], processor.image_std)


def _judged(name: str, theirs: Seen, seen: Callable[[Mutant | None], Seen], std: Any) -> Iterator[Row]:
    for mistake, mutant in [("no mistake", None), *MUTANTS.items()]:
        found = differences(seen(mutant), theirs, std)
        yield f"{name}: {mistake} {found}", bool(found) == (mutant is not None)


if __name__ == "__main__":
    sys.exit(main())
