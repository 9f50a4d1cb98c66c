"""Where decoders ask before they reserve memory for a picture; who bounds it is put in from outside."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

AskRoom = Callable[[int], AbstractContextManager[object]]
"""Pixels → what is entered while they are held; entering may wait."""


class Room:
    """One per process. Unbounded until somebody bounds it."""

    def __init__(self) -> None:
        self._ask: AskRoom = nullcontext

    def bound_by(self, ask: AskRoom) -> None:
        """From now on ``ask`` decides when there is room."""
        self._ask = ask

    def of(self, wanted_px: int) -> AbstractContextManager[object]:
        """Enter it before a picture of so many pixels is decoded, leave it when they are let go."""
        return self._ask(wanted_px)


ROOM = Room()
