"""The list of models is whole, and nothing in it could fetch more than named files of one commit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app import paths
from app.vision.checkpoints.weights import inspect
from app.vision.downloads.manifest import read_manifest
from tests.small_hub import manifest_of, text_tower_of, tiny_files


def test_the_models_that_oriel_offers_are_described_in_full() -> None:
    models = {model.model_id: model for model in read_manifest(paths.resource("models.json"))}
    assert [name for name, model in models.items() if model.is_bundled] == ["starter"]
    assert {model.repository for model in models.values()} >= {
        "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
        "openai/clip-vit-base-patch32",
        "google/siglip2-base-patch16-224",
        "Salesforce/blip-image-captioning-base",
    }
    for model in models.values():
        names = {file.name for file in model.files}
        wanted = {"config.json", "tokenizer.json"}
        wanted |= {"modules.json"} if model.kind == "text_tower" else {"preprocessor_config.json"}
        assert model.is_bundled or wanted <= names
        weights = [file for file in model.files if file.name in ("model.safetensors", "pytorch_model.bin")]
        assert len(weights) == (0 if model.is_bundled else 1)
        assert all(file.size_bytes for file in weights), "people are told how large a model is"
        # One file of a pickle's kind is only ever read after its hash was checked.
        assert model.pickled is None or model.pickled.sha256


def test_the_multilingual_text_tower_serves_openais_b_32_and_no_other() -> None:
    models = {model.model_id: model for model in read_manifest(paths.resource("models.json"))}
    towers = [model for model in models.values() if model.kind == "text_tower"]
    assert [model.repository for model in towers] == ["sentence-transformers/clip-ViT-B-32-multilingual-v1"]
    assert [models[name].repository for name in towers[0].serves] == ["openai/clip-vit-base-patch32"]
    assert towers[0].dim == models[towers[0].serves[0]].dim
    assert all(not model.serves for model in models.values() if model.kind != "text_tower")


def test_what_is_said_of_the_starter_is_true(starter: Path) -> None:
    model = read_manifest(paths.resource("models.json"))[0]
    checkpoint = inspect(starter, "embedder")
    assert (model.dim, model.edge_px, model.resize) == (checkpoint.dim, checkpoint.edge_px, "squash")
    assert checkpoint.recipe.short_edge_px is None


@pytest.mark.parametrize(
    "changes",
    [
        {"commit": "main"},
        {"commit": "0123456"},
        {"repository": "no-slash"},
        {"repository": None},
        {"id": "../outside"},
        {"kind": "chatbot"},
        {"dim": None},
        {"files": []},
        {"surprise": 1},
    ],
)
def test_an_entry_that_breaks_the_form_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    (tmp_path / "models.json").write_text(json.dumps(manifest_of(tiny_files(), **changes)))
    with pytest.raises(ValueError, match=r"models\.json"):
        read_manifest(tmp_path / "models.json")


@pytest.mark.parametrize(
    "changes", [{}, {"serves": []}, {"serves": ["tiny-german"]}, {"serves": ["gone"]}, {"edge_px": 32}, {"dim": None}]
)
def test_a_text_tower_names_the_embedders_that_it_reads_for(tmp_path: Path, changes: dict[str, Any]) -> None:
    models = [manifest_of(tiny_files())["models"][0], text_tower_of(tiny_files(), **changes)]
    (tmp_path / "models.json").write_text(json.dumps({"models": models}))
    if not changes:
        assert read_manifest(tmp_path / "models.json")[1].serves == ("tiny",)
        return
    with pytest.raises(ValueError, match=r"models\.json, tiny-german"):
        read_manifest(tmp_path / "models.json")


@pytest.mark.parametrize("name", ["*.safetensors", "../config.json", "/etc/passwd", "a//b", ".hidden", "con\\fig", ""])
def test_a_file_is_a_plain_name_and_never_a_pattern(tmp_path: Path, name: str) -> None:
    (tmp_path / "models.json").write_text(json.dumps(manifest_of({name: b"1"})))
    with pytest.raises(ValueError, match=r"models\.json"):
        read_manifest(tmp_path / "models.json")


def test_a_hash_that_is_none_and_two_models_of_one_name_are_refused(tmp_path: Path) -> None:
    told = manifest_of(tiny_files())
    told["models"][0]["files"][0]["sha256"] = "abc"
    (tmp_path / "models.json").write_text(json.dumps(told))
    with pytest.raises(ValueError, match="sha256"):
        read_manifest(tmp_path / "models.json")
    twice = {"models": 2 * manifest_of(tiny_files())["models"]}
    (tmp_path / "models.json").write_text(json.dumps(twice))
    with pytest.raises(ValueError, match="two"):
        read_manifest(tmp_path / "models.json")
