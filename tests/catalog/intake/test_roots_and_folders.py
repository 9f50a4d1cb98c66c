"""Roots inside and around each other, what was left out, and the sidebar's tree."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.catalog import words
from app.catalog.catalog import Catalog
from app.core.query import Scope, Term
from app.core.types import FoundFile, FoundPhoto, Order
from tests.catalog.conftest import PICTURES, Filler


def _tree(catalog: Catalog) -> list[tuple[str, int]]:
    return [(folder.path.as_posix(), folder.photo_count) for folder in catalog.folders()]


def test_a_subfolder_of_a_known_folder_adds_nothing(catalog: Catalog) -> None:
    root = catalog.add_root(PICTURES)
    assert catalog.add_root(PICTURES / "Rome") == root
    assert catalog.add_root(PICTURES / "Rome", is_whole=False) == root
    assert [found.path for found in catalog.roots()] == [PICTURES]


def test_a_folder_of_a_similar_name_is_another_one(catalog: Catalog) -> None:
    assert catalog.add_root(PICTURES) != catalog.add_root(Path("/p/Pictures 2"))


def test_the_whole_disk_is_a_folder_too(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg", folder=b"p")
    catalog.add_root(Path("/"))
    assert [found.path for found in catalog.roots()] == [Path("/")]
    assert catalog.paths(ids) == {ids[0]: PICTURES / "p" / "dog.jpg"}
    assert catalog.photo_at(PICTURES / "p" / "dog.jpg") == ids[0]


def test_a_parent_takes_its_children_over_and_photos_keep_their_ids_and_data(catalog: Catalog, fill: Filler) -> None:
    rome = fill.add("dog.jpg", folder=b"day 1", root=Path("/p/Pictures/Rome"))
    oslo = fill.add("cat.jpg", root=Path("/p/Pictures/Oslo"))
    catalog.set_rating(rome, 5)
    fill.add("bird.jpg", root=Path("/p/Pictures"))
    assert [found.path for found in catalog.roots()] == [PICTURES]
    assert catalog.paths(rome + oslo) == {
        rome[0]: PICTURES / "Rome" / "day 1" / "dog.jpg",
        oslo[0]: PICTURES / "Oslo" / "cat.jpg",
    }
    assert catalog.rows(rome)[0].rating == 5
    assert _tree(catalog) == [
        ("/p/Pictures", 3),
        ("/p/Pictures/Oslo", 1),
        ("/p/Pictures/Rome", 1),
        ("/p/Pictures/Rome/day 1", 1),
    ]
    hits = catalog.match([Term("pictures"), Term("rome")], limit=9)
    assert set(hits.ids[hits.is_whole]) == set(rome)


def test_words_that_a_killed_run_left_due_are_written_at_the_next_start(
    library: Path, catalog: Catalog, fill: Filler, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = fill.add("dog.jpg", root=PICTURES / "Rome")
    with monkeypatch.context() as patch:
        patch.setattr(words, "catch_up", lambda sql: None)
        catalog.add_root(PICTURES)
    assert catalog.match([Term("pictures")], limit=5).ids.tolist() == []
    restarted = Catalog.open(library)
    assert restarted.match([Term("pictures")], limit=5).ids.tolist() == ids
    restarted.close()


def test_a_taken_over_folder_is_known_when_it_is_walked_again(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg", folder=b"day 1", root=PICTURES / "Rome")
    assert fill.add("dog.jpg", folder=b"Rome/day 1") == ids


def test_a_root_of_single_files_becomes_whole(catalog: Catalog) -> None:
    single = catalog.add_root(PICTURES, is_whole=False)
    assert not catalog.roots()[0].is_whole
    child = catalog.add_root(PICTURES / "Rome")
    assert child != single
    assert catalog.add_root(PICTURES) == single
    assert [(root.path, root.is_whole) for root in catalog.roots()] == [(PICTURES, True)]


def test_a_removed_root_comes_back_with_its_data(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg", "cat.jpg")
    catalog.set_caption(ids[0], "Rex")
    catalog.remove_photos(ids[1:])
    root = catalog.roots()[0].root_id
    folder = catalog.folder_at(PICTURES)
    assert folder is not None
    catalog.remove_folder(folder)
    assert catalog.roots() == []
    assert catalog.folders() == []
    assert catalog.folder_at(PICTURES) is None
    assert catalog.table(Order.NAME).ids.tolist() == []
    assert catalog.add_root(PICTURES) == root
    assert catalog.captions_of(ids) == {ids[0]: "Rex"}
    assert catalog.table(Order.NAME).ids.tolist() == ids[:1]


def test_a_part_of_a_removed_root_comes_back_alone(catalog: Catalog, fill: Filler) -> None:
    rome = fill.add("dog.jpg", folder=b"Rome")
    fill.add("cat.jpg", folder=b"Oslo")
    folder = catalog.folder_at(PICTURES)
    assert folder is not None
    catalog.remove_folder(folder)
    catalog.add_root(PICTURES / "Rome")
    assert catalog.table(Order.NAME).ids.tolist() == rome
    assert _tree(catalog) == [("/p/Pictures/Rome", 1)]
    catalog.add_root(PICTURES)
    assert len(catalog.table(Order.NAME).ids) == 2
    assert fill.add("dog.jpg", folder=b"Rome") == rome


def test_a_removed_subfolder_is_left_out_until_it_is_added_again(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg", folder=b"Rome/day 1")
    root = catalog.roots()[0].root_id
    folder = catalog.folder_at(PICTURES / "Rome")
    assert folder is not None
    catalog.remove_folder(folder)
    assert catalog.is_excluded(root, b"Rome")
    assert catalog.is_excluded(root, b"Rome/day 1/morning")
    assert not catalog.is_excluded(root, b"Rome 2")
    assert catalog.table(Order.NAME).ids.tolist() == []
    catalog.add_root(PICTURES / "Rome" / "day 1")
    assert not catalog.is_excluded(root, b"Rome/day 1")
    assert catalog.table(Order.NAME).ids.tolist() == ids
    catalog.add_root(PICTURES)
    assert not catalog.is_excluded(root, b"Rome")


def test_folders_are_sorted_as_people_count(catalog: Catalog, fill: Filler) -> None:
    for name in (b"day 10", b"day 2", "émile".encode(), b"Zoe"):
        fill.add("x.jpg", folder=name)
    assert [folder.name for folder in catalog.folders()] == ["Pictures", "day 2", "day 10", "émile", "Zoe"]


def test_names_of_any_bytes_keep_their_bytes(catalog: Catalog, fill: Filler) -> None:
    names = [b"\xff\xfe.jpg", "😀🐶.jpg".encode(), "שלום-كلب.jpg".encode(), "猫.jpg".encode(), b'new\nline".jpg']
    ids = fill.add(*names, folder=b"caf\xe9")
    paths = catalog.paths(ids)
    assert [os.fsencode(paths[photo_id].name) for photo_id in ids] == names
    assert all(os.fsencode(path.parent) == b"/p/Pictures/caf\xe9" for path in paths.values())
    assert [catalog.photo_at(paths[photo_id]) for photo_id in ids] == ids
    for row in catalog.rows(ids):
        row.name.encode("utf-8")
    assert catalog.child_folders(catalog.folder(catalog.roots()[0].root_id, b"")).keys() == {b"caf\xe9"}


def test_offline_photos_stay_and_are_said_to_be_offline(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg")
    root = catalog.roots()[0].root_id
    catalog.set_offline(root, True)
    assert catalog.rows(ids)[0].is_offline
    assert catalog.folders()[0].is_offline
    assert catalog.photos_to_read(5) == []
    assert catalog.status("s", "v").offline == 1
    catalog.set_offline(root, False)
    assert not catalog.rows(ids)[0].is_offline
    assert catalog.status("s", "v").offline == 0


def test_walking_again_changes_nothing(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg", "cat.jpg")
    assert fill.add("dog.jpg", "cat.jpg") == ids
    assert len(catalog.table(Order.NAME).ids) == 2


def test_missing_files_stay_greyed_and_heal(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg", folder=b"Rome") + fill.add("cat.jpg")
    folder = catalog.folder_at(PICTURES / "Rome")
    assert folder is not None
    catalog.mark_folder_missing(folder)
    assert [row.is_offline for row in catalog.rows(ids)] == [True, False]
    assert [file.photo_id for file in catalog.photos_to_read(9)] == ids[1:]
    known = catalog.known_files(folder)[b"dog.jpg"]
    assert known.is_missing
    catalog.write_found(folder, [FoundPhoto(FoundFile(b"dog.jpg", known.size_bytes, known.mtime_ns))])
    assert [row.is_offline for row in catalog.rows(ids)] == [False, False]


def test_a_folder_as_scope_holds_all_below_it(catalog: Catalog, fill: Filler) -> None:
    deep = fill.add("dog.jpg", folder=b"Rome/day 1")
    fill.add("cat.jpg", folder=b"Rome 2")
    scope = Scope(folder_id=catalog.folder_at(PICTURES / "Rome"))
    assert catalog.table(Order.NEWEST, scope).ids.tolist() == deep
    assert catalog.scope_ids(scope).tolist() == deep


def test_a_changed_file_is_read_again_and_its_failures_forgotten(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg")
    fill.read(*ids)
    assert catalog.count_to_read() == 0
    folder = catalog.folder_at(PICTURES)
    assert folder is not None
    changed = FoundFile(b"dog.jpg", 77, 2 * 10**18)
    catalog.write_found(folder, [FoundPhoto(changed)])
    assert [(file.size_bytes, file.mtime_ns) for file in catalog.photos_to_read(5)] == [(77, 2 * 10**18)]
    assert catalog.rows(ids)[0].photo_id == ids[0]


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_removed_root_that_undo_brings_back_knows_each_place_once(
    catalog: Catalog, fill: Filler, *, is_whole: bool
) -> None:
    (photo_id,) = fill.add("dog.jpg", folder=b"Rome")
    root = catalog.add_root(PICTURES)
    catalog.remove_folder(catalog.folder(root, b""))
    catalog.add_root(PICTURES / "Rome", is_whole=is_whole)
    assert catalog.undo() == "remove_folder"
    assert [found.path for found in catalog.roots()] == [PICTURES]
    assert list(catalog.known_files(catalog.folder(root, b"Rome"))) == [b"dog.jpg"]
    catalog.add_root(PICTURES)
    assert catalog.paths([photo_id]) == {photo_id: PICTURES / "Rome" / "dog.jpg"}
