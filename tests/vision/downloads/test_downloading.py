"""Whatever a hub does, a folder is a model only when every byte of it is right."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load

from app.core.errors import DiskFull, DownloadFailed, DownloadTrouble, ModelUnusable
from app.core.models import Checking, Converting, Downloaded, DownloadFact, Downloading, Retrying
from app.vision.checkpoints.weights import inspect
from app.vision.downloads.downloading import download
from app.vision.downloads.store import MARKER, ModelStore
from tests.small_hub import SmallHub

StoreOf = Callable[..., ModelStore]
WEIGHTS = "model.safetensors"


def fetch(store: ModelStore, tries: int = 3) -> list[DownloadFact]:
    return list(download(store, store.published[0], pauses_s=(0.0,) * tries))


def refusal(store: ModelStore) -> tuple[DownloadTrouble, dict[str, Any]]:
    """What a download ends with; nothing of it may look like a model."""
    with pytest.raises(DownloadFailed) as caught:
        fetch(store)
    assert not store.state(store.published[0]).is_installed
    assert not (store.folder / "tiny" / MARKER).exists()
    return caught.value.trouble, dict(caught.value.fields)


def contents(store: ModelStore) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (store.folder / "tiny").iterdir() if path.name != MARKER}


def test_a_model_comes_whole_and_says_how_far_it_is(hub: SmallHub, store_of: StoreOf) -> None:
    store = store_of(hub)
    facts = fetch(store)
    assert contents(store) == hub.files
    inspect(store.folder / "tiny", "embedder")
    total = sum(len(data) for data in hub.files.values())
    done = [fact.done_bytes for fact in facts if isinstance(fact, Downloading)]
    assert (done[-1], done) == (total, sorted(done))
    assert all(fact.total_bytes == total for fact in facts if isinstance(fact, Downloading))
    assert isinstance(facts[-1], Downloaded)
    assert store.state(store.published[0]).is_installed
    marker = json.loads((store.folder / "tiny" / MARKER).read_text())
    assert marker["files"][WEIGHTS]["sha256"] == hashlib.sha256(hub.files[WEIGHTS]).hexdigest()


def test_what_is_there_is_not_fetched_again(hub: SmallHub, store_of: StoreOf) -> None:
    store = store_of(hub)
    fetch(store)
    asked = len(hub.asked)
    assert [type(fact) for fact in fetch(store)] == [Downloaded]
    assert len(hub.asked) == asked


def test_only_the_files_of_the_manifest_are_fetched(hub: SmallHub, store_of: StoreOf) -> None:
    store = store_of(hub)
    hub.files["open_clip_model.safetensors"] = b"the same again"
    fetch(store)
    assert hub.asked_for("open_clip_model.safetensors") == 0
    assert "open_clip_model.safetensors" not in contents(store)


def test_a_cut_connection_goes_on_where_it_broke(hub: SmallHub, store_of: StoreOf) -> None:
    hub.cut_after, hub.cuts = 60_000, 3
    facts = fetch(store := store_of(hub))
    assert hub.ranges == ["bytes=60000-", "bytes=120000-", "bytes=180000-"]
    assert [fact.error.trouble for fact in facts if isinstance(fact, Retrying)] == [DownloadTrouble.CUT] * 3
    assert contents(store) == hub.files


def test_a_cut_after_something_new_gives_all_tries_again(hub: SmallHub, store_of: StoreOf) -> None:
    hub.cut_after, hub.cuts = 50_000, 99
    fetch(store := store_of(hub), tries=1)
    assert len(hub.ranges) == len(hub.files[WEIGHTS]) // 50_000 == 8
    assert contents(store) == hub.files


def test_cuts_that_let_nothing_through_end_it(hub: SmallHub, store_of: StoreOf) -> None:
    hub.cut_after, hub.cuts = 0, 99
    assert refusal(store_of(hub))[0] is DownloadTrouble.CUT
    assert len(hub.asked) == 1 + 4


def test_a_hub_that_ignores_ranges_sends_the_file_from_its_beginning(hub: SmallHub, store_of: StoreOf) -> None:
    hub.ignores_ranges, hub.cut_after, hub.cuts = True, 150_000, 1
    fetch(store := store_of(hub))
    assert hub.ranges == ["bytes=150000-"]
    assert contents(store) == hub.files


def test_a_hub_that_ignores_ranges_and_always_cuts_is_given_up(hub: SmallHub, store_of: StoreOf) -> None:
    hub.ignores_ranges, hub.cut_after, hub.cuts = True, 150_000, 99
    assert refusal(store_of(hub))[0] is DownloadTrouble.CUT
    assert hub.asked_for(WEIGHTS) == 4


def test_a_cancelled_download_keeps_its_part_and_the_next_one_goes_on(hub: SmallHub, store_of: StoreOf) -> None:
    store, model = store_of(hub), store_of(hub).published[0]
    hub.cut_after = 100_000
    facts = download(store, model, pauses_s=(3600.0,))
    for fact in facts:
        if isinstance(fact, Retrying):
            break
    facts.close()
    state = store.state(model)
    assert (state.is_installed, state.is_partial) == (False, True)
    assert state.bytes_here > 100_000
    facts_again = fetch(store)
    assert hub.ranges == ["bytes=100000-"]
    assert any(isinstance(fact, Checking) and fact.file == WEIGHTS for fact in facts_again)
    assert contents(store) == hub.files


def test_files_without_their_marker_are_looked_at_and_not_fetched_again(hub: SmallHub, store_of: StoreOf) -> None:
    fetch(store := store_of(hub))
    (store.folder / "tiny" / MARKER).unlink()
    (store.folder / "tiny" / "config.json").write_bytes(bytes(len(hub.files["config.json"])))  # damaged meanwhile
    assert not store.state(store.published[0]).is_installed
    fetch(store)
    assert (hub.asked_for(WEIGHTS), hub.asked_for("config.json")) == (1, 2)
    assert contents(store) == hub.files


def test_wrong_bytes_are_fetched_once_more(hub: SmallHub, store_of: StoreOf) -> None:
    hub.wrong, hub.wrongs = {WEIGHTS}, 1
    fetch(store := store_of(hub))
    assert contents(store) == hub.files
    assert hub.asked_for(WEIGHTS) == 2


@pytest.mark.parametrize("name", ["config.json", WEIGHTS])
@pytest.mark.parametrize("is_known", [True, False])
def test_bytes_that_stay_wrong_are_thrown_away(hub: SmallHub, store_of: StoreOf, name: str, is_known: bool) -> None:
    """Whether the manifest knows the hash, or only the hub told it (of small files: git's)."""
    unknown = [{"name": each, "size_bytes": None, "sha256": None, "verified": False} for each in hub.files]
    store = store_of(hub, **({} if is_known else {"files": unknown}))
    hub.wrong = {name}
    found, fields = refusal(store)
    assert (found, fields["what"]) == (DownloadTrouble.WRONG_CONTENT, name)
    assert not any(path.startswith(name) for path in contents(store))


def test_more_bytes_than_promised_are_wrong_and_do_not_fill_the_disk(hub: SmallHub, store_of: StoreOf) -> None:
    store, hub.extra_bytes = store_of(hub), bytes(5_000_000)
    assert refusal(store)[0] is DownloadTrouble.WRONG_CONTENT
    assert sum(len(data) for data in contents(store).values()) < 1000


@pytest.mark.parametrize("is_size", [True, False])
def test_a_hub_that_offers_another_file_than_we_know_gets_no_further(
    hub: SmallHub, store_of: StoreOf, is_size: bool
) -> None:
    store = store_of(hub)
    if is_size:
        hub.told_sizes[WEIGHTS] = 5
    else:
        hub.files[WEIGHTS] = hub.files[WEIGHTS][:-1] + b"!"
    found, fields = refusal(store)
    assert (found, fields["what"]) == (DownloadTrouble.OTHER_CONTENT, WEIGHTS)
    assert hub.asked_for(WEIGHTS) == 0


def test_a_small_file_that_only_the_hub_calls_right_is_not_taken(hub: SmallHub, store_of: StoreOf) -> None:
    """The hub tells git's hash of small files; the manifest's sha256 is asked all the same."""
    store = store_of(hub)
    hub.files["config.json"] = hub.files["config.json"].replace(b"CLIPModel", b"EvilModel")
    assert refusal(store)[0] is DownloadTrouble.WRONG_CONTENT


def test_a_file_that_the_hub_does_not_have_is_named(hub: SmallHub, store_of: StoreOf) -> None:
    store = store_of(hub)
    del hub.files["tokenizer.json"]
    found, fields = refusal(store)
    assert (found, fields["what"]) == (DownloadTrouble.NOT_FOUND, "tokenizer.json")


@pytest.mark.parametrize(
    ("statuses", "expected", "asked"),
    [
        ([500, 503], None, 3),
        ([500] * 9, DownloadTrouble.HUB_FAILED, 4),
        ([429], None, 2),
        ([401], DownloadTrouble.REFUSED, 1),
        ([403], DownloadTrouble.REFUSED, 1),
        ([404], DownloadTrouble.NOT_FOUND, 1),
    ],
)
def test_what_passes_is_tried_again_and_what_does_not_is_said_at_once(
    hub: SmallHub, store_of: StoreOf, statuses: list[int], expected: DownloadTrouble | None, asked: int
) -> None:
    hub.statuses, hub.status_headers = list(statuses), {"Retry-After": "0"}
    store = store_of(hub)
    if expected is None:
        fetch(store)
        assert contents(store) == hub.files
    else:
        assert refusal(store)[0] is expected
    assert hub.asked_for("config.json") == asked


def test_a_pause_that_the_hub_asks_for_is_kept_and_a_long_one_is_told(hub: SmallHub, store_of: StoreOf) -> None:
    hub.statuses, hub.status_headers = [429], {"Retry-After": "30"}
    facts = download(store := store_of(hub), store.published[0], pauses_s=(0.0,))
    waiting = next(fact for fact in facts if isinstance(fact, Retrying))
    assert 29 < waiting.wait_s <= 30
    facts.close()
    hub.statuses, hub.status_headers = [429], {"Retry-After": "3600"}
    found, fields = refusal(store)
    assert (found, fields["wait_s"]) == (DownloadTrouble.BUSY, 3600)


def test_a_hub_that_is_away_is_told_after_few_tries(hub: SmallHub, store_of: StoreOf) -> None:
    hub.list_statuses = [503] * 9
    facts: list[DownloadFact] = []
    store = store_of(hub)
    with pytest.raises(DownloadFailed):
        facts.extend(download(store, store.published[0], pauses_s=(0.0,) * 5))
    assert len(hub.asked) == 3


def test_a_slow_hub_is_given_up_and_what_came_is_kept(hub: SmallHub, store_of: StoreOf) -> None:
    hub.cut_after = 100_000
    store = store_of(hub, read_timeout_s=0.1)
    for fact in download(store, store.published[0], pauses_s=(0.0,)):
        if isinstance(fact, Retrying):
            hub.stalls = True
            break
    assert refusal(store)[0] is DownloadTrouble.TIMED_OUT
    assert store.state(store.published[0]).bytes_here > 100_000


def test_a_full_disk_is_asked_for_before_and_told_when_it_fills(
    hub: SmallHub, store_of: StoreOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: usage(10, 9, 1_000_000))
        found, fields = refusal(store := store_of(hub))
        assert (found, fields["free_bytes"]) == (DownloadTrouble.NO_ROOM, 1_000_000)
        assert fields["needed_bytes"] > sum(len(data) for data in hub.files.values())
        assert hub.asked_for(WEIGHTS) == 0
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", _full)
        with pytest.raises(DiskFull):
            fetch(store)
    fetch(store)
    assert contents(store) == hub.files


def _full(_file: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_folder_that_can_not_be_written_is_told(hub: SmallHub, store_of: StoreOf) -> None:
    store = store_of(hub)
    store.folder.write_text("a file, where the folder of models should be")
    assert refusal(store)[0] is DownloadTrouble.FOLDER_UNWRITABLE


def test_two_at_one_model_do_not_mix(hub: SmallHub, store_of: StoreOf) -> None:
    store = store_of(hub)
    with store.locked(store.published[0]):
        assert refusal(store_of(hub))[0] is DownloadTrouble.IN_PROGRESS
    fetch(store)


def test_files_that_come_as_promised_and_make_no_model_are_refused(hub: SmallHub, store_of: StoreOf) -> None:
    hub.files["config.json"] = b'{"model_type": "clip", "architectures": ["CLIPVisionModel"]}'
    store = store_of(hub)
    with pytest.raises(ModelUnusable):
        fetch(store)
    assert not store.state(store.published[0]).is_installed


def pickle_weights(hub: SmallHub) -> None:
    """The same weights, as old repositories have them."""
    tensors = load(hub.files.pop(WEIGHTS))
    stream = io.BytesIO()
    torch.save(tensors, stream)
    hub.files["pytorch_model.bin"] = stream.getvalue()


def test_a_model_in_pickles_alone_becomes_safetensors(hub: SmallHub, store_of: StoreOf) -> None:
    before = load(hub.files[WEIGHTS])
    pickle_weights(hub)
    facts = fetch(store := store_of(hub))
    assert {fact.file for fact in facts if isinstance(fact, Converting)} == {"pytorch_model.bin"}
    assert set(contents(store)) == {*hub.files, WEIGHTS} - {"pytorch_model.bin"}
    after = load(contents(store)[WEIGHTS])
    assert set(after) == set(before)
    assert all(torch.equal(after[name].view(torch.int16), before[name].view(torch.int16)) for name in before)
    assert store.state(store.published[0]).is_installed
    assert [type(fact) for fact in fetch(store)] == [Downloaded]


def test_a_program_that_ends_while_it_converts_need_not_fetch_again(
    hub: SmallHub, store_of: StoreOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(folder: Path, _sha256: str) -> Path:
        (folder / WEIGHTS).write_bytes(b"who knows how much of it")
        raise KeyboardInterrupt

    pickle_weights(hub)
    store = store_of(hub)
    with monkeypatch.context() as patch:
        patch.setattr("app.vision.downloads.downloading.convert_pickled", killed)
        with pytest.raises(KeyboardInterrupt):
            fetch(store)
    assert not store.state(store.published[0]).is_installed
    fetch(store)
    assert hub.asked_for("pytorch_model.bin") == 1
    inspect(store.folder / "tiny", "embedder")
    assert store.state(store.published[0]).is_installed


def test_a_pickle_that_is_a_program_is_refused_and_never_run(hub: SmallHub, store_of: StoreOf, tmp_path: Path) -> None:
    del hub.files[WEIGHTS]
    stream = io.BytesIO()
    torch.save({"visual_projection.weight": Program(str(tmp_path / "ran"))}, stream)
    hub.files["pytorch_model.bin"] = stream.getvalue()
    store = store_of(hub)
    with pytest.raises(ModelUnusable) as caught:
        fetch(store)
    assert caught.value.fields["detail"] == "pickle_unsafe"
    assert not (tmp_path / "ran").exists()
    assert not store.state(store.published[0]).is_installed


class Program:
    """Unpickled by whoever trusts it, it writes a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, str]]:
        return open, (self.path, "w")


def test_what_an_older_version_left_goes(hub: SmallHub, store_of: StoreOf) -> None:
    fetch(store := store_of(hub))
    (store.folder / "tiny" / MARKER).write_text('{"commit": "before", "files": {}}')
    for name in ("old_tokenizer.json", f"{WEIGHTS}.0000000000000000.part"):
        (store.folder / "tiny" / name).write_text("old")
    assert not store.state(store.published[0]).is_installed
    fetch(store)
    assert contents(store) == hub.files
