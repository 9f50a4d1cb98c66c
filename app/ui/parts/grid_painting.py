"""Draws what the grid shows: photos, their badges, headings and outlines, from pixmaps made beforehand."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QImage, QPainter, QPen, QPixmap

from app.core.types import Kind, PhotoRow, Why
from app.ui import wording
from app.ui.theme import colour, font, picture

CORNER_PX = 4
WEAK_OPACITY = 0.55
_OFFLINE_OPACITY = 0.5
_INSET_PX = 6
"""From the edges of a photo to its badges."""
_BADGE_HEIGHT_PX = 20
_BADGE_PADDING_PX = 7
_OUTLINE_PX = 3
_OUTLINE_GAP_PX = 2
_ICON_PX = 14
_TILE_BYTES = 128 * 2**20
_BADGES = 500
_BUDGET_S = 0.006
"""What one paint event may spend on fitting photos to their places; the rest is shown rough until the next."""
_LEAST_FITTED = 3
"""However slow the frame: so that it becomes sharp in the end."""


@dataclass(frozen=True, slots=True)
class PhotoLook:
    """Everything that decides how one photo of the grid looks."""

    photo_id: int
    image: QImage | None
    row: PhotoRow | None
    why: tuple[Why, ...] = ()
    is_weak: bool = False
    group_text: str = ""
    """How many nearly the same pictures stand behind it."""


class GridPainter:
    """Keeps fitted photos and badges, so that a frame is little more than copying pixels."""

    def __init__(self) -> None:
        self._tiles: OrderedDict[int, tuple[tuple[int, ...], QPixmap]] = OrderedDict()
        self._tile_bytes = 0
        self._badges: dict[tuple[str, str, float], QPixmap] = {}
        self._until = 0.0
        self._fitted = 0
        self._ratio = 1.0
        self.is_rough = False
        """Whether something of this frame was shown rough for want of time, so that another should follow."""

    def begin(self, ratio: float) -> None:
        """Start a frame. ``ratio`` is device pixels per pixel."""
        self._ratio = ratio
        self._until = time.perf_counter() + _BUDGET_S
        self._fitted = 0
        self.is_rough = False

    def forget(self) -> None:
        """Colours have changed."""
        self._badges.clear()

    def draw_photo(self, painter: QPainter, place: QRect, look: PhotoLook) -> None:
        """Draw one photo with its badges into its place."""
        is_offline = look.row is not None and look.row.is_offline
        painter.setOpacity((WEAK_OPACITY if look.is_weak else 1.0) * (_OFFLINE_OPACITY if is_offline else 1.0))
        if look.image is None:
            self._draw_placeholder(painter, place, look.row)
        else:
            self._draw_image(painter, place, look.photo_id, look.image, is_offline)
        painter.setOpacity(WEAK_OPACITY if look.is_weak else 1.0)
        self._draw_badges(painter, place, look)
        painter.setOpacity(1.0)

    def draw_outline(self, painter: QPainter, place: QRect) -> None:
        """The selection: an accent line around the photo, with a small gap."""
        _draw_ring(painter, place, _OUTLINE_GAP_PX + _OUTLINE_PX / 2, QPen(colour("accent"), _OUTLINE_PX))

    def draw_focus(self, painter: QPainter, place: QRect, *, is_selected: bool) -> None:
        """Where the keyboard is: a ring inside the outline of a selected photo, or around one that is not."""
        if is_selected:
            _draw_ring(painter, place, -1.0, QPen(QColor("white"), 2))
        else:
            _draw_ring(painter, place, _OUTLINE_GAP_PX + 0.75, QPen(colour("text_2"), 1.5))

    def draw_heading(self, painter: QPainter, place: QRect, title: str, note: str) -> None:
        """A day: bold, with the count in the second colour behind it."""
        bold, plain = font("heading"), font("body")
        baseline = place.bottom() - 15
        painter.setFont(bold)
        painter.setPen(colour("text_1"))
        painter.drawText(QPointF(place.left(), baseline), title)
        painter.setFont(plain)
        painter.setPen(colour("text_2"))
        left = place.left() + QFontMetrics(bold).horizontalAdvance(title) + (10 if title else 0)
        painter.drawText(QPointF(left, baseline), note)

    def draw_divider(self, painter: QPainter, place: QRect, text: str) -> None:
        """A hairline with words in its middle."""
        plain = font("body")
        half = QFontMetrics(plain).horizontalAdvance(text) / 2 + 12
        middle = QPointF(place.center()) + QPointF(0.5, 0.5)
        painter.setPen(QPen(colour("hairline"), 1))
        painter.drawLine(QPointF(place.left(), middle.y()), QPointF(middle.x() - half, middle.y()))
        painter.drawLine(QPointF(middle.x() + half, middle.y()), QPointF(place.right() + 1, middle.y()))
        painter.setFont(plain)
        painter.setPen(colour("text_3"))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def tile(self, photo_id: int) -> QPixmap | None:
        """The photo as it was last drawn, for dragging."""
        found = self._tiles.get(photo_id)
        return found[1] if found else None

    def _draw_image(self, painter: QPainter, place: QRect, photo_id: int, image: QImage, is_grey: bool) -> None:
        look = (place.width(), place.height(), round(self._ratio * 100), image.cacheKey(), is_grey)
        made = self._tiles.get(photo_id)
        if made is not None and made[0] == look:
            painter.drawPixmap(place.topLeft(), made[1])
            return
        if self._fitted >= _LEAST_FITTED and time.perf_counter() > self._until:
            self.is_rough = True
            painter.drawImage(QRectF(place), image, covering_part(image.size(), place.size()))
            return
        self._fitted += 1
        tile = make_tile(image, place.size(), self._ratio, is_grey=is_grey)
        self._keep_tile(photo_id, look, tile)
        painter.drawPixmap(place.topLeft(), tile)

    def _keep_tile(self, photo_id: int, look: tuple[int, ...], tile: QPixmap) -> None:
        former = self._tiles.pop(photo_id, None)
        if former is not None:
            self._tile_bytes -= _size_bytes(former[1])
        self._tiles[photo_id] = (look, tile)
        self._tile_bytes += _size_bytes(tile)
        while self._tile_bytes > _TILE_BYTES:
            self._tile_bytes -= _size_bytes(self._tiles.popitem(last=False)[1][1])

    def _draw_placeholder(self, painter: QPainter, place: QRect, row: PhotoRow | None) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("placeholder"))
        painter.drawRoundedRect(place, CORNER_PX, CORNER_PX)
        if row is not None and row.failure is not None:
            self._draw_trouble(painter, place, row.name, wording.reason(row.failure))

    def _draw_trouble(self, painter: QPainter, place: QRect, name: str, reason: str) -> None:
        """A frame, a sign, and below it which file it is and why there is no picture, where there is room."""
        painter.setBrush(colour("background"))
        painter.setPen(QPen(colour("hairline"), 1))
        painter.drawRoundedRect(place.toRectF().adjusted(0.5, 0.5, -0.5, -0.5), CORNER_PX, CORNER_PX)
        small = font("small")
        line = QFontMetrics(small).height() + 2
        room = place.height() - 24 - 8
        told = [(name, "text_2"), (reason, "text_3")][: max(0, min(2, room // line))]
        top = place.center().y() - (24 + 4 + line * len(told)) // 2
        painter.drawPixmap(place.center().x() - 11, top, picture("image-off", 24, "text_3", ratio=self._ratio))
        painter.setFont(small)
        for number, (text, token) in enumerate(told):
            shown = QFontMetrics(small).elidedText(text, Qt.TextElideMode.ElideMiddle, place.width() - 16)
            painter.setPen(colour(token))
            below = QRect(place.left(), top + 28 + number * line, place.width(), line)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, shown)

    def _draw_badges(self, painter: QPainter, place: QRect, look: PhotoLook) -> None:
        if look.group_text:
            painter.drawPixmap(place.topLeft() + QPoint(_INSET_PX, _INSET_PX), self._stack(look.group_text))
        room = place.width() - 2 * _INSET_PX
        bottom = place.bottom() + 1 - _INSET_PX - _BADGE_HEIGHT_PX
        if look.why and not look.is_weak and (badge := self._words_badge(look.why, room)) is not None:
            painter.drawPixmap(place.left() + _INSET_PX, bottom, badge)
            room -= _width(badge) + _INSET_PX
        right = place.right() + 1 - _INSET_PX
        if look.row is None:
            return
        if look.row.is_favourite:
            painter.drawPixmap(right - _BADGE_HEIGHT_PX + 2, place.top() + _INSET_PX - 2, self._heart())
        if look.row.is_offline and room >= _BADGE_HEIGHT_PX:
            painter.drawPixmap(right - _BADGE_HEIGHT_PX - 2, bottom, self._sign("unplug"))
        elif look.row.is_online_only and room >= _BADGE_HEIGHT_PX:
            painter.drawPixmap(right - _BADGE_HEIGHT_PX - 2, bottom, self._sign("cloud"))
        elif look.row.is_failed and look.image is not None:
            painter.drawPixmap(right - _BADGE_HEIGHT_PX - 2, bottom, self._sign("triangle-alert"))
        elif (badge := self._kind_badge(look.row)) is not None and _width(badge) <= room:
            painter.drawPixmap(right - _width(badge), bottom, badge)

    def _kind_badge(self, row: PhotoRow) -> QPixmap | None:
        """What sort of picture it is, where that tells something."""
        if row.kind is Kind.VIDEO:
            # Unknown until it is read, and for good where it can't be.
            return self._length(wording.length(row.duration_s)) if row.duration_s else self._sign("play")
        if row.kind is Kind.RAW:
            return self._pill(self._raw_text(row), "dark")
        if row.kind is Kind.LIVE:
            return self._sign("circle-dot")
        return self._sign("clapperboard") if row.kind is Kind.ANIMATION else None

    @staticmethod
    def _raw_text(row: PhotoRow) -> str:
        suffix = row.name.rpartition(".")[2].upper()
        return f"RAW+{'JPEG' if suffix == 'JPG' else suffix}" if row.is_pair else "RAW"

    def _length(self, text: str) -> QPixmap:
        """A small triangle and how long it plays."""
        key = (text, "length", self._ratio)
        if key not in self._badges:
            small = _badge_font()
            width = QFontMetrics(small).horizontalAdvance(text) + 2 * _BADGE_PADDING_PX + 13
            drawn, painter = self._blank_badge(width, QColor(24, 25, 27, 178))
            painter.drawPixmap(
                _BADGE_PADDING_PX - 1, 5, picture("play", 10, "#ffffff", ratio=self._ratio, is_filled=True)
            )
            painter.setFont(small)
            painter.setPen(QColor("white"))
            words = QRect(_BADGE_PADDING_PX + 12, 0, width, _BADGE_HEIGHT_PX)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, text)
            painter.end()
            self._keep_badge(key, drawn)
        return self._badges[key]

    def group_badge(self, place: QRect, text: str) -> QRect:
        """Where on a photo a click opens what stands behind it."""
        size = self._stack(text).deviceIndependentSize().toSize()
        return QRect(place.topLeft() + QPoint(_INSET_PX, _INSET_PX), size)

    def _stack(self, text: str) -> QPixmap:
        """Two sheets, one upon the other, and how many there are."""
        key = (text, "stack", self._ratio)
        if key not in self._badges:
            small = _badge_font()
            width = QFontMetrics(small).horizontalAdvance(text) + 2 * _BADGE_PADDING_PX + 15
            drawn, painter = self._blank_badge(width, QColor(24, 25, 27, 178))
            painter.drawPixmap(_BADGE_PADDING_PX - 2, 4, picture("copy", 12, "#ffffff", ratio=self._ratio))
            painter.setFont(small)
            painter.setPen(QColor("white"))
            words = QRect(_BADGE_PADDING_PX + 14, 0, width, _BADGE_HEIGHT_PX)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, text)
            painter.end()
            self._keep_badge(key, drawn)
        return self._badges[key]

    def _words_badge(self, why: Sequence[Why], room_px: int) -> QPixmap | None:
        """As many of the reasons as there is room for, the first ones first, or nothing."""
        is_self = Why.SELF in why
        words = [wording.why(reason) for reason in why if not is_self or reason is Why.SELF]
        for count in range(len(words), 0, -1):
            badge = self._pill(" · ".join(words[:count]), "accent" if is_self else "dark")
            if _width(badge) <= room_px:
                return badge
        return None

    def _pill(self, text: str, kind: str) -> QPixmap:
        key = (text, kind, self._ratio)
        if key not in self._badges:
            small = _badge_font()
            width = QFontMetrics(small).horizontalAdvance(text) + 2 * _BADGE_PADDING_PX
            accent = kind == "accent"
            drawn, painter = self._blank_badge(width, colour("accent") if accent else QColor(24, 25, 27, 178))
            painter.setFont(small)
            painter.setPen(colour("on_accent") if accent else QColor("white"))
            painter.drawText(QRect(0, 0, width, _BADGE_HEIGHT_PX), Qt.AlignmentFlag.AlignCenter, text)
            painter.end()
            self._keep_badge(key, drawn)
        return self._badges[key]

    def _sign(self, name: str) -> QPixmap:
        key = (name, "sign", self._ratio)
        if key not in self._badges:
            drawn, painter = self._blank_badge(_BADGE_HEIGHT_PX + 2, QColor(24, 25, 27, 178))
            painter.drawPixmap(4, 3, picture(name, _ICON_PX, "#ffffff", ratio=self._ratio))
            painter.end()
            self._keep_badge(key, drawn)
        return self._badges[key]

    def _heart(self) -> QPixmap:
        """White, on a soft shade that keeps it visible on a white sky."""
        key = ("heart", "heart", self._ratio)
        if key not in self._badges:
            drawn = self._blank(_BADGE_HEIGHT_PX, _BADGE_HEIGHT_PX)
            painter = QPainter(drawn)
            painter.setOpacity(0.3)
            painter.drawPixmap(2, 2, picture("heart", 16, "#000000", ratio=self._ratio, is_filled=True))
            painter.setOpacity(1.0)
            heart = picture("heart", _ICON_PX, "#ffffff", ratio=self._ratio, is_filled=True)
            painter.drawPixmap(3, 3, heart)
            painter.end()
            self._keep_badge(key, drawn)
        return self._badges[key]

    def _keep_badge(self, key: tuple[str, str, float], drawn: QPixmap) -> None:
        if len(self._badges) >= _BADGES:
            self._badges.clear()
        self._badges[key] = drawn

    def _blank(self, width: int, height: int) -> QPixmap:
        drawn = QPixmap(QSize(round(width * self._ratio), round(height * self._ratio)))
        drawn.setDevicePixelRatio(self._ratio)
        drawn.fill(Qt.GlobalColor.transparent)
        return drawn

    def _blank_badge(self, width: int, ground: QColor) -> tuple[QPixmap, QPainter]:
        drawn = self._blank(width, _BADGE_HEIGHT_PX)
        painter = QPainter(drawn)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(QRect(0, 0, width, _BADGE_HEIGHT_PX), CORNER_PX, CORNER_PX)
        return drawn, painter


def covering_part(image: QSize, place: QSize) -> QRectF:
    """The largest part of an image, in its middle, that has the shape of the place."""
    scale = min(image.width() / max(1, place.width()), image.height() / max(1, place.height()))
    width, height = place.width() * scale, place.height() * scale
    return QRectF((image.width() - width) / 2, (image.height() - height) / 2, width, height)


def make_tile(image: QImage, place: QSize, ratio: float, *, is_grey: bool = False) -> QPixmap:
    """An image cropped and scaled to cover a place, with rounded corners, in device pixels."""
    width, height = round(place.width() * ratio), round(place.height() * ratio)
    part = covering_part(image.size(), place).toAlignedRect().intersected(image.rect())
    fitted = image.copy(part).scaled(
        width,
        height,
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    if is_grey:
        fitted = fitted.convertToFormat(QImage.Format.Format_Grayscale8)
    tile = QPixmap(width, height)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(fitted))
    painter.drawRoundedRect(QRect(0, 0, width, height), CORNER_PX * ratio, CORNER_PX * ratio)
    painter.end()
    tile.setDevicePixelRatio(ratio)
    return tile


def _badge_font() -> QFont:
    made = font("small")
    made.setWeight(QFont.Weight.Medium)
    return made


def _draw_ring(painter: QPainter, place: QRect, outset: float, pen: QPen) -> None:
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    around = QRectF(place).adjusted(-outset, -outset, outset, outset)
    radius = max(2.0, CORNER_PX + outset)
    painter.drawRoundedRect(around, radius, radius)


def _width(badge: QPixmap) -> int:
    """In pixels of the window."""
    return round(badge.width() / badge.devicePixelRatio())


def _size_bytes(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
