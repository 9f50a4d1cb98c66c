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
from app.search.vectors import VectorIndex
from app.startup import close_library, default_threads
from app.vision.embedder import ClipEmbedder
from tests.benchmarks.line_quality import case_of_model, judge
from tests.benchmarks.measuring import machine, print_table
from tests.making import index, make_library

Captions = list[tuple[str, str]]
Ids = dict[str, PhotoId | None]

STEP = 32


def main() -> None:
    """Print recall, and how well the line is drawn; see ``line_quality.py``."""
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
        told: dict[str, list[str]] = {}
        for name, text in captions:
            told.setdefault(name, []).append(text)
        ids = [photo_id for name in told if (photo_id := id_of[name]) is not None]
        judge(case_of_model(embedder, library.embeddings.vectors(ids)[1], list(told.values())))
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


if __name__ == "__main__":
    main()
