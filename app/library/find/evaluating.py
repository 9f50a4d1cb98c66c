"""Judges how well search finds what people say that their photos show: texts against photos, both ways."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath

import numpy as np
import numpy.typing as npt

from app.core.query import Scope, Term
from app.core.types import PhotoId, PhotoIds, Role, Scores, Vector
from app.library.find.finding import Asked, looked
from app.library.library import Library
from app.search.fusion import beliefs
from app.search.lexing import has_content
from app.search.metrics import Metrics, Places, mean_places
from app.search.ranking import Words, rank

_BATCH = 64
_FILES_AT_A_TIME = 10_000


class Ranking(StrEnum):
    """What puts the photos in order."""

    MEANING = "meaning"
    """The picture's meaning alone, by plain cosine similarity, as models are compared elsewhere."""
    WORDS = "words"
    """Words in names, folders, captions, tags and places alone."""
    FUSION = "fusion"
    """All that a search looks at."""


class Direction(StrEnum):
    """What asks, and what is to be found."""

    TEXT_TO_IMAGE = "text_to_image"
    IMAGE_TO_TEXT = "image_to_text"


@dataclass(frozen=True, slots=True)
class Line:
    """A photo by its name, or by the end of its path, and a text that it should be found by."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Asking:
    """So many of the texts have been asked for."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Row:
    """How one ranking did in one direction, among so many candidates."""

    signal: Ranking
    direction: Direction
    candidates: int
    metrics: Metrics


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The last fact.

    Attributes:
        rows: every ranking in both directions.
        missing: names that no photo of the library has; their lines are left out.
        ambiguous: names that several have; their lines are left out.
        without_vector: photos that can't be compared by meaning, and so stand last.
    """

    rows: tuple[Row, ...]
    missing: tuple[str, ...]
    ambiguous: tuple[str, ...]
    without_vector: int


def read_queries(text: str) -> tuple[list[Line], int]:
    """Lines of file name, tab, text; blank ones say nothing.

    Returns:
        The lines, and how many had no tab, no name or no text.
    """
    told = [line.partition("\t") for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    lines = [Line(name.strip(), query.strip()) for name, _, query in told if name.strip() and query.strip()]
    return lines, len(told) - len(lines)


def evaluate(library: Library, lines: Sequence[Line]) -> Iterator[Asking | Evaluation]:
    """Ask for every text, and look where the photos stand that it belongs to.

    Candidates are all photos of the library, compared exactly and without a cut; a text is taken as it is, never as
    a query of the query language. Lines of the same text are one query with several relevant photos. From photos to
    texts the candidates are the texts, ranked by what each one's search gave to the photo, in a measure that texts
    share: their cosines, or how sure each one is of this photo (``fusion.beliefs``).

    Yields:
        Asking after each batch of texts; last the Evaluation.

    Raises:
        ModelUnusable, OutOfMemory
    """
    library.vectors.catch_up(library.embeddings)
    library.caption_vectors.index.catch_up(library.caption_vectors.store)
    photos = library.catalog.scope_ids(Scope())
    found, missing, ambiguous = _found(library, photos, {line.name for line in lines})
    relevant = _relevant(lines, found)
    judges = {signal: _Judge(photos, relevant) for signal in Ranking}
    texts = list(relevant)
    yield Asking(0, len(texts))
    for start in range(0, len(texts), _BATCH):
        batch = texts[start : start + _BATCH]
        for text, vector in zip(batch, library.embedder.embed_texts(batch), strict=True):
            for ranking, scores in _rankings(library, photos, text, vector):
                judges[ranking].take(text, scores)
        yield Asking(start + len(batch), len(texts))
    rows = tuple(row for signal, judge in judges.items() for row in judge.rows(signal))
    without_vector = len(np.setdiff1d(photos, library.embeddings.ids(), assume_unique=True))
    yield Evaluation(rows, missing, ambiguous, without_vector)


def _rankings(library: Library, photos: PhotoIds, text: str, vector: Vector) -> Iterator[tuple[Ranking, Scores]]:
    """Each ranking with its scores, float32, shape (len(photos),)."""
    terms = tuple(Term(word) for word in text.split() if has_content(word))
    words = Words.of(library.catalog.match(terms, among=photos, limit=len(photos)))
    asked = Asked(library, terms, photos, vector)
    signals = looked(asked)
    yield Ranking.MEANING, _spread_out(photos, *library.vectors.scores(vector))
    for ranking, ranked in ((Ranking.WORDS, rank(words, [])), (Ranking.FUSION, rank(words, signals))):
        believed = beliefs(ranked.scores, unknown=len(photos) - len(ranked.ids))
        yield ranking, _spread_out(photos, ranked.ids, believed)


class _Judge:
    """Where the relevant ones stand by one ranking, text after text.

    Of every text's scores only those of the photos that the lines name are kept, 4 bytes each.
    """

    def __init__(self, photos: PhotoIds, relevant: Mapping[str, PhotoIds]) -> None:
        self._photos = photos
        self._relevant = relevant
        self._named = np.unique(np.concatenate([*relevant.values(), np.empty(0, np.int64)]))
        self._named_places = np.searchsorted(photos, self._named)
        self._places: list[Places] = []
        self._scores = np.empty((len(relevant), len(self._named)), np.float32)

    def take(self, text: str, scores: Scores) -> None:
        """``scores``: float32, shape (len(photos),), of the next text in the order of ``relevant``."""
        self._scores[len(self._places)] = scores[self._named_places]
        self._places.append(mean_places(scores, np.searchsorted(self._photos, self._relevant[text])))

    def rows(self, signal: Ranking) -> Iterator[Row]:
        """Both directions."""
        yield Row(signal, Direction.TEXT_TO_IMAGE, len(self._photos), Metrics.of(self._places))
        yield Row(signal, Direction.IMAGE_TO_TEXT, len(self._relevant), Metrics.of(self._texts_of_photos()))

    def _texts_of_photos(self) -> list[Places]:
        belongs: list[list[int]] = [[] for _ in self._named]
        for number, ids in enumerate(self._relevant.values()):
            for place in np.searchsorted(self._named, ids):
                belongs[place].append(number)
        return [
            mean_places(self._scores[:, place], np.array(numbers, np.int64)) for place, numbers in enumerate(belongs)
        ]


def _spread_out(photos: PhotoIds, ids: PhotoIds, scores: Scores) -> npt.NDArray[np.float32]:
    """float32, shape (len(photos),): the scores in the order of ``photos`` (ascending); -inf where there is none."""
    spread = np.full(len(photos), -np.inf, np.float32)
    places = np.minimum(np.searchsorted(photos, ids), max(len(photos) - 1, 0))
    is_shown = photos[places] == ids if len(photos) else np.zeros(len(ids), np.bool_)
    spread[places[is_shown]] = scores[is_shown]
    return spread


def _relevant(lines: Sequence[Line], found: Mapping[str, PhotoId]) -> dict[str, PhotoIds]:
    """Each different text with its photos, int64, ascending."""
    photos_of: dict[str, set[PhotoId]] = {}
    for line in lines:
        if line.name in found:
            photos_of.setdefault(line.text, set()).add(found[line.name])
    return {text: np.array(sorted(ids), np.int64) for text, ids in photos_of.items()}


def _found(
    library: Library, photos: PhotoIds, names: set[str]
) -> tuple[dict[str, PhotoId], tuple[str, ...], tuple[str, ...]]:
    """The photo of each name; the names that no photo has; those that several have."""
    by_last = _by_last_part(names)
    seen: dict[str, set[PhotoId]] = {name: set() for name in names}
    for photo_id, path in _paths(library, photos):
        for name, parts in by_last.get(_composed(path.name), ()):
            if _parts(path)[-len(parts) :] == parts:
                seen[name].add(photo_id)
    found = {name: next(iter(ids)) for name, ids in seen.items() if len(ids) == 1}
    missing = sorted(name for name, ids in seen.items() if not ids)
    return found, tuple(missing), tuple(sorted(name for name, ids in seen.items() if len(ids) > 1))


def _by_last_part(names: Iterable[str]) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    by_last: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for name in names:
        if parts := _parts(PurePath(name)):
            by_last.setdefault(parts[-1], []).append((name, parts))
    return by_last


def _paths(library: Library, photos: PhotoIds) -> Iterator[tuple[PhotoId, Path]]:
    """All files of the photos that are pictures themselves: a raw may be named as well as its JPEG."""
    for start in range(0, len(photos), _FILES_AT_A_TIME):
        ids = [PhotoId(each) for each in photos[start : start + _FILES_AT_A_TIME].tolist()]
        for file in library.catalog.files_of(ids):
            if file.role is not Role.SIDECAR:
                yield file.photo_id, file.path


def _parts(path: PurePath) -> tuple[str, ...]:
    return tuple(_composed(part) for part in path.parts)


def _composed(name: str) -> str:
    """Letters with accents in one form: a Mac's names and what people type differ in it."""
    return unicodedata.normalize("NFC", name)
