"""How much of a picture is written paper."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from app.core.types import RgbImage
from app.files.kind.pages import written_share

PHOTOGRAPHED = 0.55


def page(ground: str = "white", ink: str = "black") -> RgbImage:
    image = Image.new("RGB", (384, 540), ground)
    draw = ImageDraw.Draw(image)
    for y in range(30, 500, 14):
        draw.text(
            (30, y), "The quick brown fox jumps over the lazy dog again and", fill=ink, font=ImageFont.load_default(11)
        )
    return np.array(image)


def test_a_page_of_text_is_written_all_over():
    assert written_share(page()) > 0.3


def test_paper_may_be_yellowish_and_in_shade():
    shade = np.linspace(PHOTOGRAPHED, 1, 384)[None, :, None]
    assert written_share((page("#f4ecd8", "#14308a") * shade).astype(np.uint8)) > 0.3


def test_empty_paper_is_not_written():
    assert written_share(np.full((540, 384, 3), 250, np.uint8)) == 0


def test_writing_on_coloured_ground_is_a_poster_or_a_sign():
    assert written_share(page("#1040d0", "white")) == 0
    assert written_share(page("#e03020", "black")) == 0


def test_a_few_words_in_a_picture_are_no_page():
    image = Image.new("RGB", (540, 384), "#f0f0f0")
    ImageDraw.Draw(image).text((200, 180), "hello there", fill="black", font=ImageFont.load_default(14))
    assert written_share(np.array(image)) < 0.01


@pytest.mark.parametrize("spread", [20, 60])
def test_gravel_and_grass_are_no_writing(spread):
    noise = np.random.default_rng(7).normal(180, spread, (384, 540, 1)).clip(0, 255)
    assert written_share(np.repeat(noise, 3, axis=2).astype(np.uint8)) < 0.01


def test_a_picture_too_small_to_tell_is_none():
    assert written_share(page()[:40, :40]) == 0
