"""Tests for what stages have to do: looked for once, then gone through, and never said to be nothing without a look."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.catalog import Catalog
from app.catalog.enrich import due
from app.catalog.enrich.due import Due, within, without
from app.core.types import PhotoId, PhotoIds, TextLine
from tests.catalog.conftest import Filler

CORNERS = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
IDS = st.lists(st.integers(1, 40), unique=True)


class Work:
    """Photos that are due until they are done, in their order."""

    def __init__(self, *ids: int) -> None:
        self.left = list(ids)
        self.looked = 0
        self.checked = 0

    def look(self) -> PhotoIds:
        self.looked += 1
        return np.array(self.left, np.int64)

    def check(self, ids: Sequence[int], most: int) -> list[PhotoId]:
        self.checked += len(ids)
        return [PhotoId(each) for each in ids if each in self.left][:most]

    def done(self, *ids: int) -> None:
        self.left = [each for each in self.left if each not in ids]


@pytest.fixture
def dear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking counts as dear however short it is, and holds for ever."""
    monkeypatch.setattr(due, "_DEAR_S", -1.0)
    monkeypatch.setattr(due, "_TIMES_AS_LONG", 1e12)


def test_one_look_serves_all_questions_until_nothing_of_it_is_left(dear: None) -> None:
    asked, work = Due(), Work(*range(1, 8))
    given: list[int] = []
    while ids := asked.next("q", work.look, work.check, 3):
        given += ids
        work.done(*ids)
    assert given == [1, 2, 3, 4, 5, 6, 7]
    assert work.looked == 2  # the second one found nothing


def test_what_is_asked_for_again_before_it_is_done_is_given_again(dear: None) -> None:
    asked, work = Due(), Work(1, 2, 3, 4)
    assert asked.next("q", work.look, work.check, 2) == [1, 2]
    assert asked.next("q", work.look, work.check, 3) == [1, 2, 3]
    work.done(2)  # out of turn
    assert asked.next("q", work.look, work.check, 2) == [1, 3]
    assert work.looked == 1


def test_new_work_is_found_before_it_is_said_that_nothing_is_left(dear: None) -> None:
    asked, work = Due(), Work(1, 2)
    assert asked.next("q", work.look, work.check, 1) == [1]
    work.done(1, 2)
    work.left = [9]
    assert asked.next("q", work.look, work.check, 1) == [9]
    work.done(9)
    assert asked.next("q", work.look, work.check, 1) == []
    work.left = [5]
    assert asked.next("q", work.look, work.check, 1) == [5]


def test_a_question_goes_on_where_it_stood_instead_of_checking_all_that_was_done(dear: None) -> None:
    asked, work = Due(), Work(*range(1, 10_001))
    work.done(*asked.next("q", work.look, work.check, 9_000))
    asked.next("q", work.look, work.check, 1)
    work.checked = 0
    asked.next("q", work.look, work.check, 1)
    assert work.checked <= 300


def test_a_look_that_costs_little_is_taken_each_time() -> None:
    asked, work = Due(), Work(2)
    assert asked.next("q", work.look, work.check, 5) == [2]
    work.left = [1, 2]
    assert asked.next("q", work.look, work.check, 5) == [1, 2]


def test_questions_do_not_get_each_others_answers(dear: None) -> None:
    asked, one, other = Due(), Work(1), Work(2)
    assert asked.next("one", one.look, one.check, 5) == [1]
    assert asked.next("other", other.look, other.check, 5) == [2]


@given(ids=IDS, others=IDS)
def test_within_and_without_part_ids_in_their_order(ids: list[int], others: list[int]) -> None:
    columns = np.array(ids, np.int64), np.array(others, np.int64)
    assert without(*columns).tolist() == [each for each in ids if each not in others]
    assert within(*columns).tolist() == [each for each in ids if each in others]


def test_stages_answer_alike_when_a_look_is_kept(dear: None, catalog: Catalog, fill: Filler) -> None:
    ids = fill.add(*(f"{number}.jpg" for number in range(6)))
    fill.read(*ids)
    newest = ids[::-1]
    assert catalog.photos_without_embedding("space", 4) == newest[:4]
    store = catalog.embeddings("space", 2)
    store.add(np.array(newest[:3]), np.eye(3, 2, dtype=np.float32) + 0.1)
    assert catalog.photos_without_embedding("space", 4) == newest[3:]
    assert catalog.photos_without_tags("space", "v", 2) == newest[:2]
    catalog.write_machine_tags("v", [(photo_id, []) for photo_id in newest[:2]])
    assert catalog.photos_without_tags("space", "v", 2) == newest[2:3]
    catalog.set_rating([ids[0]], 5)
    assert catalog.photos_without_caption("m", 2) == [ids[0], newest[0]]
    catalog.write_captions("m", [(ids[0], "a dog"), (newest[0], "a cat")])
    assert catalog.photos_without_caption("m", 1) == newest[1:2]
    catalog.set_caption(newest[1], "Rex")
    assert catalog.captions_without_vector("t", 2) == [(newest[1], "Rex"), (newest[0], "a cat")]
    captions = catalog.caption_vectors("t", 2)
    captions.add_captions([(newest[1], "Rex")], np.eye(1, 2, dtype=np.float32))
    assert catalog.captions_without_vector("t", 2) == [(newest[0], "a cat"), (ids[0], "a dog")]
    catalog.set_caption(newest[1], "Rex in Rome")
    assert catalog.count_captions_without_vector("t") == 3
    assert catalog.photos_without_text("r", 1) == newest[:1]
    catalog.write_texts("r", [(newest[0], [TextLine("a", 1.0, CORNERS)])])
    assert catalog.photos_without_text("r", 1) == newest[1:2]
    assert catalog.count_without_text("r") == 5
    store.close()
    captions.close()
