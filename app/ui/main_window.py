"""The main window: makes the parts, joins panes, controllers and actions, and closes them in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QMainWindow

from app import startup
from app.core.errors import OrielError
from app.core.examples import Box
from app.core.types import PhotoId
from app.settings import Settings
from app.ui import wording
from app.ui.actions import Actions
from app.ui.conditions import Conditions
from app.ui.controllers.adding import Adding
from app.ui.controllers.browsing import Browsing
from app.ui.controllers.deciding import Deciding
from app.ui.controllers.fetching import Fetching
from app.ui.controllers.folding import Folding
from app.ui.controllers.glancing import Glancing
from app.ui.controllers.heeding import Chosen, Heeding
from app.ui.controllers.indexing import Indexing
from app.ui.controllers.noticing import Noticing, Overview
from app.ui.controllers.recalling import Recalling
from app.ui.controllers.resting import Resting
from app.ui.controllers.resuming import Resuming
from app.ui.controllers.selecting import Selecting
from app.ui.controllers.timing import Timing
from app.ui.dialogs import questions
from app.ui.dialogs.shortcuts_dialog import ShortcutsDialog
from app.ui.jobs import Jobs, OpenLibrary
from app.ui.joiners import remembering
from app.ui.joiners.changing import Change, Changing
from app.ui.joiners.choosing import Choosing
from app.ui.joiners.completing import Completing
from app.ui.joiners.dating import Dating
from app.ui.joiners.diagnosing import Diagnosing
from app.ui.joiners.equipping import PAGE as MODELS_PAGE
from app.ui.joiners.equipping import Equipping
from app.ui.joiners.explaining import Explaining
from app.ui.joiners.fetching_pictures import FetchingPictures
from app.ui.joiners.filtering import Filtering
from app.ui.joiners.handling import Handling
from app.ui.joiners.informing import Informing
from app.ui.joiners.leaving_out import LeavingOut
from app.ui.joiners.marking import Marking
from app.ui.joiners.measuring import MeasuringModels
from app.ui.joiners.model_texts import Preparing
from app.ui.joiners.recommending import Recommending
from app.ui.joiners.recovering import Recovering
from app.ui.joiners.saving import Manner, Saving
from app.ui.joiners.searching import Searching
from app.ui.joiners.showing import ShowingPhotos, ShowingView
from app.ui.joiners.steering import Steering
from app.ui.joiners.taking_in import TakingIn
from app.ui.joiners.telling import tell
from app.ui.joiners.undoing import Undoing
from app.ui.joiners.viewing import Viewing
from app.ui.joiners.working import Working
from app.ui.opening import opener_without_unusable
from app.ui.panes.columns import Columns
from app.ui.panes.filter_row import FilterRow
from app.ui.panes.filters import Filters
from app.ui.panes.first_screen import EmptyView, FirstScreen
from app.ui.panes.grid import PhotoGrid
from app.ui.panes.info_panel import WIDTH_PX as INFO_PX
from app.ui.panes.info_panel import InfoPanel
from app.ui.panes.notice_bar import NoticeBar
from app.ui.panes.result_line import ResultLine
from app.ui.panes.search_field import SearchField
from app.ui.panes.sidebar import WIDTH_PX as SIDEBAR_PX
from app.ui.panes.sidebar import Sidebar
from app.ui.panes.status_card import StatusCard
from app.ui.panes.top_bar import TopBar
from app.ui.panes.viewer import PhotoViewer
from app.ui.parts.photo_list_model import PhotoListModel
from app.ui.parts.query_edit import asked_with
from app.ui.parts.thumbnail_loader import ThumbnailLoader
from app.ui.theme import follow_setting
from app.ui.views import View

if TYPE_CHECKING:
    from app.library.library import Library

_QUIT_S = 5.0


class MainWindow(QMainWindow):
    """Joins the parts: each pane tells what a person did, a controller does it, the panes show what came of it."""

    def __init__(
        self,
        library: Library,
        open_library: OpenLibrary,
        settings: Settings,
        *,
        save_settings: Callable[[Settings], None],
        chosen_elsewhere: Callable[[], Chosen],
        reopen: Callable[[Settings], OpenLibrary],
    ) -> None:
        """Build the window.

        Args:
            library: of the GUI thread, for the texts of visible photos.
            open_library: opens a job thread's own.
            settings: as they were left.
            save_settings: keeps changed settings.
            chosen_elsewhere: which models another program has chosen meanwhile; threads may call it.
            reopen: gives the opener of a library with other models; raises ModelUnusable.
        """
        super().__init__()
        self._library = library
        self._reopen = reopen
        self.has_quit_cleanly = True
        self._asks_at_close = True
        self.setWindowTitle("Oriel")
        self.setAcceptDrops(True)
        follow_setting(settings.theme)  # before there are widgets that would all be dressed twice
        self._actions = Actions(self)
        self._make_controllers(open_library, settings)
        self._heeding = Heeding(self._jobs, chosen_elsewhere, self)
        self._choosing = Choosing(
            settings, save_settings, conditions=self._conditions, jobs=self._jobs, dialog_parent=self
        )
        self._make_panes()
        self._lay_out()
        self._join(chosen_elsewhere)
        self._connect_controllers()
        self._connect_panes()
        self._connect_actions()
        self._restore()

    # Parts

    def _make_controllers(self, open_library: OpenLibrary, settings: Settings) -> None:
        self._glancing = Glancing(lambda: self._library)
        self._jobs = Jobs(open_library, self)
        self._conditions = Conditions(
            not_on_battery=settings.not_on_battery, only_when_idle=settings.only_when_idle, parent=self
        )
        self._indexing = Indexing(self._jobs, self._conditions, self)
        self._resting = Resting(self._jobs, self)
        self._resuming = Resuming(self._jobs, self)
        tunings = startup.tuning_store()
        self._fetching = Fetching(self._jobs, startup.model_store(settings), tunings, self)
        self._adding = Adding(self._jobs, tunings, self)
        self._noticing = Noticing(self._jobs, self)
        self._deciding = Deciding(self._jobs, self)
        self._selecting = Selecting(self._jobs, self)
        self._folding = Folding(self._jobs, self)
        self._searching = Searching(self)
        self._recalling = Recalling(self._jobs, self)
        self._browsing = Browsing(self._jobs, remembering.order_of(settings.window), self._place, self)
        thumbnails = self._library.thumbnails
        self._thumbnails = ThumbnailLoader(lambda photo_id: _existing(thumbnails.path(PhotoId(photo_id))), self)
        self._model = PhotoListModel(self._glancing.rows, self)

    def _make_panes(self) -> None:
        self._sidebar = Sidebar(self._actions, self)
        self._card, self._download_card = StatusCard(self._sidebar), StatusCard(self._sidebar)
        self._sidebar.add_to_foot(self._download_card)
        self._sidebar.add_to_foot(self._card)
        self._field = SearchField(self)
        self._filters = Filters(self._field.filters, self)
        self._filter_row = FilterRow(self._field.filters, self)
        tools = [self._actions["smaller"], self._actions["larger"]]
        self._top = TopBar(self._field, tools, self._actions["information"], self)
        self._grid = PhotoGrid(self._thumbnails, self)
        self._grid.set_model(self._model)
        self._first = FirstScreen(self)
        self._empty = EmptyView(self)
        self._info = InfoPanel(self)
        self._result = ResultLine(self)
        self._notice = NoticeBar(self)
        self._viewer = PhotoViewer(self._thumbnails.image, self._glancing.name_of, self)

    def _lay_out(self) -> None:
        self._columns = Columns(
            sidebar=self._sidebar,
            top=self._top,
            notice=self._notice,
            filters=self._filter_row,
            result=self._result,
            pages=(self._grid, self._first, self._empty),
            info=self._info,
            viewer=self._viewer,
            parent=self,
        )
        self.setCentralWidget(self._columns)

    def _join(self, chosen_elsewhere: Callable[[], Chosen]) -> None:
        """Make what joins panes with controllers, each after what it is handed."""
        self._join_photos()
        self._join_work(chosen_elsewhere)
        self._join_models()
        self._join_views()

    def _join_photos(self) -> None:
        self._handling = Handling(
            self._selecting,
            self._deciding,
            jobs=self._jobs,
            paths_of=self._glancing.paths_of,
            all_paths_of=self._glancing.all_paths_of,
            captions_of=self._glancing.captions_of,
            library=lambda: self._library,
            dialog_parent=self,
        )
        self._grid.drag_urls = self._handling.urls_of
        self._viewing = Viewing(
            self._viewer,
            self._grid,
            model=self._model,
            columns=self._columns,
            jobs=self._jobs,
            path_of=self._handling.path_of,
            play=self._handling.play,
            parent=self,
        )
        self._explaining = Explaining(self._grid, self._model, jobs=self._jobs, browsing=self._browsing, parent=self)
        self._marking = Marking(
            self._viewer,
            jobs=self._jobs,
            asked=lambda: self._browsing.view.text,
            toggle=self._actions["mark_text"],
            parent=self,
        )
        self._informing = Informing(
            self._info,
            selecting=self._selecting,
            deciding=self._deciding,
            thumbnails=self._thumbnails,
            can_caption=lambda: self._library.captioner is not None,
            toggle=self._actions["information"],
            parent=self,
        )

    def _join_work(self, chosen_elsewhere: Callable[[], Chosen]) -> None:
        self._changing = Changing(
            self._indexing,
            self._jobs,
            self._notice,
            settings=lambda: self._choosing.settings,
            change_models=self._choosing.change_models,
            chosen_elsewhere=chosen_elsewhere,
            parent=self,
        )
        self._working = Working(
            self._indexing,
            self._card,
            self._jobs,
            self,
            show_file=self._handling.show_file,
            next_model=lambda: self._changing.state.name,
        )
        self._measuring = MeasuringModels(self._indexing, self._jobs, self)
        self._taking_in = TakingIn(
            self._indexing,
            self._deciding,
            photo_at=self._glancing.photo_at,
            dialog_parent=self,
        )
        self._diagnosing = Diagnosing(self._jobs, lambda: self._choosing.settings, self)
        self._recovering = Recovering(self._notice, self, show_file=self._handling.show_file)
        self._undoing = Undoing(
            self._deciding, self._jobs, undo=self._actions["undo"], redo=self._actions["redo"], parent=self
        )
        self._leaving_out = LeavingOut(self._indexing, self._jobs, self)
        self._dating = Dating(self._selecting, self._deciding, self._jobs, self)
        self._fetching_pictures = FetchingPictures(self._jobs, self)
        self._saving = Saving(
            self._jobs,
            self._deciding,
            view=lambda: self._browsing.view,
            manner=lambda: Manner(self._browsing.is_folding, self._browsing.sources),
            dialog_parent=self,
        )

    def _join_models(self) -> None:
        self._timing = Timing(self._jobs, self)
        self._equipping = Equipping(
            self._fetching,
            self._adding,
            self._timing,
            jobs=self._jobs,
            card=self._download_card,
            settings=lambda: self._choosing.settings,
            choose=self._choosing.choose,
            use_for_search=self._changing.use,
            stay=self._changing.cancel,
            show_file=self._handling.show_file,
            dialog_parent=self,
        )
        self._recommending = Recommending(
            self._fetching,
            first=self._first,
            result=self._result,
            settings=lambda: self._choosing.settings,
            note=self._choosing.note,
            use_for_search=self._changing.use,
            parent=self,
        )

    def _join_views(self) -> None:
        self._steering = Steering(
            self._browsing,
            self._searching,
            self._field,
            focus_photos=self._grid.setFocus,
            folder_at=self._glancing.folder_at,
            parent=self,
        )
        self._completing = Completing(self._field, self._jobs, self)
        self._filtering = Filtering(
            self._field,
            self._filters,
            self._filter_row,
            jobs=self._jobs,
            ask=self._steering.ask,
            dialog_parent=self,
        )
        self._showing_view = ShowingView(
            self._field, self._filters, result=self._result, name_of=self._glancing.name_of, parent=self
        )
        self._showing = ShowingPhotos(
            self._grid,
            self._model,
            result=self._result,
            columns=self._columns,
            first=self._first,
            empty=self._empty,
            is_studying=lambda: self._indexing.is_studying,
            parent=self,
        )

    def _place(self) -> object:
        return self._grid.place()

    # Connections

    def _connect_controllers(self) -> None:
        self._jobs.error_unheard.connect(self._tell)
        self._browsing.view_changed.connect(self._on_view_changed)
        self._browsing.shown.connect(self._showing.show)
        self._browsing.shown.connect(lambda _: self._viewing.open_awaited())
        self._searching.asked.connect(self._filtering.show)
        self._browsing.shown.connect(lambda shown: self._recalling.look_at(shown.view.text))
        self._browsing.looking.connect(self._showing.say_looking)
        self._browsing.failed.connect(self._answer)
        self._browsing.failed.connect(lambda _: self._showing.end_looking())
        self._browsing.model_wanted.connect(self._indexing.load_model)
        self._noticing.noticed.connect(self._on_noticed)
        self._noticing.noticed.connect(lambda _: self._folding.look())
        self._noticing.noticed.connect(lambda _: self._resuming.note_change())
        self._resuming.wanted.connect(self._indexing.run_stages)
        self._noticing.noticed.connect(lambda _: self._saving.look())
        self._noticing.noticed.connect(lambda _: self._undoing.look())
        self._folding.first_found.connect(self._browsing.fold_again)
        self._folding.first_found.connect(self._saving.look_now)
        self._folding.looked.connect(self._saving.look_again)
        self._saving.changed.connect(self._sidebar.set_saved)
        self._saving.opened.connect(self._steering.go_to)
        self._saving.saved.connect(self._browsing.become)
        self._browsing.shown.connect(self._saving.on_shown)
        self._saving.outgrown.connect(self._browsing.look_again)
        self._saving.told.connect(self._answer)
        self._deciding.decided.connect(self._on_decided)
        self._deciding.enriching_wanted.connect(self._indexing.run_stages)
        self._deciding.captions_changed.connect(self._indexing.embed_captions)
        self._deciding.told.connect(self._answer)
        self._indexing.changed.connect(self._showing.heed_work)
        self._resting.rested.connect(self._indexing.note_rest)
        self._indexing.photos_read.connect(self._on_photos_read)
        self._indexing.searchable_changed.connect(self._on_searchable_changed)
        self._indexing.searchable_changed.connect(self._saving.on_searchable)
        self._indexing.told.connect(self._tell)
        self._taking_in.pictures_asked.connect(self._steering.search_with)
        self._fetching_pictures.fetched.connect(self._steering.search_with)
        self._fetching_pictures.told.connect(self._answer)
        self._taking_in.photo_asked.connect(self._show_photo)
        self._taking_in.told.connect(self._answer)
        self._diagnosing.told.connect(self._answer)
        self._handling.told.connect(self._answer)
        self._leaving_out.told.connect(self._answer)
        self._dating.told.connect(self._answer)
        self._choosing.left_out_requested.connect(self._leaving_out.show)
        self._choosing.forget_asked_requested.connect(self._recalling.forget)
        self._choosing.library_outdated.connect(self._open_anew)
        self._changing.changed.connect(self._on_model_changing)
        self._measuring.measured.connect(lambda _: self._equipping.look())
        self._measuring.failed.connect(lambda folder: self._equipping.set_unmeasured(Path(folder)))
        self._timing.changed.connect(lambda: self._measuring.give_way(self._timing.is_running))
        self._changing.told.connect(self._tell)
        self._changing.chosen_elsewhere.connect(self._choosing.adopt)
        self._heeding.chosen.connect(self._choosing.adopt)
        self._working.change_cancelled.connect(self._changing.cancel)
        self._choosing.changed.connect(self._remember)
        self._choosing.changed.connect(self._equipping.on_settings_changed)
        self._choosing.changed.connect(self._recommending.on_settings_changed)
        self._indexing.stage_ended.connect(self._equipping.on_stage_ended)
        self._equipping.models_requested.connect(self._show_models)
        self._recommending.models_requested.connect(self._show_models)

    def _connect_panes(self) -> None:
        self._connect_passing()
        self._connect_sidebar()
        self._field.choose_image_requested.connect(self._taking_in.choose_picture)
        self._field.left_downwards.connect(self._grid.setFocus)
        self._filters.recent_chosen.connect(lambda is_on: self._steering.narrow("is_recent", is_on))
        self._field.submitted.connect(self._recalling.note)
        self._grid.photo_activated.connect(lambda _: self._recalling.note(self._browsing.view.text))
        self._grid.preview_requested.connect(lambda _: self._recalling.note(self._browsing.view.text))
        self._top.order_chosen.connect(self._browsing.set_order)
        self._result.order_chosen.connect(self._steering.set_answer_order)
        self._result.folding_chosen.connect(self._browsing.set_folding)
        self._result.sources_chosen.connect(self._browsing.set_sources)
        for chosen in (self._result.folding_chosen, self._result.sources_chosen):
            chosen.connect(lambda _: self._saving.look_now())
        self._result.save_requested.connect(self._saving.save)
        self._grid.group_toggled.connect(self._browsing.toggle_group)
        self._grid.selection_changed.connect(self._on_selection_changed)
        self._grid.current_changed.connect(lambda _: self._on_selection_changed(self._grid.selected_ids()))
        for photos in (self._grid, self._viewer):
            photos.context_menu_requested.connect(partial(self._handling.show_menu, self._actions))
        self._grid.visible_changed.connect(self._indexing.look_at)
        self._viewer.part_chosen.connect(self._find_part)
        self._thumbnails.thumbnail_ready.connect(self._viewer.refresh_thumbnail)
        self._field.address_given.connect(self._fetching_pictures.fetch)
        self._first.add_folder_requested.connect(self._taking_in.choose_folder)
        self._first.folder_suggested.connect(lambda folder: self._taking_in.add([folder]))
        self._empty.sample_chosen.connect(self._steering.ask)
        self._empty.reset_requested.connect(self._steering.go_home)
        self._info.caption_asked.connect(self._actions["caption_now"].trigger)
        self._info.editing_left.connect(self._grid.setFocus)
        self._info.tag_chosen.connect(self._steering.go_to_tag)
        self._info.folder_chosen.connect(self._steering.go_to_folder_of)
        self._info.similar_activated.connect(self._on_similar_activated)
        self._info.preview_activated.connect(lambda: self._handling.with_current(self._viewing.open))

    def _connect_passing(self) -> None:
        """Before all else that these are connected with: what answers them must not pass by at once."""
        for done in (
            self._field.text_changed,
            self._field.chip_removed,
            self._field.chip_weighed,
            self._field.image_given,
            self._field.address_given,
            self._sidebar.scope_chosen,
            self._sidebar.saved_chosen,
        ):
            done.connect(lambda *_: self._sidebar.pass_by())

    def _connect_sidebar(self) -> None:
        self._sidebar.scope_chosen.connect(self._steering.go_to_scope)
        self._sidebar.saved_chosen.connect(self._saving.open)
        self._sidebar.rename_saved_requested.connect(self._saving.rename)
        self._sidebar.replace_saved_requested.connect(self._saving.replace)
        self._sidebar.remove_saved_requested.connect(self._saving.remove)
        self._sidebar.saved_moved.connect(self._saving.move)
        self._sidebar.saved_shifted.connect(self._saving.shift)
        self._sidebar.add_folder_requested.connect(self._taking_in.choose_folder)
        self._sidebar.rescan_requested.connect(lambda folder: self._indexing.rescan(folder.path))
        self._sidebar.show_folder_requested.connect(lambda folder: self._handling.show_file(folder.path))
        self._sidebar.remove_folder_requested.connect(self._taking_in.remove)
        self._sidebar.left_out_requested.connect(self._leaving_out.show)

    def _connect_actions(self) -> None:
        handlers = self._library_handlers() | self._photo_handlers() | self._view_handlers()
        for name, handler in handlers.items():
            self._actions[name].triggered.connect(lambda _=False, act=handler: act())

    def _library_handlers(self) -> dict[str, Callable[[], Any]]:
        return {
            "add_folder": self._taking_in.choose_folder,
            "search": self._focus_search,
            "search_clipboard": self._search_with_copied,
            "save_search": self._saving.save,
            "leave": self._leave,
            "back": self._step_back,
            "forward": self._browsing.forward,
            "rescan": self._indexing.rescan,
            "work": self._working.show_details,
            "settings": self._show_settings,
            "shortcuts": self._show_shortcuts,
            "copy_diagnostics": self._diagnosing.copy,
            "quit": self.close,
        }

    def _photo_handlers(self) -> dict[str, Callable[[], Any]]:
        handling, deciding = self._handling, self._deciding
        return {
            "open": lambda: handling.with_current(self._viewing.activate),
            "preview": lambda: handling.with_current(self._viewing.open),
            "open_outside": handling.open_outside,
            "show_in_folder": handling.show_in_folder,
            "similar": lambda: handling.with_current(self._find_similar),
            "open_group": lambda: handling.with_current(self._browsing.toggle_group),
            "similar_part": lambda: handling.with_current(self._viewing.choose_part),
            "more_like": lambda: handling.with_ids(self._more_like),
            "less_like": lambda: handling.with_ids(partial(self._more_like, weight=-1.0)),
            "favourite": lambda: handling.with_ids(deciding.toggle_favourite),
            **{f"rate_{rating}": partial(handling.rate, rating) for rating in range(6)},
            "add_tag": lambda: handling.with_current(lambda _: self._edit(self._info.add_tag)),
            "edit_caption": lambda: handling.with_current(lambda _: self._edit(self._info.edit_caption)),
            "change_date": self._dating.ask,
            "caption_now": lambda: handling.with_ids(self._indexing.caption_now),
            "enrich_again": lambda: handling.with_ids(deciding.enrich_again),
            "copy_image": handling.copy_image,
            "copy_path": handling.copy_paths,
            "copy_caption": handling.copy_caption,
            "copy_text": handling.copy_text,
            "remove": lambda: handling.with_ids(deciding.remove_photos),
            "trash": handling.trash,
        }

    def _view_handlers(self) -> dict[str, Callable[[], Any]]:
        return {
            "undo": self._deciding.undo,
            "redo": self._deciding.redo,
            "select_all": self._grid.selectAll,
            "select_none": self._grid.clearSelection,
            "invert_selection": lambda: self._handling.invert_selection(self._grid, self._model),
            "information": self._informing.toggle,
            "larger": self._viewing.zoom_in,
            "smaller": self._viewing.zoom_out,
            "fit": self._viewer.fit_window,
            "actual_size": self._viewer.show_actual_size,
            "full_screen": lambda: self.showNormal() if self.isFullScreen() else self.showFullScreen(),
        }

    @property
    def library(self) -> Library:
        """The GUI thread's; whoever opened the window closes it."""
        return self._library

    # Start and end

    def start(self, paths: list[Path]) -> None:
        """Once the window is visible: read the library, go on with work, take the given folders and photos in."""
        remembering.fit(self)
        self._browsing.refresh()
        self._actions.dress()
        self._noticing.start()
        self._conditions.start()
        self._resting.start()
        self._heeding.start()
        self._indexing.start_up(startup.settle)
        self._changing.on_opened(self._library)
        self._fetching.look()
        self.take(paths)

    def take(self, paths: list[Path]) -> None:
        """Folders and photos that were named at a start, this one or a later one, or opened with Oriel."""
        self._taking_in.take(paths)

    def tell_of_crash(self, crash: Path) -> None:
        """The last run left this."""
        self._recovering.offer(crash)

    def _restore(self) -> None:
        settings = self._choosing.settings
        remembering.restore(settings.window, self, self._columns, (SIDEBAR_PX, INFO_PX))
        self._informing.set_shown(bool(settings.window.get("information", True)))
        self._grid.set_thumbnail_edge(settings.thumbnail_edge_px)
        self._top.set_order(self._browsing.order)
        self._browsing.set_folding(settings.window.get("folding") is not False)
        self._result.set_folding(self._browsing.is_folding)
        self._browsing.set_sources(remembering.sources_of(settings.window))
        self._result.set_sources(self._browsing.sources)
        self._sidebar.put_sections_away(remembering.put_away_of(settings.window))

    def _remember(self) -> None:
        state = remembering.state(
            self,
            self._columns,
            is_informing=self._informing.is_shown,
            order=self._browsing.order,
            is_folding=self._browsing.is_folding,
            sources=self._browsing.sources,
            put_away=self._sidebar.put_away,
        )
        self._choosing.keep(thumbnail_edge_px=self._grid.thumbnail_edge, window=state)

    def close_unasked(self) -> None:
        """Close although work may be under way; it goes on at the next start."""
        self._asks_at_close = False
        self.close()

    def _may_close(self) -> bool:
        if not self._asks_at_close:
            return True
        stage = self._indexing.current
        if stage is not None and not self._indexing.is_paused:
            return questions.confirm_quit(self, wording.stage(stage))
        return not self._fetching.is_busy or questions.confirm_quit_download(self)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_close():
            event.ignore()
            return
        self._remember()
        self._informing.stop()
        self._noticing.stop()
        self._conditions.stop()
        self._resting.stop()
        self._heeding.stop()
        self._folding.stop()
        self._resuming.stop()
        self._saving.stop()
        self._fetching_pictures.stop()
        self._selecting.stop()
        self._searching.drop()
        self._filtering.stop()
        self._recalling.stop()
        self.hide()
        self._glancing.close()
        self.has_quit_cleanly = self._jobs.quit(_QUIT_S)
        self._thumbnails.close()
        event.accept()

    def _open_anew(self) -> None:
        try:
            open_library, unusable = opener_without_unusable(self._reopen, self._choosing.settings)
            opened = open_library()
        except OrielError as error:  # the disk refuses, say: the library goes on as it is
            self._tell(error)
            return
        for trouble in unusable:
            self._tell(trouble)
        before, self._library = self._library, opened
        startup.close_library(before)
        self._jobs.reopen(open_library)
        self._indexing.forget_jobs()
        self._noticing.look_now()  # the change counters of two connections can't be compared
        self._changing.on_opened(self._library)

    # What happens in one part and is shown by several

    def _tell(self, news: object) -> None:
        """News of work that goes on by itself."""
        tell(news, self._sidebar.say)

    def _answer(self, news: object) -> None:
        """News of what a person did just now."""
        tell(news, partial(self._sidebar.say, is_passing=True))

    def _on_view_changed(self, view: View) -> None:
        self._showing_view.show(view, self._browsing.order)
        self._filtering.show(view.text)
        self._sidebar.set_scope(view.scope, view.saved_id)
        self._top.set_order(None if view.is_question and view.is_by_match else self._browsing.order)

    def _on_noticed(self, overview: Overview) -> None:
        self._sidebar.set_counts(photos=overview.photos, favourites=overview.favourites, recent=overview.recent)
        self._sidebar.set_folders(overview.folders)
        self._sidebar.set_tags(overview.tags)
        self._sidebar.set_kinds(overview.kinds)
        self._sidebar.set_places(overview.places)
        self._showing_view.set_folders(overview.folders)
        self._info.set_known_tags([name for name, _ in overview.tags])
        self._model.forget_rows()
        self._browsing.refresh(is_answer_stale=self._showing.is_waiting)
        self._selecting.read()
        self._working.set_failed(overview.failed)

    def _on_decided(self, ids: list[PhotoId]) -> None:
        self._model.forget_rows(ids or None)
        self._selecting.read()
        self._noticing.look_now()

    def _on_photos_read(self) -> None:
        self._thumbnails.forget(
            photo_id for photo_id in self._grid.visible_ids() if self._thumbnails.image(photo_id) is None
        )

    def _on_searchable_changed(self) -> None:
        if self._browsing.view.is_question:
            self._browsing.refresh(is_answer_stale=True)

    def _on_selection_changed(self, ids: list[int]) -> None:
        self._indexing.select(ids)
        self._selecting.select(ids, self._grid.current_id())

    def _on_similar_activated(self, photo_id: int) -> None:
        if self._model.row_of(photo_id) >= 0:
            self._grid.select_ids([photo_id])
        else:
            self._find_similar(photo_id)

    def _find_similar(self, photo_id: int) -> None:
        self._viewing.close()
        self._steering.find_similar(photo_id)

    def _find_part(self, photo_id: int, box: Box) -> None:
        self._viewing.close()
        self._steering.find_part(photo_id, box)

    def _more_like(self, ids: Sequence[int], weight: float = 1.0) -> None:
        self._viewing.close()
        self._steering.more_like(ids, weight=weight)

    def _search_with_copied(self) -> None:
        given = asked_with(QGuiApplication.clipboard().mimeData())
        if given is not None:
            self._viewing.close()
            self._field.take(given)

    def _on_model_changing(self, change: Change) -> None:
        preparing = Preparing(change.folder, change.done, change.total) if change.is_preparing else None
        self._equipping.set_preparing(preparing)

    def _show_settings(self) -> None:
        self._choosing.show(self._library, self._equipping.pages)

    def _show_models(self) -> None:
        self._choosing.show(self._library, self._equipping.pages, MODELS_PAGE)

    def _show_shortcuts(self) -> None:
        dialog = ShortcutsDialog(self)
        dialog.diagnostics_requested.connect(self._diagnosing.copy)
        dialog.show()

    def _show_photo(self, photo_id: PhotoId) -> None:
        """In the viewer; where what is shown leaves the photo out, among all photos."""
        if self._showing.view is not None and self._model.row_of(photo_id) < 0:
            self._steering.go_home()
        self._viewing.await_photo(photo_id)

    def _edit(self, edit: Callable[[], None]) -> None:
        self._viewing.close()
        self._informing.begin(edit)

    def _focus_search(self) -> None:
        self._viewing.close()
        self._field.take_focus()

    def _leave(self) -> None:
        """Esc ends the nearest thing: a box being drawn, viewer, full screen, question, then one place back."""
        if self._columns.is_viewing:
            self._viewer.close_viewer()
        elif self.isFullScreen():
            self.showNormal()
        else:
            self._steering.leave()

    def _step_back(self) -> None:
        """To what was shown before, as in a browser: a chip that was taken away is there again."""
        if self._columns.is_viewing:
            self._viewing.close()
        else:
            self._steering.step_back()

    # Events of the window

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        data = event.mimeData()
        if event.source() is None and (any(url.isLocalFile() for url in data.urls()) or asked_with(data) is not None):
            event.acceptProposedAction()
            self._first.set_dragging(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._first.set_dragging(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._first.set_dragging(False)
        event.acceptProposedAction()
        data = event.mimeData()
        if any(url.isLocalFile() for url in data.urls()):
            self._taking_in.take_dropped(data)
        elif (given := asked_with(data)) is not None:
            self._field.take(given)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.BackButton:
            self._step_back()
        elif event.button() == Qt.MouseButton.ForwardButton:
            self._browsing.forward()


def _existing(path: Path) -> Path | None:
    return path if path.exists() else None
