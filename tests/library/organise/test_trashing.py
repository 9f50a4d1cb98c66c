"""To the trash: nothing is half done, whatever moment the program dies at."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.errors import TrashFailed
from app.core.query import Scope
from app.core.types import Order, PhotoId
from app.files import trash
from app.library.intake.importing import rescan
from app.library.intake.leaving_out import leave_out
from app.library.library import Library
from app.library.organise.trashing import move_to_trash, settle_trash
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


@pytest.fixture
def pair(library: Library, photos: Path) -> tuple[PhotoId, list[Path]]:
    """A photo of four files, in the order in which they go; another photo stays."""
    make_photo(photos / "b.jpg", "blue")
    paths = [make_photo(photos / "a.jpg"), *(photos / name for name in ("a.cr2", "a.mov", "a.xmp"))]
    for path in paths[1:]:
        path.write_bytes(b"not opened")
    index(library, photos)
    photo_id = library.catalog.photo_at(paths[0])
    assert photo_id is not None
    return photo_id, paths


def test_all_files_of_a_photo_go_together_and_come_back_together(
    library: Library, pair: tuple[PhotoId, list[Path]], bin_folder: Path
) -> None:
    photo_id, paths = pair
    library.catalog.set_rating([photo_id], 4)
    assert move_to_trash(library, [photo_id]) == {}
    assert {path.name for path in bin_folder.iterdir()} == {path.name for path in paths}
    assert shown(library) == 1
    for path in paths:
        (bin_folder / path.name).rename(path)
    list(rescan(library))
    assert shown(library) == 2
    assert [file.path for file in library.catalog.files_of([photo_id])] == paths
    assert library.catalog.rows([photo_id])[0].rating == 4


@pytest.mark.parametrize("moved", range(5))
def test_killed_between_two_files_start_up_does_the_rest(
    library: Library, pair: tuple[PhotoId, list[Path]], bin_folder: Path, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    photo_id, paths = pair
    move, count = trash.move_to_trash, iter(range(10))

    def dying(path: Path) -> None:
        if next(count) == moved:
            raise KeyboardInterrupt
        move(path)

    with monkeypatch.context() as patch:
        patch.setattr(trash, "move_to_trash", dying)
        patch.setattr(library.catalog, "finish_trash", _die) if moved == 4 else None
        with pytest.raises(KeyboardInterrupt):
            move_to_trash(library, [photo_id])
    settle_trash(library)
    assert library.catalog.pending_trash() == {}
    is_gone = moved > 0  # nothing had happened yet: the person decides anew
    assert shown(library) == (1 if is_gone else 2)
    assert [path.exists() for path in paths] == [not is_gone] * 4
    settle_trash(library)
    assert shown(library) == (1 if is_gone else 2)


def _die(_ids: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("refused", range(4))
def test_a_refusal_half_way_is_told_and_leaves_a_photo_of_what_is_left(
    library: Library, pair: tuple[PhotoId, list[Path]], bin_folder: Path, monkeypatch: pytest.MonkeyPatch, refused: int
) -> None:
    photo_id, paths = pair
    library.catalog.set_rating([photo_id], 4)
    move = trash.move_to_trash

    def refusing(path: Path) -> None:
        if path == paths[refused]:
            raise TrashFailed(path=path, detail="in use")
        move(path)

    monkeypatch.setattr(trash, "move_to_trash", refusing)
    assert list(move_to_trash(library, [photo_id])) == [paths[refused]]
    assert library.catalog.pending_trash() == {}
    is_kept = refused < 3  # a sidecar alone is no photo
    assert shown(library) == (2 if is_kept else 1)
    assert [path.exists() for path in paths] == ([n >= refused for n in range(4)] if is_kept else [False] * 3 + [True])
    if is_kept:
        assert library.catalog.paths([photo_id]) == {photo_id: paths[refused]}
        assert not library.catalog.rows([photo_id])[0].is_offline
    list(rescan(library))
    assert library.catalog.rows([photo_id])[0].rating == 4


def test_a_sidecar_of_two_photos_stays_as_long_as_one_of_them(library: Library, photos: Path, bin_folder: Path) -> None:
    paths = [make_photo(photos / "a.jpg"), make_photo(photos / "a.png", "blue")]
    beside = photos / "a.xmp"
    beside.write_bytes(b"<x/>")
    index(library, photos)
    ids = [photo_id for path in paths if (photo_id := library.catalog.photo_at(path))]
    owner = library.catalog.photo_at(beside)
    assert owner in ids
    (other,) = set(ids) - {owner}
    move_to_trash(library, [owner])
    assert beside.exists()
    list(rescan(library))
    assert library.catalog.photo_at(beside) == other
    move_to_trash(library, [other])
    assert not beside.exists()


def test_of_a_drive_that_is_away_nothing_is_settled(library: Library, pair: tuple[PhotoId, list[Path]]) -> None:
    photo_id, paths = pair
    library.catalog.begin_trash([photo_id])
    folder = paths[0].parent
    folder.rename(folder.with_name("away"))
    settle_trash(library)
    assert list(library.catalog.pending_trash()) == [photo_id]
    folder.with_name("away").rename(folder)
    settle_trash(library)
    assert library.catalog.pending_trash() == {}
    assert shown(library) == 2


def test_a_file_that_a_pattern_leaves_out_is_not_trashed_with_its_photo(
    library: Library, pair: tuple[PhotoId, list[Path]], bin_folder: Path
) -> None:
    photo_id, paths = pair
    leave_out(library, ["*.cr2"])
    list(rescan(library))
    assert move_to_trash(library, [photo_id]) == {}
    assert [path.name for path in paths if path.exists()] == ["a.cr2"]
    assert library.catalog.pending_trash() == {}


def test_what_came_back_unnoticed_goes_to_the_trash(
    library: Library, pair: tuple[PhotoId, list[Path]], bin_folder: Path, tmp_path: Path
) -> None:
    photo_id, paths = pair
    for path in paths:
        path.rename(tmp_path / path.name)
    list(rescan(library))
    for path in paths:
        (tmp_path / path.name).rename(path)
    assert move_to_trash(library, [photo_id]) == {}
    assert not any(path.exists() for path in paths)


def test_what_is_there_is_shown_though_its_going_to_the_trash_is_done_again(
    library: Library, photo: tuple[PhotoId, Path], bin_folder: Path
) -> None:
    move_to_trash(library, [photo[0]])
    (bin_folder / "a.jpg").rename(photo[1])
    list(rescan(library))
    library.catalog.undo()
    assert library.catalog.redo() == "trash"
    assert shown(library) == 1
    list(rescan(library))
    assert shown(library) == 2
