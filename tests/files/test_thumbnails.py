"""Thumbnails are kept by photo id, whole or not at all."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.core.errors import CatalogUnavailable, DiskFull, TrashFailed, UnreadableImage
from app.core.types import FileId, PhotoFile, PhotoId, RgbImage
from app.files import trash
from app.files.hashing import mean_colour, perceptual_hash
from app.files.reading import read_photo
from app.files.thumbnails import ThumbnailStore
from tests.files import samples

ONE = PhotoId(1_234_567)


@pytest.fixture
def store(tmp_path: Path) -> ThumbnailStore:
    return ThumbnailStore(tmp_path / "thumbnails", edge_px=40, max_edge_px=160)


def picture() -> RgbImage:
    return np.asarray(samples.corners())


def test_what_is_written_is_read(store: ThumbnailStore) -> None:
    assert store.read(ONE) is None
    assert not store.exists(ONE)
    written = store.write(ONE, picture())
    found = store.read(ONE)
    assert found is not None
    assert samples.is_near(samples.corner_colours(found), samples.corner_colours(picture()))
    assert written == store.path(ONE).stat().st_size == store.size_bytes()
    assert store.exists(ONE)


def test_a_thousand_lie_in_one_folder(store: ThumbnailStore) -> None:
    assert store.path(PhotoId(999)).parent != store.path(PhotoId(1000)).parent
    assert store.path(PhotoId(1000)).parent == store.path(PhotoId(1999)).parent


def test_they_are_plain_jpegs_with_colour_at_full_resolution(store: ThumbnailStore) -> None:
    store.write(ONE, picture())
    with Image.open(store.path(ONE)) as image:
        assert (image.format, image.mode, image.layer[0][1:3]) == ("JPEG", "RGB", (1, 1))  # type: ignore[attr-defined]


def test_a_damaged_one_counts_as_none(store: ThumbnailStore) -> None:
    store.write(ONE, picture())
    whole = store.path(ONE).read_bytes()
    for data in (b"", b"junk", whole[: len(whole) // 2]):
        store.path(ONE).write_bytes(data)
        assert store.read(ONE) is None


def test_removing_twice_is_harmless(store: ThumbnailStore) -> None:
    store.write(ONE, picture())
    store.remove([ONE, PhotoId(5)])
    store.remove([ONE])
    assert not store.exists(ONE)
    assert store.size_bytes() == 0


def test_a_full_disk_says_so_and_leaves_the_old_one(store: ThumbnailStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write(ONE, picture())
    before = store.path(ONE).read_bytes()

    def full(_path: Path, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DiskFull):
        store.write(ONE, picture())
    assert store.path(ONE).read_bytes() == before
    assert [path.name for path in store.path(ONE).parent.iterdir()] == [f"{ONE}.jpg"]


def test_what_a_killed_program_left_half_written_is_swept_later(store: ThumbnailStore) -> None:
    store.write(ONE, picture())
    old, young = (store.folder / "unfinished" / name for name in ("7.1-2.part", "8.1-2.part"))
    for part in (old, young):
        part.write_bytes(b"half")
    os.utime(old, (1, 1))
    store.sweep()
    assert (old.exists(), young.exists(), store.exists(ONE)) == (False, True, True)


def test_a_place_that_can_not_be_written_is_told_in_our_words(tmp_path: Path) -> None:
    (tmp_path / "thumbnails").write_text("a file where the folder should be")
    with pytest.raises(CatalogUnavailable):
        ThumbnailStore(tmp_path / "thumbnails").write(ONE, picture())


def test_threads_may_write_one_photo_at_once(store: ThumbnailStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store.write(ONE, picture()), range(40)))
    assert [path.name for path in store.path(ONE).parent.iterdir()] == [f"{ONE}.jpg"]


def test_one_reading_gives_everything(store: ThumbnailStore, tmp_path: Path) -> None:
    exif = samples.exif(shot={36867: "2021:07:25 10:40:05"})
    path = samples.save(samples.corners(1200, 800), tmp_path / "a.jpg", exif=exif)
    status = path.stat()
    found = read_photo(PhotoFile(ONE, FileId(7), path, 1, 1), store)
    thumbnail = store.read(ONE)
    assert thumbnail is not None
    assert thumbnail.shape == (40, 60, 3)
    assert (found.photo_id, found.file_id) == (ONE, 7)
    assert (found.size_bytes, found.mtime_ns) == (status.st_size, status.st_mtime_ns)
    assert (found.width_px, found.height_px) == (1200, 800)
    assert found.metadata.taken_at is not None
    assert found.thumbnail_bytes == store.path(ONE).stat().st_size
    assert abs((found.mean_colour >> 16) - (mean_colour(thumbnail) >> 16)) < 4
    assert ((found.perceptual_hash ^ perceptual_hash(thumbnail)) & ((1 << 64) - 1)).bit_count() < 16


def test_a_bad_file_leaves_no_thumbnail(store: ThumbnailStore, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(samples.jpeg_bytes()[:300])
    with pytest.raises(UnreadableImage):
        read_photo(PhotoFile(ONE, FileId(7), tmp_path / "a.jpg", 1, 1), store)
    assert not store.exists(ONE)


def test_the_trash_of_the_system_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(trash, "send2trash", asked.append)
    trash.move_to_trash(tmp_path / "a.jpg")
    assert asked == [str(tmp_path / "a.jpg")]


def test_a_trash_that_refuses_says_so(tmp_path: Path) -> None:
    with pytest.raises(TrashFailed):
        trash.move_to_trash(tmp_path / "gone.jpg")
