"""A downloaded text tower is declared for the image models of the manifest that are here, and for no others."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from app import startup
from app.core.errors import ImageModelNeeded, ModelNotInstalled, ModelUnusable
from app.settings import Settings
from app.vision.checkpoints.text_towers import DECLARATION
from app.vision.downloads.downloading import download
from app.vision.downloads.hub import Hub
from app.vision.downloads.manifest import read_manifest
from app.vision.downloads.serving import declare_served
from app.vision.downloads.store import ModelStore
from app.vision.embedder import ClipEmbedder
from tests.small_hub import SmallHub, files_of, manifest_of, text_tower_of


@pytest.fixture
def store(hub: SmallHub, tiny_clip: Path, tiny_text_tower: Path, starter: Path, tmp_path: Path) -> ModelStore:
    """Knows the tiny CLIP and the text tower that serves it; neither is here."""
    models = [*manifest_of(files_of(tiny_clip))["models"], text_tower_of(files_of(tiny_text_tower))]
    (tmp_path / "models.json").write_text(json.dumps({"models": models}))
    speaking = Hub(hub.address, sends_token=False)
    return ModelStore(tmp_path / "models", starter.parent, read_manifest(tmp_path / "models.json"), speaking)


def fetch(store: ModelStore, hub: SmallHub, name: str, folder: Path) -> Path:
    hub.files = files_of(folder)
    list(download(store, store.find(name)))
    return store.folder / name


def test_it_is_declared_as_it_comes_where_its_image_model_is_here(
    store: ModelStore, hub: SmallHub, tiny_clip: Path, tiny_text_tower: Path
) -> None:
    image = fetch(store, hub, "tiny", tiny_clip)
    tower = fetch(store, hub, "tiny-german", tiny_text_tower)
    space = ClipEmbedder(image).space
    assert json.loads((tower / DECLARATION).read_text()) == {"serves": [space]}


def test_without_its_image_model_it_is_whole_and_serves_nothing_yet(
    store: ModelStore, hub: SmallHub, tiny_text_tower: Path
) -> None:
    tower = fetch(store, hub, "tiny-german", tiny_text_tower)
    assert store.state(store.find("tiny-german")).is_installed
    assert not (tower / DECLARATION).exists()
    assert declare_served(store, store.find("tiny-german")) == frozenset()


def test_it_can_be_used_with_the_image_model_that_it_serves_alone(
    store: ModelStore, hub: SmallHub, tiny_clip: Path, tiny_siglip: Path, tiny_text_tower: Path, tmp_path: Path
) -> None:
    tower = store.find("tiny-german")
    with pytest.raises(ModelNotInstalled):
        startup.choose_model(Settings(), store, tower)
    folder = fetch(store, hub, "tiny-german", tiny_text_tower)
    image = fetch(store, hub, "tiny", tiny_clip)
    for other in (None, str(tiny_siglip)):
        with pytest.raises(ImageModelNeeded) as caught:
            startup.choose_model(Settings(embedder_folder=other), store, tower)
        assert caught.value.fields == {"name": "tiny-german", "needed": "tiny"}
    chosen = startup.choose_model(Settings(embedder_folder=str(image)), store, tower)
    assert chosen == Settings(embedder_folder=str(image), text_folder=str(folder))
    copied = shutil.copytree(tiny_clip, tmp_path / "the same by another name")
    assert startup.choose_model(Settings(embedder_folder=str(copied)), store, tower).text_folder == str(folder)


def test_it_rests_while_another_model_searches_and_reads_again_for_its_own(
    store: ModelStore, hub: SmallHub, tiny_clip: Path, tiny_text_tower: Path, tmp_path: Path
) -> None:
    image = fetch(store, hub, "tiny", tiny_clip)
    folder = fetch(store, hub, "tiny-german", tiny_text_tower)
    chosen = Settings(embedder_folder=str(image), text_folder=str(folder), next_embedder_folder="")
    assert startup.choose_model(chosen, store, store.find("tiny")) == replace(chosen, next_embedder_folder=None)
    for settings, reads in ((chosen, (folder, None)), (Settings(text_folder=str(folder)), (None,))):
        library = startup.library_opener(settings, tmp_path / "library")()
        embedders = [library.embedder, *([library.successor.embedder] if library.successor else [])]
        assert tuple(each._text_folder for each in embedders) == reads  # type: ignore[attr-defined]
        startup.close_for_good(library)
    (folder / DECLARATION).unlink()
    with pytest.raises(ModelUnusable) as caught:
        startup.library_opener(chosen, tmp_path / "library")
    assert caught.value.fields["path"] == folder
