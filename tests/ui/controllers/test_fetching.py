"""Downloads as jobs: begun, cancelled, gone on with, failed and removed, against a hub on loopback."""

from __future__ import annotations

import json

import pytest

from app.core.errors import DownloadFailed, DownloadTrouble, ModelInUse
from app.core.models import Retrying
from app.ui.controllers.fetching import Fetching, running
from app.ui.jobs import Jobs
from app.ui.joiners import model_texts
from app.vision.downloads import downloading
from app.vision.downloads.hub import Hub
from app.vision.downloads.manifest import read_manifest
from app.vision.downloads.store import ModelStore
from app.vision.tuning import TuningStore
from tests.fakes import a_library
from tests.small_hub import manifest_of

WEIGHTS = "model.safetensors"


@pytest.fixture
def jobs(qtbot):
    jobs = Jobs(a_library)
    yield jobs
    assert jobs.quit()


@pytest.fixture
def store(hub, tmp_path, starter):
    (tmp_path / "models.json").write_text(json.dumps(manifest_of(hub.files)))
    speaking = Hub(hub.address, read_timeout_s=0.3)
    return ModelStore(tmp_path / "models", starter.parent, read_manifest(tmp_path / "models.json"), speaking)


@pytest.fixture
def fetching(qtbot, jobs, store, tmp_path, monkeypatch):
    monkeypatch.setattr(downloading, "_STEP_S", 0.01)
    monkeypatch.setattr(downloading.download, "__kwdefaults__", {"pauses_s": (0.0,)})
    fetching = Fetching(jobs, store, TuningStore(tmp_path / "tunings.json"))
    fetching.look()
    qtbot.waitUntil(lambda: bool(fetching.states))
    return fetching


def wait_for_end(qtbot, fetching, is_installed):
    qtbot.waitUntil(
        lambda: not fetching.fetches and fetching.states[0].is_installed is is_installed,
        timeout=15_000,
    )


def test_a_model_is_fetched_and_told_of(qtbot, fetching, store):
    told = []
    fetching.fetched.connect(told.append)
    fetching.download("tiny")
    assert running(fetching.fetches) == "tiny"
    wait_for_end(qtbot, fetching, True)
    assert told == [store.find("tiny")]
    assert fetching.errors == {}


def test_looking_at_what_is_here_asks_no_hub(qtbot, fetching, hub):
    fetching.set_store(fetching._store)
    with qtbot.waitSignal(fetching.changed):
        fetching.look()
    assert hub.asked == []


def test_a_cancelled_download_keeps_what_came_and_goes_on_from_there(qtbot, fetching, hub, monkeypatch):
    monkeypatch.setattr(downloading.download, "__kwdefaults__", {"pauses_s": (30.0,)})
    hub.cut_after, hub.cuts = 30_000, 1
    stopped = []

    def stop_once_there_is_something():
        fetch = fetching.fetches.get("tiny")
        if fetch and isinstance(fetch.fact, Retrying) and not stopped:
            stopped.append(True)
            fetching.cancel("tiny")
            assert fetching.fetches["tiny"].is_stopping

    fetching.changed.connect(stop_once_there_is_something)
    fetching.download("tiny")
    wait_for_end(qtbot, fetching, False)
    assert fetching.states[0].is_partial
    assert fetching.errors == {}
    fetching.download("tiny")
    wait_for_end(qtbot, fetching, True)
    assert hub.ranges == ["bytes=30000-"]


def test_a_second_press_does_not_begin_a_second_download(qtbot, fetching, hub):
    fetching.download("tiny")
    fetching.download("tiny")
    wait_for_end(qtbot, fetching, True)
    assert hub.asked_for(WEIGHTS) == 1


@pytest.mark.parametrize(
    ("break_it", "trouble"),
    [
        (lambda hub: setattr(hub, "stalls", True), DownloadTrouble.TIMED_OUT),
        (lambda hub: hub.wrong.add(WEIGHTS), DownloadTrouble.WRONG_CONTENT),
        (lambda hub: hub.list_statuses.extend([401] * 9), DownloadTrouble.REFUSED),
        (lambda hub: hub.list_statuses.extend([404] * 9), DownloadTrouble.NOT_FOUND),
        (lambda hub: hub.statuses.extend([500] * 9), DownloadTrouble.HUB_FAILED),
        (lambda hub: (setattr(hub, "cut_after", 0), setattr(hub, "cuts", 99)), DownloadTrouble.CUT),
    ],
)
def test_a_hub_that_fails_leaves_an_error_and_no_model(qtbot, fetching, hub, break_it, trouble):
    break_it(hub)
    fetching.download("tiny")
    qtbot.waitUntil(lambda: "tiny" in fetching.errors and not fetching.fetches, timeout=15_000)
    error = fetching.errors["tiny"]
    assert isinstance(error, DownloadFailed)
    assert error.trouble is trouble
    assert not fetching.states[0].is_installed
    hub.__dict__.update(stalls=False, wrong=set(), list_statuses=[], statuses=[], cut_after=None)
    fetching.download("tiny")
    assert fetching.errors == {}
    wait_for_end(qtbot, fetching, True)


def test_a_hub_that_is_away_is_said_to_be_so(qtbot, fetching, store):
    away = Hub("http://127.0.0.1:1")
    fetching.set_store(ModelStore(store.folder, store.bundled, store.published, away))
    assert fetching.address == "http://127.0.0.1:1"
    fetching.download("tiny")
    qtbot.waitUntil(lambda: "tiny" in fetching.errors and not fetching.fetches, timeout=15_000)
    assert fetching.errors["tiny"].trouble is DownloadTrouble.UNREACHABLE


def test_a_model_is_removed_unless_it_is_in_use(qtbot, fetching, store):
    fetching.download("tiny")
    wait_for_end(qtbot, fetching, True)
    folder = store.folder_of(store.find("tiny"))
    fetching.remove("tiny", [folder])
    qtbot.waitUntil(lambda: "tiny" in fetching.errors)
    assert isinstance(fetching.errors["tiny"], ModelInUse)
    assert folder.exists()
    fetching.remove("tiny", [])
    wait_for_end(qtbot, fetching, False)
    assert not folder.exists()
    assert fetching.errors == {}


def test_leaving_the_program_in_the_middle_of_a_download_keeps_what_came(qtbot, hub, store, tmp_path, monkeypatch):
    monkeypatch.setattr(downloading, "_STEP_S", 0.01)
    hub.cut_after, hub.cuts = 30_000, 1
    jobs = Jobs(a_library)
    fetching = Fetching(jobs, store, TuningStore(tmp_path / "tunings.json"))
    fetching.download("tiny")
    qtbot.waitUntil(lambda: isinstance(fetching.fetches["tiny"].fact, Retrying), timeout=15_000)
    assert jobs.quit()
    assert store.state(store.find("tiny")).is_partial
    model = store.find("tiny")
    assert list(downloading.download(store, model))[-1].folder == store.folder_of(model)
    assert hub.ranges == ["bytes=30000-"]


def test_what_waits_for_another_download_says_so(fetching):
    waiting = model_texts.Fetch()
    assert model_texts.progress(waiting, is_next=False) != model_texts.progress(waiting)
