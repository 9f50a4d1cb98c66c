"""Work in batches that shrink when memory runs out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from app.core.errors import OutOfMemory
from app.vision.device import is_out_of_memory, release_cached

Given = TypeVar("Given")
Made = TypeVar("Made")


class Batches:
    """A batch size that is halved when the device is out of memory, and stays so for the batches to come."""

    def __init__(self, size: int, device: str) -> None:
        self.size = max(1, size)
        self._device = device

    def run(self, work: Callable[[Sequence[Given]], Made], given: Sequence[Given]) -> Iterator[Made]:
        """Yield the result of each batch, in order.

        Raises:
            OutOfMemory: even one does not fit.
        """
        start = 0
        while start < len(given):
            size = self.size
            made = self._attempt(work, given[start : start + size])
            if made is not None:
                yield made
                start += size

    def _attempt(self, work: Callable[[Sequence[Given]], Made], batch: Sequence[Given]) -> Made | None:
        """The result, or None where the batch was too large and ``size`` is smaller now."""
        try:
            return work(batch)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if len(batch) == 1:
                raise OutOfMemory(detail=str(error)) from error
        # Outside of the handler: the traceback, which holds the tensors, is gone by now.
        self.size = max(1, len(batch) // 2)
        release_cached(self._device)
        return None
