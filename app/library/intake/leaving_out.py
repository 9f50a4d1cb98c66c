"""What a person leaves out of the library by patterns; folders that they left out one by one are in the catalogue."""

from __future__ import annotations

import json
from collections.abc import Sequence

from app.files.walk.ignoring import Ignoring
from app.library.library import Library

_KEY = "left_out_patterns"


def left_out_patterns(library: Library) -> list[str]:
    """The lines as they were written, remarks and all; syntax as in .gitignore."""
    stored = json.loads(library.catalog.setting(_KEY) or "[]")
    return [str(line) for line in stored]


def leave_out(library: Library, lines: Sequence[str]) -> None:
    """Keep these lines instead of the former ones. What they say holds from the next look at the folders on."""
    library.catalog.set_setting(_KEY, json.dumps(list(lines)))


def ignoring(library: Library) -> Ignoring:
    """The patterns, ready for a walk."""
    return Ignoring.of(left_out_patterns(library))
