"""Words for the query language: its fields, what a filter says, what is wrong with a part of a query."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from app.core.periods import Ago, Date, Named, Period, Unit
from app.core.query import And, Comparison, Field, FieldName, FieldValue, Mistake, Node, Not, Or, Problem, Trait
from app.core.types import Kind
from app.ui import wording

translate = QCoreApplication.translate

_LONGEST_QUOTE = 40


def field(name: FieldName) -> str:
    """What a field is about, as it stands in a list of fields."""
    return {
        FieldName.TAG: translate("query", "Tag"),
        FieldName.FOLDER: translate("query", "Folder"),
        FieldName.FILE: translate("query", "File name"),
        FieldName.CAPTION: translate("query", "Words in the caption"),
        FieldName.TEXT: translate("query", "Text in the picture"),
        FieldName.CAMERA: translate("query", "Camera"),
        FieldName.LENS: translate("query", "Lens"),
        FieldName.TYPE: translate("query", "Type"),
        FieldName.PLACE: translate("query", "Place"),
        FieldName.IS: translate("query", "Favourite, unrated, captioned…"),
        FieldName.RATING: translate("query", "Rating"),
        FieldName.DATE: translate("query", "Date"),
        FieldName.BEFORE: translate("query", "Before a date"),
        FieldName.AFTER: translate("query", "After a date"),
    }[name]


def filter_name(part: Node) -> str:
    """A filter in a few words: "rating ≥ 4", "in 2023", "not tag: dog", "tag: dog or tag: cat", "“sea” or in 2023"."""
    if isinstance(part, Not):
        return translate("query", "not {filter}").format(filter=_grouped(part.part))
    if isinstance(part, Or):
        return translate("query", " or ").join(map(_grouped, part.parts))
    if isinstance(part, And):
        return translate("query", " and ").join(map(_grouped, part.parts))
    return _field_filter(part) if isinstance(part, Field) else f"“{part.text}”"


def _grouped(part: Node) -> str:
    """In parentheses where it has several parts: "not (tag: dog or tag: cat)"."""
    return f"({filter_name(part)})" if isinstance(part, And | Or) else filter_name(part)


def trait(trait: Trait) -> str:
    """What a photo may be."""
    return {
        Trait.FAVOURITE: translate("query", "favourites"),
        Trait.UNRATED: translate("query", "unrated"),
        Trait.CAPTIONED: translate("query", "with a caption"),
        Trait.TAGGED: translate("query", "with tags"),
        Trait.OFFLINE: translate("query", "offline"),
        Trait.UNREADABLE: translate("query", "can't be read"),
    }[trait]


def period(period: Period) -> str:
    """ "2023", "May 2023", "last week", "the last 7 days"; to stand within a sentence."""
    if isinstance(period, Named):
        return named(period)
    if isinstance(period, Ago):
        return _ago(period)
    day = QDate(period.year, period.month or 1, period.day or 1)
    if period.month is None:
        return str(period.year)
    if period.day is None:
        return QLocale().toString(day, "MMMM yyyy")
    return QLocale().toString(day, "d MMMM yyyy")


def named(name: Named) -> str:
    """A span that moves with the calendar."""
    return {
        Named.TODAY: translate("query", "today"),
        Named.YESTERDAY: translate("query", "yesterday"),
        Named.THIS_WEEK: translate("query", "this week"),
        Named.LAST_WEEK: translate("query", "last week"),
        Named.THIS_MONTH: translate("query", "this month"),
        Named.LAST_MONTH: translate("query", "last month"),
        Named.THIS_YEAR: translate("query", "this year"),
        Named.LAST_YEAR: translate("query", "last year"),
    }[name]


def mistake(problem: Problem, asked: str) -> str:
    """What was passed over in a query, and what could stand there instead."""
    what = _mistakes()[problem.code].format_map(problem.fields)
    if problem.code not in _QUOTED:
        return what
    part = asked[problem.start : problem.end]
    part = part if len(part) <= _LONGEST_QUOTE else part[: _LONGEST_QUOTE - 1] + "…"
    return translate("query", "“{part}” is passed over: {what}").format(part=part, what=what)


def mistakes(problems: Sequence[Problem], asked: str) -> list[str]:
    """Of each what ``mistake`` says, once."""
    return list(dict.fromkeys(mistake(each, asked) for each in problems))


def first_of(told: Sequence[str]) -> str:
    """The first of several sentences, and how many there are besides; "" where there are none."""
    if len(told) < 2:
        return "".join(told)
    more = translate("query", "{mistake} … and {n} more")
    return more.format(mistake=told[0], n=wording.number(len(told) - 1))


_QUOTED = (Mistake.VALUE_MISSING, Mistake.VALUE_UNKNOWN, Mistake.NOT_A_DATE, Mistake.NOT_A_RATING)
"""Of these, the part that is underlined says which one of several is meant."""


def _mistakes() -> dict[Mistake, str]:
    return {
        Mistake.VALUE_MISSING: translate("query", "something has to stand behind the colon"),
        Mistake.VALUE_UNKNOWN: translate("query", "choose one of {choices}"),
        Mistake.NOT_A_DATE: translate("query", "no date. Write 2023, 2023-05, 2023-05-17, last-week or 7d"),
        Mistake.NOT_A_RATING: translate("query", "no rating. Write 4, >=4 or 3..5"),
        Mistake.GROUP_NOT_CLOSED: translate("query", "A parenthesis is not closed"),
        Mistake.GROUP_NOT_OPENED: translate("query", "A parenthesis is closed that was not opened"),
        Mistake.QUOTE_NOT_CLOSED: translate("query", "A quote is not closed: all behind it is looked for as one"),
        Mistake.OR_WITHOUT_SIDE: translate("query", "OR needs something on both sides"),
        Mistake.TOO_DEEP: translate("query", "Too many parentheses in one another; the inmost are passed over"),
        Mistake.TOO_LONG: translate("query", "Only the first 64 different words are searched for"),
        Mistake.TOO_MANY_WAYS: translate("query", "Too many combinations of OR; only the first 16 are searched for"),
    }


def _field_filter(told: Field) -> str:
    value = told.value
    if told.name is FieldName.RATING:
        return _rating(told)
    if isinstance(value, Date | Ago | Named):
        return _date(told, value)
    if isinstance(value, Trait):
        return trait(value)
    name = wording.kind(value) if isinstance(value, Kind) else str(value)
    return translate("query", "{field}: {value}").format(field=_short_field(told.name), value=name)


def _short_field(name: FieldName) -> str:
    """As it stands before a value."""
    return {
        FieldName.TAG: translate("query", "tag"),
        FieldName.FOLDER: translate("query", "folder"),
        FieldName.FILE: translate("query", "file"),
        FieldName.CAPTION: translate("query", "caption"),
        FieldName.TEXT: translate("query", "text"),
        FieldName.CAMERA: translate("query", "camera"),
        FieldName.LENS: translate("query", "lens"),
        FieldName.TYPE: translate("query", "type"),
        FieldName.PLACE: translate("query", "place"),
    }.get(name, str(name))


def _rating(told: Field) -> str:
    if told.comparison is Comparison.BETWEEN:
        between = translate("query", "rating {lower} to {upper}")
        return between.format(lower=told.value, upper=told.upper)
    if told.comparison is Comparison.IS and told.value == 0:
        return trait(Trait.UNRATED)
    sign = {Comparison.AT_LEAST: "≥ ", Comparison.AT_MOST: "≤ ", Comparison.ABOVE: "> ", Comparison.BELOW: "< "}
    return translate("query", "rating {what}").format(what=f"{sign.get(told.comparison, '')}{told.value}")


def _date(told: Field, value: Period) -> str:
    if told.comparison is Comparison.BETWEEN:
        between = translate("query", "from {first} to {last}")
        return between.format(first=period(value), last=_period_of(told.upper))
    by_comparison = {
        Comparison.AT_LEAST: translate("query", "since {date}"),
        Comparison.AT_MOST: translate("query", "until {date}"),
        Comparison.ABOVE: translate("query", "after {date}"),
        Comparison.BELOW: translate("query", "before {date}"),
    }
    by_name = {
        FieldName.BEFORE: translate("query", "before {date}"),
        FieldName.AFTER: translate("query", "after {date}"),
    }
    sentence = by_name.get(told.name) or by_comparison.get(told.comparison)
    if sentence is not None:
        return sentence.format(date=period(value))
    if not isinstance(value, Date):
        return period(value)
    sentence = translate("query", "on {day}") if value.day is not None else translate("query", "in {date}")
    return sentence.format(day=period(value), date=period(value))


def _period_of(value: FieldValue | None) -> str:
    return period(value) if isinstance(value, Date | Ago | Named) else str(value)


def _ago(ago: Ago) -> str:
    one, many = {
        Unit.DAY: (translate("query", "the last day"), translate("query", "the last {n} days")),
        Unit.WEEK: (translate("query", "the last week"), translate("query", "the last {n} weeks")),
        Unit.MONTH: (translate("query", "the last month"), translate("query", "the last {n} months")),
        Unit.YEAR: (translate("query", "the last year"), translate("query", "the last {n} years")),
    }[ago.unit]
    return one if ago.count == 1 else many.format(n=ago.count)
