"""Jobs that are noted when they are started, and stepped by hand."""

from __future__ import annotations

from app.ui.controllers import indexing


class FakeJob:
    def __init__(self, calls):
        self.calls, self.ending = calls, None
        self.is_cancelled = False

    def step(self, fact):
        self.calls["on_step"](fact)

    def cancel(self):
        self.is_cancelled = True

    def end(self, result=None):
        self.ending = "done"
        self.calls["on_done"](result)


class FakeJobs:
    """Notes what is started; a test steps it by hand."""

    def __init__(self):
        self.started, self.is_paused = [], False

    def start(self, work, **calls):
        job = FakeJob(calls)
        self.started.append(job)
        return job

    def set_paused(self, is_paused):
        self.is_paused = is_paused

    def of(self, stage):
        return [job for job in self.started if job.calls.get("priority") == indexing.PRIORITIES[stage]]
