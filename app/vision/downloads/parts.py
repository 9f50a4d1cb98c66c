"""A file that is on its way: what it must be in the end, and how much of it has come."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PART = ".part"
_CHUNK = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file with all that is known of it, by us and by the hub; at least one of the hashes is.

    Attributes:
        sha256: of the content.
        git_blob: git's SHA-1 over a header with the length, and the content.
    """

    name: str
    size_bytes: int
    sha256: str | None
    git_blob: str | None

    def part(self, folder: Path) -> Path:
        """Named by the content, so that a part of another version is never gone on with."""
        return folder / f"{self.name}.{(self.sha256 or self.git_blob or '')[:16]}{PART}"


class Part:
    """The file under its unfinished name, with the hashes of what it holds so far."""

    def __init__(self, path: Path, wanted: Wanted) -> None:
        self.path = path
        self.wanted = wanted
        self._forget()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    @property
    def is_full(self) -> bool:
        """It has its length, or more; whether that is right, ``fits`` tells."""
        return self.done >= self.wanted.size_bytes

    @property
    def fits(self) -> bool:
        """Each hash that is known agrees."""
        return self.wanted.sha256 in (None, self.sha256) and self.wanted.git_blob in (None, self._git.hexdigest())

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    def take_stock(self) -> Iterator[int]:
        """Hash what an earlier program left; yields how many bytes were looked at."""
        self._forget()
        with self.path.open("rb") as file:
            while data := file.read(_CHUNK):
                self._count(data)
                yield self.done

    def empty(self) -> None:
        """Begin again."""
        self._forget()
        self.path.write_bytes(b"")

    def append(self, pieces: Iterable[bytes]) -> Iterator[int]:
        """Write what comes; yields the length of each piece. What had come when the pieces break off is kept.

        More than the promised length is wrong and must not fill the disk: one byte of it is kept, which no hash fits.
        """
        with self.path.open("ab") as file:
            for piece in pieces:
                data = piece[: self.wanted.size_bytes + 1 - self.done]
                file.write(data)
                self._count(data)
                yield len(data)
                if self.done > self.wanted.size_bytes:
                    return
            file.flush()
            os.fsync(file.fileno())

    def _count(self, data: bytes) -> None:
        self._sha256.update(data)
        self._git.update(data)
        self.done += len(data)

    def _forget(self) -> None:
        self.done = 0
        self._sha256 = hashlib.sha256()
        # SHA-1 is git's choice; it guards against damage here, not against somebody who forges.
        self._git = hashlib.sha1(f"blob {self.wanted.size_bytes}\0".encode(), usedforsecurity=False)


def sha256_of(path: Path) -> str:
    """64 hex digits of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
