"""The terminal program, run as people run it: as a process, killed half-way, beside another one."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app import __version__
from app.catalog.catalog import Catalog
from app.cli import main
from app.cli_words import NO_GOOD_MATCH, WEAKER, mistake, reason
from app.core.query import Mistake, Problem
from app.core.types import Evidence, Like, Likeness, Why
from tests.fakes import DecodersInProcess
from tests.making import make_photo, make_plain

ROOT = Path(__file__).resolve().parent.parent

# Takes a folder in and searches, and ends with a traceback as soon as anything wants to leave this machine.
NO_NETWORK = """
import socket, sys
def refuse(self, address, *rest):
    raise AssertionError(f"a connection to {address} was attempted")
socket.socket.connect = refuse
socket.socket.connect_ex = refuse
socket.getaddrinfo = lambda *a, **k: refuse(None, a)
from app.__main__ import main
photos, query = sys.argv[1:]
sys.exit(main(["index", "--json", photos]) or main(["search", "--json", query, "--limit", "3"]))
"""

FEW_TAGS = """
import sys
from pathlib import Path
from app import paths
resources = Path(sys.argv.pop(1))
paths._resources = lambda: resources
from app.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
"""Its first word is the folder of resources; see ``making.make_resources``."""


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six photos and a broken one. Read only."""
    folder = tmp_path_factory.mktemp("terminal") / "photos"
    for number, colour in enumerate(("red", "green", "blue", "white", "black", "yellow")):
        make_photo(folder / f"{colour}_{number}.jpg", colour, size=(320 + number, 240))
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing more")
    return folder


@pytest.fixture(scope="session")
def taken_in(photos: Path, few_tags: Path) -> Path:
    """The program's folder after the photos were taken in. Read only; see ``indexed``."""
    home = photos.parent / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORIEL_HOME", str(home))
        patch.setattr("app.paths._resources", lambda: few_tags)
        assert main(["index", str(photos)]) == 0
    return home


@pytest.fixture
def indexed(home: Path, taken_in: Path, photos: Path) -> Path:
    """The photos, which this test's program has taken in."""
    shutil.copytree(taken_in, home)
    return photos


def oriel(*words: object, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def objects(printed: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in printed.splitlines()]


@pytest.fixture
def run(home: Path, run: Callable[..., tuple[int, list[dict[str, Any]], str]]) -> Callable[..., list[dict[str, Any]]]:
    """Runs a command that must go well, and gives its objects."""

    def run_well(*words: object) -> list[dict[str, Any]]:
        code, told, errors = run(*words)
        assert code == 0, errors
        return told

    return run_well


def test_the_main_job_works_without_any_network(home: Path, photos: Path) -> None:
    done = oriel(photos, "a plain red picture", code=NO_NETWORK)
    assert done.returncode == 0, done.stderr
    *_, last, first, _second, _third = objects(done.stdout)
    assert (last["added"], last["updated"], last["unchanged"], last["skipped"]) == (7, 0, 0, 1)
    assert last["seconds"] > 0
    assert set(first) == {"path", "score", "why", "good", "caption", "tags"}
    assert Path(first["path"]).name == "red_0.jpg"


def test_similar_puts_the_photo_itself_first(run: Callable[..., list[dict[str, Any]]], indexed: Path) -> None:
    hits = run("similar", indexed / "blue_2.jpg")
    assert Path(hits[0]["path"]).name == "blue_2.jpg"
    assert hits[0]["why"] == ["self"]
    assert len(hits) == 6


def test_similar_takes_a_picture_from_outside_the_library(
    run: Callable[..., list[dict[str, Any]]], indexed: Path, tmp_path: Path
) -> None:
    outside = make_photo(tmp_path / "elsewhere" / "question.jpg", "green", size=(400, 300))
    hits = run("similar", outside, "--limit", 2)
    assert Path(hits[0]["path"]).name == "green_1.jpg"
    assert all("self" not in hit["why"] for hit in hits)


def test_status_list_and_remove_tell_and_do_what_they_say(
    run: Callable[..., list[dict[str, Any]]], indexed: Path
) -> None:
    status = run("status")[0]
    assert (status["photos"], status["embedded"], status["captioned"], status["failed"]) == (7, 6, 0, 1)
    assert status["failures"][0]["path"].endswith("broken.jpg")
    assert status["folders"] == [{"path": str(indexed), "photos": 7, "offline": False}]
    assert status["model"]
    listed = run("list")
    assert len(listed) == 7
    assert run("list", "--limit", 2, "--offset", 1) == listed[1:3]
    assert run("remove", indexed / "red_0.jpg") == [{"removed": 1}]
    assert (indexed / "red_0.jpg").exists()
    assert run("remove", indexed) == [{"removed": 6}]
    assert run("list") == []


def test_a_second_index_finds_everything_unchanged(run: Callable[..., list[dict[str, Any]]], indexed: Path) -> None:
    last = run("index", indexed)[-1]
    assert (last["added"], last["updated"], last["unchanged"], last["skipped"]) == (0, 0, 7, 0)


LEGAL = ["", "-", "-red", '"AND OR NEAR(*', "名前 💥", "x\x00y"]
"""What a terminal or a parser of arguments could stumble over; a library is asked more in find/test_finding.py."""


def test_any_text_is_a_legal_query(run: Callable[..., list[dict[str, Any]]], indexed: Path) -> None:
    for query in LEGAL:
        run("search", "--", query)


def test_a_mistake_in_a_query_is_said_with_its_place(
    run: Callable[..., list[dict[str, Any]]], indexed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert len(run("find", "red date:2023-13")) == 6
    assert main(["find", "red date:2023-13"]) == 0
    assert "“date:2023-13” at 5: 2023-13 is no date" in capsys.readouterr().err


def test_a_query_needs_no_quotes_and_may_begin_with_what_it_leaves_out(
    run: Callable[..., list[dict[str, Any]]], indexed: Path
) -> None:
    for words in (("-file:red", "plain", "picture"), ("plain", "-file:red", "picture"), ("-file:red plain picture",)):
        found = {Path(hit["path"]).name for hit in run("find", "--limit", 9, *words)}
        assert found and not any(name.startswith("red") for name in found)
    with pytest.raises(SystemExit) as told:
        main(["find", "-h"])
    assert told.value.code == 0


def test_the_terminal_says_where_good_matches_end(
    run: Callable[..., list[dict[str, Any]]], indexed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [hit["good"] for hit in run("find", "red 0")][:2] == [True, False]
    for query, told in (("red 0", [WEAKER]), ("file:red", []), ("a wedding cake", [NO_GOOD_MATCH])):
        assert main(["find", query]) == 0
        said = capsys.readouterr().err.splitlines()
        assert [line for line in said if line in (WEAKER, NO_GOOD_MATCH)] == told


def test_an_empty_library_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find", "red"]) == 0
    assert "library is empty" in capsys.readouterr().err


def test_the_terminal_says_that_nobody_read_the_text_that_is_asked_for(
    indexed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["find", "text:invoice"]) == 0
    assert "Reading text is off" in capsys.readouterr().err
    assert main(["find", "caption:invoice"]) == 0
    assert "no captioning model" in capsys.readouterr().err
    assert main(["find", "rating:5"]) == 0
    assert capsys.readouterr().err == "Nothing found.\n"


def test_a_query_is_explained(run: Callable[..., list[dict[str, Any]]], indexed: Path) -> None:
    told = run("find", "--explain", "red -tag:x OR type:photo")[0]
    assert told == {
        "query": "red -tag:x OR type:photo",
        "ways": [{"words": "red", "conditions": ["-tag:x OR type:photo"]}],
    }


def test_each_hit_says_with_explain_why_it_is_one(
    run: Callable[..., list[dict[str, Any]]], photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("index", photos)
    first = run("find", "--explain", "red")[1]
    assert {"why": "name", "text": "red_0.jpg", "marks": [[0, 3]]} in first["reasons"]
    assert any(each["why"] == "meaning" and each["above"] > 0 for each in first["reasons"])
    other = run("similar", "--explain", photos / "red_0.jpg")[1]
    assert other["reasons"][-1]["like"] == {"how": "looks", "picture": "red_0.jpg"}
    assert "reasons" not in run("find", "red")[0]
    capsys.readouterr()
    main(["find", "--explain", "red"])
    said = capsys.readouterr().out
    assert "name: [red]_0.jpg" in said
    assert "% of the library" in said


@pytest.mark.parametrize("how", list(Like))
def test_every_likeness_has_words(how: Like) -> None:
    told = reason(Evidence(Why.MEANING, like=Likeness(how, "c.jpg", apart_s=-4.0), above=0.5))
    assert "c.jpg" in told or told == "same moment: taken 4 s earlier"


def test_every_mistake_has_words() -> None:
    fields = {"field": "tag", "value": "x", "choices": "y"}
    for code in Mistake:
        assert "{" not in mistake(Problem(0, 1, code, fields), "x")


def test_what_is_not_there_is_said_with_the_next_step(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["index", "/no/such/folder"], ["similar", "/no/such.jpg"], ["remove", str(tmp_path)]):
        assert main(words) == 1
        assert "Traceback" not in capsys.readouterr().err
    (tmp_path / "text.jpg").write_text("hello")
    assert main(["similar", str(tmp_path / "text.jpg")]) == 1
    assert "can't be used as a picture" in capsys.readouterr().err


def test_a_catalogue_that_is_no_database_is_left_as_it_is(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library = tmp_path / "library"
    library.mkdir()
    (library / "catalog.sqlite").write_text("my diary, not a database" * 100)
    assert main(["status", "--library", str(library)]) == 1
    assert "damaged" in capsys.readouterr().err
    assert (library / "catalog.sqlite").read_text().startswith("my diary")


def test_the_library_option_may_stand_before_the_command(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--library", str(tmp_path / "other"), "--json", "status"]) == 0
    assert json.loads(capsys.readouterr().out)["library"] == str(tmp_path / "other")


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert __version__ in capsys.readouterr().out


def test_a_reader_that_leaves_early_is_no_trouble() -> None:
    ended = subprocess.run(
        f'"{sys.executable}" -m app --help | head -1',
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout.startswith("usage: oriel")
    assert "BrokenPipe" not in ended.stderr


def test_a_name_of_any_characters_is_one_line_and_one_row(
    run: Callable[..., list[dict[str, Any]]], tmp_path: Path
) -> None:
    names = ["new\nline.jpg", "\x1b[31mred.jpg", "🐶 שלום \u202eabc.jpg", "bad\udcff.jpg"]
    folder = tmp_path / "photos"
    try:
        for name in names:
            make_photo(folder / "plain.jpg").rename(folder / name)
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such names")
    run("index", "--no-captions", folder)
    assert {Path(row["path"]).name for row in run("list")} == set(names)
    told = subprocess.run([sys.executable, "-m", "app", "list"], cwd=ROOT, capture_output=True, check=True).stdout
    shown = {line.rpartition(b"/")[2] for line in told.splitlines()}
    plain = {names[2].encode(), b"bad\xff.jpg"}  # byte for byte as the disk has them
    assert shown == plain | {rb"new\nline.jpg", rb"\x1b[31mred.jpg"}
    assert Path(run("similar", folder / names[3], "--limit", 1)[0]["path"]).name == names[3]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_or_a_link_to_itself_named_like_a_picture_is_skipped(
    run: Callable[..., list[dict[str, Any]]], tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "self.jpg").symlink_to("self.jpg")
    for name in ("pipe.jpg", "self.jpg"):
        told = run("index", "--no-captions", tmp_path / name)
        assert [row["reason"] for row in told[:-1]] == ["not_an_image"]
        assert (told[-1]["added"], told[-1]["skipped"]) == (0, 1)


def test_a_path_given_twice_is_one_photo(run: Callable[..., list[dict[str, Any]]], photos: Path) -> None:
    last = run("index", "--no-captions", photos / "red_0.jpg", photos / "red_0.jpg")[-1]
    assert (last["added"], last["unchanged"]) == (1, 1)
    assert len(run("list")) == 1


def test_a_query_that_the_model_can_not_understand_gets_one_line_that_says_so(
    run: Callable[..., list[dict[str, Any]]], indexed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for query, is_told in (("собака на пляже", True), ("un chien sur la plage", True), ("a dog on the beach", False)):
        capsys.readouterr()
        assert main(["search", query]) == 0
        assert ("knows English only" in capsys.readouterr().err) == is_told


def test_a_folder_without_photos_goes_through(run: Callable[..., list[dict[str, Any]]], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    last = run("index", "--no-captions", tmp_path / "empty")[-1]
    assert (last["added"], last["skipped"]) == (0, 0)


def test_a_model_folder_that_has_gone_is_said_and_what_needs_no_model_works(
    run: Callable[..., list[dict[str, Any]]], home: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home.mkdir()
    (home / "settings.json").write_text('{"captioner_folder": "/no/captioner"}')
    told = run("index", photos)
    assert "/no/captioner" in next(row["unavailable"] for row in told if row.get("stage") == "caption")
    assert (told[-1]["added"], run("status")[0]["embedded"]) == (7, 6)
    (home / "settings.json").write_text('{"embedder_folder": "/no/embedder"}')
    assert main(["search", "red"]) == 1
    assert "/no/embedder can't be used: the folder is not there" in capsys.readouterr().err
    assert len(run("list")) == 7
    assert run("status")[0]["photos"] == 7


def test_a_full_disk_stops_with_a_sentence_and_the_same_command_goes_on(
    run: Callable[..., list[dict[str, Any]]],
    photos: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(_path: Path, _data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        patch.setattr("app.startup.DecoderPool", lambda _: DecodersInProcess())
        for _ in range(3):
            assert main(["index", "--no-captions", str(photos)]) == 1
            assert "is full" in capsys.readouterr().err
    assert (run("status")[0]["photos"], run("status")[0]["failed"]) == (7, 0)
    run("index", "--no-captions", photos)
    assert (run("status")[0]["embedded"], run("status")[0]["failed"]) == (6, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other words for Ctrl+C")
def test_ctrl_c_stops_with_a_sentence(home: Path, tmp_path: Path) -> None:
    make_plain(tmp_path / "many", 60, (1600, 1200))
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "index", str(tmp_path / "many")],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        # Where the tests were started in the background, their children would not hear of it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    _wait_for_reads(home / "library", process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=180)
    assert process.returncode == 130
    assert errors.decode().splitlines()[-1].startswith("Stopped. What was done is kept")
    assert b"Traceback" not in errors
    with closing(Catalog.open(home / "library")) as catalog:
        assert catalog.crashed_in_hand() == []


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX word")
def test_killed_half_way_the_next_run_goes_on_without_loss_or_doubles(
    run: Callable[..., list[dict[str, Any]]], home: Path, tmp_path: Path
) -> None:
    folder = make_plain(tmp_path / "many", 100, (900, 700))
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "index", "--json", str(folder)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    read = _wait_for_reads(home / "library", process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with closing(Catalog.open(home / "library")) as catalog:
        assert catalog.status("none", "", None).read >= read > 0
    last = run("index", folder)[-1]
    assert (last["added"] + last["unchanged"], last["skipped"]) == (100, 0)
    status = run("status")[0]
    assert (status["photos"], status["embedded"], status["failed"]) == (100, 100, 0)


def _wait_for_reads(library: Path, process: subprocess.Popen[Any]) -> int:
    until = time.monotonic() + 180
    while time.monotonic() < until and process.poll() is None:
        if (library / "catalog.sqlite").exists():
            catalog = Catalog.open(library)
            read = catalog.status("none", "", None).read
            catalog.close()
            if read:
                return read
        time.sleep(0.02)
    raise AssertionError("nothing was read before the process ended")


def test_two_programs_on_one_library_both_get_through(
    run: Callable[..., list[dict[str, Any]]], home: Path, photos: Path, few_tags: Path, tmp_path: Path
) -> None:
    other = make_plain(tmp_path / "others", 20, (200, 150))
    process = subprocess.Popen(
        [sys.executable, "-c", FEW_TAGS, str(few_tags), "index", "--json", str(photos)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    _wait_for_reads(home / "library", process)
    run("index", other)
    _, errors = process.communicate(timeout=180)
    assert process.returncode == 0, errors
    status = run("status")[0]
    assert (status["photos"], status["embedded"], status["failed"]) == (27, 26, 1)


def test_evaluate_judges_each_signal_with_one_object_a_row(
    run: Callable[..., list[dict[str, Any]]], indexed: Path, tmp_path: Path
) -> None:
    queries = tmp_path / "queries.tsv"
    queries.write_text("red_0.jpg\ta plain red picture\ngreen_1.jpg\ta plain red picture\nnowhere.jpg\tnothing\n")
    rows = run("evaluate", queries)
    meaning = next(row for row in rows if (row["signal"], row["direction"]) == ("meaning", "text_to_image"))
    assert meaning["recall_at_1"] == meaning["mrr"] == 1 > meaning["map"]
    assert meaning["intervals"]["recall_at_10"] == [1, 1]
    assert (meaning["queries"], meaning["candidates"], meaning["missing_files"]) == (1, 7, 1)
    starter = run("evaluate", queries, "--model", ROOT / "resources" / "models" / "starter")
    assert starter == rows == run("evaluate", queries, "--model", "starter")


def test_evaluate_says_what_it_cannot_use(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(tmp_path / "gone.tsv")]) == 1
    assert "gone.tsv" in capsys.readouterr().err
    assert main(["evaluate", str(tmp_path)]) == 1
    assert "can't be read" in capsys.readouterr().err
    (tmp_path / "others.tsv").write_text("nowhere.jpg\tred\n")
    assert main(["evaluate", str(tmp_path / "others.tsv")]) == 1
    assert "Nothing to judge" in capsys.readouterr().err
    assert main(["evaluate", str(tmp_path / "gone.tsv"), "--model", "nobodys"]) == 1
    assert "nobodys" in capsys.readouterr().err
