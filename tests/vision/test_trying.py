"""A process that tries ways to run a model: what it does wrong costs that way, and is never believed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from app.core.models import Lost, Trial
from app.vision.trying import Answer, ChildBench, Offer, Question
from tests.checkpoints import draw_shape
from tests.vision import failing_benches

WAY = Trial("cpu", "float32", 2, 2)
INT8 = Trial("cpu", "int8", 2, 2)
PATIENCE_S = 60.0


def until_it_speaks(bench: ChildBench) -> Offer | Answer:
    until = time.monotonic() + PATIENCE_S
    while (told := bench.look()) is None:
        assert time.monotonic() < until, "nothing came"
    return told


def asked(bench: ChildBench, trial: Trial = WAY, judged: int = 4) -> Answer:
    bench.ask(Question(trial, judged, PATIENCE_S))
    answer = until_it_speaks(bench)
    assert isinstance(answer, Answer)
    return answer


@pytest.fixture
def opened() -> Iterator[Callable[..., ChildBench]]:
    benches: list[ChildBench] = []

    def open_one(serve: Any, *arguments: Any) -> ChildBench:
        bench = ChildBench(*(arguments or (Path("none"), "embedder", [])), serve=serve)
        benches.append(bench)
        bench.open()
        return bench

    yield open_one
    for bench in benches:
        bench.close()


def test_what_an_honest_process_says_is_taken(opened: Callable[..., ChildBench]) -> None:
    bench = opened(failing_benches.honest)
    offer = until_it_speaks(bench)
    assert isinstance(offer, Offer)
    assert (offer.ways, offer.guess, offer.own_threads) == ({"cpu": ("float32", "int8")}, ("cpu", "float32"), 2)
    answer = asked(bench)
    assert answer.results is not None
    np.testing.assert_array_equal(answer.results, np.eye(4, 8))
    assert (answer.done, answer.seconds, answer.failed) == (1, 0.01, None)
    assert asked(bench, judged=0).results is None


def test_a_process_that_crashes_is_told_and_the_next_question_starts_another(opened: Callable[..., ChildBench]) -> None:
    bench = opened(failing_benches.crash_with_int8)
    until_it_speaks(bench)
    answer = asked(bench, INT8, judged=0)
    assert (answer.failed, answer.detail) == (Lost.CRASHED, "exit code 11")
    assert asked(bench, WAY, judged=0).done == 1


def test_a_process_that_crashes_at_once_makes_no_offer(opened: Callable[..., ChildBench]) -> None:
    told = until_it_speaks(opened(failing_benches.crash_at_once))
    assert isinstance(told, Answer) and told.failed is Lost.CRASHED


@pytest.mark.parametrize(
    "serve",
    [
        failing_benches.babble,
        failing_benches.boast,
        failing_benches.send_no_numbers,
        failing_benches.send_too_much,
    ],
)
def test_what_cannot_be_is_not_believed(opened: Callable[..., ChildBench], serve: Any) -> None:
    bench = opened(serve)
    until_it_speaks(bench)
    answer = asked(bench)
    assert answer.failed is Lost.CRASHED and answer.results is None and not answer.done


def test_a_process_that_hangs_is_ended_when_somebody_gives_up(opened: Callable[..., ChildBench]) -> None:
    bench = opened(failing_benches.hang)
    until_it_speaks(bench)
    bench.ask(Question(WAY, 0, 0.1))
    assert bench.look() is None
    process = psutil.Process(bench._child.pid)
    bench.give_up()
    assert not process.is_running()


def test_ways_of_a_real_model_are_tried_and_their_results_agree_and_one_that_fails_says_why(
    opened: Callable[..., ChildBench], tiny_clip: Path
) -> None:
    images = [draw_shape("red", "circle"), draw_shape("blue", "square"), draw_shape("green", "triangle")] * 2
    bench = opened(None, tiny_clip, "embedder", images)
    offer = until_it_speaks(bench)
    assert isinstance(offer, Offer) and "int8" in offer.ways["cpu"] and offer.ways["cpu"][0] == "float32"
    exact, small = asked(bench, judged=6), asked(bench, INT8, judged=6)
    assert exact.results is not None and small.results is not None
    assert exact.results.shape == small.results.shape == (6, 32)
    assert ((exact.results * small.results).sum(axis=1) > 0.99).all()
    assert not np.array_equal(exact.results, small.results)
    assert exact.memory_bytes is not None and 0 < exact.seconds < PATIENCE_S
    failed = asked(bench, Trial("no such device", "float32", 1, 1), judged=1)
    assert failed.failed is Lost.FAILED and "no such device" in failed.detail.lower()
    assert asked(bench, judged=1).done == 1


def test_captions_are_timed_and_compared_by_the_words_that_could_begin_them(
    opened: Callable[..., ChildBench], tiny_blip: Path
) -> None:
    images = [draw_shape("red", "circle"), draw_shape("blue", "square")]
    bench = opened(None, tiny_blip, "captioner", images)
    until_it_speaks(bench)
    exact, small = asked(bench, judged=2), asked(bench, INT8, judged=2)
    assert exact.results is not None and small.results is not None and len(exact.results) == 2
    distance = np.linalg.norm(exact.results[0] - exact.results[1])
    assert np.linalg.norm(exact.results - small.results, axis=1).max() < distance
