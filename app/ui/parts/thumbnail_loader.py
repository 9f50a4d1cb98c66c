"""Decodes stored thumbnails on a few threads, newest wish first, and keeps the last ones in memory."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QSize, Qt, QThread, Signal
from PySide6.QtGui import QImage, QImageReader

ReadThumbnail = Callable[[int], bytes | Path | None]
"""The stored thumbnail of a photo, as bytes or a file; None where there is none yet. Called on threads."""

_LIMIT_BYTES = 256 * 2**20
_STORED_EDGE_PX = 384
_MOST_THREADS = 3
_NICE = 5
_STACK_BYTES = 16 * 2**20
_ASK_AGAIN_S = 2.0
"""One that was not there is asked for again by a wish this much later: it may have been made since."""
_ENOUGH = 0.85
"""An image this near to the wanted edge is not decoded again for a larger one."""

log = logging.getLogger(__name__)


class ThumbnailLoader(QObject):
    """Thumbnails by photo id, for everything in the window that shows them.

    One object and one signal hand all results to the GUI thread. All methods belong to the GUI thread.
    """

    thumbnail_ready = Signal(int)
    """``image(photo_id)`` has something (or something sharper) now."""
    _arrived = Signal()

    def __init__(
        self,
        read: ReadThumbnail,
        parent: QObject | None = None,
        *,
        edge_px: int = _STORED_EDGE_PX,
        limit_bytes: int = _LIMIT_BYTES,
        threads: int | None = None,
    ) -> None:
        super().__init__(parent)
        self._edge_px = edge_px
        self._limit_bytes = limit_bytes
        self._kept: OrderedDict[int, QImage] = OrderedDict()
        self._kept_edges: dict[int, int] = {}
        self._kept_bytes = 0
        self._absent: dict[int, float] = {}
        self._wanted: dict[str, _Wish] = {}
        self._queue = _Queue(read, self._arrived.emit)
        self._arrived.connect(self._on_arrived, Qt.ConnectionType.QueuedConnection)
        count = threads or max(1, min(_MOST_THREADS, (os.cpu_count() or 2) - 1))
        self._threads = [_Decoder(self._queue) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def request(self, ids: Iterable[int], *, by: str = "grid", edge_px: int | None = None) -> None:
        """Wish for these photos, the most urgent first. What the same place wished for before is dropped.

        Args:
            ids: photo ids.
            by: the place that shows them, so that grid and information panel do not drop each other's wishes.
            edge_px: the wanted shortest edge in device pixels; None is the largest that is stored.
        """
        self._wanted.pop(by, None)
        self._wanted[by] = _Wish(list(ids), min(edge_px or self._edge_px, self._edge_px))
        self._send()

    def image(self, photo_id: int) -> QImage | None:
        """The thumbnail, if it is in memory; asks for nothing."""
        found = self._kept.get(photo_id)
        if found is not None:
            self._kept.move_to_end(photo_id)
        return found

    def forget(self, ids: Iterable[int]) -> None:
        """The stored thumbnails of these were made, changed or removed: read them again where still wanted.

        The old picture stays until the new one is there, so that nothing flickers.
        """
        for photo_id in ids:
            self._kept_edges.pop(photo_id, None)
            self._absent.pop(photo_id, None)
            self._queue.distrust(photo_id)
        self._send()

    def clear(self) -> None:
        """Drop everything, for another library."""
        self._wanted.clear()
        self._queue.put([])
        for photo_id in list(self._kept):
            self._drop(photo_id)
        self._absent.clear()

    def close(self) -> None:
        """Stop and join the threads; nothing is decoded after this."""
        self._queue.close()
        for thread in self._threads:
            thread.wait()
        self._threads.clear()

    def _send(self) -> None:
        edges: dict[int, int] = {}
        for wish in reversed(self._wanted.values()):
            for photo_id in wish.ids:
                edges[photo_id] = max(wish.edge_px, edges.get(photo_id, 0))
        self._queue.put([(photo_id, edge) for photo_id, edge in edges.items() if self._lacks(photo_id, edge)])

    def _lacks(self, photo_id: int, edge_px: int) -> bool:
        if photo_id in self._kept_edges:
            return self._kept_edges[photo_id] < _ENOUGH * edge_px
        return time.monotonic() - self._absent.get(photo_id, -_ASK_AGAIN_S) >= _ASK_AGAIN_S

    def _on_arrived(self) -> None:
        results = self._queue.take_results()
        for photo_id, edge_px, image in results:
            if image is None:
                self._drop(photo_id)
                self._absent[photo_id] = time.monotonic()
            else:
                self._keep(photo_id, edge_px, image)
            self.thumbnail_ready.emit(photo_id)
        if any(self._is_too_small(photo_id, edge_px) for photo_id, edge_px, image in results if image):
            self._send()

    def _is_too_small(self, photo_id: int, edge_px: int) -> bool:
        """Whether a larger one was wished for while this one was in hand."""
        wishes = self._wanted.values()
        return any(edge_px < _ENOUGH * wish.edge_px and photo_id in wish.ids for wish in wishes)

    def _keep(self, photo_id: int, edge_px: int, image: QImage) -> None:
        self._drop(photo_id)
        self._absent.pop(photo_id, None)
        self._kept[photo_id], self._kept_edges[photo_id] = image, edge_px
        self._kept_bytes += image.sizeInBytes()
        while self._kept_bytes > self._limit_bytes and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))

    def _drop(self, photo_id: int) -> None:
        former = self._kept.pop(photo_id, None)
        self._kept_edges.pop(photo_id, None)
        if former is not None:
            self._kept_bytes -= former.sizeInBytes()


@dataclass(frozen=True, slots=True)
class _Wish:
    """What one place shows now, the most urgent first."""

    ids: list[int]
    edge_px: int


class _Queue:
    """What the threads take from and put into; its lock is held for moments only."""

    def __init__(self, read: ReadThumbnail, tell: Callable[[], None]) -> None:
        self.read = read
        self._tell = tell
        self._condition = threading.Condition()
        self._wishes: deque[tuple[int, int]] = deque()
        self._in_hand: set[int] = set()
        self._distrusted: set[int] = set()
        self._results: list[tuple[int, int, QImage | None]] = []
        self._is_closed = False

    def put(self, wishes: list[tuple[int, int]]) -> None:
        """Replace all wishes."""
        with self._condition:
            self._wishes = deque(wish for wish in wishes if wish[0] not in self._in_hand)
            self._condition.notify_all()

    def distrust(self, photo_id: int) -> None:
        """What a thread holds of this photo now is already out of date."""
        with self._condition:
            if photo_id in self._in_hand:
                self._distrusted.add(photo_id)

    def take(self) -> tuple[int, int] | None:
        """Wait for a wish; None when closed."""
        with self._condition:
            while not self._wishes and not self._is_closed:
                self._condition.wait()
            if self._is_closed:
                return None
            wish = self._wishes.popleft()
            self._in_hand.add(wish[0])
            return wish

    def give(self, photo_id: int, edge_px: int, image: QImage | None) -> None:
        with self._condition:
            self._in_hand.discard(photo_id)
            if self._is_closed:
                return
            if photo_id in self._distrusted:
                self._distrusted.discard(photo_id)
                self._wishes.appendleft((photo_id, edge_px))
                self._condition.notify()
                return
            self._results.append((photo_id, edge_px, image))
            is_first = len(self._results) == 1
        if is_first:  # the others are taken along with it
            self._tell()

    def take_results(self) -> list[tuple[int, int, QImage | None]]:
        with self._condition:
            results, self._results = self._results, []
        return results

    def close(self) -> None:
        with self._condition:
            self._is_closed = True
            self._wishes.clear()
            self._results.clear()
            self._condition.notify_all()


class _Decoder(QThread):
    """Takes wishes until the queue is closed."""

    def __init__(self, queue: _Queue) -> None:
        super().__init__()
        self._queue = queue
        self.setStackSize(_STACK_BYTES)

    def run(self) -> None:
        _step_back()
        while (wish := self._queue.take()) is not None:
            photo_id, edge_px = wish
            self._queue.give(photo_id, edge_px, self._decoded(photo_id, edge_px))

    def _decoded(self, photo_id: int, edge_px: int) -> QImage | None:
        try:
            stored = self._queue.read(photo_id)
            return None if stored is None else decode(stored, edge_px)
        except OSError as error:
            log.info("thumbnail %s: %s", photo_id, error)
        except Exception:  # the thread serves all other photos as well
            log.exception("thumbnail %s", photo_id)
        return None


def decode(stored: bytes | Path, edge_px: int) -> QImage | None:
    """Decode a stored thumbnail to a shortest edge of at most ``edge_px``; None if it is damaged.

    The JPEG decoder itself scales down, which is most of the speed.
    """
    content = stored if isinstance(stored, bytes) else stored.read_bytes()
    buffer = QBuffer()
    buffer.setData(QByteArray(content))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    size = reader.size()
    if size.isValid() and min(size.width(), size.height()) > edge_px:
        bounds = QSize(edge_px, edge_px)
        reader.setScaledSize(size.scaled(bounds, Qt.AspectRatioMode.KeepAspectRatioByExpanding))
    image = reader.read()
    if image.isNull():
        return None
    return image.convertToFormat(QImage.Format.Format_RGB32)


def _step_back() -> None:
    """Let the GUI thread go first; on Linux only the nice value does that, QThread.setPriority nothing."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
