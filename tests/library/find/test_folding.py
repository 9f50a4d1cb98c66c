"""Answers are folded by what was worked out of the library's own pictures."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.core.types import PhotoId
from app.library.enrich.embedding import embed_missing
from app.library.find.finding import find
from app.library.find.folding import folded, look_for_alikes
from app.library.intake.importing import import_path
from app.library.intake.reading import read_missing
from app.library.library import Library
from tests.making import make_photo


def test_copies_stand_once_as_soon_as_they_are_known(library: Library, photos: Path) -> None:
    for name in ("red", "blue"):
        make_photo(photos / f"{name}.jpg", name)
    shutil.copy(photos / "red.jpg", photos / "copy of red.jpg")
    for fact in (import_path(library, photos), read_missing(library), embed_missing(library)):
        list(fact)
    answer = find(library, "red", wait_for_model=True)
    assert len(folded(library, answer).answer) == 3, "nobody has looked yet"
    assert look_for_alikes(library) == 2
    once = folded(library, answer)
    assert len(once.answer) == 2
    assert len(once.behind(once.answer.hit(0).photo_id)) == 1


TINTS = ((1.0, 0.1, 0.1), (0.1, 1.0, 0.1), (0.1, 0.1, 1.0), (0.9, 0.9, 0.1), (0.1, 0.1, 0.1))


def _save(
    path: Path,
    seed: int,
    *,
    size: tuple[int, int] = (450, 300),
    moved: int = 0,
    quality: int = 90,
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> None:
    """A picture of patches that a difference hash tells from others, without a date; ``moved``: some are others."""
    cells = np.random.default_rng(seed).integers(20, 235, (8, 9, 3))
    cells[2 * moved, [0, 1, 4, 5]] = cells[2 * moved, [1, 0, 5, 4]]  # the mean colour stays
    Image.fromarray((cells * tint).astype(np.uint8)).resize(size, Image.Resampling.NEAREST).save(path, quality=quality)


@pytest.fixture
def many(library: Library, photos: Path) -> Library:
    """Enough photos that have nothing to do with each other, to tell what is usual."""
    for number in range(24):
        _save(photos / f"some {number}.jpg", 100 + number, tint=TINTS[number % len(TINTS)])
    return library


def _groups(library: Library) -> set[frozenset[str]]:
    for fact in (read_missing(library), embed_missing(library)):
        list(fact)
    look_for_alikes(library)
    answer = find(library, "red", wait_for_model=True)
    whole = folded(library, answer)
    paths = library.catalog.paths([PhotoId(each) for each in answer.ids.tolist()])
    groups = [(shown, *whole.behind(PhotoId(shown)).tolist()) for shown in np.unique(whole.shown).tolist()]
    return {frozenset(paths[PhotoId(each)].name for each in members) for members in groups}


def test_copies_of_another_size_quality_and_type_stand_once_without_any_date(many: Library, photos: Path) -> None:
    _save(photos / "a.jpg", 1)
    _save(photos / "b.jpg", 1, size=(300, 200), quality=60)
    _save(photos / "c.png", 1)
    list(import_path(many, photos))
    assert _groups(many) == {frozenset({"a.jpg", "b.jpg", "c.png"})}


def test_frames_that_a_camera_numbered_stand_once_and_other_numbered_pictures_do_not(
    many: Library, photos: Path
) -> None:
    for number in range(3):
        _save(photos / f"IMG_100{number}.jpg", 6, moved=number)
        _save(photos / f"Slide{number}.jpg", 7, moved=number)
    _save(photos / "IMG_1005.jpg", 9)
    _save(photos / "IMG_1007.jpg", 9, moved=1)
    list(import_path(many, photos))
    assert _groups(many) == {frozenset({"IMG_1000.jpg", "IMG_1001.jpg", "IMG_1002.jpg"})}
