"""Receives what arrives while the window runs: paths of later starts, and files that the desktop opens with Oriel."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFileOpenEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from app.ui.one_window import MOST_BYTES, TAKEN, Message, decoded

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

_LONGEST_MS = 10_000
"""Whoever connects and has said nothing whole by then is sent away."""

log = logging.getLogger(__name__)


class Application(QApplication):
    """Tells which files macOS opens with Oriel: from Finder, or dropped on the icon in the Dock.

    By its own ``event``, not by a filter, which Python would be asked about at every event of every widget.
    """

    file_opened = Signal(object)
    """A Path."""

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent):
            if event.file():
                self.file_opened.emit(Path(event.file()))
            return True
        return super().event(event)


class Arrivals(QObject):
    """Keeps what arrives until there is a window to take it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server: QLocalServer | None = None
        self._heard: dict[QLocalSocket, bytes] = {}
        self._waiting: list[Message] = []
        self._take: Callable[[Message], None] | None = None

    def listen(self, addresses: Sequence[str]) -> None:
        """Listen at the first address that works.

        Only the holder of the library's lock may: it takes a socket that a killed program left out of the way.
        """
        try:
            from PySide6.QtNetwork import QLocalServer
        except ImportError:
            log.exception("Qt's network library can't be loaded: later starts can't hand over their files")
            return
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(self._on_connected)
        for address in addresses:
            QLocalServer.removeServer(address)
            if server.listen(address):
                self._server = server
                return
            log.warning("Can't listen at %s: %s", address, server.errorString())

    def deliver_to(self, take: Callable[[Message], None]) -> None:
        """From now on to this; what waits first."""
        self._take = take
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            take(message)

    def on_file_opened(self, path: Path) -> None:
        self._arrive(Message((path,)))

    def close(self) -> None:
        """Take nothing more; a later start becomes a window of its own."""
        if self._server is not None:
            self._server.close()
        for socket in list(self._heard):
            socket.abort()

    def _arrive(self, message: Message) -> None:
        if self._take is None:
            self._waiting.append(message)
        else:
            self._take(message)

    def _on_connected(self) -> None:
        while self._server is not None and (socket := self._server.nextPendingConnection()) is not None:
            self._heard[socket] = b""
            socket.readyRead.connect(self._on_readable)
            socket.disconnected.connect(self._on_disconnected)
            QTimer.singleShot(_LONGEST_MS, socket, socket.abort)
            self._read(socket)

    def _on_readable(self) -> None:
        for socket in [each for each in self._heard if each.bytesAvailable()]:
            self._read(socket)

    def _on_disconnected(self) -> None:
        for socket in [each for each in self._heard if each.state() == each.LocalSocketState.UnconnectedState]:
            del self._heard[socket]
            socket.deleteLater()

    def _read(self, socket: QLocalSocket) -> None:
        heard = self._heard[socket] + bytes(socket.read(MOST_BYTES + 1).data())
        self._heard[socket] = heard
        if len(heard) > MOST_BYTES:
            log.warning("A message of more than %d bytes was not listened to", MOST_BYTES)
            socket.abort()
        elif b"\n" in heard:
            self._hear(socket, heard.partition(b"\n")[0])

    def _hear(self, socket: QLocalSocket, line: bytes) -> None:
        try:
            message = decoded(line)
        except (ValueError, RecursionError) as error:
            log.warning("A message that is none of ours was not listened to: %s", error)
            socket.abort()
            return
        socket.write(TAKEN)
        socket.flush()
        socket.disconnectFromServer()
        self._arrive(message)


def bring_forward(window: QWidget, token: str) -> None:
    """Show the window before all others, as far as the desktop lets a program do that.

    Args:
        window: may be minimized.
        token: of the start that asked for it; Qt's Wayland plugin looks for it in the environment.
    """
    if token and QGuiApplication.platformName().startswith("wayland"):
        os.environ["XDG_ACTIVATION_TOKEN"] = token
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()
