"""The line under the first screen's drop area: search works at once, and a better model can be had."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

_BAR_STEPS = 1000


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """What the line says. ``button``: text, and whether it stops a download instead of beginning one."""

    title: str
    text: str
    button: str = ""
    is_stopping: bool = False
    is_busy: bool = False
    share: float | None = None
    is_problem: bool = False


class ModelOffer(QFrame):
    """Hidden while there is nothing to offer."""

    download_requested = Signal()
    cancel_requested = Signal()
    models_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("model_offer")
        self._facts = OfferFacts("", "")
        self._title = QLabel(self)
        self._text = QLabel(self)
        for label in (self._title, self._text):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._button = QPushButton(self)
        self._button.setObjectName("offer_deed")
        self._button.clicked.connect(self._on_clicked)
        self._more = QPushButton(self.tr("All models"), self)
        self._more.setObjectName("offer_more")
        self._more.setProperty("role", "link")
        self._more.clicked.connect(self.models_requested)
        deeds = QHBoxLayout()
        deeds.setSpacing(16)
        deeds.addWidget(self._button)
        deeds.addWidget(self._more)
        deeds.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 4, 0)
        column.setSpacing(6)
        for widget in (self._title, self._bar, self._text):
            column.addWidget(widget)
        column.addSpacing(4)
        column.addLayout(deeds)
        self.hide()

    def show_facts(self, facts: OfferFacts | None) -> None:
        """Say this; None hides the line."""
        self.setVisible(facts is not None)
        if facts is None:
            return
        self._facts = facts
        self._title.setText(facts.title)
        self._text.setText(facts.text)
        role = "danger" if facts.is_problem else "quiet"
        if self._text.property("role") != role:
            self._text.setProperty("role", role)
            self._text.style().unpolish(self._text)
            self._text.style().polish(self._text)
        self._bar.setVisible(facts.is_busy)
        self._bar.setRange(0, 0 if facts.share is None else _BAR_STEPS)
        self._bar.setValue(round((facts.share or 0) * _BAR_STEPS))
        self._button.setVisible(bool(facts.button))
        self._button.setText(facts.button)
        self.setAccessibleName(f"{facts.title} {facts.text}")

    def _on_clicked(self) -> None:
        if self._facts.is_stopping:
            self.cancel_requested.emit()
        else:
            self.download_requested.emit()
