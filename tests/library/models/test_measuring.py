"""Models are measured with photos of the library, once there are some; what a model has to tell reaches a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import ModelUnusable, TooFewPhotos
from app.core.models import Measured, MeasureFact, Tuning
from app.core.types import MovedToProcessor, RgbImage
from app.library.enrich.embedding import embed_missing
from app.library.intake.importing import import_path
from app.library.intake.reading import read_missing
from app.library.library import Library
from app.library.models.measuring import FEWEST_PHOTOS, measure, measure_missing
from tests.making import make_library, make_photo

TUNING = Tuning("cpu", "int8", 16, 4, 100.0, 1000, 0.001)


class NotingTuner:
    name = "a model"
    wanted_photos = 32

    def __init__(self, tuning: Tuning | None = None) -> None:
        self.tuning = tuning
        self.given: list[int] = []

    def measure(self, images: Sequence[RgbImage]) -> Iterator[MeasureFact]:
        self.given.append(len(images))
        self.tuning = TUNING
        yield Measured(self.name, TUNING)


class GoneTuner(NotingTuner):
    @property
    def tuning(self) -> Tuning | None:
        raise ModelUnusable(path=Path("gone"), detail="folder_missing")

    @tuning.setter
    def tuning(self, tuning: Tuning | None) -> None: ...


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = make_library(tmp_path / "library")
    yield made
    made.catalog.close()


def fill(library: Library, folder: Path, count: int) -> None:
    for number in range(count):
        make_photo(folder / f"{number}.jpg", size=(140 + number, 96))
    list(import_path(library, folder))
    list(read_missing(library))


def test_a_model_that_nobody_measured_is_measured_once(library: Library, tmp_path: Path) -> None:
    tuner, known = NotingTuner(), NotingTuner(TUNING)
    fill(library, tmp_path / "photos", FEWEST_PHOTOS + 3)
    with_tuners = replace(library, tuners=(GoneTuner(), tuner, known))
    assert list(measure_missing(with_tuners)) == [Measured("a model", TUNING)]
    assert list(measure_missing(with_tuners)) == []
    assert (tuner.given, known.given) == ([32], [])


def test_unasked_nothing_is_measured_before_there_are_photos(library: Library, tmp_path: Path) -> None:
    tuner = NotingTuner()
    fill(library, tmp_path / "photos", 5)
    assert list(measure_missing(replace(library, tuners=(tuner,)))) == []
    assert list(measure(library, tuner, fewest=4)) and tuner.given == [5]


def test_photos_whose_thumbnails_are_lost_are_passed_over(library: Library, tmp_path: Path) -> None:
    tuner = NotingTuner()
    fill(library, tmp_path / "photos", 5)
    for photo_id in library.catalog.sample_read(3):
        library.thumbnails.path(photo_id).unlink()
    with pytest.raises(TooFewPhotos) as told:
        list(measure(library, tuner, fewest=4))
    assert told.value.fields == {"found": 2, "wanted": 4} and not tuner.given


def test_what_a_model_has_to_tell_is_told_once_by_the_stage_that_ran_it(library: Library, tmp_path: Path) -> None:
    fill(library, tmp_path / "photos", 2)
    moved = MovedToProcessor("a model", "cuda")
    library.notes.put(moved)
    assert [fact for fact in embed_missing(library) if isinstance(fact, MovedToProcessor)] == [moved]
    assert not list(library.notes.take())
