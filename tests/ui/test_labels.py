"""Labels say what they are told, letter by letter."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.ui.labels import heading_label, quiet_label


@pytest.mark.parametrize(("made", "role"), [(quiet_label, "quiet"), (heading_label, "heading")])
def test_a_name_that_looks_like_a_tag_stays_text(qtbot, made, role):
    label = made("<b>Trip</b>")
    qtbot.addWidget(label)
    assert label.property("role") == role
    assert label.textFormat() is Qt.TextFormat.PlainText
