"""How long a switch to a prepared model takes: `python -m tests.benchmarks.changing`."""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np

from app import paths, startup
from app.core.query import Scope
from app.core.types import Embeddings
from app.library.find.finding import find
from app.library.library import Library
from app.library.models.changing import make_ready, take_over
from app.settings import Settings
from tests.benchmarks.generated import generate_library
from tests.benchmarks.measuring import machine, print_table

_BATCH = 64


def main() -> None:
    """Give a library vectors of two models, switch from the one to the other and search."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=10_000)
    count = parser.parse_args().photos
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        generate_library(Path(folder) / "library", count)
        print_table(_measured(Path(folder) / "library", _other_model(Path(folder) / "other"), count))


def _other_model(folder: Path) -> Path:
    """The starter, but with other colours: another space."""
    shutil.copytree(paths.resource("models", "starter"), folder)
    recipe = json.loads((folder / "preprocessor_config.json").read_text())
    recipe["image_mean"] = [0.49, 0.49, 0.49]
    (folder / "preprocessor_config.json").write_text(json.dumps(recipe))
    return folder


def _measured(root: Path, other: Path, count: int) -> list[list[object]]:
    models = startup.Models()
    library = startup.library_opener(Settings(next_embedder_folder=str(other)), root, models)()
    _prepare(library, count)
    library.embedder.load()
    find(library, "a dog", wait_for_model=True)
    rows: list[list[object]] = [["", "s"]]
    image = np.full((384, 512, 3), 128, np.uint8)
    began = time.perf_counter()
    library.embedder.embed_images([image] * _BATCH)
    rows.append([f"floor: {_BATCH} photos are embedded", time.perf_counter() - began])
    began = time.perf_counter()
    assert make_ready(library)
    rows.append(["beforehand: model loaded, vectors saved, one answer", time.perf_counter() - began])
    began = time.perf_counter()
    take_over(library)
    switched = startup.library_opener(Settings(embedder_folder=str(other)), root, models)()
    rows.append(["the switch: noted, library opened anew", time.perf_counter() - began])
    began = time.perf_counter()
    answer = find(switched, "a red bicycle in the street", wait_for_model=False)
    rows.append(["the first search after it", time.perf_counter() - began])
    assert answer.is_meaning_ready
    assert answer.searched == count
    for each in (library, switched):
        startup.close_for_good(each)
    return rows


def _prepare(library: Library, count: int) -> None:
    """Vectors as if every photo and caption had been embedded for the successor."""
    assert library.successor is not None
    parts = library.successor
    parts.embeddings.add(library.catalog.scope_ids(Scope()), _directions(count, parts.embedder.dim))
    captions = library.catalog.captions_without_vector(parts.embedder.text_id, count)
    parts.caption_vectors.store.add_captions(captions, _directions(len(captions), parts.embedder.dim))


def _directions(count: int, dim: int) -> Embeddings:
    drawn = np.random.default_rng(7).standard_normal((count, dim)).astype(np.float32)
    unit: Embeddings = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return unit


if __name__ == "__main__":
    main()
