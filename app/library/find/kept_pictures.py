"""Keeps small copies of pictures from outside the library, so that a saved search can look at them again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from app.core.errors import PathMissing
from app.core.examples import Box, Example, Picture
from app.core.types import RgbImage, Vector
from app.library.library import Library


def kept(library: Library, example: Example, image: RgbImage, found: Vector | None) -> Example:
    """The same example, its picture kept beside the photos.

    Args:
        library: of the calling thread.
        example: of a picture from outside, which is not kept yet.
        image: all of that picture.
        found: its vector in the library's space, or that of the part that is meant; None: not known yet.

    Raises:
        CatalogUnavailable, DiskFull: it can't be kept.
    """
    picture = example.source
    assert isinstance(picture, Picture)
    key = library.catalog.keep_picture(library.thumbnails.jpeg(image))
    if found is not None:
        library.catalog.keep_picture_vector(key, _part(example.box), library.embedder.space, found)
    return replace(example, source=Picture(picture.name, key=key))


def kept_image(library: Library, picture: Picture) -> RgbImage:
    """The small copy.

    Raises:
        PathMissing: it is kept no longer, or it is damaged.
    """
    jpeg = library.catalog.saved_picture(picture.key)
    image = None if jpeg is None else library.thumbnails.pixels(jpeg)
    if image is None:
        raise PathMissing(path=Path(picture.name))
    return image


def kept_vector(library: Library, example: Example) -> Vector | None:
    """What a kept picture, or a part of it, means to the library's model; None where that was not asked yet."""
    key = _key(example)
    return library.catalog.picture_vector(key, _part(example.box), library.embedder.space) if key else None


def keep_vector(library: Library, example: Example, found: Vector) -> None:
    """Remember what a kept picture means; of others nothing is remembered."""
    key = _key(example)
    if key:
        library.catalog.keep_picture_vector(key, _part(example.box), library.embedder.space, found)


def _key(example: Example) -> str:
    return example.source.key if isinstance(example.source, Picture) else ""


def _part(box: Box | None) -> str:
    return "" if box is None else json.dumps([box.left, box.top, box.right, box.bottom])
