"""Going to views and back; the order of answers."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest

from app.core.examples import Example
from app.core.query import EVERYWHERE, Scope, Source
from app.core.types import Answer, Order, PhotoId, PhotoTable
from app.library.find.finding import find
from app.library.notes import Notes
from app.startup import close_library
from app.ui.controllers.browsing import Browsing, sorted_as
from app.ui.views import View
from tests.fakes import COLOURS
from tests.making import index, make_library, make_photo


def table_of(ids) -> PhotoTable:
    ids = np.array(ids, np.int64)
    return PhotoTable(ids, np.zeros(len(ids)), np.ones(len(ids), np.float32))


def answer_of(ids, good) -> Answer:
    ids = np.array(ids, np.int64)
    scores = np.linspace(1, 0, len(ids), dtype=np.float32)
    return Answer(ids, scores, np.arange(len(ids), dtype=np.uint8), good, len(ids), len(ids), 0.01)


class HereAndNow:
    """Jobs that are done at once, on a library that has a table alone."""

    def __init__(self, table: PhotoTable) -> None:
        catalog, embedder = SimpleNamespace(table=lambda order, scope: table), SimpleNamespace(is_loaded=False)
        self.library = SimpleNamespace(notes=Notes(), catalog=catalog, embedder=embedder)

    def start(self, work, *, on_done, **_):
        found = work(self.library)
        on_done(list(found)[-1] if isinstance(found, Iterator) else found)


@pytest.fixture
def places():
    return [0]


@pytest.fixture
def browsing(qapp, places):
    return Browsing(HereAndNow(table_of([3, 2, 1])), Order.NEWEST, lambda: places[0])


def test_good_matches_stay_before_weaker_ones_in_any_order():
    table = table_of([1, 2, 3, 4, 5, 6])
    found = sorted_as(answer_of([6, 2, 4, 5, 1], good=3), table)
    assert found.ids.tolist() == [2, 4, 6, 1, 5]
    assert found.whys.tolist() == [1, 2, 0, 4, 3]
    assert found.good == 3


def test_an_answer_with_a_photo_that_the_table_lacks_is_sorted_too():
    assert sorted_as(answer_of([9, 2, 1], good=3), table_of([1, 2])).ids.tolist() == [1, 2, 9]
    assert len(sorted_as(answer_of([], good=0), table_of([1]))) == 0


def test_back_leads_to_the_former_place_and_forward_returns(browsing, places):
    shown = []
    browsing.shown.connect(shown.append)
    places[0] = 120
    browsing.go(View(Scope(tag="dog")))
    places[0] = 7
    browsing.back()
    assert (browsing.view, shown[-1].place) == (View(), 120)
    browsing.forward()
    assert (browsing.view, shown[-1].place) == (View(Scope(tag="dog")), 7)


def test_typing_on_is_one_step_of_the_way(browsing, monkeypatch):
    monkeypatch.setattr("app.ui.controllers.browsing.answer", lambda *_, **__: answer_of([1], 1))
    for text in ("d", "do", "dog"):
        browsing.go(View(text=text))
    browsing.back()
    assert browsing.view == View()


def test_clearing_a_question_returns_to_the_same_photos_at_their_place(browsing, places, monkeypatch):
    monkeypatch.setattr("app.ui.controllers.browsing.answer", lambda *_, **__: answer_of([1], 1))
    shown = []
    browsing.shown.connect(shown.append)
    places[0] = 340
    browsing.go(View(text="dog"))
    places[0] = 0
    browsing.clear_question()
    assert (browsing.view, shown[-1].place) == (View(), 340)
    assert not browsing.can_go_back


def test_a_question_that_was_cleared_is_asked_again_by_going_forward(browsing, monkeypatch):
    monkeypatch.setattr("app.ui.controllers.browsing.answer", lambda *_: answer_of([1], 1))
    asked = View(text="dog", examples=(Example(PhotoId(2)),))
    browsing.go(asked)
    browsing.clear_question()
    assert browsing.view == View()
    browsing.forward()
    assert browsing.view == asked


def test_an_answer_that_a_person_looks_at_stays_while_the_library_changes(browsing, monkeypatch):
    asked = []
    monkeypatch.setattr("app.ui.controllers.browsing.answer", lambda *_, **__: asked.append(1) or answer_of([1], 1))
    browsing.go(View(text="dog"))
    browsing.refresh()
    assert asked == [1]
    browsing.refresh(is_answer_stale=True)
    assert asked == [1, 1]


def test_words_alone_ask_for_the_model(qtbot, browsing, monkeypatch):
    from dataclasses import replace

    monkeypatch.setattr(
        "app.ui.controllers.browsing.answer", lambda *_, **__: replace(answer_of([1], 1), is_meaning_ready=False)
    )
    with qtbot.waitSignal(browsing.model_wanted, timeout=100):
        browsing.go(View(text="dog"))


@pytest.mark.parametrize("text", ["", "at night"])
def test_words_and_pictures_are_one_question(browsing, monkeypatch, text):
    asked = []
    monkeypatch.setattr(
        "app.ui.controllers.browsing.answer",
        lambda _, question, sources: asked.append((question.text, question.examples)) or answer_of([2], 1),
    )
    browsing.go(View(text=text, examples=(Example(PhotoId(2)),)))
    assert asked == [(text, (Example(PhotoId(2)),))]


def test_a_question_by_many_pictures_is_dropped_between_two_of_them(qapp, monkeypatch):
    jobs = SimpleNamespace(start=lambda work, **_: started.append(work))
    started, looked, asked = [], [], []
    monkeypatch.setattr("app.ui.controllers.browsing.look_at", lambda _, examples: map(looked.append, examples))
    monkeypatch.setattr("app.ui.controllers.browsing.answer", lambda *_: asked.append(1) or answer_of([1], 1))
    examples = tuple(Example(PhotoId(number)) for number in (1, 2, 3))
    Browsing(jobs, Order.NEWEST, lambda: None).go(View(examples=examples))
    steps = started[-1](HereAndNow(table_of([3, 2, 1])).library)
    next(steps)
    assert (len(looked), asked) == (1, [])
    assert (list(steps)[-1][0].view.examples, len(looked), asked) == (examples, 3, [1])


def test_a_question_is_asked_anew_where_the_person_says(browsing, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "app.ui.controllers.browsing.answer", lambda *asked_with: asked.append(asked_with[2]) or answer_of([2], 1)
    )
    browsing.go(View(text="dog"))
    browsing.set_sources(frozenset({Source.TEXT}))
    assert asked == [EVERYWHERE, {Source.TEXT}]
    browsing.clear_question()
    browsing.set_sources(EVERYWHERE)
    assert len(asked) == 2, "photos without a question have no signals"


@pytest.mark.parametrize("order", list(Order))
def test_the_same_question_gives_the_same_order_and_leaves_nothing_out(tmp_path, order):
    library, photos = make_library(tmp_path / "library"), tmp_path / "photos"
    for number in range(12):
        make_photo(photos / f"dog {number % 3}-{number}.jpg", list(COLOURS)[number % 4], size=(144, 96 + number % 2))
    index(library, photos)
    ids = library.catalog.table(Order.NEWEST, Scope()).ids.tolist()
    library.catalog.set_rating(ids[:3], 4)
    library.embedder.load()
    table = library.catalog.table(order, Scope())
    first, second = (sorted_as(find(library, "red dog"), table) for _ in range(2))
    assert first.ids.tolist() == second.ids.tolist()
    assert sorted(first.ids.tolist()) == sorted(ids), "endless: every photo has its place"
    place = {photo_id: at for at, photo_id in enumerate(table.ids.tolist())}
    for part in (first.ids[: first.good], first.ids[first.good :]):
        places = [place[photo_id] for photo_id in part.tolist()]
        assert places == sorted(places)
    by_match = find(library, "red dog")
    assert set(first.ids[: first.good].tolist()) == set(by_match.ids[: by_match.good].tolist())
    close_library(library)


def test_a_question_that_was_saved_is_the_saved_search_from_then_on(browsing, monkeypatch):
    asked = []
    monkeypatch.setattr("app.ui.controllers.browsing.answer", lambda *_: answer_of([1], 1))
    monkeypatch.setattr(
        "app.ui.controllers.browsing.answer_saved",
        lambda _, search_id, question, sources: asked.append((search_id, question.text)) or answer_of([1], 1),
    )
    browsing.go(View(text="dog"))
    saved = View(text="dog", saved_id=7)
    browsing.become(View(text="cat"), View(text="cat", saved_id=8))
    assert browsing.view == View(text="dog"), "the person has gone on"
    browsing.become(View(text="dog"), saved)
    assert browsing.view == saved
    assert asked == [(7, "dog")]
    browsing.back()
    assert browsing.view == View()


def test_who_saves_a_question_keeps_the_order_of_its_answer(browsing, monkeypatch):
    monkeypatch.setattr("app.ui.controllers.browsing.answer", lambda *_: answer_of([1, 3], 2))
    monkeypatch.setattr("app.ui.controllers.browsing.answer_saved", lambda *_: answer_of([1, 3], 2))
    by_date = View(text="dog", is_by_match=False)
    browsing.go(by_date)
    shown = []
    browsing.shown.connect(shown.append)
    browsing.become(by_date, View(text="dog", saved_id=7))
    assert shown[-1].answer.ids.tolist() == [3, 1], "newest first, as before"
