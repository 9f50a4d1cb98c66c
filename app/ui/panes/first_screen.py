"""What stands where photos would be: the first screen of an empty library, and what to do when nothing matches."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.ui import wording
from app.ui.parts.model_offer import ModelOffer
from app.ui.theme import colour, font, picture, theme

_WIDTH_PX = 560
_SAMPLES = ("two dogs running on a beach", "birthday cake", "snow and mountains")


class FirstScreen(QWidget):
    """A large drop area, a button, and the system's own folder of pictures."""

    add_folder_requested = Signal()
    folder_suggested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._area = _DropArea(self)
        self.offer = ModelOffer(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.addStretch(1)
        column.addLayout(_in_the_middle(self._area))
        column.addSpacing(20)
        column.addLayout(_in_the_middle(self.offer))
        column.addStretch(1)
        inner = QVBoxLayout(self._area)
        inner.setContentsMargins(24, 44, 24, 36)
        inner.setSpacing(8)
        self._mark = QLabel(self._area)
        inner.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignHCenter)
        inner.addSpacing(8)
        inner.addWidget(_label(self.tr("Drop folders of photos here"), "title"))
        inner.addWidget(
            _label(self.tr("Nothing leaves this computer. Your files are never moved or changed."), "quiet")
        )
        inner.addSpacing(14)
        inner.addLayout(self._make_buttons())
        theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        add = QPushButton(self.tr("Add folder…"), self)
        add.setObjectName("first_add_folder")
        add.setProperty("role", "primary")
        add.clicked.connect(self.add_folder_requested)
        row.addStretch(1)
        row.addWidget(add)
        pictures = _pictures_folder()
        if pictures is not None:
            suggested = QPushButton(self.tr("Add “{name}”").format(name=pictures.name), self)
            suggested.setToolTip(wording.tooltip(str(pictures)))
            suggested.clicked.connect(lambda: self.folder_suggested.emit(pictures))
            row.addWidget(suggested)
        row.addStretch(1)
        return row

    def set_dragging(self, is_dragging: bool) -> None:
        """Light up while folders are held over the window."""
        self._area.set_dragging(is_dragging)

    def _on_theme_changed(self) -> None:
        self._mark.setPixmap(picture("mark", 52, "accent", ratio=self.devicePixelRatioF()))


class EmptyView(QWidget):
    """Nothing matches: says so, and what to try."""

    sample_chosen = Signal(str)
    reset_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = "image-off"
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addStretch(2)
        self._icon = QLabel(self)
        column.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(6)
        self._title = _label("", "heading")
        self._hint = _label("", "quiet")
        column.addWidget(self._title)
        column.addWidget(self._hint)
        column.addSpacing(10)
        self._samples = QWidget(self)
        row = QHBoxLayout(self._samples)
        row.addStretch(1)
        for sample in _SAMPLES:
            chip = QPushButton(sample, self._samples)
            chip.setProperty("role", "chip")
            chip.clicked.connect(lambda _=False, text=sample: self.sample_chosen.emit(text))
            row.addWidget(chip)
        row.addStretch(1)
        column.addWidget(self._samples)
        self._reset = QPushButton(self.tr("Show all photos"), self)
        self._reset.setProperty("role", "link")
        self._reset.clicked.connect(self.reset_requested)
        column.addWidget(self._reset, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        theme().changed.connect(self._on_theme_changed)

    def say(self, title: str, hint: str, *, icon: str = "image-off", has_samples: bool = False) -> None:
        self._title.setText(title)
        self._hint.setText(hint)
        self._icon_name = icon
        self._samples.setVisible(has_samples)
        self._on_theme_changed()

    def _on_theme_changed(self) -> None:
        self._icon.setPixmap(picture(self._icon_name, 36, "text_3", ratio=self.devicePixelRatioF()))


class _DropArea(QFrame):
    """A dashed outline that turns to the accent colour while something is held over it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._is_dragging = False

    def set_dragging(self, is_dragging: bool) -> None:
        self._is_dragging = is_dragging
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(colour("accent" if self._is_dragging else "hairline"), 2, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(colour("accent", 0.06) if self._is_dragging else colour("panel"))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(1, 1, -1, -1), 14, 14)


def _in_the_middle(widget: QWidget) -> QHBoxLayout:
    """As wide as it may be, where there is room."""
    widget.setMaximumWidth(_WIDTH_PX)
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(widget, _WIDTH_PX)
    row.addStretch(1)
    return row


def _label(text: str, role: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setProperty("role", role)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    if role == "title":
        label.setFont(font("title"))
    return label


def _pictures_folder() -> Path | None:
    """The system's folder of pictures, where it is there and is not simply the home folder."""
    found = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    folder = Path(found) if found else None
    return folder if folder is not None and folder.is_dir() and folder != Path.home() else None
