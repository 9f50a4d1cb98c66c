"""Says which Qt is here, and proves, without a display, that it finds its plug-ins and draws our icons."""

from __future__ import annotations

import os
from pathlib import Path


def check_drawing(icon: Path) -> str:
    """Qt's version; raises where Qt or the plug-in that draws SVG can't be loaded.

    Args:
        icon: an SVG file.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6 import QtSvg, QtWidgets  # noqa: F401  (the window needs both)
    from PySide6.QtCore import qVersion
    from PySide6.QtGui import QGuiApplication, QImageReader

    running = QGuiApplication.instance() or QtWidgets.QApplication(["oriel"])
    image = QImageReader(str(icon)).read()
    if image.isNull() or len({image.pixel(x, image.height() // 2) for x in range(image.width())}) < 2:
        raise RuntimeError(f"Qt can't draw {icon.name}")
    return f"{qVersion()} ({running.metaObject().className()})"
