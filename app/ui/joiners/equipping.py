"""Shows the models on their page and in the card at the sidebar's foot, and carries out what a person says there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app import startup
from app.core.models import ModelKind, ModelState, PublishedModel
from app.core.types import Stage
from app.library.enrich.captioning import count_all_uncaptioned
from app.settings import Settings
from app.ui import error_words, outside, wording
from app.ui.controllers.adding import Adding, OwnModel
from app.ui.controllers.fetching import Fetching, running
from app.ui.controllers.timing import Timing
from app.ui.dialogs import questions
from app.ui.dialogs.settings_dialog import Page
from app.ui.jobs import Jobs
from app.ui.joiners import model_texts
from app.ui.joiners.model_texts import Preparing, Standing, Timed
from app.ui.panes.models_page import AttemptFacts, CardGroup, ModelsPage
from app.ui.panes.status_card import CardState, StatusCard
from app.ui.parts.model_card import CardFacts, Deed
from app.vision.checkpoints.checking import check_model

PAGE = "models"


class Equipping(QObject):
    """Asks ``fetching`` and ``adding`` what is where; what is chosen goes to whoever holds the settings."""

    models_requested = Signal()
    """Somebody wants to see the page."""

    def __init__(
        self,
        fetching: Fetching,
        adding: Adding,
        timing: Timing,
        *,
        jobs: Jobs,
        card: StatusCard,
        settings: Callable[[], Settings],
        choose: Callable[[Settings], None],
        use_for_search: Callable[[Path | None], None],
        stay: Callable[[], None],
        show_file: Callable[[Path], None],
        dialog_parent: QWidget,
    ) -> None:
        """Join the parts.

        Args:
            fetching: the models that Oriel knows.
            adding: those that the person has.
            timing: how fast they are.
            jobs: for looking into a folder before it is used.
            card: shows a download whatever else is shown.
            settings: as they are now.
            choose: keeps other ones.
            use_for_search: changes to the embedder in a folder; None: the starter.
            stay: gives that change up.
            show_file: shows a folder in the system's file manager.
            dialog_parent: of questions.
        """
        super().__init__(dialog_parent)
        self._fetching = fetching
        self._adding = adding
        self._timing = timing
        self._jobs = jobs
        self._card = card
        self._settings = settings
        self._choose = choose
        self._use_for_search = use_for_search
        self._stay = stay
        self._show_file = show_file
        self._preparing: Preparing | None = None
        self._dialog_parent = dialog_parent
        self._page: ModelsPage | None = None
        self._troubles: dict[str, Exception] = {}
        self._unmeasured: set[Path] = set()
        """Folders of models that were too slow to be measured beside what else the computer does."""
        self._uncaptioned = 0
        fetching.changed.connect(self._show)
        adding.changed.connect(self._on_adding_changed)
        timing.changed.connect(self._show)
        timing.ended.connect(lambda _: self.look())
        adding.added.connect(self._on_added)
        card.details_requested.connect(self.models_requested)

    def pages(self) -> Sequence[Page]:
        """The page of models, made anew for a dialog that is being opened."""
        settings = self._settings()
        usual = startup.model_store(replace(settings, hub_mirror=None)).hub.endpoint
        page = self._page = ModelsPage(settings.hub_mirror, usual, settings.number_type)
        page.deed_chosen.connect(lambda key, deed: self._do(key, cast(Deed, deed)))
        page.link_followed.connect(outside.open_address)
        page.add_requested.connect(self._ask_for_folder)
        page.attempt_dismissed.connect(self._adding.drop)
        page.mirror_chosen.connect(self._choose_mirror)
        page.number_type_chosen.connect(lambda chosen: self._choose(replace(self._settings(), number_type=chosen)))
        page.destroyed.connect(partial(self._on_page_closed, page))
        self.look()
        self._show()
        return [Page(PAGE, self.tr("Models"), "sparkles", page)]

    def on_settings_changed(self) -> None:
        """Others are chosen now."""
        self._show()
        self._count_uncaptioned()

    def on_stage_ended(self, stage: Stage) -> None:
        """There may be more captions, or more photos without one."""
        if stage in (Stage.READ, Stage.CAPTION):
            self._count_uncaptioned()

    def set_preparing(self, preparing: Preparing | None) -> None:
        """How a change of the model that searches stands; None: there is none."""
        self._preparing = preparing
        self._show()

    def set_unmeasured(self, folder: Path) -> None:
        """The model in this folder could not be measured unasked; the next start tries again."""
        self._unmeasured.add(folder)
        self._show()

    def look(self) -> None:
        """See anew what is here, and what is known of it."""
        self._fetching.look()
        self._look_at_own()
        self._count_uncaptioned()

    def _count_uncaptioned(self) -> None:
        if self._page is not None:
            self._jobs.start(count_all_uncaptioned, key="uncaptioned", on_done=self._on_uncaptioned_counted)

    def _on_uncaptioned_counted(self, count: int) -> None:
        self._uncaptioned = count
        self._show()

    # What a person does

    def _do(self, key: str, deed: Deed) -> None:
        self._troubles.pop(key, None)
        self._timing.errors.pop(key, None)
        state = self._fetching.state_of(key)
        if state is None:
            self._do_to_own(Path(key), deed)
            return
        match deed:
            case "download":
                self._fetching.download(key)
            case "cancel":
                self._fetching.cancel(key)
            case "remove":
                self._remove(state)
            case "measure" if state.model.kind != "text_tower":
                self._timing.start(key, state.folder, state.model.kind, self._settings())
            case "stop_measuring":
                self._timing.cancel()
            case "use" if state.model.kind == "text_tower":
                self._use_text_tower(state.model)
            case "use":
                self._use(key, state.model.kind, None if state.model.is_bundled else state.folder)
            case "without" if state.model.kind == "text_tower":
                self._choose(replace(self._settings(), text_folder=None))
            case "without":
                self._choose(replace(self._settings(), captioner_folder=None))
            case "stay":
                self._stay()
            case "show_folder":
                self._show_file(state.folder)

    def _do_to_own(self, folder: Path, deed: Deed) -> None:
        own = next((own for own in self._adding.models if own.folder == folder), None)
        if own is None:
            return
        match deed:
            case "use" if own.kind is not None:
                self._use(str(folder), own.kind, folder)
            case "without":
                self._choose(replace(self._settings(), captioner_folder=None))
            case "measure" if own.kind is not None:
                self._timing.start(str(folder), folder, own.kind, self._settings())
            case "stop_measuring":
                self._timing.cancel()
            case "forget":
                kept = [each for each in self._settings().model_folders if Path(each) != folder]
                self._choose(replace(self._settings(), model_folders=kept))
                self._look_at_own()
            case "stay":
                self._stay()
            case "show_folder":
                self._show_file(folder)

    def _use_text_tower(self, model: PublishedModel) -> None:
        settings, store = self._settings(), self._fetching.store
        self._jobs.start(
            lambda _: startup.choose_model(settings, store, model),
            key="use_model",
            on_done=lambda chosen: self._choose(replace(self._settings(), text_folder=chosen.text_folder)),
            on_error=partial(self._on_unusable, model.model_id),
        )

    def _use(self, key: str, kind: ModelKind, folder: Path | None) -> None:
        """With this model from now on, once a look into its folder has found it whole."""
        if folder is None:
            self._use_for_search(None)
            return
        self._jobs.start(
            lambda _: check_model(folder, kind),
            key="use_model",
            on_done=lambda _: self._take(kind, folder),
            on_error=partial(self._on_unusable, key),
        )

    def _take(self, kind: ModelKind, folder: Path) -> None:
        if kind == "captioner":
            self._choose(replace(self._settings(), captioner_folder=str(folder)))
        else:
            self._use_for_search(folder)

    def _on_unusable(self, key: str, error: Exception) -> None:
        self._troubles[key] = error
        self._show()

    def _remove(self, state: ModelState) -> None:
        parent = self._page.window() if self._page else self._dialog_parent
        size = wording.bytes_of_model(state.bytes_here)
        if questions.confirm_model_removal(parent, state.model.name, size, is_whole=state.is_installed):
            self._fetching.remove(state.model.model_id, _folders_in_use(self._settings()))

    def _choose_mirror(self, mirror: str | None) -> None:
        self._choose(replace(self._settings(), hub_mirror=mirror))
        self._fetching.set_store(startup.model_store(self._settings()))

    # Folders of the person's own

    def _ask_for_folder(self) -> None:
        parent = self._page.window() if self._page else self._dialog_parent
        folder = QFileDialog.getExistingDirectory(parent, self.tr("Folder of a model"))
        if folder:
            self._adding.add(Path(folder))

    def _on_adding_changed(self) -> None:
        self._show()
        attempt = self._adding.attempt
        if attempt is None or not attempt.can_be_converted:
            return
        parent = self._page.window() if self._page else self._dialog_parent
        size = wording.bytes_of_model(attempt.pickled_bytes)
        if questions.confirm_conversion(parent, attempt.folder.name, size):
            self._adding.convert()
        else:
            self._adding.drop()

    def _on_added(self, folder: Path) -> None:
        settings = self._settings()
        if not self._is_published(str(folder)) and str(folder) not in settings.model_folders:
            self._choose(replace(settings, model_folders=[*settings.model_folders, str(folder)]))
        self._look_at_own()

    def _look_at_own(self) -> None:
        settings = self._settings()
        named = [*settings.model_folders, *map(str, _folders_in_use(settings))]
        own = dict.fromkeys(folder for folder in named if folder and not self._is_published(folder))
        self._adding.look(Path(folder) for folder in own)

    def _is_published(self, folder: str) -> bool:
        return any(Path(folder) == self._fetching.folder_of(model) for model in self._fetching.published)

    # What is shown

    def _show(self) -> None:
        self._show_card()
        if self._page is not None:
            self._page.show_groups(self._groups())
            self._page.show_attempt(self._attempt_facts())

    def _show_card(self) -> None:
        model_id = running(self._fetching.fetches)
        if model_id is None:
            self._card.show_state(None)
            return
        fetch = self._fetching.fetches[model_id]
        self._card.show_state(
            CardState(self.tr("Downloading a model"), model_texts.progress(fetch), fetch.share, can_pause=False)
        )

    def _groups(self) -> list[CardGroup]:
        own = tuple(self._own_card(each) for each in self._adding.models)
        hint = self.tr("Another model studies all photos once more; until it is through, the present one answers.")
        return [
            CardGroup(self.tr("Search"), hint, self._cards("embedder")),
            CardGroup(self.tr("Words in other languages"), "", self._cards("text_tower")),
            CardGroup(self.tr("Captions"), "", self._cards("captioner")),
            CardGroup(self.tr("From your folders"), "", own),
        ]

    def _cards(self, kind: ModelKind) -> tuple[CardFacts, ...]:
        best = model_texts.recommended(self._fetching.published, kind, model_texts.language())
        states = [state for state in self._fetching.states if state.model.kind == kind]
        return tuple(model_texts.card(state, self._standing(state, is_best=state.model == best)) for state in states)

    def _own_card(self, own: OwnModel) -> CardFacts:
        key = str(own.folder)
        standing = Standing(
            self._settings(),
            self._fetching.address,
            error=self._troubles.get(key) or self._timing.errors.get(key),
            preparing=self._preparing,
            timed=self._timed(key),
            was_too_busy=own.folder in self._unmeasured,
            uncaptioned=self._uncaptioned,
        )
        return model_texts.own_card(own, standing)

    def _error(self, key: str) -> Exception | None:
        return self._troubles.get(key) or self._fetching.errors.get(key) or self._timing.errors.get(key)

    def _timed(self, key: str) -> Timed | None:
        return Timed(self._timing.fact) if self._timing.key == key else None

    def _standing(self, state: ModelState, *, is_best: bool) -> Standing:
        model_id, fetches = state.model.model_id, self._fetching.fetches
        return Standing(
            self._settings(),
            self._fetching.address,
            fetch=fetches.get(model_id),
            is_next=running(fetches) == model_id,
            error=self._error(model_id),
            timed=self._timed(model_id),
            was_too_busy=state.folder in self._unmeasured,
            uncaptioned=self._uncaptioned,
            is_recommended=is_best,
            preparing=self._preparing,
            tuning=self._fetching.tunings.get(model_id),
            serves=tuple(self._fetching.name_of(served) for served in state.model.serves),
            served_by=self._served_by(state),
            rests_beside=self._rests_beside(state),
        )

    def _served_by(self, state: ModelState) -> tuple[str, ...]:
        return tuple(each.model.name for each in self._fetching.states if state.model.model_id in each.model.serves)

    def _rests_beside(self, state: ModelState) -> str:
        """The search model, where a chosen text tower does not read for it; a folder of one's own may be a copy."""
        if state.model.kind != "text_tower" or not model_texts.is_in_use(state, self._settings()):
            return ""
        for other in self._fetching.states:
            searches = other.model.kind == "embedder" and model_texts.is_in_use(other, self._settings())
            if searches and other.model.model_id not in state.model.serves:
                return other.model.name
        return ""

    def _attempt_facts(self) -> AttemptFacts | None:
        attempt = self._adding.attempt
        if attempt is None or attempt.can_be_converted:
            return None
        if attempt.trouble is not None:
            return AttemptFacts(error_words.error(attempt.trouble), is_problem=True)
        if attempt.is_converting:
            told = self.tr("Writing the weights of “{name}” in a safe format. A gigabyte takes about a minute.")
        else:
            told = self.tr("Looking into “{name}”…")
        return AttemptFacts(told.format(name=attempt.folder.name), is_busy=True)

    def _on_page_closed(self, page: ModelsPage, *_: object) -> None:
        if self._page is page:
            self._page = None


def _folders_in_use(settings: Settings) -> list[Path]:
    named = (
        settings.embedder_folder,
        settings.next_embedder_folder,
        settings.text_folder,
        settings.captioner_folder,
    )
    return [Path(folder) for folder in named if folder]
