"""Signals alone and fused, with one human caption for the library's: `python -m tests.benchmarks.fusion FOLDER`.

FOLDER holds photos and captions.tsv (file name, tab, caption), several captions a photo. The first one stands for the
machine's caption, the others ask. Weights were chosen on every second photo, so both halves are told. Reciprocal rank
fusion (Cormack et al. 2009, k = 60) is beside it for comparison.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app import paths
from app.core.query import Term
from app.core.types import PhotoId, Why
from app.library.enrich.caption_meaning import embed_captions
from app.library.library import Library
from app.search.fusion import above_crowd, fuse
from app.search.ranking import Words
from app.startup import close_library, default_threads
from app.vision.embedder import ClipEmbedder
from tests.benchmarks.measuring import machine, print_table
from tests.making import index, make_library

Scores = npt.NDArray[np.float32]
K = 60
NO_OTHERS = np.empty(0, np.float32)


def main() -> None:
    """Print recall@10 of each signal and of both fusions, for both halves of the photos."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path, default=paths.resource("models", "starter"))
    options = parser.parse_args()
    texts: dict[str, list[str]] = {}
    for line in (options.folder / "captions.tsv").read_text(encoding="utf-8").splitlines():
        name, _, text = line.partition("\t")
        texts.setdefault(name, []).append(text)
    print(machine())
    with tempfile.TemporaryDirectory() as scratch:
        library = make_library(Path(scratch), ClipEmbedder(options.model, threads=default_threads()))
        index(library, options.folder)
        told = {library.catalog.photo_at((options.folder / name).absolute()): each for name, each in texts.items()}
        captions = {photo_id: each for photo_id, each in told.items() if photo_id is not None}
        library.catalog.write_captions("a person's", [(photo_id, each[0]) for photo_id, each in captions.items()])
        list(embed_captions(library))
        _print_recall(library, captions)
        close_library(library)


def _print_recall(library: Library, captions: dict[PhotoId, list[str]]) -> None:
    ids = np.array(sorted(captions), np.int64)
    library.vectors.catch_up(library.embeddings)
    found: dict[str, tuple[list[bool], list[bool]]] = {}
    for place, photo_id in enumerate(ids.tolist()):
        vectors = library.embedder.embed_texts(captions[PhotoId(photo_id)][1:])
        for text, vector in zip(captions[PhotoId(photo_id)][1:], vectors, strict=True):
            for name, scores in _scores(library, ids, text, vector).items():
                better, equal = (scores > scores[place]).sum(), (scores == scores[place]).sum()
                found.setdefault(name, ([], []))[place % 2].append(bool(1 + better + (equal - 1) / 2 <= 10))
    rows = [(name, *(round(float(np.mean(half)), 4) for half in halves)) for name, halves in found.items()]
    print_table([("recall@10 by", "chosen on", "the other half"), *rows])


def _scores(library: Library, ids: npt.NDArray[np.int64], text: str, vector: Scores) -> dict[str, Scores]:
    pictures = _along(ids, *library.vectors.scores(vector))
    captions = _along(ids, *library.caption_vectors.index.scores(vector))
    words = Words.of(library.catalog.match([Term(word) for word in text.split()], limit=len(ids)))
    evidence = _along(ids, words.ids, words.evidence)
    every = np.arange(len(ids))
    meant = [
        (Why.MEANING, every, above_crowd(pictures, NO_OTHERS)),
        (Why.CAPTION, every, above_crowd(captions, NO_OTHERS)),
    ]
    return {
        "pictures": pictures,
        "captions": captions,
        "words": evidence,
        "all, as odds": fuse(len(ids), meant, (every, evidence)),
        "all, by ranks": sum((_by_rank(each) for each in (pictures, captions, evidence)), np.zeros(len(ids))),
    }


def _along(ids: npt.NDArray[np.int64], found: npt.NDArray[np.int64], scores: Scores) -> Scores:
    """The scores in the order of ``ids``; 0 where there is none."""
    along = np.zeros(len(ids), np.float32)
    along[np.searchsorted(ids, found)] = scores
    return along


def _by_rank(scores: Scores) -> npt.NDArray[np.float64]:
    return 1 / (K + 1 + np.argsort(np.argsort(-scores, kind="stable"), kind="stable"))


if __name__ == "__main__":
    main()
