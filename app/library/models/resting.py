"""Let models that nobody has used for a while leave the memory; the next use brings them back."""

from __future__ import annotations

from app.library.library import Library

_SEARCH_S = 600.0
_CAPTIONS_S = 60.0
"""Far the larger one, and nobody waits for it: background work loads it in its own time."""


def rest_models(library: Library) -> int:
    """Unload what has not been used for long; returns how many models that were.

    A search meanwhile is answered by words at once, and by meaning as soon as the model is back.
    """
    has_rested = [library.embedder.rest(_SEARCH_S)]
    if library.captioner is not None:
        has_rested.append(library.captioner.rest(_CAPTIONS_S))
    if library.successor is not None:
        has_rested.append(library.successor.embedder.rest(_CAPTIONS_S))
    return sum(has_rested)
