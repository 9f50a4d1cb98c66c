"""What counts as a model on this computer, and how it goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.errors import DownloadFailed, DownloadTrouble, ModelInUse, ModelUnknown
from app.vision.downloads.downloading import download
from app.vision.downloads.store import MARKER, ModelStore
from tests.small_hub import SmallHub

StoreOf = Callable[..., ModelStore]


@pytest.fixture
def store(hub: SmallHub, store_of: StoreOf) -> ModelStore:
    """With its one model downloaded."""
    store = store_of(hub)
    list(download(store, store.published[0]))
    return store


def test_a_model_is_found_by_its_name_alone(store: ModelStore) -> None:
    assert store.find("tiny") is store.published[0]
    with pytest.raises(ModelUnknown):
        store.find("Tiny")


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"files": []}', '{"files": {"config.json": 1}}'])
def test_a_folder_without_a_whole_marker_is_no_model(store: ModelStore, text: str | None) -> None:
    marker = store.folder / "tiny" / MARKER
    marker.unlink() if text is None else marker.write_text(text)
    state = store.state(store.published[0])
    assert (state.is_installed, state.is_partial) == (False, True)


@pytest.mark.parametrize("is_short", [True, False])
def test_a_model_that_lost_a_file_is_none(store: ModelStore, is_short: bool) -> None:
    file = store.folder / "tiny" / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1]) if is_short else file.unlink()
    assert not store.state(store.published[0]).is_installed


def test_the_model_of_another_version_of_oriel_is_not_this_one(
    hub: SmallHub, store: ModelStore, store_of: StoreOf
) -> None:
    newer = store_of(hub, commit="f" * 40)
    assert not newer.state(newer.published[0]).is_installed


def test_a_removed_model_leaves_nothing(store: ModelStore) -> None:
    model = store.published[0]
    here = store.state(model).bytes_here
    assert store.remove(model) == here > 200_000
    assert not (store.folder / "tiny").exists()
    assert (store.state(model).is_installed, store.state(model).bytes_here) == (False, 0)
    assert store.remove(model) == 0


def test_what_is_left_of_a_download_can_be_removed(hub: SmallHub, store_of: StoreOf) -> None:
    store, hub.cut_after, hub.cuts = store_of(hub), 100_000, 99
    with pytest.raises(DownloadFailed):
        list(download(store, store.published[0], pauses_s=()))
    assert store.state(store.published[0]).is_partial
    assert store.remove(store.published[0]) >= 100_000
    assert not (store.folder / "tiny").exists()


def test_a_model_in_use_or_under_way_stays(store: ModelStore) -> None:
    model = store.published[0]
    with pytest.raises(ModelInUse):
        store.remove(model, in_use=[store.folder / "." / "tiny"])
    with store.locked(model), pytest.raises(DownloadFailed) as caught:
        store.remove(model)
    assert caught.value.trouble is DownloadTrouble.IN_PROGRESS
    assert store.state(model).is_installed


def test_a_link_to_a_folder_elsewhere_is_removed_and_the_folder_stays(store: ModelStore, tmp_path: Path) -> None:
    model = store.published[0]
    (store.folder / "tiny").rename(tmp_path / "elsewhere")
    try:
        (store.folder / "tiny").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    except OSError:
        pytest.skip("this system allows no links")
    store.remove(model)
    assert not (store.folder / "tiny").exists()
    assert (tmp_path / "elsewhere" / MARKER).exists()


def test_a_folder_that_refuses_is_said(store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_folder: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("shutil.rmtree", refuse)
    with pytest.raises(DownloadFailed) as caught:
        store.remove(store.published[0])
    assert caught.value.trouble is DownloadTrouble.FOLDER_UNWRITABLE
    assert not store.state(store.published[0]).is_installed  # its marker went first
