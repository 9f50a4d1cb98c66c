"""What the first word chooses, and what is imported for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import COMMANDS, is_for_terminal, main, mistyped_command
from app.cli import COMMANDS as CLI_COMMANDS
from app.cli import WITHOUT_LIBRARY

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("words", "is_terminal"),
    [
        ([], False),
        (["/photos"], False),
        (["--library", "/here"], False),
        (["--library", "/here", "/photos"], False),
        (["--library=/here", "/photos"], False),
        (["index", "/photos"], True),
        (["--library", "/here", "status"], True),
        (["--library=/here", "--json", "status"], True),
        (["--version"], True),
        (["--help"], True),
    ],
)
def test_a_first_word_that_is_a_command_is_a_command(words: list[str], is_terminal: bool) -> None:
    assert is_for_terminal(words) is is_terminal


def test_a_mistyped_command_is_told_with_the_commands_and_opens_no_window(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    opened: list[list[str]] = []
    monkeypatch.setattr("app.ui.application.main", lambda words: opened.append(words) or 0)
    monkeypatch.chdir(tmp_path)
    assert main(["--library", "/here", "serach", "dog"]) == 2
    told = capsys.readouterr().err
    assert "“serach” is neither a command nor a file or folder here" in told
    assert "search" in told.split("Commands: ")[1]
    assert opened == []


def test_what_is_a_file_or_looks_like_a_path_goes_to_the_window(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "photo").touch()
    monkeypatch.chdir(tmp_path)
    for words in ([], ["photo"], ["."], [".."], [str(tmp_path / "gone")], ["gone/"], ["--odd"], ["--library", "x"]):
        assert mistyped_command(words) is None, words
    assert mistyped_command(["gone"]) == "gone"


def test_the_terminal_has_every_command_that_opens_it() -> None:
    assert set(COMMANDS) == {*CLI_COMMANDS, *WITHOUT_LIBRARY}


def test_ctrl_c_while_the_program_is_loaded_leaves_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_words: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.cli.main", interrupted)
    assert main(["status"]) == 130
    assert capsys.readouterr().err == "Stopped.\n"


def test_the_terminal_needs_no_qt_and_no_command_imports_torch_before_it_needs_a_model(tmp_path: Path) -> None:
    code = (
        "import sys; from app import cli; cli.main(['status', '--library', sys.argv[1]]);"
        "print([name for name in ('PySide6', 'torch', 'transformers', 'faiss') if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.splitlines()[-1] == "[]", ran.stderr
