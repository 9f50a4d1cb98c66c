"""Search by meaning against human captions: `python -m tests.benchmarks.search_quality FOLDER`.

FOLDER holds photos and captions.tsv (file name, tab, caption). Photos go the program's own way: decoded, stored as
thumbnails, embedded from those, compared as float16. The aim with the starter on 400 photos: recall@10 of 0.70.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app import paths
from app.core.types import PhotoId
from app.library.finding import find
from app.library.library import Library
from app.search.vectors import VectorIndex
from app.startup import close_library, default_threads
from app.vision.embedder import ClipEmbedder
from tests.benchmarks.measuring import machine, print_table
from tests.making import index, make_library

Captions = list[tuple[str, str]]
Ids = dict[str, PhotoId | None]

STEP = 32
PLAIN = ("dog", "snow", "water", "boy", "beach", "car", "helicopter", "microscope", "guitar")


def main() -> None:
    """Print two tables: recall, and where good matches end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path, default=paths.resource("models", "starter"))
    options = parser.parse_args()
    lines = (options.folder / "captions.tsv").read_text(encoding="utf-8").splitlines()
    captions = [(name, text) for name, _, text in (line.partition("\t") for line in lines)]
    print(machine())
    with tempfile.TemporaryDirectory() as scratch:
        embedder = ClipEmbedder(options.model, threads=default_threads())
        library = make_library(Path(scratch), embedder)
        index(library, options.folder)
        library.vectors.catch_up(library.embeddings)
        id_of = {name: library.catalog.photo_at((options.folder / name).absolute()) for name, _ in captions}
        _print_recall(library.vectors, embedder, id_of, captions)
        _print_lines(library, id_of, captions)
        close_library(library)


def _print_recall(vectors: VectorIndex, embedder: ClipEmbedder, id_of: Ids, captions: Captions) -> None:
    ranks = []
    for start in range(0, len(captions), STEP):
        batch = captions[start : start + STEP]
        for (name, _), vector in zip(batch, embedder.embed_texts([text for _, text in batch]), strict=True):
            ranks.append(int(np.flatnonzero(vectors.search(vector)[0] == id_of[name])[0]) + 1)
    placed: npt.NDArray[np.int64] = np.array(ranks)
    recall = [round(float((placed <= k).mean()), 4) for k in (1, 5, 10)]
    heading = ("photos", "captions", "recall@1", "recall@5", "recall@10", "MRR", "median rank")
    mrr = round(float((1 / placed).mean()), 4)
    print_table([heading, (len(id_of), len(captions), *recall, mrr, int(np.median(placed)))])


def _print_lines(library: Library, id_of: Ids, captions: Captions) -> None:
    """For plain words: how many photos are called good, and how many of those have the word in a caption."""
    rows: list[tuple[object, ...]] = [("query", "photos with the word", "called good", "of those with the word")]
    for word in PLAIN:
        has = {id_of[name] for name, text in captions if word in text.lower()}
        answer = find(library, word, wait_for_model=True)
        rows.append((word, len(has), answer.good, len(has.intersection(answer.ids[: answer.good].tolist()))))
    print()
    print_table(rows)


if __name__ == "__main__":
    main()
