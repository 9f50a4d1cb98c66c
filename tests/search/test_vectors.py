"""The vector index: exact, current, and never fooled by a damaged file."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import DiskFull
from app.search.ordering import best_first, ids_best_first, places_of_highest
from app.search.vectors import VectorIndex
from tests.search.fakes import DIM, MemoryStore, directions


def filled(folder: Path, count: int, seed: int = 0) -> tuple[VectorIndex, MemoryStore, np.ndarray]:
    store, vectors = MemoryStore(), directions(count, seed=seed)
    store.add(range(1, count + 1), vectors)
    index = VectorIndex(folder, DIM)
    index.catch_up(store)
    return index, store, vectors.astype(np.float16).astype(np.float32)


def expected(vectors: np.ndarray, query: np.ndarray) -> np.ndarray:
    return np.argsort(-(vectors @ query), kind="stable") + 1


@pytest.mark.parametrize("is_saved", [False, True])
def test_every_photo_is_ranked_by_its_exact_similarity(tmp_path: Path, is_saved: bool) -> None:
    index, store, vectors = filled(tmp_path, 3000)
    if is_saved:
        index.save(store)
    query = directions(1, seed=9)[0]
    ids, scores = index.search(query)
    assert ids.tolist() == expected(vectors, query).tolist()
    assert np.allclose(scores, np.sort(vectors @ query)[::-1], atol=1e-5)
    assert index.search(query, 7)[0].tolist() == ids[:7].tolist()


def test_many_rows_are_scored_by_several_threads_alike(tmp_path: Path) -> None:
    index, store, vectors = filled(tmp_path, 40_000)
    index.save(store)
    query = directions(1, seed=9)[0]
    ids, scores = index.scores(query)
    assert ids.tolist() == list(range(1, 40_001))
    assert np.allclose(scores, vectors @ query, atol=1e-5)


def test_an_empty_index_answers_with_nothing(tmp_path: Path) -> None:
    index, store, _ = filled(tmp_path, 0)
    index.save(store)
    assert index.count == 0
    assert len(index.search(directions(1)[0])[0]) == 0
    assert index.sample(10).shape == (0, DIM)


def test_removed_and_replaced_vectors_are_never_returned(tmp_path: Path) -> None:
    index, store, vectors = filled(tmp_path, 50)
    index.save(store)
    store.remove([3])
    store.add([5], directions(1, seed=77))
    index.catch_up(store)
    assert index.count == 49
    assert 3 not in index.search(vectors[2])[0]
    ids, scores = index.search(vectors[4])
    assert ids.tolist().count(5) == 1
    assert scores[ids == 5] < 0.99
    assert index.search(directions(1, seed=77)[0], 1)[0].tolist() == [5]


def test_what_was_removed_while_the_program_was_closed_is_forgotten(tmp_path: Path) -> None:
    index, store, vectors = filled(tmp_path, 50)
    index.save(store)
    store.remove([50, 49, 3])
    reopened = VectorIndex(tmp_path, DIM)
    reopened.catch_up(store)
    assert reopened.count == 47
    assert not np.isin([3, 49, 50], reopened.search(vectors[2])[0]).any()


def test_a_saved_index_opens_as_it_was_and_takes_in_what_is_new(tmp_path: Path) -> None:
    index, store, vectors = filled(tmp_path, 2000)
    store.remove([1999, 2000])
    index.save(store)
    store.add([7777], directions(1, seed=5))
    reopened = VectorIndex(tmp_path, DIM)
    reopened.catch_up(store)
    assert reopened.count == 1999
    assert reopened.search(vectors[41], 1)[0].tolist() == [42]
    assert reopened.search(directions(1, seed=5)[0], 1)[0].tolist() == [7777]
    assert not reopened.is_worth_saving


def test_saving_while_photos_come_and_go_keeps_them_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index, store, vectors = filled(tmp_path, 100)
    write = index._write_base

    def write_while_others_work(rows) -> None:
        store.remove([10])
        store.add([500], directions(1, seed=5))
        index.catch_up(store)
        write(rows)

    monkeypatch.setattr(index, "_write_base", write_while_others_work)
    index.save(store)
    assert index.count == 100
    assert 10 not in index.search(vectors[9])[0]
    assert index.search(directions(1, seed=5)[0], 1)[0].tolist() == [500]
    assert index.search(vectors[98], 1)[0].tolist() == [99]


def test_only_one_base_stays_on_the_disk(tmp_path: Path) -> None:
    index, store, _ = filled(tmp_path, 10)
    index.save(store)
    index.save(store)
    assert len(list(tmp_path.glob("*.f16"))) == 1
    assert index.size_bytes > 10 * DIM * 2


@pytest.mark.parametrize("place", [0, 1000, -1])
@pytest.mark.parametrize("pattern", ["*.f16", "base.json"])
def test_a_flipped_byte_is_noticed_and_the_index_rebuilt(tmp_path: Path, pattern: str, place: int) -> None:
    index, store, vectors = filled(tmp_path, 200)
    index.save(store)
    (file,) = tmp_path.glob(pattern)
    data = bytearray(file.read_bytes())
    data[place] ^= 0x40
    file.write_bytes(data)
    reopened = VectorIndex(tmp_path, DIM)
    reopened.catch_up(store)
    ids, scores = reopened.scores(vectors[0])
    assert ids.tolist() == list(range(1, 201))
    assert np.allclose(scores, vectors @ vectors[0], atol=1e-5)


@pytest.mark.parametrize("harm", ["cut", "gone", "sidecar gone", "sidecar empty"])
def test_a_cut_or_missing_file_is_noticed_and_the_index_rebuilt(tmp_path: Path, harm: str) -> None:
    index, store, _ = filled(tmp_path, 200)
    index.save(store)
    (base,), sidecar = tmp_path.glob("*.f16"), tmp_path / "base.json"
    if harm == "cut":
        base.write_bytes(base.read_bytes()[:-2])
    elif harm == "gone":
        base.unlink()
    elif harm == "sidecar gone":
        sidecar.unlink()
    else:
        sidecar.write_bytes(b"")
    reopened = VectorIndex(tmp_path, DIM)
    reopened.catch_up(store)
    assert reopened.count == 200


def test_a_base_of_another_store_never_answers(tmp_path: Path) -> None:
    index, store, _ = filled(tmp_path, 200)
    index.save(store)
    other = MemoryStore("second")
    other.add([1], directions(1, seed=3))
    index.catch_up(other)
    assert index.scores(directions(1)[0])[0].tolist() == [1]
    reopened = VectorIndex(tmp_path, DIM)
    reopened.catch_up(other)
    assert reopened.count == 1


@pytest.mark.parametrize("kept", [0, 3, 1500, 2999])
def test_a_filter_keeps_just_those_photos(tmp_path: Path, kept: int) -> None:
    index, store, vectors = filled(tmp_path, 3000)
    index.save(store)
    only = np.random.default_rng(1).permutation(np.arange(1, 3001))[:kept]
    query = directions(1, seed=4)[0]
    ids, scores = index.search(query, only=np.append(only, 999_999))
    assert sorted(ids) == sorted(only)
    assert np.allclose(scores, vectors[ids - 1] @ query, atol=1e-5)


def test_a_filter_that_is_asked_again_sees_what_came_and_went(tmp_path: Path) -> None:
    store, index = MemoryStore(), VectorIndex(tmp_path, DIM)
    only = np.arange(1, 200)
    only.flags.writeable = False
    for first in (1, 100):
        store.add(range(first, first + 60), directions(60))
        index.catch_up(store)
        assert sorted(index.scores(directions(1)[0], only)[0]) == sorted(store._rows)
    store.remove([5, 101])
    index.catch_up(store)
    for _ in range(2):
        assert sorted(index.scores(directions(1)[0], only)[0]) == sorted(store._rows)
    index.save(store)
    assert sorted(index.scores(directions(1)[0], only)[0]) == sorted(store._rows)


def test_a_filter_that_was_changed_is_looked_at_again(tmp_path: Path) -> None:
    store, index = MemoryStore(), VectorIndex(tmp_path, DIM)
    store.add(range(1, 61), directions(60))
    index.catch_up(store)
    only = np.arange(1, 31)
    assert sorted(index.scores(directions(1)[0], only)[0]) == list(range(1, 31))
    only += 30
    assert sorted(index.scores(directions(1)[0], only)[0]) == list(range(31, 61))


def test_equal_scores_stand_in_the_order_of_their_ids() -> None:
    ids = np.array([9, 2, 7, 4, 5], np.int64)
    scores = np.array([0.5, 0.5, 0.9, 0.1, 0.5], np.float32)
    assert ids[best_first(ids, scores)].tolist() == [7, 2, 5, 9, 4]
    assert ids[best_first(ids, scores, 2)].tolist() == [7, 2]


@given(st.lists(st.tuples(st.integers(1, 500), st.floats(-4, 4, width=32)), unique_by=lambda row: row[0]))
def test_ids_and_scores_come_best_first_together(rows: list[tuple[int, float]]) -> None:
    ids, scores = np.array([row[0] for row in rows], np.int64), np.array([row[1] for row in rows], np.float32)
    found, ordered = ids_best_first(ids, scores)
    told = sorted(rows, key=lambda row: (-row[1], row[0]))
    assert found.tolist() == [photo_id for photo_id, _ in told]
    assert ordered.tolist() == [score for _, score in told]


@pytest.mark.parametrize("size", [5, 1024, 20_000, 50_003])
def test_the_highest_are_found_wherever_they_stand(size: int) -> None:
    scores = np.random.default_rng(size).standard_normal(size).astype(np.float32)
    scores[-1] = 9
    assert np.sort(scores[places_of_highest(scores, 5)]).tolist() == np.sort(scores)[-5:].tolist()


def test_every_finite_float16_is_read_as_it_is(tmp_path: Path) -> None:
    store, index = MemoryStore(), VectorIndex(tmp_path, DIM)
    every = np.arange(65536, dtype=np.uint16).view(np.float16)
    vectors = every[np.isfinite(every)].reshape(-1, DIM).astype(np.float32)
    store.add(range(1, len(vectors) + 1), vectors)
    index.catch_up(store)
    some = np.arange(2, len(vectors), 3)
    assert np.array_equal(index.vectors(some)[1], vectors[some - 1])
    index.save(store)
    assert np.array_equal(index.vectors(np.arange(1, len(vectors) + 1))[1], vectors)


def test_a_vector_that_is_not_a_number_matches_nothing_and_shifts_nothing(tmp_path: Path) -> None:
    store, vectors = MemoryStore(), directions(20)
    vectors[4] = np.nan
    store.add(range(1, 21), vectors)
    index = VectorIndex(tmp_path, DIM)
    index.catch_up(store)
    assert index.search(vectors[10], 1)[0].tolist() == [11]
    assert index.search(vectors[10])[0].tolist()[-1] == 5


def test_the_sample_is_fixed_and_keeps_most_of_itself_as_the_library_grows(tmp_path: Path) -> None:
    index, store, _ = filled(tmp_path, 1000)
    first = index.sample(100)
    assert np.array_equal(first, index.sample(100))
    assert first.shape == (100, DIM)
    store.add(range(1001, 1101), directions(100, seed=8))
    index.catch_up(store)
    same = sum(any(np.array_equal(row, old) for old in first) for row in index.sample(100))
    assert same > 80


def test_stored_vectors_can_be_had_back(tmp_path: Path) -> None:
    index, _, vectors = filled(tmp_path, 30)
    ids, rows = index.vectors(np.array([4, 2, 99]))
    assert ids.tolist() == [2, 4]
    assert np.array_equal(rows, vectors[[1, 3]])


def test_searching_is_right_while_another_thread_adds(tmp_path: Path) -> None:
    index, store, vectors = filled(tmp_path, 100)
    later = directions(3000, seed=6)

    def add() -> None:
        for start in range(0, 3000, 10):
            store.add(range(1001 + start, 1011 + start), later[start : start + 10])
            index.catch_up(store)

    adding = threading.Thread(target=add)
    adding.start()
    while adding.is_alive():
        ids, scores = index.scores(vectors[50])
        assert len(ids) == len(scores)
        assert np.allclose(scores[:100], vectors @ vectors[50], atol=1e-5)
    adding.join()
    assert index.count == 3100


def test_a_full_disk_leaves_the_index_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index, store, vectors = filled(tmp_path, 100)
    index.save(store)
    store.add([900], directions(1, seed=2))

    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.search.base_file.write_rows", no_room)
    with pytest.raises(DiskFull):
        index.save(store)
    assert index.count == 101
    reopened = VectorIndex(tmp_path, DIM)
    reopened.catch_up(store)
    assert reopened.search(vectors[3], 1)[0].tolist() == [4]


@pytest.mark.parametrize("failing", ["checksums", "write_sidecar"])
def test_what_could_not_be_saved_takes_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    index, store, vectors = filled(tmp_path, 100)
    index.save(store)
    before = sorted(path.name for path in tmp_path.iterdir())

    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(f"app.search.base_file.{failing}", no_room)
        with pytest.raises(DiskFull):
            index.save(store)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    reopened = VectorIndex(tmp_path, DIM)
    reopened.catch_up(store)
    assert reopened.search(vectors[3], 1)[0].tolist() == [4]


def test_what_another_program_is_writing_stays_and_what_a_killed_one_left_goes(tmp_path: Path) -> None:
    index, store, _ = filled(tmp_path, 10)
    written, left = tmp_path / "base-of-another.new", tmp_path / "base-of-a-killed-one.new"
    for path in (written, left):
        path.touch()
    os.utime(left, (0, 0))
    index.save(store)
    assert written.exists()
    assert not left.exists()


def test_faiss_is_not_imported_before_the_first_search() -> None:
    code = "import sys, app.search.vectors, app.search.ranking, app.search.query; sys.exit('faiss' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_figures_are_worked_out_once_a_vector(tmp_path: Path) -> None:
    store, index = MemoryStore(), VectorIndex(tmp_path / "index", DIM)
    vectors, seen = directions(30), []

    def describe(rows: np.ndarray) -> np.ndarray:
        seen.append(len(rows))
        return rows[:, :1].astype(np.float32)

    store.add(range(1, 21), vectors[:20])
    index.catch_up(store)
    first = index.described(describe)
    store.remove([3])
    store.add([5, 21], vectors[20:22])
    index.catch_up(store)
    seen.clear()
    again = index.described(describe, first)
    assert sum(seen) == 2
    expected = {photo_id: vectors[photo_id - 1, 0] for photo_id in range(1, 21) if photo_id not in (3, 5)}
    expected |= {5: vectors[20, 0], 21: vectors[21, 0]}
    assert dict(zip(again.ids.tolist(), again.figures[:, 0].tolist(), strict=True)) == pytest.approx(expected, abs=1e-3)
