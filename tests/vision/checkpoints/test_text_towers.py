"""A text tower in sentence-transformers' layout reads queries, for the image towers that it was made for alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, DistilBertModel

from app.core.errors import ModelUnusable
from app.vision.checkpoints.text_towers import declare_spaces, inspect_text_tower
from app.vision.embedder import ClipEmbedder
from app.vision.texts import TextReader
from tests.checkpoints import CLASSES, GERMAN, GROUNDS, draw_shape

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def german(tiny_clip: Path, tiny_text_tower: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(tiny_text_tower, tmp_path_factory.mktemp("checkpoints") / "german"))
    declare_spaces(folder, [ClipEmbedder(tiny_clip).space])
    return folder


@pytest.fixture
def copied(german: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(german, tmp_path / "copied"))


def refusal(act: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(ModelUnusable) as caught:
        act()
    return str(caught.value.fields["detail"]), str(caught.value.fields["what"])


def edit(file: Path, **changes: Any) -> None:
    told = {**json.loads(file.read_text()), **changes}
    file.write_text(json.dumps({name: value for name, value in told.items() if value is not ...}))


def test_a_picture_is_found_by_its_name_in_the_other_language(tiny_clip: Path, german: Path) -> None:
    embedder = ClipEmbedder(tiny_clip, text_folder=german, threads=2)
    vectors = embedder.embed_images([draw_shape(*named, ground, seed=7) for named in CLASSES for ground in GROUNDS])
    queries = embedder.embed_texts([f"ein {GERMAN[colour]} {GERMAN[shape]}" for colour, shape in CLASSES])
    right = (queries @ vectors.T).argmax(axis=1) // len(GROUNDS) == np.arange(len(CLASSES))
    assert right.sum() >= len(CLASSES) - 1


def test_asking_whether_it_serves_an_image_tower_needs_no_torch(tiny_clip: Path, german: Path) -> None:
    code = """
import sys
from pathlib import Path
from app.vision.embedder import ClipEmbedder
embedder = ClipEmbedder(Path(sys.argv[1]), text_folder=Path(sys.argv[2]))
assert len(embedder.space) == 32
loaded = {"torch", "transformers", "safetensors", "tokenizers"} & set(sys.modules)
assert not loaded, loaded
"""
    command = [sys.executable, "-c", code, str(tiny_clip), str(german)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_pictures_keep_their_vectors_and_their_space(tiny_clip: Path, german: Path) -> None:
    own, other = ClipEmbedder(tiny_clip, threads=2), ClipEmbedder(tiny_clip, text_folder=german, threads=2)
    assert (other.space, other.dim, other.edge_px) == (own.space, own.dim, own.edge_px)
    image = draw_shape("red", "circle")
    np.testing.assert_array_equal(own.embed_images([image]), other.embed_images([image]))
    assert other._loaded.model.text_model is None  # type: ignore[union-attr]  # its memory is free


def test_vectors_are_those_of_the_transformer_the_mean_and_the_dense_layer(tiny_clip: Path, german: Path) -> None:
    texts = ["rot kreis", "ein der ein der blau quadrat", "gelb"]
    model, tokenizer = DistilBertModel.from_pretrained(german), AutoTokenizer.from_pretrained(german)
    weight = load_file(german / "2_Dense" / "model.safetensors")["linear.weight"]
    made = ClipEmbedder(tiny_clip, text_folder=german, threads=2).embed_texts(texts)
    for row, text in zip(made, texts, strict=True):
        with torch.inference_mode():
            hidden = model(tokenizer(text, return_tensors="pt")["input_ids"]).last_hidden_state
            mean, first = (
                torch.nn.functional.normalize(pooled @ weight.T)[0].numpy()
                for pooled in (hidden.mean(dim=1), hidden[:, 0])
            )
        assert row @ mean >= 0.9999
        assert row @ first < 0.9999  # else the comparison proves nothing


def test_texts_are_cut_where_the_tower_was_trained_to_end(tiny_clip: Path, german: Path, copied: Path) -> None:
    long = ["rot kreis " * 40]
    assert TextReader(inspect_text_tower(german)).tokens(long)["input_ids"].shape == (1, 12)
    (copied / "sentence_bert_config.json").unlink()
    assert TextReader(inspect_text_tower(copied)).tokens(long)["input_ids"].shape == (1, 40)


def test_capitals_are_kept_unless_the_tower_says_otherwise(copied: Path) -> None:
    assert not inspect_text_tower(copied).lowers_texts
    edit(copied / "sentence_bert_config.json", do_lower_case=True)
    assert inspect_text_tower(copied).lowers_texts


def test_it_is_refused_for_an_image_tower_that_it_was_not_declared_for(
    tiny_siglip: Path, starter: Path, german: Path
) -> None:
    for folder in (tiny_siglip, starter):
        embedder = ClipEmbedder(folder, text_folder=german)
        assert refusal(lambda embedder=embedder: embedder.space)[0] == "space_not_served"
        assert refusal(embedder.load)[0] == "space_not_served"


def test_a_declared_tower_with_vectors_of_another_length_is_refused(tiny_siglip: Path, copied: Path) -> None:
    declare_spaces(copied, [ClipEmbedder(tiny_siglip).space])
    assert refusal(ClipEmbedder(tiny_siglip, text_folder=copied).load)[0] == "space_not_served"


@pytest.mark.parametrize("told", [None, "{}", '{"serves": []}', '{"serves": "b5ce"}', '{"serves": [1]}'])
def test_without_a_declaration_it_is_refused_and_nothing_is_guessed(
    told: str | None, tiny_clip: Path, copied: Path
) -> None:
    (copied / "oriel.json").unlink()
    if told is not None:
        (copied / "oriel.json").write_text(told)
    assert refusal(ClipEmbedder(tiny_clip, text_folder=copied).load)[0] == "spaces_undeclared"


def test_a_declaration_names_all_spaces_and_replaces_the_one_before(tiny_clip: Path, copied: Path) -> None:
    declare_spaces(copied, ["b" * 32, ClipEmbedder(tiny_clip).space])
    assert json.loads((copied / "oriel.json").read_text()) == {
        "serves": sorted(["b" * 32, ClipEmbedder(tiny_clip).space])
    }
    ClipEmbedder(tiny_clip, text_folder=copied).load()
    declare_spaces(copied, ["b" * 32])
    assert refusal(ClipEmbedder(tiny_clip, text_folder=copied).load)[0] == "space_not_served"


def test_a_newer_layout_is_read_too(tiny_clip: Path, copied: Path) -> None:
    inner = copied / "0_Transformer"
    inner.mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        (copied / name).rename(inner / name)
    modules = json.loads((copied / "modules.json").read_text())
    for module, path in zip(modules, ("0_Transformer", "1_Pooling", "2_Dense"), strict=True):
        module["path"] = path
        module["type"] = module["type"].replace(".models.", ".base.models.")
    (copied / "modules.json").write_text(json.dumps(modules))
    (copied / "1_Pooling" / "config.json").write_text('{"embedding_dimension": 32, "pooling_mode": "mean"}')
    ClipEmbedder(tiny_clip, text_folder=copied).load()


@pytest.mark.parametrize(
    ("file", "changes", "detail"),
    [
        ("1_Pooling/config.json", {"pooling_mode_cls_token": True}, "text_tower_unknown"),
        ("1_Pooling/config.json", {"pooling_mode_mean_tokens": False}, "text_tower_unknown"),
        ("1_Pooling/config.json", {"pooling_mode": "cls"}, "text_tower_unknown"),
        ("2_Dense/config.json", {"bias": True}, "text_tower_unknown"),
        ("2_Dense/config.json", {"bias": ...}, "text_tower_unknown"),
        ("2_Dense/config.json", {"activation_function": "torch.nn.modules.activation.Tanh"}, "text_tower_unknown"),
        ("2_Dense/config.json", {"in_features": 64}, "tensors_mismatched"),
        ("2_Dense/config.json", {"out_features": 512}, "tensors_mismatched"),
        ("config.json", {"model_type": "gpt2", "architectures": ["GPT2Model"]}, "wrong_kind"),
        ("config.json", {"architectures": ["DistilBertForMaskedLM"]}, "wrong_kind"),
        ("config.json", {"auto_map": {"AutoModel": "modeling.Thief"}}, "remote_code"),
        ("config.json", {"n_layers": 3}, "tensors_missing"),
        ("config.json", {"n_layers": 1}, "tensors_unexpected"),
        ("config.json", {"max_position_embeddings": "many"}, "config_damaged"),
    ],
)
def test_what_it_can_not_equal_is_refused(
    file: str, changes: dict[str, Any], detail: str, tiny_clip: Path, copied: Path
) -> None:
    edit(copied / file, **changes)
    assert refusal(ClipEmbedder(tiny_clip, text_folder=copied).load)[0] == detail


@pytest.mark.parametrize(
    ("told", "detail"),
    [
        (None, "config_missing"),
        ("{", "config_damaged"),
        ("[1]", "config_damaged"),
        ("[]", "text_tower_unknown"),
        ('[{"path": "", "type": "a.Transformer"}, {"path": "1_Pooling", "type": "a.Pooling"}]', "text_tower_unknown"),
        (
            '[{"path": "", "type": "a.Transformer"}, {"path": "1_Pooling", "type": "a.Pooling"}, '
            '{"path": "../2_Dense", "type": "a.Dense"}]',
            "config_damaged",
        ),
    ],
)
def test_modules_of_another_make_are_refused(told: str | None, detail: str, copied: Path) -> None:
    (copied / "modules.json").unlink()
    if told is not None:
        (copied / "modules.json").write_text(told)
    assert refusal(lambda: inspect_text_tower(copied))[0] == detail


def test_pickled_weights_are_refused_by_the_folder_that_holds_them(copied: Path) -> None:
    for folder in (copied, copied / "2_Dense"):
        weights = (folder / "model.safetensors").read_bytes()
        (folder / "model.safetensors").unlink()
        (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")
        with pytest.raises(ModelUnusable) as caught:
            inspect_text_tower(copied)
        assert caught.value.fields == {"path": folder, "detail": "pickled_only", "what": "pytorch_model.bin"}
        (folder / "model.safetensors").write_bytes(weights)


def test_a_dense_layer_with_other_tensors_is_refused(copied: Path) -> None:
    file = copied / "2_Dense" / "model.safetensors"
    weight = load_file(file)["linear.weight"]
    save_file({"weight": weight}, file)
    assert refusal(lambda: inspect_text_tower(copied)) == ("tensors_missing", "linear.weight")
    save_file({"linear.weight": weight, "linear.bias": torch.zeros(32)}, file)
    assert refusal(lambda: inspect_text_tower(copied)) == ("tensors_unexpected", "linear.bias")


def test_missing_files_are_named(tmp_path: Path, copied: Path) -> None:
    assert refusal(lambda: inspect_text_tower(tmp_path / "gone"))[0] == "folder_missing"
    (copied / "tokenizer.json").unlink()
    assert refusal(lambda: inspect_text_tower(copied))[0] == "tokenizer_missing"
