"""The small pieces of the information panel: preview, stars, heart, tags that flow, a strip of thumbnails."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QToolButton, QWidget

from app.core.types import PhotoId, Tag
from app.ui.theme import colour, font, keep_icon, picture, theme

_MOST_STARS = 5
_STAR_PX = 16
_STAR_STEP_PX = 20


def caught_escape(event: QEvent) -> bool:
    """Whether this is Esc about to become the window's shortcut; a field that is being edited takes it."""
    is_escape = (
        event.type() == QEvent.Type.ShortcutOverride
        and isinstance(event, QKeyEvent)
        and event.key() == Qt.Key.Key_Escape
    )
    if is_escape:
        event.accept()
    return is_escape


class PicturePane(QWidget):
    """One picture with round corners, as wide as there is room and not higher than allowed."""

    activated = Signal()

    def __init__(self, highest_px: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._highest_px = highest_px
        self._aspect = 4 / 3
        self._image: QImage | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(self.tr("Preview"))

    def set_aspect(self, aspect: float) -> None:
        if abs(aspect - self._aspect) > 0.001:
            self._aspect = aspect
            self.updateGeometry()

    def show_image(self, image: QImage | None) -> None:
        self._image = image
        if image is not None and image.height():
            self.set_aspect(image.width() / image.height())
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return min(self._highest_px, max(60, round(width / self._aspect)))

    def sizeHint(self) -> QSize:
        width = max(200, self.width())
        return QSize(width, self.heightForWidth(width))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.activated.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        height = min(self.height(), round(self.width() / self._aspect))
        width = min(self.width(), round(height * self._aspect))
        place = QRect((self.width() - width) // 2, (self.height() - height) // 2, width, height)
        _paint_rounded(painter, place, self._image, 6, self.devicePixelRatioF())


class Stars(QWidget):
    """A rating of 0 to 5; a click on the present rating takes it away."""

    rated = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rating = 0
        self._hovered = 0
        self.setFixedSize(_STAR_STEP_PX * _MOST_STARS, 24)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        theme().changed.connect(self.update)
        self.set_rating(0)

    def set_rating(self, rating: int) -> None:
        self._rating = rating
        self.setAccessibleName(self.tr("Rating: {n} of 5").format(n=rating))
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hovered = self._star_at(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = 0
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            star = self._star_at(event)
            self.rated.emit(0 if star == self._rating else star)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        elif 0 <= self._rating + step <= _MOST_STARS:
            self.rated.emit(self._rating + step)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        for star in range(_MOST_STARS):
            is_on = star < (self._hovered or self._rating)
            token = "text_2" if is_on else "text_3"
            drawn = picture("star", _STAR_PX, token, ratio=ratio, is_filled=is_on)
            painter.drawPixmap(star * _STAR_STEP_PX, 4, drawn)
        if self.hasFocus():
            painter.setPen(QPen(colour("accent"), 1))
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 4, 4)

    @staticmethod
    def _star_at(event: QMouseEvent) -> int:
        return min(_MOST_STARS, max(1, int(event.position().x()) // _STAR_STEP_PX + 1))


class HeartButton(QToolButton):
    """Favourite or not."""

    toggled_by_person = Signal(bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._is_on: bool | None = None
        self.setFixedSize(28, 28)
        self.setObjectName("favourite_button")
        self.clicked.connect(lambda: self.toggled_by_person.emit(not self._is_on))
        self.set_on(False)

    def set_on(self, is_on: bool) -> None:
        if is_on != self._is_on:
            self._is_on = is_on
            keep_icon(self, "heart", size_px=16, colour="text_2", is_filled=is_on)
            self.setAccessibleName(self.tr("Favourite: yes") if is_on else self.tr("Favourite: no"))
            self.setToolTip(self.tr("Favourite (F)"))


class TagChip(QWidget):
    """One tag: a click looks for it, its cross (shown under the mouse) or Del takes it away."""

    removed = Signal(str)
    chosen = Signal(str)

    def __init__(self, tag: Tag, parent: QWidget) -> None:
        super().__init__(parent)
        self._tag = tag
        self._is_hovered = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setFixedHeight(24)
        self.setFixedWidth(self._width())
        self.setToolTip(self._told())
        self.setAccessibleName(self._told())

    def _told(self) -> str:
        if self._tag.confidence is None:
            return self.tr("Tag {name}").format(name=self._tag.name)
        percent = round(self._tag.confidence * 100)
        return self.tr("Tag {name}, found by Oriel, {n} % sure").format(name=self._tag.name, n=percent)

    @property
    def _percent(self) -> str:
        return "" if self._tag.confidence is None else str(round(self._tag.confidence * 100))

    def _width(self) -> int:
        metrics, small = self.fontMetrics(), font("small")
        percent = metrics.horizontalAdvance(self._percent) if self._percent else 0
        del small
        return min(250, 18 + metrics.horizontalAdvance(self._tag.name) + (percent + 4 if percent else 0))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self._tag.is_machine:
            pen = QPen(colour("accent" if self.hasFocus() else "text_3", 1.0 if self.hasFocus() else 0.6), 1)
            pen.setDashPattern([3, 3])
            painter.setPen(pen)
        else:
            painter.setPen(QPen(colour("accent" if self.hasFocus() else "chip"), 1))
            painter.setBrush(colour("chip"))
        painter.drawRoundedRect(frame, 6, 6)
        self._paint_text(painter)
        if self._is_hovered or self.hasFocus():
            self._paint_cross(painter)

    def _paint_text(self, painter: QPainter) -> None:
        painter.setFont(font("body"))
        painter.setPen(colour("text_2" if self._tag.is_machine else "text_1"))
        metrics = painter.fontMetrics()
        small_px = metrics.horizontalAdvance(self._percent) + 4 if self._percent else 0
        name = metrics.elidedText(self._tag.name, Qt.TextElideMode.ElideRight, self.width() - 17 - small_px)
        painter.drawText(self.rect().adjusted(8, 0, 0, -1), Qt.AlignmentFlag.AlignVCenter, name)
        if self._percent:
            painter.setFont(font("small"))
            painter.setPen(colour("text_3"))
            left = 8 + metrics.horizontalAdvance(name) + 5
            painter.drawText(self.rect().adjusted(left, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self._percent)

    def _paint_cross(self, painter: QPainter) -> None:
        place = self._cross()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("selected"))
        painter.drawEllipse(place)
        drawn = picture("x", 10, "text_1", ratio=self.devicePixelRatioF())
        painter.drawPixmap(place.left() + 3, place.top() + 3, drawn)

    def _cross(self) -> QRect:
        return QRect(self.width() - 19, 4, 16, 16)

    def enterEvent(self, event: QEvent) -> None:
        self._is_hovered = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._is_hovered = False
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._cross().contains(event.position().toPoint()):
            self.removed.emit(self._tag.name)
        else:
            self.chosen.emit(self._tag.name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(self._tag.name)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self._tag.name)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Delete
        ):
            event.accept()  # else Del would mean the photo
            return True
        return super().event(event)


class Strip(QWidget):
    """A few small thumbnails in one line."""

    activated = Signal(int)
    _GAP_PX, _HEIGHT_PX = 6, 46
    MOST = 4

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ids: list[PhotoId] = []
        self._images: dict[PhotoId, QImage] = {}
        self._current = 0
        self.setFixedHeight(self._HEIGHT_PX)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(self.tr("Similar photos"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_ids(self, ids: Sequence[PhotoId]) -> None:
        self._ids = list(ids[: self.MOST])
        self._images = {photo_id: image for photo_id, image in self._images.items() if photo_id in self._ids}
        self._current = 0
        self.update()

    def set_image(self, photo_id: PhotoId, image: QImage) -> None:
        if photo_id in self._ids:
            self._images[photo_id] = image
            self.update()

    def _place(self, at: int) -> QRect:
        step = (self.width() + self._GAP_PX) / self.MOST
        return QRect(round(at * step), 0, round(step - self._GAP_PX), self._HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for at, photo_id in enumerate(self._ids):
            _paint_rounded(painter, self._place(at), self._images.get(photo_id), 4, self.devicePixelRatioF())
        if self.hasFocus() and self._ids:
            painter.setClipping(False)
            painter.setPen(QPen(colour("accent"), 2))
            painter.drawRoundedRect(self._place(self._current).adjusted(1, 1, -1, -1), 4, 4)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        for at, photo_id in enumerate(self._ids):
            if event.button() == Qt.MouseButton.LeftButton and self._place(at).contains(event.position().toPoint()):
                self.activated.emit(photo_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = 1 if event.key() == Qt.Key.Key_Right else -1
            self._current = min(max(self._current + step, 0), len(self._ids) - 1)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._ids:
            self.activated.emit(self._ids[self._current])
        else:
            super().keyPressEvent(event)


class Flow(QLayout):
    """Lays widgets out in lines, as words in a paragraph."""

    def __init__(self, parent: QWidget, *, spacing_px: int) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._spacing_px = spacing_px
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)
        self.invalidate()  # Qt asks again where things stand only when told to

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), is_moving=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, is_moving=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _arrange(self, rect: QRect, *, is_moving: bool) -> int:
        x, y, line_px = rect.x(), rect.y(), 0
        for item in self._items:
            hint = item.sizeHint()
            if x > rect.x() and x + hint.width() > rect.right() + 1:
                x, y, line_px = rect.x(), y + line_px + self._spacing_px, 0
            if is_moving:
                item.setGeometry(QRect(QPoint(x, y), hint))
            x += hint.width() + self._spacing_px
            line_px = max(line_px, hint.height())
        return y + line_px - rect.y()


def _paint_rounded(painter: QPainter, place: QRect, image: QImage | None, radius_px: int, ratio: float) -> None:
    """Fill ``place`` with the middle of the image, or with the placeholder's colour while there is none."""
    path = QPainterPath()
    path.addRoundedRect(QRectF(place), radius_px, radius_px)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    if image is None or image.isNull():
        painter.fillPath(path, colour("placeholder"))
        return
    painter.save()
    painter.setClipPath(path)
    size = place.size() * ratio
    filled = image.scaled(
        size, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )
    left, top = (filled.width() - size.width()) // 2, (filled.height() - size.height()) // 2
    painter.drawImage(place, filled, QRect(left, top, size.width(), size.height()))
    painter.restore()
