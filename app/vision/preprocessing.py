"""From pictures to pixel tensors: a fast equal of transformers' Pil image processors, without torchvision."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.core.errors import ModelUnusable
from app.core.types import RgbImage

if TYPE_CHECKING:
    import torch

# Pillow's numbers for its filters. torch has no uint8 Lanczos, and no dual encoder asks for it.
_FILTERS = {2: "bilinear", 3: "bicubic"}
_CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
_CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
_HALF = (0.5, 0.5, 0.5)
_CONVNEXT_SQUASHES_PX = 384
_WIDEST = 8
"""A strip longer than this many times its short edge is cut before enlarging, or it would fill memory."""

# What each of transformers' processors does where the file says nothing (their class attributes).
_DEFAULTS: dict[str, dict[str, Any]] = {
    "CLIP": {
        "size": {"shortest_edge": 224},
        "crop_size": {"height": 224, "width": 224},
        "do_center_crop": True,
        "resample": 3,
        "image_mean": _CLIP_MEAN,
        "image_std": _CLIP_STD,
    },
    "Siglip": {
        "size": {"height": 224, "width": 224},
        "resample": 3,
        "image_mean": _HALF,
        "image_std": _HALF,
    },
    "ViT": {"size": {"height": 224, "width": 224}, "resample": 2, "image_mean": _HALF, "image_std": _HALF},
    "ConvNext": {
        "size": {"shortest_edge": 384},
        "crop_pct": 224 / 256,
        "resample": 3,
        "image_mean": _HALF,
        "image_std": _HALF,
    },
    "Blip": {
        "size": {"height": 384, "width": 384},
        "resample": 3,
        "image_mean": _CLIP_MEAN,
        "image_std": _CLIP_STD,
    },
}
_BY_MODEL = {"clip": "CLIP", "siglip": "Siglip", "blip": "Blip", "vision-text-dual-encoder": "ViT"}


@dataclass(frozen=True, slots=True)
class PixelRecipe:
    """How a checkpoint wants its pictures.

    Attributes:
        short_edge_px: resize so that the shorter edge has this length, then crop; None: squash to a square.
        edge_px: the square that the tower sees.
        filter: "bilinear" or "bicubic", both antialiased.
        scale: factor that brings 0…255 to the range that ``mean`` and ``std`` speak of.
        mean, std: by channel, red first.
    """

    short_edge_px: int | None
    edge_px: int
    filter: str
    scale: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


def read_recipe(folder: Path, model_type: str) -> PixelRecipe:
    """Read ``preprocessor_config.json`` (or the ``image_processor`` of ``processor_config.json``).

    Raises:
        ModelUnusable: ``preprocessing_missing``, ``preprocessing_damaged`` or ``preprocessing_unknown``.
    """
    told = _read_config(folder)
    named = str(told.get("image_processor_type") or told.get("feature_extractor_type") or "")
    kind = named.removesuffix("Pil").removesuffix("Fast")
    kind = kind.removesuffix("ImageProcessor").removesuffix("FeatureExtractor") or _BY_MODEL[model_type]
    if kind not in _DEFAULTS:
        raise ModelUnusable(path=folder, detail="preprocessing_unknown", what=named)
    try:
        return _recipe(kind, {**_DEFAULTS[kind], **told})
    except (KeyError, TypeError, ValueError) as error:
        raise ModelUnusable(path=folder, detail="preprocessing_unknown", what=f"{named}: {error}") from error


def to_pixels(images: Sequence[RgbImage], recipe: PixelRecipe) -> torch.Tensor:
    """Resize and crop pictures into one batch.

    Args:
        images: uint8, shape (height, width, 3), RGB; sizes may differ.
        recipe: of the checkpoint.

    Returns:
        uint8, shape (len(images), 3, edge, edge), RGB, channels last in memory: a quarter of the bytes of
        float32 on the way to a device. ``normalise`` follows there.
    """
    import torch

    return torch.cat([_resize(image, recipe) for image in images]).contiguous(memory_format=torch.channels_last)


def normalise(pixels: torch.Tensor, recipe: PixelRecipe, dtype: torch.dtype) -> torch.Tensor:
    """Bring uint8 pixels to the checkpoint's range, (pixels · scale - mean) / std, on their own device."""
    import torch

    def by_channel(values: Sequence[float]) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.float32, device=pixels.device).view(1, 3, 1, 1)

    factor = by_channel([recipe.scale / std for std in recipe.std])
    shift = by_channel([mean / std for mean, std in zip(recipe.mean, recipe.std, strict=True)])
    return pixels.to(torch.float32).mul_(factor).sub_(shift).to(dtype)


def _read_config(folder: Path) -> Mapping[str, Any]:
    for name, part in (("preprocessor_config.json", None), ("processor_config.json", "image_processor")):
        if not (folder / name).is_file():
            continue
        try:
            told = json.loads((folder / name).read_text(encoding="utf-8"))
            told = told[part] if part else told
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelUnusable(path=folder, detail="preprocessing_damaged", what=name) from error
        if isinstance(told, dict):
            return told
        raise ModelUnusable(path=folder, detail="preprocessing_damaged", what=name)
    raise ModelUnusable(path=folder, detail="preprocessing_missing", what="preprocessor_config.json")


def _recipe(kind: str, told: Mapping[str, Any]) -> PixelRecipe:
    if not told.get("do_resize", True) or told.get("do_pad"):
        raise ValueError("pictures of any size or padding")
    short_edge_px, edge_px = _sizes(kind, told)
    is_normalised = told.get("do_normalize", True)
    mean = tuple(float(value) for value in told["image_mean"]) if is_normalised else (0.0, 0.0, 0.0)
    std = tuple(float(value) for value in told["image_std"]) if is_normalised else (1.0, 1.0, 1.0)
    if len(mean) != 3 or len(std) != 3 or 0.0 in std:
        raise ValueError("mean and std need three channels")
    scale = float(told.get("rescale_factor", 1 / 255)) if told.get("do_rescale", True) else 1.0
    return PixelRecipe(short_edge_px, edge_px, _FILTERS[int(told["resample"])], scale, mean, std)


def _sizes(kind: str, told: Mapping[str, Any]) -> tuple[int | None, int]:
    """(shorter edge before the crop or None, edge of the square); old files give one number, no names."""
    size, crop = told["size"], told.get("crop_size")
    if kind == "ConvNext":
        return _sizes_of_convnext(told)
    if isinstance(size, int):
        size = {"shortest_edge": size} if kind == "CLIP" else {"height": size, "width": size}
    if isinstance(crop, int):
        crop = {"height": crop, "width": crop}
    has_crop = bool(told.get("do_center_crop"))
    square = crop if has_crop and crop is not None else size
    edge_px = int(square["height"])
    if edge_px != int(square["width"]) or edge_px < 1 or "longest_edge" in size:
        raise ValueError(f"not a square: {square}")
    if "shortest_edge" in size:
        return int(size["shortest_edge"]), edge_px
    if int(size["height"]) != int(size["width"]) or (has_crop and int(size["height"]) != edge_px):
        raise ValueError(f"not a square: {size}")
    return None, edge_px


def _sizes_of_convnext(told: Mapping[str, Any]) -> tuple[int | None, int]:
    """ResNets and ConvNeXts enlarge below 384 px by 1 / crop_pct and crop that away, and squash from there on."""
    size = told["size"]
    edge_px = int(size if isinstance(size, int) else size["shortest_edge"])
    if told.get("do_center_crop") or edge_px < 1:
        raise ValueError(f"a second crop, or none: {size}")
    return (int(edge_px / told["crop_pct"]), edge_px) if edge_px < _CONVNEXT_SQUASHES_PX else (None, edge_px)


def _resize(image: RgbImage, recipe: PixelRecipe) -> torch.Tensor:
    """One picture as uint8, shape (1, 3, edge, edge)."""
    import numpy as np
    import torch
    from torch.nn.functional import interpolate, pad

    if recipe.short_edge_px is not None:
        image = _without_far_ends(image)
    # A copy where numpy's array is read-only or mirrored: torch takes neither.
    pixels = torch.from_numpy(np.require(image, np.uint8, ["C", "W"])).permute(2, 0, 1).unsqueeze(0)
    # torch's antialiased uint8 filter follows Pillow's: nearly all pixels agree, some differ by one.
    pixels = interpolate(pixels, size=_resized(image, recipe), mode=recipe.filter, antialias=True)
    height, width = pixels.shape[2:]
    edge = recipe.edge_px
    if (height, width) == (edge, edge):
        return pixels
    top, left = (height - edge) // 2, (width - edge) // 2
    # Negative padding cuts; a picture smaller than the crop is set on black, as the Pil processors do.
    return pad(pixels, (-left, edge - width + left, -top, edge - height + top))


def _resized(image: RgbImage, recipe: PixelRecipe) -> tuple[int, int]:
    if recipe.short_edge_px is None:
        return recipe.edge_px, recipe.edge_px
    height, width = image.shape[:2]
    longer = int(recipe.short_edge_px * max(height, width) / min(height, width))
    return (longer, recipe.short_edge_px) if width <= height else (recipe.short_edge_px, longer)


def _without_far_ends(image: RgbImage) -> RgbImage:
    """The middle of a very long strip; the crop that follows keeps less than that."""
    height, width = image.shape[:2]
    most = _WIDEST * min(height, width)
    top, left = max(0, (height - most) // 2), max(0, (width - most) // 2)
    return image[top : top + most, left : left + most]
