"""Keeps background work going: finding, reading, embedding, tagging, text, describing, the most urgent first."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.core.errors import ModelUnusable, OutOfMemory
from app.core.types import (
    Fact,
    FolderUnavailable,
    MovedToProcessor,
    PhotoId,
    Progress,
    Skipped,
    Stage,
    Summary,
    Unavailable,
    Waiting,
)
from app.library.enrich.caption_meaning import embed_captions
from app.library.enrich.captioning import caption_missing, count_uncaptioned
from app.library.enrich.embedding import embed_missing
from app.library.enrich.placing import place_missing
from app.library.enrich.reading_text import read_text_missing
from app.library.enrich.tagging import tag_missing
from app.library.find.finding import answer_once
from app.library.intake.importing import import_path, rescan
from app.library.intake.reading import read_missing
from app.library.models.changing import prepare_missing
from app.library.stages import Urgent
from app.search.language import load_for
from app.ui import error_words
from app.ui.conditions import Conditions, Hold
from app.ui.jobs import Job, Jobs

if TYPE_CHECKING:
    from app.library.library import Library

Verb = Callable[["Library"], Iterator[Fact]]

PRIORITIES = {
    Stage.FIND: 50,
    Stage.READ: 40,
    Stage.PLACE: 35,
    Stage.EMBED: 30,
    Stage.TAG: 20,
    Stage.PREPARE: 15,
    Stage.TEXT: 12,
    Stage.CAPTION_MEANING: 11,
    Stage.CAPTION: 10,
}
_MODEL_OF = {
    Stage.EMBED: Stage.EMBED,
    Stage.TAG: Stage.EMBED,
    Stage.PREPARE: Stage.PREPARE,
    Stage.CAPTION_MEANING: Stage.EMBED,
}
"""The stage whose model another one needs."""
_FIRST_PRIORITY = 100
_FOLLOWS = {
    Stage.FIND: (Stage.READ,),
    Stage.READ: (Stage.PLACE, Stage.EMBED, Stage.PREPARE),
    Stage.PLACE: (),
    Stage.EMBED: (Stage.TAG,),
    Stage.TAG: (Stage.TEXT, Stage.CAPTION),  # documents are known by then
    Stage.TEXT: (),
    Stage.PREPARE: (),
    Stage.CAPTION: (Stage.PREPARE,),  # the next model must know new captions too before it takes over
    Stage.CAPTION_MEANING: (),
}
_FOLLOWS_AT_END = {Stage.READ: (Stage.CAPTION_MEANING,), Stage.CAPTION: (Stage.CAPTION_MEANING,)}
"""What looks through all captions waits for the last one; those that a model writes are turned into vectors there."""
_RATE_WINDOW_S = 20.0
_MOST_SELECTED = 200


@dataclass(slots=True)
class StageState:
    """How far one stage is. ``trouble`` is what keeps it from running."""

    done: int = 0
    total: int | None = None
    is_running: bool = False
    is_waiting: bool = False
    trouble: Unavailable | Exception | None = None
    marks: deque[tuple[float, int]] = field(default_factory=deque)

    @property
    def is_busy(self) -> bool:
        return self.is_running and (self.total is None or self.done < self.total)

    @property
    def per_second(self) -> float:
        """Photos per second over the last moments; 0 where that cannot be said yet."""
        if len(self.marks) < 2:
            return 0.0
        (start, before), (end, after) = self.marks[0], self.marks[-1]
        return (after - before) / (end - start) if end - start > 0.5 else 0.0

    @property
    def seconds_left(self) -> float | None:
        rate = self.per_second
        return (self.total - self.done) / rate if rate > 0 and self.total is not None else None

    def note(self, done: int, total: int | None) -> None:
        now = time.monotonic()
        if done < self.done:
            self.marks.clear()
        self.done, self.total, self.is_waiting = done, total, False
        self.marks.append((now, done))
        while now - self.marks[0][0] > _RATE_WINDOW_S:
            self.marks.popleft()


class Indexing(QObject):
    """Starts the verbs as open generators on the work lane and sums up what they tell."""

    changed = Signal()
    """The state is another one."""
    photos_read = Signal()
    """Thumbnails may be there that were not."""
    searchable_changed = Signal()
    """More photos can be found by meaning: a stage has come to its end, or the model is loaded."""
    stage_ended = Signal(object)
    """A Stage has come to the end of its question; its state says whether something stood in the way."""
    told = Signal(object)
    """A fact or error that a person should see: FolderUnavailable, MovedToProcessor, Skipped, Summary, Exception."""

    def __init__(self, jobs: Jobs, conditions: Conditions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._conditions = conditions
        conditions.changed.connect(self._apply_pause)
        self._is_paused_by_person = False
        self._is_measuring = False
        self._loading: set[Stage] = set()
        self._rested: set[Stage] = set()
        """Stages whose model may have left the memory."""
        self._has_asked_for_model = False
        self._jobs_of: dict[Stage, list[Job]] = {stage: [] for stage in Stage}
        self._finding: dict[Job, Verb] = {}
        self._again: set[Stage] = set()
        self._after_loading: set[Stage] = set()
        self._visible: tuple[PhotoId, ...] = ()
        self._selected: tuple[PhotoId, ...] = ()
        self._to_caption: tuple[PhotoId, ...] = ()
        self.states = {stage: StageState() for stage in Stage}

    # What the window asks for

    def start_up(self, settle: Callable[[Library], None]) -> None:
        """Go on where the last run stopped: settle what it left, look for changes, run all stages, load the model."""
        self._jobs.start(settle, lane="work", priority=_FIRST_PRIORITY, on_error=self.told.emit)
        self._find(rescan)
        self.load_model()
        self.run_stages()

    def add(self, paths: Sequence[Path]) -> None:
        for path in paths:
            self._find(partial(_import, path=path))

    def rescan(self, folder: Path | None = None) -> None:
        self._find(partial(rescan, folder=folder))

    def run_stages(self) -> None:
        """Ask every stage for what is missing."""
        for stage in Stage:
            if stage is not Stage.FIND:
                self._run(stage)

    def embed_captions(self) -> None:
        """A person has changed captions."""
        self._run(Stage.CAPTION_MEANING)

    def retry_failed(self) -> None:
        """Try again what failed, whatever the stage."""
        self._jobs.start(
            lambda library: library.catalog.clear_failures(),
            on_done=lambda _: self.run_stages(),
            on_error=self.told.emit,
        )

    def load_model(self) -> None:
        """Load the embedder now, so that neither a search nor a step waits for it, then the one that is being prepared.

        Does nothing in an empty library.
        """
        for stage, load in ((Stage.EMBED, _load_embedder), (Stage.PREPARE, _load_successor)):
            if stage not in self._loading:
                self._loading.add(stage)
                self._jobs.start(
                    load,
                    lane="models",
                    on_done=partial(self._on_loaded, stage),
                    on_error=partial(self._on_load_failed, stage),
                )

    def note_rest(self) -> None:
        """A model has left the memory: what needs it next has it loaded first, while other work goes on."""
        self._rested.update(_MODEL_OF.values())

    def look_at(self, ids: Sequence[int]) -> None:
        """These photos are on screen now; the running stages take them first."""
        self._visible = tuple(PhotoId(photo_id) for photo_id in ids)

    def select(self, ids: Sequence[int]) -> None:
        """A person has opened or selected these photos; the running stages take them before all others on screen."""
        self._selected = tuple(PhotoId(photo_id) for photo_id in ids[:_MOST_SELECTED])

    def caption_now(self, ids: Sequence[PhotoId]) -> None:
        """Describe these before all other work, those that are described already left aside."""
        trouble = self.states[Stage.CAPTION].trouble
        if isinstance(trouble, Unavailable):
            self.told.emit(error_words.unavailable(trouble))
        self._to_caption = tuple(ids)
        self._run(Stage.CAPTION)
        self._hurry_captions()

    def set_paused(self, is_paused: bool) -> None:
        self._is_paused_by_person = is_paused
        self._apply_pause()

    def set_measuring(self, is_measuring: bool) -> None:
        """A model is being measured, which takes seconds; work waits for it."""
        if is_measuring != self._is_measuring:
            self._is_measuring = is_measuring
            self._apply_pause()

    def forget_jobs(self) -> None:
        """All work was cancelled because the library was opened anew; start again."""
        finding = list(self._finding.values())
        self._has_asked_for_model = False
        self._loading.clear()
        self._rested.clear()
        self._after_loading.clear()
        self._jobs_of = {stage: [] for stage in Stage}
        self.load_model()
        self._finding.clear()
        self._again.clear()
        for verb in finding:
            self._find(verb)
        self.run_stages()

    # How it stands

    @property
    def is_paused(self) -> bool:
        return self._jobs.is_paused

    @property
    def is_paused_by_person(self) -> bool:
        return self._is_paused_by_person

    @property
    def is_measuring(self) -> bool:
        return self._is_measuring

    @property
    def hold(self) -> Hold | None:
        return self._conditions.hold

    @property
    def is_busy(self) -> bool:
        """Whether photos are still to be done (a stage that only asks whether there are any is not busy)."""
        return self.current is not None

    @property
    def current(self) -> Stage | None:
        """The stage that is stepped now: the most urgent one with something to do."""
        return next((stage for stage in Stage if self.states[stage].is_busy), None)

    @property
    def is_studying(self) -> bool:
        """Whether photos may be on their way into what is searched by meaning, now or once the model is loaded."""
        on_their_way = (Stage.READ, Stage.EMBED)
        return any(self.states[stage].is_running for stage in on_their_way) or Stage.EMBED in self._after_loading

    # The pipeline

    def _find(self, verb: Verb) -> None:
        self._start(Stage.FIND, verb)

    def _run(self, stage: Stage) -> None:
        if _MODEL_OF.get(stage) in self._rested:
            self.load_model()
        if _MODEL_OF.get(stage) in self._loading:
            self._after_loading.add(stage)  # its first step would hold everything else up for seconds
        elif self._jobs_of[stage]:
            self._again.add(stage)  # it may just have asked its last question
        else:
            self._start(stage, partial(_stage_verb(stage), first=self._urgent))

    def _urgent(self) -> Sequence[PhotoId]:
        """Asked on the work lane, before each step."""
        return (*self._to_caption, *self._selected, *self._visible)

    def _hurry_captions(self) -> None:
        """Captions go before all else until those that a person waits for are there."""
        asked = self._to_caption
        if not asked:
            return

        def on_counted(remaining: int) -> None:
            if self._to_caption != asked:
                return
            if not remaining or self.states[Stage.CAPTION].trouble is not None:
                self._to_caption = ()
            for job in self._jobs_of[Stage.CAPTION]:
                job.priority = _FIRST_PRIORITY if self._to_caption else PRIORITIES[Stage.CAPTION]

        self._jobs.start(partial(count_uncaptioned, ids=asked), key="captions wanted", on_done=on_counted)

    def _start(self, stage: Stage, verb: Verb) -> None:
        state = self.states[stage]
        if not self._jobs_of[stage]:
            state.done, state.total, state.trouble = 0, (None if stage is Stage.FIND else 0), None
            state.marks.clear()
        state.is_running = True
        job = self._jobs.start(
            verb,
            lane="work",
            priority=PRIORITIES[stage],
            on_step=self._on_fact,
            on_done=lambda _: self._on_end(stage),
            on_error=lambda error: self._on_error(stage, error),
            on_cancelled=lambda: self._on_end(stage, is_cancelled=True),
        )
        if job.ending is None:
            self._jobs_of[stage].append(job)
            if stage is Stage.FIND:
                self._finding[job] = verb
        self.changed.emit()

    def _on_fact(self, fact: Fact) -> None:
        match fact:
            case Progress():
                self._on_progress(fact)
            case Skipped() | FolderUnavailable() | MovedToProcessor():
                self.told.emit(fact)
            case Waiting():
                self.states[fact.stage].is_waiting = True
            case Unavailable():
                self.states[fact.stage].trouble = fact
            case Summary():
                self._on_summary(fact)
        self.changed.emit()

    def _on_progress(self, fact: Progress) -> None:
        self.states[fact.stage].note(fact.done, fact.total)
        if fact.stage is Stage.FIND and fact.done and not self._has_asked_for_model:
            self._has_asked_for_model = True  # there is something to search now
            self.load_model()
        if fact.stage is Stage.READ:
            self.photos_read.emit()
        if fact.stage is Stage.CAPTION:
            self._hurry_captions()
        for following in _FOLLOWS[fact.stage] if fact.done else ():
            if not self._jobs_of[following]:
                self._run(following)

    def _on_summary(self, fact: Summary) -> None:
        if fact.stage is Stage.FIND:
            self.told.emit(fact)
            self._run(Stage.TEXT)  # a drive may be back whose photos were waiting for it
        if fact.stage is Stage.TEXT and fact.added:
            self.searchable_changed.emit()
        following = (*_FOLLOWS[fact.stage], *_FOLLOWS_AT_END.get(fact.stage, ()))
        for stage in following if fact.added or fact.updated else ():
            self._run(stage)

    def _on_end(self, stage: Stage, *, is_cancelled: bool = False) -> None:
        self._jobs_of[stage] = [job for job in self._jobs_of[stage] if job.ending is None]
        self._finding = {job: verb for job, verb in self._finding.items() if job.ending is None}
        state = self.states[stage]
        state.is_running = bool(self._jobs_of[stage])
        if not state.is_running and stage in self._again and not is_cancelled:
            self._again.discard(stage)
            self._run(stage)
        if stage in (Stage.EMBED, Stage.PREPARE) and not is_cancelled:
            self._read_lost_thumbnails()
        if stage in (Stage.READ, Stage.EMBED):
            self.searchable_changed.emit()
        if not is_cancelled:
            self.stage_ended.emit(stage)
        self.changed.emit()

    def _on_error(self, stage: Stage, error: Exception) -> None:
        self.states[stage].trouble = error
        self._again.discard(stage)
        self._on_end(stage, is_cancelled=True)
        self.told.emit(error)

    def _read_lost_thumbnails(self) -> None:
        """Embedding meets thumbnails that are gone and marks their photos to be read again."""

        def on_counted(count: int) -> None:
            if count:
                self._run(Stage.READ)

        self._jobs.start(lambda library: library.catalog.count_to_read(), on_done=on_counted)

    def _on_loaded(self, model: Stage, has_loaded: bool) -> None:
        self._end_loading(model)
        if has_loaded:
            self.searchable_changed.emit()

    def _end_loading(self, model: Stage) -> None:
        self._loading.discard(model)
        self._rested.discard(model)
        waiting = {stage for stage in self._after_loading if _MODEL_OF[stage] is model}
        self._after_loading -= waiting
        for stage in waiting:
            self._run(stage)

    def _on_load_failed(self, model: Stage, error: Exception) -> None:
        self._end_loading(model)
        if isinstance(error, ModelUnusable):
            self.states[model].trouble = error
        self.told.emit(error)

    def _apply_pause(self) -> None:
        is_paused = self._is_paused_by_person or self._is_measuring or self._conditions.hold is not None
        if is_paused != self._jobs.is_paused:
            for state in self.states.values():
                state.marks.clear()
            self._jobs.set_paused(is_paused)
        self.changed.emit()


def _import(library: Library, *, path: Path) -> Iterator[Fact]:
    return import_path(library, path)


def _load_embedder(library: Library) -> bool:
    """Returns whether it is loaded; an empty library needs no model yet."""
    if not library.embedder.is_loaded and library.catalog.roots():
        answer_once(library)
        load_for(library.languages)
    return library.embedder.is_loaded


def _load_successor(library: Library) -> bool:
    """Returns whether anything can be searched that could not be before: nothing can."""
    if library.successor is not None and library.catalog.roots():
        with suppress(ModelUnusable, OutOfMemory):  # preparing meets the same, and says it
            library.successor.embedder.load()
    return False


def _embed_captions(library: Library, *, first: Urgent) -> Iterator[Fact]:
    """No caption is more urgent than others: a thousand take seconds."""
    return embed_captions(library)


def _stage_verb(stage: Stage) -> Callable[..., Iterator[Fact]]:
    return {
        Stage.READ: read_missing,
        Stage.PLACE: place_missing,
        Stage.EMBED: embed_missing,
        Stage.TAG: tag_missing,
        Stage.TEXT: read_text_missing,
        Stage.PREPARE: prepare_missing,
        Stage.CAPTION: caption_missing,
        Stage.CAPTION_MEANING: _embed_captions,
    }[stage]
