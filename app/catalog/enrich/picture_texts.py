"""Text in pictures as the catalogue keeps it: lines as JSON, the shape that the words index reads too."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.catalog.store.connection import Connection, as_json
from app.core.types import PhotoId, TextLine

MOST_LINES: Final = 2_000
"""Of one picture: a screen full of small print has a few hundred."""
MOST_CHARACTERS: Final = 100_000
"""Of one picture."""
_UNUSABLE = re.compile("[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Stored:
    """The text of a picture as it is kept.

    Attributes:
        lines: JSON, ``[[text, confidence, x, y, x, y, x, y, x, y], …]``.
        letters: how many there are in all lines.
        confidence: 0 to 1, of the lines by their letters; 0 where there are none.
    """

    lines: str
    letters: int
    confidence: float


def stored(lines: Iterable[TextLine]) -> Stored:
    """What is kept of lines; what is too much for a picture is cut off."""
    kept: list[list[object]] = []
    left = MOST_CHARACTERS
    sure = 0.0
    for line in lines:
        text = _UNUSABLE.sub(" ", line.text).strip()[:left]
        if not text:
            continue
        left -= len(text)
        confidence = round(_share(line.confidence), 3)
        sure += confidence * len(text)
        numbers = (number for corner in line.corners for number in corner)
        kept.append([text, confidence, *(round(_share(number), 4) for number in numbers)])
        if len(kept) == MOST_LINES or not left:
            break
    letters = MOST_CHARACTERS - left
    return Stored(json.dumps(kept, ensure_ascii=False, separators=(",", ":")), letters, sure / max(letters, 1))


def text_lines(kept: str) -> tuple[TextLine, ...]:
    """From ``Stored.lines``."""
    return tuple(_line(row) for row in json.loads(kept))


def texts_of(sql: Connection, ids: Iterable[PhotoId]) -> dict[PhotoId, tuple[TextLine, ...]]:
    """What stands in photos; those in which nothing stands, or was looked for, are not in it."""
    rows = sql.rows(
        "SELECT photo_id, lines FROM picture_text WHERE lines <> '[]' AND photo_id IN (SELECT value FROM json_each(?))",
        (as_json(ids),),
    )
    return {photo_id: text_lines(kept) for photo_id, kept in rows}


def _line(row: Sequence[Any]) -> TextLine:
    text, confidence, *n = row
    return TextLine(text, confidence, ((n[0], n[1]), (n[2], n[3]), (n[4], n[5]), (n[6], n[7])))


def _share(number: float) -> float:
    return min(max(float(number), 0.0), 1.0) if math.isfinite(number) else 0.0
