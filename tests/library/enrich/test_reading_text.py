"""Text in pictures: read once, found again, and whatever goes wrong costs one photo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import TextReaderUnusable, UnreadableImage
from app.core.types import Kind, PhotoId, Progress, Reason, Skipped, Stage, Summary, TextLine, Unavailable, Why
from app.library.enrich.reading_text import read_text_missing
from app.library.find.finding import find
from app.library.library import Library
from app.startup import close_library, status
from tests.fakes import CellReader, DecodersInProcess
from tests.making import index, make_library, make_photo, make_written


@pytest.fixture
def reader() -> CellReader:
    return CellReader()


@pytest.fixture
def reading(tmp_path: Path, reader: CellReader) -> Iterator[Library]:
    """A library that reads text."""
    library = make_library(tmp_path / "library", text_reader=reader)
    yield library
    close_library(library)


def photo_at(library: Library, path: Path) -> PhotoId:
    photo_id = library.catalog.photo_at(path)
    assert photo_id is not None
    return photo_id


def text_of(library: Library, path: Path) -> list[str]:
    photo_id = photo_at(library, path)
    return [line.text for line in library.catalog.texts_of([photo_id]).get(photo_id, ())]


def test_without_a_reader_the_stage_says_so_and_ends_well(library: Library, photos: Path) -> None:
    make_written(photos / "a.png", "Ticket")
    index(library, photos)
    assert list(read_text_missing(library)) == [Unavailable(Stage.TEXT), Summary(Stage.TEXT)]
    assert text_of(library, photos / "a.png") == []


def test_a_reader_that_cannot_be_used_is_said_and_all_else_works(tmp_path: Path, photos: Path) -> None:
    class Missing(CellReader):
        @property
        def version(self) -> str:  # type: ignore[override]
            raise TextReaderUnusable(path=None, detail="not_installed")

    library = make_library(tmp_path / "library", text_reader=Missing())
    make_photo(photos / "a.jpg")
    told = [fact for fact in index(library, photos) if isinstance(fact, Unavailable) and fact.stage is Stage.TEXT]
    assert [type(fact.error) for fact in told] == [TextReaderUnusable]
    assert library.embeddings.count() == 1
    assert status(library).text_read == 0
    close_library(library)


def test_a_photo_is_found_by_what_stands_in_it(reading: Library, photos: Path) -> None:
    make_written(photos / "a.png", "Departure Berlin", "platform 12")
    make_written(photos / "b.png", "Apples")
    index(reading, photos)
    assert text_of(reading, photos / "a.png") == ["Departure Berlin", "platform 12"]
    best = find(reading, "berlin").hit(0)
    assert best.photo_id == photo_at(reading, photos / "a.png")
    assert Why.TEXT in best.why


def test_a_field_asks_for_text_in_pictures_alone_and_says_so(reading: Library, photos: Path) -> None:
    make_written(photos / "a.png", "Berlin")
    make_written(photos / "berlin.png", "Paris")
    index(reading, photos)
    answer = find(reading, "text:berlin")
    assert (answer.ids.tolist(), answer.why(0)) == ([photo_at(reading, photos / "a.png")], (Why.TEXT,))
    assert set(find(reading, "text:berlin file:a").why(0)) == {Why.NAME, Why.TEXT}
    assert find(reading, "berlin -text:paris").ids.tolist() == [photo_at(reading, photos / "a.png")]


def test_where_a_line_stands_is_kept(reading: Library, photos: Path) -> None:
    make_written(photos / "a.png", "", "Exit", size=(400, 300))
    index(reading, photos)
    photo_id = photo_at(reading, photos / "a.png")
    photo = reading.catalog.photo(photo_id)
    assert photo is not None
    corners = ((0.0, 0.0333), (0.1, 0.0333), (0.1, 0.0667), (0.0, 0.0667))
    assert photo.text == (TextLine("Exit", 1.0, corners),)


def test_only_photos_in_which_a_look_at_the_thumbnail_finds_text_are_decoded_in_full(
    reading: Library, reader: CellReader, photos: Path
) -> None:
    make_photo(photos / "plain.jpg", "white")
    make_written(photos / "sign.png", "Exit")
    index(reading, photos)
    assert (reader.looked, reader.read) == (2, 1)
    assert status(reading).text_read == 2


def test_screenshots_are_read_without_a_look_and_first(reading: Library, reader: CellReader, photos: Path) -> None:
    make_written(photos / "new.png", "new")
    make_written(photos / "Screenshots" / "Screenshot_20200101-101010.png", "old")
    index(reading, photos)
    shot = photo_at(reading, photos / "Screenshots" / "Screenshot_20200101-101010.png")
    assert [row.kind for row in reading.catalog.rows([shot])] == [Kind.SCREENSHOT]
    assert reader.looked == 1
    assert reading.catalog.photos_without_text("another", 9)[0] == shot


def test_each_photo_is_read_once_and_again_by_another_version(
    tmp_path: Path, reading: Library, reader: CellReader, photos: Path
) -> None:
    make_written(photos / "a.png", "Ticket")
    index(reading, photos)
    *_, last = read_text_missing(reading)
    assert isinstance(last, Summary)
    assert last.added == 0
    reader.version = "cells-2"
    assert reading.catalog.count_without_text("cells-2") == 1
    list(read_text_missing(reading))
    assert (reader.read, status(reading).text_read) == (2, 1)


def test_a_file_that_changes_is_read_again(reading: Library, photos: Path) -> None:
    make_written(photos / "a.png", "Monday")
    index(reading, photos)
    make_written(photos / "a.png", "Tuesday", size=(420, 300))
    index(reading, photos)
    assert text_of(reading, photos / "a.png") == ["Tuesday"]
    assert [Why.TEXT in find(reading, word).hit(0).why for word in ("monday", "tuesday")] == [False, True]


def test_one_photo_that_cannot_be_read_costs_itself_only(tmp_path: Path, photos: Path) -> None:
    class Picky(CellReader):
        def read_texts(self, images):  # type: ignore[no-untyped-def]
            found = super().read_texts(images)
            if any(line.text == "bad" for lines in found for line in lines):
                raise RuntimeError("too odd")
            return found

    library = make_library(tmp_path / "library", text_reader=Picky())
    make_written(photos / "bad.png", "bad")
    make_written(photos / "good.png", "good")
    skipped = [fact for fact in index(library, photos) if isinstance(fact, Skipped)]
    assert [(fact.path.name, fact.stage, fact.reason) for fact in skipped] == [
        ("bad.png", Stage.TEXT, Reason.MODEL_FAILED)
    ]
    assert text_of(library, photos / "good.png") == ["good"]
    assert next(read_text_missing(library)) == Progress(Stage.TEXT, 0, 0)  # not tried again
    close_library(library)


def test_an_original_that_broke_since_says_what_is_the_matter_with_it(tmp_path: Path, photos: Path) -> None:
    class Broken(DecodersInProcess):
        def decode_full(self, path, max_edge_px=None):  # type: ignore[no-untyped-def]
            raise UnreadableImage(path=path, reason=Reason.TRUNCATED, detail="PNG")

    library = make_library(tmp_path / "library", text_reader=CellReader(), decoders=Broken())
    make_written(photos / "a.png", "Ticket")
    skipped = [fact for fact in index(library, photos) if isinstance(fact, Skipped)]
    assert [(fact.stage, fact.reason) for fact in skipped] == [(Stage.TEXT, Reason.TRUNCATED)]
    close_library(library)


def test_photos_whose_drive_is_away_wait_for_it(reading: Library, reader: CellReader, photos: Path) -> None:
    make_written(photos / "a.png", "Ticket")
    index(reading, photos)
    reader.version = "cells-2"
    (root,) = reading.catalog.roots()
    reading.catalog.set_offline(root.root_id, True)
    assert reading.catalog.count_without_text("cells-2") == 0
    assert text_of(reading, photos / "a.png") == ["Ticket"]  # what is known stays, and stays findable
    reading.catalog.set_offline(root.root_id, False)
    list(read_text_missing(reading))
    assert reader.read == 2


def test_killed_in_the_middle_it_goes_on_with_the_rest(reading: Library, reader: CellReader, photos: Path) -> None:
    for number in range(12):
        make_written(photos / f"{number}.png", f"Page{number}")
    index(replace(reading, text_reader=None), photos)
    stage = read_text_missing(reading)
    while not status(reading).text_read:
        next(stage)
    stage.close()
    assert status(reading).text_read < 12
    list(read_text_missing(reading))
    assert (status(reading).text_read, reader.read) == (12, 12)
