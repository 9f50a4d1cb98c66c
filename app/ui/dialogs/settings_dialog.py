"""The settings: a list of pages, and beside it the one that was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.settings import Settings
from app.ui import wording
from app.ui.labels import heading_label, quiet_label
from app.ui.theme import icon, theme

_WIDTH_PX, _HEIGHT_PX = 900, 680
_PAGES_PX = 176
_FRAME_PX = 60
"""A title bar and a little air, that a small screen keeps for itself."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is handed in. ``icon``: a Lucide name."""

    name: str
    title: str
    icon: str
    widget: QWidget


class SettingsDialog(QDialog):
    """Shows Settings and tells changed ones at once."""

    settings_changed = Signal(object)
    """A dict: the changed fields by their names. All others may have been changed elsewhere meanwhile."""
    left_out_requested = Signal()
    forget_asked_requested = Signal()

    def __init__(
        self,
        settings: Settings,
        *,
        library_root: Path,
        most_threads: int,
        text_trouble: str = "",
        pages: Sequence[Page] = (),
        parent: QWidget | None = None,
    ) -> None:
        """Build the dialog.

        Args:
            settings: as they are now.
            library_root: the library's folder.
            most_threads: of this machine.
            text_trouble: why text in pictures can't be read here; "" where it can.
            pages: what stands between the general page and the library's.
            parent: as Qt's.
        """
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._settings = settings
        self._pages = QListWidget(self)
        self._pages.setObjectName("pages")
        self._pages.setAccessibleName(self.tr("Pages"))
        self._pages.setFixedWidth(_PAGES_PX)
        self._pages.setIconSize(QSize(16, 16))
        self._stack = QStackedWidget(self)
        self._stack.setProperty("role", "background")
        self._names: list[str] = []
        self._icons: list[str] = []
        for page in (self._general(most_threads, text_trouble), *pages, self._library(library_root)):
            self._add_page(page)
        self._pages.currentRowChanged.connect(self._stack.setCurrentIndex)
        self._pages.setCurrentRow(0)
        self._lay_out()
        theme().changed.connect(self._draw_icons)
        self._draw_icons()
        screen = self.screen().availableGeometry()
        self.resize(min(_WIDTH_PX, screen.width() - _FRAME_PX), min(_HEIGHT_PX, screen.height() - _FRAME_PX))

    def show_page(self, name: str) -> None:
        """Turn to the page of this name."""
        self._pages.setCurrentRow(self._names.index(name))

    def set_thumbnails_size(self, size_bytes: int) -> None:
        self._thumbnails.setText(wording.size(size_bytes))

    def done(self, result: int) -> None:
        """Esc ends the dialog before the field in hand has told that its editing is finished."""
        self._change(threads=self._threads.value())
        super().done(result)

    def _lay_out(self) -> None:
        close = QPushButton(self.tr("Close"), self)
        close.setObjectName("close")
        close.setAutoDefault(False)
        close.clicked.connect(self.close)
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 10, 16, 12)
        foot.addStretch(1)
        foot.addWidget(close)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self._stack, 1)
        right.addWidget(_hairline(self, is_upright=False))
        right.addLayout(foot)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._pages)
        row.addWidget(_hairline(self, is_upright=True))
        row.addLayout(right, 1)
        QWidget.setTabOrder(self._pages, self._stack)

    def _add_page(self, page: Page) -> None:
        item = QListWidgetItem(page.title, self._pages)
        item.setSizeHint(QSize(0, 32))
        self._names.append(page.name)
        self._icons.append(page.icon)
        self._stack.addWidget(page.widget)

    def _draw_icons(self) -> None:
        for row, name in enumerate(self._icons):
            self._pages.item(row).setIcon(icon(name))

    def _general(self, most_threads: int, text_trouble: str) -> Page:
        form = _form()
        self._add_looks(form)
        self._add_work(form, most_threads)
        self._add_text(form, text_trouble)
        return Page("general", self.tr("General"), "settings", _page(form))

    def _add_looks(self, form: QFormLayout) -> None:
        _section(form, self.tr("Looks"))
        scheme = QComboBox(self)
        for name, text in (
            ("system", self.tr("As the system")),
            ("light", self.tr("Light")),
            ("dark", self.tr("Dark")),
        ):
            scheme.addItem(text, name)
        scheme.setCurrentIndex(max(0, scheme.findData(self._settings.theme)))
        scheme.setObjectName("theme")
        scheme.currentIndexChanged.connect(lambda: self._change(theme=scheme.currentData()))
        scheme.setMinimumWidth(200)
        form.addRow(self.tr("Appearance"), scheme)

    def _add_work(self, form: QFormLayout, most_threads: int) -> None:
        _section(form, self.tr("Background work"))
        battery = QCheckBox(self.tr("Not while on battery"), self)
        battery.setObjectName("not_on_battery")
        battery.setChecked(self._settings.not_on_battery)
        battery.toggled.connect(lambda on: self._change(not_on_battery=on))
        idle = QCheckBox(self.tr("Only while nobody is using Oriel"), self)
        idle.setObjectName("only_when_idle")
        idle.setChecked(self._settings.only_when_idle)
        idle.toggled.connect(lambda on: self._change(only_when_idle=on))
        threads = QSpinBox(self)
        threads.setObjectName("threads")
        threads.setRange(0, most_threads)
        threads.setSpecialValueText(self.tr("Automatic ({n})").format(n=most_threads))
        threads.setValue(min(self._settings.threads, most_threads))
        threads.editingFinished.connect(lambda: self._change(threads=threads.value()))
        self._threads = threads
        threads.setFixedWidth(160)
        threads.lineEdit().setTextMargins(7, 0, 0, 0)
        form.addRow("", battery)
        form.addRow("", idle)
        form.addRow(self.tr("Processor threads"), threads)

    def _add_text(self, form: QFormLayout, trouble: str) -> None:
        _section(form, self.tr("Text in pictures"))
        reads = QCheckBox(self.tr("Read the text in pictures"), self)
        reads.setObjectName("reads_text")
        reads.setChecked(self._settings.reads_text)
        reads.setEnabled(not trouble or self._settings.reads_text)
        reads.toggled.connect(lambda on: self._change(reads_text=on))
        can = self.tr(
            "In print: Latin letters, Chinese, Japanese. Takes up to a few seconds for a picture with text, in the"
            " background, screenshots and documents first."
        )
        told = quiet_label(trouble or can)
        told.setObjectName("reads_text_told")
        told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        told.setAlignment(Qt.AlignmentFlag.AlignTop)
        form.addRow("", reads)
        form.addRow("", told)

    def _library(self, library_root: Path) -> Page:
        form = _form()
        _section(form, self.tr("Library"))
        place = quiet_label(str(library_root))
        place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._thumbnails = quiet_label("…")
        self._thumbnails.setObjectName("thumbnails_size")
        form.addRow(self.tr("Place"), place)
        form.addRow(self.tr("Thumbnails"), self._thumbnails)
        left_out = QPushButton(self.tr("What is left out…"), self)
        left_out.setObjectName("left_out")
        left_out.setAutoDefault(False)
        left_out.clicked.connect(lambda _: self.left_out_requested.emit())
        form.addRow("", left_out)
        left_out.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        forget = QPushButton(self.tr("Forget what was searched for"), self)
        forget.setObjectName("forget_asked")
        forget.setAutoDefault(False)
        forget.setToolTip(self.tr("Searches that you saved stay."))
        forget.clicked.connect(lambda _: self._forget_asked(forget))
        forget.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        form.addRow(self.tr("Search history"), forget)
        return Page("library", self.tr("Library"), "images", _page(form))

    def _forget_asked(self, button: QPushButton) -> None:
        self.forget_asked_requested.emit()
        button.setText(self.tr("Forgotten"))
        button.setEnabled(False)

    def _change(self, **changed: object) -> None:
        settings = replace(self._settings, **changed)  # type: ignore[arg-type]
        if settings != self._settings:
            self._settings = settings
            self.settings_changed.emit(changed)


def _form() -> QFormLayout:
    form = QFormLayout()
    form.setHorizontalSpacing(18)
    form.setVerticalSpacing(10)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
    return form


def _page(form: QFormLayout) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(24, 20, 24, 20)
    column.addLayout(form)
    column.addStretch(1)
    return page


def _section(form: QFormLayout, text: str) -> None:
    title = heading_label(text)
    title.setContentsMargins(0, 8 if form.rowCount() else 0, 0, 0)
    form.addRow(title)


def _hairline(parent: QWidget, *, is_upright: bool) -> QFrame:
    line = QFrame(parent)
    line.setObjectName("upright" if is_upright else "level")
    line.setProperty("role", "hairline")
    if is_upright:
        line.setFixedWidth(1)
    else:
        line.setFixedHeight(1)
    return line
