"""From words to photos: full-text matches with their relevance, and where the words stand."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from app.catalog.find import weighing
from app.catalog.find.place_names import PlaceNames
from app.catalog.find.scopes import Scopes
from app.catalog.find.tag_words import TagWords
from app.catalog.find.weighing import Factors
from app.catalog.store.connection import Connection, as_json
from app.catalog.words import has_words, tokenise
from app.core.gauge import Gauge
from app.core.query import EVERYWHERE, Scope, Source, Term
from app.core.types import WHY_BITS, PhotoIds, Why

MAX_TERMS: Final = 24
"""Words of a query that are looked up; the first ones of a longer text are its subject anyway."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the index: what its words weigh, and what a match in it is called."""

    name: str
    weight: float
    why: Why
    source: Source | None = None
    """As what it can be passed over; None: never."""


_PERSONS: Final = (
    _Column("name", 4.0, Why.NAME),
    _Column("folder", 3.0, Why.FOLDER),
    _Column("own_tags", 6.0, Why.TAG, Source.WORDS),
    _Column("own_caption", 6.0, Why.CAPTION, Source.WORDS),
)
_MACHINE_TAGS: Final = _Column("machine_tags", 0.4, Why.TAG, Source.WORDS)
"""Made of the same vectors that are compared anyway."""
_PICTURE_TEXT: Final = _Column("picture_text", 2.0, Why.TEXT, Source.TEXT)
_MACHINES: Final = (
    _Column("machine_caption", 2.0, Why.CAPTION, Source.WORDS),
    _MACHINE_TAGS,
    _Column("place", 3.0, Why.PLACE),
    _PICTURE_TEXT,
)
_FEW_IN_ONE: Final = 200
_MANY_IN_ONE: Final = 2_000
"""A folder's name that fits more photos is no reason to put them all first."""
_SATURATION: Final = 1.2
"""BM25's k1: how soon more places of the same word say nothing new."""

# Words that say nothing about a picture; a query of nothing else is looked up as it is.
_STOP_WORDS: Final = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by for from has have in into is it its of on or over that the their them there these"
        " they this to under was were which with",
    )
)


@dataclass(frozen=True, eq=False)
class WordHits:
    """Photos that hold words of a query, as columns, best first.

    Attributes:
        ids: int64, shape (n,).
        relevance: float32, shape (n,), above 0: by BM25 with weights per field, but without the texts' lengths.
        whys: uint8, shape (n,), sums of WHY_BITS: where any of the words stand.
        is_person: bool, shape (n,): all content words stand within one field that a person wrote: name, folder
            (unless thousands lie in it), own tags, own caption; or the query names the place where it was taken.
        is_own: bool, shape (n,): that field says it of this photo alone: its name, own tags, own caption.
        matched: uint8, shape (n,): how many content words (a phrase counts as one) stand somewhere.
        asked: how many content words were looked up.
    """

    ids: PhotoIds
    relevance: npt.NDArray[np.float32]
    whys: npt.NDArray[np.uint8]
    is_person: npt.NDArray[np.bool_]
    is_own: npt.NDArray[np.bool_]
    matched: npt.NDArray[np.uint8]
    asked: int

    @property
    def is_whole(self) -> npt.NDArray[np.bool_]:
        """bool, shape (n,): all content words stand somewhere."""
        whole: npt.NDArray[np.bool_] = self.matched == self.asked
        return whole


class Matching(Scopes):
    """Looking words up. Any text is a legal query: nothing of it reaches the index as syntax."""

    def __init__(self, sql: Connection, library: Path) -> None:
        super().__init__(sql, library)
        self._place_names = PlaceNames(sql)
        self._tag_words = TagWords(sql)

    def match(
        self,
        terms: Sequence[Term],
        scope: Scope = Scope(),  # noqa: B008 (frozen)
        *,
        among: PhotoIds | None = None,
        sources: frozenset[Source] = EVERYWHERE,
        gauge: Gauge | None = None,
        limit: int,
    ) -> WordHits:
        """Photos that hold any of the terms.

        The last word, unless quoted, also matches words that begin with it. A quoted term is found as it stands,
        stop words and all. Photos in which a person wrote all words are all in the answer: somebody who looks for a
        folder by its name wants the whole folder.

        Args:
            terms: words and phrases, in their order.
            scope: what to look in.
            among: int64, ascending: only these photos, whatever the scope.
            sources: where to look; in names, folders and places always.
            gauge: keeps how many photos hold each word, by which its rarity is measured.
            limit: beyond a person's full matches, at most so many in all.
        """
        phrases = _phrases(terms)
        search = _Search(self, self.scope_ids(scope) if among is None else among, sources, gauge or Gauge())
        for phrase in phrases:
            search.look_up(phrase)
        search.lie_in(self._placed(self._place_names.named([term.text for term in content(terms)], _STOP_WORDS)))
        return search.best(max(limit, 0))

    def holding(self, terms: Sequence[Term]) -> PhotoIds:
        """int64, shape (n,), ascending: photos, shown or not, that hold all words that say something, anywhere."""
        phrases = [phrase for term in content(terms) if (phrase := _phrase(term.text))][:MAX_TERMS]
        return self._holding(" AND ".join(phrases)) if phrases else np.empty(0, np.int64)

    def holding_in(self, columns: Sequence[str], text: str, *, is_prefix: bool = False) -> PhotoIds:
        """int64, ascending: photos, shown or not, in one of whose ``columns`` the text stands as it is.

        ``is_prefix``: its last word may be the beginning of one.
        """
        phrase = _phrase(text, is_prefix=is_prefix)
        return self._holding(f"{{{' '.join(columns)}}} : {phrase}") if phrase else np.empty(0, np.int64)

    def _placed(self, place_ids: Sequence[int]) -> PhotoIds:
        """int64, ascending: all photos of these places, shown or not."""
        if not place_ids:
            return np.empty(0, np.int64)
        return self._sql.ids(
            "SELECT id FROM photo WHERE removed_at IS NULL AND place_id IS NOT NULL"
            " AND place_id IN (SELECT value FROM json_each(?))",
            (as_json(place_ids),),
        )

    def _holding(self, expression: str) -> PhotoIds:
        """int64, ascending: all photos that match, shown or not."""
        return self._sql.ids("SELECT rowid AS id FROM words WHERE words MATCH ?", (expression,))

    def _holds_any(self, expression: str) -> bool:
        return bool(self._sql.value("SELECT EXISTS (SELECT 1 FROM words WHERE words MATCH ?)", (expression,)))


class _Search:
    """One query on its way: what was found so far, as columns along ``shown``, the photos that may be found.

    SQLite's own bm25() reads each matching row's positions and length, 2.5 microseconds a row; the ids alone of a
    word in one column come at a tenth of that, and say all that is needed: which word, which field.
    """

    def __init__(self, index: Matching, shown: PhotoIds, sources: frozenset[Source], gauge: Gauge) -> None:
        self._index = index
        self._gauge = gauge
        self._shown = shown
        self._places = _Places(shown)
        self._asked = 0
        self._relevance = np.zeros(len(shown), np.float32)
        self._whys = np.zeros(len(shown), np.uint8)
        self._matched = np.zeros(len(shown), np.uint8)
        self._persons, self._machines = (
            [column for column in columns if column.source is None or column.source in sources]
            for columns in (_PERSONS, _MACHINES)
        )
        self._held = {column: np.zeros(len(shown), np.uint8) for column in self._persons}
        """How many of the words stand in each field that a person wrote."""
        self._is_in_place = np.zeros(len(shown), np.bool_)
        self._is_in_crowd = np.zeros(len(shown), np.bool_)
        """The folder's name says as much of thousands."""

    def look_up(self, phrase: str) -> None:
        """Find the photos that hold one phrase of the index's syntax, and credit them."""
        self._asked += 1
        if len(self._shown) == 0:
            return
        weights = np.zeros(len(self._shown), np.float32)
        for column in self._columns(phrase):
            places, factors = self._found_in(column, phrase)
            count: float = len(places)
            if _counts(column):
                count = self._gauge.keep(f"{phrase} {column.name}", partial(len, places))
            weights[places] += np.float32(_weight(column, count)) * factors
            self._whys[places] |= np.uint8(WHY_BITS[column.why])
            if column in self._held:
                self._held[column][places] += 1
            if column.why is Why.FOLDER and count > _MANY_IN_ONE:
                self._is_in_crowd[places] = True
        found = np.flatnonzero(weights != 0)
        self._matched[found] += 1
        rarity = self._gauge.keep(phrase, lambda: _rarity(len(found), len(self._shown)))
        told = weights[found]
        self._relevance[found] += rarity * told * (_SATURATION + 1) / (told + _SATURATION)

    def _found_in(self, column: _Column, phrase: str) -> tuple[npt.NDArray[np.int64], Factors]:
        """The places of the photos that hold the phrase in one field, and how much more than usual that says."""
        if column is _MACHINE_TAGS:
            tagged = self._index._tag_words.tagged(phrase)
            places, is_shown = self._places.found(tagged.ids)
            return places, weighing.of_tags(tagged.confidence[is_shown])
        places, _ = self._places.found(self._index._holding(_within([column], phrase)))
        if column is _PICTURE_TEXT:
            return places, weighing.of_texts(self._index._sql, self._shown[places])
        return places, np.ones(1, np.float32)

    def lie_in(self, ids: PhotoIds) -> None:
        """The whole query names the place where these photos were taken, which is no guess of a machine's."""
        self._is_in_place[self._places.found(ids)[0]] = True

    def _columns(self, phrase: str) -> Iterator[_Column]:
        """Most words stand in nothing that a person wrote: one look tells, instead of four."""
        if self._index._holds_any(_within(self._persons, phrase)):
            yield from self._persons
        yield from self._machines

    def best(self, limit: int) -> WordHits:
        """A person's full matches first, then the others by relevance up to ``limit``; the newest of equal ones."""
        places = np.flatnonzero(self._matched != 0)[::-1]
        is_person = self._is_in_place[places]
        is_named = is_person.copy()
        is_own = np.zeros(len(places), np.bool_)
        for column, held in self._held.items():
            is_whole = held[places] == self._asked
            is_named |= is_whole
            if column.why is Why.FOLDER:
                is_person |= is_whole & ~self._is_in_crowd[places]
            else:
                is_own |= is_whole
        is_person |= is_own
        worth = self._relevance[places] + 1e6 * is_named + 1e6 * is_person
        order = _first_highest(worth, max(limit, int(np.count_nonzero(is_named))))
        places = places[order]
        return WordHits(
            ids=self._shown[places],
            relevance=self._relevance[places],
            whys=self._whys[places],
            is_person=is_person[order],
            is_own=is_own[order],
            matched=self._matched[places],
            asked=self._asked,
        )


class _Places:
    """Where photos stand among those that may be found, by a table over all ids, which count from 1."""

    def __init__(self, shown: PhotoIds) -> None:
        """``shown``: int64, ascending."""
        self._place_by_id = np.full(int(shown[-1]) + 1 if len(shown) else 0, -1, np.int32)
        self._place_by_id[shown] = np.arange(len(shown), dtype=np.int32)

    def found(self, ids: PhotoIds) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """The places of those of ``ids`` (ascending) that stand there, and which they are: bool, shape (len(ids),)."""
        known = ids[: np.searchsorted(ids, len(self._place_by_id))]
        places = self._place_by_id[known]
        is_shown = np.zeros(len(ids), np.bool_)
        is_shown[: len(known)] = places >= 0
        return places[places >= 0].astype(np.int64), is_shown


def _first_highest(values: npt.NDArray[np.float64], limit: int) -> npt.NDArray[np.int64]:
    """Places of the ``limit`` highest values, highest first; equal values in the order in which they stand."""
    if limit == 0:
        return np.empty(0, np.int64)
    chosen = np.arange(len(values))
    if len(values) > limit:
        line = np.partition(values, -limit)[-limit]
        above = np.flatnonzero(values > line)
        chosen = np.concatenate([above, np.flatnonzero(values == line)[: limit - len(above)]])
    return chosen[np.argsort(-values[chosen], kind="stable")]


def _within(columns: Sequence[_Column], phrase: str) -> str:
    return f"{{{' '.join(column.name for column in columns)}}} : {phrase}"


def _rarity(count: int, total: int) -> float:
    """In nats."""
    return math.log1p((total - count + 0.5) / (count + 0.5))


def _counts(column: _Column) -> bool:
    """Whether it matters how many photos a word fits there."""
    return column.why in (Why.FOLDER, Why.PLACE)


def _weight(column: _Column, count: float) -> float:
    """A folder's or place's name that fits thousands of photos says little about each of them."""
    if not _counts(column):
        return column.weight
    return column.weight * math.sqrt(_FEW_IN_ONE / max(count, _FEW_IN_ONE))


def content(terms: Sequence[Term]) -> list[Term]:
    """The terms that say something: without stop words, unless there is nothing else."""
    return [term for term in terms if term.is_exact or term.text.casefold() not in _STOP_WORDS] or list(terms)


def _phrases(terms: Sequence[Term]) -> list[str]:
    """The terms that say something as the index's phrases."""
    chosen = content(terms)
    found = [_phrase(term.text, is_prefix=term is chosen[-1] and not term.is_exact) for term in chosen]
    return list(dict.fromkeys(phrase for phrase in found if phrase))[:MAX_TERMS]


def _phrase(text: str, *, is_prefix: bool = False) -> str:
    """A term as a quoted phrase; empty where nothing of it can be looked up."""
    words = _NO_WORD.sub(" ", tokenise(text)).split()[:MAX_TERMS]
    joined = " ".join(words)
    if not has_words(joined):
        return ""
    # One letter begins too many words to say anything.
    return f'"{joined}" *' if is_prefix and len(words[-1]) > 1 else f'"{joined}"'


_NO_WORD = re.compile(r'["\x00]')
