"""Every fact, reason and error has its sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QLocale

from app.core.query import Source
from app.core.types import (
    Answer,
    DateSource,
    Evidence,
    FolderUnavailable,
    Kind,
    Like,
    Likeness,
    Metadata,
    Order,
    PhotoId,
    PhotoRow,
    Place,
    Reason,
    Role,
    Stage,
    Why,
)
from app.ui import wording


@pytest.fixture(autouse=True)
def english():
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    yield
    QLocale.setDefault(before)


def test_every_stage_reason_and_order_has_words():
    tables = (
        (wording.stage, Stage),
        (wording.reason, Reason),
        (wording.order, Order),
        (wording.date_source, DateSource),
    )
    for name, table in tables:
        assert all(name(each) for each in table)


def test_an_offline_folder_says_that_its_photos_stay():
    assert "stay" in wording.folder_unavailable(FolderUnavailable(Path("/drive"), is_offline=True))


def test_what_was_left_out_is_said_where_a_person_would_miss_it():
    assert wording.left_out({"video": 312, "hidden": 9}) == "312 videos left out"
    assert wording.left_out({"video": 1, "raw": 2}) == "2 raw photos, 1 video left out"
    assert wording.left_out({"hidden": 4, "sidecar": 2}) == ""


def answer_of(good: int, searched: int, total: int, *, is_ready: bool = True) -> Answer:
    ids = np.arange(good, dtype=np.int64)
    return Answer(ids, np.ones(good, np.float32), np.ones(good, np.uint8), good, searched, total, 0.041, is_ready)


def test_an_answer_says_out_of_how_many_and_how_fast():
    assert wording.answer_heading(answer_of(13, 1, 1)) == "13 good matches"
    assert wording.answer_heading(answer_of(0, 1, 1)) == "No good matches"
    waiting = replace(answer_of(0, 0, 1), is_meaning_ready=False)
    assert wording.answer_heading(waiting) == "Searching…"
    assert wording.answer_heading(answer_of(1, 1, 1)) == "1 good match"
    assert wording.answer_detail(answer_of(13, 12_400, 38_214)) == "in 12,400 of 38,214 photos · 41 ms"
    assert wording.answer_detail(answer_of(13, 38_214, 38_214)) == "in 38,214 photos · 41 ms"
    assert "follows" in wording.answer_detail(answer_of(2, 0, 9, is_ready=False))


def test_an_answer_that_may_grow_does_not_say_that_nothing_is_there():
    few = answer_of(0, 12, 644)
    assert wording.answer_heading(few, is_growing=True) == "No good matches yet"
    assert "searched 12 of 644 photos so far; more will join" in wording.answer_detail(few, is_growing=True)
    assert wording.answer_heading(answer_of(0, 644, 644), is_growing=True) == "No good matches"
    assert "so far" not in wording.answer_detail(few), "eleven that can't be read never join"


def test_a_query_in_a_language_that_the_model_does_not_know_gets_one_line_that_says_so():
    unknown = replace(answer_of(0, 9, 9), unknown_language="Cyrl")
    assert "English only" in wording.answer_note(unknown)
    assert wording.answer_note(replace(unknown, is_meaning_ready=False)) == "", "words alone were asked"
    assert wording.answer_note(answer_of(0, 9, 9)) == ""


def test_the_facts_of_a_camera_read_as_people_write_them():
    data = Metadata(camera="iPhone 13", focal_mm=26, exposure_s=0.004, f_number=1.6, iso=100)
    assert wording.camera(data) == "iPhone 13 · 26 mm"
    assert wording.exposure(data) == "1/250 s · ƒ/1.6 · ISO 100"
    assert wording.exposure(Metadata(exposure_s=2)) == "2 s"
    assert wording.camera(Metadata()) == ""


def test_times_left_are_rough():
    assert [wording.duration(seconds) for seconds in (0.2, 41, 240, 7_500)] == ["1 s", "41 s", "4 min", "2 h 5 min"]
    assert [wording.duration(seconds) for seconds in (3_590, 7_190)] == ["1 h 0 min", "2 h 0 min"]
    assert [wording.rough_duration(seconds) for seconds in (240, 50_400, 260_000)] == ["4 min", "14 h", "3 days"]


def test_a_moment_is_the_one_where_the_photo_was_taken():
    assert wording.moment(1_692_553_320).startswith("August 20, 2023, 5:42")


def test_every_kind_and_role_has_words():
    assert len({wording.kinds(kind) for kind in Kind}) == len(Kind)
    assert [role for role in Role if not wording.role(role)] == [Role.ORIGINAL]


def test_the_length_of_a_video_is_said_only_where_it_is_known():
    signs = {"is_favourite": False, "is_offline": False, "failure": None}
    video = PhotoRow(PhotoId(1), "a.mp4", None, 0.0, 0, **signs, kind=Kind.VIDEO, duration_s=80.2)
    assert wording.kind_mark(video) == "video, 1:20"
    assert wording.video_to_play(video).endswith("1:20")
    assert wording.kind_mark(replace(video, duration_s=None)) == "video"
    assert "0:00" not in wording.video_to_play(replace(video, duration_s=None))


def test_undoing_a_move_to_the_trash_says_where_the_files_are():
    assert wording.undone("rating") == "Undone: rating"
    assert wording.undone("trash").startswith("Undone: move to the trash. The files are still there")


def test_a_place_reads_from_the_small_to_the_large():
    assert wording.place(Place("Cascais", "Lisbon", "Portugal", "PT")) == "Cascais, Portugal"
    assert wording.place(Place("", "Lapland", "Finland", "FI")) == "Lapland, Finland"


def test_lengths_are_told_as_players_tell_them():
    assert [wording.length(seconds) for seconds in (0.2, 42.4, 61, 3600)] == ["0:00", "0:42", "1:01", "1:00:00"]


def test_a_tooltip_never_takes_a_name_for_markup():
    assert wording.tooltip("plain & simple") == "plain & simple"
    assert wording.tooltip("a <b>\nc") == "<span>a &lt;b&gt;<br>c</span>"


def test_evidence_shows_the_words_in_bold_and_nothing_of_a_text_as_markup():
    told = wording.evidence(Evidence(Why.CAPTION, "a <small> dog on a beach", ((10, 13), (19, 24))))
    assert told == "<b>Caption</b>: a &lt;small&gt; <b>dog</b> on a <b>beach</b>"
    assert wording.evidence(Evidence(Why.TAG, "dog", ((0, 3),), 0.82)) == "<b>Tag</b>: <b>dog</b> (82 %)"
    told = wording.evidence(Evidence(Why.MEANING, above=0.9999))
    assert told == "<b>Meaning</b>: stronger than 99 % of the library"
    told = wording.evidence(Evidence(Why.CAPTION, "a puppy", above=0.98))
    assert told == "<b>Meaning of the caption</b>: a puppy (stronger than 98 % of the library)"


def test_how_a_photo_stands_to_a_picture_is_told_with_its_figures():
    looks = wording.evidence(Evidence(Why.MEANING, like=Likeness(Like.LOOKS, "a<b.jpg"), above=0.987))
    assert looks == "<b>Looks like</b> a&lt;b.jpg: more like it than 98 % of the library"
    nearest = wording.evidence(Evidence(Why.MEANING, like=Likeness(Like.LOOKS, "c.jpg", True, 3), above=1.0))
    assert nearest == (
        "<b>Looks like</b> a part of c.jpg: more like it than 99 % of the library; the nearest of 3 pictures"
    )
    moments = [Likeness(Like.MOMENT, "c.jpg", apart_s=apart_s) for apart_s in (4.2, -31.0, 0.3)]
    told = [wording.evidence(Evidence(Why.MEANING, like=each)) for each in moments]
    assert [each.partition(": ")[2] for each in told] == [
        "taken 4 s later",
        "taken 31 s earlier",
        "taken in the same second",
    ]


@pytest.mark.parametrize("how", list(Like))
def test_every_likeness_has_its_words(how):
    assert "<b>" in wording.evidence(Evidence(Why.MEANING, like=Likeness(how, "c.jpg"), above=0.5))


@pytest.mark.parametrize("why", list(Why))
def test_every_reason_has_its_word(why):
    assert wording.why(why)


@pytest.mark.parametrize("source", list(Source))
def test_every_place_to_look_in_has_its_words(source):
    assert wording.source(source)
