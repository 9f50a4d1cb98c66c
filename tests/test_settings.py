"""Settings survive, and a damaged file costs no start."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app import paths
from app.settings import Settings, SettingsFile, load, without_model


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    chosen = Settings(
        theme="dark",
        threads=3,
        not_on_battery=True,
        model_folders=["/models/mine"],
        window={"sort": "name", "size": [800, 600]},
    )
    SettingsFile(tmp_path / "deep" / "settings.json").save(chosen)
    assert load(tmp_path / "deep" / "settings.json") == chosen
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["settings.json"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"threads": "many", "theme": 5, "model_folders": [1], "unknown": 1}']
)
def test_a_damaged_file_gives_defaults(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.json").write_text(text)
    assert load(tmp_path / "settings.json") == Settings()
    assert load(tmp_path / "missing.json") == Settings()


def test_a_model_that_is_refused_goes_alone() -> None:
    chosen = Settings(embedder_folder="/models/clip", text_folder="/models/words", captioner_folder="/models/blip")
    for refused in ("/models/words", "/models/words/2_Dense"):
        assert without_model(chosen, Path(refused)) == replace(chosen, text_folder=None)
    assert without_model(chosen, Path("/models/clip")) == replace(chosen, embedder_folder=None)
    assert without_model(chosen, Path("/models/blip")) == replace(chosen, captioner_folder=None)
    assert without_model(chosen, Path("/resources/starter")) == chosen


def test_a_setting_of_a_newer_oriel_is_passed_over_and_the_rest_is_kept(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({"theme": "light", "hologram": True}))
    assert load(tmp_path / "settings.json") == Settings(theme="light")


def test_what_another_program_wrote_meanwhile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    SettingsFile(path).save(Settings(theme="dark"))
    window, terminal = SettingsFile(path), SettingsFile(path)
    terminal.save(replace(terminal.settings, next_embedder_folder="/models/clip"))
    window.save(replace(window.settings, theme="light"))
    window.save(replace(window.settings, window={"order": "name"}))
    assert load(path) == Settings(theme="light", next_embedder_folder="/models/clip", window={"order": "name"})


def test_which_models_another_program_has_chosen_is_seen_until_it_is_known(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    window = SettingsFile(path)
    assert window.chosen_elsewhere() == {}, "before there is a file"
    terminal = SettingsFile(path)
    terminal.save(Settings(theme="dark", next_embedder_folder="", captioner_folder="/models/blip"))
    assert window.chosen_elsewhere() == {"next_embedder_folder": "", "captioner_folder": "/models/blip"}
    window.save(replace(window.settings, **window.chosen_elsewhere()))
    assert window.chosen_elsewhere() == {}
    assert load(path).theme == "dark"
    path.write_text("{")
    assert window.chosen_elsewhere() == {}, "a damaged file chooses nothing"


def test_a_setting_of_a_newer_oriel_survives_a_change_of_another(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"theme": "light", "hologram": True}))
    SettingsFile(path).save(Settings(theme="light", threads=3))
    assert json.loads(path.read_text()) == {"theme": "light", "hologram": True, "threads": 3}


def test_a_file_that_was_damaged_meanwhile_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    SettingsFile(path).save(Settings(theme="dark"))
    file = SettingsFile(path)
    path.write_text("{")
    file.save(replace(file.settings, threads=2))
    assert load(path) == Settings(theme="dark", threads=2)


def test_one_variable_puts_everything_under_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORIEL_HOME", str(tmp_path))
    places = [paths.settings_file(), paths.default_library(), paths.models(), paths.log_folder()]
    assert all(tmp_path in place.parents for place in places)
    assert len(set(places)) == len(places)


def test_resources_are_found() -> None:
    assert paths.resource("models", "starter", "config.json").is_file()
