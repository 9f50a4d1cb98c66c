"""Changes the model that searches: the next one's vectors are made while the present one answers, then it is used."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app import startup
from app.core.errors import ModelUnusable, OutOfMemory, VectorsInUse
from app.core.types import Stage, Unavailable
from app.library.models.changing import begin_change, make_ready, take_over
from app.library.models.spaces import Space, drop_space, forget_former, former_spaces
from app.settings import Settings
from app.ui import error_words, wording
from app.ui.controllers.heeding import Chosen
from app.ui.controllers.indexing import Indexing
from app.ui.jobs import Jobs
from app.ui.panes.notice_bar import NoticeBar
from app.vision.checkpoints.weights import inspect

if TYPE_CHECKING:
    from app.library.library import Library

_FORMER = "former_vectors"
_DROP_PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class Change:
    """How a change of model stands.

    Attributes:
        folder: of the next model; None: the starter. Means nothing unless ``is_preparing``.
        done, total: photos that got a vector of it in this run, and with those that have none yet.
        is_preparing: a change is under way.
        name: of the next model, as people call it.
    """

    folder: Path | None = None
    done: int = 0
    total: int = 0
    is_preparing: bool = False
    name: str = ""


class Changing(QObject):
    """Whoever lets a person choose a model calls ``use``; what follows is done here."""

    changed = Signal(object)
    """A Change."""
    chosen_elsewhere = Signal(object)
    """A Chosen: another program has chosen a search model meanwhile, and is heeded."""
    told = Signal(object)
    """An Exception or a sentence that the person should see."""

    def __init__(
        self,
        indexing: Indexing,
        jobs: Jobs,
        notice: NoticeBar,
        *,
        settings: Callable[[], Settings],
        change_models: Callable[[str | None, str | None], None],
        chosen_elsewhere: Callable[[], Chosen],
        parent: QObject | None = None,
    ) -> None:
        """Join the parts.

        Args:
            indexing: makes the vectors.
            jobs: for what takes longer than a moment.
            notice: asks what shall become of the former vectors.
            settings: as they are now.
            change_models: keeps ``embedder_folder`` and ``next_embedder_folder`` and opens the library anew.
            chosen_elsewhere: which models another program has chosen meanwhile.
            parent: as Qt's.
        """
        super().__init__(parent)
        self._indexing = indexing
        self._jobs = jobs
        self._notice = notice
        self._settings = settings
        self._change_models = change_models
        self._look_elsewhere = chosen_elsewhere
        self._told: Change | None = None
        indexing.changed.connect(self._tell)
        indexing.stage_ended.connect(self._on_stage_ended)

    @property
    def state(self) -> Change:
        following = self._settings().next_embedder_folder
        if following is None:
            return Change()
        progress = self._indexing.states[Stage.PREPARE]
        folder = Path(following) if following else None
        name = startup.folder_title(following)
        return Change(folder, progress.done, progress.total or 0, is_preparing=True, name=name)

    def use(self, folder: Path | None) -> None:
        """Search with this model: from now on where nothing is lost by it, else when its vectors are complete.

        The present model ends a change that is under way. A folder that holds no usable model changes nothing.

        Args:
            folder: of a checkpoint; None: the starter.
        """
        self._jobs.start(
            lambda library: _checked(library, folder),
            lane="models",
            key="change_model",
            on_done=lambda checked: self._on_checked(*checked),
            on_error=self.told.emit,
        )

    def cancel(self) -> None:
        """Stay with the present model. The vectors that were made are kept: the same change goes on from there."""
        if self._settings().next_embedder_folder is not None:
            self._change(self._settings().embedder_folder, None)

    def on_opened(self, library: Library) -> None:
        """The library was opened with the present settings: at the start, or for a change."""
        if self._settings().next_embedder_folder is None:
            self._ask_about_former()
        elif library.successor is None:
            self.cancel()  # its folder holds no model any more, as the person was told
        else:
            self._try_to_switch()

    def _on_checked(self, folder: str, is_at_once: bool) -> None:
        settings = self._settings()
        if _is_same(folder, settings.embedder_folder or startup.STARTER):
            self.cancel()
        elif is_at_once:
            self._change(folder or None, None)
        elif settings.next_embedder_folder is None or not _is_same(folder, settings.next_embedder_folder):
            self._change(settings.embedder_folder, folder)

    def _change(self, present: str | None, following: str | None) -> None:
        self._change_models(present, following)
        self._tell()

    def _on_stage_ended(self, stage: Stage) -> None:
        if stage is not Stage.PREPARE or self._settings().next_embedder_folder is None:
            return
        trouble = self._indexing.states[stage].trouble
        if isinstance(trouble, Unavailable):
            self._give_up(trouble.error or OutOfMemory())
        elif trouble is None:
            self._try_to_switch()

    def _try_to_switch(self) -> None:
        self._jobs.start(
            make_ready, lane="models", key="make_ready", on_done=self._on_ready, on_error=self._on_not_ready
        )

    def _on_ready(self, is_ready: bool) -> None:
        if is_ready:
            look = self._look_elsewhere
            self._jobs.start(lambda library: _taken_over(library, look), on_done=self._on_taken_over)

    def _on_taken_over(self, elsewhere: Chosen) -> None:
        following = self._settings().next_embedder_folder
        if elsewhere:
            self.chosen_elsewhere.emit(elsewhere)
        elif following is not None:
            self._change(following or None, None)

    def _on_not_ready(self, error: Exception) -> None:
        if isinstance(error, ModelUnusable | OutOfMemory):
            self._give_up(error)
        else:
            self.told.emit(error)

    def _give_up(self, error: Exception) -> None:
        """The next model can't be used after all: the present one, which has answered all the time, goes on."""
        self.cancel()
        told = self.tr("{why} Search goes on with the model that was used so far.")
        self.told.emit(told.format(why=error_words.error(error)))

    # What becomes of the vectors of the model before

    def _ask_about_former(self) -> None:
        self._jobs.start(former_spaces, key="former_spaces", on_done=self._on_former)

    def _on_former(self, former: list[Space]) -> None:
        if not former:
            self._notice.dismiss(about=_FORMER)
            return
        text = self.tr(
            "Search now uses {model}. The vectors of {former} take {size}; while they are kept, a change back is "
            "instant."
        ).format(
            model=startup.folder_title(self._settings().embedder_folder or startup.STARTER),
            former=startup.model_title(former[0].model or former[0].name),
            size=wording.size(sum(space.size_bytes for space in former)),
        )
        choices = [(self.tr("Keep them"), self._keep_former), (self.tr("Delete them"), lambda: self._drop(former))]
        self._notice.say(text, choices, about=_FORMER)

    def _keep_former(self) -> None:
        self._notice.dismiss(about=_FORMER)
        self._jobs.start(forget_former)

    def _drop(self, former: list[Space]) -> None:
        self._notice.dismiss(about=_FORMER)
        self._jobs.start(
            lambda library: _dropped(library, [space.name for space in former]), lane="models", on_done=self._on_dropped
        )

    def _on_dropped(self, size_bytes: int) -> None:
        self.told.emit(self.tr("{size} freed.").format(size=wording.size(size_bytes)))

    def _tell(self) -> None:
        state = self.state
        if state != self._told:
            self._told = state
            self.changed.emit(state)


def _checked(library: Library, folder: Path | None) -> tuple[str, bool]:
    """The folder as the settings name it, and whether the change costs nothing. Raises ModelUnusable.

    It costs nothing where there are no vectors yet, and where the present ones are of the same space: the library may
    answer by a model that stands in for one that is gone.
    """
    name = startup.STARTER if folder is None else str(folder)
    if folder is not None:
        inspect(folder, "embedder")
    has_vectors = begin_change(library)
    return name, not has_vectors or startup.folder_space(name) == library.embedder.space


def _taken_over(library: Library, look_elsewhere: Callable[[], Chosen]) -> Chosen:
    """The successor may answer, unless somebody has chosen otherwise in a terminal: then that."""
    embedders = {name: value for name, value in look_elsewhere().items() if name.endswith("embedder_folder")}
    if not embedders:
        take_over(library)
    return embedders


def _dropped(library: Library, names: list[str]) -> int:
    """Delete vectors; what another thread of this program still does with them ends within a step."""
    freed, until = 0, time.monotonic() + _DROP_PATIENCE_S
    while names:
        try:
            freed += drop_space(library, names[-1])
            names.pop()
        except VectorsInUse:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
    forget_former(library)
    return freed


def _is_same(one: str, other: str) -> bool:
    if not one or not other:
        return one == other
    return os.path.realpath(one) == os.path.realpath(other)
