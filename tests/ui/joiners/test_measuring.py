"""Measuring in the window: once, while work waits, and without a word where it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.errors import MeasuringFailed
from app.core.models import Measured, Measuring, Trial, Tuning
from app.core.types import Progress, Stage
from app.ui.joiners.measuring import MeasuringModels
from app.ui.joiners.work_texts import card_state

TRYING = Measuring("a model", Trial("cpu", "int8", 16, 4), 1, 4)
TUNING = Tuning("cpu", "int8", 16, 4, 100.0, 1000, 0.001)


@pytest.fixture
def measuring(work, jobs):
    return MeasuringModels(work, jobs)


def test_work_waits_while_a_model_is_measured_and_the_card_says_so(work, jobs, measuring):
    work.run_stages()
    jobs.of(Stage.READ)[0].step(Progress(Stage.READ, 40, 100))
    work.searchable_changed.emit()
    work.searchable_changed.emit()
    (job,) = [job for job in jobs.started if job.calls.get("lane") == "models"]
    assert not jobs.is_paused  # nothing may be there to be measured
    job.step(TRYING)
    assert jobs.is_paused and not work.is_paused_by_person
    state = card_state(work, unseen_failures=0)
    assert state is not None and "measured" in state.detail
    told = []
    measuring.measured.connect(told.append)
    job.step(Measured("a model", TUNING))
    assert not jobs.is_paused and told == [TUNING]
    job.end()
    work.searchable_changed.emit()
    assert len([job for job in jobs.started if job.calls.get("lane") == "models"]) == 2


def test_what_failed_is_not_tried_again_and_work_goes_on(work, jobs, measuring):
    measuring.look()
    jobs.started[-1].step(TRYING)
    told = []
    measuring.failed.connect(told.append)
    jobs.started[-1].calls["on_error"](MeasuringFailed(name="a model", folder=Path("models/a"), tried=()))
    assert not jobs.is_paused and told == [str(Path("models/a"))]
    measuring.look()
    assert len(jobs.started) == 1


def test_what_nobody_asked_for_gives_way_to_what_a_person_wants_measured(work, jobs, measuring):
    measuring.look()
    (unasked,) = jobs.started
    unasked.step(TRYING)
    measuring.give_way(True)
    assert unasked.is_cancelled and jobs.is_paused
    unasked.calls["on_cancelled"]()
    measuring.look()
    assert jobs.is_paused and len(jobs.started) == 1
    measuring.give_way(False)
    assert not jobs.is_paused and len(jobs.started) == 2  # once more


def test_nothing_is_measured_while_a_person_has_paused(work, jobs, measuring):
    work.set_paused(True)
    measuring.look()
    assert not jobs.started
