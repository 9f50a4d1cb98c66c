"""`oriel models measure`: finds out how models run best on this machine, and prints what was tried."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from app import paths, startup
from app.cli_words import print_json, size
from app.core.errors import ModelNotInstalled, ModelUnusable
from app.core.models import Lost, Measured, Trial, Tuner
from app.library.library import Library
from app.library.models.measuring import FEWEST_TO_JUDGE, measure
from app.settings import Settings
from app.vision.checkpoints.weights import Kind
from app.vision.downloads.store import ModelStore

_LOST = {
    Lost.SLOWER: "slower",
    Lost.UNFAITHFUL: "moves the results too far from float32's",
    Lost.UNJUDGED: "too few photos to judge it by",
    Lost.OUT_OF_MEMORY: "not enough memory",
    Lost.FAILED: "failed",
    Lost.CRASHED: "crashed",
    Lost.TIMED_OUT: "took too long",
}


def measure_models(store: ModelStore, chosen: Settings, options: argparse.Namespace) -> int:
    """Run the command; returns the exit code. Raises OrielError."""
    root = Path(os.path.realpath(options.library or paths.default_library()))
    library = startup.library_opener(chosen, root)()
    try:
        tuners = [_tuner(store, chosen, name) for name in options.measured] or library.tuners
        for tuner in tuners:
            _measure(library, tuner, options)
    finally:
        startup.close_for_good(library)
    return 0


def _tuner(store: ModelStore, chosen: Settings, name: str) -> Tuner:
    """Of a model by its name, or of a folder. Raises ModelUnknown, ModelNotInstalled, ModelUnusable."""
    if Path(name).is_dir():
        return _tuner_of_folder(chosen, Path(name), ("embedder", "captioner"))
    state = store.state(store.find(name))
    if not state.is_installed:
        raise ModelNotInstalled(name=name)
    return _tuner_of_folder(chosen, state.folder, ("captioner",) if state.model.kind == "captioner" else ("embedder",))


def _tuner_of_folder(chosen: Settings, folder: Path, kinds: Sequence[Kind]) -> Tuner:
    for kind in kinds[:-1]:
        try:
            return startup.tuner_of(chosen, folder, kind)
        except ModelUnusable as error:
            if error.fields.get("detail") != "wrong_kind":
                raise
    return startup.tuner_of(chosen, folder, kinds[-1])


def _measure(library: Library, tuner: Tuner, options: argparse.Namespace) -> None:
    last: Trial | None = None
    for fact in measure(library, tuner, fewest=FEWEST_TO_JUDGE):
        if isinstance(fact, Measured):
            _show(fact, options)
        elif fact.trial != last:
            last = fact.trial
            if not options.json:
                print(f"{fact.model}: {_way(last)} …", file=sys.stderr)


def _show(fact: Measured, options: argparse.Namespace) -> None:
    if options.json:
        print_json({"model": fact.model, **asdict(fact.tuning)})
        return
    print(f"{fact.model} on {fact.tuning.device_name}, {fact.tuning.seconds:.0f} s")
    for trial in fact.tuning.tried:
        rate = "-" if trial.per_second is None else f"{trial.per_second:.1f}/s"
        memory = "-" if trial.memory_bytes is None else size(trial.memory_bytes)
        moved = "" if trial.fidelity is None else f"moved by {trial.fidelity:.2%}"
        told = "chosen" if trial.lost is None else _LOST[trial.lost]
        print(f"  {_way(trial):32} {rate:>10} {memory:>10}  {moved:16} {told}".rstrip())


def _way(trial: Trial) -> str:
    return f"{trial.device} {trial.number_type}, batch {trial.batch_size}, {trial.threads} threads"
