"""One program at a time runs the models on a library: a lock that dies with its owner."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from app.core.errors import CatalogUnavailable, DiskFull, ModelsBusy


class ModelsLock:
    """Held for one step at a time, so that window and terminal take turns and neither waits for the other's end.

    The operating system frees the lock when its owner dies, however it dies.
    """

    def __init__(self, library: Path) -> None:
        # thread_local=False: one lock for all threads of this program; re-entrant within it.
        self._path = library / "models.lock"
        self._lock = FileLock(self._path, thread_local=False)

    @contextmanager
    def step(self, timeout_s: float = 0.5) -> Iterator[None]:
        """Hold the lock for one batch.

        Raises:
            ModelsBusy: another program held it for ``timeout_s`` seconds.
            DiskFull, CatalogUnavailable: its file can't be made or opened.
        """
        try:
            self._lock.acquire(timeout=timeout_s)
        except Timeout as error:
            raise ModelsBusy from error
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise DiskFull(path=self._path) from error
            raise CatalogUnavailable(path=self._path, detail=error.strerror or str(error)) from error
        try:
            yield
        finally:
            self._lock.release()
