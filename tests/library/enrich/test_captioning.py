"""Captions: a machine's never replaces a person's, and none is no error."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.core.errors import ModelUnusable
from app.core.types import PhotoId, Reason, Skipped, Stage, Summary, Unavailable
from app.library.enrich.captioning import caption_missing, count_all_uncaptioned, count_uncaptioned
from app.library.intake.importing import import_folder
from app.library.intake.reading import read_missing
from app.library.library import Library
from app.startup import close_library, status
from app.vision.captioner import BlipCaptioner
from tests.fakes import ColourCaptioner
from tests.making import index, make_library, make_photo


def photo_at(library: Library, path: Path) -> PhotoId:
    photo_id = library.catalog.photo_at(path)
    assert photo_id is not None
    return photo_id


def test_without_a_captioner_the_stage_says_so_and_ends_well(library: Library, photos: Path) -> None:
    make_photo(photos / "a.jpg")
    facts = index(library, photos)
    assert Unavailable(Stage.CAPTION) in facts
    assert isinstance(facts[-1], Summary)


def test_a_captioner_whose_folder_has_gone_is_said_and_all_else_works(tmp_path: Path, photos: Path) -> None:
    library = make_library(tmp_path / "library", captioner=BlipCaptioner(tmp_path / "gone"))
    make_photo(photos / "a.jpg")
    facts = index(library, photos)
    told = [fact for fact in facts if isinstance(fact, Unavailable)]
    assert [(fact.stage, type(fact.error)) for fact in told] == [(Stage.CAPTION, ModelUnusable)]
    assert library.embeddings.count() == 1
    assert status(library).photos == 1
    close_library(library)


def test_every_photo_gets_a_sentence_once(tmp_path: Path, photos: Path) -> None:
    library = make_library(tmp_path / "library", captioner=ColourCaptioner())
    make_photo(photos / "a.jpg", "red")
    make_photo(photos / "b.jpg", "blue")
    index(library, photos)
    captions = {
        library.catalog.paths([photo_id])[photo_id].name: text
        for photo_id, text in library.catalog.captions_of(
            [photo_at(library, photos / "a.jpg"), photo_at(library, photos / "b.jpg")]
        ).items()
    }
    assert captions == {"a.jpg": "a red picture", "b.jpg": "a blue picture"}
    last = list(caption_missing(library))[-1]
    assert isinstance(last, Summary)
    assert last.added == 0
    close_library(library)


def test_a_persons_caption_is_what_is_shown_whatever_the_machine_says_later(tmp_path: Path, photos: Path) -> None:
    library = make_library(tmp_path / "library")
    make_photo(photos / "a.jpg", "red")
    index(library, photos)
    photo_id = photo_at(library, photos / "a.jpg")
    library.catalog.set_caption(photo_id, "Grandma's birthday")
    close_library(library)
    library = make_library(tmp_path / "library", captioner=ColourCaptioner())
    list(caption_missing(library))
    photo = library.catalog.photo(photo_id)
    assert photo is not None
    assert (photo.caption, photo.caption_model) == ("Grandma's birthday", None)
    library.catalog.set_caption(photo_id, None)
    photo = library.catalog.photo(photo_id)
    assert photo is not None
    assert photo.caption == "a red picture"
    close_library(library)


def test_one_photo_that_cannot_be_described_costs_itself_only(tmp_path: Path, photos: Path) -> None:
    class Picky(ColourCaptioner):
        def caption_images(self, images):  # type: ignore[no-untyped-def]
            if any(image.mean() < 40 for image in images):
                raise RuntimeError("too dark")
            return super().caption_images(images)

    library = make_library(tmp_path / "library", captioner=Picky())
    make_photo(photos / "bad.jpg", "black")
    make_photo(photos / "good.jpg", "red")
    facts = index(library, photos)
    skipped = [fact for fact in facts if isinstance(fact, Skipped)]
    assert [(fact.path.name, fact.reason) for fact in skipped] == [("bad.jpg", Reason.MODEL_FAILED)]
    assert library.catalog.captions_of([photo_at(library, photos / "good.jpg")])
    close_library(library)


def test_all_photos_that_are_still_to_be_described_are_counted(tmp_path: Path, photos: Path) -> None:
    library = make_library(tmp_path / "library", captioner=ColourCaptioner())
    for name in ("a.jpg", "b.jpg"):
        make_photo(photos / name)
    list(import_folder(library, photos))
    list(read_missing(library))
    assert count_all_uncaptioned(library) == 2
    assert count_all_uncaptioned(replace(library, captioner=None)) == 0
    assert count_all_uncaptioned(replace(library, captioner=BlipCaptioner(tmp_path / "gone"))) == 0
    list(caption_missing(library))
    assert count_all_uncaptioned(library) == 0


def test_only_photos_that_can_still_be_described_count_as_waited_for(tmp_path: Path, photos: Path) -> None:
    library = make_library(tmp_path / "library", captioner=ColourCaptioner())
    make_photo(photos / "a.jpg", "red")
    index(library, photos)
    make_photo(photos / "b.jpg", "blue")
    list(import_folder(library, photos))
    list(read_missing(library))
    a, b = (photo_at(library, photos / name) for name in ("a.jpg", "b.jpg"))
    assert count_uncaptioned(library, ids=[a, b]) == 1
    assert count_uncaptioned(library, ids=[a]) == 0
    assert count_uncaptioned(replace(library, captioner=None), ids=[b]) == 0
    close_library(library)
