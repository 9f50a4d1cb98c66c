"""One photo in full: fits, zooms at the cursor, pans, and steps to its neighbours."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from enum import Enum

import numpy as np
from PySide6.QtCore import QLocale, QPoint, QPointF, QRectF, QSize, QSizeF, Qt, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.core.types import PhotoIds
from app.ui.parts.viewer_part import PartChoice
from app.ui.theme import colour, font, picture, theme

ZOOM_STEP = 1.25
MAX_ZOOM = 16.0
"""Device pixels per pixel of the photo."""
_LEAST_LEVEL_PX = 700
_KEPT_BYTES = 400 * 2**20
_SHOWN_MS = 1_800
_FADE_MS = 250
_EMPTY_SIZE = QSizeF(0, 0)
_MARKER = QColor(255, 214, 10, 90)
_MARKER_EDGE = QColor(176, 120, 0, 230)


class Fit(Enum):
    """How large the photo is shown."""

    WINDOW = "window"
    """As large as fits, but never above 100 %."""
    ACTUAL = "actual"
    """One pixel of the photo is one of the screen."""
    FREE = "free"


def picture_levels(image: QImage) -> list[QImage]:
    """A full picture and its halves, so that a small view of it is neither slow nor rough.

    Call it on the thread that decodes: for 24 megapixels it takes longer than a frame may.
    """
    levels = [image]
    while max(levels[-1].width(), levels[-1].height()) > 2 * _LEAST_LEVEL_PX:
        half = QSize(max(1, levels[-1].width() // 2), max(1, levels[-1].height() // 2))
        smooth = Qt.TransformationMode.SmoothTransformation
        levels.append(levels[-1].scaled(half, Qt.AspectRatioMode.IgnoreAspectRatio, smooth))
    return levels


class PhotoViewer(QWidget):
    """Shows one of several photos. It asks for pictures by ``full_wanted`` and gets them by ``set_full``."""

    closed = Signal()
    photo_changed = Signal(int)
    """The photo id that is shown now."""
    full_wanted = Signal(int)
    """Decode this photo's original on a thread, then call ``set_full`` or ``set_failed``."""
    part_chosen = Signal(int, object)
    """A photo id, and the Box that was drawn on it: what is like this part?"""
    play_wanted = Signal(int)
    """Enter or a double click on the still of a video."""
    context_menu_requested = Signal(QPoint)
    """Where on the screen."""

    def __init__(
        self,
        thumbnail: Callable[[int], QImage | None],
        name: Callable[[int], str],
        parent: QWidget | None = None,
    ) -> None:
        """Make a viewer.

        Args:
            thumbnail: what is in memory of a photo; stands in until the full picture is there.
            name: the file name of a photo; asked once for each photo shown, not in painting.
            parent: the widget that it lies in.
        """
        super().__init__(parent)
        self._thumbnail, self._name = thumbnail, name
        self._ids: list[int] = []
        self._place = -1
        self._step = 1
        self._title = ""
        self._video = ""
        self._marks: list[QPolygonF] = []
        self._shows_marks = True
        self._full: OrderedDict[int, list[QImage]] = OrderedDict()
        self._asked: set[int] = set()
        self._messages: dict[int, str] = {}
        self._fit = Fit.WINDOW
        self._zoom = 1.0
        self._centre = QPointF(0.5, 0.5)
        self._grip: QPointF | None = None
        self._part = PartChoice()
        self._fitted: tuple[tuple[int, int, int], QPixmap] | None = None
        self._overlay_opacity = 0.0
        self._fade = QVariantAnimation(self)
        self._fade.setDuration(_FADE_MS)
        self._fade.valueChanged.connect(self._on_faded)
        self._hide_timer = QTimer(self)
        self._hide_timer.setSingleShot(True)
        self._hide_timer.setInterval(_SHOWN_MS)
        self._hide_timer.timeout.connect(self._fade_out)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        theme().changed.connect(self.update)

    # What the window calls

    def show_photo(self, photo_id: int, ids: Sequence[int] | PhotoIds) -> None:
        """Show a photo; ``ids`` are the photos that the arrow keys go through."""
        self._ids = np.asarray(ids, np.int64).tolist()
        self._go_to(self._ids.index(photo_id) if photo_id in self._ids else -1)

    def set_full(self, photo_id: int, image: QImage | Sequence[QImage]) -> None:
        """The full picture, upright, or better what ``picture_levels`` makes of it. Late ones are dropped."""
        if photo_id not in self._nearby():
            return
        levels = picture_levels(image) if isinstance(image, QImage) else list(image)
        if not levels or levels[0].isNull():
            return
        self._asked.discard(photo_id)
        self._messages.pop(photo_id, None)
        self._full[photo_id] = levels
        self._drop_old()
        if photo_id == self.photo_id:
            self._fitted = None
            self._clamp()
            self.update()
            self._want(self._neighbour(self._step))

    def refresh_thumbnail(self, photo_id: int) -> None:
        """The thumbnail of a photo is in memory now; shown if the photo is waiting for anything to show."""
        if photo_id == self.photo_id and photo_id not in self._full:
            self._fitted = None
            self.update()

    def set_failed(self, photo_id: int, message: str) -> None:
        """The original can't be shown (its drive is offline, it is broken): why, in a sentence."""
        self._asked.discard(photo_id)
        self._messages[photo_id] = message
        self.update()

    def mark_video(self, told: str) -> None:
        """The photo shown now is the still of a video that can be played; ``told`` stands at its foot."""
        self._video = told
        self.setAccessibleName(f"{self._title}, {told}")
        self.update()

    def set_marks(self, photo_id: int, marks: Sequence[QPolygonF]) -> None:
        """Mark places of the photo shown now; corners from 0 to 1 of its width and height. Late ones are dropped."""
        if photo_id == self.photo_id:
            self._marks = list(marks)
            self.update()

    def show_marks(self, is_shown: bool) -> None:
        self._shows_marks = is_shown
        self.update()

    def forget(self, photo_id: int) -> None:
        """The original has changed: ask for it again when it is next shown, or now."""
        self._full.pop(photo_id, None)
        self._messages.pop(photo_id, None)
        self._asked.discard(photo_id)
        if photo_id == self.photo_id:
            self._want(photo_id)
            self.update()

    def clear(self) -> None:
        """Give the memory back."""
        self._full.clear()
        self._asked.clear()
        self._messages.clear()
        self._ids, self._place, self._fitted, self._video, self._marks = [], -1, None, "", []
        self._hide_timer.stop()
        self._fade.stop()

    @property
    def photo_id(self) -> int:
        """The photo that is shown, or -1."""
        return self._ids[self._place] if 0 <= self._place < len(self._ids) else -1

    @property
    def fit(self) -> Fit:
        return self._fit

    @property
    def zoom(self) -> float:
        """Device pixels per pixel of the photo, as shown now."""
        if self._fit is Fit.WINDOW:
            return self._fitting_zoom()
        return 1.0 if self._fit is Fit.ACTUAL else self._zoom

    def fit_window(self) -> None:
        """Ctrl+0."""
        self._set_zoom(Fit.WINDOW, self._fitting_zoom(), self._middle())

    def show_actual_size(self) -> None:
        """Ctrl+1."""
        self._set_zoom(Fit.ACTUAL, 1.0, self._middle())

    def zoom_in(self) -> None:
        self._zoom_by(ZOOM_STEP, self._middle())

    def zoom_out(self) -> None:
        self._zoom_by(1 / ZOOM_STEP, self._middle())

    def show_next(self) -> None:
        self._go(1)

    def show_previous(self) -> None:
        self._go(-1)

    def close_viewer(self) -> None:
        """Esc: out of drawing a box, then back to the grid."""
        if self._part.is_armed or self._part.is_drawing:
            self._drop_part()
        else:
            self.closed.emit()

    def choose_part(self) -> None:
        """The next drag draws a box; Shift and a drag do the same at once."""
        self._part.is_armed = True
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._title = self.tr("Draw a box around what to search for")
        self._show_overlay()

    def _drop_part(self) -> None:
        self._part.drop()
        self._title = self._made_title()
        self._clamp()
        self.update()

    # Going through photos

    def _go(self, step: int) -> None:
        self._step = step
        if 0 <= self._place + step < len(self._ids):
            self._go_to(self._place + step)

    def _go_to(self, place: int) -> None:
        self._place, self._video, self._marks = place, "", []
        self._part.drop()
        self._fit, self._centre, self._fitted = Fit.WINDOW, QPointF(0.5, 0.5), None
        self._drop_old()
        if self.photo_id >= 0:
            self._title = self._made_title()
            self.setAccessibleName(self._title)
            self._show_overlay()
            self._want(self.photo_id)
            self.photo_changed.emit(self.photo_id)
            if self.photo_id in self._full:
                self._want(self._neighbour(self._step))
        self.update()

    def _want(self, photo_id: int) -> None:
        if photo_id < 0 or photo_id in self._full or photo_id in self._asked or photo_id in self._messages:
            return
        self._asked.add(photo_id)
        self.full_wanted.emit(photo_id)

    def _neighbour(self, step: int) -> int:
        place = self._place + step
        return self._ids[place] if 0 <= place < len(self._ids) else -1

    def _nearby(self) -> set[int]:
        return {self.photo_id, self._neighbour(-1), self._neighbour(1)} - {-1}

    def _drop_old(self) -> None:
        """Keep the photo and its neighbours, and of those only what fits into memory; the photo itself always."""
        nearby = self._nearby()
        self._asked &= nearby
        for photo_id in [known for known in self._full if known not in nearby]:
            del self._full[photo_id]
        if self.photo_id in self._full:
            self._full.move_to_end(self.photo_id)
        while len(self._full) > 1 and _total_bytes(self._full.values()) > _KEPT_BYTES:
            self._full.popitem(last=False)

    def _made_title(self) -> str:
        locale = QLocale()
        position = self.tr("{place} of {count}").format(
            place=locale.toString(self._place + 1), count=locale.toString(len(self._ids))
        )
        return f"{self._name(self.photo_id)}   {position}"

    # Zoom and pan. The centre is where the middle of the widget lies in the photo, 0 to 1 on both axes.

    def _levels(self) -> list[QImage]:
        found = self._full.get(self.photo_id)
        if found:
            return found
        stand_in = self._thumbnail(self.photo_id) if self.photo_id >= 0 else None
        return [stand_in] if stand_in is not None else []

    def _photo_size(self) -> QSizeF:
        levels = self._levels()
        return QSizeF(levels[0].size()) if levels else _EMPTY_SIZE

    def _fitting_zoom(self) -> float:
        size = self._photo_size()
        if size.isEmpty():
            return 1.0
        ratio = self.devicePixelRatioF()
        fitting = min(self.width() * ratio / size.width(), self.height() * ratio / size.height())
        # A stand-in is smaller than the photo and must fill what the photo will fill.
        return fitting if self.photo_id not in self._full else min(fitting, 1.0)

    def _shown_size(self) -> QSizeF:
        return self._photo_size() * (self.zoom / self.devicePixelRatioF())

    def _shown_rect(self) -> QRectF:
        size = self._shown_size()
        corner = self._middle() - QPointF(self._centre.x() * size.width(), self._centre.y() * size.height())
        return QRectF(corner, size)

    def _middle(self) -> QPointF:
        return QPointF(self.width() / 2, self.height() / 2)

    def _zoom_by(self, factor: float, at: QPointF) -> None:
        least = min(self._fitting_zoom(), 1.0)
        zoom = min(max(self.zoom * factor, least), MAX_ZOOM)
        is_whole = zoom <= least * 1.001 and self._fitting_zoom() <= 1.0
        self._set_zoom(Fit.WINDOW if is_whole else Fit.FREE, zoom, at)

    def _set_zoom(self, fit: Fit, zoom: float, at: QPointF) -> None:
        """Zoom so that what lies at ``at`` stays there."""
        before = self._shown_rect()
        if before.isEmpty():
            return
        inside = at - before.topLeft()
        spot = QPointF(inside.x() / before.width(), inside.y() / before.height())
        self._fit, self._zoom = fit, zoom
        size, off = self._shown_size(), self._middle() - at
        self._centre = spot + QPointF(off.x() / size.width(), off.y() / size.height())
        self._clamp()
        self._show_overlay()
        self.update()

    def _clamp(self) -> None:
        """No further than the edge of the photo; along an axis on which all of it is seen it stays in the middle."""
        size = self._shown_size()
        if size.isEmpty():
            return
        half_x = min(0.5, self.width() / size.width() / 2)
        half_y = min(0.5, self.height() / size.height() / 2)
        self._centre = QPointF(
            min(max(self._centre.x(), half_x), 1 - half_x), min(max(self._centre.y(), half_y), 1 - half_y)
        )
        can_pan = half_x < 0.5 or half_y < 0.5
        shape = Qt.CursorShape.OpenHandCursor if can_pan else Qt.CursorShape.ArrowCursor
        if not self._part.is_armed:
            self.setCursor(Qt.CursorShape.ClosedHandCursor if self._grip is not None else shape)

    # Events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        actions = self._control_keys() if _has_control(event) else self._plain_keys()
        action = actions.get(event.key())
        if action is None:
            event.ignore()
        else:
            action()

    def _plain_keys(self) -> dict[int, Callable[[], None]]:
        return {
            Qt.Key.Key_Right: self.show_next,
            Qt.Key.Key_Down: self.show_next,
            Qt.Key.Key_PageDown: self.show_next,
            Qt.Key.Key_Left: self.show_previous,
            Qt.Key.Key_Up: self.show_previous,
            Qt.Key.Key_PageUp: self.show_previous,
            Qt.Key.Key_Home: lambda: self._go_to(0),
            Qt.Key.Key_End: lambda: self._go_to(len(self._ids) - 1),
            Qt.Key.Key_Escape: self.close_viewer,
            Qt.Key.Key_Space: self.close_viewer,
            Qt.Key.Key_Return: self._play_or_close,
            Qt.Key.Key_Enter: self._play_or_close,
        }

    def _play_or_close(self) -> None:
        if self._video:
            self.play_wanted.emit(self.photo_id)
        else:
            self.close_viewer()

    def _control_keys(self) -> dict[int, Callable[[], None]]:
        return {
            Qt.Key.Key_0: self.fit_window,
            Qt.Key.Key_1: self.show_actual_size,
            Qt.Key.Key_Plus: self.zoom_in,
            Qt.Key.Key_Equal: self.zoom_in,
            Qt.Key.Key_Minus: self.zoom_out,
        }

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.angleDelta().y():
            self._zoom_by(ZOOM_STEP ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
        elif self._part.is_armed or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._part.begin(event.position())
        else:
            self._grip = event.position()
            self._clamp()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._part.is_drawing:
            self._part.move(event.position())
            self.update()
            return
        self._show_overlay()
        if self._grip is None:
            return
        moved, self._grip = event.position() - self._grip, event.position()
        size = self._shown_size()
        if not size.isEmpty():
            self._centre -= QPointF(moved.x() / size.width(), moved.y() / size.height())
            self._clamp()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._part.is_drawing:
            box = self._part.end(self._shown_rect())
            self._drop_part()
            if box is not None:
                self.part_chosen.emit(self.photo_id, box)
        self._grip = None
        self._clamp()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._video:
            self.play_wanted.emit(self.photo_id)
        elif self._fit is Fit.WINDOW:
            self._set_zoom(Fit.ACTUAL, 1.0, event.position())
        else:
            self.fit_window()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """By the menu key: in the middle of the photo."""
        is_by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        self.context_menu_requested.emit(self.mapToGlobal(self.rect().center()) if is_by_key else event.globalPos())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._clamp()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("stage"))
        levels = self._levels()
        if levels:
            self._paint_photo(painter, levels)
            if self._marks and self._shows_marks:
                self._paint_marks(painter)
            self._part.paint(painter, self._shown_rect())
        if self.photo_id in self._messages:
            self._paint_message(painter, self._messages[self.photo_id], is_alone=not levels)
        elif self._video:
            self._paint_pill(painter, self._video, QPointF(self.width() / 2, self.height() - 40), 1.0)
        if self._overlay_opacity > 0 and self.photo_id >= 0:
            self._paint_overlay(painter)
        painter.end()

    def _paint_photo(self, painter: QPainter, levels: list[QImage]) -> None:
        place = self._shown_rect()
        if self._fit is Fit.WINDOW:
            painter.drawPixmap(place.topLeft().toPoint(), self._fitted_pixmap(levels))
            return
        level = _level_for(levels, self.zoom)
        seen = place.intersected(QRectF(self.rect()))
        scale = level.width() / place.width()
        corner = (seen.topLeft() - place.topLeft()) * scale
        is_smooth = self.zoom < 2.0  # above that pixels are what one wants to see
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
        painter.drawImage(seen, level, QRectF(corner, seen.size() * scale))

    def _paint_marks(self, painter: QPainter) -> None:
        """As a marker pen does it, with a line around for photos of the same colour."""
        place = self._shown_rect()
        on_screen = QTransform.fromTranslate(place.x(), place.y()).scale(place.width(), place.height())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(_MARKER)
        painter.setPen(QPen(_MARKER_EDGE, 1.5))
        for mark in self._marks:
            painter.drawPolygon(on_screen.map(mark))

    def _fitted_pixmap(self, levels: list[QImage]) -> QPixmap:
        """The whole photo at the size of the window, scaled once."""
        ratio = self.devicePixelRatioF()
        size = (self._shown_size() * ratio).toSize().expandedTo(QSize(1, 1))
        key = (self.photo_id, size.width(), levels[0].width())
        if self._fitted is None or self._fitted[0] != key:
            level = _level_for(levels, size.width() / levels[0].width())
            smooth = Qt.TransformationMode.SmoothTransformation
            scaled = level.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
            pixmap = QPixmap.fromImage(scaled)
            pixmap.setDevicePixelRatio(ratio)
            self._fitted = (key, pixmap)
        return self._fitted[1]

    def _paint_message(self, painter: QPainter, message: str, *, is_alone: bool) -> None:
        """Over the thumbnail a line at the foot; where there is none, in the middle with a sign."""
        body = font("body")
        painter.setFont(body)
        if is_alone:
            sign = picture("image-off", 40, "text_3", ratio=self.devicePixelRatioF())
            painter.drawPixmap(self.rect().center().x() - 20, self.rect().center().y() - 48, sign)
            painter.setPen(colour("text_2"))
            below = QRectF(40, self.height() / 2 + 4, self.width() - 80, 80)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(below, int(flags), message)
        else:
            self._paint_pill(painter, message, QPointF(self.width() / 2, self.height() - 40), 1.0)

    def _paint_overlay(self, painter: QPainter) -> None:
        self._paint_pill(painter, self._title, QPointF(self.width() / 2, 30), self._overlay_opacity)

    def _paint_pill(self, painter: QPainter, text: str, middle: QPointF, opacity: float) -> None:
        body = font("body")
        metrics = QFontMetrics(body)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, self.width() - 80)
        width = metrics.horizontalAdvance(shown) + 28
        pill = QRectF(middle.x() - width / 2, middle.y() - 15, width, 30)
        painter.setOpacity(opacity)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(24, 25, 27, 190))
        painter.drawRoundedRect(pill, 8, 8)
        painter.setPen(QColor("white"))
        painter.setFont(body)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, shown)
        painter.setOpacity(1.0)

    def _show_overlay(self) -> None:
        self._fade.stop()
        self._overlay_opacity = 1.0
        self._hide_timer.start()
        self.update()

    def _fade_out(self) -> None:
        self._fade.setStartValue(1.0)
        self._fade.setEndValue(0.0)
        self._fade.start()

    def _on_faded(self, opacity: float) -> None:
        self._overlay_opacity = opacity
        self.update()


def _level_for(levels: list[QImage], zoom: float) -> QImage:
    """The smallest level that needs no enlarging. ``zoom`` is device pixels per pixel of the first."""
    needed = levels[0].width() * zoom
    return next((level for level in reversed(levels) if level.width() >= needed), levels[0])


def _total_bytes(pictures: Iterable[list[QImage]]) -> int:
    return sum(level.sizeInBytes() for levels in pictures for level in levels)


def _has_control(event: QKeyEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
