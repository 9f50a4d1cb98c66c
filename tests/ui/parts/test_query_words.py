"""Filters and mistakes in words."""

from __future__ import annotations

import pytest

from app.core.query import FieldName, Mistake, Problem, Trait
from app.search.editing import filters_in
from app.search.query import parse
from app.ui.parts import query_words


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("rating:>=4", "rating ≥ 4"),
        ("rating:3..5", "rating 3 to 5"),
        ("rating:0", "unrated"),
        ("date:2023", "in 2023"),
        ("date:2023-05", "in May 2023"),
        ("date:2023-05-17", "on 17 May 2023"),
        ("date:2023-05..2023-08", "from May 2023 to August 2023"),
        ("date:last-week", "last week"),
        ("date:7d", "the last 7 days"),
        ("date:>=2023", "since 2023"),
        ("before:2023", "before 2023"),
        ('camera:"iPhone XR"', "camera: iPhone XR"),
        ("type:live", "type: live photo"),
        ("is:favourite", "favourites"),
        ("-tag:dog", "not tag: dog"),
        ("tag:dog OR place:Rome", "tag: dog or place: Rome"),
        ('sea OR "old town" OR tag:dog', "“sea” or “old town” or tag: dog"),
        ("-(tag:dog OR tag:cat)", "not (tag: dog or tag: cat)"),
        ("(dog date:2023) OR tag:cat", "(“dog” and in 2023) or tag: cat"),
    ],
)
def test_a_filter_is_named_as_one_would_say_it(text, name):
    (part,) = filters_in(text)
    assert query_words.filter_name(part) == name


def test_every_mistake_every_field_and_every_trait_has_words():
    fields = {"field": "type", "value": "x", "choices": "video, photo"}
    for code in Mistake:
        assert "{" not in query_words.mistake(Problem(0, 1, code, fields), "x")
    assert len({query_words.field(name) for name in FieldName}) == len(FieldName)
    assert len({query_words.trait(trait) for trait in Trait}) == len(Trait)


def test_a_mistake_quotes_its_part_of_the_text():
    asked = "dog rating:9"
    (problem,) = parse(asked).problems
    assert query_words.mistake(problem, asked) == "“rating:9” is passed over: no rating. Write 4, >=4 or 3..5"


def test_of_several_mistakes_the_first_is_said_and_the_others_are_counted():
    told = query_words.mistakes(parse(asked := "dog rating:9 date:2023-13 rating:9").problems, asked)
    assert [each.split("”")[0] for each in told] == ["“rating:9", "“date:2023-13"]
    assert query_words.first_of(told) == f"{told[0]} … and 1 more"
    assert (query_words.first_of(told[:1]), query_words.first_of([])) == (told[0], "")
