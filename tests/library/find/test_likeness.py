"""Pictures as queries: one, several, parts, unwanted ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.core.errors import PathMissing
from app.core.examples import Box, Example, Picture
from app.core.query import Scope
from app.core.types import PhotoId, RgbImage, Why
from app.library.enrich.embedding import embed_missing
from app.library.find.examples import look_at
from app.library.find.finding import find
from app.library.find.likeness import find_by, find_like, find_with
from app.library.intake.importing import import_path
from app.library.intake.reading import read_missing
from app.library.library import Library
from tests.fakes import COLOURS
from tests.making import make_photo

NAMES = ("red", "green", "blue", "yellow", "white", "black")


@pytest.fixture
def ids(library: Library, photos: Path) -> dict[str, PhotoId]:
    for name in NAMES:
        make_photo(photos / f"{name}.jpg", name)
    list(import_path(library, photos))
    list(read_missing(library))
    list(embed_missing(library))
    library.embedder.load()
    found = {name: library.catalog.photo_at(photos / f"{name}.jpg") for name in NAMES}
    return {name: photo_id for name, photo_id in found.items() if photo_id is not None}


def _plain(name: str) -> RgbImage:
    return np.full((40, 60, 3), COLOURS[name], np.uint8)


def _order(library: Library, ids: dict[str, PhotoId], *examples: Example) -> list[str]:
    name_of = {photo_id: name for name, photo_id in ids.items()}
    return [name_of[PhotoId(photo_id)] for photo_id in find_like(library, examples).ids.tolist()]


def test_the_wanted_photos_stand_first_and_are_marked(library: Library, ids: dict[str, PhotoId]) -> None:
    answer = find_like(library, [Example(ids["red"]), Example(ids["green"])])
    assert answer.ids[:2].tolist() == [ids["red"], ids["green"]]
    assert [answer.why(0), answer.why(1), answer.why(2)] == [(Why.SELF,), (Why.SELF,), (Why.MEANING,)]
    assert len(answer) == len(NAMES)


def test_what_is_unwanted_is_left_out_and_its_like_moves_down(library: Library, ids: dict[str, PhotoId]) -> None:
    wanted = Example(Picture("white", image=_plain("white")))
    without = _order(library, ids, wanted)
    against = _order(library, ids, wanted, Example(Picture("yellow", image=_plain("yellow")), weight=-2.0))
    assert against.index("yellow") > without.index("yellow")
    assert "yellow" not in _order(library, ids, wanted, Example(ids["yellow"], weight=-1.0))


def test_unwanted_pictures_alone_show_what_is_unlike_them(library: Library, ids: dict[str, PhotoId]) -> None:
    order = _order(library, ids, Example(Picture("yellow", image=_plain("yellow")), weight=-1.0))
    assert order[0] == "blue"
    assert order[-1] == "yellow"


def test_weights_pull(library: Library, ids: dict[str, PhotoId]) -> None:
    red, blue = (Picture(name, image=_plain(name)) for name in ("red", "blue"))
    assert _order(library, ids, Example(red, weight=3.0), Example(blue, weight=1.0))[0] == "red"
    assert _order(library, ids, Example(red, weight=1.0), Example(blue, weight=3.0))[0] == "blue"


def test_a_part_of_a_photo_is_a_question_of_its_own(library: Library, photos: Path, ids: dict[str, PhotoId]) -> None:
    half = np.concatenate([np.tile(_plain("red"), (4, 4, 1)), np.tile(_plain("blue"), (4, 4, 1))], axis=1)
    Image.fromarray(half).save(photos / "halves.png")
    list(import_path(library, photos))
    list(read_missing(library))
    list(embed_missing(library))
    halves = library.catalog.photo_at(photos / "halves.png")
    assert halves is not None
    ids["halves"] = halves
    assert _order(library, ids, Example(halves, Box(0.0, 0.0, 0.45, 1.0)))[0] == "red"
    assert _order(library, ids, Example(halves, Box(0.55, 0.2, 1.0, 0.8)))[0] == "blue"


def test_a_part_of_a_photo_whose_drive_is_away_is_cut_from_its_thumbnail(
    library: Library, photos: Path, ids: dict[str, PhotoId]
) -> None:
    (photos / "red.jpg").unlink()
    part = Example(ids["red"], Box(0.1, 0.1, 0.9, 0.9))
    assert _order(library, ids, part)[0] == "red"
    library.thumbnails.path(ids["green"]).unlink()
    (photos / "green.jpg").unlink()
    with pytest.raises(PathMissing):
        find_like(library, [Example(ids["green"], Box(0.1, 0.1, 0.9, 0.9))])


def test_filters_beside_a_picture_take_photos_away_and_move_neither_order_nor_line(
    library: Library, ids: dict[str, PhotoId]
) -> None:
    examples = [Example(ids["red"]), Example(ids["green"])]
    like = find_like(library, examples)
    found = find_with(library, "-file:blue", examples)
    left = like.ids != ids["blue"]
    assert found.ids.tolist() == like.ids[left].tolist()
    assert found.scores.tolist() == like.scores[left].tolist()
    assert found.good == int(left[: like.good].sum())
    assert found.why(0) == (Why.SELF,)
    assert (found.searched, found.total) == (len(NAMES) - 1, len(NAMES) - 1)
    assert find_with(library, "file:red", examples).why(0) == (Why.SELF, Why.NAME)


def test_the_same_picture_is_looked_at_once(library: Library, ids: dict[str, PhotoId]) -> None:
    example = Example(Picture("red", image=_plain("red")))
    find_like(library, [example])
    seen = library.embedder.images_seen  # type: ignore[attr-defined]
    find_like(library, [example])
    assert library.embedder.images_seen == seen  # type: ignore[attr-defined]


def test_pictures_are_looked_at_one_after_the_other_and_once(library: Library, ids: dict[str, PhotoId]) -> None:
    plain = [Example(Picture(name, image=_plain(name))) for name in ("white", "black")]
    asked = [*plain, Example(ids["red"]), Example(ids["red"], Box(0, 0, 0.5, 0.5))]
    assert len(list(look_at(library, asked))) == 3  # a whole photo of the library has its vector
    assert list(look_at(library, asked)) == []


def test_a_photo_without_a_vector_is_like_itself_alone(library: Library, ids: dict[str, PhotoId]) -> None:
    library.embeddings.remove([ids["red"]])
    assert _order(library, ids, Example(ids["red"])) == ["red"]


def test_a_scope_bounds_what_is_found(library: Library, ids: dict[str, PhotoId]) -> None:
    library.catalog.set_favourite([ids["blue"]], True)
    answer = find_like(library, [Example(ids["red"])], scope=Scope(is_favourite=True))
    assert answer.ids.tolist() == [ids["red"], ids["blue"]]
    assert answer.total == 1


@pytest.mark.parametrize("sides", [(0.5, 0, 0.5, 1), (0, 0, 1.1, 1), (-0.1, 0, 1, 1), (0.6, 0, 0.4, 1)])
def test_a_box_lies_within_its_picture(sides: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="part"):
        Box(*sides)


def test_the_smallest_box_is_one_pixel() -> None:
    assert Box(0.999, 0.999, 1.0, 1.0).cut(_plain("red")).shape == (1, 1, 3)


def test_words_and_a_picture_together_find_what_is_both(library: Library, ids: dict[str, PhotoId]) -> None:
    library.embedder.load()
    blue = Example(Picture("blue", image=_plain("blue")))
    words, both = find(library, "white"), find_with(library, "white", [blue])
    assert sorted(both.ids.tolist()) == sorted(words.ids.tolist())
    assert (np.diff(both.scores) <= 0).all()
    assert both.ids[:2].tolist() in ([ids["white"], ids["blue"]], [ids["blue"], ids["white"]])
    assert words.ids.tolist().index(ids["blue"]) > 1, "the words alone don't find it"


def test_conditions_bound_what_a_picture_finds(library: Library, ids: dict[str, PhotoId]) -> None:
    library.embedder.load()
    library.catalog.set_rating([ids["blue"], ids["green"]], 5)
    found = find_with(library, "rating:>=4", [Example(ids["blue"])])
    assert found.ids.tolist() == [ids["blue"], ids["green"]]


def test_a_photo_in_which_a_person_wrote_the_words_stays_first(library: Library, ids: dict[str, PhotoId]) -> None:
    library.embedder.load()
    library.catalog.set_caption(ids["black"], "the harbour")
    found = find_with(library, "harbour", [Example(Picture("red", image=_plain("red")))])
    assert found.ids[0] == ids["black"]
    assert Why.CAPTION in found.why(0)


def test_a_photo_that_was_taken_out_is_still_an_example_and_no_hit(library: Library, ids: dict[str, PhotoId]) -> None:
    library.catalog.remove_photos([ids["red"]])
    answer = find_like(library, [Example(ids["red"])])
    assert sorted(answer.ids.tolist()) == sorted(set(ids.values()) - {ids["red"]})
    assert len(find_like(library, [Example(PhotoId(999))])) == 0


def test_words_alone_answer_where_a_picture_has_no_vector_yet(library: Library, ids: dict[str, PhotoId]) -> None:
    library.embedder.load()
    library.embeddings.remove([ids["red"]])
    assert find_with(library, "blue", [Example(ids["red"])]).ids.tolist() == find(library, "blue").ids.tolist()


@pytest.mark.parametrize("text", ["", " ", "(", "OR", '"', "rating:", "-", "?!"])
def test_what_asks_for_nothing_beside_a_picture_leaves_its_hits(
    library: Library, ids: dict[str, PhotoId], text: str
) -> None:
    examples = [Example(ids["red"])]
    assert find_by(library, text, examples).ids.tolist() == find_like(library, examples).ids.tolist()


def test_nothing_waits_for_the_model_that_must_look_at_a_picture(library: Library, ids: dict[str, PhotoId]) -> None:
    red = Example(Picture("red", image=_plain("red")))
    library.embedder.unload()
    assert find_like(library, [Example(ids["red"])]).is_meaning_ready, "its vector is there"
    for answer in (find_like(library, [red]), find_with(library, "red", [red])):
        assert not answer.is_meaning_ready
    assert find_with(library, "red", [red]).ids.tolist() == [ids["red"]], "words answer meanwhile"
    assert len(find_like(library, [red], wait_for_model=True)) == len(NAMES)
