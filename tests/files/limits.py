"""Limits for decoders that fail, of which none is met by chance on a busy machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.files.isolation.child import Limits
from tests.making import make_photo

_TINY_BYTES = 2_000


@dataclass(frozen=True, slots=True)
class ShortForTiny(Limits):
    """A second for files that are tiny, as those may be that take for ever; a minute and more for all others."""

    def time_for(self, size_bytes: int) -> float:
        return 1.0 if size_bytes < _TINY_BYTES else super(ShortForTiny, self).time_for(size_bytes)


def make_endless(path: Path) -> Path:
    """A photo so small that ``ShortForTiny`` soon loses its patience with whoever decodes it."""
    make_photo(path, size=(16, 16))
    assert path.stat().st_size < _TINY_BYTES
    return path
