"""Search against the sum of its parts: `python -m tests.benchmarks.search_speed [--photos 100000] [--dim 256]`.

The floor, taken in the same run with the same queries: FAISS's own search (exact, float16, k = 100), the text
tower, and one FTS5 query ordered by rank. The aim: at the 95th percentile the whole costs at most twice their sum.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

import faiss
import numpy as np
import psutil

from app import paths
from app.catalog import words
from app.catalog.catalog import Catalog
from app.catalog.vectors.embeddings import EmbeddingStore
from app.catalog.words import tokenise
from app.core.types import Embeddings, FolderId, FoundFile, FoundPhoto, PhotoId, RgbImage
from app.library.find.finding import find
from app.library.library import Library
from app.search.vectors import VectorIndex
from app.startup import close_library, default_threads, read_lines
from app.vision.embedder import ClipEmbedder
from tests.benchmarks.measuring import machine, percentile, print_table
from tests.making import make_library

POOL = 2_000
STEP = 5_000
PATTERNS = (
    "{a} {x} {b} on a {c}",
    "a {x} {a} with a {b} near the {c}",
    "two people and a {a} in front of a {b}",
    "a {a} and a {b} in the {c}",
    "{x} {a} at a {b}",
)
NAMES = 5_000
SYLLABLES = [first + vowel for first in "bdfgklmnprstvz" for vowel in ("a", "e", "i", "o", "u", "an", "el", "or")]
UNSAID = {"a", "an", "and", "at", "in", "of", "on", "the", "with"}
"""Stop words, which the program does not look up either."""
KINDS = {
    "one word": "{a}",
    "sentence": "{sentence}",
    "common words": "old {a} small black",
    "keeps < 1 %": "{a} date:2009-01",
    "keeps half": "{a} before:{middle}",
    "-word": "{a} -{b}",
    "OR": "{a} OR {b}",
}
"""What is asked, each kind with words of its own, so that none is known yet."""
FIRST_S, APART_S = 1_200_000_000, 4_000
LOOKS = ("black", "white", "red", "blue", "old", "young", "small", "big", "green", "brown", "bright", "dark", "wet")


class WideEmbedder:
    """The starter's text tower, its vectors turned into a space of more dimensions without changing any angle."""

    def __init__(self, inner: ClipEmbedder, dim: int) -> None:
        drawn = np.random.default_rng(1).standard_normal((dim, inner.dim))
        self._turn = np.linalg.qr(drawn)[0].T.astype(np.float32)
        self._inner, self.dim, self.edge_px = inner, dim, inner.edge_px
        self.name, self.space, self.text_id, self.is_loaded = inner.name, f"wide-{dim}", f"wide-{dim}", True

    def load(self) -> None:
        self._inner.load()

    def embed_images(self, images: list[RgbImage]) -> Embeddings:
        return self._inner.embed_images(images) @ self._turn

    def embed_texts(self, texts: list[str]) -> Embeddings:
        return self._inner.embed_texts(texts) @ self._turn

    def unload(self) -> None: ...


class Sentences:
    """Captions and queries whose words are as unevenly common as in life (Zipf's law)."""

    def __init__(self, seed: int) -> None:
        self._words = [line.lstrip("+ ") for line in read_lines(paths.resource("tags.txt"))]
        np.random.default_rng(0).shuffle(self._words)
        shares = 1 / (np.arange(len(self._words)) + 10)
        self._up_to = np.cumsum(shares / shares.sum())
        self._random = np.random.default_rng(seed)

    def words(self, count: int) -> list[str]:
        drawn = np.searchsorted(self._up_to, self._random.random(count))
        return [self._words[min(place, len(self._words) - 1)] for place in drawn]

    def caption(self) -> str:
        a, b, c = self.words(3)
        pattern = PATTERNS[self._random.integers(len(PATTERNS))]
        return pattern.format(a=a, b=b, c=c, x=LOOKS[self._random.integers(len(LOOKS))])

    def query(self) -> str:
        return self.caption() if self._random.random() < 0.4 else " ".join(self.words(int(self._random.integers(1, 4))))


def _vocabulary(random: np.random.Generator) -> list[str]:
    """What photos show, in no order, mixed with made-up names of people and places."""
    names = ["".join(random.choice(SYLLABLES, random.integers(2, 4))) for _ in range(NAMES)]
    words = [line.lstrip("+ ") for line in read_lines(paths.resource("tags.txt"))] + names
    random.shuffle(words)
    return list(dict.fromkeys(words))


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--library", type=Path, help="keep the generated library here and use it again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = (options.library or Path(scratch)) / f"{options.photos}-{options.dim}"
        _run(root, options.photos, options.dim, options.queries)


def _run(root: Path, count: int, dim: int, query_count: int) -> None:
    inner = ClipEmbedder(paths.resource("models", "starter"), threads=default_threads())
    inner.load()
    embedder: Any = inner if dim == inner.dim else WideEmbedder(inner, dim)
    library = make_library(root, embedder)
    if library.embeddings.count() != count:
        _fill(library, root, count)
    began = time.perf_counter()
    for part, store in _indexes(library):
        part.catch_up(store)
    opened_ms = 1000 * (time.perf_counter() - began)
    for part, store in _indexes(library):
        if part.is_worth_saving:
            part.save(store)
    print(machine())
    print(f"{library.vectors.count:,} photos, {dim} dimensions; opening both indexes {opened_ms:.0f} ms")
    _measure_counting(library)
    _measure(library, query_count)
    close_library(library)


def generate_library(root: Path, count: int) -> None:
    """A library of so many made-up photos in the starter's space; one that is there already is left as it is."""
    embedder = ClipEmbedder(paths.resource("models", "starter"), threads=default_threads())
    library = make_library(root, embedder)
    if library.embeddings.count() != count:
        _fill(library, root, count)
    for part, store in _indexes(library):
        part.save(store)
    close_library(library)


def _indexes(library: Library) -> tuple[tuple[VectorIndex, EmbeddingStore], ...]:
    """Of pictures and of captions."""
    return (library.vectors, library.embeddings), (library.caption_vectors.index, library.caption_vectors.store)


def _measure(library: Library, count: int) -> None:
    """The parts, and each kind of query, in turns, so that a busy machine is busy for all."""
    sentences = [Sentences(seed) for seed in range(2, 2 + len(KINDS))]
    library_middle = time.gmtime(FIRST_S + APART_S * library.vectors.count // 2).tm_year
    index = sqlite3.connect(library.root / "catalog.sqlite")
    embed = library.embedder.embed_texts

    def ask(query: str) -> Any:
        return find(library, query, wait_for_model=True)

    def look_up(query: str) -> Any:
        question = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank LIMIT 100"
        return index.execute(question, (_expression(query),)).fetchall()

    told = f"first query {_ms(ask, 'a photo'):.0f} ms, second {_ms(ask, 'a picture'):.0f} ms"
    print(f"{told}; {_anonymous_mb():.0f} MB of anonymous memory, text tower included")
    bare = _bare_index(library)
    times: dict[str, list[float]] = {name: [] for name in ("FAISS", "text tower", "FTS5", "sum of parts", *KINDS)}
    for number in range(count):
        query = sentences[number % len(KINDS)].query()
        vector = embed([query])
        parts = [_ms(lambda _, v=vector: bare.search(v, 100), ""), _ms(lambda q: embed([q]), f"{query} ")]
        parts.append(_ms(look_up, query))
        for name, part in zip(("FAISS", "text tower", "FTS5", "sum of parts"), (*parts, sum(parts)), strict=True):
            times[name].append(part)
        for drawn, (name, pattern) in zip(sentences, KINDS.items(), strict=True):
            a, b = drawn.words(2)
            asked = pattern.format(a=a, b=b, sentence=drawn.caption(), middle=library_middle)
            times[name].append(_ms(ask, asked))
    floor = percentile(times["sum of parts"], 95)
    rows = [(name, *(percentile(each, share) for share in (50, 95))) for name, each in times.items()]
    print_table(
        [("in turns", "p50 ms", "p95 ms", "p95 / sum's")]
        + [(name, round(p50, 1), round(p95, 1), round(p95 / floor, 2)) for name, p50, p95 in rows]
    )
    index.close()


def _anonymous_mb() -> float:
    """What no file backs: on Linux RssAnon, elsewhere what is this process's alone (mapped vectors too)."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("RssAnon"))
        return int(line.split()[1]) / 1024
    return float(psutil.Process().memory_full_info().uss) / 2**20


def _bare_index(library: Library) -> Any:
    """FAISS's own, over the same vectors."""
    bare = faiss.IndexScalarQuantizer(library.vectors.dim, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    ids, _ = library.vectors.scores(np.zeros(library.vectors.dim, np.float32))
    for start in range(0, len(ids), STEP):
        bare.add(library.vectors.vectors(ids[start : start + STEP])[1])
    return bare


def _measure_counting(library: Library) -> None:
    """What the window asks for every few seconds while photos are indexed."""
    catalog, space = library.catalog, library.embedder.space
    asked: dict[str, Callable[[str], Any]] = {
        "tags": lambda _: catalog.tags(),
        "status": lambda _: catalog.status(space, "made-up"),
    }
    print(", ".join(f"{name} {min(_ms(ask, '') for _ in range(5)):.0f} ms" for name, ask in asked.items()))


def _expression(query: str) -> str:
    words = [word for word in tokenise(query).split() if word not in UNSAID]
    return " OR ".join(f'"{word}"' for word in words)


def _ms(part: Callable[[str], Any], query: str) -> float:
    began = time.perf_counter()
    part(query)
    return 1000 * (time.perf_counter() - began)


def _fill(library: Library, root: Path, count: int) -> None:
    """Photos with a caption, three tags and vectors of picture and caption each, as if every stage had run."""
    sentences, random = Sentences(1), np.random.default_rng(3)
    pool = np.concatenate(list(_in_steps([sentences.caption() for _ in range(POOL)], library)))
    root_id = library.catalog.add_root(root / "photos")
    with patch.object(words, "keep_in_step"):  # They are written once for all, instead of at every step.
        for number, start in enumerate(range(0, count, STEP)):
            folder_id = library.catalog.folder(root_id, f"trip {number}".encode())
            ids = _write_photos(library, folder_id, range(start, min(start + STEP, count)))
            captions = [(photo_id, sentences.caption()) for photo_id in ids]
            library.catalog.write_captions("made-up", captions)
            tags = [(photo_id, [(word, 0.8) for word in set(sentences.words(3))]) for photo_id in ids]
            library.catalog.write_machine_tags("made-up", tags)
            library.catalog.set_rating(ids[::10], 3 + number % 3)
            near = pool[random.integers(POOL, size=len(ids))]
            library.embeddings.add(np.array(ids), _beside(near, random, 1.0))
            library.caption_vectors.store.add_captions(captions, _beside(near, random, 0.3))
    _write_looks(root)
    Catalog.open(root).close()  # writes the words that are due


def _write_photos(library: Library, folder_id: FolderId, numbers: range) -> list[PhotoId]:
    dated = ((f"IMG_{n:06}.jpg".encode(), (FIRST_S + APART_S * n) * 10**9) for n in numbers)
    files = [FoundFile(name, 1, mtime_ns) for name, mtime_ns in dated]
    library.catalog.write_found(folder_id, [FoundPhoto(file) for file in files])
    return [known.photo_id for known in library.catalog.known_files(folder_id).values()]


def _beside(near: Embeddings, random: np.random.Generator, noise: float) -> Embeddings:
    mixed = near + random.standard_normal(near.shape, dtype=np.float32) * np.float32(noise / np.sqrt(near.shape[1]))
    unit: Embeddings = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return unit


def _write_looks(root: Path) -> None:
    """As if all were read: two photos in five are one of a pair of the same look; twelve cameras."""
    with closing(sqlite3.connect(root / "catalog.sqlite")) as sql, sql:
        sql.create_function("look", 1, lambda n: n * 0x9E3779B97F4A7C15 % 2**64 - 2**63)
        sql.execute(
            "UPDATE photo SET is_read = 1, camera = 'Camera ' || (id / 40 % 12),"
            " perceptual_hash = look(CASE WHEN id % 5 = 1 THEN id + 1 ELSE id END)"
        )
        sql.execute("UPDATE file SET needs_read = 0")
        sql.execute("INSERT OR IGNORE INTO words_due SELECT id FROM photo")


def _in_steps(texts: list[str], library: Library) -> Iterator[Embeddings]:
    for start in range(0, len(texts), 100):
        yield library.embedder.embed_texts(texts[start : start + 100])


if __name__ == "__main__":
    main()
