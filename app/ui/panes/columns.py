"""Lays the panes out: sidebar, photos and information side by side, the viewer over all of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QSplitter, QStackedWidget, QVBoxLayout, QWidget

WIDTH_PX, HEIGHT_PX = 1440, 900
"""The window's size until a person chooses another one."""

_NARROWEST_PX = 400
"""Of the photos: without it the widest page, the first screen, would keep the window wider than a small screen."""


class Columns(QStackedWidget):
    """Holds panes that are handed in, and knows none of them."""

    def __init__(
        self,
        *,
        sidebar: QWidget,
        top: QWidget,
        notice: QWidget,
        filters: QWidget,
        result: QWidget,
        pages: Sequence[QWidget],
        info: QWidget,
        viewer: QWidget,
        parent: QWidget,
    ) -> None:
        """Lay out; of ``pages`` one is shown in the middle, under ``filters`` and ``result``.

        ``notice`` asks for attention above.
        """
        super().__init__(parent)
        self._middle = QStackedWidget(self)
        self._middle.setMinimumWidth(_NARROWEST_PX)
        self._middle.addWidget(QWidget(self))  # until the first table is read, no page would be true
        for page in pages:
            self._middle.addWidget(page)
        photos = QWidget(self)
        _fill(photos, filters, result, self._middle)
        result.hide()
        self._inner = _splitter(photos, info, self)
        self._inner.setStretchFactor(0, 1)
        right = QWidget(self)
        _fill(right, top, _hairline(self), notice, self._inner)
        self._outer = _splitter(sidebar, right, self)
        self._outer.setStretchFactor(1, 1)
        self._viewer = viewer
        self.addWidget(self._outer)
        self.addWidget(viewer)

    @property
    def page(self) -> QWidget | None:
        """What is shown in the middle."""
        return self._middle.currentWidget()

    def show_page(self, page: QWidget) -> None:
        self._middle.setCurrentWidget(page)

    @property
    def is_viewing(self) -> bool:
        """Whether the viewer lies over the columns."""
        return self.currentWidget() is self._viewer

    def set_viewing(self, is_viewing: bool) -> None:
        self.setCurrentWidget(self._viewer if is_viewing else self._outer)

    @property
    def outer_px(self) -> list[int]:
        """Widths of the sidebar and of the rest."""
        return self._outer.sizes()

    @property
    def inner_px(self) -> list[int]:
        """Widths of the photos and of the information."""
        return self._inner.sizes()

    def set_widths(self, outer_px: list[int], inner_px: list[int]) -> None:
        self._outer.setSizes(outer_px)
        self._inner.setSizes(inner_px)


def _fill(place: QWidget, *widgets: QWidget) -> None:
    """One below the other without gaps; the last one takes the height that is left."""
    rows = QVBoxLayout(place)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(0)
    for widget in widgets:
        rows.addWidget(widget, 1 if widget is widgets[-1] else 0)


def _splitter(left: QWidget, right: QWidget, parent: QWidget) -> QSplitter:
    splitter = QSplitter(Qt.Orientation.Horizontal, parent)
    splitter.setChildrenCollapsible(False)
    splitter.setHandleWidth(1)
    splitter.addWidget(left)
    splitter.addWidget(right)
    return splitter


def _hairline(parent: QWidget) -> QFrame:
    line = QFrame(parent)
    line.setProperty("role", "hairline")
    line.setFixedHeight(1)
    return line
