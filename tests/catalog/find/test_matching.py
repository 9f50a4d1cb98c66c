"""Finding by words: fields, phrases, prefixes, scripts without spaces, and any text at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.catalog.catalog import Catalog
from app.core.gauge import Gauge
from app.core.query import Scope, Term
from app.core.types import WHY_BITS, PhotoId, TextLine, Why
from tests.catalog.conftest import PICTURES, Filler

EVERYTHING = Scope()


def _found(catalog: Catalog, *words: str, scope: Scope = EVERYTHING) -> list[PhotoId]:
    return list(catalog.match([Term(word) for word in words], scope, limit=100).ids)


@pytest.mark.parametrize("word", ["beach", "Party", "2041", "img_2041", "IMG_2041-beach_Party.jpg", "beac", "parties"])
def test_a_file_name_is_found_by_its_words(catalog: Catalog, fill: Filler, word: str) -> None:
    ids = fill.add("IMG_2041-beach_Party.jpg", "other.png")
    assert _found(catalog, word) == ids[:1]


@pytest.mark.parametrize("word", ["beach", "party", "2019", "BeachParty2019"])
def test_words_that_are_joined_in_a_name_are_found_singly(catalog: Catalog, fill: Filler, word: str) -> None:
    ids = fill.add("BeachParty2019.jpg", "other.png")
    assert _found(catalog, word) == ids[:1]


def test_each_hit_says_where_its_words_stand(catalog: Catalog, fill: Filler) -> None:
    named, tagged, captioned = fill.add("dog.jpg", "b.jpg", "c.jpg")
    (folder,) = fill.add("d.jpg", folder=b"dog")
    catalog.write_machine_tags("v", [(tagged, [("dog", 0.9)])])
    catalog.write_captions("m", [(captioned, "two dogs running")])
    hits = catalog.match([Term("dog")], limit=9)
    assert dict(zip(hits.ids, zip(hits.whys, hits.is_person, strict=True), strict=True)) == {
        named: (WHY_BITS[Why.NAME], True),
        folder: (WHY_BITS[Why.FOLDER], True),
        tagged: (WHY_BITS[Why.TAG], False),
        captioned: (WHY_BITS[Why.CAPTION], False),
    }


def test_what_a_person_wrote_whole_comes_first(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg", "b.jpg", "c.jpg", "dog.jpg")
    catalog.write_captions("m", [(photo_id, "a dog on a beach, beach, beach") for photo_id in ids[:2]])
    catalog.set_caption(ids[2], "The dog on the beach")
    hits = catalog.match([Term(word) for word in ("dog", "on", "the", "beach")], limit=9)
    assert list(zip(hits.ids == ids[2], hits.is_person, hits.is_whole, hits.matched, strict=True)) == [
        (True, True, True, 2),
        (False, False, True, 2),
        (False, False, True, 2),
        (False, False, False, 1),
    ]


def test_words_in_two_fields_are_no_full_match_of_a_person(catalog: Catalog, fill: Filler) -> None:
    fill.add("dog.jpg", folder=b"beach")
    hits = catalog.match([Term("dog"), Term("beach")], limit=9)
    assert hits.is_person.tolist() == [False]
    assert hits.is_whole.tolist() == [True]
    assert hits.whys.tolist() == [WHY_BITS[Why.NAME] | WHY_BITS[Why.FOLDER]]


def test_a_full_match_of_a_person_survives_the_limit(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add(*[f"{number}.jpg" for number in range(30)])
    catalog.write_captions("m", [(photo_id, "dog dog dog dog") for photo_id in ids])
    catalog.set_caption(ids[7], "our old and well remembered dog " + "of many words " * 50)
    hits = catalog.match([Term("dog")], limit=3)
    assert len(hits.ids) == 3
    assert hits.ids[0] == ids[7]


def test_a_folder_is_found_whole_by_its_name(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add(*[f"{number}.jpg" for number in range(30)], folder=b"Rome")
    others = fill.add(*[f"{number}.jpg" for number in range(9)])
    catalog.write_captions("m", [(photo_id, "rome at night") for photo_id in others])
    hits = catalog.match([Term("rome")], limit=5)
    assert set(hits.ids) == set(ids)
    assert hits.is_person.all()


def test_the_name_of_a_folder_of_thousands_puts_none_of_them_first_and_finds_them_all(
    catalog: Catalog, fill: Filler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.catalog.find.matching._MANY_IN_ONE", 29)
    ids = fill.add(*[f"{number}.jpg" for number in range(30)], folder=b"Rome")
    (own,) = fill.add("own.jpg")
    catalog.add_tag([own], "rome")
    hits = catalog.match([Term("rome")], limit=5)
    assert set(hits.ids) == {*ids, own}
    assert hits.ids[0] == own
    assert hits.is_person.tolist() == [True] + [False] * 30


def test_an_exact_phrase_stands_side_by_side(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg", "b.jpg")
    catalog.write_captions("m", [(ids[0], "a hot dog"), (ids[1], "a dog in the hot sun")])
    hits = catalog.match([Term("hot dog", is_exact=True)], limit=9)
    assert hits.ids.tolist() == ids[:1]


def test_only_the_last_unquoted_word_is_a_beginning(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("mountain.jpg", "lake.jpg")
    assert _found(catalog, "mount") == ids[:1]
    assert _found(catalog, "lak", "mount") == ids[:1]
    assert catalog.match([Term("mount", is_exact=True)], limit=9).ids.tolist() == []


def test_a_term_is_held_in_whichever_field(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("hot_dog.jpg", "cat.jpg", "hot.jpg")
    assert catalog.holding([Term("cat")]).tolist() == ids[1:2]
    assert catalog.holding([Term("hot dog", is_exact=True)]).tolist() == ids[:1]
    assert catalog.holding([Term("hot")]).tolist() == [ids[0], ids[2]]
    assert catalog.holding([Term("ho")]).tolist() == []
    assert catalog.holding([Term("the"), Term("hot"), Term("dog")]).tolist() == ids[:1]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("猫在海滩上.jpg", "海滩"),
        ("猫在海滩上.jpg", "滩"),
        ("海辺のネコ.jpg", "ネコ"),
        ("海辺のネコ.jpg", "ﾈｺ"),
        ("바닷가의고양이.jpg", "고양이"),
        ("Übung.jpg", "ubung"),
        ("cafe\u0301.jpg", "CAFÉ"),
        ("כלב בחוף.jpg", "כלב"),
        ("كلب على الشاطئ.jpg", "الشاطئ"),
        ("собака.jpg", "СОБАКА"),
        ("🐶 Rex.jpg", "🐶"),
        ("ｄｏｇ.jpg", "dog"),
    ],
)
def test_words_of_any_script_are_found(catalog: Catalog, fill: Filler, text: str, query: str) -> None:
    ids = fill.add(text, "海 other 辺.png")
    assert _found(catalog, query) == ids[:1]


def test_a_scope_limits_what_is_looked_through(catalog: Catalog, fill: Filler) -> None:
    inside = fill.add("dog.jpg", folder=b"Rome")
    fill.add("dog.jpg")
    assert _found(catalog, "dog", scope=Scope(folder_id=catalog.folder_at(PICTURES / "Rome"))) == inside
    assert _found(catalog, "dog", scope=Scope(is_favourite=True)) == []
    catalog.set_favourite(inside, True)
    assert _found(catalog, "dog", scope=Scope(is_favourite=True, is_recent=True)) == inside


def test_removed_photos_are_not_found(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("dog.jpg")
    catalog.remove_photos(ids)
    assert _found(catalog, "dog") == []


def test_a_word_that_stands_everywhere_still_ranks_the_rest(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add(*[f"{number}.jpg" for number in range(300)], "sunset.jpg", folder=b"dogs")
    assert _found(catalog, "dogs", "sunset")[0] == ids[-1]


def test_a_gauge_keeps_what_a_word_is_worth_when_more_photos_hold_it(catalog: Catalog, fill: Filler) -> None:
    first = fill.add("dog.jpg", "b.jpg", "c.jpg", "d.jpg")[0]
    gauge = Gauge()
    dog = [Term("dog")]
    (worth,) = catalog.match(dog, gauge=gauge, limit=9).relevance
    fill.add("dog 2.jpg", "dog 3.jpg", folder=b"more")
    again = catalog.match(dog, gauge=gauge, limit=9)
    assert set(again.relevance) == {worth}
    assert first in again.ids
    assert worth not in catalog.match(dog, limit=9).relevance


def test_stop_words_alone_are_looked_up(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("it.jpg", "dog.jpg")
    assert _found(catalog, "it") == ids[:1]


@pytest.mark.parametrize(
    "text",
    ["", '"', "*", "a*", "NEAR(a b)", "name:dog", "{name}", "a OR", "AND", "NOT", "(", "^dog", "-", "a\x00b", "\udcff",
     "dog" * 4000, "dog " * 4000, "a b " * 4000, "'; DROP TABLE photo; --", "😀" * 100, "\u0301", "٣", "½", "Ⅷ"],
)  # fmt: skip
@pytest.mark.parametrize("is_exact", [False, True])
def test_no_text_is_syntax(catalog: Catalog, fill: Filler, text: str, is_exact: bool) -> None:
    fill.add("dog.jpg")
    catalog.match([Term(text, is_exact=is_exact), Term("dog")], limit=5)
    catalog.match([Term("dog"), Term(text, is_exact=is_exact)], limit=5)
    catalog.holding([Term(text, is_exact)])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters()), max_size=4), is_exact=st.booleans())
def test_any_text_is_a_legal_query(shared: Catalog, texts: Sequence[str], is_exact: bool) -> None:
    shared.match([Term(text, is_exact=is_exact) for text in texts], limit=5)
    for text in texts:
        shared.holding([Term(text, is_exact)])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(), min_size=1))
def test_any_caption_is_stored_and_any_tag_too(shared: Catalog, text: str) -> None:
    shared.set_caption(PhotoId(1), text)
    shared.write_captions("m", [(PhotoId(1), text)])
    shared.write_machine_tags("v", [(PhotoId(1), [(text, 0.9)])])
    assert shared.photo(PhotoId(1)) is not None
    shared.undo()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    library: Path = tmp_path_factory.mktemp("library")
    catalog = Catalog.open(library)
    Filler(catalog).add("dog.jpg", "a.jpg")
    return catalog


def test_a_machines_tag_weighs_by_how_sure_it_is(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg", "b.jpg", "c.jpg", "d.jpg")
    sure = dict(zip(ids, (0.6, 0.95, 0.4, 0.8), strict=True))
    catalog.write_machine_tags("v", [(each, [("guide dog", confidence)]) for each, confidence in sure.items()])
    for asked in (["dog"], ["dogs"], ["gui"], ["guide", "dog"]):
        hits = catalog.match([Term(word) for word in asked], limit=100)
        assert list(hits.ids) == [ids[1], ids[3], ids[0]], "the one below one half is not shown"
        assert (np.diff(hits.relevance) < 0).all()


def test_of_several_tags_with_the_word_the_surest_counts(catalog: Catalog, fill: Filler) -> None:
    twice, once = fill.add("a.jpg", "b.jpg")
    catalog.write_machine_tags(
        "v", [(twice, [("wild cat", 0.95), ("cat", 0.55)]), (once, [("cat", 0.8), ("wild boar", 0.9)])]
    )
    assert _found(catalog, "cat") == [twice, once]
    catalog.remove_tag([twice], "wild cat")
    assert _found(catalog, "cat") == [once, twice]


def test_tags_that_come_later_are_looked_up_too(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg", "b.jpg")
    catalog.write_machine_tags("v", [(ids[0], [("dog", 0.9)])])
    assert _found(catalog, "dog") == ids[:1]
    catalog.write_machine_tags("v", [(ids[1], [("prairie dog", 0.95)])])
    assert _found(catalog, "dog") == [ids[1], ids[0]]


def test_tags_that_another_program_writes_at_the_same_moment_are_looked_up_too(
    catalog: Catalog, fill: Filler, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (photo_id,) = fill.add("a.jpg")
    names = iter(["cat", "dog", "hen", "fox"])
    row, rows = catalog._sql.row, catalog._sql.rows

    def write_one(sql: str) -> None:
        if " FROM tag" in sql and (name := next(names, None)) is not None:
            other.write_machine_tags("v", [(photo_id, [(name, 0.9), ("tame", 0.9)])])

    def row_before_writing(sql: str, parameters: Sequence[object] = ()) -> object:
        found = row(sql, parameters)
        write_one(sql)
        return found

    def rows_before_writing(sql: str, parameters: Sequence[object] = ()) -> object:
        found = rows(sql, parameters)
        write_one(sql)
        return found

    with closing(Catalog.open(library)) as other:
        monkeypatch.setattr(catalog._sql, "row", row_before_writing)
        monkeypatch.setattr(catalog._sql, "rows", rows_before_writing)
        for _ in range(5):
            _found(catalog, "animal")
        monkeypatch.undo()
    assert _found(catalog, "fox") == _found(catalog, "tame") == [photo_id]


def test_looking_words_up_waits_for_no_writer(catalog: Catalog, fill: Filler, library: Path) -> None:
    (photo_id,) = fill.add("a.jpg")
    catalog.write_machine_tags("v", [(photo_id, [("dog", 0.9)])])
    with closing(sqlite3.connect(library / "catalog.sqlite")) as other:
        other.execute("BEGIN IMMEDIATE")
        assert _found(catalog, "dog") == [photo_id]


def _line(text: str, confidence: float = 0.9) -> TextLine:
    return TextLine(text, confidence, ((0.1, 0.2), (0.3, 0.2), (0.3, 0.4), (0.1, 0.4)))


def test_text_in_pictures_weighs_by_how_surely_it_was_read(catalog: Catalog, fill: Filler) -> None:
    ids = fill.add("a.jpg", "b.jpg", "c.jpg")
    read = zip(ids, (0.7, 0.98, 0.55), strict=True)
    catalog.write_texts("v", [(each, [_line("Bakery", sure), _line("open", sure)]) for each, sure in read])
    assert _found(catalog, "bakery") == [ids[1], ids[0], ids[2]]


def test_a_sign_stands_before_a_page_that_mentions_the_word_among_many(catalog: Catalog, fill: Filler) -> None:
    page, sign, board = fill.add("a.jpg", "b.jpg", "c.jpg")
    catalog.write_texts("v", [(sign, [_line("Bakery")]), (page, [_line("bakery"), *[_line("and much more")] * 60])])
    catalog.write_texts("v", [(board, [_line("Bakery"), *[_line("bread and rolls")] * 9])])
    assert _found(catalog, "bakery") == [sign, board, page]


def test_a_folders_name_says_nothing_of_one_photo_alone(catalog: Catalog, fill: Filler) -> None:
    tagged, named, captioned = fill.add("a.jpg", "Anna.jpg", "c.jpg")
    (in_folder,) = fill.add("d.jpg", folder=b"Wedding Anna & Tom")
    catalog.add_tag([tagged], "Anna")
    catalog.set_caption(captioned, "Anna runs")
    hits = catalog.match([Term("anna")], limit=100)
    assert hits.is_person.all()
    assert set(hits.ids[hits.is_own].tolist()) == {tagged, named, captioned}
    assert in_folder in hits.ids
