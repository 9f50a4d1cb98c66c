"""What runs in a child process: decodes what it is asked for until the program that started it is gone.

It imports the decoders alone: no window, no models, no catalogue.
"""

from __future__ import annotations

import errno
import faulthandler
import gc
import importlib
import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from app.core.errors import OrielError
from app.core.types import PhotoFile
from app.files.isolation.shared import GivenPixels
from app.files.isolation.wire import Message, pack, receive, send, unpack
from app.files.pictures.room import ROOM
from app.files.thumbnails import ThumbnailStore

_TOLD_CHARACTERS = 4000
_ORPHANED = 3


@dataclass(frozen=True, slots=True)
class Orders:
    """How a child is to work, given once.

    Attributes:
        work: the module whose ``read_photo`` and ``decode_full`` are called.
        nice: how much it stands back for others.
        most_bytes: of memory, whatever the picture.
        small_px: a picture of so many pixels fits into what is usual.
        pixels: the shared memory, "" for none, and
        pixels_bytes: its size.
    """

    work: str
    nice: int
    most_bytes: int
    small_px: int
    pixels: str = ""
    pixels_bytes: int = 0

    def written(self) -> str:
        return json.dumps(asdict(self))


def main(arguments: Sequence[str]) -> NoReturn:
    """Serve until the other side closes; then the process ends. ``arguments``: one, the orders as JSON."""
    asked, answered = _own_streams()
    orders = Orders(**json.loads(arguments[0]))
    _stand_back(orders.nice)
    _bound_memory(orders.most_bytes)
    _Server(orders, asked, answered).serve()


def _own_streams() -> tuple[BinaryIO, BinaryIO]:
    """Requests and answers, out of the reach of decoders that read or print."""
    asked, answered = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    return asked, answered


def _stand_back(nice: int) -> None:
    if nice and hasattr(os, "nice"):
        with suppress(OSError):
            os.nice(nice)


class _Server:
    """Answers one request after the other."""

    def __init__(self, orders: Orders, asked: BinaryIO, answered: BinaryIO) -> None:
        self._orders = orders
        self._asked = asked
        self._answered = answered
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._has_room = False
        self._pixels = GivenPixels(orders.pixels, orders.pixels_bytes) if orders.pixels else None

    def serve(self) -> NoReturn:
        work = importlib.import_module(self._orders.work)
        acts: dict[str, Callable[[Any, Message], Message]] = {"read": _read, "full": self._full}
        ROOM.bound_by(self._room)
        threading.Thread(target=self._listen, name="listen", daemon=True).start()
        gc.freeze()
        self._say({"ready": os.getpid()})
        while True:
            request = self._inbox.get()
            self._has_room = bool(request["alone"])
            # Whatever the decoder does, even after the program has died and can stop nobody.
            faulthandler.dump_traceback_later(float(request["orphan_s"]), exit=True, file=2)
            answer = _answer(acts[request["do"]], work, request)
            faulthandler.cancel_dump_traceback_later()
            self._say(answer)

    def _listen(self) -> None:
        """On a thread of its own, so that the end of the program is noticed in the middle of a picture too."""
        with suppress(Exception):
            while (message := receive(self._asked)) is not None:
                self._inbox.put(message)
        os._exit(_ORPHANED)

    def _say(self, message: Message) -> None:
        try:
            send(self._answered, message)
        except OSError:
            os._exit(_ORPHANED)

    def _full(self, work: Any, request: Message) -> Message:
        assert self._pixels is not None
        image = work.decode_full(Path(request["path"]), request["max_edge_px"])
        self._pixels.put(image)
        return {"pixels": image.shape[:2]}

    @contextmanager
    def _room(self, wanted_px: int) -> Iterator[None]:
        """Wait until the program says that no other child decodes something large; it stays ours until the answer."""
        if not self._has_room and wanted_px > self._orders.small_px:
            self._say({"room_px": wanted_px})
            self._inbox.get()
            self._has_room = True
        yield


def _read(work: Any, request: Message) -> Message:
    thumbnails = ThumbnailStore(Path(request["folder"]), request["edge_px"], request["max_edge_px"])
    return {"read": pack(work.read_photo(unpack(PhotoFile, request["file"]), thumbnails))}


def _answer(act: Callable[[Any, Message], Message], work: Any, request: Message) -> Message:
    """What came of it; every failure is an answer too."""
    try:
        return act(work, request)
    except Exception as error:  # noqa: BLE001 - told to the program, which keeps and logs it
        if _ran_out_of_memory(error):
            return {"memory": True}
        if isinstance(error, OrielError):
            return {"error": error.code, "fields": {name: str(value) for name, value in error.fields.items()}}
        return {"odd": f"{type(error).__name__}: {error}"[:200], "trace": traceback.format_exc()[-_TOLD_CHARACTERS:]}


def _ran_out_of_memory(error: BaseException | None) -> bool:
    """Whether memory was short anywhere on the way to this error; decoders in C say it in words."""
    while error is not None:
        if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
            return True
        if "memory" in type(error).__name__.lower() or "of memory" in str(error).lower():
            return True
        error = error.__cause__ or error.__context__
    return False


def _bound_memory(most_bytes: int) -> None:
    """Bound this process's own memory where the system can; less than that, the program watches from outside.

    A tighter bound in here would have decoders in C call pictures damaged that only need more than usual.
    """
    if sys.platform != "linux":
        return
    import resource

    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (most_bytes, resource.getrlimit(resource.RLIMIT_DATA)[1]))
