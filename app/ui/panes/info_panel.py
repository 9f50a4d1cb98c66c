"""The right column: everything about the selected photo, with caption, tags, rating and favourite to change."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QCompleter,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.core.types import Kind, Photo, PhotoId, TextLine
from app.ui import wording
from app.ui.parts.info_widgets import Flow, HeartButton, PicturePane, Stars, Strip, TagChip, caught_escape
from app.ui.theme import colour, font, theme

WIDTH_PX = 304
_MARGIN_PX = 16
_HIGHEST_PREVIEW_PX = 300


class InfoPanel(QScrollArea):
    """Shows one photo, or how many are selected. Tells what a person changes; changes nothing itself."""

    rating_changed = Signal(int)
    favourite_changed = Signal(bool)
    caption_changed = Signal(str)
    caption_asked = Signal()
    """A model shall describe the selected photos now."""
    tag_added = Signal(str)
    tag_removed = Signal(str)
    tag_chosen = Signal(str)
    folder_chosen = Signal(object)
    similar_activated = Signal(int)
    preview_activated = Signal()
    editing_left = Signal()
    """A caption or a tag was being written, and a key has ended that: the keys are the photos' again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(240)
        self.setAccessibleName(self.tr("Information"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._photo: Photo | None = None
        self._count = 0
        self._pages = QWidget(self)
        self._pages.setProperty("role", "panel")
        self._pages.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWidget(self._pages)
        self._nothing = QLabel(self.tr("Select a photo to see what is known about it."), self)
        self._nothing.setProperty("role", "quiet")
        self._nothing.setWordWrap(True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setContentsMargins(24, 0, 24, 0)
        self._body = QWidget(self)
        pages = QVBoxLayout(self._pages)  # not a stack, which is as high as its highest page
        pages.setContentsMargins(0, 0, 0, 0)
        pages.addWidget(self._nothing, 1)
        pages.addWidget(self._body, 1)
        self._make_body()
        self._turn_to(self._nothing)

    def _turn_to(self, page: QWidget) -> None:
        """A page that is not seen takes no room, so that nothing scrolls below the one that is."""
        for each in (self._nothing, self._body):
            each.setVisible(each is page)

    def _make_body(self) -> None:
        column = QVBoxLayout(self._body)
        column.setContentsMargins(_MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
        column.setSpacing(0)
        self._preview = PicturePane(_HIGHEST_PREVIEW_PX, self._body)
        self._preview.activated.connect(self.preview_activated)
        self._name = QLabel(self._body)
        self._name.setProperty("role", "heading")
        self._name.setFont(font("heading"))
        self._name.setWordWrap(True)
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._caption = _Caption(self._body)
        self._caption.changed.connect(self.caption_changed)
        self._caption.asked.connect(self.caption_asked)
        self._caption.left.connect(self.editing_left)
        self._stars = Stars(self._body)
        self._stars.rated.connect(self.rating_changed)
        self._heart = HeartButton(self._body)
        self._heart.toggled_by_person.connect(self.favourite_changed)
        judging = QHBoxLayout()
        judging.addWidget(self._stars)
        judging.addStretch(1)
        judging.addWidget(self._heart)
        for widget, gap in ((self._preview, 14), (self._name, 2), (self._caption, 12)):
            column.addWidget(widget)
            column.addSpacing(gap)
        column.addLayout(judging)
        self._tags = _Tags(self._body)
        self._tags.added.connect(self.tag_added)
        self._tags.removed.connect(self.tag_removed)
        self._tags.chosen.connect(self.tag_chosen)
        self._tags.left.connect(self.editing_left)
        self._details = _Details(self._body)
        self._details.folder_chosen.connect(lambda: self.folder_chosen.emit(self._photo))
        self._text = _PictureText(self._body)
        self._similar = Strip(self._body)
        self._similar.activated.connect(self.similar_activated)
        self._text_section = _section(self.tr("Text in the photo"), self._text, self._body)
        self._similar_section = _section(self.tr("Similar"), self._similar, self._body)
        for section in (
            _section(self.tr("Tags"), self._tags, self._body),
            _section(self.tr("Details"), self._details, self._body),
            self._text_section,
            self._similar_section,
        ):
            column.addWidget(section)
        column.addStretch(1)

    # What is shown

    @property
    def photo(self) -> Photo | None:
        return self._photo

    def show_photo(self, photo: Photo | None, *, selected: int = 1, can_caption: bool = False) -> None:
        """Show a photo; of several selected ones it is the current. None: nothing is selected.

        ``can_caption``: a model can be asked for a caption.
        """
        is_other = photo is None or self._photo is None or photo.photo_id != self._photo.photo_id
        if is_other:
            self._caption.give_up()
            self._preview.show_image(None)
            self.show_similar([])
        self._photo, self._count = photo, selected
        self._turn_to(self._nothing if photo is None else self._body)
        if photo is None:
            return
        if photo.width_px and photo.height_px:
            self._preview.set_aspect(photo.width_px / photo.height_px)
        self._name.setText(photo.name if selected <= 1 else self.tr("{n} selected").format(n=wording.number(selected)))
        self._name.setToolTip(wording.tooltip(str(photo.path)))
        self._caption.show_photo(photo, can_caption=can_caption and photo.failure is None)
        self._stars.set_rating(photo.rating)
        self._heart.set_on(photo.is_favourite)
        self._tags.show_tags(photo)
        self._details.show_photo(photo)
        self._text_section.setVisible(bool(photo.text))
        self._text.show_lines(photo.text)

    def set_preview(self, image: QImage) -> None:
        self._preview.show_image(image)

    def show_similar(self, ids: Sequence[PhotoId]) -> None:
        """Photos like this one; their pictures come through ``set_similar_image``."""
        self._similar.show_ids(ids)
        self._similar_section.setVisible(bool(ids))

    def set_similar_image(self, photo_id: PhotoId, image: QImage) -> None:
        self._similar.set_image(photo_id, image)

    def set_known_tags(self, names: Sequence[str]) -> None:
        """What the tag field completes to."""
        self._tags.set_known(names)

    def edit_caption(self) -> None:
        if self._photo is not None:
            self._caption.begin()

    def keep_edited(self) -> None:
        """A caption that is being written is kept as it is."""
        self._caption.give_up()

    def add_tag(self) -> None:
        if self._photo is not None:
            self._tags.begin()


class _Caption(QWidget):
    """The caption, and who wrote it; a click or "edit" turns it into a text field."""

    changed = Signal(str)
    asked = Signal()
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._written = ""
        self._asked_for: PhotoId | None = None
        self._photo_id: PhotoId | None = None
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._by = QLabel(self)
        self._by.setProperty("role", "faint")
        self._by.setFont(font("small"))
        self._by.linkActivated.connect(self._on_link)
        self._by.setWordWrap(True)
        self._by.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._by.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self._edit = _CaptionEdit(self)
        self._edit.finished.connect(self._on_finished)
        self._edit.left.connect(self.left)
        self._edit.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (self._text, self._edit, self._by):
            column.addWidget(widget)
        self._origin = ("", "")
        self._can_ask = False
        theme().changed.connect(self._show_origin)

    def show_photo(self, photo: Photo, *, can_caption: bool) -> None:
        self._photo_id = photo.photo_id
        self._written = photo.caption or ""
        self._text.setText(self._written)
        self._text.setVisible(bool(self._written) and self._edit.isHidden())
        self._can_ask = can_caption and not self._written
        if not self._written:
            self._origin = ("", self.tr("Add a caption"))
        elif photo.caption_model is not None:
            self._origin = (self.tr("described by {model}").format(model=photo.caption_model), self.tr("edit"))
        else:
            self._origin = ("", self.tr("edit"))
        self._show_origin()

    def _show_origin(self) -> None:
        by, link = self._origin
        parts = [by, _anchor("edit", link)]
        if self._can_ask and self._asked_for == self._photo_id:
            parts.append(self.tr("a model was asked for one"))
        elif self._can_ask:
            parts.append(_anchor("ask", self.tr("Caption now")))
        self._by.setText(" · ".join(filter(None, parts)))

    def _on_link(self, link: str) -> None:
        if link == "edit":
            self.begin()
            return
        self._asked_for = self._photo_id
        self._show_origin()
        self.asked.emit()

    def begin(self) -> None:
        self._edit.setPlainText(self._written)
        self._text.hide()
        self._by.hide()
        self._edit.show()
        self._edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self._edit.selectAll()

    def give_up(self) -> None:
        """Another photo comes, or the window closes: what was being written is kept for the one before."""
        if not self._edit.isHidden():
            self._edit.finish(is_kept=True)

    def _on_finished(self, is_kept: bool) -> None:
        text = self._edit.toPlainText().strip()
        self._edit.hide()
        self._by.show()
        self._text.setVisible(bool(self._written))
        if is_kept and text != self._written:
            self.changed.emit(text)


def _anchor(name: str, text: str) -> str:
    return f'<a href="{name}" style="color:{colour("text_2").name()}; text-decoration:none">{text}</a>'


class _CaptionEdit(QPlainTextEdit):
    """Enter keeps, Esc does not, leaving keeps."""

    finished = Signal(bool)
    left = Signal()
    """By a key; it is hidden by then."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Caption"))
        self.setPlaceholderText(self.tr("What does the photo show?"))
        self.setTabChangesFocus(True)
        self.setAcceptDrops(False)  # files dropped here are meant for the window
        self.setFixedHeight(76)
        self._is_finished = True

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._is_finished = False

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.finish(is_kept=True)

    def event(self, event: QEvent) -> bool:
        return caught_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_kept = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers()
        if is_kept or event.key() == Qt.Key.Key_Escape:
            self.finish(is_kept=is_kept)
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def finish(self, *, is_kept: bool) -> None:
        """Once: hiding takes the focus away, which would finish again."""
        if not self._is_finished:
            self._is_finished = True
            self.finished.emit(is_kept)


class _Tags(QWidget):
    """A person's tags solid, a machine's dashed with their confidence, and a field for a new one."""

    added = Signal(str)
    removed = Signal(str)
    chosen = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._flow = Flow(self, spacing_px=6)
        self._chips: list[TagChip] = []
        self._names = QStringListModel(self)
        self._edit = _TagEdit(self._names, self)
        self._edit.setFont(font("body"))
        self._edit.entered.connect(self._on_entered)
        self._edit.left.connect(self.left)
        self._flow.addWidget(self._edit)

    def set_known(self, names: Sequence[str]) -> None:
        self._names.setStringList(list(names))

    def show_tags(self, photo: Photo) -> None:
        for chip in self._chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._flow.removeWidget(self._edit)
        self._chips = [TagChip(tag, self) for tag in photo.tags]
        for chip in self._chips:
            chip.removed.connect(self.removed)
            chip.chosen.connect(self.chosen)
            self._flow.addWidget(chip)
            chip.show()
        self._flow.addWidget(self._edit)

    def begin(self) -> None:
        self._edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_entered(self, name: str) -> None:
        self._edit.clear()
        self.added.emit(name)


class _TagEdit(QLineEdit):
    """Looks like "+ Add" until it is used."""

    entered = Signal(str)
    left = Signal()

    def __init__(self, names: QStringListModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(QSize(84, 24))
        self.setMaxLength(80)
        self.setAcceptDrops(False)
        self.setPlaceholderText(self.tr("+ Add"))
        self.setAccessibleName(self.tr("Add a tag"))
        self.setStyleSheet(
            "QLineEdit { background: transparent; border: 1px solid transparent; border-radius: 6px;"
            " padding: 0 6px; min-height: 22px; }"
            "QLineEdit:focus { border-color: palette(highlight); }"
        )
        completer = QCompleter(names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setMaxVisibleItems(8)
        self.setCompleter(completer)
        self.returnPressed.connect(self._on_return)

    def event(self, event: QEvent) -> bool:
        return caught_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.clearFocus()
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.setFixedWidth(150)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.setFixedWidth(84)

    def _on_return(self) -> None:
        name = self.text().strip()
        if name:
            self.entered.emit(name)


class _Details(QWidget):
    """Facts in two columns; rows without a fact are not there."""

    folder_chosen = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(8)
        self._form.setVerticalSpacing(6)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._values: dict[str, QLabel] = {}
        for key, text in (
            ("problem", self.tr("Problem")),
            ("taken", self.tr("Taken")),
            ("file_date", self.tr("File date")),
            ("place", self.tr("Place")),
            ("camera", self.tr("Camera")),
            ("lens", self.tr("Lens")),
            ("exposure", self.tr("Exposure")),
            ("length", self.tr("Length")),
            ("kind", self.tr("Kind")),
            ("size", self.tr("Size")),
            ("folder", self.tr("Folder")),
            ("files", self.tr("Files")),
        ):
            self._add(key, text)
        self._values["folder"].linkActivated.connect(lambda _: self.folder_chosen.emit())
        self._folder: Path | None = None
        theme().changed.connect(self._show_folder)

    def _add(self, key: str, text: str) -> None:
        name, value = QLabel(text, self), QLabel(self)
        name.setProperty("role", "faint")
        small = font("body")
        small.setPixelSize(12)
        name.setFont(small)
        name.setMinimumWidth(62)
        value.setFont(small)
        value.setWordWrap(True)
        policy = value.sizePolicy()  # changed, not replaced: word wrap has set height-for-width in it
        policy.setHorizontalPolicy(QSizePolicy.Policy.Expanding)
        value.setSizePolicy(policy)
        value.setTextFormat(Qt.TextFormat.RichText if key == "folder" else Qt.TextFormat.PlainText)
        value.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.LinksAccessibleByMouse
        )
        self._values[key] = value
        self._form.addRow(name, value)

    def show_photo(self, photo: Photo) -> None:
        is_date_of_file = wording.is_date_of_file(photo)
        facts = {
            "problem": _problem(photo),
            "taken": "" if is_date_of_file else wording.taken(photo),
            "file_date": wording.moment(photo.taken_at) if is_date_of_file else "",
            "place": wording.place(photo.place) if photo.place else "",
            "camera": wording.camera(photo.metadata),
            "lens": photo.metadata.lens or "",
            "exposure": wording.exposure(photo.metadata),
            "length": wording.length(photo.duration_s) if photo.duration_s else "",
            "kind": wording.kind(photo.kind) if photo.kind not in (Kind.PHOTO, Kind.VIDEO) else "",
            "size": wording.dimensions(photo),
            "folder": _folder_link(photo.path.parent),
            "files": _files(photo),
        }
        self._folder = photo.path.parent
        for key, label in self._values.items():
            label.setText(facts[key])
            self._form.setRowVisible(label, bool(facts[key]))
        self._values["folder"].setToolTip(wording.tooltip(str(photo.path)))
        self._fit_heights()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_heights()

    def _show_folder(self) -> None:
        """A link has its colour written into it."""
        if self._folder is not None:
            self._values["folder"].setText(_folder_link(self._folder))

    def _fit_heights(self) -> None:
        """A form layout inside a scroll area gives wrapped text the height of one line unless it is told."""
        for label in self._values.values():
            label.setMinimumHeight(0)  # else it never asks for less than the last photo's
            label.setMinimumHeight(max(0, label.heightForWidth(max(100, label.width()))))


class _PictureText(QLabel):
    """What stands in the picture, to select and copy; the beginning of what is long."""

    _MOST_CHARACTERS = 3_000
    """Of more, laying it out takes longer than a frame may; "Copy text" takes all."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("picture_text")
        self.setAccessibleName(self.tr("Text in the photo"))
        self.setWordWrap(True)
        self.setFont(font("body"))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )

    def show_lines(self, lines: Sequence[TextLine]) -> None:
        text = wording.picture_text(lines)
        is_long = len(text) > self._MOST_CHARACTERS
        self.setText(f"{text[: self._MOST_CHARACTERS]}…" if is_long else text)
        self.setVisible(bool(text))


def _folder_link(folder: Path) -> str:
    style = f"color:{colour('text_1').name()}; text-decoration:none"
    return f'<a href="folder" style="{style}">{html.escape(" / ".join(folder.parts[-2:]))}</a>'


def _files(photo: Photo) -> str:
    """All files of a photo that has several, a line each."""
    if len(photo.files) < 2:
        return ""
    told = ((file.path.name, wording.role(file.role)) for file in photo.files)
    return "\n".join(f"{name} ({what})" if what else name for name, what in told)


def _problem(photo: Photo) -> str:
    if photo.is_offline:
        return wording.offline()
    return wording.reason(photo.failure) if photo.failure is not None else ""


def _section(text: str, content: QWidget, parent: QWidget) -> QWidget:
    """A part of the panel under its name; hidden, it takes no room."""
    section = QWidget(parent)
    label = QLabel(text, section)
    label.setProperty("role", "section")
    label.setFont(font("section"))
    column = QVBoxLayout(section)
    column.setContentsMargins(0, 18, 0, 0)
    column.setSpacing(8)
    column.addWidget(label)
    column.addWidget(content)
    return section
