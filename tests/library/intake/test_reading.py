"""First readings: one bad photo costs one photo, and no work is done twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from app.core.errors import DiskFull, UnreadableImage
from app.core.query import Scope
from app.core.types import FolderUnavailable, Order, PhotoId, Reason, Skipped, Stage, Summary
from app.files import reading as file_reading
from app.library.enrich.embedding import embed_missing
from app.library.intake.importing import import_folder, rescan
from app.library.intake.reading import read_missing
from app.library.library import Library
from tests.fakes import ColourEmbedder
from tests.making import index, make_photo


def photo_at(library: Library, path: Path) -> PhotoId:
    photo_id = library.catalog.photo_at(path)
    assert photo_id is not None
    return photo_id


def test_a_read_photo_knows_its_size_its_date_and_has_a_thumbnail(library: Library, photos: Path) -> None:
    index(library, [make_photo(photos / "a.jpg", size=(120, 80)), photos][1])
    photo = library.catalog.photo(photo_at(library, photos / "a.jpg"))
    assert photo is not None
    assert (photo.width_px, photo.height_px) == (120, 80)
    assert photo.taken_at == 1692553320.0  # 2023-08-20 17:42 on the camera's clock
    assert library.thumbnails.read(photo.photo_id) is not None


def test_bad_files_are_skipped_with_reasons_and_not_tried_again_until_they_change(
    library: Library, photos: Path
) -> None:
    good = make_photo(photos / "good.jpg")
    (photos / "empty.jpg").write_bytes(b"")
    (photos / "text.jpg").write_text("no picture at all")
    (photos / "cut.jpg").write_bytes(good.read_bytes()[:700])
    facts = index(library, photos)
    reasons = {fact.path.name: fact.reason for fact in facts if isinstance(fact, Skipped)}
    assert reasons["empty.jpg"] is Reason.EMPTY
    assert reasons["text.jpg"] is Reason.NOT_AN_IMAGE
    assert reasons["cut.jpg"] in {Reason.TRUNCATED, Reason.CORRUPT}
    assert len(library.catalog.failures()) == 3
    assert not [fact for fact in read_missing(library) if isinstance(fact, Skipped)]
    shutil.copy(good, photos / "cut.jpg")
    index(library, photos)
    assert {failure.path.name for failure in library.catalog.failures()} == {"empty.jpg", "text.jpg"}


def test_keywords_written_by_another_program_make_no_new_vector(library: Library, photos: Path) -> None:
    path = make_photo(photos / "a.jpg")
    index(library, photos)
    embedder = library.embedder
    assert isinstance(embedder, ColourEmbedder)
    seen = embedder.images_seen
    data = path.read_bytes()
    comment = b"\xff\xfe\x00\x08oriel!"
    path.write_bytes(data[:2] + comment + data[2:])
    index(library, photos)
    assert embedder.images_seen == seen


def test_another_picture_under_the_same_name_gets_another_vector(library: Library, photos: Path) -> None:
    path = make_photo(photos / "a.jpg", "red")
    index(library, photos)
    photo_id = photo_at(library, path)
    before = library.embeddings.vector(photo_id)
    make_photo(path, "blue", size=(80, 100))
    index(library, photos)
    after = library.embeddings.vector(photo_id)
    assert photo_at(library, path) == photo_id
    assert before is not None
    assert after is not None
    assert float(before @ after) < 0.9


def test_a_moved_photo_keeps_its_tags_and_its_vector(library: Library, photos: Path) -> None:
    old = make_photo(photos / "here" / "a.jpg")
    make_photo(photos / "here" / "stays.jpg", "blue")
    index(library, photos)
    photo_id = photo_at(library, old)
    library.catalog.add_tag([photo_id], "grandma")
    new = photos / "there" / "renamed.jpg"
    new.parent.mkdir()
    shutil.move(old, new)
    index(library, photos)
    assert photo_at(library, new) == photo_id
    assert [tag.name for tag in library.catalog.tags_of([photo_id])[photo_id]] == ["grandma"]
    assert len(library.catalog.table(Order.NAME, Scope()).ids) == 2


def test_a_move_is_recognised_when_the_old_place_is_looked_at_last(library: Library, photos: Path) -> None:
    old = make_photo(photos / "old" / "a.jpg")
    make_photo(photos / "old" / "stays.jpg", "blue")
    (photos / "new").mkdir()
    index(library, photos / "old")
    photo_id = photo_at(library, old)
    shutil.move(old, photos / "new" / "a.jpg")
    index(library, photos / "new")
    assert photo_at(library, photos / "new" / "a.jpg") != photo_id
    index(library, photos / "old")
    assert photo_at(library, photos / "new" / "a.jpg") == photo_id


def test_a_copy_is_a_photo_of_its_own(library: Library, photos: Path) -> None:
    original = make_photo(photos / "a.jpg")
    index(library, photos)
    shutil.copy(original, photos / "copy.jpg")
    index(library, photos)
    assert photo_at(library, original) != photo_at(library, photos / "copy.jpg")


def test_deleted_thumbnails_are_noticed_and_made_again(library: Library, photos: Path) -> None:
    make_photo(photos / "a.jpg")
    list(import_folder(library, photos))
    list(read_missing(library))
    photo_id = photo_at(library, photos / "a.jpg")
    shutil.rmtree(library.root / "thumbnails")
    list(embed_missing(library))  # finds no thumbnail, asks for a new reading
    list(read_missing(library))
    assert library.thumbnails.read(photo_id) is not None
    list(embed_missing(library))
    assert library.embeddings.vector(photo_id) is not None


def test_a_file_that_vanishes_before_it_is_read_costs_itself_only(library: Library, photos: Path) -> None:
    make_photo(photos / "a.jpg")
    make_photo(photos / "b.jpg", "blue")
    list(import_folder(library, photos))
    (photos / "a.jpg").unlink()
    facts = list(read_missing(library))
    assert isinstance(facts[-1], Summary)
    assert facts[-1].added == 1
    list(rescan(library))
    assert library.catalog.rows([photo_at(library, photos / "b.jpg")])[0].is_offline is False


def test_what_is_looked_at_is_read_first(library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(40):
        make_photo(photos / f"{number:02}.jpg")
    list(import_folder(library, photos))
    order: list[str] = []

    def spy(file, thumbnails):  # type: ignore[no-untyped-def]
        order.append(file.path.name)
        return file_reading.read_photo(file, thumbnails)

    monkeypatch.setattr(library.decoders, "read", spy)
    urgent = [photo_at(library, photos / f"{number:02}.jpg") for number in (31, 7)]
    list(read_missing(library, first=lambda: urgent))
    assert set(order[:2]) == {"31.jpg", "07.jpg"}
    assert len(order) == 40


def test_stopping_half_way_loses_nothing_and_repeats_nothing(library: Library, photos: Path) -> None:
    for number in range(30):
        make_photo(photos / f"{number}.jpg")
    list(import_folder(library, photos))
    facts = read_missing(library)
    next(facts)
    next(facts)
    facts.close()  # type: ignore[attr-defined]
    assert library.catalog.crashed_in_hand() == []
    left = library.catalog.count_to_read()
    rest = list(read_missing(library))[-1]
    assert isinstance(rest, Summary)
    assert rest.added == left


def test_a_photo_that_ends_the_program_when_read_alone_is_marked(library: Library, photos: Path) -> None:
    make_photo(photos / "innocent.jpg")
    make_photo(photos / "killer.jpg", "blue")
    list(import_folder(library, photos))
    files = {file.path.name: file.file_id for file in library.catalog.photos_to_read(10)}
    # A program that ends without release leaves its marks: first with both in hand, then with this one alone.
    library.catalog.mark_in_hand(list(files.values()))
    library.catalog.mark_in_hand([files["killer.jpg"]])
    library.catalog.mark_in_hand([files["killer.jpg"]])
    skipped = [fact for fact in read_missing(library) if isinstance(fact, Skipped)]
    assert [(fact.path.name, fact.reason) for fact in skipped] == [("killer.jpg", Reason.CRASHED)]
    assert library.catalog.count_to_read() == 0


def test_a_photo_that_was_in_hand_when_a_person_ended_the_program_twice_is_read(library: Library, photos: Path) -> None:
    make_photo(photos / "innocent.jpg")
    list(import_folder(library, photos))
    ids = [file.file_id for file in library.catalog.photos_to_read(10)]
    library.catalog.mark_in_hand(ids)
    library.catalog.mark_in_hand(ids)
    list(read_missing(library))
    assert (library.catalog.count_to_read(), library.catalog.failures()) == (0, [])
    assert library.catalog.crashed_in_hand() == []


def test_a_full_disk_stops_reading_as_often_as_it_is_met_and_blames_no_photo(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_photo(photos / "a.jpg")
    list(import_folder(library, photos))

    def full(*_: object) -> None:
        raise DiskFull(path=library.root)

    with monkeypatch.context() as patch:
        patch.setattr(library.decoders, "read", full)
        for _ in range(4):
            with pytest.raises(DiskFull):
                list(read_missing(library))
            assert library.catalog.crashed_in_hand() == []
            assert library.catalog.failures() == []
    list(read_missing(library))
    assert (library.catalog.count_to_read(), library.catalog.failures()) == (0, [])


@pytest.mark.parametrize("leaves_its_mount_point", [False, True])
def test_a_drive_that_goes_away_while_it_is_read_is_offline_and_read_when_it_is_back(
    library: Library, photos: Path, leaves_its_mount_point: bool
) -> None:
    for number in range(30):
        make_photo(photos / f"{number}.jpg")
    list(import_folder(library, photos))
    facts = read_missing(library)
    next(facts)
    away = photos.rename(photos.with_name("away"))
    if leaves_its_mount_point:
        photos.mkdir()
    told = list(facts)
    assert [fact.path for fact in told if isinstance(fact, FolderUnavailable)] == [photos]
    assert (library.catalog.failures(), library.catalog.count_to_read()) == ([], 0)
    assert [root.is_offline for root in library.catalog.roots()] == [True]
    assert len(library.catalog.table(Order.NEWEST).ids) == 30
    if leaves_its_mount_point:
        photos.rmdir()
    away.rename(photos)
    list(rescan(library))
    list(read_missing(library))
    status = library.catalog.status("none", "", None)
    assert (status.photos, status.read, status.failed) == (30, 30, 0)


def test_a_file_that_could_not_be_reached_is_tried_again_when_its_folder_is_looked_at(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_photo(photos / "mine.jpg")
    list(import_folder(library, photos))

    def refused(*_: object) -> None:
        raise UnreadableImage(path=path, reason=Reason.UNREADABLE)

    with monkeypatch.context() as patch:
        patch.setattr(library.decoders, "read", refused)
        list(read_missing(library))
    assert [failure.reason for failure in library.catalog.failures()] == [Reason.UNREADABLE]
    list(read_missing(library))
    assert len(library.catalog.failures()) == 1  # not by itself, for ever
    list(rescan(library))
    list(read_missing(library))
    assert (library.catalog.count_to_read(), library.catalog.failures()) == (0, [])


def test_thumbnails_deleted_after_everything_was_done_are_made_again(library: Library, photos: Path) -> None:
    for name in "abc":
        make_photo(photos / f"{name}.jpg")
    index(library, photos)
    shutil.rmtree(library.thumbnails.folder)
    list(rescan(library))
    assert library.catalog.count_to_read() == 3
    list(read_missing(library))
    assert library.thumbnails.exists(photo_at(library, photos / "a.jpg"))
    assert library.embeddings.count() == 3
    list(rescan(library))
    assert library.catalog.count_to_read() == 0


def test_embedding_goes_on_where_it_was(library: Library, photos: Path) -> None:
    for number in range(12):
        make_photo(photos / f"{number}.jpg")
    list(import_folder(library, photos))
    list(read_missing(library))
    facts = embed_missing(library)
    next(facts)
    next(facts)
    facts.close()  # type: ignore[attr-defined]
    done = library.embeddings.count()
    assert 0 < done < 12
    list(embed_missing(library))
    assert library.embeddings.count() == 12
    embedder = library.embedder
    assert isinstance(embedder, ColourEmbedder)
    assert embedder.images_seen == 12


def test_one_photo_that_the_model_cannot_use_costs_itself_only(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_photo(photos / "a.jpg")
    make_photo(photos / "bad.jpg", "black")
    list(import_folder(library, photos))
    list(read_missing(library))
    honest = ColourEmbedder().embed_images

    def picky(images: list[np.ndarray]) -> np.ndarray:
        if any(image.mean() < 40 for image in images):
            raise RuntimeError("too dark for me")
        return honest(images)

    monkeypatch.setattr(library.embedder, "embed_images", picky)
    facts = list(embed_missing(library))
    assert [fact.path.name for fact in facts if isinstance(fact, Skipped)] == ["bad.jpg"]
    assert library.embeddings.count() == 1
    assert library.catalog.failures()[0].stage is Stage.EMBED
