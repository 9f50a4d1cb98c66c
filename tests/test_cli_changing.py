"""A change of the search model by the terminal alone, with two real checkpoints."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import settings
from app.cli_changing import choose_embedder
from app.settings import SettingsFile
from tests.checkpoints import save_circles

COLOURS = ("red", "green", "blue", "yellow")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return save_circles(tmp_path / "photos", *COLOURS)


@pytest.fixture
def clip(tiny_clip: Path, tmp_path: Path) -> Path:
    """A model of one's own, which may be taken away."""
    return Path(shutil.copytree(tiny_clip, tmp_path / "my-clip"))


Run = Callable[..., tuple[int, list[dict[str, Any]], str]]


def choose(home: Path, folder: Path | str) -> str:
    return choose_embedder(SettingsFile(home / "settings.json"), str(folder), home / "library")


def chosen(home: Path) -> tuple[str | None, str | None]:
    now = settings.load(home / "settings.json")
    return now.embedder_folder, now.next_embedder_folder


def best(run: Run, query: str) -> str:
    return Path(run("search", query, "--limit", 1)[1][0]["path"]).stem


def test_before_there_are_vectors_a_model_is_used_at_once(home: Path, clip: Path, run: Run, photos: Path) -> None:
    assert "my-clip" in choose(home, clip)
    assert chosen(home) == (str(clip), None)
    assert run("index", photos)[0] == 0
    assert run("status")[1][0]["model"] == "my-clip"
    assert best(run, "a green circle") == "green"


def test_the_present_model_answers_until_the_next_one_was_prepared_and_its_vectors_are_kept_or_deleted(
    home: Path, clip: Path, run: Run, photos: Path
) -> None:
    run("index", photos)
    assert "goes on answering" in choose(home, clip)
    assert chosen(home) == (None, str(clip))
    status = run("status")[1][0]
    assert (status["model"], status["next_model"], status["prepared"]) == ("starter", "my-clip", 0)
    assert run("search", "green", "--limit", 1)[0] == 0
    code, facts, errors = run("rescan")
    assert code == 0, errors
    assert any(fact.get("model") == "my-clip" and fact["former_bytes"] > 0 for fact in facts)
    assert chosen(home) == (str(clip), None)
    status = run("status")[1][0]
    assert (status["model"], status["embedded"], status["next_model"]) == ("my-clip", len(COLOURS), None)
    assert best(run, "a green circle") == "green"
    kept = [space for space in status["vectors"] if not space["in_use"]]
    assert {(space["model"], space["photos"]) for space in kept} == {("starter", len(COLOURS)), ("starter", 0)}
    assert run("models", "drop-vectors")[1][0]["freed_bytes"] > 0
    assert [space["in_use"] for space in run("status")[1][0]["vectors"]] == [True, True]
    assert run("models", "drop-vectors")[1][0]["freed_bytes"] == 0


def test_a_model_whose_vectors_were_kept_is_used_again_at_once(home: Path, clip: Path, run: Run, photos: Path) -> None:
    run("index", photos)
    choose(home, clip)
    run("rescan")
    assert "Search: Oriel starter." in choose(home, "")
    assert chosen(home) == (None, None)
    assert run("status")[1][0]["embedded"] == len(COLOURS)


def test_choosing_the_present_model_stays_with_it(home: Path, clip: Path, run: Run, photos: Path) -> None:
    run("index", photos)
    choose(home, clip)
    assert "goes on answering" in choose(home, clip)
    assert "as before" in choose(home, "")
    assert chosen(home) == (None, None)
    run("rescan")
    assert run("status")[1][0]["model"] == "starter"


def test_a_next_model_that_is_gone_costs_no_command_and_ends_the_change(
    home: Path, clip: Path, run: Run, photos: Path
) -> None:
    run("index", photos)
    choose(home, clip)
    shutil.rmtree(clip)
    code, found, errors = run("search", "green", "--limit", 1)
    assert (code, len(found)) == (0, 1)
    assert "stays with Oriel starter" in errors
    assert chosen(home) == (None, str(clip))
    code, _, errors = run("rescan")
    assert code == 0
    assert "stays with Oriel starter" in errors
    assert chosen(home) == (None, None)


def test_the_vectors_in_use_are_never_deleted(home: Path, clip: Path, run: Run, photos: Path) -> None:
    run("index", photos)
    choose(home, clip)
    for space in run("status")[1][0]["vectors"]:
        code, _, errors = run("models", "drop-vectors", space["space"])
        assert code == 1
        assert "in use" in errors
    code, _, errors = run("models", "drop-vectors", "../catalog")
    assert (code, "no vectors named '../catalog'" in errors) == (1, True)
    assert (home / "library" / "catalog.sqlite").exists()


def test_a_model_that_is_gone_does_not_keep_another_from_being_chosen(
    home: Path, clip: Path, run: Run, photos: Path
) -> None:
    choose(home, clip)
    run("index", photos)
    shutil.rmtree(clip)
    assert "Search: Oriel starter." in choose(home, "")
    assert run("rescan")[0] == 0
    assert run("status")[1][0]["embedded"] == len(COLOURS)
