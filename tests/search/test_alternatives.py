"""A query is taken apart at its ORs, and says what must hold besides its words."""

import pytest

from app.core.query import Mistake
from app.search.alternatives import MOST_ALTERNATIVES, alternatives, count_alternatives
from app.search.query import parse, to_text


def _ways(asked: str) -> list[tuple[str, list[str]]]:
    return [(way.text, [to_text(part) for part in way.conditions]) for way in alternatives(parse(asked).root)]


@pytest.mark.parametrize(
    ("asked", "ways"),
    [
        ("", []),
        ("two dogs", [("two dogs", [])]),
        ('a "red car" -cat rating:>=4', [("a red car", ['"red car"', "-cat", "rating:>=4"])]),
        ("two dogs OR cats on a beach", [("two dogs on a beach", []), ("two cats on a beach", [])]),
        ("dog OR tag:x", [("dog", []), ("", ["tag:x"])]),
        ("dog OR tag:x OR is:favourite", [("dog", []), ("", ["tag:x OR is:favourite"])]),
        ("tag:x OR -tag:y", [("", ["tag:x OR -tag:y"])]),
        ("tag:x is:tagged", [("", ["tag:x", "is:tagged"])]),
        ("(dog tag:x) OR (cat tag:y) is:tagged", [("dog", ["tag:x", "is:tagged"]), ("cat", ["tag:y", "is:tagged"])]),
        ("(a OR b) (c OR d)", [("a c", []), ("a d", []), ("b c", []), ("b d", [])]),
        ("-(dog OR cat)", [("", ["-(dog OR cat)"])]),
        ('"red car" OR car', [("red car", ['"red car"']), ("car", [])]),
        ("dog (dog OR cat)", [("dog", []), ("dog cat", [])]),
    ],
)
def test_each_way_has_its_words_and_conditions(asked: str, ways: list[tuple[str, list[str]]]) -> None:
    query = parse(asked)
    assert _ways(asked) == ways
    assert query.root is None or count_alternatives(query.root) == len(ways)
    assert query.problems == ()


def test_more_ways_than_can_be_searched_are_told() -> None:
    asked = " ".join(f"(a{n} OR b{n})" for n in range(20))
    query = parse(asked)
    assert [problem.code for problem in query.problems] == [Mistake.TOO_MANY_WAYS]
    assert len(alternatives(query.root)) == MOST_ALTERNATIVES


@pytest.mark.parametrize(
    ("asked", "passed"),
    [
        (" OR ".join(f"w{n}" for n in range(20)), "w16 OR w17 OR w18 OR w19"),
        ("beach " + " OR ".join(f"w{n}" for n in range(17)) + " is:tagged", "w16"),
    ],
)
def test_of_a_long_row_of_ors_what_is_passed_over_is_told_exactly(asked: str, passed: str) -> None:
    query = parse(asked)
    (problem,) = query.problems
    assert asked[problem.start : problem.end] == passed
    searched = {term.text for way in alternatives(query.root) for term in way.terms}
    assert not searched & set(passed.split())
    assert "w15" in searched


def test_where_no_one_place_is_passed_over_all_of_it_is_meant() -> None:
    for asked in (
        " ".join(f"(a{n} OR b{n})" for n in range(5)),
        " OR ".join(["tag:x", *(f"w{n}" for n in range(17))]),
    ):
        (problem,) = parse(asked).problems
        assert problem.end - problem.start > len(asked) - 3
