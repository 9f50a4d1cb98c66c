"""What can be offered behind a field of a query: values that photos of this library have, with how many."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from app.catalog import places
from app.catalog.counts import Counts
from app.catalog.find.filtering import plain
from app.catalog.intake.folders import Folders
from app.catalog.intake.whereabouts import Whereabouts
from app.catalog.store.connection import Connection
from app.core.periods import Named
from app.core.query import FieldName, Suggestion, Trait

_WORD = re.compile(r"\w+")
_YEAR = re.compile("(?!0000|9999)[0-9]{4}")
"""What a date can name."""
_YEARS: Final = 200
"""More different years than these are damaged dates."""
_DEAR_S: Final = 0.2
_SHARE: Final = 0.05
"""Of the time that counting dear values anew may take, however often a library is written while somebody types."""


class Suggesting(Folders, Counts, Whereabouts):
    """Values to complete and to choose from, since each letter typed asks: kept until something is written, and those
    that took long for a while longer.
    """

    def __init__(self, sql: Connection, library: Path) -> None:
        super().__init__(sql, library)
        self._known: dict[FieldName, list[Suggestion]] = {}
        self._known_at: dict[FieldName, tuple[int, int]] = {}
        self._not_before: dict[FieldName, float] = {}

    def suggest(self, name: FieldName, prefix: str = "", limit: int = 20) -> list[Suggestion]:
        """Values of a field in which a word begins like this; those that begin with it themselves come first.

        Args:
            name: fields of free words (file, caption, text) have none.
            prefix: what was typed so far, in any case, with or without accents.
            limit: at most so many; of equally good ones those of most photos.
        """
        wanted = _words(prefix)
        fitting = [each for each in self._values(name) if f" {wanted}" in f" {_words(each.value)}"]
        fitting.sort(key=lambda each: not _words(each.value).startswith(wanted))
        return fitting[: max(limit, 0)]

    def _values(self, name: FieldName) -> list[Suggestion]:
        now = self._sql.version()
        if self._known_at.get(name) != now and time.monotonic() >= self._not_before.get(name, 0.0):
            began = time.thread_time()
            self._known[name] = list(self._counted(name))
            self._known_at[name] = now
            self._not_before[name] = time.monotonic() + _pause_s(time.thread_time() - began)
        return self._known[name]

    def _counted(self, name: FieldName) -> Iterable[Suggestion]:
        makers: Mapping[FieldName, Callable[[], Iterable[Suggestion]]] = {
            FieldName.TAG: lambda: _most_first(dict(self.tags())),
            FieldName.FOLDER: self._folder_names,
            FieldName.CAMERA: lambda: self._of_column("camera"),
            FieldName.LENS: lambda: self._of_column("lens"),
            FieldName.TYPE: lambda: _most_first({str(kind): count for kind, count in self.kinds().items()}),
            FieldName.PLACE: self._place_names_and_counts,
            FieldName.IS: lambda: [Suggestion(str(trait)) for trait in Trait],
            FieldName.RATING: self._ratings,
            FieldName.DATE: self._years_and_spans,
            FieldName.BEFORE: self._years_and_spans,
            FieldName.AFTER: self._years_and_spans,
        }
        return makers[name]() if name in makers else ()

    def _of_column(self, column: str) -> list[Suggestion]:
        return _most_first(
            dict(self._sql.rows("SELECT value, n FROM tally WHERE what = ? AND value <> '' AND n > 0", (column,)))
        )

    def _folder_names(self) -> Iterator[Suggestion]:
        """Each with the name of its root, as it stands in the words by which it is found."""
        folders = self.folders()
        tops = {each.root_id: each.path.parent for each in folders if each.parent_id is None}
        for each in folders:
            name = places.shown(os.fsencode(each.path.relative_to(tops.get(each.root_id, each.path.parent))))
            yield Suggestion(name.replace(os.sep, "/"), each.photo_count)

    def _place_names_and_counts(self) -> list[Suggestion]:
        """Cities with their country, and countries."""
        counted: Counter[str] = Counter()
        for place, count in self.place_counts():
            counted[place.country] += count
            if place.city:
                counted[f"{place.city}, {place.country}"] += count
        return _most_first(counted)

    def _ratings(self) -> Iterator[Suggestion]:
        counted: dict[int, int] = dict(
            self._sql.rows("SELECT rating, count(*) FROM judgement WHERE rating > 0 GROUP BY rating")
        )
        for rating in sorted(counted, reverse=True):
            yield Suggestion(str(rating), counted[rating])

    def _years_and_spans(self) -> Iterator[Suggestion]:
        """Years that have photos, the newest first, and spans that move with the calendar."""
        rows = self._sql.rows(
            "SELECT value, n FROM tally WHERE what = 'year' AND n > 0 ORDER BY value DESC LIMIT ?", (_YEARS,)
        )
        yield from (Suggestion(year, count) for year, count in rows if _YEAR.fullmatch(year))
        yield from (Suggestion(str(name)) for name in Named)


def _pause_s(cost_s: float) -> float:
    """For how long values that cost so much are good enough, whatever is written."""
    return cost_s / _SHARE if cost_s > _DEAR_S else 0.0


def _most_first(counted: Mapping[str, int]) -> list[Suggestion]:
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [Suggestion(value, count) for value, count in ordered]


def _words(text: str) -> str:
    return " ".join(_WORD.findall(plain(text)))
