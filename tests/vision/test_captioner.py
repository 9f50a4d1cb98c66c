"""The captioner on a tiny trained BLIP."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.types import Captioner
from app.vision.captioner import BlipCaptioner, clean_caption
from tests.checkpoints import CLASSES, draw_shape


@pytest.fixture(scope="module")
def captioner(tiny_blip: Path) -> BlipCaptioner:
    return BlipCaptioner(tiny_blip, threads=2, batch_size=5)


def test_the_caption_names_what_the_picture_shows(captioner: BlipCaptioner) -> None:
    checked: Captioner = captioner
    captions = checked.caption_images([draw_shape(*named, seed=7) for named in CLASSES])
    right = [caption == f"A {colour} {shape}" for caption, (colour, shape) in zip(captions, CLASSES, strict=True)]
    assert sum(right) >= len(CLASSES) - 1
    assert captions[0] == "A red circle"


def test_the_same_picture_always_gets_the_same_caption(captioner: BlipCaptioner) -> None:
    image = draw_shape("blue", "square")
    assert captioner.caption_images([image]) == captioner.caption_images([image] * 3)[1:2]
    assert captioner.caption_images([]) == []


def test_it_unloads_and_loads_again_and_its_id_needs_no_loading(tiny_blip: Path) -> None:
    captioner = BlipCaptioner(tiny_blip, threads=2)
    assert len(captioner.model_id) == 32
    assert captioner.edge_px == 32
    assert not captioner.is_loaded
    before = captioner.caption_images([draw_shape("green", "circle")])
    captioner.unload()
    assert not captioner.is_loaded
    assert captioner.caption_images([draw_shape("green", "circle")]) == before


@pytest.mark.parametrize(
    ("told", "clean"),
    [
        ("arafed image of a dog on a beach", "Image of a dog on a beach"),
        ("  a man   with a hat .", "A man with a hat"),
        ("two dogs running on the", "Two dogs running"),
        ("a dog , a cat and a", "A dog, a cat"),
        ("", ""),
        ("the", ""),
    ],
)
def test_a_caption_is_one_tidy_sentence(told: str, clean: str) -> None:
    assert clean_caption(told) == clean
