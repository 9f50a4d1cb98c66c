"""Where good matches end, against human captions: `python -m tests.benchmarks.line_quality FOLDER`.

FOLDER holds vectors of a model: images.npy with images.tsv (file name and five captions, tab-separated), and texts.npy
with texts.txt (names). A name is relevant for a photo if it stands, singular or plural, in at least two of its five
captions, and ignored if in exactly one. Queries are the names with three relevant photos or more; absent is what stands
in no caption. Parameters are chosen on half of the names and judged on the other half, for many halves drawn at random.
search_quality.py does the same with a checkpoint and photos.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app import paths
from app.core.types import Embedder, Embeddings
from app.library.enrich.tag_scoring import mean_of_prompts, prompts, read_phrase
from app.search.good_line import BEST, POWER, Background, good_line, nearest_count
from app.startup import read_lines
from tests.benchmarks.measuring import print_table

HALVES = 200
POWERS = (2.5, 3.0, 3.5, 4.0)
MOST_ABSENT = 500
_IRREGULAR = {"man": "men", "person": "people", "child": "children", "foot": "feet"}


@dataclass(frozen=True, eq=False)
class Case:
    """Photos, what their captions say of names, and a model's vectors of all.

    Attributes:
        photos: float32, shape (n, dim).
        texts: float32, shape (t, dim), of the names.
        captions: int, shape (t, n): in how many captions of the photo the name stands.
        background: float32, shape (b, dim): texts to judge against.
    """

    photos: Embeddings
    texts: Embeddings
    captions: np.ndarray
    background: Embeddings


def main() -> None:
    """Print the table for a folder of vectors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    photos, texts = (np.load(folder / f"{kind}.npy").astype(np.float32) for kind in ("images", "texts"))
    names = (folder / "texts.txt").read_text(encoding="utf-8").splitlines()
    told = [line.split("\t")[1:] for line in (folder / "images.tsv").read_text(encoding="utf-8").splitlines()]
    judge(Case(photos, texts, counts([name.partition(" (")[0] for name in names], told), texts))


def case_of_model(embedder: Embedder, photos: Embeddings, told: Sequence[Sequence[str]]) -> Case:
    """The vocabulary's phrases as names, bare as people type them; against its tags' vectors, as in the program."""
    phrases = [read_phrase(line)[0] for line in read_lines(paths.resource("tags.txt"))]
    background = mean_of_prompts(embedder.embed_texts([text for phrase in phrases for text in prompts(phrase)]))
    return Case(photos, embedder.embed_texts(phrases), counts(phrases, told), background)


def counts(names: Sequence[str], told: Sequence[Sequence[str]]) -> np.ndarray:
    """int, shape (names, photos): in how many captions of each photo a name stands, singular or plural."""
    found = np.zeros((len(names), len(told)), int)
    for row, name in enumerate(names):
        pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(_forms(name))))})\b", re.IGNORECASE)
        found[row] = [sum(pattern.search(caption) is not None for caption in captions) for captions in told]
    return found


def _forms(name: str) -> set[str]:
    forms = {name, name + "s", name + "es"}
    forms |= {name[:-1] + "ies"} if name.endswith("y") else set()
    return forms | {name[: -len(one)] + many for one, many in _IRREGULAR.items() if name.endswith(one)}


def judge(case: Case) -> None:
    """Print how the program's line does beside the best fixed similarity, and how well it stays silent."""
    present = np.flatnonzero((case.captions >= 2).sum(axis=1) >= 3)
    absent = np.random.default_rng(0).permutation(np.flatnonzero(case.captions.max(axis=1) == 0))[:MOST_ABSENT]
    background = Background.of(case.background, case.photos)
    cosines = case.photos @ case.texts.T
    special = {
        query: background.special(case.texts[query], cosines[:, query], background.sample_columns)
        for query in [*present, *absent]
    }
    lines = np.quantile(cosines[:, present], np.linspace(0.5, 0.999, 150))
    fixed = np.array([[_f1(case, query, cosines[:, query] >= line) for query in present] for line in lines])
    ours = np.array(
        [
            [_f1(case, query, special[query] >= good_line(special[query], power=power)) for query in present]
            for power in POWERS
        ]
    )
    evidence = {query: _evidence(case, background, cosines[:, query], special[query], query) for query in special}
    _print(
        len(present),
        len(absent),
        fixed,
        ours,
        np.array([evidence[query] for query in present]),
        np.array([evidence[query] for query in absent]),
    )


def _f1(case: Case, query: int, is_good: np.ndarray) -> float:
    counted = case.captions[query] != 1
    relevant, good = (case.captions[query] >= 2)[counted], is_good[counted]
    return 2 * float((relevant & good).sum()) / max(int(relevant.sum() + good.sum()), 1)


def _evidence(case: Case, background: Background, cosines: np.ndarray, special: np.ndarray, query: int) -> float:
    nearest = np.sort(cosines)[-nearest_count(len(cosines)) :]
    return background.evidence(case.texts[query], nearest, case.photos[np.argsort(-special)[:BEST]], len(cosines))


def _print(
    present: int, absent: int, fixed: np.ndarray, ours: np.ndarray, shown: np.ndarray, nothing: np.ndarray
) -> None:
    drawn = np.random.default_rng(1)
    rows = []
    for _ in range(HALVES):
        chosen, judged = np.split(drawn.permutation(present), [present // 2])
        best, power = fixed[:, chosen].mean(axis=1).argmax(), ours[:, chosen].mean(axis=1).argmax()
        off = drawn.permutation(absent)[absent // 2 :]
        line = np.quantile(shown[chosen], 0.1)
        told = (fixed[best, judged].mean(), ours[power, judged].mean())
        rows.append((*told, told[1] - told[0], (nothing[off] < line).mean(), (shown[judged] < line).mean()))
    figures = np.array(rows)
    low, high = _intervals(fixed[fixed.mean(axis=1).argmax()], ours[POWERS.index(POWER)])
    print(f"\n{present} names, {absent} absent; means over {HALVES} held-out halves, with their standard deviation")
    headings = ("macro-F1, best fixed", "macro-F1, line", "gain", "silent on absent", "wrongly silent")
    spread = [f"{mean:.3f} ± {each:.3f}" for mean, each in zip(figures.mean(axis=0), figures.std(axis=0), strict=True)]
    print_table([headings, tuple(spread)])
    print(f"gain over all names, 95 % of bootstrap resamples: {low:.3f} to {high:.3f}")


def _intervals(fixed: np.ndarray, ours: np.ndarray) -> tuple[float, float]:
    drawn = np.random.default_rng(2)
    gains = [(ours - fixed)[drawn.integers(0, len(ours), len(ours))].mean() for _ in range(1000)]
    low, high = np.percentile(gains, [2.5, 97.5])
    return float(low), float(high)


if __name__ == "__main__":
    main()
