"""Fetches a model file by file: resumes after a cut or a restart, checks every byte, and only then calls it a model."""

from __future__ import annotations

import shutil
import time
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NoReturn

from app.core.errors import DownloadFailed, DownloadTrouble
from app.core.models import (
    Checking,
    Converting,
    Downloaded,
    DownloadFact,
    Downloading,
    PublishedFile,
    PublishedModel,
    Retrying,
)
from app.vision.checkpoints.checking import check_model
from app.vision.checkpoints.pickled import convert_pickled
from app.vision.downloads.hub import Listing, RemoteFile
from app.vision.downloads.parts import Part, Wanted, sha256_of
from app.vision.downloads.serving import declare_served
from app.vision.downloads.store import ModelStore, disk_errors, write_marker

PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Before each further try; what brings nothing new after the last one ends the download."""
_PAUSES_TO_LIST = 2
"""Of these for the first question: whoever is offline is told soon."""
_LONGEST_WAIT_S = 60.0
"""A hub that wants us to wait longer is told to the person instead."""
_STEP_S = 0.25
"""Facts come about this often while bytes come or a pause lasts, so that a download can be cancelled."""
_SPEED_OVER_S = 5.0
_HEADROOM_BYTES = 64 * 1024 * 1024
_PASSING = (
    DownloadTrouble.UNREACHABLE,
    DownloadTrouble.TIMED_OUT,
    DownloadTrouble.CUT,
    DownloadTrouble.BUSY,
    DownloadTrouble.HUB_FAILED,
)


def download(
    store: ModelStore, model: PublishedModel, *, pauses_s: Sequence[float] = PAUSES_S
) -> Generator[DownloadFact, None, None]:
    """Fetch a model into the store. Cancelled (closed) or killed at any moment, the next call goes on from there.

    Args:
        store: where it goes, and the hub that has it.
        model: one of the store's.
        pauses_s: before the second, third, … try of what failed for a passing reason.

    Yields:
        Downloading, Checking, Retrying, Converting; Downloaded last.

    Raises:
        DownloadFailed, DiskFull: what came so far is kept (but for wrong bytes), and the folder is no model.
        ModelUnusable: all files came as promised, and Oriel can't use them; see ``inspect`` and ``convert_pickled``.
        OutOfMemory: for the conversion.
    """
    started, folder = time.monotonic(), store.folder_of(model)
    if not store.state(model).is_installed:
        with store.locked(model), disk_errors(folder, store.hub):
            # Asked again: another program may have ended its download meanwhile.
            if not store.state(model).is_installed:
                yield from _Download(store, model, pauses_s).run()
    yield Downloaded(folder, store.state(model).bytes_here, time.monotonic() - started)


class _Meter:
    """How far the whole download is, and how fast it goes."""

    def __init__(self, total_bytes: int) -> None:
        self._total_bytes = total_bytes
        self._recent: deque[tuple[float, int]] = deque()
        self._told_at = float("-inf")
        self.finished_bytes = 0
        """Of files that are done."""

    @property
    def is_due(self) -> bool:
        return time.monotonic() - self._told_at >= _STEP_S

    def count(self, new_bytes: int) -> None:
        now = time.monotonic()
        self._recent.append((now, new_bytes))
        while now - self._recent[0][0] > _SPEED_OVER_S:
            self._recent.popleft()

    def downloading(self, part: Part) -> Downloading:
        self._told_at = time.monotonic()
        span = self._told_at - self._recent[0][0] if self._recent else 0.0
        speed = sum(new for _, new in self._recent) / span if span > _STEP_S else 0.0
        return Downloading(part.wanted.name, self._done(part), self._total_bytes, speed)

    def checking(self, part: Part) -> Checking:
        return Checking(part.wanted.name, self._done(part), self._total_bytes)

    def _done(self, part: Part) -> int:
        return self.finished_bytes + min(part.done, part.wanted.size_bytes)


class _Download:
    """One model's download, under its lock."""

    def __init__(self, store: ModelStore, model: PublishedModel, pauses_s: Sequence[float]) -> None:
        self._store, self._hub = store, store.hub
        self._model = model
        self._folder = store.folder_of(model)
        self._pauses_s = pauses_s
        self._repository, self._commit = str(model.repository), str(model.commit)

    def run(self) -> Iterator[DownloadFact]:
        listing = yield from self._list()
        wanted = [self._wanted(file, listing.files.get(file.name)) for file in self._model.files]
        self._folder.mkdir(exist_ok=True)
        self._drop_strangers(wanted)
        self._demand_room(wanted)
        meter = _Meter(sum(each.size_bytes for each in wanted))
        files: dict[str, Mapping[str, object]] = {}
        for each in wanted:
            sha256 = yield from self._fetch(each, meter)
            files[each.name] = {"size_bytes": each.size_bytes, "sha256": sha256}
            meter.finished_bytes += each.size_bytes
        yield from self._convert(files)
        check_model(self._folder, self._model.kind)
        write_marker(self._folder, self._model, files)
        if self._model.serves:
            declare_served(self._store, self._model)
        if self._model.pickled is not None:
            # Only now: without it, and without the marker, a killed program would have to fetch it again.
            (self._folder / self._model.pickled.name).unlink()

    def _convert(self, files: dict[str, Mapping[str, object]]) -> Iterator[DownloadFact]:
        """Where the weights came as a pickle: safetensors in its stead."""
        pickled = self._model.pickled
        if pickled is None:
            return
        told = files.pop(pickled.name)
        fact = Converting(pickled.name, int(str(told["size_bytes"])))
        yield fact
        steps = convert_pickled(self._folder, str(told["sha256"]))
        made = yield from _telling(fact, steps)
        files[made.name] = {"size_bytes": made.stat().st_size, "sha256": sha256_of(made)}

    def _list(self) -> Generator[DownloadFact, None, Listing]:
        tries = 0
        while True:
            try:
                return self._hub.listing(self._repository, self._commit)
            except DownloadFailed as error:
                tries += 1
                yield from self._pause(error, tries, self._pauses_s[:_PAUSES_TO_LIST])

    def _wanted(self, file: PublishedFile, remote: RemoteFile | None) -> Wanted:
        """Raises DownloadFailed: the hub has no such file, or another one than we know."""
        if remote is None:
            self._fail(DownloadTrouble.NOT_FOUND, file.name)
        if file.size_bytes not in (None, remote.size_bytes) or (
            file.sha256 and remote.sha256 and file.sha256 != remote.sha256
        ):
            self._fail(DownloadTrouble.OTHER_CONTENT, file.name)
        if file.sha256 is None and remote.sha256 is None and remote.git_blob is None:
            self._fail(DownloadTrouble.ODD_ANSWER, file.name)
        return Wanted(file.name, remote.size_bytes, file.sha256 or remote.sha256, remote.git_blob)

    def _drop_strangers(self, wanted: Sequence[Wanted]) -> None:
        """What an older version of the model left: its files would stand among the new ones."""
        own = {path for each in wanted for path in (each.part(self._folder), self._folder / each.name)}
        for path in [path for path in self._folder.rglob("*") if path.is_file() and path not in own]:
            path.unlink()

    def _demand_room(self, wanted: Sequence[Wanted]) -> None:
        there = sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file())
        # A pickle and the safetensors made of it lie side by side for a while.
        twice = sum(each.size_bytes for each in wanted if self._model.pickled and each.name == self._model.pickled.name)
        needed = sum(each.size_bytes for each in wanted) + twice - there + _HEADROOM_BYTES
        free = shutil.disk_usage(self._folder).free
        if needed > free:
            self._fail(DownloadTrouble.NO_ROOM, self._folder, needed_bytes=needed, free_bytes=free)

    def _fetch(self, wanted: Wanted, meter: _Meter) -> Generator[DownloadFact, None, str]:
        """One file, whole and right, under its own name; gives its sha256. Wrong bytes get a second chance."""
        final = self._folder / wanted.name
        part = Part(wanted.part(self._folder), wanted)
        if final.exists():
            # A program was killed before it wrote the marker: looked at like any other part.
            final.replace(part.path)
        for _ in part.take_stock():
            yield meter.checking(part)
        for _ in range(2):
            yield from self._fill(part, meter)
            if part.fits:
                part.path.replace(final)
                return part.sha256
            part.empty()
        part.path.unlink()
        self._fail(DownloadTrouble.WRONG_CONTENT, wanted.name)

    def _fill(self, part: Part, meter: _Meter) -> Iterator[DownloadFact]:
        """Go on with the part until it has its length, through cuts and pauses."""
        furthest, tries = part.done, 0
        while not part.is_full:
            failure = self._failure(DownloadTrouble.CUT, part.wanted.name)
            try:
                yield from self._read(part, meter)
            except DownloadFailed as error:
                failure = error
            if not part.is_full:
                # A hub that always ignores where to begin, and always cuts, brings nothing new.
                tries = 1 if part.done > furthest else tries + 1
                furthest = max(furthest, part.done)
                yield from self._pause(failure, tries, self._pauses_s)

    def _read(self, part: Part, meter: _Meter) -> Iterator[DownloadFact]:
        with self._hub.open(self._repository, self._commit, part.wanted.name, start=part.done) as body:
            if body.start != part.done:
                part.empty()
            for new_bytes in part.append(body):
                meter.count(new_bytes)
                if meter.is_due:
                    yield meter.downloading(part)
        yield meter.downloading(part)

    def _pause(self, error: DownloadFailed, tries: int, pauses_s: Sequence[float]) -> Iterator[DownloadFact]:
        """Wait before the next try, in steps; or raise, where another try is of no use."""
        asked = error.fields.get("wait_s")
        asked_s = float(asked) if isinstance(asked, int | float) else 0.0
        if error.trouble not in _PASSING or tries > len(pauses_s) or asked_s > _LONGEST_WAIT_S:
            raise error
        until = time.monotonic() + max(pauses_s[tries - 1], asked_s)
        while True:
            left_s = max(0.0, until - time.monotonic())
            yield Retrying(error, left_s)
            if not left_s:
                return
            time.sleep(min(_STEP_S, left_s))

    def _fail(self, trouble: DownloadTrouble, what: object, **fields: object) -> NoReturn:
        raise self._failure(trouble, what, **fields)

    def _failure(self, trouble: DownloadTrouble, what: object, **fields: object) -> DownloadFailed:
        return DownloadFailed(trouble=trouble, address=self._hub.endpoint, what=what, **fields)


def _telling(fact: Converting, steps: Generator[None, None, Path]) -> Generator[DownloadFact, None, Path]:
    """The same fact at each step, so that a download can be cancelled there."""
    with closing(steps):
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return Path(end.value)
            yield fact
