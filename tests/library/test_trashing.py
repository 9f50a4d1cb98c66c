"""To the trash: nothing is half done, whatever moment the program dies at."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.errors import TrashFailed
from app.core.query import Scope
from app.core.types import Order, PhotoId
from app.files import trash
from app.library.importing import rescan
from app.library.library import Library
from app.library.trashing import move_to_trash, settle_trash
from tests.making import index, make_photo


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A trash of the test's own: a test never fills the system's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setattr(trash, "move_to_trash", lambda path: path.rename(folder / path.name))
    return folder


@pytest.fixture
def photo(library: Library, photos: Path) -> tuple[PhotoId, Path]:
    path = make_photo(photos / "a.jpg")
    make_photo(photos / "b.jpg", "blue")
    index(library, photos)
    photo_id = library.catalog.photo_at(path)
    assert photo_id is not None
    return photo_id, path


def shown(library: Library) -> int:
    return len(library.catalog.table(Order.NAME, Scope()).ids)


def test_the_file_goes_to_the_trash_and_the_photo_out_of_the_library(
    library: Library, photo: tuple[PhotoId, Path], bin_folder: Path
) -> None:
    assert move_to_trash(library, [photo[0]]) == {}
    assert not photo[1].exists()
    assert (bin_folder / "a.jpg").exists()
    assert shown(library) == 1
    assert library.catalog.pending_trash() == {}


def test_a_photo_put_back_from_the_trash_has_all_that_was_decided(
    library: Library, photo: tuple[PhotoId, Path], bin_folder: Path
) -> None:
    library.catalog.add_tag([photo[0]], "grandma")
    move_to_trash(library, [photo[0]])
    (bin_folder / "a.jpg").rename(photo[1])
    list(rescan(library))
    assert shown(library) == 2
    assert library.catalog.photo_at(photo[1]) == photo[0]
    assert [tag.name for tag in library.catalog.tags_of([photo[0]])[photo[0]]] == ["grandma"]


def test_what_the_trash_refuses_stays_where_it_was(
    library: Library, photo: tuple[PhotoId, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise TrashFailed(path=path, detail="no trash on this drive")

    monkeypatch.setattr(trash, "move_to_trash", refuse)
    assert list(move_to_trash(library, [photo[0]])) == [photo[1]]
    assert photo[1].exists()
    assert shown(library) == 2
    assert library.catalog.pending_trash() == {}


def test_killed_before_the_move_the_intent_is_taken_back(library: Library, photo: tuple[PhotoId, Path]) -> None:
    library.catalog.begin_trash([photo[0]])
    settle_trash(library)
    assert shown(library) == 2
    assert library.catalog.pending_trash() == {}


def test_killed_after_the_move_the_intent_is_completed(
    library: Library, photo: tuple[PhotoId, Path], bin_folder: Path
) -> None:
    library.catalog.begin_trash([photo[0]])
    trash.move_to_trash(photo[1])
    settle_trash(library)
    assert shown(library) == 1
    assert library.catalog.pending_trash() == {}
