"""The vectors of one model: what an index needs to follow them, and damage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.catalog.store.connection import Connection
from app.catalog.vectors.embeddings import EmbeddingStore
from app.core.errors import CatalogUnavailable, DiskFull
from app.core.types import Embeddings

DIM = 8


def _vectors(n: int, seed: int = 0) -> Embeddings:
    drawn = np.random.default_rng(seed).standard_normal((n, DIM)).astype(np.float32)
    unit: Embeddings = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return unit


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "embeddings" / "space.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[EmbeddingStore]:
    opened = EmbeddingStore(path, DIM)
    yield opened
    opened.close()


def test_vectors_come_back_with_length_1(store: EmbeddingStore) -> None:
    vectors = _vectors(3)
    store.add(np.array([10, 20, 30]), vectors)
    ids, found = store.vectors([30, 99, 10])
    assert ids.tolist() == [30, 10]
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, vectors[[2, 0]], atol=2e-3)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    assert store.vector(99) is None
    assert (store.count(), store.ids().tolist(), store.last_seq()) == (3, [10, 20, 30], 3)


def test_an_index_follows_by_sequence_and_log(store: EmbeddingStore) -> None:
    store.add(np.array([1, 2, 3]), _vectors(3))
    store.add(np.array([2]), _vectors(1, seed=1))
    store.remove([3, 77])
    seqs, ids, vectors = store.after(0, 10)
    assert (seqs.tolist(), ids.tolist(), vectors.shape, vectors.dtype) == ([1, 4], [1, 2], (2, DIM), np.float16)
    assert [column.tolist() for column in store.dropped_after(0)] == [[1, 2], [2, 3]]
    assert [column.tolist() for column in store.dropped_after(1)] == [[2], [3]]
    assert store.after(4, 10)[0].tolist() == []
    assert store.after(4, 10)[2].shape == (0, DIM)


def test_a_sequence_number_is_never_used_twice(store: EmbeddingStore) -> None:
    store.add(np.array([1]), _vectors(1))
    store.remove([1])
    assert (store.count(), store.last_seq()) == (0, 1)
    store.add(np.array([1]), _vectors(1))
    assert store.last_seq() == 2


def test_an_id_given_twice_keeps_one_vector(store: EmbeddingStore) -> None:
    store.add(np.array([5, 5]), _vectors(2))
    assert store.count() == 1


def test_what_is_no_vector_is_refused(store: EmbeddingStore) -> None:
    with pytest.raises(ValueError, match="shape"):
        store.add(np.array([1]), np.zeros((1, DIM + 1), np.float32))
    with pytest.raises(ValueError, match="shape"):
        store.add(np.array([1]), np.full((1, DIM), np.nan, np.float32))
    assert store.count() == 0


def test_a_store_opens_again_as_the_same_one(path: Path) -> None:
    first = EmbeddingStore(path, DIM)
    first.add(np.array([1]), _vectors(1))
    store_id = first.store_id
    first.close()
    again = EmbeddingStore(path, DIM)
    assert (again.store_id, again.count()) == (store_id, 1)
    assert again.size_bytes > 0
    again.close()


def test_a_damaged_file_is_moved_aside_and_begun_anew(path: Path) -> None:
    first = EmbeddingStore(path, DIM)
    store_id = first.store_id
    first.close()
    path.write_bytes(b"rubbish" * 500)
    again = EmbeddingStore(path, DIM)
    assert again.count() == 0
    assert again.store_id != store_id
    again.close()
    assert path.with_name("space.damaged").read_bytes() == b"rubbish" * 500


def test_damage_met_while_reading_heals_too(path: Path) -> None:
    first = EmbeddingStore(path, DIM)
    first.add(np.arange(1, 2001), _vectors(2000))
    store_id = first.store_id
    first.close()
    content = bytearray(path.read_bytes())
    content[6 * 4096 :] = b"\xaa" * (len(content) - 6 * 4096)
    path.write_bytes(content)
    again = EmbeddingStore(path, DIM)
    assert again.ids().tolist() == []
    assert again.store_id != store_id
    again.add(np.array([1]), _vectors(1))
    assert again.count() == 1
    again.close()


def test_vectors_of_another_length_are_another_store(path: Path) -> None:
    EmbeddingStore(path, DIM).close()
    other = EmbeddingStore(path, DIM + 1)
    assert other.count() == 0
    other.close()


def test_a_full_disk_keeps_what_was_written(store: EmbeddingStore) -> None:
    store.add(np.arange(1, 401), _vectors(400))
    pages = store._sql.value("PRAGMA page_count")
    store._sql.rows(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(DiskFull):
        store.add(np.arange(401, 5001), _vectors(4600))
    assert store.count() >= 400
    assert store._sql.value("PRAGMA integrity_check") == "ok"


def test_two_connections_see_each_others_vectors(path: Path, store: EmbeddingStore) -> None:
    other = EmbeddingStore(path, DIM)
    other.add(np.array([1]), _vectors(1))
    assert store.ids().tolist() == [1]
    other.close()


def test_vectors_that_another_program_deletes_while_they_are_opened_are_begun_anew(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up, deletions = EmbeddingStore._set_up, [True]

    def deleted_meanwhile(store: EmbeddingStore, sql: Connection) -> None:
        if deletions:
            deletions.clear()
            path.unlink()
            raise CatalogUnavailable(path=path, detail="disk I/O error")
        set_up(store, sql)

    monkeypatch.setattr(EmbeddingStore, "_set_up", deleted_meanwhile)
    store = EmbeddingStore(path, DIM)
    store.add(np.array([1]), _vectors(1))
    assert store.count() == 1
    store.close()


def test_vectors_that_are_deleted_in_the_middle_of_a_question_are_asked_for_once_more(
    store: EmbeddingStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add(np.array([1]), _vectors(1))
    column = Connection.rows

    def rows(sql: Connection, *asked: Any) -> Any:
        monkeypatch.setattr(Connection, "rows", column)
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink()
        raise CatalogUnavailable(path=path, detail="disk I/O error")

    monkeypatch.setattr(Connection, "rows", rows)
    assert store.count() == 0
    store.add(np.array([2]), _vectors(1))
    assert store.ids().tolist() == [2]


def test_a_disk_that_refuses_is_not_asked_again(store: EmbeddingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def rows(sql: Connection, *question: Any) -> Any:
        asked.append(question)
        raise CatalogUnavailable(path=store.path, detail="disk I/O error")

    monkeypatch.setattr(Connection, "rows", rows)
    with pytest.raises(CatalogUnavailable):
        store.count()
    assert len(asked) == 1
