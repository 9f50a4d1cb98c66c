"""Labels say what they are told, letter by letter."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.ui.labels import ElidedLabel, heading_label, quiet_label


@pytest.mark.parametrize(("made", "role"), [(quiet_label, "quiet"), (heading_label, "heading")])
def test_a_name_that_looks_like_a_tag_stays_text(qtbot, made, role):
    label = made("<b>Trip</b>")
    qtbot.addWidget(label)
    assert label.property("role") == role
    assert label.textFormat() is Qt.TextFormat.PlainText


def test_a_line_without_room_ends_in_an_ellipsis_and_is_told_whole_in_the_tooltip(qtbot):
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.setText("what the pictures show follows <soon>")
    label.resize(label.sizeHint())
    label.grab()
    assert (label.shown, label.toolTip()) == (label.text(), "")
    label.resize(label.sizeHint().width() // 2, label.height())
    narrow = label.grab().toImage()
    assert label.shown.endswith("…")
    assert len(label.shown) > 5
    assert "&lt;soon&gt;" in label.toolTip()
    label.setText("")
    assert label.grab().toImage() != narrow, "the words are painted"
