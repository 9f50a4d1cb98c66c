"""What is remembered of measurements: by model, on the machine that they were taken on, and nothing odd."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.core.models import Lost, Trial, Tuning
from app.vision.tuning import TuningStore, identity_of, processor_name, tuning_of

LOST = Trial("cpu", "int8", 16, 4, 90.0, 1_000_000, 0.031, Lost.UNFAITHFUL)
TUNING = Tuning("cpu", "bfloat16", 16, 4, 60.5, 900_000, 0.0004, (LOST,), "A processor", 12.5)


@pytest.fixture
def store(tmp_path: Path) -> TuningStore:
    return TuningStore(tmp_path / "data" / "tunings.json")


def test_what_was_measured_is_known_at_the_next_start(store: TuningStore, tmp_path: Path) -> None:
    assert store.known("a model") is None
    store.keep("a model", TUNING)
    store.keep("another", TUNING)
    again = TuningStore(tmp_path / "data" / "tunings.json")
    assert again.known("a model") == TUNING
    again.forget("a model")
    assert (store.known("a model"), store.known("another")) == (None, TUNING)


@pytest.mark.parametrize("name", ["processor", "processors", "torch"])
def test_another_processor_or_torch_is_measured_anew(store: TuningStore, tmp_path: Path, name: str) -> None:
    store.keep("a model", TUNING)
    file = tmp_path / "data" / "tunings.json"
    told = json.loads(file.read_text())
    told["a model"]["measured_with"][name] = "another"
    file.write_text(json.dumps(told))
    assert store.known("a model") is None


@pytest.mark.parametrize(
    "change",
    [
        {"number_type": "float8"},
        {"batch_size": 0},
        {"threads": "4"},
        {"per_second": "fast"},
        {"tried": [{"lost": "no reason"}]},
        {"tried": None},
        {"more": 1},
    ],
)
def test_an_entry_that_is_not_ours_counts_for_nothing(store: TuningStore, tmp_path: Path, change: dict) -> None:
    store.keep("a model", TUNING)
    file = tmp_path / "data" / "tunings.json"
    told = json.loads(file.read_text())
    told["a model"].update(change)
    file.write_text(json.dumps(told))
    assert store.known("a model") is None


def test_a_damaged_file_is_written_anew_and_an_unwritable_one_costs_nothing(tmp_path: Path) -> None:
    file = tmp_path / "tunings.json"
    file.write_text("{")
    store = TuningStore(file)
    assert store.known("a model") is None
    store.keep("a model", TUNING)
    assert store.known("a model") == TUNING
    (tmp_path / "no folder").write_text("")
    TuningStore(tmp_path / "no folder" / "tunings.json").keep("a model", TUNING)


def test_a_folder_is_known_by_what_lies_in_it(
    store: TuningStore, starter: Path, tiny_blip: Path, tmp_path: Path
) -> None:
    store.keep(identity_of(starter, "embedder"), TUNING)
    assert tuning_of(store, starter, "embedder") == TUNING
    assert tuning_of(store, tiny_blip, "captioner") is None
    assert tuning_of(store, tmp_path, "embedder") is None


def test_the_processor_has_a_name() -> None:
    assert processor_name().strip()
