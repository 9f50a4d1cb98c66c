"""Taking folders in: nothing twice, nothing lost."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from app.core.errors import PathMissing
from app.core.query import Scope
from app.core.types import Fact, FolderUnavailable, Order, Reason, Skipped, Summary
from app.library.intake.importing import import_folder, import_path, rescan
from app.library.intake.reading import read_missing
from app.library.library import Library
from app.library.organise.removing import remove_path
from tests.making import index, make_photo


def shown(library: Library) -> set[str]:
    ids = library.catalog.table(Order.NAME, Scope()).ids.tolist()
    return {path.name for path in library.catalog.paths(ids).values()}


def summary(facts: list[Fact]) -> Summary:
    last = facts[-1]
    assert isinstance(last, Summary)
    return last


def test_a_folder_comes_in_with_all_below_it_and_nothing_is_written_there(library: Library, photos: Path) -> None:
    make_photo(photos / "a.jpg")
    make_photo(photos / "deep" / "er" / "b.jpg", "blue")
    before = sorted(photos.rglob("*"))
    assert summary(list(import_folder(library, photos))).added == 2
    assert shown(library) == {"a.jpg", "b.jpg"}
    assert sorted(photos.rglob("*")) == before


def test_taken_in_twice_nothing_is_twice(library: Library, photos: Path) -> None:
    make_photo(photos / "a.jpg")
    list(import_folder(library, photos))
    again = summary(list(import_folder(library, photos)))
    assert (again.added, again.unchanged) == (0, 1)
    assert library.catalog.status("none", "", None).photos == 1


def test_a_dropped_subfolder_of_a_known_folder_adds_nothing(library: Library, photos: Path) -> None:
    make_photo(photos / "sub" / "a.jpg")
    list(import_folder(library, photos))
    again = summary(list(import_folder(library, photos / "sub")))
    assert (again.added, again.unchanged) == (0, 1)
    assert [root.path for root in library.catalog.roots()] == [photos]


def test_a_parent_takes_its_children_over_with_their_photos(library: Library, photos: Path) -> None:
    make_photo(photos / "sub" / "a.jpg")
    make_photo(photos / "b.jpg")
    list(import_folder(library, photos / "sub"))
    photo_id = library.catalog.photo_at(photos / "sub" / "a.jpg")
    assert photo_id is not None
    library.catalog.set_rating([photo_id], 4)
    facts = summary(list(import_folder(library, photos)))
    assert (facts.added, facts.unchanged) == (1, 1)
    assert library.catalog.photo_at(photos / "sub" / "a.jpg") == photo_id
    assert [root.path for root in library.catalog.roots()] == [photos]
    photo = library.catalog.photo(photo_id)
    assert photo is not None
    assert photo.rating == 4


def test_a_single_file_comes_in_alone(library: Library, photos: Path) -> None:
    make_photo(photos / "wanted.jpg")
    make_photo(photos / "other.jpg")
    list(import_path(library, photos / "wanted.jpg"))
    assert shown(library) == {"wanted.jpg"}
    list(rescan(library))
    assert shown(library) == {"wanted.jpg"}
    list(import_folder(library, photos))
    assert shown(library) == {"wanted.jpg", "other.jpg"}


def test_a_single_file_that_is_no_picture_is_skipped_with_the_reason(library: Library, photos: Path) -> None:
    (photos / "notes.txt").write_text("hello")
    facts = list(import_path(library, photos / "notes.txt"))
    assert isinstance(facts[0], Skipped)
    assert facts[0].reason is Reason.NOT_AN_IMAGE
    assert library.catalog.roots() == []


def test_a_folder_that_never_was_is_an_error(library: Library, photos: Path) -> None:
    with pytest.raises(PathMissing):
        list(import_path(library, photos / "nothing"))


def test_what_is_left_out_is_counted(library: Library, photos: Path) -> None:
    make_photo(photos / "a.jpg")
    (photos / "clip.rm").write_bytes(b"x")
    (photos / ".hidden.jpg").write_bytes(b"x")
    facts = summary(list(import_folder(library, photos)))
    assert facts.added == 1
    assert facts.left_out["video"] == 1
    assert facts.left_out["hidden"] == 1


def test_a_folder_that_goes_away_keeps_its_photos_and_heals(library: Library, photos: Path) -> None:
    make_photo(photos / "a.jpg")
    index(library, photos)
    photo_id = library.catalog.photo_at(photos / "a.jpg")
    assert photo_id is not None
    photos.rename(photos.with_name("unplugged"))
    facts = list(rescan(library))
    assert any(isinstance(fact, FolderUnavailable) and fact.is_offline for fact in facts)
    assert [row.is_offline for row in library.catalog.rows([photo_id])] == [True]
    photos.with_name("unplugged").rename(photos)
    list(rescan(library))
    assert [row.is_offline for row in library.catalog.rows([photo_id])] == [False]


def test_an_empty_mount_point_is_a_drive_that_went_away(library: Library, photos: Path) -> None:
    make_photo(photos / "a.jpg")
    list(import_folder(library, photos))
    (photos / "a.jpg").unlink()
    assert any(isinstance(fact, FolderUnavailable) for fact in rescan(library))
    assert shown(library) == {"a.jpg"}
    assert library.catalog.roots()[0].is_offline


def test_a_deleted_file_stays_greyed_and_comes_back(library: Library, photos: Path, tmp_path: Path) -> None:
    make_photo(photos / "a.jpg")
    make_photo(photos / "b.jpg", "blue")
    index(library, photos)
    photo_id = library.catalog.photo_at(photos / "a.jpg")
    assert photo_id is not None
    shutil.move(photos / "a.jpg", tmp_path / "aside.jpg")
    list(rescan(library))
    assert library.catalog.rows([photo_id])[0].is_offline
    shutil.move(tmp_path / "aside.jpg", photos / "a.jpg")
    list(rescan(library))
    assert not library.catalog.rows([photo_id])[0].is_offline
    assert library.catalog.photo_at(photos / "a.jpg") == photo_id


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a folder that may not be read")
def test_an_unreadable_folder_is_said_so_and_the_rest_goes_on(library: Library, photos: Path) -> None:
    make_photo(photos / "a.jpg")
    make_photo(photos / "locked" / "b.jpg")
    (photos / "locked").chmod(0)
    try:
        facts = list(import_folder(library, photos))
    finally:
        (photos / "locked").chmod(0o700)
    assert any(isinstance(fact, FolderUnavailable) and not fact.is_offline for fact in facts)
    assert shown(library) == {"a.jpg"}


def test_a_link_loop_ends(library: Library, photos: Path) -> None:
    make_photo(photos / "a.jpg")
    (photos / "loop").symlink_to(photos, target_is_directory=True)
    assert summary(list(import_folder(library, photos))).added == 1


def test_a_folder_reached_by_two_names_is_one_folder(library: Library, photos: Path, tmp_path: Path) -> None:
    make_photo(photos / "a.jpg")
    (tmp_path / "link").symlink_to(photos, target_is_directory=True)
    list(import_folder(library, photos))
    assert summary(list(import_folder(library, tmp_path / "link"))).unchanged == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are no text")
def test_names_of_any_bytes_become_the_right_rows(library: Library, photos: Path) -> None:
    names = [b"caf\xe9.jpg", "🏖️.jpg".encode(), "صورة.jpg".encode(), b"new\nline.jpg", b"per%cent'quote.jpg"]
    original = make_photo(photos / "plain.jpg")
    for name in names:
        shutil.copy(os.fsencode(original), os.fsencode(photos) + b"/" + name)
    index(library, photos)
    table = library.catalog.table(Order.NAME, Scope())
    on_disk = {os.fsencode(path.name) for path in library.catalog.paths(table.ids.tolist()).values()}
    assert on_disk == {b"plain.jpg", *names}
    assert library.catalog.status("colours-1", "", None).embedded == len(names) + 1


def test_a_photo_removed_from_the_library_does_not_come_back_by_itself(library: Library, photos: Path) -> None:
    make_photo(photos / "a.jpg")
    make_photo(photos / "b.jpg")
    list(import_folder(library, photos))
    assert remove_path(library, photos / "a.jpg") == 1
    list(rescan(library))
    assert shown(library) == {"b.jpg"}
    assert (photos / "a.jpg").exists()
    list(import_path(library, photos / "a.jpg"))
    assert shown(library) == {"a.jpg", "b.jpg"}


def test_a_removed_folder_stays_away_until_it_is_dropped_again(library: Library, photos: Path) -> None:
    make_photo(photos / "sub" / "a.jpg")
    make_photo(photos / "b.jpg")
    list(import_folder(library, photos))
    assert remove_path(library, photos / "sub") == 1
    make_photo(photos / "sub" / "new.jpg")
    list(rescan(library))
    assert shown(library) == {"b.jpg"}
    list(import_folder(library, photos / "sub"))
    assert shown(library) == {"a.jpg", "b.jpg", "new.jpg"}


def test_tiny_pictures_are_left_out_counted_and_come_back_when_they_grow(library: Library, photos: Path) -> None:
    icon = make_photo(photos / "icon.jpg", size=(99, 99))
    make_photo(photos / "long.jpg", size=(120, 40))
    found, read = summary(list(import_folder(library, photos))), summary(list(read_missing(library)))
    assert (found.left_out, read.left_out, read.added) == ({}, {"small": 1}, 1)
    assert shown(library) == {"long.jpg"}
    assert library.catalog.failures() == []
    again = summary(list(rescan(library)))
    assert (again.left_out, again.unchanged, again.updated) == ({"small": 1}, 1, 0)
    os.utime(icon, (1, 1))  # touched, and as small as before
    assert summary(list(rescan(library))).updated == 1
    assert summary(list(read_missing(library))).left_out == {"small": 1}
    assert shown(library) == {"long.jpg"}
    make_photo(icon, size=(200, 100))
    list(rescan(library))
    assert summary(list(read_missing(library))).left_out == {}
    assert shown(library) == {"icon.jpg", "long.jpg"}


def test_a_tiny_picture_that_goes_and_returns_stays_left_out(library: Library, photos: Path, tmp_path: Path) -> None:
    icon = make_photo(photos / "icon.jpg", size=(32, 32))
    index(library, photos)
    icon.rename(tmp_path / "icon.jpg")
    list(rescan(library))
    (tmp_path / "icon.jpg").rename(icon)
    for _ in range(2):
        list(rescan(library))
        list(read_missing(library))
    assert shown(library) == set()


def test_a_tiny_picture_that_a_person_adds_by_itself_is_kept(library: Library, photos: Path) -> None:
    icon = make_photo(photos / "icon.jpg", size=(32, 32))
    list(import_path(library, icon))
    list(read_missing(library))
    assert shown(library) == {"icon.jpg"}


def test_a_tiny_picture_that_a_person_adds_again_stays(library: Library, photos: Path) -> None:
    icon = make_photo(photos / "icon.jpg", size=(32, 32))
    list(import_folder(library, photos))
    list(read_missing(library))
    assert shown(library) == set()
    list(import_path(library, icon))
    library.catalog.forget_thumbnails(library.catalog.table(Order.NAME).ids.tolist())
    list(read_missing(library))
    assert shown(library) == {"icon.jpg"}


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_drive_that_goes_in_the_middle_of_a_walk_takes_no_photo_with_it(
    library: Library, photos: Path, tmp_path: Path, *, steps: int
) -> None:
    for name in ("a/a.jpg", "b/b.jpg", "top.jpg"):
        make_photo(photos / name)
    index(library, photos)
    ids = library.catalog.table(Order.NAME, Scope()).ids.tolist()
    walked = rescan(library)
    for _ in range(steps):
        next(walked)
    photos.rename(tmp_path / "away")
    photos.mkdir()  # the empty mount point
    list(walked)
    assert len(library.catalog.files_of(ids, only_present=True)) == 3
    assert library.catalog.roots()[0].is_offline
