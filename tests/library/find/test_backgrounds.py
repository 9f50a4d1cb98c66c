"""What queries are judged against in a library of colours: worked out once, and kept in step with it."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from app.core.types import PhotoId
from app.library.derived import derived_files
from app.library.find import backgrounds
from app.library.find.backgrounds import judged
from app.library.library import Library
from app.search.good_line import Background
from app.startup import close_library
from tests.fakes import COLOURS
from tests.making import index, make_library, make_photo


def test_a_photo_is_judged_alike_among_all_and_among_few_and_after_others_came(library: Library, photos: Path) -> None:
    for colour in COLOURS:
        make_photo(photos / f"{colour}.jpg", colour)
    index(library, photos)
    library.vectors.catch_up(library.embeddings)
    text = library.embedder.embed_texts(["red"])[0]
    ids, scores = library.vectors.scores(text)
    whole = judged(library, text, ids, scores)
    few, few_scores = library.vectors.scores(text, ids[1::2])
    assert np.allclose(judged(library, text, few, few_scores).scores, whole.scores[1::2], atol=1e-5)
    make_photo(photos / "late.jpg", "red", size=(150, 90))
    index(library, photos)
    library.vectors.catch_up(library.embeddings)
    later, later_scores = library.vectors.scores(text)
    assert len(later) == len(ids) + 1
    assert np.allclose(judged(library, text, later, later_scores).scores[: len(ids)], whole.scores, atol=1e-5)


def test_an_empty_library_can_be_judged(library: Library) -> None:
    text = library.embedder.embed_texts(["red"])[0]
    told = judged(library, text, np.empty(0, np.int64), np.empty(0, np.float32))
    assert len(told.scores) == 0


def _scores_of_red(library: Library) -> npt.NDArray[np.float32]:
    library.vectors.catch_up(library.embeddings)
    text = library.embedder.embed_texts(["red"])[0]
    return judged(library, text, *library.vectors.scores(text)).scores


def test_what_was_worked_out_of_each_photo_is_kept_for_the_next_start(
    tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backgrounds, "_UNKEPT", 0)
    for colour in COLOURS:
        make_photo(photos / f"{colour}.jpg", colour)
    first = make_library(tmp_path / "kept")
    index(first, photos)
    told = _scores_of_red(first)
    close_library(first)
    described: list[int] = []
    columns = Background.columns
    monkeypatch.setattr(Background, "columns", lambda self, rows: described.append(len(rows)) or columns(self, rows))
    for damage in (False, True):
        described.clear()
        if damage:
            for file in derived_files(first.root, first.embedder.space):
                file.write_bytes(file.read_bytes()[:-100])
        again = make_library(tmp_path / "kept")
        assert np.array_equal(_scores_of_red(again), told)
        assert (sum(described) > 0) == damage
        close_library(again)


def test_vectors_that_are_made_anew_in_another_order_are_judged_as_before(library: Library, photos: Path) -> None:
    for colour in COLOURS:
        make_photo(photos / f"{colour}.jpg", colour)
    index(library, photos)
    told = _scores_of_red(library)
    ids, vectors = library.embeddings.vectors(library.embeddings.ids().tolist())
    shown, _ = library.vectors.scores(vectors[0])
    for part in library.embeddings.path.parent.glob(f"{library.embeddings.path.name}*"):
        part.unlink()  # as one that was damaged
    library.embeddings.add(np.roll(ids, 1), np.roll(vectors, 1, axis=0))
    again = _scores_of_red(library)
    after, _ = library.vectors.scores(vectors[0])
    assert after.tolist() != shown.tolist()
    assert np.allclose(again[np.argsort(after)], told[np.argsort(shown)], atol=1e-4)


def test_a_photo_whose_picture_changed_is_judged_by_the_new_one(library: Library, photos: Path) -> None:
    for colour in COLOURS:
        make_photo(photos / f"{colour}.jpg", colour)
    index(library, photos)
    _scores_of_red(library)
    ids, _ = library.vectors.scores(library.embedder.embed_texts(["red"])[0])
    first = library.embeddings.vector(PhotoId(int(ids[0])))
    assert first is not None
    library.embeddings.add(ids[-1:], first[None])
    scores = _scores_of_red(library)
    assert scores[-1] == pytest.approx(scores[0])
