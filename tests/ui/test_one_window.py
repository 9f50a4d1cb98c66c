"""One window a library: later starts hand over, and whatever state the first one is in, nobody ends in silence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket

from app.ui import one_window
from app.ui.arriving import Arrivals
from app.ui.one_window import Claim, Message, Outcome, addresses, claim, decoded, encoded

ROOT = Path(__file__).parents[2]
LATER = """
import sys
from pathlib import Path
from app.ui import one_window
one_window._ANSWER_S = float(sys.argv[2])
paths = tuple(Path(each) for each in sys.argv[3:])
claimed = one_window.claim(Path(sys.argv[1]), one_window.Message(paths, "token"))
heavy = [name for name in ("torch", "numpy", "faiss", "sqlite_utils", "PySide6.QtWidgets") if name in sys.modules]
print(claimed.outcome.value, heavy)
"""
FIRST = """
import sys
from pathlib import Path
from app.ui import one_window
from app.ui.arriving import Application, Arrivals
app = Application([])
root = Path(sys.argv[1])
held = one_window.claim(root, one_window.Message())
arrivals = Arrivals()
arrivals.listen(one_window.addresses(root))
print(held.outcome.value, flush=True)
app.exec()
"""


def later(root: Path, *paths: Path, answer_s: float = 20) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", LATER, str(root), str(answer_s), *paths]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)


def first(root: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", FIRST, str(root)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout.readline().strip() == "first"
    return process


class Window:
    """What stands for the window: the holder of the lock, with what arrived."""

    def __init__(self, root: Path) -> None:
        self.claim = claim(root, Message())
        assert self.claim.outcome is Outcome.FIRST
        self.arrivals = Arrivals()
        self.arrivals.listen(addresses(root))
        self.taken: list[Message] = []

    def close(self) -> None:
        self.arrivals.close()
        self.claim.release()


@pytest.fixture
def window(qapp, tmp_path):
    window = Window(tmp_path / "library")
    yield window
    window.close()


def test_a_later_start_hands_over_and_imports_nothing_heavy(window, qtbot, tmp_path):
    window.arrivals.deliver_to(window.taken.append)
    process = later(tmp_path / "library", tmp_path / "photos", tmp_path / "a.jpg")
    qtbot.waitUntil(lambda: process.poll() is not None, timeout=20_000)
    told, complaints = process.communicate()
    assert told.strip() == "handed_over []"
    assert complaints == ""
    assert window.taken == [Message((tmp_path / "photos", tmp_path / "a.jpg"), "token")]


def test_what_arrives_before_there_is_a_window_waits_for_it(window, qtbot, tmp_path):
    process = later(tmp_path / "library", tmp_path / "photos")
    qtbot.waitUntil(lambda: process.poll() is not None, timeout=20_000)
    process.communicate()
    window.arrivals.deliver_to(window.taken.append)
    assert [message.paths for message in window.taken] == [(tmp_path / "photos",)]


def test_another_library_has_a_window_of_its_own(window, tmp_path):
    other = claim(tmp_path / "other", Message())
    assert other.outcome is Outcome.FIRST
    other.release()


def test_of_two_starts_at_the_same_moment_one_becomes_the_window(tmp_path):
    starts = [first_or_later(tmp_path / "library") for _ in range(3)]
    told = [process.stdout.readline().strip() for process in starts]
    for process in starts:
        process.kill()
        process.communicate()
    assert sorted(told) == ["first", "handed_over", "handed_over"]


def first_or_later(root: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", FIRST, str(root)], stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_a_killed_window_does_not_stand_in_the_way(qapp, qtbot, tmp_path):
    killed = first(tmp_path / "library")
    killed.kill()
    killed.communicate()
    window = Window(tmp_path / "library")
    window.arrivals.deliver_to(window.taken.append)
    process = later(tmp_path / "library", tmp_path / "photos")
    qtbot.waitUntil(lambda: len(window.taken) == 1, timeout=20_000)
    assert process.communicate()[0].startswith("handed_over")
    window.close()


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no way to make a program hang")
def test_a_window_that_hangs_is_told_of_and_no_second_one_opens(tmp_path):
    hung = first(tmp_path / "library")
    os.kill(hung.pid, signal.SIGSTOP)
    try:
        told, _ = later(tmp_path / "library", tmp_path / "photos", answer_s=0.5).communicate(timeout=180)
    finally:
        hung.kill()
        hung.communicate()
    assert told.startswith("no_answer")


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no way to make a program hang")
def test_whoever_starts_oriel_while_it_hangs_gets_a_sentence(tmp_path):
    hung = first(tmp_path / "library")
    os.kill(hung.pid, signal.SIGSTOP)
    code = "import sys; from app.ui import application, one_window; one_window._ANSWER_S = 0.5;" \
        "sys.exit(application.main(['--library', sys.argv[1]]))"  # fmt: skip
    kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "library")],
            env=kept | {"ORIEL_HOME": str(tmp_path / "home"), "QT_QPA_PLATFORM": "xcb"},
            capture_output=True, text=True, timeout=180, check=False, cwd=ROOT,
        )  # fmt: skip
    finally:
        hung.kill()
        hung.communicate()
    assert done.returncode == 1
    assert "does not answer" in done.stderr
    assert list((tmp_path / "home").rglob("crash-*")) == []


def test_a_window_that_closes_leaves_its_place_to_the_next_start(window, tmp_path):
    process = later(tmp_path / "library")
    time.sleep(0.5)  # it has found the lock held by now, or will find it free: both must end well
    window.close()
    assert process.communicate(timeout=180)[0].startswith("first")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="the rights of a folder bind nobody here")
def test_where_no_lock_can_be_held_the_start_goes_on_and_opening_says_why(tmp_path):
    (tmp_path / "library").mkdir(mode=0o500)
    assert claim(tmp_path / "library", Message()) == Claim(Outcome.FIRST)


def test_a_folder_that_cannot_hold_a_lock_still_has_one_window(window, qtbot, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise NotImplementedError("no locks on this drive")

    window.close()
    monkeypatch.setattr(one_window.FileLock, "acquire", refuse)
    assert claim(tmp_path / "library", Message()) == Claim(Outcome.FIRST)


@pytest.mark.skipif(sys.platform == "win32", reason="names are text there")
def test_names_that_are_no_text_travel_as_the_bytes_they_are():
    path = Path(os.fsdecode(b"/photos/caf\xe9 \xff\n\"'.jpg"))
    message = Message((path, Path("/ünï/日本.jpg")), "token_TIME123")
    assert encoded(message).count(b"\n") == 1
    assert decoded(encoded(message).rstrip(b"\n")) == message


@pytest.mark.parametrize(
    "line",
    [
        b"hello",
        b"[]",
        b"{}",
        b'{"paths": [7]}',
        b'{"paths": ["%%%"]}',
        b'{"paths": ["cGhvdG9z"]}',  # "photos": not absolute
        b'{"paths": ["L2EAYg=="]}',  # a zero in it
        b'{"paths": [], "token": 3}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_what_is_no_message_is_logged_and_nothing_else(window, qtbot, tmp_path, caplog, line):
    window.arrivals.deliver_to(window.taken.append)
    socket = QLocalSocket()
    socket.connectToServer(window.arrivals._server.fullServerName())
    socket.write(line + b"\n")
    qtbot.waitUntil(lambda: "none of ours" in caplog.text)
    qtbot.waitUntil(lambda: not window.arrivals._heard)
    assert window.taken == []
    socket.abort()


def test_a_message_without_end_is_not_kept(window, qtbot, monkeypatch, caplog):
    monkeypatch.setattr("app.ui.arriving.MOST_BYTES", 1000)
    window.arrivals.deliver_to(window.taken.append)
    socket = QLocalSocket()
    socket.connectToServer(window.arrivals._server.fullServerName())
    socket.write(b"x" * 5000)
    qtbot.waitUntil(lambda: "not listened to" in caplog.text)
    qtbot.waitUntil(lambda: not window.arrivals._heard)
    socket.abort()


def test_a_file_that_the_desktop_opens_arrives_too(tmp_path):
    code = """
import sys
from pathlib import Path
from PySide6.QtGui import QFileOpenEvent
from app.ui import application
from app.ui.arriving import Application
app = application._make_application()
arrivals = application._listen(app, Path(sys.argv[1]))
taken = []
Application.sendEvent(app, QFileOpenEvent("/photos/a.jpg"))
arrivals.deliver_to(taken.append)
Application.sendEvent(app, QFileOpenEvent("/photos/b.jpg"))
arrivals.close()
print([path.name for message in taken for path in message.paths])
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, timeout=180, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.stdout.strip() == "['a.jpg', 'b.jpg']", done.stderr
