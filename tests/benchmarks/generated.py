"""Makes large libraries of made-up photos, always the same ones, in minutes: written in bulk, past the stages.

`python -m tests.benchmarks.generated FOLDER [--photos 1000000] [--dim 512]` makes one; the benchmarks make their own.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from app import paths
from app.catalog import words
from app.catalog.natural import natural_key
from app.catalog.store.connection import Connection
from app.core.types import Embedder, Embeddings, RgbImage
from app.library.library import Library
from app.startup import close_library, default_threads, read_lines
from app.vision.embedder import ClipEmbedder
from tests.making import make_library

STEP: Final = 20_000
"""Photos a transaction."""
FIRST_S, YEARS_S = 1_136_073_600, 20 * 365.25 * 86_400
"""Photos are taken from 2006 on, evenly over twenty years."""
SEED: Final = 1
PATTERNS: Final = (
    "{a} {x} {b} on a {c}",
    "a {x} {a} with a {b} near the {c}",
    "two people and a {a} in front of a {b}",
    "a {a} and a {b} in the {c}",
    "{x} {a} at a {b}",
)
LOOKS: Final = (
    *("black", "white", "red", "blue", "old", "young", "small", "big", "green", "brown", "bright", "dark", "wet"),
)
CAMERAS: Final = tuple(f"{maker} {model}0" for maker in ("Canon", "Nikon", "Apple", "Fuji") for model in range(1, 7))
LENSES: Final = tuple(f"{mm} mm f/{f}" for mm in (14, 24, 35, 50, 85, 200) for f in (1.8, 2.8, 4))
CITIES: Final = 200
_SYLLABLES: Final = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "el", "or")]
_KINDS: Final = ("photo", "live", "video", "screenshot", "raw", "document", "panorama")
_KIND_SHARES: Final = (0.72, 0.15, 0.05, 0.04, 0.02, 0.015, 0.005)
_PREFIXES: Final = ("IMG_", "DSC", "PXL_", "P10", "beach ", "img")


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
        self.vocabulary = [line.lstrip("+ ") for line in read_lines(paths.resource("tags.txt"))]
        np.random.default_rng(0).shuffle(self.vocabulary)
        shares = 1 / (np.arange(len(self.vocabulary)) + 10)
        self._up_to = np.cumsum(shares / shares.sum())
        self._random = np.random.default_rng(seed)

    def draw(self, *shape: int) -> npt.NDArray[np.int64]:
        """Places in the vocabulary."""
        places: npt.NDArray[np.int64] = np.searchsorted(self._up_to, self._random.random(shape))
        return np.minimum(places, len(self.vocabulary) - 1)

    def words(self, count: int) -> list[str]:
        return [self.vocabulary[place] for place in self.draw(count)]

    def captions(self, drawn: npt.NDArray[np.int64]) -> list[str]:
        """A caption of each three words; ``drawn``: shape (n, 3)."""
        chosen = self._random.integers((len(PATTERNS), len(LOOKS)), size=(len(drawn), 2))
        return [
            PATTERNS[pattern].format(a=self.vocabulary[a], b=self.vocabulary[b], c=self.vocabulary[c], x=LOOKS[look])
            for (a, b, c), (pattern, look) in zip(drawn.tolist(), chosen.tolist(), strict=True)
        ]

    def caption(self) -> str:
        return self.captions(self.draw(1, 3))[0]

    def query(self) -> str:
        return self.caption() if self._random.random() < 0.4 else " ".join(self.words(int(self._random.integers(1, 4))))


def open_generated(root: Path, count: int, dim: int) -> Library:
    """A library of so many made-up photos with ``dim`` numbers a vector; made where it is not there.

    Its model is the starter, turned into more dimensions where ``dim`` is not the starter's own.
    """
    inner = ClipEmbedder(paths.resource("models", "starter"), threads=default_threads())
    inner.load()
    embedder: Any = inner if dim == inner.dim else WideEmbedder(inner, dim)
    return _filled(root, embedder, count)


def generate_library(root: Path, count: int) -> None:
    """A library of so many made-up photos in the starter's space; one that is there already is left as it is."""
    close_library(_filled(root, ClipEmbedder(paths.resource("models", "starter"), threads=default_threads()), count))


def _filled(root: Path, embedder: Embedder, count: int) -> Library:
    library = make_library(root, embedder)
    if library.embeddings.count() != count:
        _Filling(library, count).run()
        for index, store in (
            (library.vectors, library.embeddings),
            (library.caption_vectors.index, library.caption_vectors.store),
        ):
            index.save(store)
    return library


@dataclass(frozen=True, eq=False)
class _Block:
    """A stretch of photos, as columns."""

    ids: npt.NDArray[np.int64]
    taken_at: npt.NDArray[np.float64]
    folders: list[tuple[int, str]]
    """Id and words of each one's folder."""
    names: list[str]
    drawn: npt.NDArray[np.int64]
    captions: list[str]


class _Filling:
    """Every stage's results for photos that never were, as if all stages had run."""

    def __init__(self, library: Library, count: int) -> None:
        self._library, self._count = library, count
        self._random, self._sentences = np.random.default_rng(SEED), Sentences(SEED)
        self._meanings = np.concatenate(list(_in_steps(self._sentences.vocabulary, library.embedder)))
        self._root = library.catalog.add_root(library.root / "photos")
        self._root_path = bytes(library.catalog._sql.value("SELECT path FROM root"))
        self._folder_by_month: dict[tuple[int, int], tuple[int, bytes]] = {}
        self._tag_ids: list[int] = []

    def run(self) -> None:
        stores = (self._library.catalog._sql, self._library.embeddings._sql, self._library.caption_vectors.store._sql)
        for sql in stores:  # nothing is lost by a crash that is not made again
            sql.run("PRAGMA synchronous = OFF")
            sql.run("PRAGMA cache_size = -262144")
        self._write_places_and_tags(stores[0])
        for start in range(0, self._count, STEP):
            self._write(*stores, np.arange(start, min(start + STEP, self._count)) + 1)
        for sql in stores:
            sql.run("PRAGMA synchronous = NORMAL")
            sql.run("PRAGMA cache_size = -16000")

    def _write_places_and_tags(self, sql: Connection) -> None:
        with sql.write():
            cities = [("".join(self._random.choice(_SYLLABLES, 3)).title(), n) for n in range(CITIES)]
            sql.run_many(
                "INSERT INTO place(city, region, country, country_code) VALUES (?, ?, ?, ?)",
                [(f"{city} {n}", f"Region {n % 40}", f"Country {n % 12}", f"C{n % 12}") for city, n in cities],
            )
            sql.run_many(
                "INSERT OR IGNORE INTO tag(key, name) VALUES (?, ?)", [(w, w) for w in self._sentences.vocabulary]
            )
        known: dict[str, int] = dict(sql.rows("SELECT key, id FROM tag"))
        self._tag_ids = [known[word] for word in self._sentences.vocabulary]

    def _write(
        self, catalog: Connection, pictures: Connection, captions: Connection, ids: npt.NDArray[np.int64]
    ) -> None:
        block = self._block(ids)
        with catalog.write():
            place_ids = self._write_photos(catalog, block)
            own_tags, own_captions = self._write_decisions(catalog, block)
            machine_tags = self._write_machine(catalog, block)
            texts = self._write_texts(catalog, block)
            self._write_words(catalog, block, (own_tags, own_captions, machine_tags, place_ids, texts))
        meant = self._meanings[block.drawn].mean(axis=1)
        _write_vectors(pictures, ids, _beside(meant, self._random, 1.0))
        _write_vectors(captions, ids, _beside(meant, self._random, 0.3))
        shown = [own_captions.get(photo_id, text) for photo_id, text in zip(ids.tolist(), block.captions, strict=True)]
        with captions.write():
            captions.run_many("INSERT INTO made_of VALUES (?, ?)", zip(ids.tolist(), shown, strict=True))

    def _block(self, ids: npt.NDArray[np.int64]) -> _Block:
        drawn = self._sentences.draw(len(ids), 3)
        taken_at = np.floor(FIRST_S + YEARS_S * ((ids - 1 + self._random.random(len(ids))) / self._count))
        cameras = self._random.integers(len(_PREFIXES), size=len(ids)).tolist()
        names = [f"{_PREFIXES[c]}{n % 10_000:04}-{n}.jpg" for c, n in zip(cameras, ids.tolist(), strict=True)]
        return _Block(
            ids, taken_at, [self._folder(at) for at in taken_at.tolist()], names, drawn, self._sentences.captions(drawn)
        )

    def _folder(self, taken_at: float) -> tuple[int, str]:
        month = time.gmtime(taken_at)[:2]
        if month not in self._folder_by_month:
            subject = " ".join(self._sentences.words(2))
            relative = f"{month[0]}/{month[0]}-{month[1]:02} {subject}".encode()
            self._folder_by_month[month] = self._library.catalog.folder(self._root, relative), relative
        folder_id, relative = self._folder_by_month[month]
        return folder_id, words._folder_words(self._root_path, relative)

    def _write_photos(self, sql: Connection, block: _Block) -> list[int | None]:
        """The places of the photos; two photos in five are one of a pair of the same look."""
        count, random = len(block.ids), self._random
        kinds = random.choice(len(_KINDS), size=count, p=_KIND_SHARES).tolist()
        cameras, lenses = _uneven(random, len(CAMERAS), count), _uneven(random, len(LENSES), count)
        places = [
            int(place) + 1 if is_known else None
            for place, is_known in zip(_uneven(random, CITIES, count), random.random(count) < 0.4, strict=True)
        ]
        removed = random.random(count) < 0.003
        columns = zip(
            block.ids.tolist(), block.folders, block.names, kinds, block.taken_at.tolist(), cameras, lenses, places,
            removed.tolist(), strict=True,
        )  # fmt: skip
        sql.run_many(
            "INSERT INTO photo(id, folder_id, name, name_key, kind, read_kind, is_read, width_px, height_px, aspect,"
            " mean_colour, perceptual_hash, taken_at, read_taken_at, date_source, read_date_source, latitude,"
            " longitude, place_id, camera, lens, thumbnail_bytes, added_at, removed_at, removed_reason)"
            " VALUES (?, ?, ?, ?, ?, ?, 1, 4000, 3000, 1.3333, 8421504, ?, ?, ?, 'exif', 'exif', ?, ?, ?, ?, ?, 21000,"
            " ?, ?, ?)",
            [
                (
                    n, folder[0], name, natural_key(name), _KINDS[kind], _KINDS[kind], _look(n), at, at,
                    None if place is None else place % 90, None if place is None else place % 180, place,
                    CAMERAS[camera], LENSES[lens] if lens % 2 else None, at + 86_400,
                    at + 1e8 if is_removed else None, "removed" if is_removed else None,
                )
                for n, folder, name, kind, at, camera, lens, place, is_removed in columns
            ],
        )  # fmt: skip
        sql.run_many(
            "INSERT INTO file(id, photo_id, folder_id, name, size_bytes, mtime_ns, needs_read)"
            " VALUES (?, ?, ?, ?, 4000000, ?, 0)",
            (
                (n, n, folder[0], name.encode(), int(at) * 10**9)
                for n, folder, name, at in zip(
                    block.ids.tolist(), block.folders, block.names, block.taken_at.tolist(), strict=True
                )
            ),
        )
        return places

    def _write_decisions(self, sql: Connection, block: _Block) -> tuple[dict[int, str], dict[int, str]]:
        """One photo in ten is rated, few have tags and captions of a person."""
        rated, tagged, captioned = (self._some(block, share) for share in (0.1, 0.03, 0.01))
        ratings = self._random.integers(0, 6, size=(2, len(rated))).tolist()
        sql.run_many(
            "INSERT INTO judgement VALUES (?, ?, ?)",
            [(n, rating, luck == 0) for n, rating, luck in zip(rated, *ratings, strict=True)],
        )
        own = self._sentences.draw(len(tagged)).tolist()
        sql.run_many(
            "INSERT INTO own_tag VALUES (?, ?)", [(n, self._tag_ids[w]) for n, w in zip(tagged, own, strict=True)]
        )
        texts = dict(zip(captioned, self._sentences.captions(self._sentences.draw(len(captioned), 3)), strict=True))
        sql.run_many("INSERT INTO own_caption VALUES (?, ?)", texts.items())
        return {n: self._sentences.vocabulary[w] for n, w in zip(tagged, own, strict=True)}, texts

    def _some(self, block: _Block, share: float) -> list[int]:
        chosen: list[int] = block.ids[self._random.random(len(block.ids)) < share].tolist()
        return chosen

    def _write_machine(self, sql: Connection, block: _Block) -> list[str]:
        """A caption each, and tags: words of the caption, and others."""
        ids = block.ids.tolist()
        sql.run_many("INSERT INTO machine_caption VALUES (?, 'made-up', ?)", zip(ids, block.captions, strict=True))
        more = self._sentences.draw(len(ids), 4)
        counts, unsure = self._random.integers(0, 5, len(ids)).tolist(), self._random.random(len(ids)).round(3).tolist()
        rows: list[tuple[int, int, float]] = []
        told = []
        for n, said, others, count, low in zip(ids, block.drawn.tolist(), more.tolist(), counts, unsure, strict=True):
            chosen = dict.fromkeys([*said[:2], *others[:count]])
            rows += [(n, self._tag_ids[w], 0.5 + low / 2 if w in said else low) for w in chosen]
            shown = [w for w in chosen if w in said or low >= 0.5]
            told.append(" , ".join(self._sentences.vocabulary[w] for w in shown))
        sql.run_many("INSERT INTO machine_tag VALUES (?, ?, ?)", rows)
        sql.run_many(
            "INSERT INTO tagged(photo_id, version, has_tags) VALUES (?, 'made-up', 1)",
            ((photo_id,) for photo_id in ids),
        )
        return told

    def _write_texts(self, sql: Connection, block: _Block) -> dict[int, str]:
        """Three photos in a hundred hold text."""
        chosen = self._some(block, 0.03)
        texts = {n: " ".join(self._sentences.words(12)) for n in chosen}
        corners = [0.1, 0.1, 0.9, 0.1, 0.9, 0.2, 0.1, 0.2]
        sql.run_many(
            "INSERT INTO picture_text(photo_id, version, lines, letters, confidence) VALUES (?, 'made-up', ?, ?, 0.9)",
            (
                (n, json.dumps([[texts[n], 0.9, *corners]] if n in texts else []), len(texts.get(n, "")))
                for n in block.ids.tolist()
            ),
        )
        return texts

    def _write_words(self, sql: Connection, block: _Block, told: tuple[Any, ...]) -> None:
        """As ``catalog/words.py`` writes them, without asking for what is known here."""
        own_tags, own_captions, machine_tags, place_ids, texts = told
        where = sql.column("SELECT city || ' , ' || region || ' , ' || country FROM place ORDER BY id")
        sql.run_many(
            "INSERT INTO words(rowid, name, folder, own_caption, machine_caption, own_tags, machine_tags, place,"
            " picture_text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    n, words.tokenise_name(name), folder[1], own_captions.get(n, ""), caption, own_tags.get(n, ""),
                    tags, where[place_id - 1] if place_id else "", texts.get(n, ""),
                )
                for n, name, folder, caption, tags, place_id in zip(
                    block.ids.tolist(), block.names, block.folders, block.captions, machine_tags, place_ids, strict=True
                )
            ),
        )  # fmt: skip


def _write_vectors(sql: Connection, ids: npt.NDArray[np.int64], vectors: Embeddings) -> None:
    data, width = vectors.astype("<f2").tobytes(), 2 * vectors.shape[1]
    with sql.write():
        sql.run_many(
            "INSERT INTO embedding(photo_id, vector) VALUES (?, ?)",
            ((n, data[place * width : (place + 1) * width]) for place, n in enumerate(ids.tolist())),
        )


def _beside(near: Embeddings, random: np.random.Generator, noise: float) -> Embeddings:
    near = near / np.linalg.norm(near, axis=1, keepdims=True)
    mixed = near + random.standard_normal(near.shape, dtype=np.float32) * np.float32(noise / np.sqrt(near.shape[1]))
    unit: Embeddings = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return unit


def _uneven(random: np.random.Generator, values: int, count: int) -> list[int]:
    """Places of values of which the first are the most common."""
    shares = 1 / (np.arange(values) + 3)
    drawn: list[int] = random.choice(values, size=count, p=shares / shares.sum()).tolist()
    return drawn


def _look(photo_id: int) -> int:
    """A perceptual hash; every fifth photo has that of the next."""
    alike = photo_id + 1 if photo_id % 5 == 1 else photo_id
    return alike * 0x9E3779B97F4A7C15 % 2**64 - 2**63


def _in_steps(texts: Sequence[str], embedder: Embedder) -> Iterator[Embeddings]:
    for start in range(0, len(texts), 100):
        yield embedder.embed_texts(list(texts[start : start + 100]))


def main() -> None:
    """Make one library, and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=512)
    options = parser.parse_args()
    began = time.perf_counter()
    close_library(open_generated(options.folder, options.photos, options.dim))
    print(f"{options.photos:,} photos in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
