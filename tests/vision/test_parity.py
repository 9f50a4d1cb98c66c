"""For each family that Oriel loads: vectors and captions equal those of transformers alone, on photos of full size.

Each mistake that could be made in preparing a picture or a text goes through the same comparison and fails it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.convnext.image_processing_pil_convnext import ConvNextImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

from app.core.types import RgbImage
from app.vision.captioner import clean_caption
from app.vision.checkpoints.text_towers import declare_spaces
from app.vision.embedder import ClipEmbedder
from tests.checkpoints import CLASSES, build_dual_encoder, draw_shape
from tests.parity import (
    MUTANTS,
    SENTENCE_MISTAKES,
    TEXTS,
    Seen,
    TowersApart,
    captioned_by_oriel,
    captioned_by_transformers,
    differences,
    photos,
    read_by_oriel,
    read_by_transformers,
    seen_by_oriel,
    seen_by_transformers,
    sentence_features,
    unit,
)

GERMAN_TEXTS = ["ein rot kreis", "ein der ein der blau quadrat", "gelb", "der grün dreieck"]


@dataclass(frozen=True)
class Family:
    """A checkpoint of one kind, and what transformers has for it."""

    folder: Path
    model: Any
    processor: Any
    tokenizer: Any


Families = dict[str, Callable[[], Family]]


@pytest.fixture(scope="module")
def families(
    tiny_clip: Path, tiny_siglip: Path, tiny_blip: Path, starter: Path, tmp_path_factory: pytest.TempPathFactory
) -> Families:
    """By name; each is loaded when it is first asked for."""

    def family(folder: Path, model: str, processor: Any) -> Callable[[], Family]:
        @cache
        def load() -> Family:
            made = getattr(transformers, model).from_pretrained(folder, dtype=torch.float32).eval()
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
            return Family(folder, made, processor.from_pretrained(folder), tokenizer)

        return load

    @cache
    def resnet_and_bert() -> Family:
        folder = build_dual_encoder(tmp_path_factory.mktemp("checkpoints") / "resnet-bert")
        processor = ConvNextImageProcessorPil.from_pretrained(folder)
        return Family(folder, TowersApart(folder), processor, transformers.AutoTokenizer.from_pretrained(folder))

    return {
        "CLIP": family(tiny_clip, "CLIPModel", CLIPImageProcessorPil),
        "SigLIP": family(tiny_siglip, "SiglipModel", SiglipImageProcessorPil),
        "dual encoder": family(starter, "VisionTextDualEncoderModel", ViTImageProcessorPil),
        "ResNet and BERT": resnet_and_bert,
        "BLIP": family(tiny_blip, "BlipForConditionalGeneration", BlipImageProcessorPil),
    }


@pytest.fixture(scope="module")
def images() -> list[RgbImage]:
    made = photos()
    assert all(image.size > 3 * 3_000_000 for image in made)
    return made


SEEING = ("CLIP", "SigLIP", "dual encoder", "ResNet and BERT")


@pytest.fixture(scope="module")
def smaller() -> list[RgbImage]:
    """A mistake is seen in these as well, and sooner."""
    return photos(((577, 863), (867, 650), (401, 1001)))


_references: dict[str, Seen] = {}


def reference(name: str, family: Family, images: list[RgbImage]) -> Seen:
    """By transformers, of the smaller photos; made once, since all mistakes are compared with it."""
    if name not in _references:
        _references[name] = by_transformers(name, family, images)
    return _references[name]


def by_transformers(name: str, family: Family, images: list[RgbImage]) -> Seen:
    if name in SEEING:
        return seen_by_transformers(family.model, family.processor, images)
    return captioned_by_transformers(family.model, family.processor, family.tokenizer, images)[0]


def by_oriel(name: str, family: Family, images: list[RgbImage], mistake: str | None = None) -> Seen:
    mutant = None if mistake is None else MUTANTS[mistake]
    if name in SEEING:
        return seen_by_oriel(family.folder, images, mutant)
    return captioned_by_oriel(family.folder, images, mutant)[0]


@pytest.mark.parametrize("name", [*SEEING, "BLIP"])
def test_full_size_photos_give_the_vectors_of_transformers(
    name: str, families: Families, images: list[RgbImage]
) -> None:
    family = families[name]()
    theirs = by_transformers(name, family, images)
    assert differences(by_oriel(name, family, images), theirs, family.processor.image_std) == []


@pytest.mark.parametrize("mistake", [None, *MUTANTS])
@pytest.mark.parametrize("name", [*SEEING, "BLIP"])
def test_with_a_mistake_photos_do_not_give_the_vectors_of_transformers(
    name: str, mistake: str | None, families: Families, smaller: list[RgbImage]
) -> None:
    family = families[name]()
    theirs = reference(name, family, smaller)
    found = differences(by_oriel(name, family, smaller, mistake), theirs, family.processor.image_std)
    assert bool(found) == (mistake is not None), found


@pytest.mark.parametrize("name", SEEING)
def test_a_wrong_crop_and_swapped_channels_are_seen_in_the_vectors_alone(
    name: str, families: Families, smaller: list[RgbImage]
) -> None:
    family = families[name]()
    theirs = reference(name, family, smaller)
    for mistake in ("swapped channels", "a crop from the corner", "squash instead of crop, or the other way"):
        wrong = by_oriel(name, family, smaller, mistake)
        assert differences(Seen(wrong.vectors, theirs.pixels), theirs), mistake


def test_captions_are_those_that_transformers_writes(families: Families) -> None:
    family = families["BLIP"]()
    images = [draw_shape(*named, edge_px=900 + number, seed=number) for number, named in enumerate(CLASSES[::3])]
    theirs, captions = captioned_by_transformers(family.model, family.processor, family.tokenizer, images)
    ours, made = captioned_by_oriel(family.folder, images)
    assert differences(ours, theirs, family.processor.image_std) == []
    assert made == [clean_caption(caption) for caption in captions]
    assert len(set(made)) > 1


def tokens_for(name: str, family: Family, texts: list[str]) -> Any:
    """As each kind of text tower was trained to be read, by the published checkpoints' own documentation."""
    if name == "SigLIP":
        lowered = [text.lower() for text in texts]
        told = family.tokenizer(lowered, padding="max_length", max_length=24, truncation=True, return_tensors="pt")
        return {"input_ids": told["input_ids"]}
    told = family.tokenizer(texts, padding=True, truncation=True, return_tensors="pt", max_length=16)
    return {part: told[part] for part in ("input_ids", "attention_mask")}


def features_of(family: Family) -> Callable[..., torch.Tensor]:
    return lambda **tokens: family.model.get_text_features(**tokens).pooler_output


@pytest.mark.parametrize("name", SEEING)
def test_texts_give_the_vectors_of_transformers(name: str, families: Families) -> None:
    family = families[name]()
    theirs = read_by_transformers(features_of(family), tokens_for(name, family, TEXTS))
    assert (
        differences(
            read_by_oriel(ClipEmbedder(family.folder, device="cpu", threads=2, number_type="float32"), TEXTS), theirs
        )
        == []
    )


@pytest.mark.parametrize("name", SEEING[:1] + SEEING[2:])
def test_padding_that_is_read_as_text_fails_the_comparison(name: str, families: Families) -> None:
    """CLIP's text tower is causal and stops at its end token, so there the wrong end token is the mistake."""
    family = families[name]()
    tokens = tokens_for(name, family, TEXTS)
    theirs = read_by_transformers(features_of(family), tokens)
    if name == "CLIP":
        wrong = {**tokens, "input_ids": tokens["input_ids"].clone()}
        wrong["input_ids"][:, 1] = family.tokenizer.eos_token_id
    else:
        wrong = {**tokens, "attention_mask": torch.ones_like(tokens["attention_mask"])}
    assert differences(read_by_transformers(features_of(family), wrong), theirs)


def test_siglip_without_padding_to_the_full_length_gives_other_vectors(families: Families) -> None:
    family = families["SigLIP"]()
    theirs = read_by_transformers(features_of(family), tokens_for("SigLIP", family, TEXTS))
    for number, text in enumerate(TEXTS):
        short = {"input_ids": family.tokenizer(text.lower(), return_tensors="pt")["input_ids"]}
        unpadded = read_by_transformers(features_of(family), short)
        one = Seen(theirs.vectors[number : number + 1], unpadded.pixels)
        assert unpadded.pixels.shape[2] < 24
        assert one.vectors[0] @ unpadded.vectors[0] < 0.99


def test_siglip_is_padded_though_its_tokenizer_names_no_length(families: Families) -> None:
    """Where a tokenizer names none, padding="max_length" alone pads nothing."""
    family = families["SigLIP"]()
    alone = family.tokenizer(TEXTS[0], padding="max_length", return_tensors="pt")["input_ids"]
    assert alone.shape[1] < 24
    assert (
        read_by_oriel(ClipEmbedder(family.folder, device="cpu", number_type="float32"), TEXTS[:1]).pixels.shape[2] == 24
    )


def test_siglip_reads_capitals_as_small_letters_though_its_tokenizer_keeps_them(families: Families) -> None:
    family = families["SigLIP"]()
    assert family.tokenizer("Red")["input_ids"] != family.tokenizer("red")["input_ids"]
    vectors = ClipEmbedder(family.folder, device="cpu", number_type="float32").embed_texts(
        ["Red Circle", "red circle", "green circle"]
    )
    np.testing.assert_array_equal(vectors[0], vectors[1])
    assert vectors[0] @ vectors[2] < 0.999
    told = family.tokenizer(["Red Circle"], padding="max_length", max_length=24, return_tensors="pt")
    kept = read_by_transformers(features_of(family), {"input_ids": told["input_ids"]})
    assert kept.vectors[0] @ vectors[1] < 0.999


def test_a_text_longer_than_siglips_positions_is_cut_not_refused(families: Families) -> None:
    family = families["SigLIP"]()
    embedder = ClipEmbedder(family.folder, device="cpu", number_type="float32")
    long = "red circle " * 40
    np.testing.assert_array_equal(embedder.embed_texts([long]), embedder.embed_texts([long + "green square"]))


@pytest.mark.parametrize("mistake", ["", *SENTENCE_MISTAKES])
def test_a_sentence_text_tower_gives_the_vectors_of_its_parts(
    mistake: str, tiny_clip: Path, tiny_text_tower: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny_text_tower, tmp_path / "german"))
    declare_spaces(folder, [ClipEmbedder(tiny_clip).space])
    features, tokenizer = sentence_features(folder, mistake)
    tokens = tokenizer(GERMAN_TEXTS, padding=True, return_tensors="pt", return_token_type_ids=False)
    theirs = read_by_transformers(features, tokens)
    ours = read_by_oriel(
        ClipEmbedder(tiny_clip, text_folder=folder, device="cpu", threads=2, number_type="float32"), GERMAN_TEXTS
    )
    assert bool(differences(ours, theirs)) == bool(mistake)


def test_the_comparison_accepts_nothing_but_what_is_equal() -> None:
    random = torch.Generator().manual_seed(0)
    vectors = unit(torch.randn(3, 8, generator=random))
    pixels = torch.rand(3, 3, 4, 4, generator=random).numpy()
    whole = Seen(vectors, pixels)
    assert differences(whole, whole) == []
    assert differences(Seen(-vectors, pixels), whole)
    assert differences(Seen(vectors, pixels + 1 / 255), whole)
    assert differences(Seen(vectors, pixels[:, :, 1:]), whole)
    alike = unit(torch.ones(3, 8) + 5e-3 * torch.randn(3, 8, generator=random))
    other = Seen(np.roll(alike, 1, axis=0), pixels)
    assert (other.vectors * alike).sum(axis=1).min() > 0.9999, "as with random weights: all pictures are alike"
    assert differences(other, Seen(alike, pixels))
