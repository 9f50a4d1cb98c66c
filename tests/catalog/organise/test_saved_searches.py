"""Saved searches stand in a person's order; what was asked is offered again and can be forgotten."""

from __future__ import annotations

import pytest

from app.catalog.catalog import Catalog
from app.catalog.organise import saved_searches


def _names(catalog: Catalog) -> list[str]:
    return [saved.name for saved in catalog.saved_searches()]


def test_saved_searches_stand_where_a_person_puts_them(catalog: Catalog) -> None:
    for name in ("Dogs", "Cats", "Snow"):
        catalog.save_search(name, "{}")
    assert _names(catalog) == ["Dogs", "Cats", "Snow"]
    first, _, last = catalog.saved_searches()
    catalog.place_search(last.search_id, 1)
    assert _names(catalog) == ["Dogs", "Snow", "Cats"]
    catalog.place_search(last.search_id, -3)
    assert _names(catalog) == ["Snow", "Dogs", "Cats"]
    catalog.place_search(last.search_id, 99)
    assert _names(catalog) == ["Dogs", "Cats", "Snow"]
    assert catalog.undo() == "place_search"
    assert _names(catalog) == ["Snow", "Dogs", "Cats"]
    catalog.place_search(first.search_id, 1)
    catalog.place_search(7, 1)
    assert catalog.redo() == "place_search", "what moves nothing is no decision, and undone ones can be redone"


def test_there_is_always_a_place_between_two(catalog: Catalog) -> None:
    for name in ("A", "B", "C"):
        catalog.save_search(name, "{}")
    for _ in range(150):
        catalog.place_search(catalog.saved_searches()[2].search_id, 1)
    first, second, third = (each.position for each in catalog.saved_searches())
    assert first < second < third
    assert sorted(_names(catalog)) == ["A", "B", "C"]


def test_a_question_is_kept_as_it_was_asked(catalog: Catalog) -> None:
    question = '{"text": "\\"two dogs\\" -cat"}'
    search_id = catalog.save_search("  Dogs   at sea ", question)
    saved = catalog.saved_searches()[0]
    assert (saved.search_id, saved.name, saved.question) == (search_id, "Dogs at sea", question)


def test_a_saved_search_needs_a_name_and_one_that_is_gone_is_left_alone(catalog: Catalog) -> None:
    with pytest.raises(ValueError, match="name"):
        catalog.save_search("  ", "{}")
    catalog.rename_search(7, "nobody")
    catalog.remove_search(7)
    assert catalog.undo() is None


def test_what_was_asked_is_offered_the_last_first(catalog: Catalog) -> None:
    moments = iter(range(100))
    catalog._sql.now = lambda: float(next(moments))
    for text in ("dogs", "Dog on a beach", "cat", "  dogs  ", " "):
        catalog.note_asked(text)
    assert catalog.asked() == ["dogs", "cat", "Dog on a beach"]
    assert catalog.asked("DO") == ["dogs", "Dog on a beach"]
    assert catalog.asked("100%") == []
    catalog.forget_asked()
    assert catalog.asked() == []


def test_one_search_in_two_spellings_is_remembered_once_and_one_alone_can_be_forgotten(catalog: Catalog) -> None:
    for text in ("Straße", "dogs", "STRASSE"):
        catalog.note_asked(text)
    assert catalog.asked() == ["STRASSE", "dogs"]
    catalog.forget_asked("dogs")
    assert catalog.asked() == ["STRASSE"]


def test_what_was_pasted_is_not_remembered(catalog: Catalog) -> None:
    catalog.note_asked("x" * 201)
    catalog.note_asked("y" * 200)
    assert catalog.asked() == ["y" * 200]


def test_what_led_to_a_question_gives_its_place_to_it_unless_it_was_asked_before(catalog: Catalog) -> None:
    for text in ("dog", "dog", "cat"):
        catalog.note_asked(text)
    catalog.note_asked("cat tag:x", instead_of=" cat")
    catalog.note_asked("dog tag:x", instead_of="dog")
    assert sorted(catalog.asked()) == ["cat tag:x", "dog", "dog tag:x"]


def test_what_was_asked_long_ago_is_forgotten(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_searches, "ASKED_KEPT", 2)
    for text in ("one", "two", "three"):
        catalog.note_asked(text)
    assert catalog.asked() == ["three", "two"]
