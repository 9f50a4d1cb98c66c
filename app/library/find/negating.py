"""Finds what a negated word drops by its meaning: photos that show it, or whose captions say it, beyond doubt."""

from __future__ import annotations

import numpy as np

from app.core.gauge import Gauge
from app.core.types import PhotoIds, Scores, Vector
from app.library.find.backgrounds import judged, judged_captions
from app.library.library import Library
from app.search.evidence import SILENT_BELOW
from app.search.fusion import CROWD
from app.search.good_line import crowd_of, doubtless_line


def showing(library: Library, text: Vector, gauge: Gauge) -> PhotoIds:
    """The photos of the whole library in which a text's meaning is seen, whatever the scope.

    A line that is drawn among a few would drop the least unlike of them. Fewer than CROWD captions are not asked, since
    with so few no one can tell how near captions are to a word that they don't mean.

    Args:
        library: of the calling thread.
        text: float32, shape (dim,), of length 1.
        gauge: keeps the line and the crowds that it is measured from.

    Raises:
        ModelUnusable, OutOfMemory: the texts that it is compared with can't be embedded.
    """
    ids, scores = library.vectors.scores(text)
    pictures = judged(library, text, ids, scores)
    caption_ids, scores = library.caption_vectors.index.scores(text)
    captions = judged_captions(library, text, scores)
    if pictures.evidence + captions.evidence < SILENT_BELOW:
        return ids[:0]
    above = _above(pictures.scores, gauge.part("pictures"))
    if len(caption_ids) >= CROWD:
        ids, above = _together(ids, above, caption_ids, _above(captions.scores, gauge.part("captions")))
    line = gauge.keep("line", lambda: doubtless_line(above))
    return ids[above >= np.float32(line)]


def _above(scores: Scores, gauge: Gauge) -> Scores:
    """How many spreads of the crowd each stands above its middle."""
    if len(scores) == 0:
        return scores
    middle, spread = crowd_of(scores)
    middle, spread = gauge.keep("middle", lambda: middle), gauge.keep("spread", lambda: spread)
    above: Scores = (scores - np.float32(middle)) / np.float32(spread)
    return above


def _together(ids: PhotoIds, above: Scores, caption_ids: PhotoIds, said: Scores) -> tuple[PhotoIds, Scores]:
    """All photos, and how far each stands above the crowd by what is known of it.

    By both where both are known: their sum, as wide in the crowd as each of them.
    """
    size = int(max(ids.max(initial=0), caption_ids.max())) + 1
    said_of, has_picture = np.full(size, np.nan, np.float32), np.zeros(size, np.bool_)
    said_of[caption_ids] = said
    has_picture[ids] = True
    its = said_of[ids]
    joined = np.where(np.isnan(its), above, (above + its) / np.float32(np.sqrt(2)))
    if has_picture[caption_ids].all():
        return ids, joined
    alone = ~has_picture[caption_ids]
    return np.concatenate([ids, caption_ids[alone]]), np.concatenate([joined, said[alone]])
