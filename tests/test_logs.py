"""The log folder: what a crash leaves, what a clean end or a killed process leaves, and whose file is whose."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app import logs
from app.logs import CrashLog

ROOT = Path(__file__).parents[1]
BEGIN = "import sys, os; from pathlib import Path; from app.logs import CrashLog; folder = Path(sys.argv[1]);"


def run(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", BEGIN + code, str(folder)]
    return subprocess.run(words, capture_output=True, text=True, timeout=180, check=False, cwd=ROOT)


def crash(folder: Path) -> None:
    done = run(folder, "import faulthandler\nwith CrashLog(folder): faulthandler._sigsegv()")
    assert done.returncode != 0


def test_a_crash_leaves_where_it_happened_and_is_told_of_once(tmp_path):
    crash(tmp_path)
    found = CrashLog(tmp_path).take_earlier()
    assert found is not None
    assert "most recent call first" in found.read_text()
    assert CrashLog(tmp_path).take_earlier() is None
    assert found.exists()


def test_an_error_that_ends_the_program_leaves_its_traceback(tmp_path):
    run(tmp_path, "\nwith CrashLog(folder): raise RuntimeError('out of order')")
    assert "RuntimeError: out of order" in CrashLog(tmp_path).take_earlier().read_text()


@pytest.mark.parametrize("code", ["pass", "sys.exit(3)", "raise KeyboardInterrupt"])
def test_a_clean_end_leaves_nothing(tmp_path, code):
    run(tmp_path, f"\nwith CrashLog(folder): {code}")
    assert list(tmp_path.iterdir()) == []


def test_what_was_reported_before_a_clean_end_is_no_crash(tmp_path, caplog):
    with CrashLog(tmp_path) as crash_log:
        crash_log.write("Windows fatal exception: code 0x8001010d")
    assert list(tmp_path.iterdir()) == []
    assert "0x8001010d" in caplog.text


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal")
def test_a_killed_process_is_no_crash_and_its_file_goes(tmp_path):
    run(tmp_path, "\nwith CrashLog(folder): os.kill(os.getpid(), 9)")
    assert len(list(tmp_path.iterdir())) == 1
    assert CrashLog(tmp_path).take_earlier() is None
    assert list(tmp_path.iterdir()) == []


def test_the_file_of_a_process_that_lives_is_left_alone(tmp_path):
    code = BEGIN + "\nwith CrashLog(folder) as c: c.write('so far'); print('up', flush=True); sys.stdin.read()"
    words = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as other:
        assert other.stdout.readline() == "up\n"
        before = list(tmp_path.iterdir())
        assert CrashLog(tmp_path).take_earlier() is None
        assert list(tmp_path.iterdir()) == before
        other.kill()


def test_a_later_process_with_the_same_number_is_not_taken_for_the_one_that_crashed(tmp_path):
    (tmp_path / f"crash-{os.getpid()}-{int(time.time()) - 10**7}.log").write_text("Segmentation fault")
    assert CrashLog(tmp_path).take_earlier() is not None


def test_of_many_crashes_the_newest_is_told_of_and_the_last_five_are_kept(tmp_path):
    for number in range(9):
        path = tmp_path / f"crash-{number + 10**8}-1000.log"
        path.write_text(f"crash {number}")
        os.utime(path, (number, number))
    assert CrashLog(tmp_path).take_earlier().read_text() == "crash 8"
    assert sorted(path.read_text() for path in tmp_path.iterdir()) == [f"crash {number}" for number in range(4, 9)]


def test_without_a_place_to_write_the_program_still_runs(tmp_path):
    (tmp_path / "logs").write_text("a file in the folder's place")
    with CrashLog(tmp_path / "logs") as crash_log:
        crash_log.write("nothing")
        assert crash_log.take_earlier() is None


def test_a_program_without_a_console_prints_into_the_log(tmp_path):
    code = (
        "import sys; from pathlib import Path; from app import logs;"
        "sys.stdout = sys.stderr = None; logs.give_streams();"
        "logs.start_log(Path(sys.argv[1])); print('a', 'line'); print('not whole', end='');"
        "print(' before', file=sys.stderr)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], timeout=180, check=True, cwd=ROOT)
    text = (tmp_path / "oriel.log").read_text()
    assert "INFO MainThread output: a line\n" in text
    assert "WARNING MainThread output:  before\n" in text


def test_trouble_with_the_log_itself_does_not_go_round_in_circles(monkeypatch):
    class Broken(logging.Handler):
        def emit(self, record):
            tried.append(record)
            try:
                raise OSError("the disk is full")
            except OSError:
                self.handleError(record)  # prints to the error stream, which is the log

    tried = []
    stream = logs._LoggedStream(logging.INFO)
    monkeypatch.setattr(sys, "stderr", stream)
    output, handler = logging.getLogger("output"), Broken()
    monkeypatch.setattr(output, "level", logging.INFO)
    output.manager._clear_cache()
    output.addHandler(handler)
    try:
        assert stream.write("a line\n") == 7
    finally:
        output.removeHandler(handler)
        output.manager._clear_cache()
    assert len(tried) == 1


def test_what_nobody_caught_on_any_thread_is_logged(tmp_path):
    code = (
        "import sys, threading; from pathlib import Path; from app import logs; logs.start_log(Path(sys.argv[1]));"
        "logs.log_exceptions(); t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join(); raise KeyError('main')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=180, check=False, cwd=ROOT
    )
    text = (tmp_path / "oriel.log").read_text()
    assert "ZeroDivisionError" in text
    assert "KeyError: 'main'" in text
    assert "KeyError: 'main'" in done.stderr
