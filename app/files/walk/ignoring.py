"""Which folders and files a person leaves out: by patterns as in .gitignore, and by files that say so themselves."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore import GitIgnorePatternError

NO_MEDIA = b".nomedia"
"""Android's sign, an empty file: nothing in this folder and below it is for galleries."""
IGNORE_FILE = b".orielignore"
"""Patterns for the folder that it lies in and all below it."""

_LARGEST_BYTES = 256 << 10
_MOST_PATTERNS = 2000
_MOST_STARS = 3
"""In one name: each more makes the worst name for a pattern take a hundred times as long."""
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class _Layer:
    """The patterns of one file, which count from its own folder."""

    folder: str
    spec: GitIgnoreSpec


@dataclass(frozen=True, slots=True)
class Ignoring:
    """The patterns that hold in a folder, the deepest last; letters match in either case.

    Syntax and meaning are those of .gitignore: ``*.psd``, ``export/``, ``/only/here``, ``**/cache``, ``!but/this``.
    A deeper file has the last word over those above it.
    """

    layers: tuple[_Layer, ...] = ()

    @classmethod
    def of(cls, patterns: Iterable[str]) -> Ignoring:
        """A person's own patterns, which count from each folder of the library. Lines that are none are passed over."""
        return cls().with_patterns(b"", patterns)

    def with_patterns(self, folder: bytes, patterns: Iterable[str]) -> Ignoring:
        """The same with more patterns, for ``folder`` (relative to the walk) and below it."""
        kept = [line.casefold() for line in patterns if is_pattern(line)][:_MOST_PATTERNS]
        if not kept:
            return self
        return Ignoring((*self.layers, _Layer(_text(folder), GitIgnoreSpec.from_lines(kept))))

    def with_file(self, folder: bytes, path: bytes) -> Ignoring:
        """The same with the patterns of an ignore file; one that can't be read has none."""
        try:
            text = _read(path)
        except OSError:
            return self
        return self.with_patterns(folder, text.splitlines())

    def has(self, relative: bytes, *, is_folder: bool = False) -> bool:
        """Whether a folder or file, by its path relative to the walk, is left out."""
        if not self.layers:
            return False
        path = _text(relative) + ("/" if is_folder else "")
        for layer in reversed(self.layers):
            below = path[len(layer.folder) + 1 :] if layer.folder else path
            verdict = layer.spec.check_file(below).include
            if verdict is not None:
                return verdict
        return False


def is_pattern(line: str) -> bool:
    """Whether a line names something to leave out or to keep; remarks, blanks and nonsense do not."""
    if not line.strip() or line.startswith("#"):
        return False
    if any(part.count("*") > _MOST_STARS for part in line.split("/")):
        return False
    try:
        return any(pattern.include is not None for pattern in GitIgnoreSpec.from_lines([line]).patterns)
    except (GitIgnorePatternError, ValueError):
        return False


def is_in_photos_library(path: Path) -> bool:
    """Whether a file lies in the package of Apple Photos, whose files no other program may move or change."""
    return any(is_photos_library(os.fsencode(part)) for part in path.parts)


def is_photos_library(name: bytes) -> bool:
    """Whether a folder is the package of Apple Photos, by its name."""
    return name.lower().endswith(b".photoslibrary")


PHOTOS_ORIGINALS = frozenset({b"originals", b"masters"})
"""Where a package of Apple Photos keeps what a person gave it (today's and the older name); the rest is its own."""


def _read(path: bytes) -> str:
    """Never waits: what is named like an ignore file may be a pipe."""
    descriptor = os.open(path, _FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return ""
        return os.read(descriptor, _LARGEST_BYTES).decode("utf-8", "replace")
    finally:
        os.close(descriptor)


def _text(relative: bytes) -> str:
    return os.fsdecode(relative).casefold()
