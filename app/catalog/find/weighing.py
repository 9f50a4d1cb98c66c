"""How much more than usual a word says that a machine wrote: by how sure it was, and by how much else stands there."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from app.catalog.store.connection import Connection, as_json
from app.core.types import PhotoIds

Factors = npt.NDArray[np.float32]
"""float32, shape (n,): 1 is usual."""

_SURE_OF_TAG: Final = 0.7
"""The confidence of most shown tags. So many are right (``tests/benchmarks/tag_quality.py``); weighed by its square,
words alone find names with a mean average precision of 0.117 instead of 0.105."""
_SURE_OF_TEXT: Final = 0.9
_LETTERS: Final = 100
"""A photo of a shop has fewer, a page more. By the root of it, a word says less among others: a sign with three words
is about each of them, a page of print mentions many."""
_LEAST, _MOST = 0.35, 2.0
"""A page that is full of print still says something, and one letter says no more than a sign does."""
_MOST_WEIGHED: Final = 2_000
"""Hits that are weighed one by one, in 10 ms on a busy machine; a word that more pictures show says little of any."""


def of_tags(confidence: npt.NDArray[np.float32]) -> Factors:
    """``confidence``: float32, shape (n,), 0 to 1, of the machine in its tags."""
    factors: Factors = np.square(confidence / np.float32(_SURE_OF_TAG))
    return factors


def of_texts(sql: Connection, ids: PhotoIds) -> Factors:
    """Of words in pictures, by the length of the text and by how surely it was read.

    Args:
        sql: of the catalogue.
        ids: int64, shape (n,), ascending.
    """
    factors = np.ones(len(ids), np.float32)
    if not 0 < len(ids) <= _MOST_WEIGHED:
        return factors
    told = sql.numbers(
        "SELECT t.photo_id, t.letters, t.confidence FROM json_each(?) j CROSS JOIN picture_text t"
        " INDEXED BY picture_text_weighed ON t.photo_id = j.value WHERE t.letters > 0 ORDER BY j.key",
        (as_json(ids.tolist()),),
        columns=3,
    )
    length = np.clip(np.sqrt(_LETTERS / told[:, 1]), _LEAST, _MOST)
    factors[np.searchsorted(ids, told[:, 0].astype(np.int64))] = length * np.square(told[:, 2] / _SURE_OF_TEXT)
    return factors
