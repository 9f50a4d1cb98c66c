"""Which way to run a model is chosen, and what speaks against the others; no clock but a made one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from app.core.errors import MeasuringFailed, OutOfMemory
from app.core.models import Lost, Measured, MeasureFact, Measuring, NumberType, Trial, Tuning
from app.core.types import MovedToProcessor
from app.vision.captioner import BlipCaptioner
from app.vision.embedder import ClipEmbedder
from app.vision.measuring import MOST_DRIFT, ModelTuner, Run, choose, drift
from app.vision.trying import Answer, Offer, Question
from app.vision.tuning import TuningStore
from tests.checkpoints import draw_shape

EXACT = np.random.default_rng(0).normal(size=(32, 16)).astype(np.float32)


def moved(share: float) -> np.ndarray:
    """As far from EXACT as that share of the distance between its rows."""
    off = np.random.default_rng(1).normal(size=EXACT.shape).astype(np.float32)
    low, high = 0.0, 2.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if (drift(EXACT, EXACT + middle * off) or 0) < share else (low, middle)
    return (EXACT + low * off).astype(np.float32)


class MadeBench:
    """A bench whose clock goes on by what each way is said to take."""

    def __init__(
        self,
        speeds: Mapping[str, float],
        *,
        ways: Mapping[str, tuple[NumberType, ...]] | None = None,
        guess: tuple[str, NumberType] = ("cpu", "float32"),
        drifts: Mapping[str, float] | None = None,
        failing: Mapping[str, Lost] | None = None,
        hanging: tuple[str, ...] = (),
        own_threads: int = 4,
        start_s: float = 3.0,
    ) -> None:
        self.now = 0.0
        self._start_s = start_s
        self.speeds = dict(speeds)
        self.asked: list[Question] = []
        self.given_up = 0
        self.is_open = False
        self._ways = dict(ways or {"cpu": ("float32", "bfloat16", "int8")})
        self._guess = guess
        self._results = {name: moved(share) for name, share in (drifts or {}).items()}
        self._failing = dict(failing or {})
        self._hanging = hanging
        self._own_threads = own_threads
        self._question: Question | None = None
        self._has_offered = False

    def clock(self) -> float:
        return self.now

    def open(self) -> None:
        self.is_open = True

    def ask(self, question: Question) -> None:
        self.asked.append(question)
        self._question = question

    def look(self) -> Offer | Answer | None:
        self.now += 0.2
        if not self._has_offered and self.now < self._start_s:
            return None
        if not self._has_offered:
            self._has_offered = True
            sizes = dict.fromkeys(self._ways, 16)
            return Offer(self._ways, self._guess, sizes, self._own_threads, dict.fromkeys(self._ways, "A card"))
        assert self._question is not None
        trial = self._question.trial
        name = trial.number_type
        if f"{trial.device} {name}" in self._hanging or name in self._hanging:
            return None
        self.now += 1
        for key in (f"{trial.device} {name}", name):
            if key in self._failing:
                return Answer(failed=self._failing[key])
        results = self._results.get(name, EXACT)[: self._question.judged] if self._question.judged else None
        return Answer(1, 1 / self._speed(trial), 1000, results)

    def _speed(self, trial: Trial) -> float:
        for key in (
            f"{trial.device} {trial.number_type}",
            f"{trial.number_type} x{trial.batch_size} t{trial.threads}",
            f"{trial.number_type} x{trial.batch_size}",
            trial.number_type,
        ):
            if key in self.speeds:
                return self.speeds[key]
        raise AssertionError(trial)

    def give_up(self) -> None:
        self.given_up += 1

    def close(self) -> None:
        self.is_open = False


def run(bench: MadeBench, *, samples: int = 32, threads: int | None = 4) -> tuple[Tuning, list[MeasureFact]]:
    facts = list(Run("a model", bench, samples, threads, clock=bench.clock).facts())
    last = facts[-1]
    assert isinstance(last, Measured)
    return last.tuning, facts


def lost(tuning: Tuning) -> dict[str, Lost | None]:
    return {trial.number_type: trial.lost for trial in tuning.tried if trial.batch_size == 16}


def test_the_fastest_faithful_type_is_chosen() -> None:
    bench = MadeBench({"float32": 24, "bfloat16": 60, "int8": 100}, drifts={"bfloat16": 0.0005, "int8": 0.01})
    tuning, facts = run(bench)
    assert (tuning.device, tuning.number_type, tuning.batch_size, tuning.threads) == ("cpu", "int8", 16, 4)
    assert tuning.per_second == pytest.approx(100) and tuning.fidelity == pytest.approx(0.01, rel=0.05)
    assert tuning.memory_bytes == 1000 and tuning.device_name == "A card"
    assert lost(tuning) == {"float32": Lost.SLOWER, "bfloat16": Lost.SLOWER, "int8": None}
    assert all(isinstance(fact, Measuring) for fact in facts[:-1])
    assert tuning.seconds <= 20


def test_a_type_that_moves_the_vectors_is_out_however_fast() -> None:
    bench = MadeBench({"float32": 24, "bfloat16": 60, "int8": 100}, drifts={"int8": MOST_DRIFT * 1.2})
    tuning, _ = run(bench)
    assert tuning.number_type == "bfloat16"
    assert lost(tuning)["int8"] is Lost.UNFAITHFUL


def test_a_type_that_is_slower_than_float32_is_out() -> None:
    tuning, _ = run(MadeBench({"float32": 24, "bfloat16": 20, "int8": 12}))
    assert tuning.number_type == "float32"
    assert lost(tuning) == {"float32": None, "bfloat16": Lost.SLOWER, "int8": Lost.SLOWER}


def test_of_types_about_as_fast_the_most_precise_is_taken() -> None:
    assert run(MadeBench({"float32": 24, "bfloat16": 60, "int8": 62}))[0].number_type == "bfloat16"
    assert run(MadeBench({"float32": 24, "bfloat16": 25, "int8": 26}))[0].number_type == "float32"


@pytest.mark.parametrize("why", [Lost.CRASHED, Lost.FAILED, Lost.OUT_OF_MEMORY])
def test_a_way_that_fails_is_out_and_costs_no_other(why: Lost) -> None:
    bench = MadeBench({"float32": 24, "int8": 100}, failing={"bfloat16": why})
    tuning, _ = run(bench)
    assert tuning.number_type == "int8"
    assert lost(tuning)["bfloat16"] is why


def test_a_way_that_hangs_is_given_up_in_time_for_the_others() -> None:
    bench = MadeBench({"float32": 24, "int8": 100}, hanging=("bfloat16",))
    tuning, _ = run(bench)
    assert bench.given_up == 1
    assert lost(tuning) == {"float32": Lost.SLOWER, "bfloat16": Lost.TIMED_OUT, "int8": None}
    assert tuning.seconds <= 20


def test_where_nothing_comes_to_its_end_in_the_time_it_is_said() -> None:
    bench = MadeBench({}, hanging=("float32", "bfloat16", "int8"))
    with pytest.raises(MeasuringFailed) as told:
        run(bench)
    assert {trial.lost for trial in told.value.fields["tried"]} == {Lost.TIMED_OUT}  # type: ignore[union-attr]
    assert bench.now <= 21


def test_the_time_for_trying_does_not_shrink_where_the_process_starts_slowly() -> None:
    bench = MadeBench({"float32": 0.5, "bfloat16": 0.5, "int8": 2}, start_s=25)
    tuning, _ = run(bench)
    assert tuning.number_type == "int8"
    assert tuning.seconds <= 25 + 16


def test_a_process_that_never_starts_is_given_up() -> None:
    bench = MadeBench({}, start_s=1000)
    with pytest.raises(MeasuringFailed):
        run(bench)
    assert bench.given_up == 1 and bench.now <= 41


def test_what_float32_did_not_come_to_does_not_cost_the_usual_type_its_turn() -> None:
    bench = MadeBench({"bfloat16": 3}, guess=("cpu", "bfloat16"), hanging=("float32", "int8"))
    tuning, _ = run(bench)
    assert (tuning.number_type, tuning.per_second) == ("bfloat16", pytest.approx(3))
    assert lost(tuning)["float32"] is Lost.TIMED_OUT


def test_two_captions_are_enough_to_judge_by() -> None:
    for fewest, chosen in ((2, "int8"), (3, "float32")):
        bench = MadeBench({"float32": 1, "bfloat16": 1, "int8": 3})
        *_, last = Run("a model", bench, 2, 4, fewest=fewest, clock=bench.clock).facts()
        assert isinstance(last, Measured) and last.tuning.number_type == chosen


def test_with_too_few_photos_to_judge_by_only_the_usual_type_is_taken_beside_float32() -> None:
    speeds = {"float32": 24, "bfloat16": 60, "int8": 100}
    tuning, _ = run(MadeBench(speeds, guess=("cpu", "bfloat16")), samples=3)
    assert (tuning.number_type, tuning.fidelity) == ("bfloat16", None)
    assert lost(tuning)["int8"] is Lost.UNJUDGED
    assert run(MadeBench(speeds), samples=3)[0].number_type == "float32"


def test_the_chosen_type_is_tried_with_other_batches_and_threads() -> None:
    speeds = {"float32": 24, "bfloat16": 30, "int8": 100, "int8 x32": 130, "int8 x8": 90}
    tuning, _ = run(MadeBench(speeds))
    assert (tuning.number_type, tuning.batch_size, tuning.per_second) == ("int8", 32, pytest.approx(130))
    assert tuning.fidelity == pytest.approx(0, abs=1e-6)
    assert [trial.lost for trial in tuning.tried].count(None) == 1
    tuning, _ = run(MadeBench({**speeds, "int8 x16 t2": 150, "int8 x32": 90}, own_threads=2))
    assert (tuning.batch_size, tuning.threads) == (16, 2)


def test_no_more_threads_are_used_than_a_person_allows() -> None:
    bench = MadeBench({"float32": 24, "bfloat16": 30, "int8": 100})
    assert run(bench, threads=1)[0].threads == 1
    assert {question.trial.threads for question in bench.asked} == {1}


def test_a_card_that_works_is_not_compared_with_the_processor() -> None:
    ways: dict[str, tuple[NumberType, ...]] = {"cuda": ("float32", "float16", "bfloat16"), "cpu": ("float32", "int8")}
    bench = MadeBench(
        {"cuda float32": 400, "cuda float16": 900, "cuda bfloat16": 890}, ways=ways, guess=("cuda", "bfloat16")
    )
    tuning, _ = run(bench)
    assert (tuning.device, tuning.number_type) == ("cuda", "bfloat16")  # as fast, and with float32's range
    assert {question.trial.device for question in bench.asked} == {"cuda"}


def test_where_the_card_fails_the_processor_is_measured() -> None:
    ways: dict[str, tuple[NumberType, ...]] = {"cuda": ("float32", "float16"), "cpu": ("float32", "int8")}
    failing = {"cuda float32": Lost.OUT_OF_MEMORY, "cuda float16": Lost.CRASHED}
    tuning, _ = run(MadeBench({"cpu float32": 24, "cpu int8": 90}, ways=ways, failing=failing))
    assert (tuning.device, tuning.number_type) == ("cpu", "int8")


def test_an_apple_chips_two_sides_are_compared() -> None:
    ways: dict[str, tuple[NumberType, ...]] = {"mps": ("float32", "float16"), "cpu": ("float32",)}
    tuning, _ = run(MadeBench({"mps float32": 50, "mps float16": 55, "cpu float32": 90}, ways=ways))
    assert tuning.device == "cpu"


def test_drift_is_relative_to_how_different_photos_are() -> None:
    for share in (0.001, 0.02, 0.3):
        assert drift(EXACT, moved(share)) == pytest.approx(share, rel=0.05)
    assert drift(EXACT, EXACT[:8]) == pytest.approx(0, abs=1e-9)
    alike = np.ones((32, 16), np.float32)
    assert drift(alike, alike) is None
    assert drift(EXACT[:3], EXACT[:3]) is None
    assert drift(None, EXACT) is None


def test_nothing_is_chosen_where_everything_is_lost() -> None:
    assert choose([]) is None
    assert choose([Trial("cpu", "float32", 16, 4, lost=Lost.CRASHED)]) is None


SHAPES = [draw_shape(colour, shape) for colour in ("red", "green", "blue", "yellow") for shape in ("circle", "square")]


class LyingBench(MadeBench):
    def __init__(self, *_: object) -> None:
        super().__init__({"float32": 1, "bfloat16": 2, "int8": 3})


def test_what_was_chosen_is_kept_and_the_model_runs_so(tiny_clip: Path, tmp_path: Path) -> None:
    store = TuningStore(tmp_path / "tunings.json")
    embedder = ClipEmbedder(tiny_clip, threads=2, tunings=store)
    before = embedder.embed_images(SHAPES)
    assert embedder._loaded is not None and embedder._loaded.way.number_type != "int8"
    tuner = ModelTuner(embedder, store, make_bench=LyingBench)
    assert tuner.tuning is None
    list(tuner.measure(SHAPES))
    assert tuner.tuning is not None and tuner.tuning.number_type == "int8"
    assert embedder._loaded.way.number_type == "int8"
    after = embedder.embed_images(SHAPES)
    assert ((before * after).sum(axis=1) > 0.99).all() and not np.array_equal(before, after)
    assert ClipEmbedder(tiny_clip, tunings=store).tuning == tuner.tuning


def test_a_model_that_was_not_loaded_is_not_loaded_by_measuring(tiny_clip: Path, tmp_path: Path) -> None:
    store = TuningStore(tmp_path / "tunings.json")
    embedder = ClipEmbedder(tiny_clip, tunings=store)
    list(ModelTuner(embedder, store, make_bench=LyingBench).measure(SHAPES))
    assert not embedder.is_loaded


def test_a_measuring_that_is_stopped_closes_its_bench_and_keeps_nothing(tiny_clip: Path, tmp_path: Path) -> None:
    store = TuningStore(tmp_path / "tunings.json")
    bench = MadeBench({}, hanging=("float32",))
    facts = ModelTuner(ClipEmbedder(tiny_clip, tunings=store), store, make_bench=lambda *_: bench).measure(SHAPES)
    next(facts)
    assert bench.is_open
    facts.close()  # type: ignore[attr-defined]
    assert not bench.is_open
    assert not (tmp_path / "tunings.json").exists()


def test_a_real_model_is_measured_in_real_processes(tiny_clip: Path, tmp_path: Path) -> None:
    store = TuningStore(tmp_path / "tunings.json")
    handle = ClipEmbedder(tiny_clip, threads=2)
    try:
        *_, last = ModelTuner(handle, store).measure(SHAPES)
    except MeasuringFailed:
        pytest.skip("the machine is too busy to measure anything")
    assert isinstance(last, Measured)
    assert store.known(handle.identity) == last.tuning
    assert {"float32", "int8"} <= {trial.number_type for trial in last.tuning.tried}


TUNING = Tuning("cpu", "int8", 5, 3, 100.0, 1000, 0.001)


@pytest.fixture
def tuned(tiny_clip: Path, tmp_path: Path) -> TuningStore:
    store = TuningStore(tmp_path / "tunings.json")
    store.keep(ClipEmbedder(tiny_clip).identity, TUNING)
    return store


def test_a_person_may_choose_another_type_and_fewer_threads(tiny_clip: Path, tuned: TuningStore) -> None:
    way = ClipEmbedder(tiny_clip, threads=2, number_type="float32", tunings=tuned)._way()
    assert (way.number_type, way.threads, way.batch_size) == ("float32", 2, 5)
    way = ClipEmbedder(tiny_clip, threads=8, batch_size=7, tunings=tuned)._way()
    assert (way.number_type, way.threads, way.batch_size) == ("int8", 3, 7)


def test_a_type_that_does_not_fit_is_not_forced(starter: Path) -> None:
    assert ClipEmbedder(starter, device="cpu", number_type="int8")._way().number_type == "float32"


def test_what_was_measured_on_a_card_that_is_gone_counts_no_more(tiny_clip: Path, tuned: TuningStore) -> None:
    embedder = ClipEmbedder(tiny_clip, device="cpu", tunings=tuned)
    tuned.keep(embedder.identity, replace(TUNING, device="cuda", number_type="float16"))
    assert embedder._way().device == "cpu" and embedder._way().number_type != "float16"


class FullCard:
    """Stands in for a card: what is brought there lies on the processor, and has no memory for some."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, room: int) -> None:
        self.room = room
        self.released: list[str] = []
        monkeypatch.setattr("app.vision.handle.choose_device", lambda wanted=None: wanted or "cuda")
        monkeypatch.setattr("app.vision.handle.release_cached", self.released.append)
        monkeypatch.setattr("app.vision.batching.release_cached", self.released.append)
        monkeypatch.setattr("app.vision.handle.fitting_types", lambda *_, **__: ("float32",))
        monkeypatch.setattr("app.vision.handle.number_type", lambda *_, **__: torch.float32)
        monkeypatch.setattr("app.vision.embedder.number_type", lambda *_, **__: torch.float32)
        to_tensor, to_module = torch.Tensor.to, torch.nn.Module.to

        def bring(tensor: torch.Tensor, *how: Any, **more: Any) -> torch.Tensor:
            if "cuda" not in how:
                return to_tensor(tensor, *how, **more)
            if len(tensor) > self.room:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return to_tensor(tensor, *("cpu" if each == "cuda" else each for each in how), **more)

        def bring_all(module: torch.nn.Module, *how: Any, **more: Any) -> torch.nn.Module:
            if "cuda" in how and self.room < 0:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return to_module(module, *("cpu" if each == "cuda" else each for each in how), **more)

        monkeypatch.setattr(torch.Tensor, "to", bring)
        monkeypatch.setattr(torch.nn.Module, "to", bring_all)


@pytest.mark.parametrize(("room", "is_moved"), [(3, False), (0, True), (-1, True)])
def test_where_a_card_is_full_batches_shrink_and_then_the_processor_takes_over(
    tiny_clip: Path, monkeypatch: pytest.MonkeyPatch, room: int, is_moved: bool
) -> None:
    expected = ClipEmbedder(tiny_clip, device="cpu", number_type="float32").embed_images(SHAPES)
    card = FullCard(monkeypatch, room=room)
    told: list[MovedToProcessor] = []
    embedder = ClipEmbedder(tiny_clip, tell=told.append)
    np.testing.assert_allclose(embedder.embed_images(SHAPES), expected, atol=1e-5)
    np.testing.assert_allclose(embedder.embed_images(SHAPES[:1]), expected[:1], atol=1e-5)
    assert told == ([MovedToProcessor(tiny_clip.name, "cuda")] if is_moved else [])
    assert embedder._loaded is not None
    assert embedder._loaded.way.device == ("cpu" if is_moved else "cuda")
    assert "cuda" in card.released
    if not is_moved:
        assert embedder._loaded.image_batches.size <= room


def test_a_captioner_moves_too(tiny_blip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FullCard(monkeypatch, room=0)
    told: list[MovedToProcessor] = []
    captioner = BlipCaptioner(tiny_blip, tell=told.append)
    assert captioner.caption_images([draw_shape("red", "circle")]) == ["A red circle"]
    assert told == [MovedToProcessor(tiny_blip.name, "cuda")]


def test_where_the_processor_is_full_too_it_is_said(tiny_clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    embedder = ClipEmbedder(tiny_clip, device="cpu")
    monkeypatch.setattr("app.vision.embedder.load_model", fail)
    with pytest.raises(OutOfMemory):
        embedder.load()


def test_a_card_where_a_way_is_tried_is_not_left_unseen(tiny_clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FullCard(monkeypatch, room=0)
    with pytest.raises(OutOfMemory):
        ClipEmbedder(tiny_clip, is_movable=False).embed_images(SHAPES)
