"""The theme follows the system, and everything that was dressed in it follows along."""

from __future__ import annotations

from dataclasses import fields

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QPushButton

from app.ui import theme


@pytest.fixture(autouse=True)
def themed(qapp: QApplication, resources):
    theme.apply_theme(qapp, resources)
    yield
    theme.set_scheme(qapp, "system")


def middle_colours(icon) -> set[str]:
    image = icon.pixmap(QSize(16, 16)).toImage()
    row = [image.pixelColor(x, 8) for x in range(16)]
    # Half-covered pixels at the edge of a line are rounded.
    return {colour.name() for colour in row if colour.alpha() == 255}


def test_dark_and_light_are_as_drawn(qapp):
    theme.set_scheme(qapp, "dark")
    assert theme.tokens().background == "#17181a"
    assert qapp.palette().window().color().name() == "#17181a"
    theme.set_scheme(qapp, "light")
    assert theme.tokens().background == "#ffffff"


@pytest.mark.parametrize("scheme", [theme.DARK, theme.LIGHT])
def test_every_token_is_a_colour(scheme):
    assert all(QColor(getattr(scheme, token.name)).isValid() for token in fields(scheme))


@pytest.mark.parametrize("scheme", [theme.DARK, theme.LIGHT])
@pytest.mark.parametrize(("text", "ground"), [("text_1", "background"), ("text_2", "panel"), ("text_1", "chip")])
def test_text_can_be_read_on_its_ground(scheme, text, ground):
    """WCAG 2.1 §1.4.3: a contrast of 4.5 at least."""
    shades = sorted(luminance(QColor(getattr(scheme, token))) for token in (text, ground))
    assert (shades[1] + 0.05) / (shades[0] + 0.05) >= 4.5


def luminance(colour: QColor) -> float:
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.getRgbF()]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def test_the_style_sheet_has_no_word_that_is_no_token(qapp):
    assert "$" not in qapp.styleSheet()
    assert "#6a9bff" in qapp.styleSheet() or "#2f6fed" in qapp.styleSheet()


def test_a_change_of_scheme_is_told(qapp, qtbot):
    with qtbot.waitSignal(theme.theme().changed):
        theme.set_scheme(qapp, "dark")


def test_an_icon_takes_the_colour_of_its_token(qapp):
    theme.set_scheme(qapp, "dark")
    assert theme.tokens().danger in middle_colours(theme.icon("pause", colour="danger"))


def test_a_kept_icon_changes_with_the_scheme_and_dies_with_its_button(qapp, qtbot):
    theme.set_scheme(qapp, "dark")
    button = QPushButton()
    qtbot.addWidget(button)
    theme.keep_icon(button, "x")
    theme.keep_icon(button, "pause")
    assert theme.DARK.text_2 in middle_colours(button.icon())
    theme.set_scheme(qapp, "light")
    assert theme.LIGHT.text_2 in middle_colours(button.icon())
    other = QPushButton()
    theme.keep_icon(other, "pause")
    other.deleteLater()
    del other
    theme.set_scheme(qapp, "dark")


def test_icons_are_sharp_on_dense_screens(resources):
    assert theme.picture("heart", 16, ratio=2).width() == 32
    assert theme.picture("heart", 16, ratio=1.5).deviceIndependentSize().width() == 16


def test_every_icon_can_be_drawn(resources):
    for drawing in (resources / "icons").glob("*.svg"):
        assert not theme.picture(drawing.stem, 24, "#ff0000").toImage().allGray() or drawing.stem.startswith(
            ("control-", "oriel")
        )


def test_the_window_icon_is_there():
    assert not theme.app_icon().isNull()
    assert theme.font("heading").pixelSize() == 15
