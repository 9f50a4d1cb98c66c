"""What is wanted while it is done already is done once more, and no wish is forgotten."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from app.ui.jobs import Jobs
from app.ui.parts import seldom as module
from app.ui.parts.seldom import Seldom
from tests.fakes import a_library


@pytest.fixture
def seldom(qtbot):
    jobs = Jobs(a_library)
    seldom = Seldom(jobs)
    yield seldom
    seldom.stop()
    jobs.quit(5.0)


def test_wishes_while_it_runs_come_to_one_more_run_with_the_last_of_them(qtbot, seldom):
    done, gate = [], threading.Event()
    seldom.done.connect(done.append)
    seldom.want(lambda _: gate.wait(10) and "first")
    for wish in ("second", "third"):
        seldom.want(lambda _, wish=wish: wish)
    assert done == []
    gate.set()
    qtbot.waitUntil(lambda: len(done) > 1, timeout=15000)
    assert done == ["first", "third"]


def test_it_rests_after_each_run_unless_a_person_waits(qtbot, seldom):
    done = []
    seldom.done.connect(done.append)
    seldom.want(lambda _: "first")
    qtbot.waitUntil(lambda: done == ["first"], timeout=5000)
    seldom._rest.start(1_000_000)
    seldom.want(lambda _: "second")
    qtbot.wait(50)
    assert done == ["first"]
    seldom.want(lambda _: "third", is_urgent=True)
    qtbot.waitUntil(lambda: done == ["first", "third"], timeout=5000)


def test_it_does_not_rest_for_the_time_that_others_held_the_lane(qtbot, seldom):
    gate, times, done = threading.Event(), iter([1000.0, 1001.0]), []
    seldom.done.connect(done.append)
    seldom._jobs.start(lambda _: gate.wait(10), lane="aside")
    with pytest.MonkeyPatch.context() as patch:
        clock = SimpleNamespace(monotonic=lambda: next(times))
        patch.setattr(module, "time", clock)
        seldom.want(lambda _: "done")
        gate.set()
        qtbot.waitUntil(lambda: done == ["done"], timeout=15000)
    assert seldom._rest.interval() == 20_000, "a second's work, read when it began and when it ended, and no third time"


def test_a_failure_does_not_end_it(qtbot, seldom):
    done = []
    seldom.done.connect(done.append)
    seldom.want(lambda _: 1 / 0)
    seldom.want(lambda _: "afterwards")
    qtbot.waitUntil(lambda: done == ["afterwards"], timeout=15000)
