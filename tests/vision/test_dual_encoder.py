"""Dual encoders of towers that transformers' own class can't hold, beside those that it can."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer
from transformers.models.convnext.image_processing_pil_convnext import ConvNextImageProcessorPil

from app.core.errors import ModelUnusable
from app.vision.checkpoints.folding import fold_batch_norms
from app.vision.checkpoints.loading import load_model
from app.vision.checkpoints.weights import inspect
from app.vision.embedder import ClipEmbedder
from tests.checkpoints import CLASSES, build_dual_encoder, draw_shape
from tests.parity import tower_alone, unit

TEXTS = ["a red circle", "the big photo of two green squares on the grey ground .", "blue"]


@pytest.fixture(scope="module")
def resnet_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_dual_encoder(tmp_path_factory.mktemp("checkpoints") / "resnet-bert")


@pytest.fixture
def copied(resnet_bert: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(resnet_bert, tmp_path / "copied"))


def seen_by_hand(folder: Path, images: list[Any]) -> np.ndarray:
    pixels = ConvNextImageProcessorPil.from_pretrained(folder)(images, return_tensors="pt")["pixel_values"]
    with torch.inference_mode():
        pooled = tower_alone(folder, "vision")(pixels).pooler_output
        pooled = pooled.reshape(len(images), -1)
        return unit(pooled @ load_file(folder / "model.safetensors")["visual_projection.weight"].T)


def read_by_hand(folder: Path, read: str) -> np.ndarray:
    """Each text alone, so that there is no padding to leave out."""
    made = tower_alone(folder, "text")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        told = [made(**tokenizer(text, return_tensors="pt", return_token_type_ids=False)) for text in TEXTS]
        pooled = [one.pooler_output if read == "bert" else one.last_hidden_state.mean(dim=1) for one in told]
        return unit(torch.cat(pooled) @ load_file(folder / "model.safetensors")["text_projection.weight"].T)


@pytest.mark.parametrize(
    ("seen", "read"),
    [
        ("resnet", "bert"),
        ("resnet", "bert without pooler"),
        ("resnet", "distilbert"),
        ("convnext", "distilbert"),
        ("vit", "bert"),
        ("swin", "bert without pooler"),
    ],
)
def test_any_two_towers_save_reload_and_give_the_vectors_of_the_towers_alone(
    seen: str, read: str, tmp_path: Path
) -> None:
    folder = build_dual_encoder(tmp_path / "made", seen, read)
    images = [draw_shape(*named, edge_px=60 + number, seed=number) for number, named in enumerate(CLASSES[:5])]
    embedder = ClipEmbedder(folder, threads=2)
    for made, wanted in (
        (embedder.embed_images(images), seen_by_hand(folder, images)),
        (embedder.embed_texts(TEXTS), read_by_hand(folder, read)),
    ):
        assert made.shape == (len(wanted), 512)
        assert ((made * wanted).sum(axis=1) >= 0.9999).all()
        assert (made[0] @ made[1]) < 0.9999  # else the comparison proves nothing


def test_the_folder_is_an_ordinary_one(resnet_bert: Path) -> None:
    told = json.loads((resnet_bert / "config.json").read_text())
    assert told["model_type"] == "vision-text-dual-encoder"
    assert told["architectures"] == ["VisionTextDualEncoderModel"]
    assert told["vision_config"]["model_type"] == "resnet"
    assert {path.name for path in resnet_bert.iterdir()} >= {
        "model.safetensors",
        "tokenizer.json",
        "preprocessor_config.json",
    }


def test_a_resnet_whose_config_names_no_width_is_projected_from_its_last(copied: Path, resnet_bert: Path) -> None:
    told = json.loads((copied / "config.json").read_text())
    del told["vision_config"]["hidden_size"]
    (copied / "config.json").write_text(json.dumps(told))
    image = draw_shape("red", "circle")
    np.testing.assert_allclose(
        ClipEmbedder(copied).embed_images([image]), ClipEmbedder(resnet_bert).embed_images([image]), atol=1e-6
    )


def test_logits_and_loss_come_from_the_same_vectors_so_that_it_can_be_trained(resnet_bert: Path) -> None:
    model = load_model(inspect(resnet_bert, "embedder")).requires_grad_(True)
    ids, pixels = torch.tensor([[3, 4, 5], [6, 7, 0]]), torch.randn(2, 3, 32, 32)
    mask = (ids > 0).long()
    told = model(input_ids=ids, attention_mask=mask, pixel_values=pixels, return_loss=True)
    images = torch.nn.functional.normalize(model.get_image_features(pixel_values=pixels).pooler_output)
    texts = torch.nn.functional.normalize(model.get_text_features(input_ids=ids, attention_mask=mask).pooler_output)
    torch.testing.assert_close(told.logits_per_image, images @ texts.T * model.logit_scale.exp())
    told.loss.backward()
    assert model.vision_model.embedder.embedder.convolution.weight.grad.abs().sum() > 0


@pytest.mark.parametrize("edge_px", [64, 61])
def test_folded_batch_norms_of_a_resnet_change_no_vector(edge_px: int, resnet_bert: Path) -> None:
    checkpoint = inspect(resnet_bert, "embedder")
    model, folded = load_model(checkpoint), load_model(checkpoint)
    norms = sum(isinstance(layer, torch.nn.BatchNorm2d) for layer in model.modules())
    assert fold_batch_norms(folded.vision_model, edge_px) == norms == 11
    assert not any(isinstance(layer, torch.nn.BatchNorm2d) for layer in folded.modules())
    pixels = torch.randn(2, 3, edge_px, edge_px)
    with torch.inference_mode():
        before, after = (one.get_image_features(pixel_values=pixels).pooler_output for one in (model, folded))
    torch.testing.assert_close(before, after, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("vision_model.encoder.stages.1.layers.0.layer.1.convolution.weight", "tensors_missing"),
        ("vision_model.embedder.embedder.normalization.running_var", "tensors_missing"),
        ("text_model.pooler.dense.weight", "tensors_missing"),
        ("text_projection.weight", "tensors_missing"),
        ("vision_model.encoder.stages.9.more.weight", "tensors_unexpected"),
    ],
)
def test_missing_and_foreign_tensors_are_refused_by_name(name: str, detail: str, copied: Path) -> None:
    file = copied / "model.safetensors"
    tensors = load_file(file)
    if tensors.pop(name, None) is None:
        tensors[name] = torch.zeros(3)
    save_file(tensors, file, metadata={"format": "pt"})
    with pytest.raises(ModelUnusable) as caught:
        ClipEmbedder(copied).load()
    assert caught.value.fields["detail"] == detail
    assert name in str(caught.value.fields["what"])
