"""Conditions keep and drop photos."""

from collections.abc import Sequence

import numpy as np
import pytest

from app.core.query import Field, Term
from app.core.types import WHY_BITS, PhotoIds, Why
from app.search.conditions import Conditions
from app.search.query import parse

SHOWN = np.arange(1, 10)
HELD = {"dog": {1, 2, 3}, "hot": {3, 4}, "red car": {5}, "cat": {20}}
FIELDS = {"a": {1, 5, 9}, "b": {2}}
MEANT = {"dog": {6, 7}, "hot dog": {8}}


def _ids(ids: set[int]) -> PhotoIds:
    return np.array(sorted(ids, reverse=True), np.int64)


def _holding(terms: Sequence[Term]) -> PhotoIds:
    return _ids(set.intersection(*(HELD.get(term.text, set()) for term in terms)))


def _fitting(field: Field) -> PhotoIds:
    return _ids(FIELDS[str(field.value)])


def _kept(asked: str) -> list[int]:
    conditions = Conditions(SHOWN, holding=_holding, fitting=_fitting, meant=lambda text: _ids(MEANT.get(text, set())))
    return list(conditions.kept(parse(asked).parts).tolist())


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("tag:a", [1, 5, 9]),
        ("tag:a -tag:b", [1, 5, 9]),
        ("-tag:a", [2, 3, 4, 6, 7, 8]),
        ("tag:a OR tag:b", [1, 2, 5, 9]),
        ("-(tag:a OR tag:b)", [3, 4, 6, 7, 8]),
        ('"red car"', [5]),
        ('-"dog"', [4, 5, 6, 7, 8, 9]),
        ("-dog", [4, 5, 8, 9]),
        ("-cat", [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ("-(hot dog)", [1, 2, 4, 5, 6, 7, 9]),
        ("-(dog tag:a)", [2, 3, 4, 5, 6, 7, 8, 9]),
        ("-(tag:a -dog)", [1, 2, 3, 4, 6, 7, 8]),
    ],
)
def test_conditions_keep_what_they_say(asked: str, kept: list[int]) -> None:
    assert _kept(asked) == kept


def test_where_nothing_is_dropped_the_same_array_is_kept() -> None:
    conditions = Conditions(SHOWN, holding=_holding, fitting=_fitting, meant=_ids)  # type: ignore[arg-type]
    assert conditions.kept(()) is SHOWN
    assert conditions.kept(parse('-"mouse"').parts) is SHOWN


def test_each_photo_is_told_the_fields_that_hold_for_it() -> None:
    conditions = Conditions(SHOWN, holding=_holding, fitting=_fitting, meant=_ids)  # type: ignore[arg-type]
    tag, place = WHY_BITS[Why.TAG], WHY_BITS[Why.PLACE]
    whys = conditions.whys(parse("(tag:b OR place:a) -caption:a").parts, np.array([9, 2, 3]))
    assert whys.tolist() == [place, tag, 0]
