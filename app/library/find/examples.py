"""Turns pictures that a person searches with into one vector: what they have in common, less what is unwanted."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from app.core.errors import PathMissing
from app.core.examples import Example, Picture
from app.core.types import Embedder, RgbImage, Vector
from app.library.find.kept_pictures import keep_vector, kept, kept_image, kept_vector
from app.library.library import Library

_UNWANTED = 0.5
"""Rocchio's gamma: what is unwanted counts half as much as what is wanted, which people choose with more care."""
_KEPT = 512
"""More pictures than anybody asks by at once: those of one question must not push each other out."""
_LEAST_PART_PX = 448
"""A part is decoded so large that the model sees real pixels of it."""
_MOST_EDGE_PX = 8192


def wanted_vector(library: Library, examples: Sequence[Example]) -> Vector | None:
    """The direction in which the wanted pictures lie, and the unwanted ones don't.

    After Rocchio (Manning, Raghavan, Schütze: Introduction to Information Retrieval, 2008, 9.1.1): the weighted mean of
    the wanted less a share of the weighted mean of the unwanted. Text and pictures of one model lie apart from each
    other, so words are no part of it: whoever has both compares twice and adds what comes out.

    Returns:
        float32, shape (dim,), length 1; None where none of them has a vector yet.

    Raises:
        UnreadableImage: a picture can't be decoded.
        PathMissing: the file of a photo, a part of which is asked for, is not there.
        ModelUnusable, OutOfMemory: the model can't look at it.
    """
    told = [(example.weight, vector(library, example)) for example in examples]
    wanted = _mean([(weight, found) for weight, found in told if weight > 0])
    unwanted = _mean([(-weight, found) for weight, found in told if weight < 0])
    if wanted is None and unwanted is None:
        return None
    total = np.zeros(library.embedder.dim, np.float32)
    total += 0 if wanted is None else wanted
    total -= 0 if unwanted is None else _UNWANTED * unwanted
    return total / max(float(np.linalg.norm(total)), 1e-9)


def needs_model(library: Library, examples: Sequence[Example]) -> bool:
    """Whether the model has to look at one of them."""
    return any(
        (each.photo_id is None or each.box is not None) and _known_vector(library, each) is None for each in examples
    )


@dataclass(frozen=True, slots=True)
class Looking:
    """The model looks at one of several pictures now; ``number`` counts from 1."""

    number: int
    total: int


def look_at(library: Library, examples: Sequence[Example]) -> Iterator[Looking]:
    """Let the model look at one picture after the other, so that a question by many can be dropped in between.

    Yields:
        Before each picture that is not known yet; nothing while the model is not loaded.

    Raises:
        UnreadableImage, PathMissing, ModelUnusable, OutOfMemory: as ``wanted_vector``.
    """
    new = [each for each in examples if needs_model(library, [each])] if library.embedder.is_loaded else []
    for number, example in enumerate(new, 1):
        yield Looking(number, len(new))
        vector(library, example)


def vector(library: Library, example: Example) -> Vector | None:
    """The vector of one picture, as ``wanted_vector``; None for a photo of the library that has none yet."""
    if example.photo_id is not None and example.box is None:
        return library.embeddings.vector(example.photo_id)
    found = _known_vector(library, example)
    if found is None:
        found = library.embedder.embed_images([_image(library, example)])[0]
        keep_vector(library, example, found)
        _known(library.embedder).put(example, found)
    return found


def whole_image(library: Library, example: Example) -> RgbImage:
    """The picture, or the one that it is a part of; about as large as a thumbnail. Raises as ``wanted_vector``."""
    return _whole(library, example, library.thumbnails.edge_px)


def keep(library: Library, example: Example) -> Example:
    """The same example, so that it can be asked again tomorrow: of a picture from elsewhere a small copy is kept.

    Raises:
        UnreadableImage, PathMissing: the picture is not to be had any more.
        CatalogUnavailable, DiskFull: it can't be kept.
    """
    picture = example.source
    if not isinstance(picture, Picture) or picture.key:
        return example
    whole = _whole(library, example, library.thumbnails.max_edge_px)
    return kept(library, example, whole, _known(library.embedder).get(example))


def _known_vector(library: Library, example: Example) -> Vector | None:
    """What a picture from elsewhere, or a part of one, means, where the model was asked before."""
    known = _known(library.embedder)
    found = known.get(example)
    if found is None and (found := kept_vector(library, example)) is not None:
        known.put(example, found)
    return found


def _mean(weighted: Sequence[tuple[float, Vector | None]]) -> Vector | None:
    known = [(weight, found) for weight, found in weighted if found is not None]
    if not known:
        return None
    weights = np.array([weight for weight, _ in known], np.float32)
    mean: Vector = weights @ np.stack([found for _, found in known]) / weights.sum()
    return mean


def _image(library: Library, example: Example) -> RgbImage:
    edge_px = library.thumbnails.edge_px
    if example.box is not None:
        narrow = min(example.box.right - example.box.left, example.box.bottom - example.box.top)
        edge_px = min(_MOST_EDGE_PX, max(edge_px, int(2 * _LEAST_PART_PX / narrow)))
    whole = _whole(library, example, edge_px)
    return whole if example.box is None else np.ascontiguousarray(example.box.cut(whole))


def _whole(library: Library, example: Example, edge_px: int) -> RgbImage:
    if example.photo_id is None:
        picture = example.source
        assert isinstance(picture, Picture)
        if picture.key:
            return kept_image(library, picture)
        if picture.image is not None:
            return picture.image
        assert picture.path is not None
        return library.decoders.decode_full(picture.path, edge_px)
    path = library.catalog.paths([example.photo_id]).get(example.photo_id)
    if path is not None and path.exists():
        return library.decoders.decode_full(path, edge_px)
    stored = library.thumbnails.read(example.photo_id)  # its drive is unplugged, say
    if stored is None:
        raise PathMissing(path=path)
    return stored


class _Known:
    """Vectors of the pictures asked for last, so that typing words beside them embeds nothing again."""

    def __init__(self) -> None:
        self._vectors: OrderedDict[tuple[object, object], Vector] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, example: Example) -> Vector | None:
        with self._lock:
            found = self._vectors.get((example.source, example.box))
            if found is not None:
                self._vectors.move_to_end((example.source, example.box))
            return found

    def put(self, example: Example, found: Vector) -> None:
        with self._lock:
            self._vectors[example.source, example.box] = found
            while len(self._vectors) > _KEPT:
                self._vectors.popitem(last=False)


_known_by_embedder: WeakKeyDictionary[Embedder, _Known] = WeakKeyDictionary()
_known_lock = threading.Lock()


def _known(embedder: Embedder) -> _Known:
    with _known_lock:
        return _known_by_embedder.setdefault(embedder, _Known())
