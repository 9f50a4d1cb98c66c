"""Saved searches as live albums: asked again with the cut that was kept for them, and counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from app.core.errors import ModelUnusable, OrielError, OutOfMemory
from app.core.gauge import Gauge
from app.core.query import EVERYWHERE, Source
from app.core.types import Answer, SavedSearch
from app.library.find import cutting
from app.library.find.backgrounds import judges
from app.library.find.cutting import drawn
from app.library.find.examples import keep
from app.library.find.folding import folded
from app.library.find.likeness import find_by
from app.library.find.questions import Question, from_json, to_json
from app.library.library import Library
from app.search.query import parse


def kept(library: Library, question: Question) -> str:
    """The question as JSON, with copies of its pictures kept and the model named that answers now.

    Raises:
        UnreadableImage, PathMissing: a picture of it is not to be had any more.
        CatalogUnavailable, DiskFull: it can't be kept.
    """
    examples = tuple(keep(library, example) for example in question.examples)
    return to_json(replace(question, examples=examples, space=library.embedder.space))


def answer(library: Library, question: Question, sources: frozenset[Source] = EVERYWHERE) -> Answer:
    """Ask, words being looked for in ``sources``; the line of good matches is drawn anew.

    Raises:
        UnreadableImage, PathMissing, ModelUnusable, OutOfMemory: a picture of it can't be compared.
    """
    return _asked(library, question, sources, Gauge())


def answer_saved(
    library: Library, search_id: int, question: Question, sources: frozenset[Source] = EVERYWHERE
) -> Answer:
    """Ask as the saved search does: its cut says which photos belong.

    A cut is drawn the first time that the line of the answer can be relied on, for each model and each choice of
    ``sources`` one; until then, and where the question is another than the saved one, it is as ``answer``.

    Raises:
        UnreadableImage, PathMissing, ModelUnusable, OutOfMemory: a picture of it can't be compared.
    """
    saved = library.catalog.saved_search(search_id)
    if saved is None or not _asks_the_same(saved, question):
        return answer(library, question, sources)
    judged_by = _judges(library, question)
    if judged_by is None:
        return answer(library, question, sources)  # by words alone, whose scores are others
    space = _space(library, sources)
    known = cutting.from_json(library.catalog.saved_cut(search_id, space))
    if known is not None and known.judges != judged_by:
        known = None
    gauge = Gauge(known.figures if known else None)
    found = _asked(library, question, sources, gauge)
    if not found.is_meaning_ready:
        return found
    cut = drawn(found, gauge, judged_by) if known is None else replace(known, figures=gauge.figures)
    if cut is None:
        return found
    if cut != known:
        library.catalog.keep_cut(search_id, saved.question, space, cut.to_json())
    return cut.holds(found)


def draw_anew(library: Library, search_id: int, question: str) -> None:
    """Forget where the members of a saved search end; the next answer's line becomes its cut."""
    library.catalog.forget_cuts(search_id, question)


def count_saved(
    library: Library,
    saved: Sequence[SavedSearch],
    *,
    is_folding: bool = False,
    sources: frozenset[Source] = EVERYWHERE,
) -> Iterator[tuple[int, int | None]]:
    """How many photos belong to each saved search now, counted as its page does.

    Args:
        library: whose model answers if it is loaded.
        saved: the searches.
        is_folding: nearly the same pictures count as one.
        sources: where words are looked for.

    Yields:
        Its id and the number; None where the model is not loaded yet. Of one that can't be asked, nothing.
    """
    for each in saved:
        try:
            found = answer_saved(library, each.search_id, from_json(each.question), sources)
        except (OrielError, ValueError):
            continue  # a picture that is not there, a question from a newer Oriel
        shown = folded(library, found).answer if is_folding else found
        yield each.search_id, shown.good if shown.is_meaning_ready else None


def last_counts(library: Library, sources: frozenset[Source] = EVERYWHERE) -> dict[int, int]:
    """How many photos belonged to saved searches when ``keep_counts`` was told; for some it may not be known."""
    return library.catalog.saved_counts(_space(library, sources))


def keep_counts(library: Library, counts: Mapping[int, int | None], sources: frozenset[Source] = EVERYWHERE) -> None:
    """Remember what ``count_saved`` counted, to be told at the next start before the model is loaded."""
    known = {search_id: count for search_id, count in counts.items() if count is not None}
    library.catalog.keep_counts(_space(library, sources), known)


def state_counted(library: Library) -> str:
    """Stays the same as long as counting again would come to the same, as far as photos and words go."""
    parts = (
        library.catalog.state_searched(),
        library.embeddings.fingerprint,
        library.embeddings.last_seq(),
        library.embeddings.count(),
        library.caption_vectors.store.last_seq(),
        library.caption_vectors.store.count(),
        library.embedder.text_id,
        date.today(),  # "date:today" is another question tomorrow
    )
    return " ".join(map(str, parts))


def _asked(library: Library, question: Question, sources: frozenset[Source], gauge: Gauge) -> Answer:
    return find_by(library, question.text, question.examples, scope=question.scope, sources=sources, gauge=gauge)


def _asks_the_same(saved: SavedSearch, question: Question) -> bool:
    try:
        return from_json(saved.question).asks_the_same(question)
    except ValueError:
        return False


def _judges(library: Library, question: Question) -> str | None:
    """The texts that photos are judged against: none where pictures alone ask; None: the model can't read any now."""
    if parse(question.text).is_empty:
        return ""
    try:
        return judges(library) if library.embedder.is_loaded else None
    except (ModelUnusable, OutOfMemory):
        return None  # as where it is not there: a search goes on by words, and the log says why


def _space(library: Library, sources: frozenset[Source]) -> str:
    """What scores depend on besides the library: the model, and where is looked."""
    passed_over = sorted(f"-{each}" for each in EVERYWHERE - sources)
    return " ".join([library.embedder.space, library.embedder.text_id, *passed_over])
