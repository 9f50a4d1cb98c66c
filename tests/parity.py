"""Oriel's way from a picture or a text to a vector, held against transformers' own processors and models.

``differences`` is the one comparison, for tiny checkpoints (tests) and for real sizes (benchmarks): of the pixels that
reach the image tower, and of the vectors. With random weights all pictures look alike, so vectors alone would forgive a
wrong crop; and what is left between two vectors is judged against how far apart different pictures are.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModel, AutoTokenizer, DistilBertModel

from app.core.types import RgbImage
from app.vision import captioner, embedder, preprocessing
from app.vision.captioner import BlipCaptioner
from app.vision.embedder import ClipEmbedder
from app.vision.preprocessing import PixelRecipe

Floats = npt.NDArray[np.float32]

TEXTS = ["a Red circle", "the big photo of two green squares on the grey ground .", "BLUE", "a yellow triangle"]

LEAST_COSINE = 0.9999
MOST_OF_APART = 0.02
"""1 - cosine to the reference may be so much of the median 1 - cosine between two different pictures (or texts)."""
MOST_STEPS = 0.1
"""Mean difference of pixels, in steps of 1/255 before normalising: torch's filter and Pillow's round few otherwise."""

SIZES = ((1733, 2599), (2603, 1951), (1201, 3001))
"""(height, width) of photos of 4 to 5 megapixels, none of which any edge divides."""


@dataclass(frozen=True)
class Seen:
    """What came of some pictures or texts.

    Attributes:
        vectors: float32, shape (n, dim), unit rows.
        pixels: float32, shape (n, 3, edge, edge), as they reach the tower; of texts: their token ids, as numbers.
    """

    vectors: Floats
    pixels: Floats


def photos(sizes: Sequence[tuple[int, int]] = SIZES) -> list[RgbImage]:
    """Pictures as a camera makes them: soft light, hard edges, texture to the last pixel, and JPEG's own traces."""
    return [_photo(*size, seed) for seed, size in enumerate(sizes)]


def _photo(height: int, width: int, seed: int) -> RgbImage:
    random = np.random.default_rng(seed)
    y, x = np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)
    image = np.empty((height, width, 3), np.float32)
    for channel, top in enumerate(random.permutation([215, 130, 45])):
        image[..., channel] = top * (0.35 + 0.65 * (x / width if (seed + channel) % 2 else y / height))
    for _ in range(14):
        top, left = random.integers(height), random.integers(width)
        image[top : top + height // 5, left : left + width // 6] = random.uniform(0, 255, 3)
    fine = np.sin(x * random.uniform(0.5, 2.5)) * np.cos(y * random.uniform(0.2, 1.5)) * 30
    coarse = np.sin(x * 40 / width) * np.sin(y * 55 / height) * 35
    grain = np.tile(random.normal(0, 9, (251, 257)).astype(np.float32), (height // 251 + 1, width // 257 + 1))
    image += (fine + coarse + grain[:height, :width])[..., None]
    file = io.BytesIO()
    Image.fromarray(np.clip(image, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=92)
    return np.asarray(Image.open(file))


def differences(ours: Seen, theirs: Seen, std: Sequence[float] = (1.0, 1.0, 1.0)) -> list[str]:
    """In what the two are not equal, in words; nothing where they are.

    Args:
        ours: of the same pictures or texts as ``theirs``.
        theirs: by transformers alone.
        std: that pixels were divided by, red first.
    """
    if ours.pixels.shape != theirs.pixels.shape:
        return [f"shapes {ours.pixels.shape} and {theirs.pixels.shape}"]
    found = []
    scale = 255 * np.asarray(std, np.float64).reshape(-1, *[1] * (ours.pixels.ndim - 2))
    steps = float(np.abs((ours.pixels.astype(np.float64) - theirs.pixels) * scale).mean())
    if steps > MOST_STEPS:
        found.append(f"pixels or tokens differ by {steps:.2f} steps")
    short = 1 - (ours.vectors.astype(np.float64) * theirs.vectors).sum(axis=1)
    if (1 - short).min() < LEAST_COSINE:
        found.append(f"cosine {1 - short.max():.5f}")
    apart = _apart(theirs.vectors)
    if short.max() > MOST_OF_APART * apart + 1e-6:
        found.append(f"{short.max():.2g} away from theirs, where two pictures are {apart:.2g} apart")
    return found


def _apart(vectors: Floats) -> float:
    cosines = vectors.astype(np.float64) @ vectors.T
    return float(np.median(1 - cosines[np.triu_indices(len(vectors), 1)]))


def unit(vectors: torch.Tensor) -> Floats:
    rows: Floats = torch.nn.functional.normalize(vectors.float(), dim=-1).numpy()
    return rows


# What Oriel does.

Mutant = Callable[[Sequence[RgbImage], PixelRecipe], torch.Tensor]
"""A wrong ``to_pixels``; what is no uint8 is not normalised either."""


def _swapped(images: Sequence[RgbImage], recipe: PixelRecipe) -> torch.Tensor:
    return preprocessing.to_pixels([image[:, :, ::-1] for image in images], recipe)


def _from_the_corner(images: Sequence[RgbImage], recipe: PixelRecipe) -> torch.Tensor:
    edges = [min(image.shape[:2]) for image in images]
    cut = [image[:edge, :edge] for image, edge in zip(images, edges, strict=True)]
    return preprocessing.to_pixels(cut, recipe)


def _squashed_or_cropped(images: Sequence[RgbImage], recipe: PixelRecipe) -> torch.Tensor:
    other = recipe.edge_px if recipe.short_edge_px is None else None
    return preprocessing.to_pixels(images, replace(recipe, short_edge_px=other))


def _shifted(images: Sequence[RgbImage], recipe: PixelRecipe) -> torch.Tensor:
    return preprocessing.to_pixels(images, recipe).roll(1, dims=3)


def _filtered(images: Sequence[RgbImage], recipe: PixelRecipe) -> torch.Tensor:
    other = "bilinear" if recipe.filter == "bicubic" else "bicubic"
    return preprocessing.to_pixels(images, replace(recipe, filter=other))


def _not_antialiased(images: Sequence[RgbImage], recipe: PixelRecipe) -> torch.Tensor:
    plain = torch.nn.functional.interpolate

    def aliased(pixels: torch.Tensor, **options: Any) -> torch.Tensor:
        return plain(pixels, **{**options, "antialias": False})

    with patch("torch.nn.functional.interpolate", aliased):
        return preprocessing.to_pixels(images, recipe)


def _not_normalised(images: Sequence[RgbImage], recipe: PixelRecipe) -> torch.Tensor:
    return preprocessing.to_pixels(images, recipe).float() / 255


MUTANTS: dict[str, Mutant] = {
    "swapped channels": _swapped,
    "a crop from the corner": _from_the_corner,
    "squash instead of crop, or the other way": _squashed_or_cropped,
    "one pixel to the side": _shifted,
    "the wrong filter": _filtered,
    "no antialiasing": _not_antialiased,
    "no normalising": _not_normalised,
}


@contextmanager
def mutated(mutant: Mutant | None) -> Iterator[None]:
    """Oriel with a mistake in it."""
    if mutant is None:
        yield
        return

    def normalise(pixels: torch.Tensor, recipe: PixelRecipe, dtype: torch.dtype) -> torch.Tensor:
        return preprocessing.normalise(pixels, recipe, dtype) if pixels.dtype == torch.uint8 else pixels

    with (
        patch.object(embedder, "to_pixels", mutant),
        patch.object(captioner, "to_pixels", mutant),
        patch.object(embedder, "normalise", normalise),
        patch.object(captioner, "normalise", normalise),
    ):
        yield


@lru_cache(maxsize=1)  # mistakes are tried one after the other with the same model, and none is in the model itself
def _embedder(folder: Path) -> ClipEmbedder:
    made = ClipEmbedder(folder, device="cpu", threads=2, number_type="float32")
    made.load()
    return made


@lru_cache(maxsize=1)
def _captioner(folder: Path) -> BlipCaptioner:
    made = BlipCaptioner(folder, device="cpu", threads=2, number_type="float32")
    made.load()
    return made


def seen_by_oriel(folder: Path, images: Sequence[RgbImage], mutant: Mutant | None = None) -> Seen:
    """Pictures through an embedder, and what of them reached its image tower."""
    made = _embedder(folder)
    model = made._loaded.model  # type: ignore[union-attr]
    plain, pixels = model.get_image_features, []

    def noted(pixel_values: torch.Tensor) -> Any:
        pixels.append(pixel_values.float().numpy().copy())
        return plain(pixel_values=pixel_values)

    with mutated(mutant), patch.object(model, "get_image_features", noted):
        vectors = made.embed_images(images)
    return Seen(vectors, np.concatenate(pixels))


def captioned_by_oriel(
    folder: Path, images: Sequence[RgbImage], mutant: Mutant | None = None
) -> tuple[Seen, list[str]]:
    """Pictures through a captioner: what its image tower sees and says of them, and the captions."""
    made = _captioner(folder)
    model = made._loaded.model  # type: ignore[union-attr]
    plain, pixels = model.generate, []

    def noted(pixel_values: torch.Tensor, **options: Any) -> Any:
        pixels.append(pixel_values.float())
        return plain(pixel_values=pixel_values, **options)

    with mutated(mutant), patch.object(model, "generate", noted):
        captions = made.caption_images(images)
    seen = torch.cat(pixels)
    return Seen(_tower_of_blip(model, seen), seen.numpy()), captions


# What transformers does, by itself.


def pixels_by(processor: Any, images: Sequence[RgbImage]) -> torch.Tensor:
    """One at a time, as a person would who follows the documentation."""
    return torch.cat([processor([image], return_tensors="pt")["pixel_values"] for image in images])


def seen_by_transformers(model: Any, processor: Any, images: Sequence[RgbImage]) -> Seen:
    """By a model with ``get_image_features``, and the checkpoint's own processor."""
    pixels = pixels_by(processor, images)
    with torch.inference_mode():
        vectors = unit(model.get_image_features(pixel_values=pixels).pooler_output)
    return Seen(vectors, pixels.numpy())


def tower_alone(folder: Path, part: str) -> Any:
    """One tower of a dual encoder ("vision" or "text") as transformers alone loads it, from a folder of its own."""
    alone = folder / part
    getattr(AutoConfig.from_pretrained(folder), f"{part}_config").save_pretrained(alone)
    prefix = f"{part}_model."
    tensors = load_file(folder / "model.safetensors")
    named = {name.removeprefix(prefix): held for name, held in tensors.items() if name.startswith(prefix)}
    save_file(named, alone / "model.safetensors", metadata={"format": "pt"})
    made, told = AutoModel.from_pretrained(alone, output_loading_info=True)
    assert not [name for name in told["missing_keys"] if not name.startswith("pooler.")]
    return made.eval()


class TowersApart:
    """A dual encoder that transformers has no class for, put together from its two towers and its projections."""

    def __init__(self, folder: Path) -> None:
        self._tensors = load_file(folder / "model.safetensors")
        self._towers = {part: tower_alone(folder, part) for part in ("vision", "text")}

    def get_image_features(self, pixel_values: torch.Tensor) -> Any:
        pooled = self._towers["vision"](pixel_values).pooler_output.flatten(1)
        return SimpleNamespace(pooler_output=pooled @ self._tensors["visual_projection.weight"].T)

    def get_text_features(self, **tokens: torch.Tensor) -> Any:
        pooled = self._towers["text"](**tokens).pooler_output
        return SimpleNamespace(pooler_output=pooled @ self._tensors["text_projection.weight"].T)


def captioned_by_transformers(
    model: Any, processor: Any, tokenizer: Any, images: Sequence[RgbImage]
) -> tuple[Seen, list[str]]:
    pixels = pixels_by(processor, images)
    with torch.inference_mode():
        tokens = model.generate(pixel_values=pixels, max_new_tokens=30, no_repeat_ngram_size=3, num_beams=1)
    return Seen(_tower_of_blip(model, pixels), pixels.numpy()), tokenizer.batch_decode(tokens, skip_special_tokens=True)


def _tower_of_blip(model: Any, pixels: torch.Tensor) -> Floats:
    with torch.inference_mode():
        return unit(model.vision_model(pixel_values=pixels).last_hidden_state.mean(dim=1))


def read_by_oriel(made: ClipEmbedder, texts: Sequence[str]) -> Seen:
    made.load()
    reader = made._loaded.texts  # type: ignore[union-attr]
    return Seen(made.embed_texts(texts), reader.tokens(texts)["input_ids"].float().numpy()[:, None])


def read_by_transformers(features: Callable[..., torch.Tensor], tokens: Any) -> Seen:
    """``features`` from the named tensors of ``tokens`` to pooled outputs, not normalised."""
    with torch.inference_mode():
        vectors = unit(features(**tokens))
    return Seen(vectors, tokens["input_ids"].float().numpy()[:, None])


def sentence_features(folder: Path, mistake: str = "") -> tuple[Callable[..., torch.Tensor], Any]:
    """How a DistilBERT of sentence-transformers reads, put together from its parts, and its tokenizer.

    Args:
        folder: as ``checkpoints.build_text_tower`` writes one.
        mistake: none, or one of SENTENCE_MISTAKES.
    """
    model = DistilBertModel.from_pretrained(folder).eval()
    weight = load_file(folder / "2_Dense" / "model.safetensors")["linear.weight"]

    def features(input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden = model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask[..., None].float()
        if mistake == "padding in the mean":
            mask = torch.ones_like(mask)
        pooled = hidden[:, 0] if mistake == "the first token" else (hidden * mask).sum(1) / mask.sum(1)
        return pooled if mistake == "no dense layer" else pooled @ weight.T

    return features, AutoTokenizer.from_pretrained(folder)


SENTENCE_MISTAKES = ("the first token", "padding in the mean", "no dense layer")
