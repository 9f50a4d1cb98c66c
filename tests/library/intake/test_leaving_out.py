"""What a person leaves out leaves the library, stays on the disk, and comes back with all that was decided about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.query import Scope
from app.core.types import FoundFile, Order, Reason, Skipped
from app.files.walk import online, walking
from app.library.intake.importing import import_folder, rescan
from app.library.intake.leaving_out import leave_out, left_out_patterns
from app.library.intake.reading import read_missing
from app.library.library import Library
from app.library.organise.trashing import move_to_trash
from tests.making import index, make_photo


def shown(library: Library) -> set[str]:
    ids = library.catalog.table(Order.NAME, Scope()).ids.tolist()
    return {path.name for path in library.catalog.paths(ids).values()}


@pytest.fixture
def filled(library: Library, photos: Path) -> Library:
    for name in ("a.jpg", "b.png", "export/c.jpg", "export/deep/d.jpg"):
        make_photo(photos / name)
    index(library, photos)
    return library


def test_a_pattern_takes_photos_out_and_brings_them_back_with_their_ratings(filled: Library, photos: Path) -> None:
    gone = filled.catalog.photo_at(photos / "export" / "deep" / "d.jpg")
    assert gone is not None
    filled.catalog.set_rating([gone], 4)
    leave_out(filled, ["# mine", "*.PNG", "export/"])
    list(rescan(filled))
    assert shown(filled) == {"a.jpg"}
    assert filled.catalog.status("none", "").offline == 0
    assert (photos / "b.png").exists()
    assert left_out_patterns(filled) == ["# mine", "*.PNG", "export/"]
    leave_out(filled, [])
    list(rescan(filled))
    assert shown(filled) == {"a.jpg", "b.png", "c.jpg", "d.jpg"}
    assert filled.catalog.rows([gone])[0].rating == 4
    assert list(read_missing(filled))[-1].added == 0  # type: ignore[union-attr]


def test_what_was_left_out_from_the_start_was_never_taken_in(library: Library, photos: Path) -> None:
    make_photo(photos / "a.jpg")
    make_photo(photos / "app" / "b.jpg")
    (photos / "app" / ".nomedia").touch()
    index(library, photos)
    assert shown(library) == {"a.jpg"}
    (photos / "app" / ".nomedia").unlink()
    list(rescan(library, photos / "app"))
    assert shown(library) == {"a.jpg", "b.jpg"}


def test_a_part_looked_at_alone_heeds_the_ignore_file_above_it(filled: Library, photos: Path) -> None:
    (photos / ".orielignore").write_text("deep/\n")
    list(rescan(filled, photos / "export"))
    assert shown(filled) == {"a.jpg", "b.png", "c.jpg"}
    list(rescan(filled, photos / "export" / "deep"))
    assert shown(filled) == {"a.jpg", "b.png", "c.jpg"}


def test_a_photo_that_a_person_removed_does_not_come_back_with_a_pattern_that_goes(
    filled: Library, photos: Path
) -> None:
    removed = filled.catalog.photo_at(photos / "b.png")
    assert removed is not None
    filled.catalog.remove_photos([removed])
    leave_out(filled, ["*.png"])
    list(rescan(filled))
    leave_out(filled, [])
    list(rescan(filled))
    assert "b.png" not in shown(filled)


def test_a_left_out_photo_that_is_deleted_is_not_called_missing(filled: Library, photos: Path) -> None:
    leave_out(filled, ["*.png"])
    list(rescan(filled))
    (photos / "b.png").unlink()
    list(rescan(filled))
    assert shown(filled) == {"a.jpg", "c.jpg", "d.jpg"}
    assert filled.catalog.status("none", "").offline == 0


def test_folders_left_out_one_by_one_are_listed_without_those_below(filled: Library, photos: Path) -> None:
    for name in ("export/deep", "export"):
        folder = filled.catalog.folder_at(photos / name)
        assert folder is not None
        filled.catalog.remove_folder(folder)
    assert filled.catalog.excluded_folders() == [photos / "export"]
    list(import_folder(filled, photos / "export"))
    assert filled.catalog.excluded_folders() == []
    assert shown(filled) == {"a.jpg", "b.png", "c.jpg", "d.jpg"}


def test_what_only_a_cloud_drive_has_is_listed_and_never_opened(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_photo(photos / "here.jpg")
    make_photo(photos / "cloud.jpg", "blue")
    with monkeypatch.context() as patch:
        patch.setattr(walking, "is_online_only", lambda status: status.st_ino == (photos / "cloud.jpg").stat().st_ino)
        index(library, photos)
    cloud = library.catalog.photo_at(photos / "cloud.jpg")
    assert cloud is not None
    assert library.catalog.rows([cloud])[0].is_online_only
    assert not library.thumbnails.exists(cloud)
    assert library.catalog.count_to_read() == 0
    list(rescan(library))  # it has been downloaded meanwhile
    list(read_missing(library))
    assert library.thumbnails.exists(cloud)
    assert not library.catalog.rows([cloud])[0].is_online_only


def test_a_file_that_went_to_the_cloud_since_it_was_found_is_not_fetched_back(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_photo(photos / "a.jpg")
    list(import_folder(library, photos))
    monkeypatch.setattr("app.files.opening.is_online_only", lambda _: True)
    reasons = [fact.reason for fact in read_missing(library) if isinstance(fact, Skipped)]
    assert reasons == [Reason.ONLINE_ONLY]
    monkeypatch.undo()
    list(rescan(library))
    assert [fact for fact in read_missing(library) if isinstance(fact, Skipped)] == []
    assert online.is_online_only((photos / "a.jpg").stat()) is False
    assert walking.found_file(photos / "a.jpg") == FoundFile(
        b"a.jpg", (photos / "a.jpg").stat().st_size, (photos / "a.jpg").stat().st_mtime_ns
    )


def test_nothing_in_a_package_of_apple_photos_is_ever_moved(library: Library, photos: Path) -> None:
    path = make_photo(photos / "My.photoslibrary" / "originals" / "0" / "a.jpg")
    index(library, photos)
    photo_id = library.catalog.photo_at(path)
    assert photo_id is not None
    refused = move_to_trash(library, [photo_id])
    assert [error.code for error in refused.values()] == ["not_ours_to_move"]
    assert path.exists()
    assert shown(library) == {"a.jpg"}


def test_a_photo_that_is_moved_out_of_what_is_left_out_keeps_all_that_was_decided(
    library: Library, photos: Path
) -> None:
    make_photo(photos / "unsorted/a.jpg")
    make_photo(photos / "b.jpg", "blue")
    index(library, photos)
    photo_id = library.catalog.photo_at(photos / "unsorted/a.jpg")
    assert photo_id is not None
    library.catalog.set_rating([photo_id], 4)
    leave_out(library, ["unsorted/"])
    list(rescan(library))
    assert library.catalog.photo_at(photos / "unsorted/a.jpg") is None
    (photos / "unsorted").rename(photos / "sorted")
    index(library, photos)
    assert library.catalog.photo_at(photos / "sorted/a.jpg") == photo_id
