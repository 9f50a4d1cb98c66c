"""Decoding in child processes: whatever a decoder does costs one file, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest

from app.core.errors import CatalogUnavailable, DecodersUnavailable, UnreadableImage
from app.core.types import FileId, PhotoFile, PhotoId, Reason
from app.files.decoding import decode_full
from app.files.isolation.child import Limits
from app.files.isolation.pool import DecoderPool
from app.files.reading import read_photo
from app.files.thumbnails import ThumbnailStore
from tests.files.limits import ShortForTiny, make_endless
from tests.making import make_photo

ROOT = Path(__file__).resolve().parents[2]
FAULTY = "tests.files.faulty_work"
SHORT = ShortForTiny(usual_bytes=200 << 20, large_bytes=600 << 20, full_bytes=600 << 20)
PATIENCE_S = 60.0


@pytest.fixture
def store(tmp_path: Path) -> ThumbnailStore:
    return ThumbnailStore(tmp_path / "thumbnails")


@pytest.fixture
def pool() -> Iterator[DecoderPool]:
    """Decoders that fail as the file's name says."""
    made = DecoderPool(2, work=FAULTY, limits=SHORT)
    yield made
    made.close()
    assert children_of(os.getpid()) == []


def children_of(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def wait_until(is_so: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < until, "it never came to this"
        time.sleep(0.02)


def a_file(path: Path, number: int = 1) -> PhotoFile:
    if not path.exists():
        make_photo(path)
    status = path.stat()
    return PhotoFile(PhotoId(number), FileId(number), path, status.st_size, status.st_mtime_ns)


def failure(pool: DecoderPool, store: ThumbnailStore, path: Path) -> tuple[Reason, str]:
    with pytest.raises(UnreadableImage) as caught:
        pool.read(a_file(path), store)
    assert caught.value.fields["path"] == path
    return Reason(str(caught.value.fields["reason"])), str(caught.value.fields["detail"])


def is_well(pool: DecoderPool, store: ThumbnailStore, folder: Path) -> bool:
    return pool.read(a_file(folder / "well.jpg"), store).width_px == 144


def test_a_child_reads_what_the_program_itself_would(tmp_path: Path, store: ThumbnailStore, pool: DecoderPool) -> None:
    file = a_file(tmp_path / "a.jpg")
    assert pool.read(file, store) == read_photo(file, ThumbnailStore(tmp_path / "others"))
    assert store.read(file.photo_id) is not None


@pytest.mark.skipif(sys.platform == "win32", reason="names are text on Windows")
def test_a_name_that_is_no_text_reaches_the_child(tmp_path: Path, store: ThumbnailStore, pool: DecoderPool) -> None:
    path = make_photo(tmp_path / "a.jpg").rename(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n.jpg"))
    assert pool.read(a_file(path), store).width_px == 144


def test_a_child_gives_the_pixels_that_the_program_itself_would(tmp_path: Path, pool: DecoderPool) -> None:
    for size in ((640, 480), (97, 31)):
        path = make_photo(tmp_path / f"{size[0]}.jpg", size=size)
        assert np.array_equal(pool.decode_full(path), decode_full(path))
        assert np.array_equal(pool.decode_full(path, 50), decode_full(path, 50))


def test_no_child_is_started_before_the_first_picture_and_a_child_knows_nothing_of_window_and_models(
    tmp_path: Path, store: ThumbnailStore
) -> None:
    pool = DecoderPool(2)
    assert children_of(os.getpid()) == []
    pool.read(a_file(tmp_path / "a.jpg"), store)
    (child,) = children_of(os.getpid())
    if sys.platform == "linux":
        loaded = Path(f"/proc/{child.pid}/maps").read_text()
        assert not [name for name in ("PySide6", "libtorch", "faiss", "_sqlite3", "cv2") if name in loaded]
        told = child.memory_full_info()
        assert told.uss < 90 << 20
    pool.close()
    wait_until(lambda: not children_of(os.getpid()))


def test_who_calls_the_watch_holds_no_lock_that_the_watch_needs(
    tmp_path: Path, store: ThumbnailStore, pool: DecoderPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool.read(a_file(tmp_path / "a.jpg"), store)
    was_free = []

    def look() -> None:
        was_free.append(pool._lock.acquire(timeout=2))
        if was_free[-1]:
            pool._lock.release()

    monkeypatch.setattr(pool._watch, "look", look)
    pool.read(a_file(tmp_path / "a.jpg"), store)
    assert was_free == [True]


@pytest.mark.parametrize(
    ("fault", "reason", "detail"),
    [
        ("segfault", Reason.CRASHED, "SIGSEGV"),
        ("exit", Reason.CRASHED, "exit code 7"),
        ("sleep", Reason.TIMED_OUT, "1 s"),
        ("spin", Reason.TIMED_OUT, "1 s"),
        ("eat", Reason.TOO_LARGE, "memory"),
        ("lie", Reason.CORRUPT, ""),
        ("odd", Reason.CORRUPT, "OddError: what is this?"),
        pytest.param("babble", Reason.CORRUPT, "", marks=pytest.mark.skipif(sys.platform != "linux", reason="/proc")),
    ],
)
def test_a_decoder_that_fails_costs_its_file_alone(
    fault: str, reason: Reason, detail: str, tmp_path: Path, store: ThumbnailStore, pool: DecoderPool
) -> None:
    if sys.platform == "win32" and fault == "segfault":
        detail = "exit code"
    if reason is Reason.TIMED_OUT:
        make_endless(tmp_path / f"{fault}.jpg")
    found = failure(pool, store, tmp_path / f"{fault}.jpg")
    assert found[0] is reason
    assert detail in found[1]
    assert is_well(pool, store, tmp_path)
    assert not [child for child in children_of(os.getpid()) if child.status() == psutil.STATUS_ZOMBIE]


def test_the_viewer_is_told_of_a_decoder_that_fails_too(tmp_path: Path, pool: DecoderPool) -> None:
    for fault, reason in (("segfault", Reason.CRASHED), ("flat", Reason.CORRUPT), ("eat", Reason.TOO_LARGE)):
        path = make_photo(tmp_path / f"{fault}.jpg")
        with pytest.raises(UnreadableImage) as caught:
            pool.decode_full(path)
        assert caught.value.fields["reason"] is reason
    assert pool.decode_full(make_photo(tmp_path / "well.jpg")).shape == (96, 144, 3)


def test_what_decoders_print_is_no_answer(tmp_path: Path, store: ThumbnailStore, pool: DecoderPool) -> None:
    assert pool.read(a_file(tmp_path / "print.jpg"), store).width_px == 144


def test_a_file_that_needs_much_memory_is_tried_again_alone(
    tmp_path: Path, store: ThumbnailStore, pool: DecoderPool
) -> None:
    assert pool.read(a_file(tmp_path / "large.jpg"), store).width_px == 144
    assert (tmp_path / "large.mark").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no signal to be sent")
def test_a_child_that_somebody_else_ends_costs_a_second_try(
    tmp_path: Path, store: ThumbnailStore, pool: DecoderPool
) -> None:
    assert pool.read(a_file(tmp_path / "once.jpg"), store).width_px == 144
    assert (tmp_path / "once.mark").exists()


def test_a_child_that_is_ended_while_it_waits_costs_nothing(
    tmp_path: Path, store: ThumbnailStore, pool: DecoderPool
) -> None:
    assert is_well(pool, store, tmp_path)
    for child in children_of(os.getpid()):
        child.kill()
    assert is_well(pool, store, tmp_path)


def test_many_bad_files_among_good_ones_all_find_their_end(
    tmp_path: Path, store: ThumbnailStore, pool: DecoderPool
) -> None:
    names = [f"{fault}_{number}.jpg" for number in range(2) for fault in ("segfault", "well", "exit", "odd", "fine")]
    files = [a_file(tmp_path / name, number + 1) for number, name in enumerate(names)]

    def outcome(file: PhotoFile) -> object:
        try:
            return pool.read(file, store).photo_id
        except UnreadableImage as error:
            return error.fields["reason"]

    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(outcome, files))
    for file, found in zip(files, outcomes, strict=True):
        fault = file.path.name.split("_")[0]
        wanted = {"segfault": Reason.CRASHED, "exit": Reason.CRASHED, "odd": Reason.CORRUPT}.get(fault, file.photo_id)
        assert found == wanted


def test_a_child_makes_way_for_a_fresh_one_after_some_files_and_ends_when_it_has_nothing_to_do(
    tmp_path: Path, store: ThumbnailStore
) -> None:
    pool = DecoderPool(1, limits=Limits(most_files=2))
    seen = set()
    for number in range(4):
        pool.read(a_file(tmp_path / f"{number}.jpg", number), store)
        seen.update(child.pid for child in children_of(os.getpid()))
    assert len(seen) == 2
    pool._limits = Limits(idle_s=0.1)
    wait_until(lambda: not children_of(os.getpid()))
    pool.read(a_file(tmp_path / "later.jpg", 9), store)
    pool.close()
    wait_until(lambda: "decoders" not in [thread.name for thread in threading.enumerate()])


def test_closing_waits_for_no_decoder(tmp_path: Path, store: ThumbnailStore) -> None:
    pool = DecoderPool(2, work=FAULTY)
    files = [a_file(tmp_path / f"sleep_{number}.jpg", number) for number in range(2)]
    with ThreadPoolExecutor(2) as threads:
        reads = [threads.submit(pool.read, file, store) for file in files]
        wait_until(lambda: len(children_of(os.getpid())) == 2)
        pool.close()
        assert all(isinstance(read.exception(PATIENCE_S), CancelledError) for read in reads)
    assert children_of(os.getpid()) == []
    with pytest.raises(CancelledError):
        pool.read(files[0], store)


def test_a_folder_that_takes_no_thumbnail_is_no_fault_of_the_photo(tmp_path: Path, pool: DecoderPool) -> None:
    (tmp_path / "in the way").write_text("a file")
    with pytest.raises(CatalogUnavailable):
        pool.read(a_file(tmp_path / "a.jpg"), ThumbnailStore(tmp_path / "in the way"))


def test_decoders_that_do_not_start_are_no_fault_of_the_photo(tmp_path: Path, store: ThumbnailStore) -> None:
    pool = DecoderPool(1, work="no.such.module")
    with pytest.raises(DecodersUnavailable):
        pool.read(a_file(tmp_path / "a.jpg"), store)
    pool.close()
    assert children_of(os.getpid()) == []


PARENT = """
import sys
from pathlib import Path
from app.core.types import FileId, PhotoFile, PhotoId
from app.files.isolation.pool import DecoderPool
from app.files.thumbnails import ThumbnailStore
pool, path = DecoderPool(1, work="tests.files.faulty_work"), Path(sys.argv[1])
pool.read(PhotoFile(PhotoId(1), FileId(1), path.with_name("well.jpg"), 1, 1), ThumbnailStore(path.parent / "t"))
print("ready", flush=True)
pool.read(PhotoFile(PhotoId(1), FileId(1), path, 1, 1), ThumbnailStore(path.parent / "t"))
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, *([signal.SIGKILL] if hasattr(signal, "SIGKILL") else [])])
def test_the_end_of_the_program_is_the_end_of_its_children(how: signal.Signals, tmp_path: Path) -> None:
    make_photo(tmp_path / "well.jpg")
    path = make_photo(tmp_path / "sleep.jpg")
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(path)], cwd=ROOT, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline().strip() == b"ready"
    children = children_of(parent.pid)
    assert children
    parent.send_signal(how)
    parent.wait(PATIENCE_S)
    parent.stdout.close()
    wait_until(lambda: not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children))
