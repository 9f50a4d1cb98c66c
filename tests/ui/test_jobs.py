"""The job runner: one ending per job, urgency, pausing, superseding, quitting."""

from __future__ import annotations

import os
import sys
import threading
import time

import pytest

from app.core.errors import DiskFull
from app.core.types import Progress, Stage, Waiting
from app.ui.jobs import Ending, Jobs
from tests.fakes import a_library


@pytest.fixture
def opened():
    return []


@pytest.fixture
def jobs(qtbot, opened):
    def open_library():
        library = a_library()
        opened.append(library)
        return library

    jobs = Jobs(open_library)
    yield jobs
    assert jobs.quit()


def wait_for_end(qtbot, *waited):
    qtbot.waitUntil(lambda: all(job.ending is not None for job in waited), timeout=5000)


def test_callbacks_run_on_the_gui_thread_and_work_does_not(qtbot, jobs):
    here, seen = threading.get_ident(), []
    job = jobs.start(
        lambda library: threading.get_ident(),
        on_done=lambda there: seen.append((there, threading.get_ident())),
    )
    wait_for_end(qtbot, job)
    [(there, callback_thread)] = seen
    assert there != here
    assert callback_thread == here


def test_a_generator_hands_over_every_fact_and_ends_with_the_last(qtbot, jobs):
    facts, results = [], []
    job = jobs.start(lambda library: iter([1, 2, 3]), lane="work", on_step=facts.append, on_done=results.append)
    wait_for_end(qtbot, job)
    assert facts == [1, 2, 3]
    assert results == [3]
    assert job.ending is Ending.DONE


def test_an_error_is_the_only_ending_of_its_job(qtbot, jobs):
    endings = []

    def fill(library):
        yield 1
        raise DiskFull(path="/x")

    job = jobs.start(
        fill,
        lane="work",
        on_done=lambda value: endings.append("done"),
        on_error=lambda error: endings.append(type(error)),
        on_cancelled=lambda: endings.append("cancelled"),
    )
    wait_for_end(qtbot, job)
    assert endings == [DiskFull]


def test_an_error_without_a_listener_is_told_by_the_runner(qtbot, jobs):
    with qtbot.waitSignal(jobs.error_unheard) as heard:
        jobs.start(lambda library: 1 / 0)
    assert isinstance(heard.args[0], ZeroDivisionError)


def test_the_lane_goes_on_after_an_error(qtbot, jobs):
    jobs.start(lambda library: 1 / 0, on_error=lambda error: None)
    later = jobs.start(lambda library: 7)
    wait_for_end(qtbot, later)
    assert later.ending is Ending.DONE


def test_an_urgent_job_overtakes_an_open_generator(qtbot, jobs):
    order, may_go = [], threading.Event()

    def slow(library):
        for step in range(6):
            order.append(f"slow {step}")
            yield step
            if step == 1:
                may_go.wait(5)

    slow_job = jobs.start(slow, lane="work", priority=1)
    qtbot.waitUntil(lambda: "slow 1" in order)
    urgent = jobs.start(lambda library: iter([order.append("urgent")]), lane="work", priority=5)
    may_go.set()
    wait_for_end(qtbot, slow_job, urgent)
    assert order.index("urgent") <= order.index("slow 2") + 1
    assert order[-1] == "slow 5"


def test_cancelling_runs_finally_on_the_thread_that_owns_the_generator(qtbot, jobs):
    threads, endings = {}, []

    def endless(library):
        threads["run"] = threading.get_ident()
        try:
            while True:
                time.sleep(0.005)
                yield 0
        finally:
            threads["finally"] = threading.get_ident()

    job = jobs.start(endless, lane="work", on_done=endings.append, on_cancelled=lambda: endings.append("cancelled"))
    qtbot.waitUntil(lambda: "run" in threads)
    job.cancel()
    wait_for_end(qtbot, job)
    assert threads["finally"] == threads["run"]
    assert endings == ["cancelled"]


def test_a_newer_job_with_the_same_key_silences_the_older_ones(qtbot, jobs):
    may_go, heard, dropped = threading.Event(), [], []

    def search(name):
        def work(library):
            may_go.wait(5)
            return name

        return jobs.start(work, key="search", on_done=heard.append, on_cancelled=lambda: dropped.append(name))

    started = [search("d"), search("do"), search("dog")]
    may_go.set()
    wait_for_end(qtbot, *started)
    assert heard == ["dog"]
    assert sorted(dropped) == ["d", "do"]


def test_a_paused_work_lane_stands_still_while_the_ask_lane_answers(qtbot, jobs):
    steps = []
    jobs.set_paused(True)
    job = jobs.start(lambda library: iter(range(3)), lane="work", on_step=steps.append)
    asked = jobs.start(lambda library: 1)
    wait_for_end(qtbot, asked)
    qtbot.wait(50)
    assert steps == []
    assert job.ending is None
    jobs.set_paused(False)
    wait_for_end(qtbot, job)
    assert steps == [0, 1, 2]


def test_a_job_that_waits_for_another_program_lets_the_next_one_go_first(qtbot, jobs):
    order = []

    def waiting(library):
        yield Waiting(Stage.EMBED)
        order.append("embed")
        yield Progress(Stage.EMBED, 1, 1)

    first = jobs.start(waiting, lane="work", priority=5)
    second = jobs.start(lambda library: order.append("tags"), lane="work", priority=1)
    wait_for_end(qtbot, first, second)
    assert order == ["tags", "embed"]


def test_each_lane_opens_and_closes_its_own_library_on_its_own_thread(qtbot, opened):
    jobs = Jobs(lambda: opened.append(a_library()) or opened[-1])
    wait_for_end(qtbot, jobs.start(lambda library: 1), jobs.start(lambda library: 1, lane="work"))
    assert jobs.quit()
    assert len(opened) == 2
    assert len({library.catalog.opened_on for library in opened}) == 2
    assert all(library.catalog.closed_on == library.catalog.opened_on for library in opened)
    assert all(library.embeddings.closed_on is not None for library in opened)


def test_a_library_that_cannot_be_opened_ends_each_job_with_its_error(qtbot):
    def fail():
        raise DiskFull(path="/x")

    jobs = Jobs(fail)
    errors = []
    wait_for_end(qtbot, jobs.start(lambda library: 1, on_error=errors.append))
    wait_for_end(qtbot, jobs.start(lambda library: 1, on_error=errors.append))
    assert jobs.quit()
    assert [type(error) for error in errors] == [DiskFull, DiskFull]


def test_reopening_hands_the_next_job_a_new_library(qtbot, jobs, opened):
    wait_for_end(qtbot, jobs.start(lambda library: 1))
    fresh = a_library()
    jobs.reopen(lambda: fresh)
    seen = []
    wait_for_end(qtbot, jobs.start(seen.append))
    assert seen == [fresh]
    assert opened[0].catalog.closed_on is not None


def test_quitting_ends_running_and_queued_jobs_as_cancelled(qtbot, opened):
    jobs = Jobs(lambda: a_library())
    endings = []

    def endless(library):
        while True:
            time.sleep(0.005)
            yield 0

    started = [jobs.start(endless, lane="work", on_cancelled=lambda: endings.append(1)) for _ in range(3)]
    assert jobs.quit()
    assert endings == [1, 1, 1]
    assert all(job.ending is Ending.CANCELLED for job in started)
    late = jobs.start(lambda library: 1)
    assert late.ending is Ending.CANCELLED


def test_quitting_drops_no_decision(qtbot):
    jobs = Jobs(a_library)
    is_running, decided = threading.Event(), []
    jobs.start(lambda _: is_running.wait(10))
    other = jobs.start(lambda _: decided.append("no decision"))
    jobs.start(lambda _: decided.append("stars"), is_decision=True, on_done=lambda _: is_told.append(True))
    is_told: list[bool] = []
    threading.Timer(0.05, is_running.set).start()
    assert jobs.quit()
    assert (decided, is_told, other.ending) == (["stars"], [True], Ending.CANCELLED)


def test_a_hanging_step_does_not_hold_up_quitting_for_ever(qtbot):
    jobs = Jobs(lambda: a_library())
    is_running, may_go = threading.Event(), threading.Event()

    def hang(library):
        is_running.set()
        may_go.wait(600)

    jobs.start(hang, lane="work")
    assert is_running.wait(60)
    assert not jobs.quit(timeout_s=0.2), "it did not wait for the step, which has not ended"
    may_go.set()
    assert jobs.quit()


@pytest.mark.skipif(sys.platform != "linux", reason="nice values per thread are Linux's")
def test_background_work_is_nicer_than_the_window(qtbot, jobs):
    found = []
    before = os.getpriority(os.PRIO_PROCESS, 0)
    job = jobs.start(
        lambda library: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()),
        lane="work",
        on_done=found.append,
    )
    wait_for_end(qtbot, job)
    assert found[0] >= min(19, max(before, 10))
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
