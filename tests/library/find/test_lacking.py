"""Filters that ask for what no model has made yet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.core.types import Stage, TextLine, Unavailable
from app.library.enrich.captioning import caption_missing
from app.library.enrich.reading_text import read_text_missing
from app.library.find.lacking import Lack, lack
from app.library.library import Library
from tests.fakes import CellReader, ColourCaptioner
from tests.making import index, make_photo, make_written

CORNERS = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.1), (0.0, 0.1))


@pytest.fixture
def two(library: Library, photos: Path) -> Library:
    """Two photos, and nothing that reads or describes them."""
    make_photo(photos / "red.jpg", "red")
    make_written(photos / "ticket.png", "Berlin")
    bare = replace(library, captioner=None, text_reader=None)
    index(bare, photos)
    return bare


def test_text_and_captions_lack_what_is_switched_off_or_not_installed(two: Library) -> None:
    assert lack(two, "dog text:invoice") == Lack(Stage.TEXT, 0, 2, Unavailable(Stage.TEXT))
    assert lack(two, "rating:5 OR caption:dog") == Lack(Stage.CAPTION, 0, 2, Unavailable(Stage.CAPTION))


@pytest.mark.parametrize("asked", ["", "dog", "rating:5", "-text:invoice", "tag:text"])
def test_whatever_asks_for_neither_lacks_nothing(two: Library, asked: str) -> None:
    assert lack(two, asked) is None


def test_while_a_stage_goes_on_the_rest_is_missing_and_then_nothing(two: Library) -> None:
    able = replace(two, captioner=ColourCaptioner(), text_reader=CellReader())
    assert lack(able, "text:invoice") == Lack(Stage.TEXT, 0, 2)
    assert lack(able, "caption:invoice") == Lack(Stage.CAPTION, 0, 2)
    list(read_text_missing(able))
    list(caption_missing(able))
    assert lack(able, "text:invoice caption:invoice") is None


def test_text_that_was_read_before_it_was_switched_off_counts(two: Library) -> None:
    (photo_id, _) = two.catalog.photos_without_text("reader", 2, ())
    two.catalog.write_texts("reader", [(photo_id, (TextLine("Berlin", 0.9, CORNERS),))])
    assert lack(two, "text:invoice") == Lack(Stage.TEXT, 1, 2, Unavailable(Stage.TEXT))
