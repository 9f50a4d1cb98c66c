"""What a model has to tell about itself, between the thread that runs into it and the stage that passes it on."""

from __future__ import annotations

import queue
from collections.abc import Iterator

from app.core.types import MovedToProcessor


class Notes:
    """A mailbox: any thread puts something in, whoever drives a stage takes it out, once."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[MovedToProcessor] = queue.SimpleQueue()

    def put(self, note: MovedToProcessor) -> None:
        self._waiting.put(note)

    def take(self) -> Iterator[MovedToProcessor]:
        """Everything that waits, oldest first."""
        while True:
            try:
                note = self._waiting.get_nowait()
            except queue.Empty:
                return
            yield note
