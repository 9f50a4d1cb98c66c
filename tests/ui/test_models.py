"""The page of models, the first screen's offer and the line about rough results, in the real window."""

from __future__ import annotations

import json
import shutil
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLabel, QLineEdit, QPushButton

from app import paths, startup
from app.core.errors import TooFewPhotos
from app.core.models import Measured, Measuring, Trial, Tuning
from app.core.types import Stage
from app.settings import Settings
from app.ui import outside, theme, wording
from app.ui.controllers import noticing, timing
from app.ui.dialogs import questions
from app.ui.joiners import equipping
from app.ui.panes.first_screen import FirstScreen
from app.ui.parts.model_offer import OfferFacts
from app.vision.downloads import downloading
from app.vision.downloads.hub import Hub
from app.vision.downloads.manifest import read_manifest
from app.vision.downloads.store import ModelStore
from app.vision.tuning import TuningStore, identity_of
from tests.fakes import ColourEmbedder
from tests.making import make_photo
from tests.small_hub import manifest_of
from tests.ui.driving import Program, drop

MODELS_JSON = Path(__file__).parents[2] / "resources" / "models.json"


@pytest.fixture
def store(hub, tmp_path, starter):
    """The starter, and "tiny", which the hub has."""
    told = {"models": [json.loads(MODELS_JSON.read_text())["models"][0], *manifest_of(hub.files)["models"]]}
    (tmp_path / "models.json").write_text(json.dumps(told))
    manifest = read_manifest(tmp_path / "models.json")
    return ModelStore(tmp_path / "models", starter.parent, manifest, Hub(hub.address))


@pytest.fixture
def program(qtbot, qapp, resources, tmp_path, monkeypatch, store):
    monkeypatch.setattr(noticing, "_POLL_MS", 50)
    monkeypatch.setattr(noticing, "_SHORTEST_PAUSE_S", 0.05)
    monkeypatch.setattr(downloading.download, "__kwdefaults__", {"pauses_s": (0.0,)})
    monkeypatch.setattr(startup, "model_store", lambda settings: replace(store, hub=_hub(settings, store)))
    theme.apply_theme(qapp, resources)
    program = Program(qtbot, tmp_path / "library")
    program.models[str(store.folder_of(store.find("tiny")))] = ColourEmbedder("colours-2")
    yield program
    program.close()


def _hub(settings: Settings, store: ModelStore) -> Hub:
    return Hub(settings.hub_mirror) if settings.hub_mirror else store.hub


@pytest.fixture
def models(program):
    """The page, open."""
    return open_page(program, program.start())


def open_page(program, window):
    window._show_models()
    program.wait_until(lambda: len(window._equipping._page._cards) >= 2)
    return window._equipping._page


def card(page, key="tiny"):
    return page._cards[str(key)]


def said(page, name, key="tiny"):
    label = card(page, key).findChild(QLabel, name)
    return "" if label.isHidden() else label.text()


def button(page, key="tiny"):
    found = card(page, key).findChild(QPushButton, "deed")
    return "" if found.isHidden() else found.text()


def press(page, key="tiny", name="deed"):
    if name != "deed" and not card(page, key)._toggle.isChecked():
        card(page, key)._toggle.click()
    card(page, key).findChild(QPushButton, name).click()


def fetch(program, page):
    press(page)
    program.wait_until(lambda: button(page) == "Use")


def test_the_page_says_of_each_model_what_it_is_and_asks_no_hub(program, hub, monkeypatch):
    asked = []
    connect = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", lambda self, to: (asked.append(to), connect(self, to)))
    page = open_page(program, program.start())
    assert said(page, "purpose") == "Finds photos by what is in them, described in English."
    assert said(page, "facts") == "400 kB · English · MIT"
    assert "32 numbers, by which it is compared" in details(page, "tiny")
    assert said(page, "badge") == "Recommended"
    assert button(page) == "Download"
    assert said(page, "in_use", "starter") == "In use"
    assert button(page, "starter") == ""
    assert hub.asked == []
    assert [to for to in asked if isinstance(to, tuple)] == []


def test_licence_and_repository_are_opened_in_the_browser_only_when_asked(program, models, hub, monkeypatch):
    opened = []
    monkeypatch.setattr(outside, "open_address", opened.append)
    models.link_followed.connect(opened.append)
    press(models, name="details")  # folds out
    press(models, name="details")
    card(models)._toggle.setChecked(True)
    links = [each for each in card(models)._details.findChildren(QPushButton) if each.toolTip()]
    for link in links:
        link.click()
    assert opened[0] == f"{hub.address}/someone/tiny-clip/tree/0123456789abcdef0123456789abcdef01234567"
    assert opened[1] == "https://spdx.org/licenses/MIT.html"


def test_a_model_is_downloaded_used_and_only_then_removed_when_another_is_used(program, models, store, monkeypatch):
    fetch(program, models)
    assert said(models, "state") == "On this computer"
    folder = store.folder_of(store.find("tiny"))
    press(models)
    program.wait_until(lambda: said(models, "in_use") == "In use")
    assert program.settings.embedder_folder == str(folder)
    assert button(models) == ""
    assert card(models).findChild(QPushButton, "remove") is None
    press(models, "starter")
    program.wait_until(lambda: said(models, "in_use", "starter") == "In use")
    asked = []
    monkeypatch.setattr(questions, "confirm_model_removal", lambda *told, **_: bool(asked.append(told[2])) or True)
    press(models, name="remove")
    program.wait_until(lambda: button(models) == "Download")
    assert asked == ["401 kB"]  # with the marker
    assert not folder.exists()


def test_a_download_goes_on_when_the_settings_are_closed_and_the_card_at_the_foot_shows_it(program, models, hub):
    window = program.window
    hub.stalls = True
    press(models)
    assert button(models) == "Cancel"
    assert window._download_card.isVisible()
    window._choosing._dialog.close()
    program.wait_until(lambda: window._equipping._page is None)
    assert "tiny" in window._fetching.fetches
    hub.stalls = False
    hub.ended.set()  # the answer that stalled ends; the download goes on with the next
    program.wait_until(lambda: not window._fetching.fetches)
    program.wait_until(lambda: not window._download_card.isVisible())
    page = open_page(program, window)
    assert button(page) == "Use"


def test_a_click_on_that_card_shows_the_models(program, hub):
    window = program.start()
    window._download_card.details_requested.emit()
    assert window._choosing._dialog.isVisible()
    assert window._equipping._page.isVisible()


def test_an_unfinished_download_says_how_much_is_here_and_goes_on(program, models, hub):
    hub.cut_after, hub.cuts, hub.ignores_ranges = 50_000, 99, True
    press(models)
    program.wait_until(lambda: said(models, "problem") != "")
    assert "breaks again and again" in said(models, "problem")
    hub.cut_after, hub.ignores_ranges = None, False
    window = program.restart()
    page = open_page(program, window)
    program.wait_until(lambda: said(page, "state").startswith("Unfinished download: "))
    assert button(page) == "Go on"
    before = len(hub.asked)
    press(page)
    program.wait_until(lambda: button(page) == "Use")
    assert any(headers.get("range") for _, headers in hub.asked[before:])


@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        (lambda hub: hub.wrong.add("model.safetensors"), "came damaged"),
        (lambda hub: hub.list_statuses.extend([401] * 9), "refused"),
        (lambda hub: hub.list_statuses.extend([404] * 9), "does not have this model"),
        (lambda hub: hub.statuses.extend([500] * 9), "Try again later"),
    ],
)
def test_a_failed_download_says_the_next_step_and_can_be_tried_again(program, models, hub, break_it, told):
    break_it(hub)
    press(models)
    program.wait_until(lambda: said(models, "problem") != "")
    assert told in said(models, "problem")
    assert button(models) == "Try again"
    assert said(models, "in_use") == ""


def test_the_address_of_a_mirror_is_checked_kept_and_asked(program, models, hub):
    models.findChild(QPushButton, "advanced").click()
    field = models.findChild(QLineEdit, "hub_mirror")
    problem = models.findChild(QLabel, "hub_mirror_problem")
    for wrong in ("hub.example.org", "ftp://hub.example.org", "https://", "https://a b", "https://h:port"):
        field.setText(wrong)
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert not problem.isHidden(), wrong
        assert program.window._choosing.settings.hub_mirror is None
    field.setText("http://127.0.0.1:1/")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert problem.isHidden()
    assert program.settings.hub_mirror == "http://127.0.0.1:1"
    press(models)
    program.wait_until(lambda: said(models, "problem") != "")
    assert "http://127.0.0.1:1 can't be reached" in said(models, "problem")
    assert hub.asked == []
    field.setText("")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert program.settings.hub_mirror is None


def test_enter_in_the_field_of_the_mirror_leaves_the_dialog_open(program, models):
    models.findChild(QPushButton, "advanced").click()
    QTest.keyClick(models.findChild(QLineEdit, "hub_mirror"), Qt.Key.Key_Return)
    assert program.window._choosing._dialog.isVisible()


def test_an_address_that_was_typed_is_kept_when_escape_closes_the_dialog(program, models):
    models.findChild(QPushButton, "advanced").click()
    field = models.findChild(QLineEdit, "hub_mirror")
    QTest.keyClicks(field, "https://hub.example.org")
    QTest.keyClick(program.window._choosing._dialog, Qt.Key.Key_Escape)
    program.wait_until(lambda: program.settings.hub_mirror == "https://hub.example.org")


def test_whoever_quits_during_a_download_is_asked_once(program, models, hub, monkeypatch):
    asked = []
    monkeypatch.setattr(questions, "confirm_quit_download", lambda _: bool(asked.append(1)))
    hub.stalls = True
    press(models)
    program.window.close()
    assert asked == [1]
    assert program.window.isVisible()
    press(models)  # cancel
    assert said(models, "state") == "Stopping; what came is kept"
    hub.stalls = False
    hub.ended.set()
    program.wait_until(lambda: button(models) in ("Download", "Go on"))


def test_tab_goes_through_the_buttons_of_each_card_and_what_has_the_focus_is_seen(program, models, tiny_clip, hub):
    dialog = program.window._choosing._dialog
    dialog.resize(700, 300)
    dialog.activateWindow()
    card(models, "starter")._toggle.setFocus()
    seen = []
    for _ in range(4):
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
        seen.append(dialog.focusWidget())
        top = seen[-1].mapTo(models.viewport(), seen[-1].rect().topLeft()).y()
        assert 0 <= top <= models.viewport().height() - seen[-1].height()
    assert [each.objectName() for each in seen] == ["deed", "details", "add_model", "advanced"]


def add(program, page, folder, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    page.findChild(QPushButton, "add_model").click()
    program.wait_until(lambda: program.window._adding.attempt is None or not _is_busy(program))


def _is_busy(program):
    return program.window._equipping._attempt_facts() is None or program.window._equipping._attempt_facts().is_busy


def test_a_folder_becomes_a_card_that_can_be_used_and_forgotten(program, models, tiny_clip, monkeypatch):
    program.models[str(tiny_clip)] = ColourEmbedder("colours-3")
    add(program, models, tiny_clip, monkeypatch)
    program.wait_until(lambda: str(tiny_clip) in models._cards)
    assert program.settings.model_folders == [str(tiny_clip)]
    assert said(models, "purpose", tiny_clip) == "Finds photos by what is in them."
    assert "32 numbers, by which it is compared" in details(models, tiny_clip)
    page = open_page(program, program.restart())
    program.wait_until(lambda: str(tiny_clip) in page._cards)
    press(page, tiny_clip)
    program.wait_until(lambda: said(page, "in_use", tiny_clip) == "In use")
    assert program.settings.embedder_folder == str(tiny_clip)
    assert card(page, tiny_clip).findChild(QPushButton, "forget") is None
    press(page, "starter")
    program.wait_until(lambda: button(page, tiny_clip) == "Use")
    press(page, tiny_clip, "forget")
    program.wait_until(lambda: str(tiny_clip) not in page._cards)
    assert program.settings.model_folders == []
    assert tiny_clip.exists()


def test_a_folder_of_a_captioner_describes_photos_until_none_is_wanted(program, models, tiny_blip, monkeypatch):
    add(program, models, tiny_blip, monkeypatch)
    program.wait_until(lambda: str(tiny_blip) in models._cards)
    press(models, tiny_blip)
    program.wait_until(lambda: said(models, "in_use", tiny_blip) == "In use")
    assert program.settings.captioner_folder == str(tiny_blip)
    assert program.settings.embedder_folder is None
    press(models, tiny_blip, "without")
    program.wait_until(lambda: button(models, tiny_blip) == "Use")
    assert program.settings.captioner_folder is None


def test_the_card_of_the_captioner_in_use_says_how_long_all_photos_will_take(program, tiny_blip, monkeypatch):
    TuningStore(paths.tunings_file()).keep(
        identity_of(tiny_blip, "captioner"), Tuning("cpu", "float32", 4, 4, 0.25, None, None)
    )
    monkeypatch.setattr(equipping, "count_all_uncaptioned", lambda _: 12_400)
    program.settings = replace(program.settings, captioner_folder=str(tiny_blip))
    page = open_page(program, program.start())
    told = f"captions take about 14 h for {wording.photos(12_400)}"
    program.wait_until(lambda: str(tiny_blip) in page._cards and said(page, "state", tiny_blip) == told)
    monkeypatch.setattr(equipping, "count_all_uncaptioned", lambda _: 0)
    program.window._indexing.stage_ended.emit(Stage.CAPTION)
    program.wait_until(lambda: said(page, "state", tiny_blip) == "")


def test_a_folder_without_a_model_is_refused_with_a_sentence_that_can_be_dismissed(
    program, models, tmp_path, monkeypatch
):
    (tmp_path / "empty").mkdir()
    add(program, models, tmp_path / "empty", monkeypatch)
    told = models.findChild(QLabel, "attempt")
    assert "it holds no model" in told.text()
    assert program.settings.model_folders == []
    models.findChild(QPushButton, "dismiss_attempt").click()
    assert not told.isVisible()


@pytest.fixture
def pickled(tiny_clip, tmp_path):
    """The tiny CLIP as it would be with weights in pickle's format alone."""
    import torch
    from safetensors.torch import load_file

    folder = tmp_path / "pickled"
    shutil.copytree(tiny_clip, folder)
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    return folder


def test_weights_in_pickles_format_are_written_anew_only_once_that_is_allowed(program, models, pickled, monkeypatch):
    asked, answer = [], False
    monkeypatch.setattr(questions, "confirm_conversion", lambda *told: bool(asked.append(told[1])) or answer)
    add(program, models, pickled, monkeypatch)
    program.wait_until(lambda: bool(asked) and program.window._adding.attempt is None)
    assert asked == ["pickled"]
    assert not (pickled / "model.safetensors").exists()
    assert str(pickled) not in models._cards
    answer = True
    add(program, models, pickled, monkeypatch)
    program.wait_until(lambda: str(pickled) in models._cards, timeout_s=60)
    assert (pickled / "model.safetensors").exists()
    assert (pickled / "pytorch_model.bin").exists()
    assert button(models, pickled) == "Use"


def test_the_focus_stays_on_a_cards_button_while_its_download_goes_on(program, models, hub):
    found = card(models).findChild(QPushButton, "deed")
    models.window().activateWindow()
    found.setFocus()
    hub.stalls = True
    press(models)
    assert card(models).findChild(QPushButton, "deed") is found
    assert models.window().focusWidget() is found
    hub.stalls = False
    hub.ended.set()
    program.wait_until(lambda: button(models) == "Use")


# The first screen


def test_the_first_screen_offers_the_recommended_model_and_uses_it_once_it_is_here(program, store, hub):
    window = program.start()
    offer = window._first.offer
    program.wait_until(offer.isVisible)
    assert offer._title.text() == "Works at once with the small model that ships with Oriel."
    assert offer._text.text() == "Better results: Tiny CLIP, a download of 400 kB."
    assert hub.asked == []
    offer._button.click()
    program.wait_until(lambda: program.settings.embedder_folder is not None)
    assert program.settings.embedder_folder == str(store.folder_of(store.find("tiny")))
    program.wait_until(lambda: offer._title.text() == "Tiny CLIP is ready.")


def test_a_download_that_was_begun_on_the_page_is_not_used_by_itself(program, models):
    fetch(program, models)
    assert program.window._choosing.settings.embedder_folder is None


def test_a_failed_offer_says_why_and_can_be_tried_again(program, hub):
    hub.list_statuses.extend([404] * 9)
    window = program.start()
    offer = window._first.offer
    program.wait_until(offer.isVisible)
    offer._button.click()
    program.wait_until(lambda: offer._button.text() == "Try again")
    assert "does not have this model" in offer._text.text()
    hub.list_statuses.clear()
    offer._button.click()
    program.wait_until(lambda: program.settings.embedder_folder is not None)


@pytest.mark.parametrize("width", [400, 700])
def test_the_first_screen_fits_beside_all_panels_of_a_small_window(qtbot, qapp, resources, width):
    theme.apply_theme(qapp, resources)
    first = FirstScreen()
    qtbot.addWidget(first)
    first.offer.show_facts(OfferFacts("A better model can be had", "It takes a while " * 12, "Download"))
    first.resize(width, 600)
    first.show()
    assert first.minimumSizeHint().width() <= width
    for widget in (first._area, first.offer, *first.findChildren(QPushButton)):
        place = QRect(widget.mapTo(first, QPoint(0, 0)), widget.size())
        assert first.rect().contains(place), widget.objectName()
    assert first._area.width() >= min(560, width - 50)


# Rough results


@pytest.fixture
def answered(program, tmp_path):
    make_photo(tmp_path / "Holiday" / "0.jpg", "red")
    program.start()
    drop(program.window, tmp_path / "Holiday")
    program.wait_until(lambda: len(program.window._model.ids) == 1)
    program.wait_for_index()
    program.search("red")
    program.wait_until(program.window._result.isVisible)
    return program


def hint(window):
    return window._result.findChild(QLabel, "hint")


def test_an_answer_of_the_starter_says_that_it_is_rough_until_that_is_sent_away_for_good(answered):
    window = answered.window
    assert "rough" in hint(window).text()
    assert hint(window).isVisible()
    height = window._result.height()
    window._result.hint_dismissed.emit()
    assert not hint(window).isVisible()
    assert window._result.height() < height
    window = answered.restart()
    answered.search("red")
    answered.wait_until(window._result.isVisible)
    assert not hint(window).isVisible()


def test_the_line_leads_to_the_models(answered):
    answered.window._result.findChild(QPushButton, "hint_link").click()
    assert answered.window._equipping._page.isVisible()


def test_whoever_has_used_another_model_is_not_told_of_rough_results_again(answered, tiny_clip):
    window = answered.window
    answered.models[str(tiny_clip)] = ColourEmbedder("colours-2")
    window._changing.use(tiny_clip)
    answered.wait_until(lambda: answered.settings.embedder_folder == str(tiny_clip))
    assert not hint(window).isVisible()
    window._changing.use(None)
    answered.wait_until(lambda: answered.settings.embedder_folder is None)
    assert not hint(window).isVisible()


def test_a_model_that_is_being_prepared_shows_it_on_its_card_and_can_be_given_up(answered, tiny_clip, monkeypatch):
    window = answered.window
    answered.models[str(tiny_clip)] = ColourEmbedder("colours-2")
    page = open_page(answered, window)
    add(answered, page, tiny_clip, monkeypatch)
    answered.wait_until(lambda: str(tiny_clip) in page._cards)
    window._indexing.set_paused(True)
    press(page, tiny_clip)
    answered.wait_until(lambda: button(page, tiny_clip) == "Cancel")
    assert said(page, "state", tiny_clip).startswith("Preparing")
    assert said(page, "in_use", "starter") == "In use"
    assert card(page, tiny_clip).findChild(QPushButton, "forget") is None
    press(page, tiny_clip)
    answered.wait_until(lambda: button(page, tiny_clip) == "Use")
    assert answered.settings.next_embedder_folder is None


def test_the_speed_that_was_measured_here_stands_on_the_card(program, starter):
    tunings = TuningStore(paths.tunings_file())
    identity = identity_of(starter, "embedder")
    tunings.keep(identity, Tuning("cpu", "int8", 16, 4, 41.6, 812_000_000, 0.004, device_name="A processor"))
    page = open_page(program, program.start())
    assert "42 photos/s here" in said(page, "facts", "starter")
    card(page, "starter")._toggle.click()
    lines = [label.text() for label in card(page, "starter")._details.findChildren(QLabel)]
    assert "42 photos/s here · 812 MB of memory · int8 on A processor" in lines
    card(page)._toggle.click()
    assert "not measured yet" in [label.text() for label in card(page)._details.findChildren(QLabel)]


def details(page, key):
    card(page, key)._toggle.setChecked(True)
    return [label.text() for label in card(page, key)._details.findChildren(QLabel)]


def test_a_number_type_that_somebody_chooses_overrides_the_measured_one_and_is_said_on_the_card(program, starter):
    tried = (Trial("cpu", "float32", 16, 4, 20.0), Trial("cpu", "int8", 16, 4, 41.6))
    tuning = Tuning("cpu", "int8", 16, 4, 41.6, None, 0.004, tried, device_name="A processor")
    TuningStore(paths.tunings_file()).keep(identity_of(starter, "embedder"), tuning)
    page = open_page(program, program.start())
    types = page.findChild(QComboBox, "number_type")
    assert [types.itemText(row) for row in range(types.count())] == [
        "As measured", "float32", "bfloat16", "float16", "int8",
    ]  # fmt: skip
    program.wait_until(lambda: "int8, as measured" in details(page, "starter"))
    before = program.window.library
    types.setCurrentIndex(types.findData("float32"))
    assert program.settings.number_type == "float32"
    assert program.window.library is not before
    assert "float32, chosen under Advanced" in details(page, "starter")
    assert "20 photos/s here" in said(page, "facts", "starter")
    types.setCurrentIndex(types.findData("float16"))
    assert "float16, chosen under Advanced, where it fits this model" in details(page, "starter")
    types.setCurrentIndex(0)
    assert program.settings.number_type is None
    assert "42 photos/s here" in said(page, "facts", "starter")


def test_the_wheel_over_the_number_types_chooses_none(program, models):
    models.findChild(QPushButton, "advanced").click()
    types = models.findChild(QComboBox, "number_type")
    middle = QPointF(types.rect().center())
    turn = QWheelEvent(
        middle, types.mapToGlobal(middle), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(types, turn)
    assert types.currentIndex() == 0


def test_a_chosen_number_type_is_seen_as_soon_as_the_page_opens(program):
    program.settings = replace(program.settings, number_type="int8")
    types = open_page(program, program.start()).findChild(QComboBox, "number_type")
    assert types.currentData() == "int8"
    assert types.parentWidget().isVisible()


def test_a_models_speed_is_measured_when_somebody_asks(program, starter, monkeypatch):
    tuning = Tuning("cpu", "float32", 16, 4, 41.6, None, None)

    def measure(library, tuner, fewest):
        yield Measuring(tuner.name, Trial("cpu", "float32", 16, 4), 1, 4)
        startup.tuning_store().keep(identity_of(tuner.folder, "embedder"), tuning)
        yield Measured(tuner.name, tuning)

    monkeypatch.setattr(timing, "measure", measure)
    page = open_page(program, program.start())
    press(page, "starter", "measure")
    assert said(page, "state", "starter").startswith("Its speed is measured next")
    program.wait_until(lambda: "42 photos/s here" in said(page, "facts", "starter"))
    assert said(page, "state", "starter") == "Ships with Oriel"


def test_what_keeps_a_model_from_being_measured_is_said_on_its_card(program, monkeypatch):
    def measure(library, tuner, fewest):
        raise TooFewPhotos(found=1, wanted=4)

    monkeypatch.setattr(timing, "measure", measure)
    page = open_page(program, program.start())
    press(page, "starter", "measure")
    program.wait_until(lambda: said(page, "problem", "starter") != "")
    assert "1 of 4" in said(page, "problem", "starter")
    assert button(page, "starter") == ""


def test_a_speed_that_was_measured_unasked_shows_on_the_open_page(program, starter):
    page = open_page(program, program.start())
    tuning = Tuning("cpu", "float32", 16, 4, 41.6, None, None)
    startup.tuning_store().keep(identity_of(starter, "embedder"), tuning)
    program.window._measuring.measured.emit(tuning)
    program.wait_until(lambda: "42 photos/s here" in said(page, "facts", "starter"))


def test_a_chosen_text_tower_says_where_it_rests_beside_a_search_model_that_it_does_not_serve(
    program, store, monkeypatch
):
    whole = replace(store, published=read_manifest(MODELS_JSON))
    tower, served = whole.find("clip-b32-multilingual"), whole.find("clip-b32-openai")
    for model in (tower, served):
        whole.folder_of(model).mkdir(parents=True)
        marker = {"commit": model.commit, "files": {}}
        (whole.folder_of(model) / "oriel-model.json").write_text(json.dumps(marker))
    monkeypatch.setattr(startup, "model_store", lambda settings: whole)
    program.models[str(whole.folder_of(served))] = ColourEmbedder("colours-2")
    program.settings = replace(program.settings, text_folder=str(whole.folder_of(tower)))
    page = open_page(program, program.start())
    program.wait_until(lambda: said(page, "state", tower.model_id) == "Rests: Oriel starter reads queries itself")
    program.window._choosing.change_models(str(whole.folder_of(served)), None)
    program.wait_until(lambda: said(page, "state", tower.model_id) == "On this computer")
