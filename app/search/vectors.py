"""The vectors of one space in memory's reach: compared exactly, kept up to date, saved so that opening is instant."""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from app.core.errors import DiskFull
from app.core.id_sets import are_among
from app.core.types import Embeddings, Flags, Halves, PhotoIds, Scores, Vector
from app.search import base_file
from app.search.ordering import best_first

logger = logging.getLogger(__name__)


_SIDECAR = "base.json"
_OLD_S = 3600
_STEP = 8192
"""Rows that are read from the store, or written to the base, at a time."""
_THREADS = min(os.cpu_count() or 1, 4)
_ROWS_A_THREAD = 16_384
"""A thread is worth starting for so many rows (0.1 ms against 1 ms of work)."""
_FEW_SHARE = 0.01
"""Where a filter keeps less, just those vectors are scored."""
_WIDENED = 1024
"""Rows that become float32 at a time; in one piece where they lie side by side."""
_FILTERS_KEPT = 2
"""All photos that are shown, between searches with one more filter."""
_LOWEST = float(np.finfo(np.float32).min)


class Store(Protocol):
    """What the index reads: the embeddings file of the catalogue."""

    @property
    def fingerprint(self) -> str: ...

    def after(self, seq: int, limit: int) -> tuple[PhotoIds, PhotoIds, Halves]: ...

    def dropped_after(self, seq: int) -> tuple[PhotoIds, PhotoIds]: ...


def index_folder(library: Path, space: str) -> Path:
    """Where the saved vectors of a space lie."""
    return library / "index" / space


@dataclass(frozen=True, eq=False)
class _Rows:
    """One moment of the index. Never changed: a search holds on to the moment in which it began.

    Attributes:
        base: float16, shape (m, dim), memory-mapped.
        tail: float16, shape (n - m, dim), in memory.
        ids, seqs: int64, shape (n,); seqs rise.
        alive: bool, shape (n,): False where the vector was replaced or removed.
    """

    base: Halves
    tail: Halves
    ids: PhotoIds
    seqs: PhotoIds
    alive: Flags
    fingerprint: str = ""
    last_drop: int = 0

    @property
    def count(self) -> int:
        return len(self.ids)

    @property
    def last_seq(self) -> int:
        return int(self.seqs[-1]) if len(self.seqs) else 0


@dataclass(frozen=True, eq=False)
class _Kept:
    """What a filter leaves of one moment of the index; without that moment's vectors, which may be large.

    Attributes:
        asked: the ids and alive flags of the moment, and the ids that were asked for (None: all).
        flags: bool, shape (rows.count,).
        ids: int64, shape (n,), of the rows that are left.
    """

    asked: tuple[PhotoIds, Flags, PhotoIds | None]
    flags: Flags
    ids: PhotoIds

    @classmethod
    def of(cls, rows: _Rows, only: PhotoIds | None) -> _Kept:
        flags = rows.alive if only is None else rows.alive & are_among(rows.ids, only)
        return cls((rows.ids, rows.alive, only), flags, rows.ids if flags.all() else rows.ids[flags])

    def holds_for(self, rows: _Rows, only: PhotoIds | None) -> bool:
        """Whether the same was asked before, with an array that can't have changed since."""
        is_same = all(old is new for old, new in zip(self.asked, (rows.ids, rows.alive, only), strict=True))
        return is_same and (only is None or not only.flags.writeable)


@dataclass(frozen=True, eq=False)
class Described:
    """Figures worked out from each photo's vector, as columns that go on holding while the index grows.

    Attributes:
        ids: int64, shape (n,), in the order in which the photos were embedded.
        seqs: int64, shape (n,), rising: which vector of the photo it was.
        figures: float32, shape (n, width).
    """

    ids: PhotoIds
    seqs: PhotoIds
    figures: npt.NDArray[np.float32]


class VectorIndex:
    """Exact inner products with every vector, best first. Shared between threads.

    The base is a file of float16 rows, immutable and memory-mapped; what came later stands in a tail in memory.
    FAISS's float16 scalar quantizer scores both in place: nothing is ever added to a FAISS index, so that
    searching needs no lock and adding cannot disturb a search.
    """

    def __init__(self, folder: Path, dim: int) -> None:
        self._folder = folder
        self.dim = dim
        self._lock = threading.Lock()
        self._rows = self._no_rows()
        self._buffer = np.empty((0, dim), np.float16)
        self._scorer = _Scorer(dim)
        self._kept: tuple[_Kept, ...] = ()

    @property
    def folder(self) -> Path:
        """Where the base is saved."""
        return self._folder

    @property
    def count(self) -> int:
        """How many photos can be compared now."""
        return int(np.count_nonzero(self._rows.alive))

    @property
    def last_seq(self) -> int:
        """The number of the newest vector: another one as soon as one was added or replaced."""
        return self._rows.last_seq

    @property
    def size_bytes(self) -> int:
        """What the saved base takes on the disk."""
        return sum(file.stat().st_size for file in self._folder.glob("base*")) if self._folder.is_dir() else 0

    @property
    def is_worth_saving(self) -> bool:
        """Whether enough has changed since the base was written to write it anew when idle."""
        rows = self._rows
        dead = rows.count - int(np.count_nonzero(rows.alive))
        return len(rows.tail) + dead > max(512, len(rows.base) // 8)

    # Keeping up with the store.

    def catch_up(self, store: Store) -> None:
        """Take in what was embedded, replaced and removed since the last call; the first one opens the base."""
        with self._lock:
            if self._rows.fingerprint != store.fingerprint:
                self._rows = self._opened(store.fingerprint)
                self._buffer = np.empty((0, self.dim), np.float16)
            # Vectors before drops: the other way round, one replaced in between would stand here twice.
            rows = self._with_new(self._rows, store)
            self._rows = _with_drops(rows, store)

    def _with_new(self, rows: _Rows, store: Store) -> _Rows:
        seqs, ids, count, last_seq = [rows.seqs], [rows.ids], len(rows.tail), rows.last_seq
        while True:
            new_seqs, new_ids, vectors = store.after(last_seq, _STEP)
            if len(new_ids) == 0:
                break
            self._put(count, vectors)
            seqs.append(new_seqs)
            ids.append(new_ids)
            count += len(new_ids)
            last_seq = int(new_seqs[-1])
            if len(new_ids) < _STEP:
                break
        if count == len(rows.tail):
            return rows
        all_ids = np.concatenate(ids)
        alive = np.ones(len(all_ids), np.bool_)
        alive[: rows.count] = rows.alive
        return replace(rows, tail=self._buffer[:count], ids=all_ids, seqs=np.concatenate(seqs), alive=alive)

    def _put(self, start: int, vectors: Halves) -> None:
        """Write behind what searches can see; a buffer that must grow is left to those who still read it."""
        end = start + len(vectors)
        if end > len(self._buffer):
            grown = np.empty((max(end, len(self._buffer) * 3 // 2, 1024), self.dim), np.float16)
            grown[:start] = self._buffer[:start]
            self._buffer = grown
        self._buffer[start:end] = vectors

    # Comparing.

    def scores(self, query: Vector, only: PhotoIds | None = None) -> tuple[PhotoIds, Scores]:
        """Compare one vector with every photo, or with ``only`` these.

        Args:
            query: float32, shape (dim,).
            only: photo ids in any order; ids without a vector are passed over.

        Returns:
            ids and cosine similarities, in the order in which the photos were embedded.
        """
        return self._scored(self._rows, query, only)

    def search(self, query: Vector, k: int | None = None, *, only: PhotoIds | None = None) -> tuple[PhotoIds, Scores]:
        """The ``k`` best photos (None: all), best first; equal scores by id. Arguments as in ``scores``."""
        ids, scores = self.scores(query, only)
        best = best_first(ids, scores, k)
        return ids[best], scores[best]

    def sample(self, size: int) -> Embeddings:
        """A fixed sample of the photos, to judge scores by.

        The ids are put in a scrambled order of their own and the first ones taken, so that a library that
        grows keeps most of its sample.

        Returns:
            float32, shape (min(size, count), dim).
        """
        rows = self._rows
        places = np.flatnonzero(rows.alive)
        if len(places) > size:
            scrambled = rows.ids[places].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
            places = np.sort(places[np.argpartition(scrambled, size)[:size]])
        return _taken(rows, places)

    def vectors(self, ids: PhotoIds) -> tuple[PhotoIds, Embeddings]:
        """The stored vectors of some photos; those without one are left out."""
        rows = self._rows
        places = np.flatnonzero(rows.alive & are_among(rows.ids, ids))
        return rows.ids[places], _taken(rows, places)

    def described(
        self, describe: Callable[[Embeddings], npt.NDArray[np.float32]], known: Described | None = None
    ) -> Described:
        """Work figures out for every photo, block by block; what is known of the same vectors is taken over.

        Args:
            describe: float32, shape (n, dim) in, (n, width) out.
            known: what an earlier call with the same ``describe`` gave.
        """
        rows = self._rows
        seqs = rows.seqs if rows.alive.all() else rows.seqs[rows.alive]
        ids = rows.ids if rows.alive.all() else rows.ids[rows.alive]
        old = known or Described(ids[:0], seqs[:0], describe(np.empty((0, self.dim), np.float32)))
        figures = np.empty((len(ids), old.figures.shape[1]), np.float32)
        is_known = np.isin(seqs, old.seqs, assume_unique=True)
        figures[is_known] = old.figures[np.searchsorted(old.seqs, seqs[is_known])]
        places, new = np.flatnonzero(rows.alive)[~is_known], np.flatnonzero(~is_known)

        def fill(start: int) -> None:
            figures[new[start : start + _STEP]] = describe(_taken(rows, places[start : start + _STEP]))

        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(fill, range(0, len(new), _STEP)))
        return Described(ids, seqs, figures)

    def _scored(self, rows: _Rows, query: Vector, only: PhotoIds | None) -> tuple[PhotoIds, Scores]:
        asked = np.ascontiguousarray(query, np.float32)
        kept = self._filtered(rows, only)
        if len(kept.ids) < rows.count * _FEW_SHARE:
            return kept.ids, _taken(rows, np.flatnonzero(kept.flags)) @ asked
        scores = np.empty(rows.count, np.float32)
        middle = len(rows.base)
        self._scorer.score(rows.base, asked, scores[:middle])
        self._scorer.score(rows.tail, asked, scores[middle:])
        return kept.ids, (scores if len(kept.ids) == rows.count else scores[kept.flags])

    def _filtered(self, rows: _Rows, only: PhotoIds | None) -> _Kept:
        """One search after the other looks through the same photos: the last filters are kept."""
        known = self._kept
        kept = next((each for each in known if each.holds_for(rows, only)), None)
        if kept is None:
            kept = _Kept.of(rows, only)
            self._kept = (kept, *known[: _FILTERS_KEPT - 1])
        return kept

    # The base on the disk.

    def save(self, store: Store) -> None:
        """Write base and tail as one new base, beside the old one, and use it. For an idle moment.

        Raises:
            DiskFull: there is no room; the index goes on as it was.
        """
        self.catch_up(store)
        rows = self._rows
        try:
            self._write_base(rows)
        except OSError as error:
            raise DiskFull(path=self._folder) from error
        with self._lock:
            if self._rows.base is rows.base:  # Nobody else has saved meanwhile.
                self._rows = self._rebased(self._rows, rows)

    def _write_base(self, rows: _Rows) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"base-{uuid.uuid4().hex}.f16"
        before = self._named_base()
        try:
            self._write_and_name(path, rows)
        except OSError:  # a gigabyte that nobody reads would fill the disk for good
            for written in self._folder.glob(f"{path.stem}.*"):
                with suppress(OSError):
                    written.unlink()
            raise
        self._clear_left_over(path, before)

    def _write_and_name(self, path: Path, rows: _Rows) -> None:
        places = np.flatnonzero(rows.alive)
        steps = (_taken(rows, places[start : start + _STEP]) for start in range(0, len(places), _STEP))
        checksums = base_file.write_rows(path, steps, self.dim)
        told = {
            "file": path.name,
            "dim": self.dim,
            "count": len(places),
            "fingerprint": rows.fingerprint,
            "last_drop": rows.last_drop,
            "checksums": checksums,
        }
        keys = np.stack([rows.ids[places], rows.seqs[places]]).astype("<i8").tobytes()
        base_file.write_sidecar(self._folder / _SIDECAR, path.with_suffix(".json"), told, keys)

    def _named_base(self) -> str | None:
        """The file that the sidecar names now."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            return str(base_file.read_sidecar(self._folder / _SIDECAR)[0]["file"])
        return None

    def _clear_left_over(self, present: Path, before: str | None) -> None:
        """The base before, and what killed programs left; a younger one may belong to a program that is at it."""
        for old in self._folder.glob("base-*"):
            with suppress(OSError):  # Windows keeps a mapped file; a later save finds it again.
                if old != present and (old.name == before or old.stat().st_mtime < time.time() - _OLD_S):
                    old.unlink()

    def _rebased(self, now: _Rows, written: _Rows) -> _Rows:
        """The base that was just written, and on top what came since."""
        fresh = self._opened(now.fingerprint)
        if not np.array_equal(fresh.seqs, written.seqs[written.alive]):
            return now  # Another program has saved its own base by now; this one keeps what it has.
        tail_start = written.count - len(now.base)
        tail = now.tail[tail_start:].copy()
        self._buffer = tail
        later = slice(written.count, None)
        kept = now.alive[: written.count][written.alive]
        return replace(
            now,
            base=fresh.base,
            tail=tail,
            ids=np.concatenate([fresh.ids, now.ids[later]]),
            seqs=np.concatenate([fresh.seqs, now.seqs[later]]),
            alive=np.concatenate([kept, now.alive[later]]),
        )

    def _opened(self, fingerprint: str) -> _Rows:
        """The saved base of this store, or nothing where there is none that can be trusted."""
        try:
            told, keys = base_file.read_sidecar(self._folder / _SIDECAR)
            if told["fingerprint"] != fingerprint or told["dim"] != self.dim:
                return self._no_rows(fingerprint)
            base = base_file.mapped(self._folder / told["file"], told["count"], self.dim)
            if base_file.checksums(base) != told["checksums"]:
                raise ValueError("a block does not match its checksum")
        except FileNotFoundError:
            return self._no_rows(fingerprint)
        except (OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("the vector index is damaged and is rebuilt: %s", error)
            return self._no_rows(fingerprint)
        ids, seqs = np.frombuffer(keys, "<i8").reshape(2, -1).astype(np.int64)
        nothing = np.empty((0, self.dim), np.float16)
        return _Rows(base, nothing, ids, seqs, np.ones(len(ids), np.bool_), fingerprint, told["last_drop"])

    def _no_rows(self, fingerprint: str = "") -> _Rows:
        nothing, none = np.empty((0, self.dim), np.float16), np.empty(0, np.int64)
        return _Rows(nothing, nothing, none, none, np.empty(0, np.bool_), fingerprint)


def _with_drops(rows: _Rows, store: Store) -> _Rows:
    log, seqs = store.dropped_after(rows.last_drop)
    if len(log) == 0:
        return rows
    alive = rows.alive
    places = np.searchsorted(rows.seqs, seqs)
    places = places[places < rows.count]
    places = places[np.isin(rows.seqs[places], seqs)]
    if len(places):
        alive = alive.copy()
        alive[places] = False
    return replace(rows, alive=alive, last_drop=int(log[-1]))


def _taken(rows: _Rows, places: npt.NDArray[np.int64]) -> Embeddings:
    middle = len(rows.base)
    split = int(np.searchsorted(places, middle))
    taken = np.empty((len(places), rows.base.shape[1]), np.float32)
    for part, chosen, into in (
        (rows.base, places[:split], taken[:split]),
        (rows.tail, places[split:] - middle, taken[split:]),
    ):
        for start in range(0, len(chosen), _WIDENED):
            some = chosen[start : start + _WIDENED]
            is_run = int(some[-1]) - int(some[0]) == len(some) - 1
            _widen(part[some[0] : some[-1] + 1] if is_run else part[some], into[start : start + _WIDENED])
    return taken


def _widen(halves: Halves, into: npt.NDArray[np.float32]) -> None:
    """float16 to float32 by whole numbers, which processors do in vectors: numpy's own way takes four times as long.

    The exponents of the two count from 15 and from 127; a float16 that is not a number becomes a very large one.
    """
    bits = into.view(np.int32)
    bits[...] = halves.view(np.int16)
    bits <<= 13
    bits &= np.int32(-0x70002000)  # sign, exponent and fraction, without what the sign was spread over
    into *= np.float32(2**112)


class _Scorer:
    """Inner products of one vector with float16 rows in place, by FAISS's scalar quantizer.

    ``IndexScalarQuantizer.search`` for all rows spends most of its time in a heap, and adding to a
    memory-mapped index aborts the process. The scanner underneath reads any memory and keeps the rows' order.
    """

    def __init__(self, dim: int) -> None:
        self._dim = dim
        self._index: Any = None
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._idle: list[Any] = []
        """Scanners not in use: one serves one thread at a time, and FAISS's wrapper never frees one."""

    def score(self, rows: Halves, query: Vector, out: Scores) -> None:
        """Write the inner products of ``rows`` (float16, shape (n, dim)) with ``query`` into ``out``."""
        if min(_THREADS, len(rows) // _ROWS_A_THREAD) < 2:
            self._scan(rows, query, out)
            return
        # Small parts: on a busy machine, a thread that must wait does not hold up a quarter of the work.
        parts = [slice(start, start + _ROWS_A_THREAD) for start in range(0, len(rows), _ROWS_A_THREAD)]
        list(self._threads().map(lambda part: self._scan(rows[part], query, out[part]), parts))

    def _threads(self) -> ThreadPoolExecutor:
        """Kept, since what each new thread allocates stays with the process for long."""
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="comparing")
            return self._pool

    def _scan(self, rows: Halves, query: Vector, out: Scores) -> None:
        if len(rows) == 0:
            return
        faiss = _faiss()
        scanner = self._scanner(faiss)
        scanner.set_query(faiss.swig_ptr(query))
        result = faiss.RangeSearchResult(1)
        part = faiss.RangeSearchPartialResult(result)
        codes = faiss.swig_ptr(rows.view(np.uint8))
        scanner.scan_codes_range(len(rows), codes, None, _LOWEST, part.new_result(0))
        part.finalize()
        self._idle.append(scanner)
        found = int(faiss.rev_swig_ptr(result.lims, 2)[1])
        distances = faiss.rev_swig_ptr(result.distances, found)
        if found == len(rows):
            out[:] = distances
        else:  # A damaged vector (not a number) is no match, and the rows behind it keep their places.
            out[:] = -1.0
            out[faiss.rev_swig_ptr(result.labels, found)] = distances

    def _scanner(self, faiss: Any) -> Any:
        with suppress(IndexError):
            return self._idle.pop()
        if self._index is None:
            quantizer = faiss.ScalarQuantizer.QT_fp16
            self._index = faiss.IndexScalarQuantizer(self._dim, quantizer, faiss.METRIC_INNER_PRODUCT)
        quantizer = self._index.sq
        scanner = quantizer.select_InvertedListScanner(faiss.METRIC_INNER_PRODUCT, None, True, None, False)
        scanner.set_list(0, 0.0)
        return scanner


def _faiss() -> Any:
    import faiss  # Costs start-up time, so the first search imports it.

    return faiss


def check_faiss() -> str:
    """FAISS's version; raises whatever it raises where it can't compare two vectors."""
    faiss = _faiss()
    index = faiss.IndexScalarQuantizer(8, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    vectors = np.eye(2, 8, dtype=np.float32)
    index.add(vectors)
    if index.search(vectors, 1)[1].tolist() != [[0], [1]]:
        raise ArithmeticError("FAISS found the wrong vector")
    return str(faiss.__version__)
