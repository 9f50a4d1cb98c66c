"""From words to photos: full-text matches with their rank, and where the words stand."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from app.catalog import scopes
from app.catalog.connection import Part
from app.catalog.words import has_words, tokenise
from app.core.query import Scope, Term
from app.core.types import PhotoId, PhotoIds, Why

MAX_TERMS: Final = 24
"""Words of a query that are looked up; the first ones of a longer text are its subject anyway."""

_COLUMNS: Final = ("name", "folder", "own_tags", "own_caption", "machine_caption", "machine_tags")
_WEIGHTS: Final = {
    "name": 4.0,
    "folder": 3.0,
    "own_tags": 6.0,
    "own_caption": 6.0,
    "machine_caption": 2.0,
    "machine_tags": 2.0,
}
_PERSONS: Final = (
    (Why.NAME, "name"),
    (Why.FOLDER, "folder"),
    (Why.TAG, "own_tags"),
    (Why.CAPTION, "own_caption"),
)
_FIELDS: Final = {
    Why.NAME: "name",
    Why.FOLDER: "folder",
    Why.TAG: "own_tags machine_tags",
    Why.CAPTION: "own_caption machine_caption",
}
_FEW_IN_A_FOLDER: Final = 200

# Words that say nothing about a picture; a query of nothing else is looked up as it is.
_STOP_WORDS: Final = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by for from has have in into is it its of on or over that the their them there these"
        " they this to under was were which with",
    )
)

_SHOWN: Final = "+rowid NOT IN (SELECT id FROM photo WHERE removed_at IS NOT NULL)"


@dataclass(frozen=True, slots=True)
class WordHit:
    """A photo that holds words of a query.

    Attributes:
        rank: BM25 with weights per field; smaller (more negative) is better.
        fields: where any of the words stand.
        person: all content words stand within one field that a person wrote: name, folder, own tags, own caption.
        all_words: all content words stand somewhere.
        matched: how many content words (a phrase counts as one) stand somewhere.
    """

    photo_id: PhotoId
    rank: float
    fields: frozenset[Why]
    person: bool
    all_words: bool
    matched: int


class Matching(Part):
    """Looking words up. Any text is a legal query: nothing of it reaches the index as syntax."""

    def match(self, terms: Sequence[Term], scope: Scope = Scope(), *, limit: int) -> list[WordHit]:  # noqa: B008 (frozen)
        """Photos that hold any of the positive terms, best first.

        The last word, unless quoted, also matches words that begin with it. A quoted term is found as it stands,
        stop words and all. Photos in which a person wrote all words are in the answer before any others are cut.

        Args:
            terms: negated ones are passed over; see ``excluded``.
            scope: what to look in.
            limit: at most so many.
        """
        phrases = _phrases(terms)
        if not phrases or limit <= 0:
            return []
        search = _Search(self, phrases, scope, limit)
        return search.hits()

    def excluded(self, terms: Sequence[Term], scope: Scope = Scope()) -> PhotoIds:  # noqa: B008 (frozen)
        """int64, shape (n,), ascending: photos that hold any of the negated terms, in whichever field."""
        phrases = [phrase for term in terms if term.is_negated if (phrase := _phrase(term.text))]
        if not phrases:
            return np.empty(0, np.int64)
        return self._ids_matching(" OR ".join(phrases[:MAX_TERMS]), self._within(scope))

    def _within(self, scope: Scope) -> tuple[str, list[object]]:
        """The scope as a condition on a row of words; the plus keeps SQLite from asking the index row by row."""
        if scope == Scope():
            return _SHOWN, []
        condition, given = scopes.condition(scope, self._sql.now())
        return f"+rowid IN (SELECT p.id FROM photo p WHERE {condition})", given

    def _ids_matching(
        self, expression: str, scoped: tuple[str, list[object]] = ("1", []), limit: int | None = None
    ) -> PhotoIds:
        """int64, ascending; where they are limited, the highest ids."""
        within, given = scoped
        # The index reads its lists backwards at twice the time, so only where that ends early.
        highest = "" if limit is None else f" ORDER BY rowid DESC LIMIT {int(limit)}"
        return self._sql.ids(
            f"SELECT rowid AS id FROM words WHERE words MATCH ? AND {within}{highest}", (expression, *given)
        )

    def _ranked(
        self, expression: str, weights: Iterable[float], scoped: tuple[str, list[object]], limit: int
    ) -> npt.NDArray[np.float64]:
        """Columns: photo id, rank; best first, ties by id so that the same query gives the same order."""
        listed = ", ".join(f"{weight:.4f}" for weight in weights)
        within, given = scoped
        return self._sql.numbers(
            f"SELECT rowid, bm25(words, {listed}) AS r FROM words WHERE words MATCH ? AND {within}"
            " ORDER BY r, rowid DESC LIMIT ?",
            (expression, *given, limit),
            columns=2,
        )


class _Search:
    """One query on its way: what was found so far."""

    def __init__(self, index: Matching, phrases: list[str], scope: Scope, limit: int) -> None:
        self._index = index
        self._phrases = phrases
        self._scoped = index._within(scope)
        self._limit = limit
        self._in_field = {
            why: index._ids_matching(f"{{{columns}}} : ({' OR '.join(phrases)})") for why, columns in _FIELDS.items()
        }

    def hits(self) -> list[WordHit]:
        ids, ranks, is_persons = self._retrieved()
        matched = self._matched(ids)
        fields = [(why, np.isin(ids, found, assume_unique=True)) for why, found in self._in_field.items()]
        best = np.lexsort((-ids, ranks, ~is_persons))[: self._limit]
        return [
            WordHit(
                photo_id=PhotoId(int(ids[row])),
                rank=float(ranks[row]),
                fields=frozenset(why for why, is_in in fields if is_in[row]),
                person=bool(is_persons[row]),
                all_words=bool(matched[row] == len(self._phrases)),
                matched=int(matched[row]),
            )
            for row in best
        ]

    def _retrieved(self) -> tuple[PhotoIds, npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Photo ids, their ranks, and whether a person wrote all the words: each of shape (n,), in no order."""
        found = self._index._ranked(" OR ".join(self._phrases), self._weights(), self._scoped, self._limit)
        ids, ranks = found[:, 0].astype(np.int64), found[:, 1]
        persons = self._persons()
        # Beyond the best ones: no rank was worked out for them, and the last one's is at least as good as theirs.
        others = np.setdiff1d(persons, ids)
        ids = np.concatenate([ids, others])
        ranks = np.concatenate([ranks, np.full(len(others), ranks[-1] if len(ranks) else 0.0)])
        return ids, ranks, np.isin(ids, persons)

    def _persons(self) -> PhotoIds:
        """Photos of which one field that a person wrote holds all the words."""
        together = " AND ".join(self._phrases)
        found = [
            self._index._ids_matching(f"{{{column}}} : ({together})", self._scoped, self._limit)
            for why, column in _PERSONS
            if len(self._in_field[why])
        ]
        return np.unique(np.concatenate([np.empty(0, np.int64), *found]))

    def _weights(self) -> list[float]:
        """A folder's name that fits thousands of photos says little about each of them."""
        in_folder = len(self._in_field[Why.FOLDER])
        damping = math.sqrt(_FEW_IN_A_FOLDER / max(in_folder, _FEW_IN_A_FOLDER))
        return [_WEIGHTS[column] * (damping if column == "folder" else 1.0) for column in _COLUMNS]

    def _matched(self, ids: PhotoIds) -> npt.NDArray[np.int64]:
        """How many of the phrases each photo holds."""
        if len(self._phrases) == 1:
            return np.ones(len(ids), np.int64)
        count = np.zeros(len(ids), np.int64)
        for phrase in self._phrases:
            count += np.isin(ids, self._index._ids_matching(phrase), assume_unique=True)
        return count


def _phrases(terms: Sequence[Term]) -> list[str]:
    """The positive terms as the index's phrases, without stop words unless there is nothing else."""
    positive = [term for term in terms if not term.is_negated]
    content = [term for term in positive if term.is_exact or term.text.casefold() not in _STOP_WORDS]
    chosen = content or positive
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
