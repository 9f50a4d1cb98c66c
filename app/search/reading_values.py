"""Reads the values of fields: dates, ratings, kinds, traits, words; and writes them again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Final

from app.core.periods import Ago, Date, Named, Period, Unit
from app.core.query import Comparison, Field, FieldName, FieldValue, Mistake, Trait
from app.core.types import Kind
from app.search.lexing import QUOTES, has_content

HIGHEST_RATING: Final = 5

_COMPARED = re.compile(r"(>=|<=|≥|≤|>|<|=)?\s*(.*)", re.DOTALL)
_COMPARISONS: Final[Mapping[str | None, Comparison]] = {
    None: Comparison.IS,
    "=": Comparison.IS,
    ">=": Comparison.AT_LEAST,
    "≥": Comparison.AT_LEAST,
    "<=": Comparison.AT_MOST,
    "≤": Comparison.AT_MOST,
    ">": Comparison.ABOVE,
    "<": Comparison.BELOW,
}
_DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?", re.ASCII)
_AGO = re.compile(r"(\d{1,4})([dwmy])", re.ASCII)
_ALSO: Final = {"favorite": "favourite", "favorites": "favourite", "favourites": "favourite"}
"""Other spellings of kinds and traits; plurals of kinds are understood without."""
_PLAIN = re.compile(r'[^\s()"]+')


class NotUnderstood(Exception):
    """A value is not what its field takes."""

    def __init__(self, code: Mistake, **fields: str) -> None:
        super().__init__(code)
        self.code, self.fields = code, fields


def read_field(name: FieldName, text: str) -> Field:
    """A field with its value, without its place.

    Raises:
        NotUnderstood: the value is missing or wrong.
    """
    told = " ".join(text.split())
    if not has_content(told):
        raise NotUnderstood(Mistake.VALUE_MISSING)
    if name is FieldName.RATING:
        return _compared(name, told, _rating)
    if name is FieldName.DATE:
        return _compared(name, told, _period)
    if name in (FieldName.BEFORE, FieldName.AFTER):
        return Field(name, _period(told))
    if name is FieldName.TYPE:
        return Field(name, Kind(_choice(told, Kind)))
    if name is FieldName.IS:
        return Field(name, Trait(_choice(told, Trait)))
    return Field(name, told)


def write_field(field: Field) -> str:
    """A field as it can be typed; reading it gives the same field."""
    told = write_value(field.value)
    if field.comparison is Comparison.BETWEEN and field.upper is not None:
        told = f"{told}..{write_value(field.upper)}"
    elif field.comparison is not Comparison.BETWEEN:
        told = f"{field.comparison}{told}"
    return f"{field.name}:{quoted(told)}"


def write_value(value: FieldValue) -> str:
    """A value without quotes."""
    if isinstance(value, Date):
        return "-".join([f"{value.year:04}", *(f"{part:02}" for part in (value.month, value.day) if part is not None)])
    if isinstance(value, Ago):
        return f"{value.count}{value.unit}"
    return str(value)


def quoted(text: str) -> str:
    """A value as it stands behind a colon: in quotes where it must be."""
    # Quotes in a value can't be told from those around it.
    sound = text.translate(QUOTES).replace('"', " ")
    return sound if _PLAIN.fullmatch(sound) else f'"{sound}"'


def _compared(name: FieldName, text: str, read: Callable[[str], FieldValue]) -> Field:
    """``4``, ``>=4``, ``3..5``, ``3..``, ``..5``."""
    lower, dots, upper = (part.strip() for part in text.partition(".."))
    if dots and lower and upper:
        return Field(name, read(lower), Comparison.BETWEEN, read(upper))
    if dots:
        return Field(name, read(lower or upper), Comparison.AT_LEAST if lower else Comparison.AT_MOST)
    found = _COMPARED.fullmatch(text)
    sign, told = (found[1], found[2]) if found else (None, text)
    return Field(name, read(told), _COMPARISONS[sign])


def _rating(text: str) -> int:
    if not (len(text) == 1 and text.isascii() and text.isdigit() and int(text) <= HIGHEST_RATING):
        raise NotUnderstood(Mistake.NOT_A_RATING, value=text)
    return int(text)


def _period(text: str) -> Period:
    told = text.casefold().replace(" ", "-")
    if told in set(Named):
        return Named(told)
    if ago := _AGO.fullmatch(told):
        return Ago(int(ago[1]), Unit(ago[2]))
    found = _DATE.fullmatch(told)
    if found is None:
        raise NotUnderstood(Mistake.NOT_A_DATE, value=text)
    year, month, day = (None if part is None else int(part) for part in found.groups())
    try:
        date(year or 0, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        raise NotUnderstood(Mistake.NOT_A_DATE, value=text) from None
    return Date(year or 0, month, day)


def _choice(text: str, choices: Iterable[str]) -> str:
    """One of a fixed choice, however it is written: Videos, favorite."""
    known = [str(each) for each in choices]
    told = text.casefold()
    for spelling in (told, _ALSO.get(told, ""), told.removesuffix("s")):
        if spelling in known:
            return spelling
    raise NotUnderstood(Mistake.VALUE_UNKNOWN, value=text, choices=", ".join(known))
