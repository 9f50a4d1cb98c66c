"""A walk finds every picture once, counts what it passes over, and ends whatever the folder is like."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from app.core.errors import PathMissing
from app.files.walk import formats
from app.files.walk.ignoring import Ignoring
from app.files.walk.online import is_online_only
from app.files.walk.volumes import volume_of
from app.files.walk.walking import FoundFolder, LeftOut, found_file, walk

LEFT_OUT = LeftOut.read(Path(__file__).parents[3] / "resources" / "left_out.txt")


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x" * len(name))


def walked(root: Path, **options: object) -> dict[bytes, FoundFolder]:
    found = list(walk(root, left_out=LEFT_OUT, **options))  # type: ignore[arg-type]
    assert len({folder.relative for folder in found}) == len(found)
    return {folder.relative: folder for folder in found}


def names(found: dict[bytes, FoundFolder]) -> set[bytes]:
    return {folder.relative + b"|" + file.name for folder in found.values() for file in folder.files}


def test_pictures_are_found_in_every_folder_by_any_case(tmp_path: Path) -> None:
    put(tmp_path, "b.JPG", "a.png", "deep/er/c.HeIc", "deep/d.tiff", "empty/.keep")
    found = walked(tmp_path)
    assert names(found) == {b"|a.png", b"|b.JPG", b"deep/er|c.HeIc", b"deep|d.tiff"}
    assert [file.name for file in found[b""].files] == [b"a.png", b"b.JPG"]
    assert found[b"empty"].files == []
    file = found[b""].files[1]
    status = (tmp_path / "b.JPG").stat()
    assert (file.size_bytes, file.mtime_ns) == (status.st_size, status.st_mtime_ns)


def test_folders_come_from_the_top_in_order(tmp_path: Path) -> None:
    put(tmp_path, "b/1.jpg", "a/2/1.jpg", "a/1/1.jpg")
    assert list(walked(tmp_path)) == [b"", b"a", b"a/1", b"a/2", b"b"]


def test_what_is_passed_over_is_counted_by_kind(tmp_path: Path) -> None:
    put(tmp_path, "a.rm", "b.OGV", "c.xmp", "d.pdf", "e.svg", "f", "g.mp3", "h.zip", ".hidden.jpg", "._a.jpg")
    put(tmp_path, "@eaDir/a.jpg", ".thumbnails/a.jpg", "x.lrdata/a.jpg", "$RECYCLE.BIN/a.jpg", "Thumbs.db")
    found = walked(tmp_path)
    counts = {"video": 2, "sidecar": 1, "document": 1, "other_image": 1, "other": 1, "audio": 1, "archive": 1}
    assert found[b""].left_out == Counter(counts | {"hidden": 7})
    assert names(found) == set()
    assert list(found) == [b""]


@pytest.mark.parametrize(
    ("name", "is_folder", "is_left_out"),
    [
        ("Photos Library.photoslibrary", True, False),
        ("PHOTOS.LRDATA", True, True),
        ("@EADIR", True, True),
        ("lost+found", True, True),
        ("#recycle", True, True),
        ("@eaDir", False, False),
        ("Holidays", True, False),
        ("desktop.ini", False, True),
        ("[a].jpg", False, False),
        ("~backup.jpg", False, True),
    ],
)
def test_the_list_names_folders_and_files(name: str, is_folder: bool, is_left_out: bool) -> None:
    asked = LEFT_OUT.has_folder if is_folder else LEFT_OUT.has_file
    assert asked(name.encode()) is is_left_out


def test_the_folder_that_was_dropped_is_taken_whatever_its_name(tmp_path: Path) -> None:
    put(tmp_path, ".hidden/a.jpg")
    assert names(walked(tmp_path / ".hidden")) == {b"|a.jpg"}


def test_excluded_folders_are_passed_over_with_all_below(tmp_path: Path) -> None:
    put(tmp_path, "a/b/c/1.jpg", "a/2.jpg")
    found = walked(tmp_path, is_excluded=lambda relative: relative == b"a/b")
    assert names(found) == {b"a|2.jpg"}


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_to_folders_are_not_followed_and_links_to_files_are(tmp_path: Path) -> None:
    put(tmp_path, "a/1.jpg")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "a" / "self.jpg").symlink_to(tmp_path / "a" / "self.jpg")
    (tmp_path / "a" / "broken.jpg").symlink_to(tmp_path / "gone")
    (tmp_path / "2.jpg").symlink_to(tmp_path / "a" / "1.jpg")
    found = walked(tmp_path)
    assert names(found) == {b"|2.jpg", b"a|1.jpg"}
    assert found[b"a"].left_out["link"] == 1
    assert found[b"a"].error is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are a thing of Unix")
def test_pipes_and_devices_are_no_pictures(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "null.jpg").symlink_to("/dev/null")
    (tmp_path / "folder.jpg").mkdir()
    found = walked(tmp_path)
    assert found[b""].files == []
    assert found[b""].left_out == Counter(special=2)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are always Unicode there")
def test_names_of_any_bytes_are_kept(tmp_path: Path) -> None:
    top = os.fsencode(tmp_path)
    strange = [b"\xff\xfe.jpg", "🏖️ שלום\n.jpg".encode(), b"a b'\".jpg"]
    Path(os.fsdecode(top + b"/\xe9t\xe9")).mkdir()
    for name in strange:
        for folder in (b"/", b"/\xe9t\xe9/"):
            os.close(os.open(top + folder + name, os.O_CREAT))
    found = walked(tmp_path)
    assert {file.name for file in found[b""].files} == set(strange)
    assert {file.name for file in found[b"\xe9t\xe9"].files} == set(strange)


def test_a_folder_that_is_not_there_yields_its_error(tmp_path: Path) -> None:
    found = walked(tmp_path / "gone")
    assert isinstance(found[b""].error, FileNotFoundError)
    put(tmp_path, "file.jpg")
    assert isinstance(walked(tmp_path / "file.jpg")[b""].error, OSError)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_may_not_be_read_yields_its_error_and_the_walk_goes_on(tmp_path: Path) -> None:
    put(tmp_path, "a/1.jpg", "b/2.jpg")
    (tmp_path / "a").chmod(0)
    try:
        found = walked(tmp_path)
    finally:
        (tmp_path / "a").chmod(0o700)
    assert isinstance(found[b"a"].error, PermissionError)
    assert names(found) == {b"b|2.jpg"}


def test_a_folder_that_vanishes_during_the_walk_yields_its_error(tmp_path: Path) -> None:
    put(tmp_path, "a/1.jpg", "b/2.jpg")
    steps = walk(tmp_path, left_out=LEFT_OUT)
    assert next(steps).error is None
    (tmp_path / "a" / "1.jpg").unlink()
    (tmp_path / "a").rmdir()
    told = [(folder.relative, type(folder.error)) for folder in steps]
    assert told == [(b"a", FileNotFoundError), (b"b", type(None))]


def test_a_drive_that_fails_half_way_is_an_error_not_an_empty_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "1.jpg", "2.jpg")

    class Failing:
        def __init__(self, entries: list[os.DirEntry[bytes]]) -> None:
            self._entries = iter(entries[:1])

        def __enter__(self) -> Failing:
            return self

        def __exit__(self, *_: object) -> None: ...

        def __iter__(self) -> Failing:
            return self

        def __next__(self) -> os.DirEntry[bytes]:
            for entry in self._entries:
                return entry
            raise OSError(5, "Input/output error")

    entries = list(os.scandir(os.fsencode(tmp_path)))
    monkeypatch.setattr(os, "scandir", lambda _path: Failing(entries))
    found = walked(tmp_path)[b""]
    assert found.error is not None
    assert found.error.errno == 5


def test_a_deep_folder_does_not_overflow(tmp_path: Path) -> None:
    deep = tmp_path / "/".join("d" * 150)
    deep.mkdir(parents=True)
    put(deep, "1.jpg")
    assert len(walked(tmp_path)) == 151


def test_one_file_is_found_as_a_walk_finds_it(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg")
    assert found_file(tmp_path / "a.jpg") == walked(tmp_path)[b""].files[0]
    for missing in (tmp_path / "gone.jpg", tmp_path):
        with pytest.raises(PathMissing):
            found_file(missing)


def test_kinds_are_told_by_suffix() -> None:
    asked = ["a.jpeg", "A.CRW", "b.kdc", "c.dng", "d.mov", "noext", ".jpg", "e.jpg.txt", b"f.\xff"]
    told = ["picture", "raw", "raw", "raw", "video", "other", "other", "document", "other"]
    assert [formats.kind_of(name) for name in asked] == told


def test_a_volume_has_a_name_and_a_missing_path_has_none(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert volume_of(tmp_path) == volume_of(tmp_path / "a")
    assert volume_of(tmp_path / "gone") is None


def ignoring(root: Path, *patterns: str) -> dict[bytes, FoundFolder]:
    return walked(root, ignoring=Ignoring.of(patterns))


def test_a_persons_patterns_leave_files_and_folders_out_and_say_which(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg", "b.GIF", "Export/a.jpg", "deep/export/b.jpg", "deep/c.jpg")
    found = ignoring(tmp_path, "*.gif", "export/")
    assert names(found) == {b"|a.jpg", b"deep|c.jpg"}
    assert found[b""].ignored == {b"b.GIF", b"Export"}
    assert found[b""].left_out["ignored"] == 2
    assert list(found) == [b"", b"deep"]


def test_an_ignore_file_holds_from_its_folder_down_and_has_the_last_word(tmp_path: Path) -> None:
    put(tmp_path, "a.png", "in/a.png", "in/keep.png", "in/b.jpg", "in/below/b.jpg")
    (tmp_path / "in" / ".orielignore").write_text("# not these\n/b.jpg\n!keep.png\n")
    found = ignoring(tmp_path, "*.png")
    assert names(found) == {b"in|keep.png", b"in/below|b.jpg"}


def test_a_folder_with_nomedia_is_there_but_nothing_of_it_is_wanted(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg", "app/.nomedia", "app/b.jpg", "app/below/c.jpg")
    found = walked(tmp_path)
    assert names(found) == {b"|a.jpg"}
    assert found[b"app"].ignored == {b"", b"b.jpg", b"below"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_an_ignore_file_that_is_a_pipe_or_senseless_keeps_nothing_waiting(tmp_path: Path) -> None:
    put(tmp_path, "pipe/a.jpg", "odd/a.jpg")
    os.mkfifo(tmp_path / "pipe" / ".orielignore")
    (tmp_path / "odd" / ".orielignore").write_bytes(b"\xff\xfe\0[\n!\n" + b"*a*a*a*a*a*a*a*a*b\n" + b"/" * 300_000)
    assert names(walked(tmp_path)) == {b"pipe|a.jpg", b"odd|a.jpg"}


def test_of_a_photos_library_only_the_originals_are_taken(tmp_path: Path) -> None:
    package = "My.photoslibrary"
    put(tmp_path, f"{package}/originals/0/a.heic", f"{package}/resources/derivatives/a.jpg", f"{package}/b.jpg")
    put(tmp_path, "Old.PhotosLibrary/Masters/c.jpg", "Old.PhotosLibrary/Thumbnails/c.jpg")
    expected = {b"My.photoslibrary/originals/0|a.heic", b"Old.PhotosLibrary/Masters|c.jpg"}
    assert names(walked(tmp_path)) == expected
    assert names(walked(tmp_path / package)) == {b"originals/0|a.heic"}


def test_a_cloud_drives_placeholder_is_told_by_its_marks() -> None:
    def status(**marks: int) -> os.stat_result:
        return cast(os.stat_result, SimpleNamespace(**marks))

    assert is_online_only(status(st_file_attributes=0x400020))
    assert is_online_only(status(st_flags=0x40000000))
    assert not is_online_only(status(st_file_attributes=0x20, st_flags=0x8000))
    assert not is_online_only(status())


def test_a_walk_of_a_part_heeds_what_lies_above_it(tmp_path: Path) -> None:
    put(tmp_path, "a/b/1.jpg", "a/b/c/2.png", "a/no/3.jpg", "off/.nomedia", "off/in/4.jpg")
    (tmp_path / "a" / ".orielignore").write_text("*.png\n/no\n")
    assert names(walked(tmp_path, start=b"a/b")) == {b"a/b|1.jpg"}
    assert walked(tmp_path, start=b"a/no")[b"a/no"].ignored == {b""}
    assert walked(tmp_path, start=b"off/in")[b"off/in"].ignored == {b""}
    assert walked(tmp_path, start=b"a/b", ignoring=Ignoring.of(["/a/"]))[b"a/b"].ignored == {b""}
