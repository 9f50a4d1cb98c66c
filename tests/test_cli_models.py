"""Models in the terminal, from the list of them to a search with one that came over the line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app.cli import main
from app.cli_words import DOWNLOAD_TROUBLES, RETRIES, sentence, size
from app.core.errors import DownloadFailed, DownloadTrouble
from app.vision.downloads import downloading
from app.vision.measuring import ModelTuner
from tests.checkpoints import draw_shape, save_circles
from tests.making import make_resources
from tests.small_hub import SmallHub, files_of, manifest_of, text_tower_of
from tests.vision.test_measuring import LyingBench

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def home(home: Path, hub: SmallHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As everywhere, and a hub that has the one model of the manifest."""
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    resources = make_resources(tmp_path / "resources")
    monkeypatch.setattr("app.paths._resources", lambda: resources)
    (resources / "models.json").unlink()  # the link, not the file
    publish(resources, hub)
    return home


def publish(resources: Path, hub: SmallHub) -> None:
    starter = json.loads((ROOT / "resources" / "models.json").read_text())["models"][0]
    told = manifest_of(hub.files)
    (resources / "models.json").write_text(json.dumps({"models": [starter, *told["models"]]}))


Run = Callable[..., tuple[int, list[dict[str, Any]], str]]


def test_a_model_is_listed_downloaded_used_and_searched_with(
    home: Path, hub: SmallHub, tiny_clip: Path, run: Run, tmp_path: Path
) -> None:
    hub.files = files_of(tiny_clip)
    publish(tmp_path / "resources", hub)
    save_circles(tmp_path / "photos", "red", "green", "blue")
    listed = {row["id"]: row for row in run("models")[1]}
    assert (listed["starter"]["in_use"], listed["tiny"]["installed"]) == (True, False)
    assert run("models", "use", "tiny")[0] == 1
    code, facts, errors = run("models", "download", "tiny")
    assert code == 0, errors
    assert facts[-1]["folder"] == str(home / "models" / "tiny")
    assert run("models", "check", "tiny")[:2] == (0, [{"id": "tiny", "same": True}])
    assert run("models", "use", "tiny")[0] == 0
    listed = {row["id"]: row for row in run("models", "list")[1]}
    assert (listed["starter"]["in_use"], listed["tiny"]["in_use"]) == (False, True)
    assert run("index", "--no-captions", tmp_path / "photos")[0] == 0
    assert run("status")[1][0]["model"] == "tiny"
    assert Path(run("search", "a green circle")[1][0]["path"]).name == "green.png"
    assert run("models", "remove", "tiny")[0] == 1
    assert run("models", "use", "starter")[0] == 0
    assert run("models", "remove", "tiny")[0] == 1, "it answers until the starter has vectors of its own"
    assert run("rescan", "--no-captions")[0] == 0
    assert run("models", "remove", "tiny")[1][0]["freed_bytes"] > 0
    assert not (home / "models" / "tiny").exists()


def stored_vectors(home: Path) -> list[Path]:
    """Of photos; each text tower has a file of its own for captions."""
    return [path for path in home.rglob("embeddings/*.sqlite") if not path.name.startswith("captions-")]


def test_a_text_tower_reads_queries_for_the_model_that_it_was_trained_for_and_no_photo_is_embedded_again(
    home: Path, hub: SmallHub, tiny_clip: Path, tiny_text_tower: Path, run: Run, tmp_path: Path
) -> None:
    starter = json.loads((ROOT / "resources" / "models.json").read_text())["models"][0]
    image_files, text_files = files_of(tiny_clip), files_of(tiny_text_tower)
    models = [starter, *manifest_of(image_files)["models"], text_tower_of(text_files)]
    (tmp_path / "resources" / "models.json").write_text(json.dumps({"models": models}))
    hub.files = text_files
    assert run("models", "download", "tiny-german")[0] == 0
    assert run("models", "check", "tiny-german")[0] == 0
    told = run("models", "use", "tiny-german")
    assert told[0] == 1, "the search model is still the starter"
    assert "oriel models download tiny" in told[2]
    hub.files = image_files
    assert run("models", "download", "tiny")[0] == 0
    assert run("models", "use", "tiny-german")[0] == 1, "downloaded, and not in use"
    assert run("models", "use", "tiny")[0] == 0
    save_circles(tmp_path / "photos", "red", "green", "blue")
    assert run("index", "--no-captions", tmp_path / "photos")[0] == 0
    vectors = {path: path.read_bytes() for path in stored_vectors(home)}
    assert vectors

    assert run("models", "use", "tiny-german")[:2] == (0, [{"text_folder": str(home / "models" / "tiny-german")}])
    assert Path(run("search", "ein grün kreis")[1][0]["path"]).name == "green.png"
    assert run("rescan", "--no-captions")[0] == 0
    assert {path: path.read_bytes() for path in stored_vectors(home)} == vectors
    assert run("models", "remove", "tiny-german")[0] == 1
    assert run("models", "use", "starter")[0] == 0
    assert run("rescan", "--no-captions")[0] == 0
    kept = json.loads((home / "settings.json").read_text())
    assert kept["embedder_folder"] is None
    assert "tiny-german" not in run("search", "a green circle")[2], "it rests, and nobody is told"
    assert run("models", "use", "no-text-model")[0] == 0
    assert run("models", "remove", "tiny-german")[0] == 0


def test_a_refused_text_tower_is_said_and_the_search_model_reads_itself(
    home: Path, hub: SmallHub, tiny_clip: Path, run: Run, tmp_path: Path
) -> None:
    save_circles(tmp_path / "photos", "red", "green")
    home.mkdir()
    (home / "settings.json").write_text(json.dumps({"embedder_folder": str(tiny_clip), "text_folder": "/no/words"}))
    assert run("index", "--no-captions", tmp_path / "photos")[0] == 0
    code, hits, errors = run("search", "a green circle")
    assert (code, Path(hits[0]["path"]).name) == (0, "green.png")
    assert "/no/words" in errors
    assert run("status")[1][0]["model"] == tiny_clip.name


def test_what_goes_wrong_is_said_with_the_next_step(
    home: Path, hub: SmallHub, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.cli_models.download", lambda *given: downloading.download(*given, pauses_s=(0.0,)))
    hub.list_statuses = [500] * 9
    code, facts, errors = run("models", "download", "tiny")
    assert (code, facts) == (1, [{"retrying": "hub_failed", "wait_s": 0.0}])
    assert "Try again later" in errors
    hub.list_statuses = [401]
    assert "HF_TOKEN" in run("models", "download", "tiny")[2]
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert "HTTPS_PROXY" in run("models", "download", "tiny")[2]
    assert "oriel models" in run("models", "download", "none")[2]
    assert not any(row["installed"] for row in run("models")[1] if row["id"] == "tiny")


def test_a_mirror_of_the_settings_comes_before_the_environment(
    home: Path, hub: SmallHub, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    home.mkdir()
    (home / "settings.json").write_text(json.dumps({"hub_mirror": hub.address}))
    assert run("models", "download", "tiny")[0] == 0
    assert not any("authorization" in headers for _, headers in hub.asked)


def test_the_check_ends_with_1_where_the_hub_says_otherwise(home: Path, hub: SmallHub, run: Run) -> None:
    hub.files["config.json"] += b" "
    code, told, _ = run("models", "check")
    assert code == 1
    assert {(row.get("file"), row.get("fact")) for row in told} == {
        (None, None),  # the starter is as it is
        ("config.json", "size_bytes"),
        ("config.json", "sha256"),
    }


def test_people_are_told_in_lines(home: Path, hub: SmallHub, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    assert main(["models", "download", "tiny"]) == 0
    assert main(["models", "list"]) == 0
    hub.files["config.json"] += b" "
    assert main(["models", "check", "tiny"]) == 1
    told = capsys.readouterr().out
    assert "not here" in told
    assert "on this computer" in told
    assert "oriel models use tiny" in told
    assert "tiny: config.json size_bytes: 55 instead of 54" in told


def test_every_trouble_has_words_without_gaps() -> None:
    for trouble in DownloadTrouble:
        assert trouble in DOWNLOAD_TROUBLES
        told = sentence(DownloadFailed(trouble=trouble, address="https://hub.example", what="x", wait_s=120.0))
        assert "{" not in told
    assert set(downloading._PASSING) == set(RETRIES)
    assert [size(each) for each in (999, 4355, 605_157_884, 1_500_800_904)] == ["999 B", "4 kB", "605.2 MB", "1.50 GB"]


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX word")
def test_killed_half_way_the_next_download_goes_on(home: Path, hub: SmallHub, run: Run, tmp_path: Path) -> None:
    hub.cut_after, hub.cuts = 100_000, 1
    code = (
        "import sys, pathlib; from app import paths; paths._resources = lambda: pathlib.Path(sys.argv[1]);"
        "from app.cli import main; main(['models', 'download', 'tiny'])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "resources")],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    line = process.stderr.readline()  # the cut is told, and a pause of a second begins
    assert "The connection broke" in line
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    state = run("models")[1][1]
    assert (state["installed"], state["bytes_here"] >= 100_000) == (False, True)
    assert run("models", "download", "tiny")[0] == 0
    assert hub.ranges == ["bytes=100000-"]
    assert run("models")[1][1]["installed"]


def test_a_model_is_measured_with_photos_of_the_library_and_what_was_tried_is_shown(
    home: Path, run: Run, tiny_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.startup.ModelTuner", partial(ModelTuner, make_bench=LyingBench))
    code, told, said = run("models", "measure", tiny_clip)
    assert code == 1 and not told and "too few photos" in said
    for number, colour in enumerate(("red", "green", "blue", "yellow", "red")):
        image = Image.fromarray(draw_shape(colour, "circle", edge_px=160, seed=number))
        (tmp_path / "photos").mkdir(exist_ok=True)
        image.save(tmp_path / "photos" / f"{number}.png")
    run("index", "--no-captions", tmp_path / "photos")
    code, told, _ = run("models", "measure", tiny_clip)
    assert code == 0 and told[0]["model"] == tiny_clip.name
    assert (told[0]["number_type"], told[0]["batch_size"]) == ("int8", 16)
    assert {trial["number_type"]: trial["lost"] for trial in told[0]["tried"] if trial["batch_size"] == 16} == {
        "float32": "slower",
        "bfloat16": "slower",
        "int8": None,
    }
    assert (home / "tunings.json").exists()
    assert main(["models", "measure", str(tiny_clip)]) == 0
    assert run("models", "measure", "no-such-model")[0] != 0
