"""Panoramas by name and shape."""

from __future__ import annotations

import pytest

from app.files.kind.panoramas import is_panorama


@pytest.mark.parametrize("size_px", [(8000, 2000), (2000, 8000), (7200, 3000)])
def test_a_long_picture_from_a_camera_is_one_lying_or_standing(size_px):
    assert is_panorama("IMG_0001", size_px, is_from_camera=True)


def test_a_web_pages_header_and_a_long_screenshot_are_none():
    assert not is_panorama("header", (8000, 2000), is_from_camera=False)


def test_a_small_banner_with_a_cameras_name_is_none():
    assert not is_panorama("IMG_0001", (1500, 500), is_from_camera=True)


@pytest.mark.parametrize("size_px", [(4000, 3000), (4000, 2250), (4000, 1800), (5040, 2160)])
def test_shapes_that_phones_offer_for_a_single_shot_are_none(size_px):
    assert not is_panorama("IMG_0001", size_px, is_from_camera=True)


@pytest.mark.parametrize("stem", ["PANO_20190712_180312", "PANO0001", "PXL_20210704_123456789.PANO", "IMG_1_pano"])
def test_programs_name_their_panoramas(stem):
    assert is_panorama(stem, (4000, 2000), is_from_camera=False)
    assert not is_panorama(stem, (4000, 3000), is_from_camera=False)  # cut, or of one shot


@pytest.mark.parametrize("stem", ["companion", "panorama bar", "pano", "panos"])
def test_words_that_hold_the_letters_name_none(stem):
    assert not is_panorama(stem, (4000, 2000), is_from_camera=False)
