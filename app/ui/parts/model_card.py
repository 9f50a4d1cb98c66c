"""One model on the page of models: what it is for, how it stands, and the one thing to do with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.ui import wording
from app.ui.theme import font

Deed = Literal[
    "download", "cancel", "use", "stay", "without", "remove", "forget", "measure", "stop_measuring", "show_folder"
]
"""What a person can do with a model; "stay": with the present one after all; "without": use none of its kind."""

_BAR_STEPS = 1000
_BUTTON_PX = 104


@dataclass(frozen=True, slots=True)
class Detail:
    """A line of the details. ``link``: an address that is opened where the person asks for it."""

    label: str
    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a card shows.

    Attributes:
        key: names the model for whoever hears of a deed.
        badge: one word or two beside the name; "" for none.
        facts: size, languages, licence … in one line.
        state: "In use", "34 % · 12 MB/s · 2 min left"; "" where the button says it all.
        is_busy: a bar stands above the state; ``share`` fills it, None: nobody knows how far.
        problem: what went wrong last, and the next step.
        button: the main one's text and deed; None: there is nothing to do.
        is_primary: the button is what most people want here.
        quiet: texts and deeds that stand in the details.
    """

    key: str
    name: str
    purpose: str
    facts: str = ""
    badge: str = ""
    state: str = ""
    is_in_use: bool = False
    is_busy: bool = False
    share: float | None = None
    problem: str = ""
    button: tuple[str, Deed] | None = None
    is_primary: bool = False
    details: tuple[Detail, ...] = ()
    quiet: tuple[tuple[str, Deed], ...] = ()
    note: str = field(default="")
    """A sentence at the end of the details."""


class ModelCard(QFrame):
    """Shows CardFacts, again and again, without losing the focus or what is folded out."""

    deed_chosen = Signal(str, str)
    """Key and Deed."""
    link_followed = Signal(str)
    grown = Signal()
    """The details were folded out; somebody may want to see all of them."""

    def __init__(self, facts: CardFacts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts = facts
        self.setObjectName("model_card")
        self._name = _label("name")
        name_font = font("body")
        name_font.setWeight(name_font.Weight.DemiBold)
        self._name.setFont(name_font)
        self._name.setMinimumWidth(40)
        self._badge = _label("badge", role="badge")
        self._purpose = _wrapped("purpose")
        self._line = _wrapped("facts", role="quiet")
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._state = _wrapped("state", role="quiet")
        self._problem = _wrapped("problem", role="danger")
        self._toggle = QPushButton(self)
        self._toggle.setObjectName("details")
        self._toggle.setProperty("role", "quiet_link")
        self._toggle.setAutoDefault(False)
        self._toggle.setCheckable(True)
        self._toggle.toggled.connect(self._on_toggled)
        self._button = QPushButton(self)
        self._button.setObjectName("deed")
        self._button.setAutoDefault(False)
        self._button.setMinimumWidth(_BUTTON_PX)
        self._button.clicked.connect(self._on_clicked)
        self._in_use = _label("in_use", role="accent")
        self._details = _Details(self)
        self._details.deed_chosen.connect(lambda deed: self.deed_chosen.emit(self._facts.key, deed))
        self._details.link_followed.connect(self.link_followed)
        self._details.hide()
        self._lay_out()
        self._show(facts)

    @property
    def tab_stops(self) -> list[QWidget]:
        """What Tab goes through, in the order that it is read."""
        return [self._button, self._toggle, *self._details.buttons]

    def show_facts(self, facts: CardFacts) -> None:
        if facts != self._facts:
            self._show(facts)

    def _show(self, facts: CardFacts) -> None:
        self._facts = facts
        self._name.setText(facts.name)
        self._name.setToolTip(wording.tooltip(facts.name))
        _say(self._badge, facts.badge)
        _say(self._purpose, facts.purpose)
        _say(self._line, facts.facts)
        _say(self._state, facts.state)
        _say(self._problem, facts.problem)
        _say(self._in_use, self.tr("In use") if facts.is_in_use else "")
        self._bar.setVisible(facts.is_busy)
        self._bar.setRange(0, 0 if facts.share is None else _BAR_STEPS)
        self._bar.setValue(round((facts.share or 0) * _BAR_STEPS))
        self._show_button()
        self._details.show_facts(facts)
        self._show_toggle()
        self.setAccessibleName(facts.name)
        self.setAccessibleDescription(" ".join(filter(None, (facts.purpose, facts.state, facts.problem))))

    def _show_button(self) -> None:
        button = self._facts.button
        self._button.setVisible(button is not None)
        if button is None:
            return
        self._button.setText(button[0])
        self._button.setAccessibleName(f"{button[0]}: {self._facts.name}")
        role = "primary" if self._facts.is_primary else ""
        if self._button.property("role") != role:
            self._button.setProperty("role", role)
            self._button.style().unpolish(self._button)
            self._button.style().polish(self._button)

    def _show_toggle(self) -> None:
        is_open = self._toggle.isChecked()
        text = self.tr("Less") if is_open else self.tr("Details")
        self._toggle.setText(text)
        self._toggle.setAccessibleName(f"{text}: {self._facts.name}")

    def _lay_out(self) -> None:
        title = QHBoxLayout()
        title.setSpacing(8)
        title.addWidget(self._name)
        title.addWidget(self._badge)
        title.addStretch(1)
        texts = QVBoxLayout()
        texts.setSpacing(3)
        texts.addLayout(title)
        for widget in (self._purpose, self._line):
            texts.addWidget(widget)
        texts.addSpacing(2)
        texts.addWidget(self._bar)
        for label in (self._state, self._problem):
            texts.addWidget(label)
        texts.addWidget(self._toggle, 0, Qt.AlignmentFlag.AlignLeft)
        side = QVBoxLayout()
        side.addWidget(self._button, 0, Qt.AlignmentFlag.AlignRight)
        side.addWidget(self._in_use, 0, Qt.AlignmentFlag.AlignRight)
        side.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(20)
        row.addLayout(texts, 1)
        row.addLayout(side)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 12)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self._details)

    def _on_clicked(self) -> None:
        if self._facts.button is not None:
            self.deed_chosen.emit(self._facts.key, self._facts.button[1])

    def _on_toggled(self, is_open: bool) -> None:
        self._details.setVisible(is_open)
        self._show_toggle()
        if is_open:
            self.grown.emit()


class _Details(QWidget):
    """Labels and values, then what is rarely done."""

    deed_chosen = Signal(str)
    link_followed = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown: tuple[object, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 4)
        self._column.setSpacing(8)
        self._inner: QWidget | None = None
        self.buttons: list[QPushButton] = []

    def show_facts(self, facts: CardFacts) -> None:
        """Make the lines anew, only where they are others: a link that has the focus keeps it."""
        wanted = (facts.details, facts.quiet, facts.note)
        if wanted == self._shown:
            return
        self._shown = wanted
        if self._inner is not None:
            self._inner.setParent(None)
            self._inner.deleteLater()
        self.buttons = []
        self._inner = self._made(facts)
        self._column.addWidget(self._inner)

    def _made(self, facts: CardFacts) -> QWidget:
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(3)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        for detail in facts.details:
            form.addRow(_label("", text=detail.label, role="quiet"), self._value(detail))
        column.addLayout(form)
        if facts.note:
            column.addWidget(_wrapped("note", role="quiet", text=facts.note))
        if facts.quiet:
            column.addLayout(self._deeds(facts))
        return inner

    def _value(self, detail: Detail) -> QWidget:
        if not detail.link:
            value = _wrapped("", text=detail.text)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            return value
        link = self._link(detail.text)
        link.setToolTip(detail.link)
        link.clicked.connect(lambda _=False: self.link_followed.emit(detail.link))
        return link

    def _deeds(self, facts: CardFacts) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(18)
        for text, deed in facts.quiet:
            button = self._link(text)
            button.setObjectName(deed)
            button.setAccessibleName(f"{text}: {facts.name}")
            button.clicked.connect(lambda _=False, deed=deed: self.deed_chosen.emit(deed))
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _link(self, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("role", "link")
        button.setAutoDefault(False)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.buttons.append(button)
        return button


class _Wrapped(QLabel):
    """Text that takes the lines that it needs in the width that it has; Qt's own hint ignores the layout's width."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setMinimumWidth(40)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wanted = self.heightForWidth(event.size().width())
        if wanted > 0 and wanted != self.minimumHeight():
            self.setMinimumHeight(wanted)

    def setText(self, text: str) -> None:
        if text != self.text():
            super().setText(text)
            if self.width() > 40:
                self.setMinimumHeight(max(0, self.heightForWidth(self.width())))

    def minimumSizeHint(self) -> QSize:
        return QSize(40, super().minimumSizeHint().height())


def _label(name: str, *, text: str = "", role: str = "") -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        label.setProperty("role", role)
    return label


def _wrapped(name: str, *, text: str = "", role: str = "") -> QLabel:
    label = _Wrapped()
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        label.setProperty("role", role)
    label.setText(text)
    return label


def _say(label: QLabel, text: str) -> None:
    label.setText(text)
    label.setVisible(bool(text))
