"""The page of models in the settings: a card each, a way to add a folder, a mirror's address and the number type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlsplit

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.core.models import NUMBER_TYPES
from app.ui.labels import heading_label, quiet_label
from app.ui.parts.model_card import CardFacts, ModelCard


@dataclass(frozen=True, slots=True)
class CardGroup:
    """Cards under one heading."""

    title: str
    hint: str
    cards: tuple[CardFacts, ...]


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """What became of a folder that somebody wants to add. ``is_busy``: it is being looked at or converted."""

    text: str
    is_busy: bool = False
    is_problem: bool = False


class ModelsPage(QScrollArea):
    """Shows what it is told, and tells what a person does. Showing it asks no hub for anything."""

    deed_chosen = Signal(str, str)
    """A card's key and a Deed."""
    link_followed = Signal(str)
    add_requested = Signal()
    attempt_dismissed = Signal()
    mirror_chosen = Signal(object)
    """An address, or None for the usual one."""
    number_type_chosen = Signal(object)
    """One of NUMBER_TYPES, or None for the measured one."""

    def __init__(
        self, mirror: str | None, usual: str, number_type: str | None = None, parent: QWidget | None = None
    ) -> None:
        """Make the page, without cards.

        Args:
            mirror: the address that models are downloaded from, where somebody chose one.
            usual: the address without that.
            number_type: in which models compute, where somebody chose one.
            parent: as Qt's.
        """
        super().__init__(parent)
        self.setObjectName("models_page")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._cards: dict[str, ModelCard] = {}
        self._groups: dict[str, _Group] = {}
        self._stops: list[QWidget] = []
        inner = self._inner = QWidget(self)
        column = self._column = QVBoxLayout(inner)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(0)
        told = self.tr("Models run on this computer alone. Nothing is downloaded before you ask for it.")
        column.addWidget(quiet_label(told))
        column.addSpacing(8)
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        column.addLayout(self._list)
        column.addWidget(self._make_adding())
        self._advanced = _Advanced(mirror, usual, number_type, inner)
        self._advanced.chosen.connect(self.mirror_chosen)
        self._advanced.number_type_chosen.connect(self.number_type_chosen)
        self._advanced.grown.connect(lambda: self._show_whole(self._advanced))
        column.addWidget(self._advanced)
        column.addStretch(1)
        self.setWidget(inner)

    def show_groups(self, groups: Sequence[CardGroup]) -> None:
        """Show these cards; those that were there stay where they are, with what is folded out."""
        wanted = {facts.key for group in groups for facts in group.cards}
        for key in [key for key in self._cards if key not in wanted]:
            card = self._cards.pop(key)
            card.hide()
            card.deleteLater()
        for place, group in enumerate(groups):
            self._group_of(group, place).show_group(group, self._cards, self._made_card)
        names = {group.title for group in groups if group.cards}
        for title, shown in self._groups.items():
            shown.setVisible(title in names)
        self._order_tabs([facts.key for group in groups for facts in group.cards])

    def show_attempt(self, facts: AttemptFacts | None) -> None:
        """What became of the folder that was to be added; None: nothing to say."""
        self._attempt.setVisible(facts is not None)
        self._dismiss.setVisible(facts is not None and not facts.is_busy)
        self._add.setEnabled(facts is None or not facts.is_busy)
        if facts is None:
            return
        self._attempt_text.setText(facts.text)
        role = "danger" if facts.is_problem else "quiet"
        self._attempt_text.setProperty("role", role)
        self._attempt_text.style().unpolish(self._attempt_text)
        self._attempt_text.style().polish(self._attempt_text)
        QTimer.singleShot(0, self, lambda: self._show_whole(self._attempt))

    def _order_tabs(self, keys: Sequence[str]) -> None:
        """Cards come when they are known, after all else was made: Tab would go through them last."""
        stops: list[QWidget] = [stop for key in keys for stop in self._cards[key].tab_stops]
        stops += [self._add, self._dismiss, *self._advanced.tab_stops]
        if stops == self._stops:
            return
        self._stops = stops
        for before, after in pairwise([self, *stops]):
            QWidget.setTabOrder(before, after)

    def _group_of(self, group: CardGroup, place: int) -> _Group:
        if group.title not in self._groups:
            made = self._groups[group.title] = _Group(self)
            self._list.insertWidget(place, made)
        return self._groups[group.title]

    def _made_card(self, facts: CardFacts) -> ModelCard:
        card = ModelCard(facts)
        card.deed_chosen.connect(self.deed_chosen)
        card.link_followed.connect(self.link_followed)
        card.grown.connect(lambda: QTimer.singleShot(0, card, lambda: self._show_whole(card)))
        return card

    def _make_adding(self) -> QWidget:
        adding = QWidget(self)
        self._add = QPushButton(self.tr("Add a model from a folder…"), adding)
        self._add.setObjectName("add_model")
        self._add.setAutoDefault(False)
        self._add.clicked.connect(self.add_requested)
        hint = quiet_label(self.tr("Any CLIP, SigLIP, VisionTextDualEncoder or BLIP model in Hugging Face's layout."))
        self._attempt = QWidget(adding)
        self._attempt_text = quiet_label("")
        self._attempt_text.setObjectName("attempt")
        self._dismiss = QPushButton(self.tr("Dismiss"), self._attempt)
        self._dismiss.setObjectName("dismiss_attempt")
        self._dismiss.setProperty("role", "link")
        self._dismiss.setAutoDefault(False)
        self._dismiss.clicked.connect(self.attempt_dismissed)
        row = QHBoxLayout(self._attempt)
        row.setContentsMargins(0, 6, 0, 0)
        row.setSpacing(16)
        row.addWidget(self._attempt_text, 1)
        row.addWidget(self._dismiss, 0, Qt.AlignmentFlag.AlignTop)
        self._attempt.hide()
        column = QVBoxLayout(adding)
        column.setContentsMargins(0, 18, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._add, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(hint)
        column.addWidget(self._attempt)
        return adding

    def _show_whole(self, widget: QWidget) -> None:
        """Scroll as little as it takes; the top of what is too high for the page."""
        self._column.activate()
        top = widget.mapTo(self._inner, QPoint(0, 0)).y()
        bar, height = self.verticalScrollBar(), self.viewport().height()
        below = top + widget.sizeHint().height() - height
        if top < bar.value() or below > bar.value():
            bar.setValue(min(top, max(below, 0)))


class _Group(QWidget):
    """A heading, a line under it, and cards with hairlines between them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._title = heading_label("", self)
        self._hint = quiet_label("")
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 14, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._title)
        column.addWidget(self._hint)
        column.addSpacing(4)
        column.addLayout(self._rows)

    def show_group(self, group: CardGroup, cards: dict[str, ModelCard], make: Callable[[CardFacts], ModelCard]) -> None:
        self._title.setText(group.title)
        self._hint.setText(group.hint)
        self._hint.setVisible(bool(group.hint))
        for facts in group.cards:
            if facts.key in cards:
                cards[facts.key].show_facts(facts)
            else:
                card = cards[facts.key] = make(facts)
                self._rows.addWidget(card)


class _Advanced(QWidget):
    """Folded away: where models are downloaded from, and the number type that they compute in."""

    chosen = Signal(object)
    number_type_chosen = Signal(object)
    grown = Signal()

    def __init__(self, mirror: str | None, usual: str, number_type: str | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._told = mirror
        self._toggle = QPushButton(self.tr("Advanced"), self)
        self._toggle.setObjectName("advanced")
        self._toggle.setProperty("role", "quiet_link")
        self._toggle.setAutoDefault(False)
        self._toggle.setCheckable(True)
        self._edit = QLineEdit(mirror or "", self)
        self._edit.setObjectName("hub_mirror")
        self._edit.setPlaceholderText(usual)
        self._edit.setAccessibleName(self.tr("Address that models are downloaded from"))
        self._edit.editingFinished.connect(self.tell)
        self._problem = quiet_label(
            self.tr("This is no address. It begins with https://, as in https://hub.example.org.")
        )
        self._problem.setObjectName("hub_mirror_problem")
        self._problem.setProperty("role", "danger")
        self._problem.hide()
        hint = quiet_label(
            self.tr(
                "A mirror of Hugging Face, inside a company, say. Your access token is never shown to it. "
                "Empty: the public hub, or what HF_ENDPOINT names."
            )
        )
        self._inner = QWidget(self)
        form = QFormLayout(self._inner)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(4)
        form.addRow(self.tr("Download from"), self._edit)
        form.addRow("", self._problem)
        form.addRow("", hint)
        self._types = self._made_types(number_type)
        form.addRow(self.tr("Number type"), self._types)
        form.addRow("", quiet_label(self.tr("As measured is right unless results look wrong.")))
        self._inner.setVisible(bool(mirror or number_type))
        self._toggle.setChecked(bool(mirror or number_type))
        self._toggle.toggled.connect(self._on_toggled)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 18, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._toggle, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._inner)

    @property
    def tab_stops(self) -> list[QWidget]:
        return [self._toggle, self._edit, self._types]

    def _made_types(self, chosen: str | None) -> QComboBox:
        types = _Types(self)
        types.setObjectName("number_type")
        types.addItem(self.tr("As measured"), None)
        for name in NUMBER_TYPES:
            types.addItem(name, name)
        types.setCurrentIndex(max(0, types.findData(chosen)) if chosen else 0)
        types.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        types.setMinimumWidth(200)
        types.currentIndexChanged.connect(lambda: self.number_type_chosen.emit(types.currentData()))
        return types

    def tell(self) -> None:
        """What stands in the field, if it is another address than before, and is one."""
        text = self._edit.text().strip().rstrip("/")
        is_right = not text or is_hub_address(text)
        if self._problem.isHidden() == (not is_right):
            self._problem.setVisible(not is_right)
        if is_right and (text or None) != self._told:
            self._told = text or None
            self.chosen.emit(self._told)

    def hideEvent(self, event: QHideEvent) -> None:
        """Esc ends a dialog before the field in hand has told that its editing is finished."""
        super().hideEvent(event)
        self.tell()

    def _on_toggled(self, is_open: bool) -> None:
        self._inner.setVisible(is_open)
        if is_open:
            self._edit.setFocus()
            QTimer.singleShot(0, self, self.grown.emit)


class _Types(QComboBox):
    """The wheel scrolls the page above it: a choice made in passing would load all models anew."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def is_hub_address(text: str) -> bool:
    """Whether it names a scheme that hubs speak, and a host; plain http is for whoever writes it out."""
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises for what is no number
    except ValueError:
        return False
    host = parts.hostname or ""
    is_plain = not (parts.username or parts.password or parts.query or parts.fragment)
    return parts.scheme in ("https", "http") and bool(host) and is_plain and not any(map(str.isspace, text))
