"""Videos go through the whole path of a photo: taken in, read, found by what is in them and by likeness."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from app.core.examples import Example
from app.core.query import Scope
from app.core.types import Kind, PhotoId, Reason, Skipped
from app.library.find.finding import find
from app.library.find.likeness import find_like
from app.library.intake.importing import rescan
from app.library.intake.reading import read_missing
from app.library.library import Library
from tests.fakes import COLOURS
from tests.files.video_samples import save_video
from tests.making import index, make_photo


def make_video(path: Path, colour: str) -> Path:
    return save_video(path, [np.full((120, 160, 3), COLOURS[colour], np.uint8)] * 5)


def id_of(library: Library, path: Path) -> PhotoId:
    photo_id = library.catalog.photo_at(path)
    assert photo_id is not None
    return photo_id


def test_a_video_is_found_by_what_it_shows_and_is_like_a_photo_of_the_same(library: Library, photos: Path) -> None:
    red = make_video(photos / "1.mov", "red")
    make_video(photos / "2.mkv", "blue")
    make_photo(photos / "3.jpg", "red")
    make_photo(photos / "4.jpg", "green")
    index(library, photos)
    found = find(library, "red", wait_for_model=True)
    pair = {id_of(library, red), id_of(library, photos / "3.jpg")}
    assert set(found.ids[:2].tolist()) == pair
    assert pair <= set(find_like(library, [Example(id_of(library, red))]).ids[:2].tolist()) | {id_of(library, red)}
    assert set(find(library, "red", scope=Scope(kind=Kind.VIDEO), wait_for_model=True).ids.tolist()) == {
        id_of(library, red),
        id_of(library, photos / "2.mkv"),
    }


def test_a_video_has_its_kind_and_length(library: Library, photos: Path) -> None:
    path = make_video(photos / "1.mov", "red")
    index(library, photos)
    photo = library.catalog.photo(id_of(library, path))
    assert photo is not None
    assert (photo.kind, photo.duration_s, photo.width_px, photo.height_px) == (Kind.VIDEO, 0.5, 160, 120)
    assert library.thumbnails.exists(photo.photo_id)


def test_a_moved_video_stays_the_photo_that_it_is(library: Library, photos: Path) -> None:
    path = make_video(photos / "1.mov", "red")
    index(library, photos)
    before = id_of(library, path)
    (photos / "trip").mkdir()
    moved = path.rename(photos / "trip" / "2.mov")
    list(rescan(library))
    list(read_missing(library))
    assert id_of(library, moved) == before


def test_a_cut_off_video_is_listed_with_the_reason(library: Library, photos: Path) -> None:
    path = make_video(photos / "1.mp4", "red")
    path.write_bytes(path.read_bytes()[:-200])
    skipped = [fact for fact in index(library, photos) if isinstance(fact, Skipped)]
    assert [(fact.path, fact.reason) for fact in skipped] == [(path, Reason.TRUNCATED)]
