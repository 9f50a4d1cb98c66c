"""Which tags a photo gets, and how sure that is: arithmetic on vectors alone, no catalogue and no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.core.types import Embeddings, Vector

Matrix = npt.NDArray[np.float32]

PROMPTS = ("{} in the picture", "there is {} here", "a {} is here", "this is a {}")
"""A tag's vector is the mean over these; sentences told tags apart better than the bare word or "a photo of a"."""

SLOPE, STEP, OFFSET = 1.15, 1.75, -6.4
"""Log-odds of a tag = SLOPE · standard score + STEP · commonness + OFFSET.

A logistic regression of "the tag's word stands in a caption" on one half of 400 everyday photos
(tests/benchmarks/tag_quality.py), rounded; phrases, their commonness and the prompts were chosen with all in view. The
standard score has no unit, so the figures carry over to other models; STEP says that a phrase with one more + is about
six times as frequent in people's photos.
"""

SHOWN_FROM = 0.5
MOST_TAGS = 8

TWINS_FROM = 0.7
"""Of two tags whose vectors, the mean over all tags taken off, have this cosine, only the surer is given."""

LIBRARY_SHARE = 0.25
"""How much of a tag's mean over the library is taken off. All of it would hide dogs from a library full of dogs; a
quarter damps the tags that a model gives to everything (measured: costs the starter nothing, and lifts ViT-B/32)."""


@dataclass(frozen=True, eq=False)
class TagSpace:
    """A vocabulary in one model's space.

    Attributes:
        names: n phrases as shown.
        commonness: float32, shape (n,), 0 for the ordinary, 1 and 2 for what is common in people's photos.
        vectors: float32, shape (n, dim), unit rows: one per phrase.
        neutral: float32, shape (dim,), see neutral_mean.
    """

    names: tuple[str, ...]
    commonness: npt.NDArray[np.float32]
    vectors: Embeddings
    neutral: npt.NDArray[np.float32]

    def choose(self, photos: Embeddings, library_mean: npt.NDArray[np.float32]) -> list[list[tuple[str, float]]]:
        """The tags to give to each photo, surest first; none is a valid answer.

        Args:
            photos: float32, shape (m, dim), unit rows.
            library_mean: float32, shape (dim,): mean vector of the library's photos, zeros where they are too few.

        Returns:
            m lists of at most MOST_TAGS (name, probability), each probability at least SHOWN_FROM.
        """
        if not self.names:
            return [[] for _ in photos]
        confidences = self.confidences(photos, library_mean)
        likeness = self._likeness(confidences)
        return [self._best(row, likeness) for row in confidences]

    def confidences(self, photos: Embeddings, library_mean: npt.NDArray[np.float32]) -> Matrix:
        """float32, shape (m, n): the probability of each tag for each photo, before twins compete."""
        log_odds = SLOPE * self._standard_scores(photos, library_mean) + STEP * self.commonness + OFFSET
        probabilities: Matrix = (1.0 / (1.0 + np.exp(-log_odds))).astype(np.float32)
        return probabilities

    def standing_out(self, photos: Embeddings, phrases: Embeddings) -> npt.NDArray[np.float32]:
        """How far phrases that mean much the same stand out for each photo from the vocabulary, on average.

        Args:
            photos: float32, shape (m, dim), unit rows.
            phrases: float32, shape (n, dim), unit rows, of prompts as the vocabulary's.

        Returns:
            float32, shape (m,), in standard deviations of the photo's cosines to all tags; 0 without a vocabulary.
        """
        if not self.names:
            return np.zeros(len(photos), dtype=np.float32)
        all_tags = photos @ (self.vectors - self.neutral).T
        told = photos @ (phrases - self.neutral).T - all_tags.mean(axis=1, keepdims=True)
        spread = np.maximum(all_tags.std(axis=1, keepdims=True), np.float32(1e-6))
        mean: npt.NDArray[np.float32] = (told / spread).mean(axis=1)
        return mean

    def _standard_scores(self, photos: Embeddings, library_mean: npt.NDArray[np.float32]) -> Matrix:
        """How far each tag stands out for each photo, in standard deviations.

        Cosine to the tag minus the neutral mean, over the tag's spread: a tag whose vector is near to many others
        varies more for no reason. Then over the photo's spread: the vocabulary itself is what the tag must beat.
        """
        told = (photos - LIBRARY_SHARE * library_mean) @ (self.vectors - self.neutral).T
        return _standardised(told / self._spread())

    def _spread(self) -> npt.NDArray[np.float32]:
        """float32, shape (n,): standard deviation of each tag's cosine to all tags."""
        spread: npt.NDArray[np.float32] = (self.vectors @ self.vectors.T).std(axis=0)
        return np.maximum(spread, np.float32(1e-6))

    def _likeness(self, confidences: Matrix) -> dict[tuple[int, int], float]:
        """Cosine of each two tags that stand beside each other on a photo, the mean over all tags taken off."""
        given = np.flatnonzero((confidences >= SHOWN_FROM).any(axis=0))
        own = self.vectors[given] - self.vectors.mean(axis=0)
        own /= np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-12)
        cosines = own @ own.T
        return {(int(a), int(b)): float(cosines[i, j]) for i, a in enumerate(given) for j, b in enumerate(given)}

    def _best(self, row: npt.NDArray[np.float32], likeness: dict[tuple[int, int], float]) -> list[tuple[str, float]]:
        chosen: list[int] = []
        for tag in np.argsort(-row, kind="stable"):
            if row[tag] < SHOWN_FROM or len(chosen) == MOST_TAGS:
                break
            if all(likeness[int(tag), other] < TWINS_FROM for other in chosen):
                chosen.append(int(tag))
        return [(self.names[tag], float(row[tag])) for tag in chosen]


def read_phrase(line: str) -> tuple[str, int]:
    """A line of the vocabulary as phrase and commonness: "++ dog" is ("dog", 2)."""
    phrase = line.lstrip("+")
    return phrase.strip(), min(2, len(line) - len(phrase))


def prompts(phrase: str) -> list[str]:
    """What the model reads for a phrase."""
    return [prompt.format(phrase) for prompt in PROMPTS]


def mean_of_prompts(vectors: Embeddings) -> Embeddings:
    """From one row per prompt, phrase by phrase, to one unit row per phrase."""
    means = vectors.reshape(-1, len(PROMPTS), vectors.shape[1]).mean(axis=1)
    unit: Embeddings = (means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)).astype(np.float32)
    return unit


def tag_space(vocabulary: Sequence[str], vectors: Embeddings, neutral: Vector) -> TagSpace:
    """Put a vocabulary together with its vectors: one row per line."""
    read = [read_phrase(line) for line in vocabulary]
    commonness = np.array([level for _, level in read], dtype=np.float32)
    return TagSpace(tuple(name for name, _ in read), commonness, vectors, neutral)


def _standardised(rows: Matrix) -> Matrix:
    centred = rows - rows.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1, keepdims=True)
    scores: Matrix = np.where(spread > 1e-6, centred / np.maximum(spread, 1e-6), 0.0).astype(np.float32)
    return scores
