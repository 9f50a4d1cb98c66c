"""The window's tests: offscreen, and none may leave a thread, timer or top-level widget behind."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from app.ui.conditions import Conditions
from app.ui.controllers.indexing import Indexing
from tests.ui.fake_jobs import FakeJobs

RESOURCES = Path(__file__).parents[2] / "resources"
PATIENCE_S = 20.0


class Started:
    """Every QTimer and QThread that was started while a test ran, without keeping any alive."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._timers: list[weakref.ref[QTimer]] = []
        self._threads: list[weakref.ref[QThread]] = []
        self._record(monkeypatch, QTimer, self._timers)
        self._record(monkeypatch, QThread, self._threads)

    @staticmethod
    def _record(monkeypatch: pytest.MonkeyPatch, kind: type, seen: list[weakref.ref]) -> None:
        start = kind.start

        def start_and_note(self: object, *args: object) -> object:
            seen.append(weakref.ref(self))
            return start(self, *args)

        monkeypatch.setattr(kind, "start", start_and_note)

    def running(self) -> list[str]:
        timers = [t for ref in self._timers if (t := ref()) is not None and isValid(t) and t.isActive()]
        threads = [t for ref in self._threads if (t := ref()) is not None and isValid(t) and t.isRunning()]
        return [f"timer of {timer.parent()!r}" for timer in timers] + [f"thread {thread!r}" for thread in threads]


def python_threads() -> set[threading.Thread]:
    """Dummies stand for threads that Qt started; ``Started`` watches those."""
    return {t for t in threading.enumerate() if not isinstance(t, threading._DummyThread)}


def settle() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QApplication.processEvents()


def leftovers(started: Started, widgets: set, threads: set[threading.Thread]) -> list[str]:
    left = [f"top-level widget {w!r}" for w in QApplication.topLevelWidgets() if w not in widgets]
    left += [f"thread {thread.name}" for thread in python_threads() - threads]
    return left + started.running()


@pytest.fixture(autouse=True)
def nothing_stays_behind(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    widgets, threads = set(QApplication.topLevelWidgets()), python_threads()
    started = Started(monkeypatch)
    yield
    settle()
    until = time.monotonic() + PATIENCE_S
    while (left := leftovers(started, widgets, threads)) and time.monotonic() < until:
        settle()
        time.sleep(0.01)
    assert not left, f"the test left behind: {left}"


@pytest.fixture(autouse=True)
def nobodys_models(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What whoever runs the tests has downloaded is none of their business; nor is any hub."""
    monkeypatch.setenv("ORIEL_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")


@pytest.fixture
def resources() -> Path:
    return RESOURCES


@pytest.fixture
def jobs() -> FakeJobs:
    return FakeJobs()


@pytest.fixture
def work(qapp: QApplication, jobs: FakeJobs) -> Iterator[Indexing]:
    """Background work that a test steps by hand, whatever the battery and the person do."""
    held = Conditions(not_on_battery=False, only_when_idle=False)
    yield Indexing(jobs, held)
    held.stop()
