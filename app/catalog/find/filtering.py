"""From a field of a query to photos: which ones have this tag, camera, rating, date."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from app.catalog.find.matching import Matching
from app.catalog.find.scopes import TAGGED
from app.catalog.rows import OFFLINE_PHOTOS, SHOWN_MACHINE_TAG
from app.catalog.store.connection import Connection, Parameters
from app.catalog.tag_names import tag_key
from app.core.clock import wall_clock
from app.core.id_sets import are_among
from app.core.periods import Ago, Date, Named, Period, end_of_today, extent
from app.core.query import Comparison, Field, FieldName, Scope, Term, Trait
from app.core.types import PhotoIds

_HIGHEST_RATING: Final = 5
_FIELDS_KEPT: Final = 4
_CLOCK_S: Final = 60
"""Dates may be relative to now."""
_WORD = re.compile(r"\w+")

_NAMES: Final = "SELECT value FROM tally WHERE what = ? AND value <> '' AND n > 0"
"""The different cameras, or lenses, of shown photos."""

_TRAITS: Final[Mapping[Trait, str]] = {
    Trait.FAVOURITE: "SELECT photo_id AS id FROM judgement WHERE is_favourite = 1",
    Trait.CAPTIONED: "SELECT photo_id AS id FROM own_caption WHERE text <> ''"
    " UNION ALL SELECT photo_id FROM machine_caption INDEXED BY machine_caption_written WHERE text <> ''",
    Trait.OFFLINE: OFFLINE_PHOTOS,
    Trait.UNREADABLE: "SELECT photo_id AS id FROM failure WHERE stage = 'read'",
}


class Filtering(Matching):
    """Answers for the fields of queries."""

    def __init__(self, sql: Connection, library: Path) -> None:
        super().__init__(sql, library)
        self._fitting: dict[Field, PhotoIds] = {}
        self._fitting_for: tuple[int, ...] = ()

    def fitting(self, field: Field) -> PhotoIds:
        """int64, shape (n,), in any order, some perhaps twice: photos, shown or not, whose field fits.

        Somebody who types words beside a field asks for the same field at each letter: the last answers are kept until
        something is written.
        """
        moment = (*self._sql.version(), int(self._sql.now() // _CLOCK_S))
        if moment != self._fitting_for or len(self._fitting) > _FIELDS_KEPT:
            self._fitting, self._fitting_for = {}, moment
        if field not in self._fitting:
            found = self._found(field)
            if self._sql.db.conn.in_transaction:  # What is rolled back leaves no trace in the version.
                return found
            found.flags.writeable = False
            self._fitting[field] = found
        return self._fitting[field]

    def _found(self, field: Field) -> PhotoIds:
        answers: Mapping[FieldName, Callable[[Field], PhotoIds]] = {
            FieldName.TAG: self._tagged,
            FieldName.FOLDER: lambda field: self._with_words(field, "folder", is_prefix=True),
            FieldName.FILE: lambda field: self._with_words(field, "name", is_prefix=True),
            FieldName.CAPTION: lambda field: self._with_words(field, "own_caption", "machine_caption"),
            FieldName.TEXT: lambda field: self._with_words(field, "picture_text"),
            FieldName.CAMERA: lambda field: self._made_with(field, "camera"),
            FieldName.LENS: lambda field: self._made_with(field, "lens"),
            FieldName.TYPE: lambda field: self._of_photos("kind = ?", (str(field.value),)),
            FieldName.PLACE: self._taken_in,
            FieldName.IS: self._being,
            FieldName.RATING: self._rated,
            FieldName.DATE: self._dated,
            FieldName.BEFORE: self._dated,
            FieldName.AFTER: self._dated,
        }
        return answers[field.name](field)

    def written_in(self, asked: Field | Term) -> PhotoIds:
        """int64, perhaps some twice: photos in which a person wrote a tag's or caption's words, or a phrase.

        What a machine can't have written is left out: all photos that fit are alike in it.
        """
        if isinstance(asked, Term):
            return self.holding_in(("name", "own_tags", "own_caption"), asked.text)
        if asked.name is FieldName.CAPTION:
            return self._with_words(asked, "own_caption")
        if asked.name is not FieldName.TAG:
            return np.empty(0, np.int64)
        own = "SELECT o.photo_id AS id FROM own_tag o JOIN tag t ON t.id = o.tag_id WHERE t.key = ?"
        found = self._sql.ids(own, (tag_key(str(asked.value)),))
        return found if len(found) else self._with_words(asked, "own_tags")

    def _of_photos(self, condition: str, given: Parameters) -> PhotoIds:
        return self._sql.ids(f"SELECT id FROM photo WHERE removed_at IS NULL AND {condition}", given)

    def _with_words(self, field: Field, *columns: str, is_prefix: bool = False) -> PhotoIds:
        return self.holding_in(columns, str(field.value), is_prefix=is_prefix)

    def _tagged(self, field: Field) -> PhotoIds:
        """The tag of this name; where there is none, tags that hold its words."""
        key = tag_key(str(field.value))
        found = self._sql.ids(f"SELECT photo_id AS id FROM ({TAGGED})", (key, key))
        return found if len(found) else self._with_words(field, "own_tags", "machine_tags")

    def _made_with(self, field: Field, column: str) -> PhotoIds:
        """Cameras and lenses of this name; else those with each word in it: "eos 80" finds "Canon EOS 80D"."""
        asked = plain(str(field.value))
        known = {name: plain(name) for name in self._sql.column(_NAMES, (column,))}
        names = [name for name in known if " ".join(known[name].split()) == asked]
        names = names or [name for name in known if all(word in known[name] for word in asked.split())]
        marks = ",".join("?" * len(names))
        return self._of_photos(f"{column} IN ({marks})", names)

    def _taken_in(self, field: Field) -> PhotoIds:
        """Places in whose city, region, country or code all words stand: "york" finds New York."""
        words = set(_WORD.findall(plain(str(field.value))))
        places = self._sql.rows("SELECT id, city, region, country, country_code FROM place")
        fitting = [place[0] for place in places if words <= set(_WORD.findall(plain(" ".join(place[1:]))))]
        return self._placed(fitting) if words else np.empty(0, np.int64)

    def _being(self, field: Field) -> PhotoIds:
        if field.value is Trait.UNRATED:
            return self._with_ratings(0, 0)
        if field.value is Trait.TAGGED:
            return self._with_tags()
        return self._sql.ids(_TRAITS[Trait(str(field.value))])

    def _with_tags(self) -> PhotoIds:
        """Whether a photo has machine tags is noted with it, so no tag is read but where a person rejected some."""
        noted = self._sql.ids("SELECT photo_id AS id FROM tagged INDEXED BY tagged_with_tags WHERE has_tags = 1")
        rejected = self._sql.ids("SELECT photo_id AS id FROM rejected_tag")
        others = self._sql.ids(
            "SELECT photo_id AS id FROM own_tag UNION ALL SELECT m.photo_id FROM"
            " (SELECT DISTINCT photo_id FROM rejected_tag) r CROSS JOIN machine_tag m ON m.photo_id = r.photo_id"
            f" WHERE {SHOWN_MACHINE_TAG}"
        )
        return np.concatenate([noted[~are_among(noted, rejected)], others])

    def _rated(self, field: Field) -> PhotoIds:
        assert isinstance(field.value, int)
        upper = field.upper if isinstance(field.upper, int) else field.value
        return self._with_ratings(*_range(field.comparison, field.value, upper))

    def _with_ratings(self, lowest: int, highest: int) -> PhotoIds:
        """Most photos have no rating and no row for it: where 0 is asked for, the others are taken off."""
        rated = "SELECT photo_id AS id FROM judgement WHERE rating > 0 AND rating"
        if lowest > 0 or highest < 0:
            return self._sql.ids(f"{rated} BETWEEN ? AND ?", (lowest, highest))
        others = self._sql.ids(f"{rated} > ?", (highest,))
        return np.setdiff1d(self.scope_ids(Scope()), others, assume_unique=True)

    def _dated(self, field: Field) -> PhotoIds:
        begin, end = moments(field, wall_clock(self._sql.now()))
        return self._of_photos("taken_at >= ? AND taken_at < ?", (begin, end))


def plain(text: str) -> str:
    """Text without case, accents and compatibility forms, to look for names in."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def moments(field: Field, now: float) -> tuple[float, float]:
    """From when until before when a date, before or after field holds; seconds as in ``extent``."""
    value = _period(field.value)
    begin, end = extent(value, now)
    comparison = field.comparison
    if field.name is not FieldName.DATE:
        comparison = Comparison.BELOW if field.name is FieldName.BEFORE else Comparison.ABOVE
    if comparison is Comparison.IS:
        return begin, end_of_today(now) if isinstance(value, Ago) else end
    if comparison is Comparison.BETWEEN:
        other = extent(_period(field.upper), now)
        return min(begin, other[0]), max(end, other[1])
    return {
        Comparison.AT_LEAST: (begin, np.inf),
        Comparison.ABOVE: (end, np.inf),
        Comparison.AT_MOST: (-np.inf, end),
        Comparison.BELOW: (-np.inf, begin),
    }[comparison]


def _period(value: object) -> Period:
    assert isinstance(value, Date | Ago | Named)
    return value


def _range(comparison: Comparison, value: int, upper: int) -> tuple[int, int]:
    return {
        Comparison.IS: (value, value),
        Comparison.AT_LEAST: (value, _HIGHEST_RATING),
        Comparison.ABOVE: (value + 1, _HIGHEST_RATING),
        Comparison.AT_MOST: (0, value),
        Comparison.BELOW: (0, value - 1),
        Comparison.BETWEEN: (min(value, upper), max(value, upper)),
    }[comparison]
