"""The terminal's progress stands on a line of its own, and only where a person looks."""

from __future__ import annotations

import io

import pytest

from app.cli_words import ProgressBar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _shown(monkeypatch: pytest.MonkeyPatch, output: io.StringIO, *, is_json: bool = False) -> str:
    monkeypatch.setattr("sys.stderr", output)
    with ProgressBar("photos", is_json=is_json) as bar:
        bar.advance("Reading photos", 0, 2)
        bar.say("Skipped a.jpg")
        bar.advance("Reading photos", 2, 2)
    return output.getvalue()


def test_a_terminal_shows_how_far_work_is_and_what_is_said_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = _shown(monkeypatch, Terminal())
    assert "Reading photos" in shown
    assert "2/2" in shown
    assert "Skipped a.jpg\n" in shown


@pytest.mark.parametrize(("output", "is_json"), [(io.StringIO(), False), (Terminal(), True)])
def test_a_file_and_a_program_get_no_bar(monkeypatch: pytest.MonkeyPatch, output: io.StringIO, is_json: bool) -> None:
    assert _shown(monkeypatch, output, is_json=is_json) == "Skipped a.jpg\n"


def test_what_begins_after_an_end_counts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    output = Terminal()
    monkeypatch.setattr("sys.stderr", output)
    with ProgressBar("B", is_json=False) as bar:
        bar.advance("one.bin", 5, 5)
        bar.end()
        bar.advance("two.bin", 1, 3)
    assert "two.bin:  33%" in output.getvalue()
