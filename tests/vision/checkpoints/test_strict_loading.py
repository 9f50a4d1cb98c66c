"""Each family refuses by name what transformers would fill with random numbers, run, or take for something else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel

from app.core.errors import ModelUnusable
from app.vision.captioner import BlipCaptioner
from app.vision.checkpoints.text_towers import declare_spaces
from app.vision.embedder import ClipEmbedder
from tests.checkpoints import build_dual_encoder


@dataclass(frozen=True)
class Family:
    """A whole checkpoint, how Oriel loads a folder of its kind, and tensors of it: of the first layers and the last."""

    folder: Path
    load: Callable[[Path], object]
    tensors: tuple[str, ...]


NAMES = ("CLIP", "SigLIP", "dual encoder", "ResNet and BERT", "BLIP", "text tower")


@pytest.fixture(scope="module")
def families(
    tiny_clip: Path,
    tiny_siglip: Path,
    tiny_blip: Path,
    tiny_text_tower: Path,
    starter: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Family]:
    made = tmp_path_factory.mktemp("checkpoints")
    german = Path(shutil.copytree(tiny_text_tower, made / "german"))
    declare_spaces(german, [ClipEmbedder(tiny_clip).space])

    def embed(folder: Path) -> None:
        ClipEmbedder(folder, device="cpu").load()

    def caption(folder: Path) -> None:
        BlipCaptioner(folder, device="cpu").load()

    def read(folder: Path) -> None:
        ClipEmbedder(tiny_clip, text_folder=folder, device="cpu").load()

    patches, words = "vision_model.embeddings.patch_embedding.weight", "text_model.embeddings.word_embeddings.weight"
    tokens = "text_model.embeddings.token_embedding.weight"
    return {
        "CLIP": Family(tiny_clip, embed, (patches, tokens, "text_projection.weight")),
        "SigLIP": Family(tiny_siglip, embed, (patches, tokens, "vision_model.head.probe", "text_model.head.bias")),
        "dual encoder": Family(
            starter, embed, ("vision_model.conv_1x1.convolution.weight", words, "visual_projection.weight")
        ),
        "ResNet and BERT": Family(
            build_dual_encoder(made / "resnet-bert"),
            embed,
            ("vision_model.embedder.embedder.convolution.weight", words, "visual_projection.weight"),
        ),
        "BLIP": Family(
            tiny_blip,
            caption,
            (
                "vision_model.embeddings.class_embedding",
                "text_decoder.bert.encoder.layer.1.crossattention.self.key.weight",
            ),
        ),
        "text tower": Family(
            german, read, ("embeddings.word_embeddings.weight", "transformer.layer.1.ffn.lin2.weight")
        ),
    }


@pytest.fixture(params=NAMES)
def family(request: pytest.FixtureRequest, families: dict[str, Family], tmp_path: Path) -> Family:
    """A copy that a test may spoil."""
    whole = families[request.param]
    return Family(Path(shutil.copytree(whole.folder, tmp_path / "copied")), whole.load, whole.tensors)


def refusal(family: Family) -> tuple[str, str]:
    with pytest.raises(ModelUnusable) as caught:
        family.load(family.folder)
    assert Path(str(caught.value.fields["path"])).is_relative_to(family.folder)
    return str(caught.value.fields["detail"]), str(caught.value.fields["what"])


def edit_tensors(family: Family, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    file = family.folder / "model.safetensors"
    tensors = load_file(file)
    change(tensors)
    save_file(tensors, file, metadata={"format": "pt"})


def edit_config(family: Family, **changes: Any) -> None:
    file = family.folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def test_a_whole_checkpoint_loads(family: Family) -> None:
    family.load(family.folder)


def test_an_incomplete_one_is_refused_by_the_tensor_that_is_missing(family: Family) -> None:
    for name in family.tensors:
        kept = load_file(family.folder / "model.safetensors")[name]
        edit_tensors(family, lambda tensors, name=name: tensors.pop(name))
        detail, what = refusal(family)
        assert detail == "tensors_missing"
        assert name in what
        edit_tensors(family, lambda tensors, name=name, kept=kept: tensors.update({name: kept}))
    family.load(family.folder)


def test_a_mismatched_one_is_refused_by_the_tensor_of_another_shape(family: Family) -> None:
    name = family.tensors[0]
    edit_tensors(family, lambda tensors: tensors.update({name: tensors[name][..., :-1].contiguous()}))
    detail, what = refusal(family)
    assert detail == "tensors_mismatched"
    assert name in what


def test_a_tensor_that_belongs_nowhere_is_refused_by_its_name(family: Family) -> None:
    name = f"{family.tensors[0].rpartition('.')[0]}.adapter.weight"
    edit_tensors(family, lambda tensors: tensors.update({name: torch.zeros(3)}))
    detail, what = refusal(family)
    assert detail == "tensors_unexpected"
    assert "adapter.weight" in what


@pytest.mark.parametrize("kind", ["gpt2", "clip_text_model", "siglip2", "blip-2", "xlm-roberta"])
def test_another_architecture_is_refused_by_its_name(family: Family, kind: str) -> None:
    edit_config(family, model_type=kind, architectures=["SomeOtherModel"])
    assert refusal(family) == ("wrong_kind", "SomeOtherModel")


def test_another_head_on_the_same_tower_is_refused_by_its_name(family: Family) -> None:
    edit_config(family, architectures=["SomethingForClassification"])
    assert refusal(family) == ("wrong_kind", "SomethingForClassification")


def test_pickled_weights_are_named_and_never_opened(family: Family) -> None:
    (family.folder / "model.safetensors").unlink()
    (family.folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    assert refusal(family) == ("pickled_only", "pytorch_model.bin")


def test_a_checkpoint_that_brings_program_code_is_refused_before_anything_of_it_runs(family: Family) -> None:
    ran = family.folder / "ran"
    (family.folder / "modeling.py").write_text(f"from pathlib import Path\nPath({str(ran)!r}).touch()\n")
    edit_config(family, auto_map={"AutoModel": "modeling.Thief", "AutoConfig": "modeling.Thief"})
    assert refusal(family) == ("remote_code", "auto_map")
    assert not ran.exists()


def test_a_copy_that_broke_off_is_refused(family: Family) -> None:
    file = family.folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    assert refusal(family)[0] == "weights_damaged"


def test_each_family_is_refused_where_another_is_wanted(families: dict[str, Family], tmp_path: Path) -> None:
    for name, given in families.items():
        for other, wanted in families.items():
            if {name, other} <= {"CLIP", "SigLIP", "dual encoder", "ResNet and BERT"} or name == other:
                continue
            with pytest.raises(ModelUnusable) as caught:
                wanted.load(given.folder)
            detail = caught.value.fields["detail"]
            # A text tower is known by modules.json, which no other family has.
            assert detail == ("config_missing" if other == "text tower" else "wrong_kind"), (name, other)


def test_what_automodel_makes_of_a_captioner_is_never_let_in(tiny_blip: Path) -> None:
    """Transformers hands out a BlipModel that embeds, with tensors that it made up; as an embedder it is refused."""
    model, told = AutoModel.from_pretrained(tiny_blip, output_loading_info=True)
    assert type(model).__name__ == "BlipModel"
    assert hasattr(model, "get_image_features")
    assert len(told["missing_keys"]) > 20
    with pytest.raises(ModelUnusable) as caught:
        ClipEmbedder(tiny_blip).load()
    assert caught.value.fields["what"] == "BlipForConditionalGeneration"
    config = json.loads((tiny_blip / "config.json").read_text())
    assert config["architectures"] == ["BlipForConditionalGeneration"]


def test_a_captioner_that_calls_itself_a_blip_model_is_refused_too(tiny_blip: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_blip, tmp_path / "copied"))
    spoiled = Family(folder, lambda given: ClipEmbedder(given).load(), ())
    for names in (["BlipModel"], ["CLIPModel"], None):
        edit_config(spoiled, architectures=names)
        assert refusal(spoiled)[0] == "wrong_kind"
    edit_config(spoiled, architectures=["CLIPModel"], model_type="clip")
    assert refusal(spoiled)[0] == "tensors_missing"
