"""Checkpoints that can't be used are refused by name, before or while they are loaded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from app.core.errors import ModelUnusable
from app.vision.captioner import BlipCaptioner
from app.vision.checkpoints.weights import inspect, space_of
from app.vision.embedder import ClipEmbedder


@pytest.fixture
def copied(tiny_clip: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_clip, tmp_path / "copied"))


def refusal(act: Callable[[], object]) -> dict[str, Any]:
    with pytest.raises(ModelUnusable) as caught:
        act()
    return dict(caught.value.fields)


def edit_tensors(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    file = folder / "model.safetensors"
    tensors = load_file(file)
    change(tensors)
    save_file(tensors, file, metadata={"format": "pt"})


def edit_config(folder: Path, **changes: Any) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def test_a_blip_captioner_is_refused_as_embedder_and_a_clip_as_captioner(tiny_blip: Path, tiny_clip: Path) -> None:
    told = refusal(ClipEmbedder(tiny_blip).load)
    assert (told["detail"], told["what"]) == ("wrong_kind", "BlipForConditionalGeneration")
    told = refusal(BlipCaptioner(tiny_clip).load)
    assert (told["detail"], told["what"]) == ("wrong_kind", "CLIPModel")


def test_another_blip_head_is_refused_as_captioner(tiny_blip: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_blip, tmp_path / "copied"))
    edit_config(folder, architectures=["BlipForQuestionAnswering"])
    assert refusal(BlipCaptioner(folder).load)["what"] == "BlipForQuestionAnswering"


def test_a_clip_without_its_projection_is_refused(copied: Path) -> None:
    edit_tensors(copied, lambda tensors: tensors.pop("visual_projection.weight"))
    told = refusal(lambda: inspect(copied, "embedder"))
    assert (told["detail"], told["what"]) == ("tensors_missing", "visual_projection.weight")


def test_a_vision_tower_alone_is_refused(copied: Path) -> None:
    edit_config(copied, model_type="clip_vision_model", architectures=["CLIPVisionModelWithProjection"])
    assert refusal(ClipEmbedder(copied).load)["what"] == "CLIPVisionModelWithProjection"


def test_a_missing_tensor_is_refused_by_its_name(copied: Path) -> None:
    name = "vision_model.encoder.layers.1.mlp.fc1.weight"
    edit_tensors(copied, lambda tensors: tensors.pop(name))
    told = refusal(ClipEmbedder(copied).load)
    assert told["detail"] == "tensors_missing"
    assert "layers.1.mlp.fc1.weight" in told["what"]


def test_a_tensor_of_another_shape_is_refused_by_its_name(copied: Path) -> None:
    name = "vision_model.encoder.layers.1.mlp.fc1.bias"
    edit_tensors(copied, lambda tensors: tensors.update({name: torch.zeros(5)}))
    told = refusal(ClipEmbedder(copied).load)
    assert told["detail"] == "tensors_mismatched"
    assert "layers.1.mlp.fc1.bias" in told["what"]


def test_weights_of_a_deeper_network_than_the_config_says_are_refused(copied: Path) -> None:
    config = json.loads((copied / "config.json").read_text())
    edit_config(copied, vision_config={**config["vision_config"], "num_hidden_layers": 1})
    told = refusal(ClipEmbedder(copied).load)
    assert told["detail"] == "tensors_unexpected"
    assert "layers.1." in told["what"]


def test_counters_that_old_versions_wrote_are_no_reason_to_refuse(copied: Path) -> None:
    counters = {"text_model.embeddings.position_ids": torch.arange(16)[None]}
    edit_tensors(copied, lambda tensors: tensors.update(counters))
    ClipEmbedder(copied).load()


def test_pickled_weights_are_refused_and_never_opened(copied: Path) -> None:
    (copied / "model.safetensors").unlink()
    (copied / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    told = refusal(ClipEmbedder(copied).load)
    assert (told["detail"], told["what"]) == ("pickled_only", "pytorch_model.bin")


def test_a_copy_that_broke_off_is_refused(copied: Path) -> None:
    file = copied / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    assert refusal(ClipEmbedder(copied).load)["detail"] == "weights_damaged"


@pytest.mark.parametrize("content", [b"", b"abc", b"\xff" * 64, b"\x02\0\0\0\0\0\0\0[]", b"\x02\0\0\0\0\0\0\0{}"])
def test_weights_that_are_none_are_refused(content: bytes, copied: Path) -> None:
    (copied / "model.safetensors").write_bytes(content)
    assert refusal(ClipEmbedder(copied).load)["detail"] == "weights_damaged"


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("config.json", "config_missing"),
        ("model.safetensors", "weights_missing"),
        ("tokenizer.json", "tokenizer_missing"),
        ("preprocessor_config.json", "preprocessing_missing"),
    ],
)
def test_a_missing_file_is_named(name: str, detail: str, copied: Path) -> None:
    (copied / name).unlink()
    told = refusal(ClipEmbedder(copied).load)
    assert told["path"] == copied
    assert told["detail"] == detail


def test_a_folder_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    assert refusal(lambda: ClipEmbedder(tmp_path / "gone").space)["detail"] == "folder_missing"


@pytest.mark.parametrize("text", ["{", "[]", "\x00"])
def test_a_damaged_config_is_refused(text: str, copied: Path) -> None:
    (copied / "config.json").write_text(text)
    assert refusal(ClipEmbedder(copied).load)["detail"] == "config_damaged"


def test_a_checkpoint_that_brings_its_own_code_is_refused(copied: Path) -> None:
    edit_config(copied, auto_map={"AutoModel": "modeling.Thief"})
    assert refusal(ClipEmbedder(copied).load)["detail"] == "remote_code"


def test_pictures_of_an_edge_that_the_tower_has_no_positions_for_are_refused(copied: Path) -> None:
    file = copied / "preprocessor_config.json"
    square = {"height": 64, "width": 64}
    file.write_text(json.dumps({**json.loads(file.read_text()), "crop_size": square}))
    assert refusal(ClipEmbedder(copied).load)["detail"] == "preprocessing_mismatch"


def test_a_tokenizer_without_the_towers_end_token_is_refused(copied: Path) -> None:
    config = json.loads((copied / "config.json").read_text())
    edit_config(copied, text_config={**config["text_config"], "eos_token_id": 5})
    assert refusal(ClipEmbedder(copied).load)["detail"] == "tokenizer_mismatch"


def test_a_damaged_tokenizer_is_refused(copied: Path) -> None:
    (copied / "tokenizer.json").write_text("{}")
    assert refusal(ClipEmbedder(copied).load)["detail"] == "tokenizer_damaged"


def test_the_space_changes_with_image_tower_projection_and_preprocessing_and_with_nothing_else(copied: Path) -> None:
    embedder = ClipEmbedder(copied)
    spaces = [embedder.space]
    (copied / "README.md").write_text("A note.")
    edit_tensors(copied, lambda tensors: tensors["text_model.final_layer_norm.bias"].add_(1))
    assert embedder.space == spaces[0]

    for name in ("vision_model.encoder.layers.0.mlp.fc1.weight", "visual_projection.weight"):
        edit_tensors(copied, lambda tensors, name=name: tensors[name].add_(1))
        spaces.append(embedder.space)
    file = copied / "preprocessor_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "resample": 2}))
    spaces.append(embedder.space)
    assert len(set(spaces)) == 4


def test_the_space_of_the_starter_stays_so_that_no_library_is_embedded_again(starter: Path, tmp_path: Path) -> None:
    assert ClipEmbedder(starter).space == "cd9055a09cda654a12c5c333c5220b07"
    moved = Path(shutil.copytree(starter, tmp_path / "elsewhere"))
    assert ClipEmbedder(moved).space == "cd9055a09cda654a12c5c333c5220b07"


def test_every_tensor_of_the_image_side_is_in_the_space_and_no_other(tiny_siglip: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_siglip, tmp_path / "copied"))
    whole = ClipEmbedder(folder).space
    for name in load_file(folder / "model.safetensors"):
        edit_tensors(folder, lambda tensors, name=name: tensors[name].view(-1)[-1:].add_(1))
        assert (ClipEmbedder(folder).space != whole) == name.startswith("vision_model."), name
        edit_tensors(folder, lambda tensors, name=name: tensors[name].view(-1)[-1:].sub_(1))


def test_the_space_is_that_of_the_weights_not_of_the_file_that_holds_them(copied: Path) -> None:
    whole = space_of(inspect(copied, "embedder"))
    counters = {"vision_model.embeddings.position_ids": torch.arange(17)[None]}
    edit_tensors(copied, lambda tensors: tensors.update(counters))
    tensors = load_file(copied / "model.safetensors")
    backwards = dict(sorted(tensors.items(), reverse=True))
    save_file(backwards, copied / "model.safetensors", metadata={"format": "pt", "made_by": "somebody"})
    edit_config(copied, transformers_version="9.9")
    assert space_of(inspect(copied, "embedder")) == whole


def test_the_same_weights_computed_otherwise_are_another_space(copied: Path, starter: Path, tmp_path: Path) -> None:
    told = json.loads((copied / "config.json").read_text())
    as_it_was = ClipEmbedder(copied).space
    edit_config(copied, text_config={**told["text_config"], "hidden_act": "gelu"})
    assert ClipEmbedder(copied).space == as_it_was
    spaces = {as_it_was}
    for changed in ({"hidden_act": "gelu"}, {"num_attention_heads": 2}, {"layer_norm_eps": 0.1}):
        edit_config(copied, vision_config={**told["vision_config"], **changed})
        spaces.add(ClipEmbedder(copied).space)
    assert len(spaces) == 4
    unspoken = {name: value for name, value in told["vision_config"].items() if name != "hidden_act"}
    edit_config(copied, vision_config=unspoken)
    assert ClipEmbedder(copied).space == as_it_was

    own = Path(shutil.copytree(starter, tmp_path / "own"))
    config = json.loads((own / "config.json").read_text())
    edit_config(own, vision_config={**config["vision_config"], "hidden_act": "relu"})
    assert ClipEmbedder(own).space != ClipEmbedder(starter).space


def test_weights_in_several_files_are_read_as_one(copied: Path) -> None:
    whole = space_of(inspect(copied, "embedder"))
    tensors = load_file(copied / "model.safetensors")
    (copied / "model.safetensors").unlink()
    names = sorted(tensors)
    parts = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for file, held in parts.items():
        save_file({name: tensors[name] for name in held}, copied / file, metadata={"format": "pt"})
    weight_map = {name: file for file, held in parts.items() for name in held}
    index = {"metadata": {"total_size": 1}, "weight_map": weight_map}
    (copied / "model.safetensors.index.json").write_text(json.dumps(index))
    assert space_of(inspect(copied, "embedder")) == whole
    ClipEmbedder(copied).load()
