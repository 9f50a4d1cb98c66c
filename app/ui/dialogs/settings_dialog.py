"""The settings: looks, background work, models, and where the library lies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.settings import Settings
from app.ui import wording
from app.ui.theme import font

CheckFolder = Callable[[str], str]
"""Says in a sentence why a folder holds no model of the wanted kind; "" if it does or is not chosen."""


class SettingsDialog(QDialog):
    """Shows Settings and tells changed ones at once; models are checked before they are told."""

    settings_changed = Signal(object)
    left_out_requested = Signal()

    def __init__(
        self,
        settings: Settings,
        *,
        library_root: Path,
        device_text: str,
        most_threads: int,
        check_embedder: CheckFolder,
        check_captioner: CheckFolder,
        text_trouble: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Fill it in; ``text_trouble`` says why text in pictures can't be read here, "" where it can."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(640)
        self._settings = settings
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(18)
        self._form.setVerticalSpacing(10)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        self._add_looks()
        self._add_work(most_threads)
        self._add_models(device_text, check_embedder, check_captioner)
        self._add_text(text_trouble)
        self._add_places(library_root)
        close = QPushButton(self.tr("Close"), self)
        close.setAutoDefault(False)
        close.clicked.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(18)
        layout.addLayout(self._form)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)

    def set_thumbnails_size(self, size_bytes: int) -> None:
        self._thumbnails.setText(wording.size(size_bytes))

    def done(self, result: int) -> None:
        """Esc ends the dialog before the field in hand has told that its editing is finished."""
        self._change(threads=self._threads.value())
        super().done(result)

    def _add_looks(self) -> None:
        self._section(self.tr("Looks"))
        theme = QComboBox(self)
        for name, text in (
            ("system", self.tr("As the system")),
            ("light", self.tr("Light")),
            ("dark", self.tr("Dark")),
        ):
            theme.addItem(text, name)
        theme.setCurrentIndex(max(0, theme.findData(self._settings.theme)))
        theme.setObjectName("theme")
        theme.currentIndexChanged.connect(lambda: self._change(theme=theme.currentData()))
        self._form.addRow(self.tr("Appearance"), theme)

    def _add_work(self, most_threads: int) -> None:
        self._section(self.tr("Background work"))
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
        self._form.addRow("", battery)
        self._form.addRow("", idle)
        self._form.addRow(self.tr("Processor threads"), threads)

    def _add_models(self, device_text: str, check_embedder: CheckFolder, check_captioner: CheckFolder) -> None:
        self._section(self.tr("Models"))
        self._form.addRow(self.tr("Runs on"), _quiet(device_text))
        search = _ModelFolder("embedder_folder", self._settings.embedder_folder, check_embedder, self)
        search.word(
            empty=self.tr("The starter model that ships with Oriel"),
            question=self.tr("Folder of a CLIP, SigLIP or VisionTextDualEncoder model"),
            without=self.tr("Use the starter"),
        )
        search.chosen.connect(lambda folder: self._change(embedder_folder=folder))
        search.resized.connect(self._make_room)
        self._form.addRow(self.tr("Search"), search)
        told = self.tr("Another model embeds all photos again; the old vectors stay on disk.")
        self._form.addRow("", _quiet(told))
        captions = _ModelFolder("captioner_folder", self._settings.captioner_folder, check_captioner, self)
        captions.word(
            empty=self.tr("No captions: choose the folder of a BLIP model"),
            question=self.tr("Folder of a BLIP model"),
            without=self.tr("No captions"),
        )
        captions.chosen.connect(lambda folder: self._change(captioner_folder=folder))
        captions.resized.connect(self._make_room)
        self._form.addRow(self.tr("Captions"), captions)

    def _add_text(self, trouble: str) -> None:
        reads = QCheckBox(self.tr("Read the text in pictures"), self)
        reads.setObjectName("reads_text")
        reads.setChecked(self._settings.reads_text)
        reads.setEnabled(not trouble or self._settings.reads_text)
        reads.toggled.connect(lambda on: self._change(reads_text=on))
        can = self.tr(
            "In print: Latin letters, Chinese, Japanese. Takes up to a few seconds for a picture with text, in the"
            " background, screenshots and documents first."
        )
        told = _quiet(trouble or can)
        told.setObjectName("reads_text_told")
        told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._form.addRow(self.tr("Text"), reads)
        self._form.addRow("", told)

    def _make_room(self) -> None:
        """A dialog does not grow by itself with text that wraps."""
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        self.resize(self.width(), self.heightForWidth(self.width()))

    def _add_places(self, library_root: Path) -> None:
        self._section(self.tr("Library"))
        place = _quiet(str(library_root))
        place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._thumbnails = _quiet("…")
        self._thumbnails.setObjectName("thumbnails_size")
        self._form.addRow(self.tr("Place"), place)
        self._form.addRow(self.tr("Thumbnails"), self._thumbnails)
        left_out = QPushButton(self.tr("What is left out…"), self)
        left_out.setObjectName("left_out")
        left_out.setAutoDefault(False)
        left_out.clicked.connect(lambda _: self.left_out_requested.emit())
        self._form.addRow("", left_out)
        left_out.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def _section(self, text: str) -> None:
        title = QLabel(text, self)
        title.setProperty("role", "heading")
        title.setFont(font("heading"))
        title.setContentsMargins(0, 8 if self._form.rowCount() else 0, 0, 0)
        self._form.addRow(title)

    def _change(self, **changed: object) -> None:
        settings = replace(self._settings, **changed)  # type: ignore[arg-type]
        if settings != self._settings:
            self._settings = settings
            self.settings_changed.emit(settings)


class _ModelFolder(QWidget):
    """The folder of a model, checked before it is told; or none, which is the usual."""

    chosen = Signal(object)
    """The folder as a str, or None."""
    resized = Signal()
    """A problem has come or gone, and with it lines of text."""

    def __init__(self, name: str, folder: str | None, check: CheckFolder, parent: QWidget) -> None:
        super().__init__(parent)
        self._check = check
        self._question = ""
        self._edit = QLineEdit(folder or "", self)
        self._edit.setObjectName(name)
        self._edit.editingFinished.connect(self._on_entered)
        self._without = QPushButton(self)
        self._without.setObjectName(f"without_{name}")
        self._without.setAutoDefault(False)
        self._without.setVisible(bool(folder))
        self._without.clicked.connect(lambda: self._enter(""))
        choose = QPushButton(self.tr("Choose…"), self)
        choose.setAutoDefault(False)
        choose.clicked.connect(self._on_choose)
        self._problem = QLabel(self)
        self._problem.setObjectName(f"{name}_problem")
        self._problem.setTextFormat(Qt.TextFormat.PlainText)
        self._problem.setProperty("role", "danger")
        self._problem.setWordWrap(True)
        self._problem.hide()
        row = QHBoxLayout()
        for widget in (self._edit, self._without, choose):
            row.addWidget(widget, 1 if widget is self._edit else 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self._problem)

    def word(self, *, empty: str, question: str, without: str) -> None:
        """What stands in the empty field, over the choice of a folder, and on the button that empties the field."""
        self._edit.setPlaceholderText(empty)
        self._edit.setAccessibleName(question)
        self._question = question
        self._without.setText(without)

    def _on_choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self._question, self._edit.text())
        if folder:
            self._enter(folder)

    def _enter(self, folder: str) -> None:
        self._edit.setText(folder)
        self._on_entered()

    def _on_entered(self) -> None:
        folder = self._edit.text().strip()
        problem = self._check(folder) if folder else ""
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self._without.setVisible(bool(folder))
        self.resized.emit()
        if not problem:
            self.chosen.emit(folder or None)


def _quiet(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "quiet")
    label.setWordWrap(True)
    return label
