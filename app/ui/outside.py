"""Hands photos to the desktop: default program, file manager, clipboard."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage


def open_with_default_program(path: Path) -> bool:
    """Returns whether the desktop took it."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def show_in_file_manager(path: Path) -> bool:
    """Show the folder with the file marked in it, where the system's file manager can do that."""
    if sys.platform == "win32":
        subprocess.Popen(["explorer", "/select,", str(path)])
        return True
    if sys.platform == "darwin":
        return subprocess.run(["open", "-R", str(path)], check=False).returncode == 0
    if _marked_by_freedesktop(path):
        return True
    folder = path if path.is_dir() else path.parent
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def open_address(address: str) -> bool:
    """In the desktop's browser. Returns whether it took the address."""
    return QDesktopServices.openUrl(QUrl(address))


def copy_paths(paths: Sequence[Path]) -> None:
    """One path a line."""
    QGuiApplication.clipboard().setText("\n".join(str(path) for path in paths))


def copy_text(text: str) -> None:
    """Put a text into the clipboard."""
    QGuiApplication.clipboard().setText(text)


def copy_image(image: QImage, path: Path) -> None:
    """As pixels and as a file, so that both a drawing program and a file manager can paste it."""
    data = QMimeData()
    data.setImageData(image)
    data.setUrls([QUrl.fromLocalFile(str(path))])
    QGuiApplication.clipboard().setMimeData(data)


def _marked_by_freedesktop(path: Path) -> bool:
    """Ask the file manager on the session bus; most Linux desktops have one that answers."""
    from PySide6.QtDBus import QDBus, QDBusConnection, QDBusMessage

    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return False
    name = "org.freedesktop.FileManager1"
    message = QDBusMessage.createMethodCall(name, "/org/freedesktop/FileManager1", name, "ShowItems")
    message.setArguments([[QUrl.fromLocalFile(str(path)).toString()], ""])
    answer = bus.call(message, QDBus.CallMode.Block, 1_000)
    return answer.type() == QDBusMessage.MessageType.ReplyMessage
