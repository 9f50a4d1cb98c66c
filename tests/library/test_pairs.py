"""Several files that are one photo: one tile, nothing read for nothing, nothing that was decided ever lost."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from app.catalog.intake.found import _Writing
from app.core.query import Scope
from app.core.types import Fact, FoundPhoto, Kind, Order, Photo, PhotoId, Role, Summary
from app.files.reading import read_photo
from app.files.walk.walking import found_file
from app.library.enrich.embedding import embed_missing
from app.library.intake.importing import import_path, rescan
from app.library.intake.leaving_out import leave_out
from app.library.intake.reading import read_missing
from app.library.library import Library
from tests.fakes import COLOURS
from tests.making import index, make_photo


def shown(library: Library) -> dict[str, dict[str, Role]]:
    """For each photo of the library its shown file and the others that are there."""
    ids = library.catalog.table(Order.NAME, Scope()).ids.tolist()
    found = {}
    for photo_id in ids:
        photo = seen(library, photo_id)
        others = {file.path.name: file.role for file in photo.files if file.path != photo.path and file.path.exists()}
        found[photo.path.name] = others
    return found


def seen(library: Library, photo_id: PhotoId) -> Photo:
    photo = library.catalog.photo(photo_id)
    assert photo is not None
    return photo


def id_of(library: Library, path: Path) -> PhotoId:
    photo_id = library.catalog.photo_at(path)
    assert photo_id is not None
    return photo_id


def put(path: Path, data: bytes = b"not opened") -> Path:
    path.write_bytes(data)
    return path


def scan(library: Library) -> Summary:
    last: Fact = list(rescan(library))[-1]
    assert isinstance(last, Summary)
    return last


def reads(library: Library) -> list[str]:
    """The names of the files that are read now, each with the next step done."""
    names = [file.path.name for file in library.catalog.photos_to_read(100)]
    list(read_missing(library))
    assert library.catalog.count_to_read() == 0
    return names


@pytest.fixture
def pair(library: Library, photos: Path) -> Path:
    """A JPEG with its raw, video and sidecar, read."""
    make_photo(photos / "a.jpg")
    for name in ("a.cr2", "a.mov", "a.xmp"):
        put(photos / name)
    index(library, photos)
    return photos


def test_all_files_of_a_shot_are_one_photo(library: Library, pair: Path) -> None:
    assert shown(library) == {"a.jpg": {"a.cr2": Role.TWIN, "a.mov": Role.MOTION, "a.xmp": Role.SIDECAR}}
    assert library.catalog.roots()[0].photo_count == 1
    assert library.catalog.folders()[0].photo_count == 1
    assert library.catalog.status("colours-1", "", None).photos == 1
    for name in ("a.jpg", "a.cr2", "a.mov", "a.xmp"):
        assert id_of(library, pair / name) == id_of(library, pair / "a.jpg")


def test_a_pair_is_of_its_kind_before_and_after_it_is_read(library: Library, photos: Path) -> None:
    make_photo(photos / "a.jpg")
    make_photo(photos / "b.jpg")
    put(photos / "a.cr2")
    put(photos / "b.mov")
    list(import_path(library, photos))
    kinds = {"a.jpg": Kind.RAW, "b.jpg": Kind.LIVE}
    for _ in range(2):
        assert {name: seen(library, id_of(library, photos / name)).kind for name in kinds} == kinds
        list(read_missing(library))
    assert [row.is_pair for row in library.catalog.rows([id_of(library, photos / n) for n in kinds])] == [True, False]
    (photos / "a.cr2").unlink()
    (photos / "b.mov").unlink()
    scan(library)
    assert {seen(library, id_of(library, photos / name)).kind for name in kinds} == {Kind.PHOTO}
    assert not library.catalog.rows([id_of(library, photos / "a.jpg")])[0].is_pair


def test_looking_again_changes_nothing(library: Library, pair: Path) -> None:
    again = scan(library)
    assert (again.added, again.updated, again.unchanged) == (0, 0, 1)
    assert reads(library) == []


def test_whoever_reads_is_told_of_the_other_files(library: Library, photos: Path) -> None:
    make_photo(photos / "a.jpg")
    put(photos / "a.cr2")
    put(photos / "a.jpg.xmp")
    list(import_path(library, photos))
    (file,) = library.catalog.photos_to_read(10)
    assert set(file.others) == {(photos / "a.cr2", Role.TWIN), (photos / "a.jpg.xmp", Role.SIDECAR)}
    (photos / "a.cr2").unlink()
    scan(library)
    (file,) = library.catalog.photos_to_read(10, first=[file.photo_id])
    assert file.others == ((photos / "a.jpg.xmp", Role.SIDECAR),)


def test_only_a_sidecar_that_changes_has_the_photo_read_again(library: Library, pair: Path) -> None:
    photo_id = id_of(library, pair / "a.jpg")
    vectors = library.embeddings.ids().tolist()
    put(pair / "a.cr2", b"another raw")
    put(pair / "a.mov", b"another video")
    assert scan(library).updated == 1
    assert reads(library) == []
    put(pair / "a.xmp", b"another caption")
    scan(library)
    assert reads(library) == ["a.jpg"]
    (pair / "a.xmp").unlink()
    scan(library)
    assert reads(library) == ["a.jpg"]
    put(pair / "a.jpg.xmp")
    scan(library)
    assert reads(library) == ["a.jpg"]
    assert library.embeddings.ids().tolist() == vectors == [photo_id]


def test_a_raw_that_comes_later_joins_its_photo_unread(library: Library, photos: Path) -> None:
    make_photo(photos / "a.jpg")
    index(library, photos)
    photo_id = id_of(library, photos / "a.jpg")
    put(photos / "a.cr2")
    facts = scan(library)
    assert (facts.added, facts.updated) == (0, 1)
    assert id_of(library, photos / "a.cr2") == photo_id
    assert seen(library, id_of(library, photos / "a.jpg")).kind is Kind.RAW
    assert reads(library) == []


def test_an_edited_twin_that_comes_later_is_shown_and_all_that_was_decided_stays(
    library: Library, photos: Path
) -> None:
    make_photo(photos / "IMG_1234.JPG", "red")
    index(library, photos)
    photo_id = id_of(library, photos / "IMG_1234.JPG")
    library.catalog.set_rating([photo_id], 4)
    library.catalog.add_tag([photo_id], "grandma")
    make_photo(photos / "IMG_E1234.JPG", "blue")
    index(library, photos)
    assert shown(library) == {"IMG_E1234.JPG": {"IMG_1234.JPG": Role.UNEDITED}}
    photo = seen(library, photo_id)
    assert (photo.rating, [tag.name for tag in photo.tags]) == (4, ["grandma"])
    assert photo.path == photos / "IMG_E1234.JPG"
    assert photo.name == "IMG_E1234.JPG"


def test_what_is_shown_goes_and_comes_back(library: Library, photos: Path, tmp_path: Path) -> None:
    edited = make_photo(photos / "IMG_E1234.JPG", "blue")
    make_photo(photos / "IMG_1234.JPG", "red")
    index(library, photos)
    photo_id = id_of(library, edited)
    library.catalog.set_rating([photo_id], 5)
    shutil.move(edited, tmp_path / "aside.jpg")
    assert scan(library).updated == 1
    assert shown(library) == {"IMG_1234.JPG": {}}
    assert not library.catalog.rows([photo_id])[0].is_offline
    assert reads(library) == ["IMG_1234.JPG"]
    shutil.move(tmp_path / "aside.jpg", edited)
    scan(library)
    assert shown(library) == {"IMG_E1234.JPG": {"IMG_1234.JPG": Role.UNEDITED}}
    assert reads(library) == ["IMG_E1234.JPG"]
    assert id_of(library, edited) == photo_id
    assert seen(library, photo_id).rating == 5
    assert scan(library).unchanged == 1


def test_a_raw_stands_in_for_its_picture_while_that_is_away(library: Library, pair: Path, tmp_path: Path) -> None:
    photo_id = id_of(library, pair / "a.jpg")
    library.catalog.set_favourite([photo_id], True)
    shutil.move(pair / "a.jpg", tmp_path / "a.jpg")
    scan(library)
    assert seen(library, photo_id).path == pair / "a.cr2"
    assert (seen(library, photo_id).kind, seen(library, photo_id).is_favourite) == (Kind.RAW, True)
    assert [file.path.name for file in library.catalog.photos_to_read(9) if file.photo_id == photo_id] == ["a.cr2"]
    shutil.move(tmp_path / "a.jpg", pair / "a.jpg")
    scan(library)
    assert shown(library) == {"a.jpg": {"a.cr2": Role.TWIN, "a.mov": Role.MOTION, "a.xmp": Role.SIDECAR}}
    assert id_of(library, pair / "a.mov") == photo_id
    assert "a.jpg" in reads(library)


def test_a_pattern_takes_a_file_from_its_photo_and_gives_it_back(library: Library, pair: Path) -> None:
    photo_id = id_of(library, pair / "a.jpg")
    library.catalog.set_rating([photo_id], 3)
    leave_out(library, ["*.jpg"])
    scan(library)
    assert seen(library, photo_id).path == pair / "a.cr2"
    leave_out(library, [])
    scan(library)
    assert id_of(library, pair / "a.jpg") == id_of(library, pair / "a.cr2") == photo_id
    assert seen(library, photo_id).path == pair / "a.jpg"
    assert seen(library, photo_id).rating == 3


def test_a_pair_whose_files_are_all_gone_is_greyed_and_heals(library: Library, pair: Path, tmp_path: Path) -> None:
    make_photo(pair / "stays.jpg", "blue")
    index(library, pair)
    photo_id = id_of(library, pair / "a.jpg")
    aside = tmp_path / "aside"
    aside.mkdir()
    for name in ("a.jpg", "a.cr2", "a.mov"):
        shutil.move(pair / name, aside / name)
    scan(library)
    assert library.catalog.rows([photo_id])[0].is_offline  # its sidecar alone is nothing to look at
    for name in ("a.jpg", "a.cr2", "a.mov"):
        shutil.move(aside / name, pair / name)
    scan(library)
    assert not library.catalog.rows([photo_id])[0].is_offline
    assert shown(library)["a.jpg"] == {"a.cr2": Role.TWIN, "a.mov": Role.MOTION, "a.xmp": Role.SIDECAR}


@pytest.mark.parametrize("takes_raw", [True, False])
def test_a_pair_that_was_moved_keeps_its_photo(library: Library, pair: Path, *, takes_raw: bool) -> None:
    make_photo(pair / "stays.jpg", "blue")
    photo_id = id_of(library, pair / "a.jpg")
    library.catalog.set_rating([photo_id], 3)
    new = pair / "new"
    new.mkdir()
    shutil.move(pair / "a.jpg", new / "a.jpg")
    for name in ("a.cr2", "a.mov"):
        if takes_raw:
            shutil.move(pair / name, new / name)
        else:
            (pair / name).unlink()
    index(library, pair)
    assert id_of(library, new / "a.jpg") == photo_id
    assert seen(library, photo_id).rating == 3
    assert len(seen(library, photo_id).files) == (3 if takes_raw else 1)


def apart(library: Library, photos: Path, *names: str) -> list[PhotoId]:
    """Files as a photo each, as a library has them that was made before pairs were known."""
    paths = [make_photo(photos / name, colour) for name, colour in zip(names, COLOURS, strict=False)]
    folder_id = library.catalog.folder(library.catalog.add_root(photos), b"")
    library.catalog.write_found(folder_id, [FoundPhoto(found_file(path)) for path in paths])
    list(read_missing(library))
    list(embed_missing(library))
    return [id_of(library, path) for path in paths]


def test_two_photos_that_are_one_become_one_with_all_that_was_decided(library: Library, photos: Path) -> None:
    before, edited = apart(library, photos, "IMG_1234.JPG", "IMG_E1234.JPG")
    library.catalog.set_rating([before], 4)
    library.catalog.set_favourite([before], True)
    library.catalog.set_caption(before, "before the edit")
    library.catalog.add_tag([before], "grandma")
    library.catalog.set_rating([edited], 2)
    library.catalog.set_caption(edited, "after the edit")
    library.catalog.add_tag([edited], "garden")
    facts = scan(library)
    assert (facts.added, facts.updated) == (0, 1)
    (photo_id,) = library.catalog.table(Order.NAME, Scope()).ids.tolist()
    photo = seen(library, photo_id)
    assert (photo.rating, photo.is_favourite, photo.caption) == (4, True, "after the edit")
    assert {tag.name for tag in photo.tags if not tag.is_machine} == {"grandma", "garden"}
    assert shown(library) == {"IMG_E1234.JPG": {"IMG_1234.JPG": Role.UNEDITED}}
    gone = ({before, edited} - {photo_id}).pop()
    assert library.catalog.photo(gone) is None
    assert not library.thumbnails.exists(gone)
    assert library.embeddings.ids().tolist() == [photo_id]
    assert scan(library).unchanged == 1


def test_the_photo_that_a_person_decided_about_is_the_one_that_stays(library: Library, photos: Path) -> None:
    before, _ = apart(library, photos, "IMG_1234.JPG", "IMG_E1234.JPG")
    library.catalog.add_tag([before], "grandma")
    scan(library)
    assert library.catalog.table(Order.NAME, Scope()).ids.tolist() == [before]
    assert reads(library) == ["IMG_E1234.JPG"]  # its own picture was the other one's


def test_where_nothing_was_decided_nothing_is_read_again(library: Library, photos: Path) -> None:
    _, edited = apart(library, photos, "IMG_1234.JPG", "IMG_E1234.JPG")
    scan(library)
    assert library.catalog.table(Order.NAME, Scope()).ids.tolist() == [edited]
    assert reads(library) == []


def test_undo_reaches_what_was_decided_about_a_photo_that_is_a_part_of_another_now(
    library: Library, photos: Path
) -> None:
    before, edited = apart(library, photos, "IMG_1234.JPG", "IMG_E1234.JPG")
    library.catalog.set_rating([edited], 5)
    library.catalog.add_tag([before], "grandma")
    scan(library)
    (photo_id,) = library.catalog.table(Order.NAME, Scope()).ids.tolist()
    assert library.catalog.undo() == "add_tag"
    assert not [tag for tag in seen(library, photo_id).tags if not tag.is_machine]
    assert seen(library, photo_id).rating == 5
    assert library.catalog.redo() == "add_tag"
    assert [tag.name for tag in seen(library, photo_id).tags if not tag.is_machine] == ["grandma"]
    library.catalog.undo()
    assert library.catalog.undo() == "rating"
    assert seen(library, photo_id).rating == 0


@pytest.mark.parametrize("step", range(1, 40, 2))
def test_killed_while_merging_the_next_scan_does_the_rest(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    ids = apart(library, photos, "IMG_1234.JPG", "IMG_E1234.JPG")
    for number, photo_id in enumerate(ids):
        library.catalog.add_tag([photo_id], f"tag{number}")
    sql = library.catalog._sql
    run, calls = sql.run, iter(range(1, 1000))

    def dying(statement: str, parameters: Sequence[object] = ()) -> int:
        if next(calls) == step:
            raise KeyboardInterrupt
        return run(statement, parameters)

    monkeypatch.setattr(sql, "run", dying)
    with suppress(KeyboardInterrupt):
        scan(library)
    monkeypatch.undo()
    scan(library)
    list(read_missing(library))
    (photo_id,) = library.catalog.table(Order.NAME, Scope()).ids.tolist()
    assert {tag.name for tag in seen(library, photo_id).tags if not tag.is_machine} == {"tag0", "tag1"}
    assert shown(library) == {"IMG_E1234.JPG": {"IMG_1234.JPG": Role.UNEDITED}}


def test_a_photo_whose_files_turn_out_to_be_two_keeps_the_one_that_is_shown(library: Library, photos: Path) -> None:
    make_photo(photos / "a.jpg")
    put(photos / "a.cr2")
    index(library, photos)
    photo_id = id_of(library, photos / "a.jpg")
    put(photos / "a.heic")  # what is in it does not matter to a scan
    scan(library)
    assert shown(library) == {"a.jpg": {}, "a.heic": {"a.cr2": Role.TWIN}}
    assert id_of(library, photos / "a.jpg") == photo_id
    assert seen(library, photo_id).kind is Kind.PHOTO
    assert scan(library).unchanged == 2


def test_what_a_person_removed_stays_out_with_what_belongs_to_it(library: Library, pair: Path) -> None:
    photo_id = id_of(library, pair / "a.jpg")
    library.catalog.remove_photos([photo_id])
    put(pair / "a.jpg.xmp")
    scan(library)
    assert shown(library) == {}
    list(import_path(library, pair / "a.jpg"))
    assert set(shown(library)["a.jpg"]) == {"a.cr2", "a.mov", "a.xmp", "a.jpg.xmp"}
    assert id_of(library, pair / "a.jpg") == photo_id


def test_a_removed_picture_is_no_part_of_an_edited_one_that_stays(library: Library, photos: Path) -> None:
    before, edited = apart(library, photos, "IMG_1234.JPG", "IMG_E1234.JPG")
    library.catalog.remove_photos([before])
    for _ in range(2):
        assert (scan(library).unchanged, shown(library)) == (1, {"IMG_E1234.JPG": {}})
    assert id_of(library, photos / "IMG_E1234.JPG") == edited


def test_a_single_file_brings_what_is_one_photo_with_it_and_nothing_else(library: Library, photos: Path) -> None:
    make_photo(photos / "a.jpg")
    make_photo(photos / "b.jpg")
    put(photos / "a.cr2")
    list(import_path(library, photos / "a.jpg"))
    assert shown(library) == {"a.jpg": {"a.cr2": Role.TWIN}}
    put(photos / "a.xmp")
    put(photos / "b.xmp")
    scan(library)
    assert shown(library) == {"a.jpg": {"a.cr2": Role.TWIN, "a.xmp": Role.SIDECAR}}


def test_a_reading_that_comes_too_late_is_not_believed(library: Library, photos: Path) -> None:
    make_photo(photos / "IMG_1234.JPG", "red")
    list(import_path(library, photos))
    (file,) = library.catalog.photos_to_read(10)
    late = read_photo(file, library.thumbnails)
    make_photo(photos / "IMG_E1234.JPG", "blue", size=(64, 64))
    scan(library)
    library.catalog.write_reads([late])
    assert reads(library) == ["IMG_E1234.JPG"]
    assert seen(library, file.photo_id).width_px == 64


def test_a_folder_of_many_files_is_written_in_small_transactions(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(150):
        for suffix in ("jpg", "cr2"):
            (photos / f"{number}.{suffix}").touch()
    sizes = []
    write = _Writing.write
    monkeypatch.setattr(
        _Writing, "write", lambda self, found: (sizes.append(sum(len(f.files) for f in found)), write(self, found))[1]
    )
    assert list(import_path(library, photos))[-1].added == 150  # type: ignore[union-attr]
    assert (max(sizes), sum(sizes)) == (200, 300)


def test_no_file_is_opened_to_find_out(library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.jpg", "a.cr2", "a.mov", "a.xmp", "a.jpg.json"):
        (photos / name).touch()
    opened: list[str] = []
    sys.addaudithook(lambda event, found: opened.append(str(found[0])) if event == "open" else None)
    list(import_path(library, photos))
    scan(library)
    assert [path for path in opened if str(photos) in path] == []


def test_a_small_picture_is_a_photo_as_soon_as_its_raw_is_there(library: Library, photos: Path) -> None:
    make_photo(photos / "a.jpg", size=(60, 60))
    index(library, photos)
    assert shown(library) == {}
    put(photos / "a.cr2")
    scan(library)
    assert reads(library) == ["a.jpg"]
    assert shown(library) == {"a.jpg": {"a.cr2": Role.TWIN}}
    assert scan(library).unchanged == 1


@pytest.mark.parametrize("comes", [True, False])
def test_a_sidecar_that_changes_while_its_photo_is_read_is_read_too(
    library: Library, photos: Path, *, comes: bool
) -> None:
    make_photo(photos / "a.jpg")
    if not comes:
        put(photos / "a.xmp")
    list(import_path(library, photos))
    (file,) = library.catalog.photos_to_read(10)
    library.catalog.mark_in_hand([file.file_id])
    read = read_photo(file, library.thumbnails)
    if comes:
        put(photos / "a.xmp")
    else:
        (photos / "a.xmp").unlink()
    scan(library)
    library.catalog.write_reads([read])
    library.catalog.clear_in_hand([file.file_id])
    assert reads(library) == ["a.jpg"]


def test_a_moved_photo_says_what_its_new_place_says(library: Library, photos: Path) -> None:
    make_photo(photos / "a.jpg")
    make_photo(photos / "stays.jpg", "blue")
    index(library, photos)
    photo_id = id_of(library, photos / "a.jpg")
    library.catalog.set_rating([photo_id], 3)
    new = photos / "new"
    new.mkdir()
    shutil.move(photos / "a.jpg", new / "a.jpg")
    put(new / "a.mov")
    said = {"title": "a.jpg", "description": "at the lake", "favorited": True}
    put(new / "a.jpg.json", json.dumps(said | {"geoData": {"latitude": 48.5, "longitude": 11.5}}).encode())
    index(library, photos)
    photo = seen(library, photo_id)
    assert (photo.path, photo.kind, photo.rating, photo.caption) == (new / "a.jpg", Kind.LIVE, 3, "at the lake")
    assert photo.metadata.latitude == 48.5
    library.catalog.set_caption(photo_id, "mine")
    for path in new.iterdir():
        shutil.move(path, photos / path.name)
    index(library, photos)
    assert (seen(library, photo_id).path, seen(library, photo_id).caption) == (photos / "a.jpg", "mine")


def test_the_time_of_copying_is_no_date_of_a_moved_photo(library: Library, photos: Path) -> None:
    make_photo(photos / "stays.jpg", "blue")
    old = photos / "plain.png"
    Image.new("RGB", (200, 200), (200, 30, 40)).save(old)
    os.utime(old, (1e9, 1e9))
    index(library, photos)
    photo_id = id_of(library, old)
    before = seen(library, photo_id).taken_at
    (photos / "new").mkdir()
    shutil.copyfile(old, photos / "new" / "plain.png")
    old.unlink()
    index(library, photos)
    assert id_of(library, photos / "new" / "plain.png") == photo_id
    assert seen(library, photo_id).taken_at == before


def test_a_single_file_that_a_walk_passes_over_is_of_its_kind(library: Library, photos: Path) -> None:
    (photos / ".nomedia").touch()
    raw = put(photos / "a.cr2")
    for step in (import_path(library, raw), rescan(library)):
        list(step)
        assert seen(library, id_of(library, raw)).kind is Kind.RAW


def test_the_files_of_a_photo_are_those_that_are_there(library: Library, pair: Path) -> None:
    photo_id = id_of(library, pair / "a.jpg")
    make_photo(pair / "stays.jpg", "blue")
    leave_out(library, ["*.cr2"])
    (pair / "a.mov").unlink()
    scan(library)
    assert [file.path.name for file in seen(library, photo_id).files] == ["a.jpg", "a.xmp"]
    for name in ("a.jpg", "a.xmp"):
        (pair / name).unlink()
    scan(library)
    assert len(seen(library, photo_id).files) == 4
