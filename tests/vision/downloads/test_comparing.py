"""The manifest against the hub: what differs, what is new, and what the installed folder says."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from app.core.models import Difference
from app.vision.downloads.comparing import compare
from app.vision.downloads.downloading import download
from app.vision.downloads.store import ModelStore
from tests.small_hub import SmallHub

StoreOf = Callable[..., ModelStore]
WEIGHTS = "model.safetensors"


def differences(store: ModelStore) -> list[Difference]:
    return list(compare(store, store.published[0]))


def test_a_manifest_that_is_right_differs_in_nothing(hub: SmallHub, store_of: StoreOf) -> None:
    assert differences(store_of(hub)) == []
    assert hub.asked_for(WEIGHTS) == 0  # large files are not fetched for it


def test_sizes_hashes_files_and_the_licence_are_compared(hub: SmallHub, store_of: StoreOf) -> None:
    store = store_of(hub, licence="Apache-2.0")
    hub.files["config.json"] += b" "
    hub.files[WEIGHTS] = hub.files[WEIGHTS][:-1] + b"!"
    del hub.files["tokenizer.json"]
    found = {(each.file, each.fact): each for each in differences(store)}
    assert set(found) == {
        ("config.json", "size_bytes"),
        ("config.json", "sha256"),
        (WEIGHTS, "sha256"),
        ("tokenizer.json", "file"),
        (None, "licence"),
    }
    assert found["config.json", "sha256"].found == hashlib.sha256(hub.files["config.json"]).hexdigest()
    assert found["tokenizer.json", "file"].found is None
    assert not any(each.is_news for each in found.values())


def test_what_the_manifest_leaves_open_is_news(hub: SmallHub, store_of: StoreOf) -> None:
    open_files = [{"name": name, "size_bytes": None, "sha256": None, "verified": False} for name in hub.files]
    found = differences(store_of(hub, files=open_files))
    assert len(found) == 2 * len(hub.files)
    assert all(each.is_news for each in found)
    told = {(each.file, each.fact): each.found for each in found}
    assert told[WEIGHTS, "sha256"] == hashlib.sha256(hub.files[WEIGHTS]).hexdigest()


def test_an_installed_model_is_asked_what_it_is(hub: SmallHub, store_of: StoreOf) -> None:
    store = store_of(hub, edge_px=224, dim=512)
    list(download(store, store.published[0]))
    assert [(each.fact, each.expected, each.found) for each in differences(store)] == [("dim", "512", "32")]
