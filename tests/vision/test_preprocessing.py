"""Our pixels against those of transformers' own Pil processors, and that the comparison would notice a mistake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.convnext.image_processing_pil_convnext import ConvNextImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

from app.core.errors import ModelUnusable
from app.core.types import RgbImage
from app.vision.preprocessing import normalise, read_recipe, to_pixels

PROCESSORS = {
    "clip": CLIPImageProcessorPil,
    "siglip": SiglipImageProcessorPil,
    "vision-text-dual-encoder": ViTImageProcessorPil,
    "blip": BlipImageProcessorPil,
}
SIZES = [(384, 512), (512, 384), (385, 1023), (224, 224), (100, 140), (1536, 384), (61, 60)]


def picture(height: int, width: int, seed: int = 0) -> RgbImage:
    """Soft shapes with hard edges and a strong colour cast, so that channels and corners can't be mixed up."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width]
    image = np.stack([rows * 200 / height, columns * 120 / width, np.full((height, width), 30.0)], axis=2)
    for _ in range(12):
        top, left = int(random.integers(height)), int(random.integers(width))
        image[top : top + height // 4, left : left + width // 4] = random.uniform(0, 255, 3)
    return np.clip(image + random.normal(0, 6, image.shape), 0, 255).astype(np.uint8)


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    one, other = one.ravel().astype(np.float64), other.ravel().astype(np.float64)
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def ours(folder: Path, model_type: str, image: RgbImage) -> np.ndarray:
    recipe = read_recipe(folder, model_type)
    return normalise(to_pixels([image], recipe), recipe, torch.float32).numpy()


def theirs(processor: Any, image: RgbImage) -> np.ndarray:
    return np.asarray(processor([image], return_tensors="np")["pixel_values"])


@pytest.mark.parametrize("model_type", PROCESSORS)
@pytest.mark.parametrize("size", SIZES)
def test_pixels_equal_those_of_the_pil_processor(model_type: str, size: tuple[int, int], tmp_path: Path) -> None:
    processor = PROCESSORS[model_type]()
    processor.save_pretrained(tmp_path)
    image = picture(*size)
    made, wanted = ours(tmp_path, model_type, image), theirs(processor, image)
    assert made.shape == wanted.shape
    assert cosine(made, wanted) >= 0.9999
    # Four steps of 255, after division by the smallest deviation in use; nearly all pixels are equal.
    assert np.abs(made - wanted).max() < 0.06


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("changed", [{}, {"size": {"shortest_edge": 224}}, {"size": 100, "crop_pct": 0.8}])
def test_pixels_for_resnets_and_convnexts_equal_those_of_their_processor(
    size: tuple[int, int], changed: dict[str, Any], tmp_path: Path
) -> None:
    processor = ConvNextImageProcessorPil(**changed)
    processor.save_pretrained(tmp_path)
    if isinstance(changed.get("size"), int):  # as old files have it
        file = tmp_path / "preprocessor_config.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), "size": changed["size"]}))
    image = picture(*size)
    made, wanted = ours(tmp_path, "vision-text-dual-encoder", image), theirs(processor, image)
    assert made.shape == wanted.shape
    assert cosine(made, wanted) >= 0.9999
    assert np.abs(made - wanted).max() < 0.06


def test_a_crop_smaller_than_the_resized_picture_is_cut_from_its_middle(tmp_path: Path) -> None:
    processor = CLIPImageProcessorPil(size={"shortest_edge": 257}, crop_size={"height": 224, "width": 224})
    processor.save_pretrained(tmp_path)
    image = picture(301, 402)
    assert cosine(ours(tmp_path, "clip", image), theirs(processor, image)) >= 0.9999


def test_a_picture_smaller_than_the_crop_is_set_on_black(tmp_path: Path) -> None:
    processor = CLIPImageProcessorPil(size={"shortest_edge": 101}, crop_size={"height": 224, "width": 224})
    processor.save_pretrained(tmp_path)
    image = picture(120, 160)
    assert cosine(ours(tmp_path, "clip", image), theirs(processor, image)) >= 0.9999


def test_the_comparison_notices_swapped_channels_a_wrong_crop_and_missing_normalisation(
    tmp_path: Path,
) -> None:
    processor = CLIPImageProcessorPil()
    processor.save_pretrained(tmp_path)
    image = picture(384, 512)
    wanted = theirs(processor, image)
    recipe = read_recipe(tmp_path, "clip")
    pixels = to_pixels([image], recipe)
    swapped = ours(tmp_path, "clip", image[:, :, ::-1])
    from_the_corner = ours(tmp_path, "clip", image[:, :384])
    squashed = theirs(SiglipImageProcessorPil(image_mean=recipe.mean, image_std=recipe.std), image)
    for wrong in (swapped, from_the_corner, squashed, pixels.numpy() / 255.0):
        assert cosine(wrong, wanted) < 0.999


def test_pictures_of_mixed_sizes_and_read_only_or_mirrored_arrays_make_one_batch(tmp_path: Path) -> None:
    CLIPImageProcessorPil().save_pretrained(tmp_path)
    recipe = read_recipe(tmp_path, "clip")
    frozen = picture(60, 80)
    frozen.setflags(write=False)
    batch = to_pixels([frozen, picture(300, 200)[:, ::-1], picture(1, 1)], recipe)
    assert batch.shape == (3, 3, 224, 224)
    assert batch.dtype == torch.uint8


def test_a_strip_one_pixel_high_does_not_fill_memory(tmp_path: Path) -> None:
    CLIPImageProcessorPil().save_pretrained(tmp_path)
    assert to_pixels([picture(1, 60_000)], read_recipe(tmp_path, "clip")).shape == (1, 3, 224, 224)


def test_old_files_with_bare_numbers_are_read_as_their_processor_reads_them(tmp_path: Path) -> None:
    old = {
        "feature_extractor_type": "CLIPFeatureExtractor",
        "do_resize": True,
        "do_center_crop": True,
        "do_normalize": True,
        "size": 224,
        "crop_size": 224,
        "resample": 3,
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
    }
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(old))
    image = picture(384, 700)
    wanted = theirs(CLIPImageProcessorPil(), image)
    assert cosine(ours(tmp_path, "clip", image), wanted) >= 0.9999


def test_the_image_processor_inside_a_processor_file_is_found(tmp_path: Path) -> None:
    told = {
        "image_processor": {"image_processor_type": "SiglipImageProcessorFast", "size": {"height": 64, "width": 64}}
    }
    (tmp_path / "processor_config.json").write_text(json.dumps(told))
    assert read_recipe(tmp_path, "siglip").edge_px == 64


@pytest.mark.parametrize(
    ("told", "detail"),
    [
        (None, "preprocessing_missing"),
        ("{", "preprocessing_damaged"),
        ("[]", "preprocessing_damaged"),
        ('{"image_processor_type": "BeitImageProcessor"}', "preprocessing_unknown"),
        ('{"image_processor_type": "ConvNextImageProcessor", "size": {"height": 9}}', "preprocessing_unknown"),
        ('{"image_processor_type": "ConvNextImageProcessor", "do_center_crop": true}', "preprocessing_unknown"),
        ('{"image_processor_type": "CLIPImageProcessor", "resample": 1}', "preprocessing_unknown"),
        ('{"image_processor_type": "ViTImageProcessor", "size": {"height": 9, "width": 8}}', "preprocessing_unknown"),
        ('{"image_processor_type": "ViTImageProcessor", "image_std": [1, 1]}', "preprocessing_unknown"),
    ],
)
def test_preprocessing_that_we_cannot_equal_is_refused(told: str | None, detail: str, tmp_path: Path) -> None:
    if told is not None:
        (tmp_path / "preprocessor_config.json").write_text(told)
    with pytest.raises(ModelUnusable) as caught:
        read_recipe(tmp_path, "clip")
    assert caught.value.fields["detail"] == detail
