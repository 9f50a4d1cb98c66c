"""An embeddings file that lives in memory, with the same promises as the catalogue's."""

import numpy as np

DIM = 32


class MemoryStore:
    def __init__(self, fingerprint: str = "first") -> None:
        self.fingerprint = fingerprint
        self._rows: dict[int, tuple[int, np.ndarray]] = {}
        self._drops: list[tuple[int, int]] = []
        self._next = 1

    def add(self, ids, vectors) -> None:
        self.remove(ids)
        for photo_id, vector in zip(ids, vectors, strict=True):
            self._rows[int(photo_id)] = (self._next, np.asarray(vector, np.float16))
            self._next += 1

    def remove(self, ids) -> None:
        for photo_id in ids:
            old = self._rows.pop(int(photo_id), None)
            if old is not None:
                self._drops.append((len(self._drops) + 1, old[0]))

    def after(self, seq, limit):
        rows = sorted((row[0], photo_id, row[1]) for photo_id, row in self._rows.items() if row[0] > seq)[:limit]
        vectors = np.array([row[2] for row in rows], np.float16).reshape(len(rows), DIM)
        return np.array([r[0] for r in rows], np.int64), np.array([r[1] for r in rows], np.int64), vectors

    def dropped_after(self, seq):
        drops = [drop for drop in self._drops if drop[0] > seq]
        return np.array([d[0] for d in drops], np.int64), np.array([d[1] for d in drops], np.int64)


def directions(count: int, dim: int = DIM, seed: int = 0) -> np.ndarray:
    """float32, shape (count, dim): unit vectors that point anywhere."""
    drawn = np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
