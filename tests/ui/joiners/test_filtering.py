"""Filters by mouse: the menu, the chips and the hints of the real window all speak of one query."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtGui import QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTableView, QToolButton

from app.catalog.catalog import Catalog
from app.core.query import FieldName, Scope, Suggestion
from app.ui import theme
from app.ui.controllers import noticing
from app.ui.dialogs.range_dialog import RangeDialog
from app.ui.dialogs.values_dialog import ValuesDialog
from app.ui.joiners import filtering
from tests.making import make_photo
from tests.ui.driving import Program, drop

COLOURS = ("red", "green", "blue")


@pytest.fixture
def program(qtbot, qapp, resources, tmp_path, monkeypatch):
    """A window with three photos, taken in 2021, 2022 and 2023."""
    monkeypatch.setattr(noticing, "_POLL_MS", 50)
    monkeypatch.setattr(filtering, "PATIENCE_MS", 150)
    theme.apply_theme(qapp, resources)
    folder = tmp_path / "Holiday"
    for number, colour in enumerate(COLOURS):
        make_photo(Path(folder) / f"{number}.jpg", colour, taken=f"202{number + 1}:08:20 12:00:00")
    program = Program(qtbot, tmp_path / "library")
    program.start()
    drop(program.window, folder)
    program.wait_until(lambda: len(program.window._model.ids) == len(COLOURS))
    program.wait_for_index()
    yield program
    program.close()


def menu_of(program, name: FieldName):
    return program.window._filters._menus[name]


def action(menu, text: str):
    return next(each for each in menu.actions() if each.text().split("\t")[0] == text)


def row(program):
    return program.window._filter_row


def open_menu(program) -> None:
    """As if the menu were about to be seen."""
    program.window._filters.opened.emit()
    program.wait_until(lambda: set(program.window._filters._values) == set(program.window._filters._menus))


def test_a_chosen_filter_is_written_into_the_query_and_shows_as_a_chip(program):
    program.search("red")
    open_menu(program)
    action(menu_of(program, FieldName.DATE), "2022").trigger()
    program.wait_until(lambda: program.names() == ["1.jpg"])
    assert program.window._field.text == "red date:2022"
    assert row(program).names == ["in 2022"]
    assert action(menu_of(program, FieldName.DATE), "2022").isChecked()


def test_choosing_again_takes_a_filter_out_and_another_takes_its_place(program):
    open_menu(program)
    for year in ("2022", "2023"):
        action(menu_of(program, FieldName.DATE), year).trigger()
    assert program.window._field.text == "date:2023"
    action(menu_of(program, FieldName.DATE), "2023").trigger()
    assert program.window._field.text == ""
    program.wait_until(lambda: row(program).isHidden())


def test_values_are_counted_and_most_used_stand_first(program):
    program.window._filters.set_values(
        FieldName.CAMERA, [Suggestion(f"Camera {number}", 50 - number) for number in range(12)]
    )
    texts = [each.text() for each in menu_of(program, FieldName.CAMERA).actions()]
    assert texts[0].split() == ["Camera", "0", "50"]
    assert texts[-1] == "More…"
    assert len([text for text in texts if text.startswith("Camera")]) == 10


def test_more_than_ten_years_are_all_within_reach(program, qtbot, monkeypatch):
    years = [Suggestion(str(2024 - number), number + 1) for number in range(15)]
    program.window._filters.set_values(FieldName.DATE, years)
    texts = [each.text() for each in menu_of(program, FieldName.DATE).actions()]
    assert texts[-2:] == ["More…", "From … to …"]
    monkeypatch.setattr(Catalog, "suggest", lambda *_: [*years, Suggestion("last-week")])
    action(menu_of(program, FieldName.DATE), "More…").trigger()
    dialog = program.window.findChild(ValuesDialog)
    qtbot.waitUntil(lambda: dialog._values.topLevelItemCount() == len(years))
    oldest = dialog._values.topLevelItem(len(years) - 1)
    assert (oldest.text(0), oldest.text(1)) == ("2010", "15")
    dialog._values.itemClicked.emit(oldest, 0)
    assert program.window._field.text == "date:2010"


def test_all_values_stand_in_a_list_that_typing_narrows(program, qtbot):
    program.window._filters.more_requested.emit(FieldName.FOLDER)
    dialog = program.window.findChild(ValuesDialog)
    qtbot.waitUntil(lambda: dialog._values.topLevelItemCount() == 1)
    QTest.keyClicks(dialog._edit, "nowhere")
    qtbot.waitUntil(lambda: dialog._values.topLevelItemCount() == 0)
    dialog._edit.clear()
    dialog.typed.emit("Hol")
    qtbot.waitUntil(lambda: dialog._values.topLevelItemCount() == 1)
    QTest.keyClick(dialog._edit, Qt.Key.Key_Return)
    assert program.window._field.text == "folder:Holiday"


def test_two_calendars_give_a_span_of_days(program):
    program.window._filters.dates_requested.emit()
    dialog = program.window.findChild(RangeDialog)
    dialog._first.setSelectedDate(QDate(2021, 8, 1))
    dialog._last.setSelectedDate(QDate(2022, 8, 20))
    dialog.accept()
    program.wait_until(lambda: program.names() == ["1.jpg", "0.jpg"])
    assert program.window._field.text == "date:2021-08-01..2022-08-20"


def test_the_second_day_is_never_before_the_first(qtbot):
    dialog = RangeDialog()
    qtbot.addWidget(dialog)
    dialog._last.setSelectedDate(QDate(2020, 5, 1))
    assert dialog._first.selectedDate() == QDate(2020, 5, 1)
    told = []
    dialog.chosen.connect(told.append)
    dialog.accept()
    assert told == ["2020-05-01"]


def test_enter_on_a_day_shows_the_photos(qtbot):
    dialog = RangeDialog()
    qtbot.addWidget(dialog)
    dialog._first.setSelectedDate(QDate(2020, 5, 1))
    dialog._last.setSelectedDate(QDate(2020, 5, 3))
    told = []
    dialog.chosen.connect(told.append)
    QTest.keyClick(dialog._last.findChild(QTableView), Qt.Key.Key_Return)
    assert told == ["2020-05-01..2020-05-03"]


@pytest.mark.parametrize("then", ["dark", "light"])
def test_the_calendars_follow_the_scheme_while_they_are_open(qtbot, qapp, resources, then):
    theme.apply_theme(qapp, resources, "light" if then == "dark" else "dark")
    dialog = RangeDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    theme.apply_theme(qapp, resources, then)
    days = dialog._first.findChild(QTableView).palette()
    assert days.color(QPalette.ColorRole.Base) == theme.colour("panel")
    assert days.color(QPalette.ColorRole.Text) == theme.colour("text_1")
    assert dialog._first.headerTextFormat().foreground().color() == theme.colour("text_2")
    assert dialog._last.weekdayTextFormat(Qt.DayOfWeek.Sunday).foreground().color() == theme.colour("text_2")


def test_a_chip_goes_by_its_cross_and_by_delete(program):
    program.search('red date:2021 folder:Holiday -is:favourite "Holiday"')
    program.wait_until(lambda: row(program).names == ["in 2021", "folder: Holiday", "not favourites"])
    cross = row(program)._chips[0].findChild(QToolButton, "chip_cross")
    assert cross.accessibleName() == "Remove the filter “in 2021”"
    cross.click()
    assert program.window._field.text == 'red folder:Holiday -is:favourite "Holiday"'
    QTest.keyClick(row(program)._chips[-1]._body, Qt.Key.Key_Delete)
    assert program.window._field.text == 'red folder:Holiday "Holiday"'
    assert row(program).names == ["folder: Holiday"]


def test_a_chip_leads_to_its_words_in_the_field(program):
    program.search("red date:2021 Holiday")
    program.wait_until(lambda: row(program).names == ["in 2021"])
    row(program)._chips[0]._body.click()
    assert program.window._field._edit.selectedText() == "date:2021"


def test_chips_stand_while_nothing_matches_so_that_they_can_go(program):
    program.search("date:1999")
    program.wait_until(lambda: row(program).names == ["in 1999"])
    assert not row(program).isHidden()


def test_a_mistake_is_told_and_the_rest_still_searches(program):
    program.search("rating:9 red date:2021")
    program.wait_until(lambda: "“rating:9” is passed over" in row(program).hint)
    assert program.names() == ["0.jpg"]
    program.search("red")
    program.wait_until(lambda: row(program).isHidden())


def test_of_several_mistakes_all_stand_in_the_tooltip(program):
    program.search("rating:9 date:2023-13 red")
    program.wait_until(lambda: row(program).hint.endswith("… and 1 more"))
    assert "rating:9" in row(program).details
    assert "date:2023-13" in row(program).details


def focused_field(program, qtbot):
    field = program.window._field
    program.window.activateWindow()
    field.take_focus()
    qtbot.waitUntil(lambda: field.has_focus)
    return field


@pytest.mark.parametrize(
    ("first", "then", "told", "at_last"),
    [('red "holi', "d", "quote is not closed", 'ay"'), ("red date:2", "0", "date:20", "20")],
)
def test_what_is_half_typed_is_called_a_mistake_only_after_a_pause(program, qtbot, first, then, told, at_last):
    field = focused_field(program, qtbot)
    program.window._filtering._patience.setInterval(60_000)
    QTest.keyClicks(field._edit, first)
    program.wait_until(lambda: program.window._browsing.view.text == first)
    assert row(program).hint == ""
    program.window._filtering._patience.setInterval(10)
    QTest.keyClicks(field._edit, then)
    program.wait_until(lambda: told in row(program).hint)
    QTest.keyClicks(field._edit, at_last)
    program.wait_until(lambda: row(program).hint == "")


def test_a_field_without_a_value_yet_leaves_the_photos_as_they_are(program, qtbot):
    field = focused_field(program, qtbot)
    program.window._filtering._patience.setInterval(10)
    QTest.keyClicks(field._edit, "date:")
    with qtbot.waitSignal(program.window._filtering._patience.timeout):
        pass
    assert (len(program.names()), row(program).hint) == (3, "")
    QTest.keyClick(field._edit, Qt.Key.Key_Return)
    assert "“date:” is passed over" in row(program).hint
    QTest.keyClicks(field._edit, "2022")
    program.wait_until(lambda: program.names() == ["1.jpg"])


def test_recently_added_stays_a_filter_of_the_place(program):
    program.window._filters._recent.trigger()
    program.wait_until(lambda: program.window._browsing.view.scope == Scope(is_recent=True))
    assert program.window._field.text == ""
