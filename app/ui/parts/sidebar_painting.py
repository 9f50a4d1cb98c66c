"""Paints the sidebar's rows: a row's colour spans its whole width, its count stands at the right."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.ui import wording
from app.ui.parts.sidebar_entries import Entry
from app.ui.theme import colour, font, picture

ROW_PX = 28
SECTION_PX = 34
INDENT_PX = 14


@dataclass(frozen=True, slots=True)
class Look:
    """How a row is: ``icon`` by name, ``depth`` below the rows of its section."""

    icon: str
    depth: int
    is_selected: bool
    is_hovered: bool
    is_ringed: bool


def paint_section(painter: QPainter, full: QRect, entry: Entry, *, is_put_away: bool, is_hovered: bool) -> None:
    """The heading of a section; an arrow tells that its rows are put away, or can be."""
    painter.setFont(font("section"))
    painter.setPen(colour("text_3"))
    space = full.adjusted(20, 0, -20, -6)
    painter.drawText(space, Qt.AlignmentFlag.AlignBottom, entry.text)
    if entry.section and (is_put_away or is_hovered):
        painter.setPen(QPen(colour("text_3"), 1.5, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
        painter.translate(space.right() - 6, space.bottom() - 6)
        painter.rotate(0 if is_put_away else 90)
        painter.drawPolyline([QPointF(-2, -3.5), QPointF(1.5, 0), QPointF(-2, 3.5)])


def paint_row(painter: QPainter, full: QRect, entry: Entry, look: Look) -> None:
    """Icon, text and count of one row."""
    row = full.adjusted(10, 0, -10, 0)
    _paint_back(painter, row, look)
    left = row.left() + 10 + INDENT_PX * look.depth
    token = "accent" if look.is_selected else "text_3" if entry.is_offline else "text_2"
    ratio = painter.device().devicePixelRatioF()
    painter.drawPixmap(left, row.center().y() - 7, picture(look.icon, 16, token, ratio=ratio))
    count = "" if entry.count is None else wording.number(entry.count)
    painter.setFont(font("body"))
    painter.setPen(colour("text_3"))
    right = row.right() - 10
    width = painter.fontMetrics().horizontalAdvance(count)
    painter.drawText(QRect(right - width, row.top(), width + 1, row.height()), Qt.AlignmentFlag.AlignVCenter, count)
    space = QRect(left + 25, row.top(), right - width - 8 - left - 25, row.height())
    painter.setPen(colour("text_3" if entry.is_offline else "text_1"))
    text = painter.fontMetrics().elidedText(entry.text, Qt.TextElideMode.ElideRight, space.width())
    painter.drawText(space, Qt.AlignmentFlag.AlignVCenter, text)


def paint_gap(painter: QPainter, y: int, width: int) -> None:
    """Where a dragged row would come to stand."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour("accent"))
    painter.drawRoundedRect(QRectF(14, y - 1, width - 28, 2), 1, 1)


def _paint_back(painter: QPainter, row: QRect, look: Look) -> None:
    if not (look.is_selected or look.is_hovered):
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour("selected" if look.is_selected else "hover"))
    painter.drawRoundedRect(QRectF(row), 6, 6)
    if look.is_ringed:
        painter.setPen(colour("accent"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(row).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
