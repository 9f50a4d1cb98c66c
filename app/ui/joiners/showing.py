"""Shows in the panes where the person is: the photos of a view, its words and chips, or why there are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.core.query import Scope
from app.core.types import Folder, FolderId, Order
from app.library.find.examples import Looking
from app.search.editing import filters_in
from app.ui import error_words, wording
from app.ui.joiners.searching import EXAMPLE, chips
from app.ui.panes.columns import Columns
from app.ui.panes.filters import Filters
from app.ui.panes.first_screen import EmptyView, FirstScreen
from app.ui.panes.grid import PhotoGrid
from app.ui.panes.result_line import ResultLine
from app.ui.panes.search_field import Chip, SearchField
from app.ui.parts.photo_list_model import PhotoListModel
from app.ui.views import Shown, View


class ShowingView(QObject):
    """Words, chips and ticks of the view that is on its way; they are shown before its photos."""

    def __init__(
        self,
        field: SearchField,
        filters: Filters,
        *,
        result: ResultLine,
        name_of: Callable[[int], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._field = field
        self._filters = filters
        self._result = result
        self._name_of = name_of
        self._folder_names: dict[FolderId, str] = {}

    def set_folders(self, folders: Sequence[Folder]) -> None:
        """Names for the chips."""
        self._folder_names = {folder.folder_id: folder.name for folder in folders}

    def show(self, view: View, order: Order) -> None:
        self._field.set_text(view.text)
        told = chips(view, self._folder_names, self._name_of)
        self._field.set_chips([Chip(key, text, self._weight(view, key)) for key, text in told])
        self._filters.show_scope(view.scope)
        self._result.set_saved(view.saved_id is not None)
        self._result.set_order(None if view.is_by_match else order)

    @staticmethod
    def _weight(view: View, key: str) -> float | None:
        return view.examples[int(key.removeprefix(EXAMPLE))].weight if key.startswith(EXAMPLE) else None


class ShowingPhotos(QObject):
    """The photos that a view came to, in the grid; other pages where there are none."""

    def __init__(
        self,
        grid: PhotoGrid,
        model: PhotoListModel,
        *,
        result: ResultLine,
        columns: Columns,
        first: FirstScreen,
        empty: EmptyView,
        is_studying: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        """``is_studying`` tells whether photos are still being looked at, so that an answer may grow."""
        super().__init__(parent)
        self._grid = grid
        self._model = model
        self._result = result
        self._columns = columns
        self._first = first
        self._empty = empty
        self._is_studying = is_studying
        self._was_studying = False
        self._is_looking = False
        self._shown: Shown | None = None
        self._view: View | None = None

    @property
    def view(self) -> View | None:
        """The view whose photos are shown."""
        return self._view

    @property
    def is_waiting(self) -> bool:
        """Whether a question has found nothing at all yet while photos are still being looked at."""
        return self._shown is not None and self._is_growing(self._shown) and self._shown.count == 0

    def heed_work(self) -> None:
        """Work has gone on: where it has begun or ended, what is said of the answer may no longer be true."""
        has_changed = self._is_studying() != self._was_studying
        if self._is_looking or not has_changed or self._shown is None or self._shown.answer is None:
            return
        self._say(self._shown)
        self._page_for(self._shown)

    def say_looking(self, looking: Looking) -> None:
        """The model looks at a picture of the question; what is shown meanwhile belongs to the one before."""
        self._is_looking = True
        self._result.say(wording.looking(looking), self.tr("until then, the photos of before"))
        self._result.set_note("")
        self._result.show()

    def end_looking(self) -> None:
        """A picture can't be looked at: the line says again what it said before."""
        if self._is_looking and self._shown is not None:
            self._is_looking = False
            self._show_line(self._shown)

    def show(self, shown: Shown) -> None:
        before = self._model.ids
        self._shown = shown
        self._is_looking = False
        if shown.answer is None:
            self._model.set_table(shown.table)
        else:
            self._model.set_answer(shown.answer, shown.table, shown.folded)
        self._show_line(shown)
        self._columns.show_page(self._page_for(shown))
        is_elsewhere = self._view is not None and shown.view != self._view
        if shown.place is not None:
            self._grid.return_to(shown.place)
        elif is_elsewhere or (shown.answer is not None and self._model.ids is not before):
            self._begin_at_top(shown)
        self._view = shown.view

    def _show_line(self, shown: Shown) -> None:
        if shown.answer is not None:
            self._say(shown)
        self._result.setVisible(shown.answer is not None and (len(shown.answer) > 0 or self._result.is_narrowed))

    def _say(self, shown: Shown) -> None:
        assert shown.answer is not None
        self._was_studying = self._is_studying()
        is_growing = self._is_growing(shown)
        pictures = () if shown.view.text.strip() else shown.view.examples
        heading = (
            wording.likeness_heading(shown.answer, is_wanted=any(each.weight > 0 for each in pictures))
            if pictures
            else wording.answer_heading(shown.answer, is_growing=is_growing)
        )
        self._result.say(heading, wording.answer_detail(shown.answer, is_growing=is_growing))
        self._result.set_note(wording.answer_note(shown.answer))

    def _is_growing(self, shown: Shown) -> bool:
        answer = shown.answer
        return answer is not None and answer.is_meaning_ready and answer.searched < answer.total and self._is_studying()

    def _begin_at_top(self, shown: Shown) -> None:
        if shown.answer is not None:
            self._grid.verticalScrollBar().setValue(0)
        self._grid.let_go_of_unseen()
        if self._grid.hasFocus() and not self._grid.selected_ids():
            self._grid.begin_with_first()

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

    def _say_what_is_gone(self, shown: Shown) -> bool:
        """Where a question, a saved one say, is about what is no longer there; whether it is."""
        asked_by = [example.photo_id for example in shown.view.examples if example.photo_id is not None]
        assert shown.answer is not None
        if asked_by and not np.isin(asked_by, shown.table.ids).any() and not shown.view.text.strip():
            hint = self.tr("It was removed from the library, so nothing can be compared with it.")
            self._empty.say(self.tr("The photo that was asked by is gone"), hint)
        elif not shown.answer.total and shown.view.scope != Scope() and not filters_in(shown.view.text):
            hint = self.tr("Take away above what the search is narrowed to, and all photos are searched.")
            self._empty.say(self.tr("There are no photos here to search"), hint)
        else:
            return False
        return True

    def _say_nothing_matches(self, shown: Shown) -> None:
        assert shown.answer is not None
        if len(shown.table.ids) and self._say_what_is_gone(shown):
            return
        if not shown.view.text.strip() and not shown.answer.is_meaning_ready:
            hint = self.tr("Then your photos are compared with this picture.")
            self._empty.say(self.tr("The model is getting ready"), hint, icon="search")
        elif not shown.view.text.strip():
            hint = self.tr("Photos are compared as soon as the model has looked at them.")
            self._empty.say(self.tr("There is nothing to compare this picture with yet"), hint, icon="search")
        elif not len(shown.table.ids):
            hint = self.tr("Drop folders of photos on this window, or add one with Ctrl+O.")
            self._empty.say(self.tr("There is no photo to find yet"), hint, icon="images")
        elif shown.answer.is_meaning_ready and shown.answer.unknown_language:
            title = self.tr("Nothing matches “{text}”").format(text=_short(shown.view.text))
            self._empty.say(title, wording.answer_note(shown.answer), icon="search")
        elif self._is_growing(shown):
            title = self.tr("Nothing found yet: your photos are still being looked at")
            self._empty.say(title, _sentence(wording.searched_so_far(shown.answer)), icon="search")
        elif shown.lack is not None:
            self._empty.say(wording.lack(shown.lack), error_words.lack_hint(shown.lack), icon="search")
        elif filters_in(shown.view.text):
            hint = self.tr("Take one of them away above, and more photos may fit.")
            self._empty.say(self.tr("No photo fits all filters"), hint)
        elif self._result.is_narrowed:
            title = self.tr("Nothing matches “{text}” where it was looked for").format(text=_short(shown.view.text))
            self._empty.say(title, self.tr("The menu above has more places under “Search in…”."), icon="search")
        elif shown.answer.is_meaning_ready:
            hint = self.tr("Try fewer or other words. Any description of the picture works:")
            self._empty.say(
                self.tr("Nothing matches “{text}”").format(text=_short(shown.view.text)), hint, has_samples=True
            )
        else:
            title = self.tr("No name, folder, tag or caption matches")
            hint = self.tr("The model is getting ready; then the pictures themselves are searched.")
            self._empty.say(title, hint, icon="search")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
