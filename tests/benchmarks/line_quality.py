"""Where good matches end, against human captions: `python -m tests.benchmarks.line_quality FOLDER`.

FOLDER holds vectors of a model: images.npy with images.tsv (file name and five captions, tab-separated), and texts.npy
with texts.txt (names). A name is relevant for a photo if it stands, singular or plural, in at least two of its five
captions, and ignored if in exactly one. Queries are the names with three relevant photos or more; absent is what stands
in no caption. Parameters are chosen on half of the names and judged on the other half, for many halves drawn at random:
the bound of silence so that a name beyond those of the first half would be silenced once in ten times (a quantile of
the order 0.1 (n + 1) / n: the quantile of the n names itself would silence more of the others). Then what "-NAME" drops
by the meaning of pictures alone; and all of it on small parts of the photos, with names of two relevant ones or more.
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
from app.search.evidence import SILENT_BELOW, nearest_count
from app.search.good_line import POWER, Axes, Background, best_count, crowd_of, doubtless_line, good_line
from app.startup import read_lines
from tests.benchmarks.measuring import print_table

HALVES = 200
POWERS = (2.5, 3.0, 3.5, 4.0)
MOST_ABSENT = 500
ALLOWED = 0.1
PARTS = {20: 24, 50: 12, 100: 8, 200: 4}
"""So many times, so many photos are drawn."""
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
    """Print how the program's line does beside the best fixed similarity, how well it stays silent, and "-NAME"."""
    told = _Told.of(case, Background.of(case.background, case.photos), fewest=3)
    lines = np.quantile(told.cosines[:, told.present], np.linspace(0.5, 0.999, 150))
    fixed = np.array([[_f1(case, query, told.cosines[:, query] >= line) for query in told.present] for line in lines])
    ours = np.array([[told.f1(query, power) for query in told.present] for power in POWERS])
    _print(fixed, ours, told)
    rows = [
        ("photos", "names", "macro-F1", "silent on absent", "wrongly silent", '"-NAME" drops of relevant', "of others")
    ]
    rows.append(tuple(map(str, (len(case.photos), *told.summary()))))
    axes = Axes.of(case.background)
    for count, times in PARTS.items():
        drawn = [np.random.default_rng(seed).permutation(len(case.photos))[:count] for seed in range(times)]
        parts = [Case(case.photos[its], case.texts, case.captions[:, its], case.background) for its in drawn]
        both = [_Told.of(part, Background.of(case.background, part.photos, axes), fewest=2).summary() for part in parts]
        rows.append(tuple(map(str, (count, *np.round(np.mean(both, axis=0), 3).tolist()))))
    print("\nas the program does it, with its own bound of silence; means over random parts")
    print_table(rows)


@dataclass(frozen=True, eq=False)
class _Told:
    """What the program makes of each name; columns by name.

    Attributes:
        present, absent: int64: the names that count.
        special: by name, float32, shape (n,).
        evidence: by name.
    """

    case: Case
    cosines: np.ndarray
    present: np.ndarray
    absent: np.ndarray
    special: dict[int, np.ndarray]
    evidence: dict[int, float]

    @classmethod
    def of(cls, case: Case, background: Background, *, fewest: int) -> _Told:
        present = np.flatnonzero((case.captions >= 2).sum(axis=1) >= fewest)
        absent = np.random.default_rng(0).permutation(np.flatnonzero(case.captions.max(axis=1) == 0))[:MOST_ABSENT]
        cosines = case.photos @ case.texts.T
        special, evidence = {}, {}
        for query in [*present.tolist(), *absent.tolist()]:
            told = background.special(case.texts[query], cosines[:, query], background.sample_columns)
            best = case.photos[np.argsort(-told)[: best_count(len(told))]]
            nearest = np.sort(cosines[:, query])[-nearest_count(len(told)) :]
            special[query] = told
            evidence[query] = background.evidence(case.texts[query], nearest, best, len(told))
        return cls(case, cosines, present, absent, special, evidence)

    def f1(self, query: int, power: float | None = None) -> float:
        """Where nothing is silent."""
        return _f1(self.case, query, self.special[query] >= good_line(self.special[query], power=power))

    def of_present(self) -> np.ndarray:
        return np.array([self.evidence[query] for query in self.present])

    def of_absent(self) -> np.ndarray:
        return np.array([self.evidence[query] for query in self.absent])

    def summary(self) -> tuple[float, ...]:
        """How many names, macro-F1 with silence, silent on absent, wrongly silent, and what "-NAME" drops."""
        wrongly, rightly = self.of_present() < SILENT_BELOW, self.of_absent() < SILENT_BELOW
        exact = [0.0 if is_silent else self.f1(query) for query, is_silent in zip(self.present, wrongly, strict=True)]
        dropped = np.array([self._dropped(query) for query in self.present])
        figures = (np.mean(exact), rightly.mean(), wrongly.mean(), *dropped.mean(axis=0))
        return (len(self.present), *(round(float(each), 3) for each in figures))

    def _dropped(self, query: int) -> tuple[float, float]:
        """The share of the relevant photos that "-NAME" drops, and of those of which no caption holds the name."""
        middle, spread = crowd_of(self.special[query])
        above = (self.special[query] - middle) / spread
        is_dropped = (above >= doubtless_line(above)) & (self.evidence[query] >= SILENT_BELOW)
        others = self.case.captions[query] == 0
        return float(is_dropped[self.case.captions[query] >= 2].mean()), float(is_dropped[others].sum()) / max(
            int(others.sum()), 1
        )


def _f1(case: Case, query: int, is_good: np.ndarray) -> float:
    counted = case.captions[query] != 1
    relevant, good = (case.captions[query] >= 2)[counted], is_good[counted]
    return 2 * float((relevant & good).sum()) / max(int(relevant.sum() + good.sum()), 1)


def _print(fixed: np.ndarray, ours: np.ndarray, told: _Told) -> None:
    drawn = np.random.default_rng(1)
    shown, nothing = told.of_present(), told.of_absent()
    present, absent = len(shown), len(nothing)
    rows = []
    for _ in range(HALVES):
        chosen, judged = np.split(drawn.permutation(present), [present // 2])
        best, power = fixed[:, chosen].mean(axis=1).argmax(), ours[:, chosen].mean(axis=1).argmax()
        off = drawn.permutation(absent)[absent // 2 :]
        line = np.quantile(shown[chosen], ALLOWED, method="weibull")
        both = (fixed[best, judged].mean(), ours[power, judged].mean())
        rows.append((*both, both[1] - both[0], (nothing[off] < line).mean(), (shown[judged] < line).mean()))
    figures = np.array(rows)
    low, high = _intervals(fixed[fixed.mean(axis=1).argmax()], ours[POWERS.index(POWER)])
    print(f"\n{present} names, {absent} absent; means over {HALVES} held-out halves, with their standard deviation")
    headings = ("macro-F1, best fixed", "macro-F1, line", "gain", "silent on absent", "wrongly silent")
    spread = [f"{mean:.3f} ± {each:.3f}" for mean, each in zip(figures.mean(axis=0), figures.std(axis=0), strict=True)]
    print_table([headings, tuple(spread)])
    print(f"gain over all names, 95 % of bootstrap resamples: {low:.3f} to {high:.3f}")
    low, high = _silence(shown, nothing)
    print(f"silent on absent, bound from all names, 95 % of bootstrap resamples: {low:.3f} to {high:.3f}")
    over = (figures[:, 4] > ALLOWED).mean()
    print(f"halves with more than {ALLOWED:.0%} wrongly silent: {over:.0%} (a half has {present - present // 2} names)")


def _silence(shown: np.ndarray, nothing: np.ndarray) -> tuple[float, float]:
    drawn, silent = np.random.default_rng(3), []
    for _ in range(1000):
        line = np.quantile(drawn.choice(shown, len(shown)), ALLOWED, method="weibull")
        silent.append((drawn.choice(nothing, len(nothing)) < line).mean())
    low, high = np.percentile(silent, [2.5, 97.5])
    return float(low), float(high)


def _intervals(fixed: np.ndarray, ours: np.ndarray) -> tuple[float, float]:
    drawn = np.random.default_rng(2)
    gains = [(ours - fixed)[drawn.integers(0, len(ours), len(ours))].mean() for _ in range(1000)]
    low, high = np.percentile(gains, [2.5, 97.5])
    return float(low), float(high)


if __name__ == "__main__":
    main()
