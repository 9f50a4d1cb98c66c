"""Screenshots by name, folder and a screen's size."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from app.files.kind.screenshots import is_screenshot

ODD_PX = (1234, 567)


@pytest.mark.parametrize(
    "name",
    [
        "Screenshot_20231107-091523_WhatsApp.jpg",
        "Screenshot 2023-11-07 at 09.15.23.png",
        "Screen Shot 2019-07-12 at 6.03.12 PM.png",
        "Screenshot (12).png",
        "Screenshot from 2023-11-07 09-15-23.png",
        "20231107_screenshot.png",
        "Bildschirmfoto 2023-11-07 um 09.15.23.png",
        "Capture d\u2019écran 2023-11-07 à 09.15.23.png",
        "Capture d'ecran.png",
        "Captura de pantalla 2023-11-07 a las 9.15.23.png",
        "Captura de Tela 2023-11-07 às 09.15.23.png",
        "Schermata 2023-11-07 alle 09.15.23.png",
        "Schermafbeelding 2023-11-07 om 09.15.23.png",
        "Skärmavbild 2023-11-07 kl. 09.15.23.png",
        "Zrzut ekranu 2023-11-07 o 09.15.23.png",
        "Снимок экрана 2023-11-07 в 09.15.23.png",
        "スクリーンショット 2023-11-07 9.15.23.png",
        "屏幕截图 2023-11-07.png",
        "截屏2023-11-07 09.15.23.png",
        "스크린샷 2023-11-07.png",
    ],
)
def test_systems_name_their_screenshots_each_in_its_language(name):
    assert is_screenshot(Path("/p", name), "JPEG", ODD_PX)
    assert is_screenshot(Path("/p", unicodedata.normalize("NFD", name)), "JPEG", ODD_PX)


@pytest.mark.parametrize("name", ["IMG_0001.png", "screenshots of ours.png", "Windscreen shot.jpg", "schermatas.png"])
def test_a_name_that_only_looks_like_one_is_none(name):
    assert not is_screenshot(Path("/p", name), "PNG", ODD_PX)


@pytest.mark.parametrize("folder", ["Screenshots", "screenshot", "Bildschirmfotos", "Captures d\u2019écran", "截屏"])
def test_what_lies_in_a_systems_folder_of_screenshots_is_one(folder):
    assert is_screenshot(Path("/p", folder, "a.jpg"), "JPEG", ODD_PX)
    assert not is_screenshot(Path("/p", folder, "sub", "a.jpg"), "JPEG", ODD_PX)


@pytest.mark.parametrize("size_px", [(1170, 2532), (2532, 1170), (1080, 2400), (2732, 2048), (3024, 1964)])
def test_a_png_of_exactly_a_phones_screen_is_one_lying_or_standing(size_px):
    assert is_screenshot(Path("/p/a.png"), "PNG", size_px)
    assert not is_screenshot(Path("/p/a.jpg"), "JPEG", size_px)  # wallpapers
    assert not is_screenshot(Path("/p/a.png"), "PNG", (size_px[0] + 1, size_px[1]))


@pytest.mark.parametrize("size_px", [(1024, 768), (1920, 1080), (1080, 1920), (1280, 720), (2048, 1536), (3840, 2160)])
def test_sizes_that_other_pictures_have_too_prove_nothing(size_px):
    assert not is_screenshot(Path("/p/a.png"), "PNG", size_px)
