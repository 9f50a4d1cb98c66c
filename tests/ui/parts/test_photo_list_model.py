"""The list model: ids in order, sections by date, texts only from memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QLocale, Qt

from app.core.types import WHY_BITS, Answer, PhotoRow, PhotoTable, Reason, Why
from app.ui.parts.photo_list_model import UNREAD_ASPECT, PhotoListModel

DAY_S = 86_400.0


def table_of(ids, taken_at=None, aspects=None) -> PhotoTable:
    ids = np.asarray(ids, np.int64)
    taken_at = np.zeros(len(ids)) if taken_at is None else np.asarray(taken_at, np.float64)
    aspects = np.full(len(ids), 1.5, np.float32) if aspects is None else np.asarray(aspects, np.float32)
    return PhotoTable(ids, taken_at, aspects)


def answer_of(ids, good: int, whys=None) -> Answer:
    n = len(ids)
    whys = np.zeros(n, np.uint8) if whys is None else np.asarray(whys, np.uint8)
    return Answer(np.asarray(ids, np.int64), np.linspace(1, 0, n, dtype=np.float32), whys, good, n, n, 0.01)


def row_of(photo_id, **changes) -> PhotoRow:
    row = {"name": f"{photo_id}.jpg", "caption": None, "taken_at": 0.0, "rating": 0}
    row |= {"is_favourite": False, "is_offline": False, "failure": None}
    return PhotoRow(photo_id=photo_id, **(row | changes))


@pytest.fixture
def asked() -> list[list[int]]:
    return []


@pytest.fixture
def model(asked, qapp) -> PhotoListModel:
    def read_rows(ids):
        asked.append(list(ids))
        return [row_of(photo_id) for photo_id in ids]

    return PhotoListModel(read_rows)


def test_photos_are_found_by_id_and_by_place(model):
    model.set_table(table_of([30, 10, 20]))
    assert model.rowCount() == 3
    assert model.id_at(1) == 10
    assert model.id_at(3) is None
    assert model.row_of(20) == 2
    assert model.rows_of([10, 99, -4, 30]).tolist() == [1, -1, -1, 0]


def test_widely_spread_ids_are_found_too(model):
    model.set_table(table_of([5, 10**12, 7]))
    assert model.rows_of([7, 10**12, 6, 10**15]).tolist() == [2, 1, -1, -1]


def test_many_photos_a_day_get_a_section_a_day(model):
    model.set_table(table_of(range(1, 9), [20 * DAY_S + 5] * 4 + [19 * DAY_S] * 4))
    assert model.sections.counts.tolist() == [4, 4]
    assert not model.sections.is_by_month
    assert model.sections.days.astype(int).tolist() == [20, 19]


def test_few_photos_a_day_get_a_section_a_month(model):
    model.set_table(table_of(range(1, 61), [day * DAY_S for day in range(60, 0, -1)]))
    assert model.sections.is_by_month
    assert [str(day) for day in model.sections.days] == ["1970-03-01", "1970-02-01", "1970-01-01"]


def test_an_order_that_is_no_dates_order_has_one_section(model):
    model.set_table(table_of([1, 2, 3], [3 * DAY_S, 1 * DAY_S, 2 * DAY_S]))
    assert model.sections.counts.tolist() == [3]
    assert len(model.sections.days) == 0


def test_an_answer_falls_into_good_and_weak_and_says_why(model):
    whys = [WHY_BITS[Why.MEANING] | WHY_BITS[Why.TAG], WHY_BITS[Why.NAME], 0]
    model.set_answer(answer_of([3, 1, 77], 1, whys), table_of([1, 2, 3], aspects=[0.5, 1, 2]))
    assert model.is_answer
    assert model.ids.tolist() == [3, 1, 77]
    assert model.aspects.tolist() == pytest.approx([2, 0.5, UNREAD_ASPECT])
    assert model.sections.counts.tolist() == [1, 2]
    assert set(model.why(0)) == {Why.MEANING, Why.TAG}
    assert [model.is_weak(row) for row in range(3)] == [False, True, True]


def test_a_hit_for_which_nothing_speaks_is_told_of_as_elsewhere(qapp):
    model = PhotoListModel(lambda ids: [row_of(photo_id, caption="A dog") for photo_id in ids])
    model.set_answer(answer_of([3], 1), table_of([3]))
    model.fetch_visible(0, 1)
    before = model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    model.set_reasons(3, "")
    assert model.has_reasons(3)
    assert "A dog" in before
    assert model.index(0).data(Qt.ItemDataRole.ToolTipRole) == before
    model.set_reasons(3, "<b>Tag</b>: dog")
    assert "<b>Tag</b>: dog" in model.index(0).data(Qt.ItemDataRole.ToolTipRole)


def test_nothing_is_weak_as_long_as_words_alone_have_answered(model):
    answer = replace(answer_of([3, 1], 0), is_meaning_ready=False)
    model.set_answer(answer, table_of([1, 2, 3]))
    assert [model.is_weak(row) for row in range(2)] == [False, False]


def test_an_empty_answer_is_an_empty_list(model):
    model.set_answer(answer_of([], 0), table_of([1, 2]))
    assert model.rowCount() == 0
    assert model.row_of(1) == -1


def test_texts_come_from_memory_and_are_fetched_once(model, asked):
    model.set_table(table_of([1, 2, 3, 4]))
    assert model.data(model.index(1)) is None
    assert asked == []
    model.fetch_visible(1, 3)
    model.fetch_visible(0, 3)
    assert asked == [[2, 3], [1]]
    assert model.data(model.index(1)) == "2.jpg"


def test_forgotten_texts_are_read_again(model, asked, qtbot):
    model.set_table(table_of([1, 2]))
    model.fetch_visible(0, 2)
    with qtbot.waitSignal(model.rows_forgotten):
        model.forget_rows([2])
    assert model.data(model.index(1)) == "2.jpg"  # the old text stays until then
    model.fetch_visible(0, 2)
    model.fetch_visible(0, 2)
    assert asked == [[1, 2], [2]]
    model.forget_rows()
    model.fetch_visible(0, 2)
    assert asked[2:] == [[1, 2]]


def test_a_screen_reader_hears_caption_date_and_marks(qapp):
    row = row_of(1, caption="A dog", taken_at=1_692_500_000.0, rating=4, is_favourite=True, is_offline=True)
    model = PhotoListModel(lambda ids: [row])
    model.set_table(table_of([1]))
    model.fetch_visible(0, 1)
    spoken = model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("A dog, ")
    assert spoken.endswith(", rated 4 of 5, favourite, offline")
    assert QLocale().toString(20) in spoken


def test_a_photo_that_cant_be_read_says_why():
    row = row_of(1, failure=Reason.TRUNCATED)
    model = PhotoListModel(lambda ids: [row])
    model.set_table(table_of([1]))
    model.fetch_visible(0, 1)
    why = "can't be shown: The file is cut off: its end is missing"
    assert model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole).endswith(f", {why}")
    assert why in model.data(model.index(0), Qt.ItemDataRole.ToolTipRole)


def test_the_same_photos_with_other_shapes_move_no_row(model, qtbot):
    model.set_table(table_of([1, 2]))
    resets = []
    model.modelReset.connect(lambda: resets.append(1))
    with qtbot.waitSignal(model.columns_changed):
        model.set_table(table_of([1, 2], aspects=[1, 2]))
    assert resets == []
    assert model.aspects.tolist() == [1, 2]
