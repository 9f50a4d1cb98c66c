"""Background work: the chain of stages, pauses, what the card and the details say."""

from __future__ import annotations

import pytest

from app.core.errors import DiskFull
from app.core.types import Progress, Stage, Summary, Unavailable, Waiting
from app.ui import conditions
from app.ui.conditions import Hold
from app.ui.controllers import indexing
from app.ui.controllers.indexing import StageState
from app.ui.joiners.work_texts import card_state, stage_lines


def test_photos_that_were_found_are_read_while_the_walk_goes_on(work, jobs, tmp_path):
    work.add([tmp_path])
    jobs.of(Stage.FIND)[0].step(Progress(Stage.FIND, 500, None))
    assert len(jobs.of(Stage.READ)) == 1
    jobs.of(Stage.FIND)[0].step(Progress(Stage.FIND, 900, None))
    assert len(jobs.of(Stage.READ)) == 1
    assert work.current is Stage.FIND


def test_a_stage_that_may_have_asked_its_last_question_runs_once_more(work, jobs, tmp_path):
    work.add([tmp_path])
    find = jobs.of(Stage.FIND)[0]
    find.step(Progress(Stage.FIND, 500, None))
    find.step(Summary(Stage.FIND, added=900))
    find.end()
    jobs.of(Stage.READ)[0].end()
    assert len(jobs.of(Stage.READ)) == 2
    jobs.of(Stage.READ)[1].end()
    assert len(jobs.of(Stage.READ)) == 2


def test_text_that_was_read_makes_an_answer_old_and_a_drive_that_is_back_is_asked_for_its_text(work, jobs):
    changed = []
    work.searchable_changed.connect(lambda: changed.append(True))
    work.rescan()
    jobs.of(Stage.FIND)[0].step(Summary(Stage.FIND))
    jobs.of(Stage.TEXT)[0].step(Summary(Stage.TEXT))
    assert changed == []
    jobs.of(Stage.TEXT)[0].step(Summary(Stage.TEXT, added=3))
    assert changed == [True]


def test_finding_goes_before_reading_before_embedding_before_tags_before_captions():
    order = [indexing.PRIORITIES[stage] for stage in Stage]
    assert order == sorted(order, reverse=True)


def test_a_pause_of_the_person_outlasts_the_battery(work, jobs, monkeypatch):
    monkeypatch.setattr(conditions, "is_on_battery", lambda: True)
    work._conditions.choose(not_on_battery=True, only_when_idle=False)
    assert jobs.is_paused
    assert work.hold is Hold.BATTERY
    work.set_paused(True)
    monkeypatch.setattr(conditions, "is_on_battery", lambda: False)
    work._conditions.look()
    assert jobs.is_paused
    work.set_paused(False)
    assert not jobs.is_paused


def test_only_when_idle_waits_while_somebody_uses_the_window(work, jobs):
    work._conditions.choose(not_on_battery=False, only_when_idle=True)
    assert work.hold is Hold.BUSY
    work._conditions._last_input -= 1_000
    work._conditions.look()
    assert work.hold is None


def test_speed_and_time_left_come_from_the_last_moments(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(indexing.time, "monotonic", lambda: now[0])
    state = StageState(is_running=True)
    for done in (0, 50, 100):
        state.note(done, 300)
        now[0] += 1
    assert state.per_second == pytest.approx(50)
    assert state.seconds_left == pytest.approx(4)


def test_the_card_says_stage_count_and_pause(work, jobs):
    work.run_stages()
    assert card_state(work, unseen_failures=0) is None
    jobs.of(Stage.READ)[0].step(Progress(Stage.READ, 12, 900))
    card = card_state(work, unseen_failures=0)
    assert (card.title, card.detail) == ("Reading photos", "12 of 900")
    assert card.share == pytest.approx(12 / 900)
    work.set_paused(True)
    assert card_state(work, unseen_failures=0).title == "Paused"
    work.set_paused(False)
    jobs.of(Stage.READ)[0].step(Waiting(Stage.READ))
    assert "Another Oriel" in card_state(work, unseen_failures=0).detail


def test_the_card_says_what_was_skipped_until_it_was_looked_at(work):
    assert "3 photos skipped" in card_state(work, unseen_failures=3).title
    assert card_state(work, unseen_failures=0) is None


def test_the_details_say_what_is_missing_and_what_failed(work, jobs):
    work.run_stages()
    jobs.of(Stage.CAPTION)[0].step(Unavailable(Stage.CAPTION))
    reading = jobs.of(Stage.READ)[0]
    reading.ending = "error"
    reading.calls["on_error"](DiskFull(path="/disk"))
    lines = {line.stage: line.text for line in stage_lines(work)}
    assert "Models in the settings" in lines[Stage.CAPTION]
    assert "full" in lines[Stage.READ]
    assert [line.stage for line in stage_lines(work) if line.has_stopped] == [Stage.READ]
    jobs.of(Stage.EMBED)[0].end()
    assert card_state(work, unseen_failures=0).title == "Work has stopped"
    work.run_stages()
    assert [line.stage for line in stage_lines(work) if line.has_stopped] == []
    assert lines[Stage.EMBED] == "Up to date"


def test_what_is_on_screen_is_handed_to_running_stages(work):
    work.look_at([5, 3])
    assert work._visible == (5, 3)


def test_opening_the_library_anew_takes_up_all_work_that_was_under_way(work, jobs, tmp_path):
    work.add([tmp_path])
    work.run_stages()
    cancelled = list(jobs.started)
    work.forget_jobs()
    for job in cancelled:
        job.ending = "cancelled"
        job.calls["on_cancelled"]()
    for loading in [job for job in jobs.started[len(cancelled) :] if job.calls["lane"] == "models"]:
        loading.end(True)
    begun = [job for job in jobs.started[len(cancelled) :] if job.calls["lane"] == "work"]
    assert {job.calls["priority"] for job in begun} == {indexing.PRIORITIES[stage] for stage in Stage}
    assert all(work.states[stage].is_running for stage in Stage)


def test_after_a_model_has_rested_it_is_loaded_before_a_stage_that_needs_it_steps(work, jobs):
    def loads():
        return [job for job in jobs.started if job.calls["lane"] == "models"]

    work._run(Stage.READ)
    work.note_rest()
    jobs.of(Stage.READ)[0].step(Progress(Stage.READ, 12, 900))
    assert len(loads()) == 2  # this model and the one that may be prepared
    assert jobs.of(Stage.EMBED) == []
    jobs.of(Stage.READ)[0].step(Progress(Stage.READ, 24, 900))
    for job in loads():
        job.end(True)
    assert len(jobs.of(Stage.EMBED)) == 1
    work._run(Stage.TAG)
    assert len(loads()) == 2
    assert len(jobs.of(Stage.TAG)) == 1


def test_captions_that_a_person_waits_for_go_before_all_other_work_until_they_are_there(work, jobs):
    work.run_stages()
    (captions,) = jobs.of(Stage.CAPTION)
    work.look_at([7, 8])
    work.select([5])
    work.caption_now([3, 4])
    assert list(work._urgent()) == [3, 4, 5, 7, 8]
    jobs.started[-1].end(2)
    assert captions.priority > indexing.PRIORITIES[Stage.FIND]
    captions.step(Progress(Stage.CAPTION, 2, 9))
    jobs.started[-1].end(0)
    assert captions.priority == indexing.PRIORITIES[Stage.CAPTION]
    assert list(work._urgent()) == [5, 7, 8]


def test_caption_now_without_a_captioner_says_what_is_missing(work, jobs):
    told = []
    work.told.connect(told.append)
    work.run_stages()
    jobs.of(Stage.CAPTION)[0].step(Unavailable(Stage.CAPTION))
    work.caption_now([3])
    assert told
    assert isinstance(told[0], str)
