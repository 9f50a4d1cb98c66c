"""What is to be read, what reading gave, what failed, what moved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.catalog.catalog import Catalog
from app.core.query import Term
from app.core.types import DateSource, Metadata, Order, PhotoId, Reason, Stage
from tests.catalog.conftest import PICTURES, Filler


def test_the_newest_files_are_read_first_and_those_on_screen_before_them(catalog: Catalog, fill: Filler) -> None:
    one, two, three = fill.add("1.jpg", "2.jpg", "3.jpg")
    assert [file.photo_id for file in catalog.photos_to_read(9)] == [three, two, one]
    assert [file.photo_id for file in catalog.photos_to_read(2, first=[one])] == [one, three]
    assert catalog.count_to_read() == 3


def test_reading_can_be_limited_to_a_folder(catalog: Catalog, fill: Filler) -> None:
    inside = fill.add("1.jpg", folder=b"a/b")
    fill.add("2.jpg")
    under = catalog.folder_at(PICTURES / "a")
    assert [file.photo_id for file in catalog.photos_to_read(9, under=under)] == inside


def test_what_was_read_is_kept(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg")
    said = Metadata(5.5, DateSource.EXIF, 120, 48.1, 11.5, "Canon EOS", "50mm", 0.01, 1.8, 200, 50.0)
    assert fill.read(*ids, metadata=said) == []
    photo = catalog.photo(ids[0])
    assert photo is not None
    assert photo.metadata == said
    assert (photo.width_px, photo.height_px, photo.taken_at, photo.size_bytes) == (4000, 3000, 5.5, 1000)
    assert (photo.path, photo.folder, photo.name) == (PICTURES / "dog.jpg", "/p/Pictures", "dog.jpg")
    assert catalog.table(Order.NEWEST).aspects.tolist() == [pytest.approx(4 / 3)]
    assert catalog.count_to_read() == 0


def test_text_from_headers_that_no_database_takes_is_mended(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg")
    fill.read(*ids, metadata=Metadata(camera="bad \udcff camera"))
    photo = catalog.photo(ids[0])
    assert photo is not None
    assert photo.metadata.camera == "bad ? camera"


def test_another_picture_drops_what_machines_said_and_keeps_what_people_said(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg")
    fill.read(*ids, content=b"old")
    catalog.write_captions("m", [(ids[0], "a dog")])
    catalog.write_machine_tags("v", [(ids[0], [("dog", 0.9)])])
    catalog.add_tag(ids, "mine")
    store = catalog.embeddings("space", 2)
    store.add(np.array(ids), np.array([[1.0, 0.0]], np.float32))
    assert fill.read(*ids, content=b"old") == []
    assert store.count() == 1
    assert fill.read(*ids, content=b"new") == ids
    assert store.count() == 0
    assert catalog.captions_of(ids) == {}
    assert [tag.name for tag in catalog.tags_of(ids)[ids[0]]] == ["mine"]
    assert catalog.match([Term("dog", is_exact=True), Term("a", is_exact=True)], limit=5).matched[0] == 1
    assert catalog.photos_without_caption("m", 5) == ids
    store.close()


def test_a_file_that_changed_between_walk_and_reading_is_settled_in_the_end(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg")
    reading = fill.reading(ids[0])
    newer = type(reading)(**{**_fields(reading), "mtime_ns": reading.mtime_ns + 5})
    older = type(reading)(**{**_fields(reading), "mtime_ns": reading.mtime_ns - 5})
    catalog.write_reads([newer])
    assert catalog.count_to_read() == 0
    catalog.write_reads([older])
    assert catalog.count_to_read() == 1
    catalog.write_reads([older])
    assert catalog.count_to_read() == 0


def _fields(reading: object) -> dict[str, object]:
    return {name: getattr(reading, name) for name in reading.__slots__}  # type: ignore[attr-defined]


def test_failures_are_kept_until_the_file_changes_or_someone_asks(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg", "cat.jpg")
    file_id = fill.file(ids[0]).file_id
    catalog.write_failures(Stage.READ, [(ids[0], file_id, Reason.TRUNCATED, "at 12 \udcff")])
    assert [file.photo_id for file in catalog.photos_to_read(9)] == ids[1:]
    assert catalog.count_to_read() == 1
    failure = catalog.failures()[0]
    assert (failure.path, failure.stage, failure.reason) == (PICTURES / "dog.jpg", Stage.READ, Reason.TRUNCATED)
    assert [row.failure for row in catalog.rows(ids)] == [Reason.TRUNCATED, None]
    assert catalog.status("s", "v").failed == 1
    catalog.clear_failures(Stage.EMBED)
    assert catalog.count_to_read() == 1
    catalog.clear_failures(Stage.READ)
    assert catalog.count_to_read() == 2
    assert catalog.failures() == []


def test_a_failure_of_a_photo_that_is_no_more_is_passed_over(catalog: Catalog) -> None:
    catalog.write_failures(Stage.EMBED, [(PhotoId(99), None, Reason.MODEL_FAILED, "")])
    assert catalog.failures() == []


def test_a_moved_photo_keeps_its_id_and_all_its_data(catalog: Catalog, fill: Filler) -> None:
    old = fill.add("dog.jpg", folder=b"old")
    fill.read(*old, content=b"same")
    catalog.set_rating(old, 4)
    catalog.add_tag(old, "Rex")
    folder = catalog.folder_at(PICTURES / "old")
    assert folder is not None
    catalog.mark_folder_missing(folder)
    new = fill.add("rex.jpg", folder=b"new place")
    fill.read(*new, content=b"same")
    assert catalog.adopt_moved(new[0]) == old[0]
    assert catalog.photo(new[0]) is None
    assert catalog.paths(old) == {old[0]: PICTURES / "new place" / "rex.jpg"}
    row = catalog.rows(old)[0]
    assert (row.name, row.rating, row.is_offline) == ("rex.jpg", 4, False)
    assert catalog.match([Term("place")], limit=5).ids.tolist() == old
    assert catalog.match([Term("old")], limit=5).ids.tolist() == []
    assert catalog.count_to_read() == 0


def test_a_move_is_recognised_though_the_old_place_is_looked_at_last(catalog: Catalog, fill: Filler) -> None:
    old = fill.add("dog.jpg", folder=b"old")
    fill.read(*old, content=b"same")
    new = fill.add("dog.jpg", folder=b"new")
    fill.read(*new, content=b"same")
    store = catalog.embeddings("space", 2)
    store.add(np.array(old + new), np.array([[1.0, 0.0]] * 2, np.float32))
    assert catalog.moved_photos() == []
    folder = catalog.folder_at(PICTURES / "old")
    assert folder is not None
    catalog.mark_folder_missing(folder)
    assert catalog.moved_photos() == new
    assert catalog.adopt_moved(new[0]) == old[0]
    assert catalog.moved_photos() == []
    assert catalog.table(Order.NAME).ids.tolist() == old
    assert store.ids().tolist() == old
    store.close()


def test_two_copies_that_are_both_missing_stay_two(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg", "copy.jpg")
    fill.read(*ids, content=b"same")
    folder = catalog.folder_at(PICTURES)
    assert folder is not None
    catalog.mark_folder_missing(folder)
    assert catalog.moved_photos() == []
    assert catalog.adopt_moved(ids[1]) is None


def test_a_copy_is_not_a_move(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg", "copy.jpg")
    fill.read(*ids, content=b"same")
    assert catalog.adopt_moved(ids[1]) is None


def test_the_photo_of_an_unplugged_drive_was_not_moved(catalog: Catalog, fill: Filler) -> None:
    old = fill.add("dog.jpg", root=Path("/drive"))
    fill.read(*old, content=b"same")
    root = next(root.root_id for root in catalog.roots() if root.path == Path("/drive"))
    folder = catalog.folder_at(Path("/drive"))
    assert folder is not None
    catalog.mark_folder_missing(folder)
    catalog.set_offline(root, True)
    new = fill.add("dog.jpg")
    fill.read(*new, content=b"same")
    assert catalog.adopt_moved(new[0]) is None


def test_a_new_photo_that_someone_rated_stays_itself(catalog: Catalog, fill: Filler) -> None:
    old = fill.add("dog.jpg", folder=b"old")
    fill.read(*old, content=b"same")
    folder = catalog.folder_at(PICTURES / "old")
    assert folder is not None
    catalog.mark_folder_missing(folder)
    new = fill.add("dog.jpg")
    fill.read(*new, content=b"same")
    catalog.set_favourite(new, True)
    assert catalog.adopt_moved(new[0]) is None


def test_lost_thumbnails_are_made_again(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg")
    fill.read(*ids)
    assert catalog.status("s", "v").thumbnail_bytes == 100
    catalog.forget_thumbnails(ids)
    assert [file.photo_id for file in catalog.photos_to_read(5)] == ids
    assert catalog.status("s", "v").read == 0
    assert fill.read(*ids) == []


def test_what_a_killed_run_had_in_hand_is_told_with_its_attempts(library: Path) -> None:
    catalog = Catalog.open(library)
    fill = Filler(catalog)
    ids = fill.add("dog.jpg", "cat.jpg")
    files = [fill.file(photo_id).file_id for photo_id in ids]
    catalog.mark_in_hand(files)
    beside = Catalog.open(library)
    assert beside.crashed_in_hand() == []
    catalog.clear_in_hand(files[:1])
    catalog.close()
    assert [(file.file_id, attempts) for file, attempts in beside.crashed_in_hand()] == [(files[1], 1)]
    beside.mark_in_hand(files[1:])
    assert [attempts for _, attempts in beside.crashed_in_hand()] == [2]
    beside.clear_in_hand(files)
    assert beside.crashed_in_hand() == []
    beside.close()
