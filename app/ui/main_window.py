"""The main window: three columns, and every connection between panes, controllers and actions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QByteArray, QPoint, Qt, QTimer, QUrl
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage, QMouseEvent
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QFrame,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import startup
from app.core.errors import ModelUnusable
from app.core.query import Scope
from app.core.types import Folder, FolderUnavailable, Order, Photo, PhotoId, PhotoRow, Skipped, Stage, Summary
from app.files.decoding import decode_full
from app.files.formats import is_picture
from app.settings import Settings
from app.ui import outside, wording
from app.ui.actions import Actions
from app.ui.browsing import Browsing, Picture, Shown, View
from app.ui.conditions import Conditions
from app.ui.deciding import Deciding
from app.ui.dialogs import questions
from app.ui.dialogs.settings_dialog import SettingsDialog
from app.ui.dialogs.shortcuts_dialog import ShortcutsDialog
from app.ui.dialogs.work_dialog import WorkDialog
from app.ui.first_screen import EmptyView, FirstScreen
from app.ui.grid import PhotoGrid
from app.ui.indexing import Indexing
from app.ui.info_panel import WIDTH_PX as INFO_PX
from app.ui.info_panel import InfoPanel
from app.ui.jobs import Jobs, OpenLibrary
from app.ui.noticing import Noticing, Overview
from app.ui.photo_list_model import PhotoListModel
from app.ui.photo_menu import photo_menu
from app.ui.result_line import ResultLine
from app.ui.search_field import Chip, SearchField
from app.ui.searching import Searching, chips, without
from app.ui.selecting import Selecting
from app.ui.sidebar import WIDTH_PX as SIDEBAR_PX
from app.ui.sidebar import Sidebar
from app.ui.status_card import StatusCard
from app.ui.theme import set_scheme
from app.ui.thumbnail_loader import ThumbnailLoader
from app.ui.top_bar import TopBar
from app.ui.viewer import PhotoViewer, picture_levels
from app.ui.work_texts import card_state, stage_lines
from app.vision.weights import inspect

if TYPE_CHECKING:
    from app.library.library import Library

_FULL_EDGE_PX = 8192
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
        reopen: Callable[[Settings], OpenLibrary],
    ) -> None:
        """Build the window.

        Args:
            library: of the GUI thread, for the texts of visible photos.
            open_library: opens a job thread's own.
            settings: as they were left.
            save_settings: keeps changed settings.
            reopen: gives the opener of a library with other models; raises ModelUnusable.
        """
        super().__init__()
        self._library = library
        self._settings = settings
        self._save_settings = save_settings
        self._reopen = reopen
        self.has_quit_cleanly = True
        self._has_closed = False
        self._asks_at_close = True
        self.setWindowTitle("Oriel")
        self.setAcceptDrops(True)
        set_scheme(_app(), _scheme(settings.theme))  # before there are widgets that would all be dressed twice
        self._actions = Actions(self)
        self._make_controllers(open_library)
        self._make_panes()
        self._lay_out()
        self._overview = Overview(0, 0, 0, 0, (), ())
        self._seen_failures = 0
        self._work_dialog: WorkDialog | None = None
        self._connect_controllers()
        self._connect_panes()
        self._connect_actions()
        self._restore()

    # Parts

    def _make_controllers(self, open_library: OpenLibrary) -> None:
        remembered = self._settings.window
        self._jobs = Jobs(open_library, self)
        self._conditions = Conditions(
            not_on_battery=self._settings.not_on_battery, only_when_idle=self._settings.only_when_idle, parent=self
        )
        self._indexing = Indexing(self._jobs, self._conditions, self)
        self._noticing = Noticing(self._jobs, self)
        self._deciding = Deciding(self._jobs, self)
        self._selecting = Selecting(self._jobs, self)
        self._searching = Searching(self)
        order = _order(remembered.get("order"))
        self._browsing = Browsing(self._jobs, order, self._anchor, self)
        thumbnails = self._library.thumbnails
        self._thumbnails = ThumbnailLoader(lambda photo_id: _existing(thumbnails.path(PhotoId(photo_id))), self)
        self._model = PhotoListModel(self._rows, self)

    def _make_panes(self) -> None:
        self._sidebar = Sidebar(self._actions, self)
        self._card = StatusCard(self._sidebar)
        self._sidebar.add_to_foot(self._card)
        self._field = SearchField(self)
        tools = [self._actions["smaller"], self._actions["larger"]]
        self._top = TopBar(self._field, tools, self._actions["information"], self)
        self._grid = PhotoGrid(self._thumbnails, self)
        self._grid.set_model(self._model)
        self._grid.drag_urls = self._drag_urls
        self._first = FirstScreen(self)
        self._empty = EmptyView(self)
        self._info = InfoPanel(self)
        self._result = ResultLine(self)
        self._viewer = PhotoViewer(self._thumbnails.image, self._name_of, self)

    def _lay_out(self) -> None:
        self._middle = QStackedWidget(self)
        self._blank = QWidget(self)  # until the first table is read, neither photos nor "no photos" would be true
        for page in (self._blank, self._grid, self._first, self._empty):
            self._middle.addWidget(page)
        photos = QWidget(self)
        rows = QVBoxLayout(photos)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self._result)
        rows.addWidget(self._middle, 1)
        self._result.hide()
        self._inner = _splitter(photos, self._info, self)
        self._inner.setStretchFactor(0, 1)
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._top)
        column.addWidget(_hairline(self))
        column.addWidget(self._inner, 1)
        self._outer = _splitter(self._sidebar, right, self)
        self._outer.setStretchFactor(1, 1)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._outer)
        self._pages.addWidget(self._viewer)
        self.setCentralWidget(self._pages)

    def _rows(self, ids: Sequence[PhotoId]) -> list[PhotoRow]:
        """Texts of visible photos; a closed window may still be painted once, its catalogue no longer asked."""
        return [] if self._has_closed else self._library.catalog.rows(ids)

    def _anchor(self) -> object:
        return self._grid.anchor()

    # Connections

    def _connect_controllers(self) -> None:
        self._jobs.error_unheard.connect(self._tell)
        self._browsing.view_changed.connect(self._on_view_changed)
        self._browsing.shown.connect(self._on_shown)
        self._browsing.failed.connect(self._tell)
        self._browsing.model_wanted.connect(self._indexing.load_model)
        self._searching.asked.connect(self._on_asked)
        self._noticing.noticed.connect(self._on_noticed)
        self._deciding.decided.connect(self._on_decided)
        self._deciding.enriching_wanted.connect(self._indexing.run_stages)
        self._deciding.told.connect(self._tell)
        self._indexing.changed.connect(self._show_work)
        self._indexing.photos_read.connect(self._on_photos_read)
        self._indexing.searchable_changed.connect(self._on_searchable_changed)
        self._indexing.told.connect(self._tell)
        self._selecting.photo_read.connect(self._on_photo_read)
        self._selecting.similar_found.connect(self._on_similar_found)
        self._thumbnails.thumbnail_ready.connect(self._on_thumbnail_ready)

    def _connect_panes(self) -> None:
        self._connect_sidebar()
        self._field.text_changed.connect(self._searching.type)
        self._field.submitted.connect(self._on_submitted)
        self._field.chip_removed.connect(self._on_chip_removed)
        self._field.image_given.connect(self._search_with)
        self._field.choose_image_requested.connect(self._choose_image)
        self._field.left_downwards.connect(self._grid.setFocus)
        self._fill_filters()
        self._top.order_chosen.connect(self._browsing.set_order)
        self._result.order_chosen.connect(self._on_answer_order_chosen)
        self._grid.selection_changed.connect(self._on_selection_changed)
        self._grid.current_changed.connect(lambda _: self._on_selection_changed(self._grid.selected_ids()))
        self._grid.photo_activated.connect(self._open_viewer)
        self._grid.preview_requested.connect(self._open_viewer)
        self._grid.context_menu_requested.connect(self._show_photo_menu)
        self._grid.visible_changed.connect(self._indexing.look_at)
        self._first.add_folder_requested.connect(self._choose_folder)
        self._first.folder_suggested.connect(lambda folder: self.add_paths([folder]))
        self._empty.sample_chosen.connect(self._on_sample_chosen)
        self._empty.reset_requested.connect(lambda: self._browsing.go(View()))
        self._connect_info()
        self._viewer.closed.connect(self._close_viewer)
        self._viewer.photo_changed.connect(self._on_viewer_moved)
        self._viewer.full_wanted.connect(self._read_full)

    def _connect_sidebar(self) -> None:
        self._sidebar.scope_chosen.connect(self._on_scope_chosen)
        self._sidebar.add_folder_requested.connect(self._choose_folder)
        self._sidebar.rescan_requested.connect(lambda folder: self._indexing.rescan(folder.path))
        self._sidebar.show_folder_requested.connect(lambda folder: outside.show_in_file_manager(folder.path))
        self._sidebar.remove_folder_requested.connect(self._remove_folder)
        self._card.details_requested.connect(self._show_work_dialog)
        self._card.pause_toggled.connect(self._toggle_pause)

    def _connect_info(self) -> None:
        info, deciding = self._info, self._deciding
        info.rating_changed.connect(lambda rating: deciding.rate(self._selecting.ids, rating))
        info.favourite_changed.connect(lambda is_on: deciding.set_favourite(self._selecting.ids, is_on))
        info.caption_changed.connect(self._on_caption_changed)
        info.tag_added.connect(lambda name: deciding.add_tag(self._selecting.ids, name))
        info.tag_removed.connect(lambda name: deciding.remove_tag(self._selecting.ids, name))
        info.tag_chosen.connect(lambda name: self._browsing.go(View(Scope(tag=name))))
        info.folder_chosen.connect(self._on_folder_chosen)
        info.similar_activated.connect(self._on_similar_activated)
        info.preview_activated.connect(lambda: self._with_current(self._open_viewer))

    def _connect_actions(self) -> None:
        deciding = self._deciding
        handlers: dict[str, Callable[[], Any]] = {
            "add_folder": self._choose_folder,
            "search": self._focus_search,
            "back": self._step_back,
            "forward": self._browsing.forward,
            "rescan": self._indexing.rescan,
            "work": self._show_work_dialog,
            "settings": self._show_settings,
            "shortcuts": lambda: ShortcutsDialog(self).show(),
            "quit": self.close,
            "open": lambda: self._with_current(self._open_viewer),
            "preview": lambda: self._with_current(self._open_viewer),
            "open_outside": lambda: self._with_path(outside.open_with_default_program),
            "show_in_folder": lambda: self._with_path(outside.show_in_file_manager),
            "similar": lambda: self._with_current(self._find_similar),
            "favourite": lambda: self._with_ids(deciding.toggle_favourite),
            "add_tag": lambda: self._with_panel(self._info.add_tag),
            "edit_caption": lambda: self._with_panel(self._info.edit_caption),
            "enrich_again": lambda: self._with_ids(deciding.enrich_again),
            "copy_image": lambda: self._with_current(self._copy_image),
            "copy_path": self._copy_paths,
            "copy_caption": self._copy_caption,
            "remove": lambda: self._with_ids(deciding.remove_photos),
            "trash": lambda: self._with_ids(self._trash),
            "undo": deciding.undo,
            "redo": deciding.redo,
            "select_all": self._grid.selectAll,
            "select_none": self._grid.clearSelection,
            "invert_selection": self._invert_selection,
            "information": self._toggle_information,
            "larger": lambda: self._zoomed().zoom_in(),
            "smaller": lambda: self._zoomed().zoom_out(),
            "fit": self._viewer.fit_window,
            "actual_size": self._viewer.show_actual_size,
            "full_screen": self._toggle_full_screen,
        }
        handlers |= {f"rate_{rating}": partial(self._rate, rating) for rating in range(6)}
        for name, handler in handlers.items():
            self._actions[name].triggered.connect(lambda _=False, act=handler: act())

    def _fill_filters(self) -> None:
        menu = self._field.filters
        self._filter_actions = {}
        for key, text in (("is_favourite", self.tr("Favourites")), ("is_recent", self.tr("Recently added"))):
            action = menu.addAction(text)
            action.setCheckable(True)
            action.triggered.connect(lambda is_on, key=key: self._narrow(**{key: is_on}))
            self._filter_actions[key] = action

    @property
    def library(self) -> Library:
        """The GUI thread's; whoever opened the window closes it."""
        return self._library

    # Start and end

    def start(self, folders: list[Path]) -> None:
        """Once the window is visible: read the library, go on with work, take the given folders in."""
        self._browsing.refresh()
        self._actions.dress()
        self._noticing.start()
        self._conditions.start()
        self._indexing.start_up(startup.settle)
        self._indexing.add(folders)

    def _restore(self) -> None:
        remembered = self._settings.window
        self.resize(1440, 900)
        self.restoreGeometry(_bytes(remembered.get("geometry")))
        self._outer.setSizes(_sizes(remembered.get("outer"), [SIDEBAR_PX, 1440 - SIDEBAR_PX]))
        self._inner.setSizes(_sizes(remembered.get("inner"), [1440 - SIDEBAR_PX - INFO_PX, INFO_PX]))
        self._set_information(bool(remembered.get("information", True)))
        self._grid.set_thumbnail_edge(self._settings.thumbnail_edge_px)
        self._top.set_order(self._browsing.order)

    def _remember(self) -> None:
        window = {
            "geometry": bytes(self.saveGeometry().toBase64().data()).decode("ascii"),
            "outer": self._outer.sizes(),
            "inner": self._inner.sizes(),
            "information": not self._info.isHidden(),
            "order": self._browsing.order.value,
        }
        if self._info.isHidden():
            window["inner"] = self._settings.window.get("inner")
        self._settings = replace(
            self._settings, thumbnail_edge_px=self._grid.thumbnail_edge, window={**self._settings.window, **window}
        )
        self._save_settings(self._settings)

    def close_unasked(self) -> None:
        """Close although work may be under way; it goes on at the next start."""
        self._asks_at_close = False
        self.close()

    def _may_close(self) -> bool:
        stage = self._indexing.current
        if stage is None or self._indexing.is_paused or not self._asks_at_close:
            return True
        return questions.confirm_quit(self, wording.stage(stage))

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_close():
            event.ignore()
            return
        self._remember()
        self._noticing.stop()
        self._conditions.stop()
        self._selecting.stop()
        self._searching.drop()
        self.hide()
        self._has_closed = True
        self.has_quit_cleanly = self._jobs.quit(_QUIT_S)
        self._thumbnails.close()
        event.accept()

    # Places

    def _on_view_changed(self, view: View) -> None:
        self._field.set_text(view.text)
        names = {folder.folder_id: folder.name for folder in self._overview.folders}
        self._field.set_chips([Chip(key, text) for key, text in chips(view, names, self._like_name(view))])
        self._sidebar.set_scope(view.scope)
        self._filter_actions["is_favourite"].setChecked(view.scope.is_favourite)
        self._filter_actions["is_recent"].setChecked(view.scope.is_recent)
        self._top.set_order(self._browsing.order)
        self._result.set_order(None if view.is_by_match else self._browsing.order)

    def _like_name(self, view: View) -> str:
        if view.like is None or isinstance(view.like, Picture):
            return ""
        return self._name_of(view.like)

    def _on_shown(self, shown: Shown) -> None:
        if shown.answer is None:
            self._model.set_table(shown.table)
        else:
            is_likeness = shown.view.like is not None
            self._result.say(
                wording.answer_heading(shown.answer, is_likeness=is_likeness), wording.answer_detail(shown.answer)
            )
            self._model.set_answer(shown.answer, shown.table)
        self._result.setVisible(shown.answer is not None and len(shown.answer) > 0)
        if shown.anchor is not None:
            self._grid.scroll_to_anchor(shown.anchor)
        elif shown.answer is not None and shown.view != self._shown_view:
            self._grid.verticalScrollBar().setValue(0)
        self._shown_view = shown.view
        self._middle.setCurrentWidget(self._page_for(shown))

    _shown_view: View | None = None

    def _page_for(self, shown: Shown) -> QWidget:
        if shown.count:
            return self._grid
        if shown.answer is not None:
            self._say_nothing_matches(shown)
            return self._empty
        if shown.view.scope == Scope():
            return self._first
        hint = self.tr("Photos that belong here show up by themselves.")
        self._empty.say(self.tr("No photos here yet"), hint, icon="images")
        return self._empty

    def _say_nothing_matches(self, shown: Shown) -> None:
        assert shown.answer is not None
        if shown.answer.is_meaning_ready:
            hint = self.tr("Try fewer or other words. Any description of the picture works:")
            self._empty.say(
                self.tr("Nothing matches “{text}”").format(text=_short(shown.view.text)), hint, has_samples=True
            )
        else:
            title = self.tr("No name, folder, tag or caption matches")
            hint = self.tr("The model is getting ready; then the pictures themselves are searched.")
            self._empty.say(title, hint, icon="search")

    def _on_scope_chosen(self, scope: Scope) -> None:
        """A place keeps the question, so that it narrows it; "All photos" is the way home."""
        view = self._browsing.view
        text = "" if scope == Scope() else view.text
        self._searching.drop()
        self._browsing.go(View(scope, text))

    def _on_folder_chosen(self, photo: Photo) -> None:
        folder_id = self._library.catalog.folder_at(photo.path.parent)
        if folder_id is not None:
            self._browsing.go(View(Scope(folder_id=folder_id)))

    def _narrow(self, **changed: Any) -> None:
        view = self._browsing.view
        self._browsing.go(replace(view, scope=replace(view.scope, **changed)))

    def _on_asked(self, text: str) -> None:
        view = self._browsing.view
        if text.strip():
            self._browsing.go(View(view.scope, text))
        elif view.text:
            self._browsing.clear_question()

    def _on_submitted(self, text: str) -> None:
        self._searching.ask_now(text)
        self._grid.setFocus()

    def _on_sample_chosen(self, text: str) -> None:
        self._field.set_text(text)
        self._searching.ask_now(text)

    def _on_chip_removed(self, key: str) -> None:
        view = without(self._browsing.view, key)
        if key == "like" and not view.is_question:
            self._browsing.clear_question()
        else:
            self._browsing.go(view)

    def _on_answer_order_chosen(self, order: Order | None) -> None:
        if order is None:
            self._browsing.sort_by_match()
        else:
            self._browsing.set_order(order)

    def _focus_search(self) -> None:
        self._close_viewer()
        self._field.take_focus()

    def _step_back(self) -> None:
        """Esc undoes the nearest thing: viewer, question, then one place back."""
        if self._pages.currentWidget() is self._viewer:
            self._close_viewer()
        elif self.isFullScreen():
            self.showNormal()
        elif self._browsing.view.is_question or self._field.text:
            self._searching.drop()
            self._field.set_text("")
            self._browsing.clear_question()
            self._grid.setFocus()
        elif self._browsing.can_go_back:
            self._browsing.back()

    def _find_similar(self, photo_id: int) -> None:
        self._close_viewer()
        self._searching.drop()
        self._browsing.go(View(like=PhotoId(photo_id)))
        self._grid.setFocus()

    def _on_similar_activated(self, photo_id: int) -> None:
        if self._model.row_of(photo_id) >= 0:
            self._grid.select_ids([photo_id])
        else:
            self._find_similar(photo_id)

    def _search_with(self, given: Path | QImage) -> None:
        if isinstance(given, QImage):
            picture = Picture(self.tr("pasted picture"), image=_pixels(given))
        else:
            picture = Picture(given.name, path=given)
        self._searching.drop()
        self._browsing.go(View(like=picture))

    def _choose_image(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, self.tr("Search with a picture"))
        if path:
            self._search_with(Path(path))

    # Changes

    def _on_noticed(self, overview: Overview) -> None:
        self._overview = overview
        self._sidebar.set_counts(photos=overview.photos, favourites=overview.favourites, recent=overview.recent)
        self._sidebar.set_folders(overview.folders)
        self._sidebar.set_tags(overview.tags)
        self._info.set_known_tags([name for name, _ in overview.tags])
        self._model.forget_rows()
        self._browsing.refresh()
        self._selecting.read()
        self._show_work()

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

    def _tell(self, news: object) -> None:
        """One quiet line; only what a person should know."""
        match news:
            case FolderUnavailable():
                self._sidebar.say(wording.folder_unavailable(news), is_error=True)
            case Summary(left_out=counts) if (text := wording.left_out(counts)) and news.added:
                self._sidebar.say(text)
            case Skipped(stage=Stage.FIND):
                self._sidebar.say(f"{news.path.name}: {wording.reason(news.reason)}", is_error=True)
            case Exception():
                self._sidebar.say(wording.error(news), is_error=True)
            case str():
                self._sidebar.say(news)

    # Background work

    def _show_work(self) -> None:
        unseen = self._overview.failed if self._overview.failed > self._seen_failures else 0
        self._card.show_state(card_state(self._indexing, unseen_failures=unseen))
        if self._work_dialog is not None:
            self._work_dialog.set_paused(self._indexing.is_paused_by_person)
            self._work_dialog.show_lines(stage_lines(self._indexing))

    def _show_work_dialog(self) -> None:
        if self._work_dialog is None:
            dialog = self._work_dialog = WorkDialog(self)
            dialog.pause_toggled.connect(self._toggle_pause)
            dialog.retry_requested.connect(self._retry_failed)
            dialog.failure_chosen.connect(lambda failure: outside.show_in_file_manager(failure.path))
            dialog.destroyed.connect(self._on_work_dialog_closed)
            self._read_failures()
        self._seen_failures = self._overview.failed
        self._show_work()
        self._work_dialog.show()
        self._work_dialog.raise_()

    def _on_work_dialog_closed(self) -> None:
        self._work_dialog = None

    def _read_failures(self) -> None:
        def on_done(failures: list[Any]) -> None:
            if self._work_dialog is not None:
                self._work_dialog.show_failures(failures)

        self._jobs.start(lambda library: library.catalog.failures(), key="failures", on_done=on_done)

    def _retry_failed(self) -> None:
        self._seen_failures = 0
        self._indexing.retry_failed()
        self._read_failures()

    def _toggle_pause(self) -> None:
        self._indexing.set_paused(not self._indexing.is_paused_by_person)

    def add_paths(self, paths: list[Path]) -> None:
        """Take folders (or single files) in."""
        self._indexing.add(paths)

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Add a folder of photos"))
        if folder:
            self.add_paths([Path(folder)])

    def _remove_folder(self, folder: Folder) -> None:
        if questions.confirm_folder_removal(self, folder.path, folder.photo_count):
            self._deciding.remove_folder(folder.folder_id)

    # Dropping

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.source() is None and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self._first.set_dragging(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._first.set_dragging(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._first.set_dragging(False)
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        # The program that drags waits until this returns; a question must come after.
        QTimer.singleShot(0, self, lambda: self._take_in_dropped(paths))

    def _take_in_dropped(self, paths: list[Path]) -> None:
        folders = [path for path in paths if path.is_dir()]
        pictures = [path for path in paths if path.is_file() and is_picture(path.name)]
        if folders:
            self.add_paths(folders)
        elif pictures:
            self._ask_about_pictures(pictures)
        elif paths:
            self._tell(self.tr("Oriel takes folders and pictures; “{name}” is neither.").format(name=paths[0].name))

    def _ask_about_pictures(self, pictures: list[Path]) -> None:
        wish = questions.ask_about_drop(self, pictures[0])
        if wish is questions.DropWish.SEARCH:
            self._search_with(pictures[0])
        elif wish is questions.DropWish.ADD_FOLDER:
            self.add_paths(sorted({path.parent for path in pictures}))

    # Photos

    def _on_selection_changed(self, ids: list[int]) -> None:
        self._selecting.select(ids, self._grid.current_id())

    def _on_photo_read(self, photo: Photo | None, count: int) -> None:
        self._info.show_photo(photo, selected=count)
        if photo is None:
            return
        self._thumbnails.request([photo.photo_id], by="info")
        image = self._thumbnails.image(photo.photo_id)
        if image is not None:
            self._info.set_preview(image)

    def _on_similar_found(self, photo_id: PhotoId, ids: list[PhotoId]) -> None:
        if self._info.photo is None or self._info.photo.photo_id != photo_id:
            return
        self._info.show_similar(ids)
        self._thumbnails.request([photo_id, *ids], by="info")
        for found in ids:
            self._show_similar_image(found)

    def _on_thumbnail_ready(self, photo_id: int) -> None:
        image = self._thumbnails.image(photo_id)
        if image is None:
            return
        if self._info.photo is not None and self._info.photo.photo_id == photo_id:
            self._info.set_preview(image)
        self._show_similar_image(photo_id)

    def _show_similar_image(self, photo_id: int) -> None:
        image = self._thumbnails.image(photo_id)
        if image is not None:
            self._info.set_similar_image(PhotoId(photo_id), image)

    def _on_caption_changed(self, text: str) -> None:
        if self._info.photo is not None:
            self._deciding.caption(self._info.photo.photo_id, text)

    def _show_photo_menu(self, where: QPoint) -> None:
        ids = self._selecting.ids
        if ids:
            photo_menu(self._actions, self, count=len(ids)).popup(where)

    def _with_ids(self, act: Callable[[list[PhotoId]], None]) -> None:
        if self._selecting.ids:
            act(self._selecting.ids)

    def _with_current(self, act: Callable[[int], None]) -> None:
        if self._selecting.current is not None:
            act(self._selecting.current)

    def _with_path(self, act: Callable[[Path], bool]) -> None:
        current = self._selecting.current
        if current is None:
            return
        path = self._library.catalog.paths([current]).get(current)
        if path is not None and not (path.exists() and act(path)):
            self._tell(self.tr("{name} can't be opened; is its drive there?").format(name=path.name))

    def _with_panel(self, act: Callable[[], None]) -> None:
        """Open the panel first; the photo may still have to be read for it."""
        if self._selecting.current is None:
            return
        self._close_viewer()
        self._set_information(True)
        if self._info.photo is not None and self._info.photo.photo_id == self._selecting.current:
            act()
        else:
            self._selecting.photo_read.connect(lambda *_: act(), Qt.ConnectionType.SingleShotConnection)

    def _rate(self, rating: int) -> None:
        self._with_ids(lambda ids: self._deciding.rate(ids, rating))

    def _trash(self, ids: list[PhotoId]) -> None:
        if questions.confirm_trash(self, len(ids)):
            self._deciding.trash(ids)

    def _copy_paths(self) -> None:
        paths = self._library.catalog.paths(self._selecting.ids)
        outside.copy_paths([paths[photo_id] for photo_id in self._selecting.ids if photo_id in paths])

    def _copy_caption(self) -> None:
        captions = self._library.catalog.captions_of(self._selecting.ids)
        outside.copy_text("\n".join(captions.values()))

    def _copy_image(self, photo_id: int) -> None:
        path = self._library.catalog.paths([PhotoId(photo_id)]).get(PhotoId(photo_id))
        if path is not None:
            self._jobs.start(lambda _: _image(decode_full(path)), on_done=lambda image: outside.copy_image(image, path))

    def _drag_urls(self, ids: list[int]) -> list[str]:
        paths = self._library.catalog.paths([PhotoId(photo_id) for photo_id in ids])
        return [QUrl.fromLocalFile(str(path)).toString() for path in paths.values()]

    def _invert_selection(self) -> None:
        ids = self._model.ids
        kept = ids[~np.isin(ids, np.asarray(self._selecting.ids, np.int64))]
        self._grid.select_ids(kept.tolist())

    # Viewer

    def _open_viewer(self, photo_id: int) -> None:
        self._pages.setCurrentWidget(self._viewer)
        self._viewer.show_photo(photo_id, self._model.ids.tolist())
        self._viewer.setFocus()

    def _close_viewer(self) -> None:
        if self._pages.currentWidget() is self._viewer:
            self._pages.setCurrentWidget(self._outer)
            self._viewer.clear()
            self._grid.setFocus()

    def _on_viewer_moved(self, photo_id: int) -> None:
        if self._pages.currentWidget() is self._viewer:
            self._grid.select_ids([photo_id])

    def _read_full(self, photo_id: int) -> None:
        """Decode for the viewer; what it has gone past meanwhile is dropped before it is begun."""
        path = self._library.catalog.paths([PhotoId(photo_id)]).get(PhotoId(photo_id))
        if path is None:
            return
        self._jobs.start(
            lambda _: picture_levels(_image(decode_full(path, _FULL_EDGE_PX))),
            key="full" if photo_id == self._viewer.photo_id else "full ahead",
            on_done=lambda levels: self._viewer.set_full(photo_id, levels),
            on_error=lambda error: self._viewer.set_failed(photo_id, wording.error(error)),
            on_cancelled=lambda: self._on_full_dropped(photo_id),
        )

    def _on_full_dropped(self, photo_id: int) -> None:
        if photo_id != self._viewer.photo_id:
            self._viewer.forget(photo_id)  # so that it asks again when the person comes back

    def _name_of(self, photo_id: int) -> str:
        rows = self._library.catalog.rows([PhotoId(photo_id)])
        return rows[0].name if rows else ""

    # View

    def _zoomed(self) -> PhotoGrid | PhotoViewer:
        return self._viewer if self._pages.currentWidget() is self._viewer else self._grid

    def _toggle_information(self) -> None:
        self._set_information(self._info.isHidden())

    def _set_information(self, is_shown: bool) -> None:
        self._info.setVisible(is_shown)
        self._actions["information"].setChecked(is_shown)
        self._selecting.set_watched(is_shown)

    def _toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.BackButton:
            self._step_back()
        elif event.button() == Qt.MouseButton.ForwardButton:
            self._browsing.forward()

    # Settings

    def _show_settings(self) -> None:
        dialog = SettingsDialog(
            self._settings,
            library_root=self._library.root,
            device_text=self.tr("{model} · this computer alone").format(model=self._library.embedder.name),
            most_threads=startup.default_threads(),
            check_captioner=_captioner_problem,
            parent=self,
        )
        dialog.settings_changed.connect(self._on_settings_changed)
        thumbnails = self._library.thumbnails
        self._jobs.start(lambda _: thumbnails.size_bytes(), key="thumbnails_size", on_done=dialog.set_thumbnails_size)
        dialog.show()

    def _on_settings_changed(self, settings: Settings) -> None:
        before, self._settings = self._settings, replace(settings, window=self._settings.window)
        if settings.theme != before.theme:
            set_scheme(_app(), _scheme(settings.theme))
        self._conditions.choose(not_on_battery=settings.not_on_battery, only_when_idle=settings.only_when_idle)
        if (settings.threads, settings.captioner_folder) != (before.threads, before.captioner_folder):
            self._open_anew()
        self._remember()

    def _open_anew(self) -> None:
        try:
            open_library = self._reopen(self._settings)
        except ModelUnusable as error:
            self._tell(error)
            return
        before, self._library = self._library, open_library()
        startup.close_library(before)
        self._jobs.reopen(open_library)
        self._indexing.forget_jobs()


def _captioner_problem(folder: str) -> str:
    try:
        inspect(Path(folder), "captioner")
    except ModelUnusable as error:
        return wording.error(error)
    return ""


def _splitter(left: QWidget, right: QWidget, parent: QWidget) -> QSplitter:
    splitter = QSplitter(Qt.Orientation.Horizontal, parent)
    splitter.setChildrenCollapsible(False)
    splitter.setHandleWidth(1)
    splitter.addWidget(left)
    splitter.addWidget(right)
    return splitter


def _hairline(parent: QWidget) -> QFrame:
    line = QFrame(parent)
    line.setProperty("role", "hairline")
    line.setFixedHeight(1)
    return line


def _existing(path: Path) -> Path | None:
    return path if path.exists() else None


def _image(pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> QImage:
    height, width, _ = pixels.shape
    rows = np.ascontiguousarray(pixels)
    return QImage(rows.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _pixels(image: QImage) -> np.ndarray[Any, np.dtype[np.uint8]]:
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()


def _app() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app


def _scheme(name: str) -> Any:
    return name if name in ("dark", "light") else "system"


def _order(stored: object) -> Order:
    return Order(stored) if isinstance(stored, str) and stored in set(Order) else Order.NEWEST


def _bytes(stored: object) -> QByteArray:
    return QByteArray.fromBase64(stored.encode("ascii", "ignore")) if isinstance(stored, str) else QByteArray()


def _sizes(stored: object, usual: list[int]) -> list[int]:
    if not isinstance(stored, list) or len(stored) != len(usual):
        return usual
    return stored if all(isinstance(px, int) and px >= 0 for px in stored) and any(stored) else usual


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
