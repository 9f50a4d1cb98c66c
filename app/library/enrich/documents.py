"""Which photos are documents: letters, receipts, forms, pages, notes. Meaning proposes, the picture itself confirms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.core.types import PhotoId
from app.files.kind.pages import written_share
from app.files.thumbnails import ThumbnailStore

PHRASES = ("document", "newspaper", "letter", "envelope")
"""Together they tell documents apart better than any one of them, also for a model that has seen few documents."""

MEANT_FROM = 1.0
"""How far the phrases must stand out, on average, from the vocabulary (``TagSpace.standing_out``)."""

WRITTEN_FROM = 0.035
"""And how much of the picture must be written paper. Each of the two alone takes a few photos in a hundred for
documents; that both do, happened to none of 490 (tests/benchmarks/document_quality.py)."""


def documents_among(ids: Sequence[PhotoId], meant: npt.NDArray[np.float32], thumbnails: ThumbnailStore) -> set[PhotoId]:
    """The photos that are documents. Only thumbnails of those that meaning proposes are looked at.

    Args:
        ids: n photos.
        meant: float32, shape (n,): by ``TagSpace.standing_out`` with PHRASES.
        thumbnails: one that is lost makes its photo none.
    """
    proposed = [photo_id for photo_id, score in zip(ids, meant, strict=True) if score >= MEANT_FROM]
    return {photo_id for photo_id in proposed if _is_written(photo_id, thumbnails)}


def _is_written(photo_id: PhotoId, thumbnails: ThumbnailStore) -> bool:
    image = thumbnails.read(photo_id)
    return image is not None and written_share(image) >= WRITTEN_FROM
