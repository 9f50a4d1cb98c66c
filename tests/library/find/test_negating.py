"""What a negated word drops by its meaning, in a library of colours: by pictures, by captions, whatever the scope."""

from pathlib import Path

import numpy as np
import pytest

from app.core.query import Scope
from app.core.types import FoundFile, FoundPhoto, PhotoIds
from app.library.enrich.caption_meaning import embed_captions
from app.library.find.finding import find
from app.library.library import Library
from tests.fakes import COLOURS

SOME_BLUE = np.array([30, 80, 140])


@pytest.fixture
def crowd(library: Library, photos: Path) -> PhotoIds:
    return _fill(library, photos, 300)


def _fill(library: Library, photos: Path, count: int) -> PhotoIds:
    """Blue photos, the first three of them red. Nothing about them but their vectors is in the library."""
    colours = np.random.default_rng(1).integers(-20, 20, (count, 3)) + SOME_BLUE
    colours[:3] = COLOURS["red"]
    folder_id = library.catalog.folder(library.catalog.add_root(photos), b"")
    library.catalog.write_found(
        folder_id, [FoundPhoto(FoundFile(f"{number}.jpg".encode(), 1, 1)) for number in range(count)]
    )
    ids = library.catalog.scope_ids(Scope())
    library.embeddings.add(ids, library.embedder.embed_images([np.full((4, 4, 3), each, np.uint8) for each in colours]))
    return ids


def _dropped(library: Library, ids: PhotoIds, asked: str = "-red", scope: Scope | None = None) -> list[int]:
    kept = find(library, asked, scope=scope, wait_for_model=True).ids
    return [place for place, photo_id in enumerate(ids.tolist()) if photo_id not in kept]


def test_in_a_library_of_a_few_photos_too_what_shows_it_is_dropped(library: Library, photos: Path) -> None:
    ids = _fill(library, photos, 30)
    assert _dropped(library, ids) == [0, 1, 2]


def test_in_a_library_of_a_handful_nothing_is_dropped(library: Library, photos: Path) -> None:
    assert _dropped(library, _fill(library, photos, 19)) == []


def test_in_a_small_scope_the_same_photos_are_dropped(library: Library, crowd: PhotoIds) -> None:
    chosen = crowd[[0, 1, 50, 60]]
    library.catalog.set_favourite(chosen, True)
    left = find(library, "-red", scope=Scope(is_favourite=True), wait_for_model=True)
    assert sorted(left.ids.tolist()) == crowd[[50, 60]].tolist()
    library.catalog.set_favourite(crowd[[0, 1]], False)
    left = find(library, "-red", scope=Scope(is_favourite=True), wait_for_model=True)
    assert sorted(left.ids.tolist()) == crowd[[50, 60]].tolist(), "none of the scope is red, so none is dropped"


def test_what_a_caption_means_is_dropped_too(
    library: Library, crowd: PhotoIds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model knows that crimson is red; nobody wrote "red"."""
    monkeypatch.setitem(COLOURS, "crimson", COLOURS["red"])
    said = [(photo_id, "a crimson one" if place in (7, 8) else "a blue one") for place, photo_id in enumerate(crowd)]
    assert _dropped(library, crowd) == [0, 1, 2]
    library.catalog.write_captions("m", said)
    list(embed_captions(library))
    assert {7, 8} <= set(_dropped(library, crowd))
    assert len(_dropped(library, crowd)) <= 5


def test_too_few_captions_are_not_asked(library: Library, crowd: PhotoIds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COLOURS, "crimson", COLOURS["red"])
    library.catalog.write_captions("m", [(int(crowd[7]), "a crimson one"), (int(crowd[8]), "a blue one")])
    list(embed_captions(library))
    assert _dropped(library, crowd) == [0, 1, 2]
