"""What a text has in common with every photo: the mean vector of texts that say nothing in particular."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.core.types import Embedder


def neutral_mean(embedder: Embedder, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """The mean of the texts' vectors, to be taken off a text's vector before photos are compared with it.

    Some photos are near to any text. Cosine minus the photo's product with this mean asks what is special about the
    text instead. It is not of unit length: its own length is the share that all texts have in common.

    Returns:
        float32, shape (embedder.dim,); zeros where there are no texts.

    Raises:
        ModelUnusable, OutOfMemory: as embed_texts.
    """
    if not texts:
        return np.zeros(embedder.dim, dtype=np.float32)
    mean: npt.NDArray[np.float32] = embedder.embed_texts(texts).mean(axis=0, dtype=np.float32)
    return mean
