"""Why a photo is a hit: which words stand where, and how it stands by meaning."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.query import EVERYWHERE, Source
from app.core.types import Evidence, PhotoId, TextLine, Why
from app.library.enrich.caption_meaning import embed_captions
from app.library.find.explaining import explain
from app.library.find.finding import find
from app.library.library import Library
from tests.fakes import COLOURS
from tests.making import index, make_photo

CORNERS = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.1), (0.0, 0.1))


@pytest.fixture
def red(library: Library, photos: Path) -> PhotoId:
    for colour in COLOURS:
        make_photo(photos / f"BeachParty-{colour}.jpg", colour)
    index(library, photos)
    library.embedder.load()
    found = library.catalog.photo_at(photos / "BeachParty-red.jpg")
    assert found is not None
    return found


def said(library: Library, text: str, photo_id: PhotoId, sources: frozenset[Source] = EVERYWHERE) -> dict[Why, list]:
    """The marked words of each reason."""
    told: dict[Why, list] = {}
    for each in explain(library, text, photo_id, sources=sources):
        told.setdefault(each.why, []).append([each.text[start:end] for start, end in each.marks])
    return told


def test_words_are_marked_where_they_stand_in_whatever_form(library: Library, red: PhotoId) -> None:
    library.catalog.set_caption(red, "Two dogs on the beach")
    library.catalog.add_tag([red], "dog")
    library.catalog.write_texts("1", [(red, [TextLine("NO DOGS ALLOWED", 1.0, CORNERS)])])
    told = said(library, "a dog at the beach -cat", red)
    assert told[Why.CAPTION][0] == ["dogs", "beach"]
    assert told[Why.TAG] == [["dog"]]
    assert told[Why.TEXT] == [["DOGS"]]
    assert told[Why.NAME] == [["Beach"]]


def test_what_a_person_can_check_comes_before_the_meaning(library: Library, red: PhotoId) -> None:
    library.catalog.add_tag([red], "red")
    whys = [each.why for each in explain(library, "red", red)]
    assert whys[0] is Why.TAG
    assert whys[-1] is Why.MEANING


def test_a_machines_tag_says_how_sure_it_is(library: Library, red: PhotoId) -> None:
    library.catalog.write_machine_tags("1", [(red, [("dog", 0.82)])])
    (tag,) = [each for each in explain(library, "dog", red) if each.why is Why.TAG]
    assert (tag.text, tag.confidence) == ("dog", pytest.approx(0.82))


def test_meaning_tells_above_how_much_of_the_library_a_photo_stands(library: Library, red: PhotoId) -> None:
    answer = find(library, "red")
    best, worst = (explain(library, "red", PhotoId(int(answer.ids[place])))[-1] for place in (0, -1))
    assert best.why is worst.why is Why.MEANING
    assert best.above == pytest.approx(1 - 1 / len(answer))
    assert worst.above == 0


def test_a_caption_that_means_the_query_is_shown_with_none_of_its_words(
    library: Library, red: PhotoId, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Ten captions are no crowd that one could stand clear of.
    monkeypatch.setattr("app.library.find.backgrounds.clear_line", lambda *_: -1.0)
    for photo_id in find(library, "red").ids.tolist():
        library.catalog.set_caption(photo_id, "something grey")
    library.catalog.set_caption(red, "something red")
    list(embed_captions(library))
    library.caption_vectors.index.catch_up(library.caption_vectors.store)
    only = frozenset({Source.CAPTIONS})
    meant = [each for each in explain(library, "red", red, sources=only) if each.above is not None]
    assert [(each.why, each.text) for each in meant] == [(Why.CAPTION, "something red")]
    other = PhotoId(int(find(library, "red").ids[-1]))
    assert [each for each in explain(library, "red", other, sources=only) if each.above is not None] == []


def test_a_field_is_looked_for_where_it_was_asked_alone(library: Library, red: PhotoId) -> None:
    library.catalog.set_caption(red, "a dog")
    library.catalog.add_tag([red], "dog")
    assert list(said(library, "tag:dog", red)) == [Why.TAG]
    assert list(said(library, "caption:dog OR tag:cat", red)) == [Why.CAPTION]


def test_what_is_switched_off_gives_no_reason(library: Library, red: PhotoId) -> None:
    library.catalog.set_caption(red, "red")
    told = said(library, "red", red, frozenset({Source.PICTURES}))
    assert Why.CAPTION not in told
    assert Why.MEANING in told


def test_a_long_text_is_cut_around_the_word(library: Library, red: PhotoId) -> None:
    library.catalog.set_caption(red, "so many words " * 40 + "lighthouse" + " and more words" * 40)
    told = explain(library, "lighthouse", red)[0]
    assert len(told.text) < 200
    assert [told.text[start:end] for start, end in told.marks] == ["lighthouse"]


def test_a_photo_that_is_no_more_has_no_reasons(library: Library) -> None:
    assert explain(library, "dog", PhotoId(99)) == ()


def test_evidence_of_words_has_no_share() -> None:
    assert Evidence(Why.TAG, "dog").above is None


def test_where_a_folder_lies_on_the_disk_is_no_reason(library: Library, photos: Path) -> None:
    path = make_photo(photos / "Iceland 2019" / "a.jpg", "red")
    index(library, photos)
    photo_id = library.catalog.photo_at(path)
    assert photo_id is not None
    (folder,) = [each for each in explain(library, "iceland", photo_id) if each.why is Why.FOLDER]
    assert (folder.text, folder.marks) == (
        f"{photos.name}/Iceland 2019",
        ((len(photos.name) + 1, len(photos.name) + 8),),
    )
    assert said(library, photos.parent.name, photo_id).get(Why.FOLDER) is None
    assert library.catalog.folder_name(PhotoId(99)) == ""
