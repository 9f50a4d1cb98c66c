"""How a photo stands to the pictures that were searched with: facts that can be measured."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.core.examples import Box, Example, Picture
from app.core.types import Evidence, Like, PhotoId, RgbImage
from app.library.find.explaining import explain
from app.library.find.likeness import find_like
from app.library.library import Library
from tests.making import index, make_photo


def picture(seed: int, *, shade: int = 0) -> RgbImage:
    """Patches that a difference hash tells from others."""
    cells = np.random.default_rng(seed).integers(40, 200, (8, 9, 3)) + shade
    return np.asarray(Image.fromarray(cells.astype(np.uint8)).resize((450, 300), Image.Resampling.NEAREST))


def save(path: Path, image: RgbImage, *, taken: str | None = None, size: tuple[int, int] | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if taken is not None:
        exif.get_ifd(0x8769)[0x9003] = taken
    made = Image.fromarray(image)
    (made if size is None else made.resize(size)).save(path, quality=92, exif=exif)


@pytest.fixture
def ids(library: Library, photos: Path) -> dict[str, PhotoId]:
    save(photos / "one.jpg", picture(1), taken="2024:05:01 10:00:00")
    shutil.copy(photos / "one.jpg", photos / "copy.jpg")
    save(photos / "small.jpg", picture(1), size=(300, 200))
    save(photos / "next.jpg", picture(2), taken="2024:05:01 10:00:04")
    save(photos / "later.jpg", picture(3), taken="2024:06:01 10:00:00")
    for colour in ("red", "green", "blue"):
        make_photo(photos / f"{colour}.jpg", colour)
    index(library, photos)
    library.embedder.load()
    found = {path.stem: library.catalog.photo_at(path) for path in photos.iterdir()}
    return {name: photo_id for name, photo_id in found.items() if photo_id is not None}


def told(library: Library, photo_id: PhotoId, *examples: Example) -> dict[Like, Evidence]:
    find_like(library, examples, wait_for_model=True)
    return {each.like.how: each for each in explain(library, "", photo_id, examples=examples) if each.like is not None}


def test_a_hit_says_how_much_nearer_to_the_picture_it_is_than_the_library(
    library: Library, ids: dict[str, PhotoId]
) -> None:
    order = find_like(library, [Example(ids["red"])]).ids
    best, worst = (told(library, PhotoId(int(order[at])), Example(ids["red"]))[Like.LOOKS] for at in (1, -1))
    assert best.like is not None
    assert best.like.name == "red.jpg"
    assert best.above == pytest.approx(1 - 2 / len(ids))
    assert worst.above == 0


def test_of_several_pictures_the_nearest_is_named(library: Library, ids: dict[str, PhotoId]) -> None:
    green = Example(Picture("a green one", image=np.full((40, 60, 3), (20, 200, 30), np.uint8)))
    found = told(library, ids["green"], Example(ids["red"]), green, Example(ids["blue"], weight=-1.0))[Like.LOOKS]
    assert found.like is not None
    assert (found.like.name, found.like.pictures, found.like.is_part) == ("a green one", 2, False)


def test_a_part_of_a_picture_is_told_as_one(library: Library, ids: dict[str, PhotoId]) -> None:
    part = Example(ids["one"], Box(0.0, 0.0, 0.5, 0.5))
    found = told(library, ids["copy"], part)
    assert list(found) == [Like.LOOKS]
    assert found[Like.LOOKS].like is not None
    assert found[Like.LOOKS].like.is_part


@pytest.mark.parametrize(("name", "hows"), [("copy", [Like.COPY]), ("small", [Like.ALIKE])])
def test_copies_and_other_sizes_are_told(
    library: Library, ids: dict[str, PhotoId], name: str, hows: list[Like]
) -> None:
    assert list(told(library, ids[name], Example(ids["one"]))) == [*hows, Like.LOOKS]


def test_what_was_taken_a_moment_later_is_told_with_its_seconds(library: Library, ids: dict[str, PhotoId]) -> None:
    after, before = told(library, ids["next"], Example(ids["one"])), told(library, ids["one"], Example(ids["next"]))
    assert [each[Like.MOMENT].like.apart_s for each in (after, before) if each[Like.MOMENT].like] == [4.0, -4.0]
    assert Like.MOMENT not in told(library, ids["later"], Example(ids["one"]))


def test_a_picture_from_elsewhere_is_known_again_in_the_library(library: Library, ids: dict[str, PhotoId]) -> None:
    dropped = Example(Picture("dropped.png", image=picture(1)))
    assert list(told(library, ids["one"], dropped)) == [Like.ALIKE, Like.LOOKS]
    assert list(told(library, ids["later"], dropped)) == [Like.LOOKS]


def test_a_file_that_has_gone_since_is_still_a_reason(
    library: Library, ids: dict[str, PhotoId], tmp_path: Path
) -> None:
    save(tmp_path / "dropped.jpg", picture(1))
    example = Example(Picture("dropped.jpg", path=tmp_path / "dropped.jpg"))
    assert list(told(library, ids["one"], example)) == [Like.ALIKE, Like.LOOKS]
    (tmp_path / "dropped.jpg").unlink()
    assert list(told(library, ids["one"], example)) == [Like.LOOKS]


def test_unwanted_pictures_alone_say_how_unlike_them_it_is(library: Library, ids: dict[str, PhotoId]) -> None:
    unwanted = Example(ids["red"], weight=-1.0)
    furthest = PhotoId(int(find_like(library, [unwanted]).ids[0]))
    found = told(library, furthest, unwanted)
    assert list(found) == [Like.UNLIKE]
    assert found[Like.UNLIKE].above == pytest.approx(1 - 1 / len(ids))


def test_the_picture_itself_and_what_has_no_vector_say_nothing(library: Library, ids: dict[str, PhotoId]) -> None:
    assert told(library, ids["red"], Example(ids["red"])) == {}
    library.embeddings.remove([ids["blue"]])
    assert told(library, ids["blue"], Example(ids["red"])) == {}


def test_no_model_is_asked_for_a_reason(library: Library, ids: dict[str, PhotoId]) -> None:
    unseen = Example(Picture("unseen", image=picture(7)))
    assert explain(library, "", ids["red"], examples=[unseen]) == ()
