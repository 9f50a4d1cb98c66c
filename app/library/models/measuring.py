"""Find out how the models in use run best on this machine, with photos of the library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from app.core.errors import MeasuringFailed, ModelUnusable, TooFewPhotos
from app.core.models import MeasureFact, Tuner
from app.core.types import PhotoId, RgbImage
from app.library.library import Library

FEWEST_PHOTOS = 32
"""Below this nobody is measured unasked: the first photos are being taken in."""
FEWEST_TO_JUDGE = 4
"""Below this nothing can be said of number types, even when a person asks."""


def unmeasured(library: Library) -> list[Tuner]:
    """The models in use that nobody has measured on this machine; a folder that can't be used is none."""
    found = []
    for tuner in library.tuners:
        with suppress(ModelUnusable):
            if tuner.tuning is None:
                found.append(tuner)
    return found


def measure_missing(library: Library) -> Iterator[MeasureFact]:
    """Measure what nobody has measured yet, once there are photos to do it with; usually there is nothing to do.

    Yields:
        See ``Tuner.measure``; facts come several times a second, so that it can be stopped at any time.

    Raises:
        ModelUnusable: the model goes on as before.
        MeasuringFailed: likewise, after the others were measured.
    """
    waiting = unmeasured(library)
    if not waiting or len(library.catalog.sample_read(FEWEST_PHOTOS)) < FEWEST_PHOTOS:
        return
    failed: MeasuringFailed | None = None
    for tuner in waiting:
        try:
            yield from measure(library, tuner)
        except MeasuringFailed as error:
            failed = failed or error
    if failed is not None:
        raise failed


def measure(library: Library, tuner: Tuner, *, fewest: int = FEWEST_PHOTOS) -> Iterator[MeasureFact]:
    """Measure a model, asked for by a person or not.

    Yields:
        See ``Tuner.measure``.

    Raises:
        TooFewPhotos: fewer thumbnails than ``fewest`` can be read, or than the tuner wants, if that is less.
        ModelUnusable, MeasuringFailed: the model goes on as before.
    """
    images = _sample(library, tuner.wanted_photos)
    wanted = min(fewest, tuner.wanted_photos)
    if len(images) < wanted:
        raise TooFewPhotos(found=len(images), wanted=wanted)
    yield from tuner.measure(images)


def _sample(library: Library, count: int) -> list[RgbImage]:
    """Thumbnails of photos from all over the library, which are more unlike each other than neighbours."""
    ids = library.catalog.sample_read(2 * count)
    return _readable(library, ids, count)


def _readable(library: Library, ids: Sequence[PhotoId], count: int) -> list[RgbImage]:
    images: list[RgbImage] = []
    for photo_id in ids:
        if len(images) == count:
            break
        image = library.thumbnails.read(photo_id)
        if image is not None:
            images.append(image)
    return images
