"""The line above an answer: how many good matches, out of what, how fast, and in which order they stand."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.core.query import Source
from app.core.types import Order
from app.ui import wording
from app.ui.labels import ElidedLabel
from app.ui.theme import font, keep_icon

HEIGHT_PX = 34
_HINT_PX = 24
_NOTE_PX = 22


class ResultLine(QWidget):
    """Stands above the photos while they are an answer."""

    order_chosen = Signal(object)
    """An Order, or None for "best match first"."""
    hint_followed = Signal()
    hint_dismissed = Signal()
    folding_chosen = Signal(bool)
    """Whether nearly the same pictures are to stand as one."""
    sources_chosen = Signal(object)
    """Where words are to be looked for: a frozenset of Source, never empty."""
    save_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEIGHT_PX)
        self._heading = QLabel(self)
        self._heading.setFont(font("heading"))
        self._detail = ElidedLabel(self)
        self._detail.setProperty("role", "quiet")
        self._detail.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._order = QToolButton(self)
        self._order.setObjectName("answer_order")
        self._order.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._order.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._order.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands behind the word
        keep_icon(self._order, "chevron-down", size_px=14)
        self._menu = QMenu(self)
        self._choices = self._make_choices()
        self._folding = self._make_folding()
        self._sources = self._make_sources()
        self._order.setMenu(self._menu)
        row = QHBoxLayout()
        row.setContentsMargins(20, 8, 14, 0)
        row.setSpacing(10)
        row.addWidget(self._heading)
        row.addWidget(self._detail, 1)
        self._save = self._make_save()
        row.addWidget(self._save)
        row.addWidget(self._order)
        self.set_saved(False)
        self._hint = _Hint(self)
        self._hint.followed.connect(self.hint_followed)
        self._hint.dismissed.connect(self.hint_dismissed)
        self._note = ElidedLabel(self)
        self._note.setObjectName("answer_note")
        self._note.setProperty("role", "quiet")
        self._note.setContentsMargins(20, 0, 14, 0)
        self._note.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row, 1)
        column.addWidget(self._note)
        column.addWidget(self._hint)
        self.set_hint("", "")

    def say(self, heading: str, detail: str) -> None:
        self._heading.setText(heading)
        self._detail.setText(detail)

    def set_hint(self, text: str, link: str) -> None:
        """A quiet line below, with something to follow, until it is sent away; "" takes it away."""
        self._hint.say(text, link)
        self._hint.setVisible(bool(text))
        self._fit()

    def set_note(self, text: str) -> None:
        """A quiet line below that belongs to this answer; "" takes it away."""
        self._note.setText(text)
        self._note.setVisible(bool(text))
        self._fit()

    def _fit(self) -> None:
        hint_px = 0 if self._hint.isHidden() else _HINT_PX
        self.setFixedHeight(HEIGHT_PX + hint_px + (0 if self._note.isHidden() else _NOTE_PX))

    def set_order(self, order: Order | None) -> None:
        """Tick the order that the answer stands in; None: by match."""
        self._choices[order].setChecked(True)
        self._order.setText(self._choices[order].text())
        self._order.setAccessibleName(self.tr("Sorted: {order}").format(order=self._choices[order].text()))

    def set_saved(self, is_saved: bool) -> None:
        """Whether what is asked is a saved search."""
        keep_icon(self._save, "bookmark", size_px=16, colour="accent" if is_saved else "text_2")
        self._save.setToolTip(
            self.tr("A saved search: new photos join it by themselves")
            if is_saved
            else self.tr("Save this search: new photos join it by themselves (Ctrl+S)")
        )

    def set_folding(self, is_folding: bool) -> None:
        """Tick whether nearly the same pictures stand as one."""
        self._folding.setChecked(is_folding)

    @property
    def is_narrowed(self) -> bool:
        """Whether words are not looked for everywhere."""
        return not all(action.isChecked() for action in self._sources.values())

    def set_sources(self, sources: frozenset[Source]) -> None:
        """Tick where words are looked for; the last place stays ticked."""
        for source, action in self._sources.items():
            action.setChecked(source in sources)
            action.setEnabled(sources != {source})

    @property
    def text(self) -> str:
        return f"{self._heading.text()} {self._detail.text()}"

    def _make_save(self) -> QToolButton:
        save = QToolButton(self)
        save.setObjectName("save_search")
        save.setFixedSize(26, 26)
        save.setAccessibleName(self.tr("Save this search"))
        save.clicked.connect(self.save_requested)
        return save

    def _make_folding(self) -> QAction:
        self._menu.addSeparator()
        action = self._menu.addAction(self.tr("Nearly the same pictures as one"))
        action.setObjectName("folding")
        action.setCheckable(True)
        action.setChecked(True)
        action.triggered.connect(self.folding_chosen)
        return action

    def _make_sources(self) -> dict[Source, QAction]:
        menu = self._menu.addMenu(self.tr("Search in…"))
        menu.setObjectName("sources")
        made = {source: menu.addAction(wording.source(source)) for source in Source}
        for action in made.values():
            action.setCheckable(True)
            action.setChecked(True)
            action.triggered.connect(self._on_source_ticked)
        return made

    def _on_source_ticked(self) -> None:
        sources = frozenset(source for source, action in self._sources.items() if action.isChecked())
        self.set_sources(sources)
        self.sources_chosen.emit(sources)

    def _make_choices(self) -> dict[Order | None, QAction]:
        group = QActionGroup(self._menu)
        choices: dict[Order | None, QAction] = {}
        orders: list[Order | None] = [None, *Order]
        for order in orders:
            text = self.tr("Best match") if order is None else wording.order(order)
            action = choices[order] = self._menu.addAction(text)
            action.setCheckable(True)
            group.addAction(action)
            action.triggered.connect(lambda _=False, order=order: self.order_chosen.emit(order))
        return choices


class _Hint(QWidget):
    """One sentence, a link, and a cross that sends both away."""

    followed = Signal()
    dismissed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = ElidedLabel(self)
        self._text.setObjectName("hint")
        self._text.setProperty("role", "quiet")
        self._link = QPushButton(self)
        self._link.setObjectName("hint_link")
        self._link.setProperty("role", "link")
        self._link.clicked.connect(self.followed)
        cross = QToolButton(self)
        cross.setObjectName("dismiss_hint")
        cross.setAccessibleName(self.tr("Dismiss"))
        cross.setToolTip(self.tr("Dismiss"))
        keep_icon(cross, "x", size_px=12, colour="text_3")
        cross.setFixedSize(20, 20)
        cross.clicked.connect(self.dismissed)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 0, 14, 0)
        row.setSpacing(10)
        row.addWidget(self._text)
        row.addWidget(self._link)
        row.addWidget(cross)
        row.addStretch(1)

    def say(self, text: str, link: str) -> None:
        self._text.setText(text)
        self._link.setText(link)
