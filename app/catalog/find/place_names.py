"""Which places a query names: its words are a city, a region, a country, or several of these, and nothing else."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import combinations

from app.catalog.store.connection import Connection

Words = frozenset[str]

_WORD = re.compile(r"\w+")


class PlaceNames:
    """The names of all places of a library; read again where there are more of them."""

    def __init__(self, sql: Connection) -> None:
        self._sql = sql
        self._newest = 0
        self._ids_by_words: Mapping[Words, list[int]] = {}

    def named(self, texts: Iterable[str], passed_over: Words) -> list[int]:
        """Ids of the places that a query names: "Rome", "rome italy", "Île-de-France".

        A part of a name is none: who looks for a beach does not mean Virginia Beach.

        Args:
            texts: the words of a query, in any order.
            passed_over: words without meaning, in query and names alike.
        """
        newest = int(self._sql.value("SELECT coalesce(max(id), 0) FROM place"))
        if newest != self._newest:
            self._ids_by_words, self._newest = self._read(passed_over), newest
        return self._ids_by_words.get(_folded(" ".join(texts)) - passed_over, [])

    def _read(self, passed_over: Words) -> Mapping[Words, list[int]]:
        found: dict[Words, list[int]] = defaultdict(list)
        for place_id, *names in self._sql.rows("SELECT id, city, region, country FROM place"):
            parts = [_folded(name) - passed_over for name in names]
            for size in (1, 2, 3):
                for chosen in combinations([part for part in parts if part], size):
                    ids = found[frozenset().union(*chosen)]
                    if place_id not in ids[-1:]:
                        ids.append(place_id)
        return dict(found)


@lru_cache(maxsize=4096)
def _folded(text: str) -> Words:
    """The words of a text without case and accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return frozenset(_WORD.findall("".join(letter for letter in plain if unicodedata.category(letter) != "Mn")))
