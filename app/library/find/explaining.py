"""Tells why a photo is a hit: which words stand where, and how it stands by meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from app.catalog.find.matching import content
from app.core.examples import Example
from app.core.query import EVERYWHERE, And, Field, FieldName, Node, Or, Scope, Source, Term
from app.core.types import Evidence, Photo, PhotoId, Place, Why
from app.library.find.finding import Asked, looked, text_vector
from app.library.find.resembling import resemblance
from app.library.library import Library
from app.search.alternatives import alternatives
from app.search.query import parse
from app.search.word_marks import Phrase, phrases, spans

_MOST_LINES = 3
"""Of text in the picture, and of tags: a tooltip is no page."""
_MOST_LETTERS = 160


class _Wanted(NamedTuple):
    """A word or phrase of the query, and the one field that it was asked of; None: any."""

    text: str
    field: FieldName | None


def explain(
    library: Library,
    text: str,
    photo_id: PhotoId,
    *,
    sources: frozenset[Source] = EVERYWHERE,
    examples: Sequence[Example] = (),
) -> tuple[Evidence, ...]:
    """Why a photo answers a query: first what a person can check, last what its meaning says.

    Args:
        library: of the calling thread.
        text: as it was typed.
        photo_id: any photo of the library.
        sources: where the query was asked.
        examples: the pictures that it was asked with.

    Returns:
        Nothing where the photo is no more, or nothing speaks for it.
    """
    photo = library.catalog.photo(photo_id)
    if photo is None:
        return ()
    root = parse(text).root
    wanted = list(_wanted(root))
    told = [each for look in _LOOKS for each in look(photo, wanted, sources)]
    told += _folder(library.catalog.folder_name(photo_id), wanted)
    caption = "" if any(each.why is Why.CAPTION for each in told) else photo.caption or ""
    for why, (above, is_good) in _meant(library, root, photo_id, sources).items():
        if why is not Why.CAPTION:
            told.append(Evidence(why, above=above))
        elif is_good:
            told.append(Evidence(why, _short(caption, 0)[0], above=above))
    return (*told, *resemblance(library, examples, photo_id))


def _wanted(node: Node | None) -> Iterator[_Wanted]:
    """What is looked for; not what must not be there, nor what says nothing."""
    if isinstance(node, Term):
        yield _Wanted(node.text, None)
    elif isinstance(node, Field) and isinstance(node.value, str):
        yield _Wanted(node.value, node.name)
    elif isinstance(node, And | Or):
        free = content([part for part in node.parts if isinstance(part, Term)])
        for part in node.parts:
            if not isinstance(part, Term) or part in free:
                yield from _wanted(part)


def _of(wanted: Sequence[_Wanted], field: FieldName, *, is_free: bool = True) -> list[Phrase]:
    """``is_free``: free words are looked for there."""
    return phrases(each.text for each in wanted if each.field is field or (is_free and each.field is None))


def _text(photo: Photo, wanted: Sequence[_Wanted], sources: frozenset[Source]) -> Iterator[Evidence]:
    asked = _of(wanted, FieldName.TEXT, is_free=Source.TEXT in sources)
    found = [_evidence(Why.TEXT, line.text, marks) for line in photo.text if (marks := spans(line.text, asked))]
    yield from found[:_MOST_LINES]


def _caption(photo: Photo, wanted: Sequence[_Wanted], sources: frozenset[Source]) -> Iterator[Evidence]:
    text = photo.caption or ""
    if marks := spans(text, _of(wanted, FieldName.CAPTION, is_free=Source.WORDS in sources)):
        yield _evidence(Why.CAPTION, text, marks)


def _tags(photo: Photo, wanted: Sequence[_Wanted], sources: frozenset[Source]) -> Iterator[Evidence]:
    asked = _of(wanted, FieldName.TAG, is_free=Source.WORDS in sources)
    found = [
        _evidence(Why.TAG, tag.name, marks, tag.confidence) for tag in photo.tags if (marks := spans(tag.name, asked))
    ]
    yield from found[:_MOST_LINES]


def _name(photo: Photo, wanted: Sequence[_Wanted], _: frozenset[Source]) -> Iterator[Evidence]:
    if marks := spans(photo.name, _of(wanted, FieldName.FILE), is_name=True):
        yield _evidence(Why.NAME, photo.name, marks)


def _place(photo: Photo, wanted: Sequence[_Wanted], _: frozenset[Source]) -> Iterator[Evidence]:
    text = _named(photo.place)
    if marks := spans(text, _of(wanted, FieldName.PLACE)):
        yield _evidence(Why.PLACE, text, marks)


def _folder(name: str, wanted: Sequence[_Wanted]) -> Iterator[Evidence]:
    """Where on the disk the library's folders lie is no reason."""
    if marks := spans(name, _of(wanted, FieldName.FOLDER), is_name=True):
        yield _evidence(Why.FOLDER, name, marks)


_LOOKS: Sequence[Callable[[Photo, Sequence[_Wanted], frozenset[Source]], Iterator[Evidence]]] = (
    _text,
    _caption,
    _tags,
    _name,
    _place,
)


def _meant(
    library: Library, root: Node | None, photo_id: PhotoId, sources: frozenset[Source]
) -> dict[Why, tuple[float, bool]]:
    """Above what share of all photos each kind of meaning places this one, and whether above its line.

    By the way to answer the query that it answers best. Nothing while the model is not loaded.
    """
    best: dict[Why, tuple[float, bool]] = {}
    among = library.catalog.scope_ids(Scope())
    for way in alternatives(root):
        vector = text_vector(library, way.text) if way.terms else None
        if vector is None:
            continue
        for signal in looked(Asked(library, way.terms, among, vector, sources)):
            if len(place := np.flatnonzero(signal.ids == photo_id)):
                above = float((signal.scores < signal.scores[place[0]]).mean())
                best[signal.why] = max(best.get(signal.why, (0.0, False)), (above, bool(signal.is_good[place[0]])))
    return best


def _named(place: Place | None) -> str:
    return ", ".join(filter(None, (place.city, place.region, place.country))) if place is not None else ""


def _evidence(why: Why, text: str, marks: Sequence[tuple[int, int]], confidence: float | None = None) -> Evidence:
    shown, moved = _short(text, marks[0][0])
    kept = tuple(
        (start + moved, end + moved) for start, end in marks if start + moved >= 0 and end + moved <= len(shown)
    )
    return Evidence(why, shown, kept, confidence)


def _short(text: str, first: int) -> tuple[str, int]:
    """So much of a text as can be read at a glance, the letter at ``first`` in it; and by how much letters moved."""
    if len(text) <= _MOST_LETTERS:
        return text, 0
    start = max(0, min(first - _MOST_LETTERS // 4, len(text) - _MOST_LETTERS))
    part = text[start : start + _MOST_LETTERS]
    before = "…" if start else ""
    return before + part + ("…" if start + _MOST_LETTERS < len(text) else ""), len(before) - start
