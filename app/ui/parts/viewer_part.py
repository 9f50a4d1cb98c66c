"""Drawing a box on the photo in the viewer, to search for what is like that part of it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app.core.examples import Box
from app.ui.theme import colour

_LEAST_PX = 12.0
"""A box of less is a click, or a hand that shook."""


class PartChoice:
    """One box on its way: armed, begun, drawn. Places are those of the viewer."""

    def __init__(self) -> None:
        self.is_armed = False
        self._from: QPointF | None = None
        self._to = QPointF()

    @property
    def is_drawing(self) -> bool:
        return self._from is not None

    def begin(self, at: QPointF) -> None:
        self._from = self._to = at

    def move(self, at: QPointF) -> None:
        self._to = at

    def end(self, photo: QRectF) -> Box | None:
        """The box that was drawn, as a part of the photo, whose place is given; None: too small to mean anything."""
        drawn = self._drawn().intersected(photo)
        self.drop()
        if drawn.width() < _LEAST_PX or drawn.height() < _LEAST_PX:
            return None
        left, top = (drawn.left() - photo.left()) / photo.width(), (drawn.top() - photo.top()) / photo.height()
        right, bottom = left + drawn.width() / photo.width(), top + drawn.height() / photo.height()
        return Box(max(0.0, left), max(0.0, top), min(1.0, right), min(1.0, bottom))

    def drop(self) -> None:
        """Draw nothing, and wait for nothing."""
        self.is_armed, self._from = False, None

    def paint(self, painter: QPainter, photo: QRectF) -> None:
        """Darken the photo around the box."""
        if not self.is_drawing:
            return
        drawn = self._drawn().intersected(photo)
        around = QPainterPath()
        around.addRect(photo)
        around.addRect(drawn)
        painter.fillPath(around, QColor(0, 0, 0, 130))
        painter.setPen(
            QPen(colour("accent"), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.MiterJoin)
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(drawn)

    def _drawn(self) -> QRectF:
        return QRectF(self._from, self._to).normalized() if self._from is not None else QRectF()
