"""Walks a folder and says which photos are in it, opening none of their files."""

from __future__ import annotations

import errno
import fnmatch
import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.core.errors import PathMissing
from app.core.types import FoundFile, FoundPhoto
from app.files.walk import formats
from app.files.walk.ignoring import (
    IGNORE_FILE,
    NO_MEDIA,
    PHOTOS_ORIGINALS,
    Ignoring,
    is_photos_library,
)
from app.files.walk.online import is_online_only
from app.files.walk.pairing import may_belong, pair
from app.files.walk.volumes import volume_of

__all__ = ["HIDDEN", "FoundFolder", "LeftOut", "found_file", "found_folder", "volume_of", "walk"]

HIDDEN = "hidden"
IGNORED = "ignored"
SPECIAL = "special"

_NO_RULES = Ignoring()

_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
"""Deleted since it was listed, or a link that leads nowhere or to itself."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundFolder:
    """One folder of a walk.

    Attributes:
        relative: path below the root, "/" between parts, b"" for the root itself.
        photos: what is in it, by the shown file's name.
        left_out: how many entries were passed over, by kind ("video": 312, "hidden": 4, "ignored": 2).
        ignored: names of the files and folders in it that a person's patterns leave out: they are there, but not
            wanted. With b"" in it, all of the folder is.
        error: the folder, or some of it, could not be listed: that a file is not in ``photos`` then means
            nothing.
    """

    relative: bytes
    photos: list[FoundPhoto] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    ignored: set[bytes] = field(default_factory=set)
    error: OSError | None = None

    @property
    def files(self) -> list[FoundFile]:
        """The files of all photos, by name."""
        return sorted((file for photo in self.photos for file in photo.files), key=lambda file: file.name)


class LeftOut:
    """The names of hidden and system files and folders."""

    def __init__(self, patterns: list[str]) -> None:
        self._of_files = _matcher([pattern for pattern in patterns if not pattern.endswith("/")])
        self._of_folders = _matcher([pattern.rstrip("/") for pattern in patterns])

    @classmethod
    def read(cls, path: Path) -> LeftOut:
        """Read a list: one pattern a line, folders with a "/" at the end, "# " for remarks."""
        lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
        return cls([line for line in lines if line and not line.startswith("# ") and line != "#"])

    def has_file(self, name: bytes) -> bool:
        return self._of_files(os.fsdecode(name)) is not None

    def has_folder(self, name: bytes) -> bool:
        return self._of_folders(os.fsdecode(name)) is not None


def _matcher(patterns: list[str]) -> Callable[[str], object]:
    joined = "|".join(fnmatch.translate(pattern) for pattern in patterns) or r"(?!)"
    return re.compile(joined, re.IGNORECASE).match


def _nothing(_relative: bytes) -> bool:
    return False


def walk(
    root: Path,
    *,
    start: bytes = b"",
    left_out: LeftOut,
    is_excluded: Callable[[bytes], bool] = _nothing,
    ignoring: Ignoring = _NO_RULES,
) -> Iterator[FoundFolder]:
    """Walk a folder from the top, folders and files by name.

    Links to folders are not followed, so a walk always ends. Links to files count as files.

    Args:
        root: the folder; need not exist.
        start: a folder in it, relative to it, to walk instead of all; what lies above it still says what is ignored.
        left_out: names that are passed over and counted as "hidden"; the root's own name is not asked.
        is_excluded: asked with a folder's relative path; such a folder is passed over with all below it,
            uncounted.
        ignoring: a person's patterns; those of ignore files on the way are added.

    Yields:
        Every folder once, also where nothing is in it. A folder that can't be listed, and a root that is not
        there, have ``error``.
    """
    top = os.fsencode(root)
    rules, is_unwanted = _rules_above(top, start, ignoring)
    if is_unwanted:
        yield FoundFolder(start, ignored={b""})
        return
    waiting = [(start, rules)]
    while waiting:
        relative, rules = waiting.pop()
        if relative and is_excluded(relative):
            continue
        listing = _Listing(top, relative, left_out, rules)
        yield listing.read()
        waiting.extend((below, listing.rules) for below in sorted(listing.below, reverse=True))


def _rules_above(top: bytes, start: bytes, rules: Ignoring) -> tuple[Ignoring, bool]:
    """What holds in a folder by what lies above it, and whether it is left out altogether."""
    parts = start.split(b"/") if start else []
    for depth, name in enumerate(parts):
        relative = b"/".join(parts[:depth])
        path = os.path.join(top, relative) if relative else top  # noqa: PTH118 (bytes)
        rules = rules.with_file(relative, os.path.join(path, IGNORE_FILE))  # noqa: PTH118
        below = b"/".join([*parts[:depth], name])
        if os.path.lexists(os.path.join(path, NO_MEDIA)) or rules.has(below, is_folder=True):  # noqa: PTH118
            return rules, True
    return rules, False


def found_folder(folder: Path, *, left_out: LeftOut) -> FoundFolder:
    """One folder as a walk would have found it, without those below it and without a person's patterns."""
    return _Listing(os.fsencode(folder), b"", left_out, _NO_RULES).read()


class _Listing:
    """One folder being listed. ``below``: the folders in it that are to be walked, under ``rules``."""

    def __init__(self, top: bytes, relative: bytes, left_out: LeftOut, rules: Ignoring) -> None:
        self.below: list[bytes] = []
        self.rules = rules
        self._path = os.path.join(top, relative) if relative else top  # noqa: PTH118 (bytes)
        self._left_out = left_out
        self._found = FoundFolder(relative)
        self._files: list[FoundFile] = []
        self._is_package = is_photos_library(os.path.basename(self._path))  # noqa: PTH119 (bytes)

    def read(self) -> FoundFolder:
        error: OSError | None = None
        try:
            with os.scandir(self._path) as listed:
                entries = list(listed)
            self._take_rules({entry.name for entry in entries})
            for entry in entries:
                error = self._take(entry) or error
        except OSError as failure:
            error = failure
        photos, single = pair(self._files)
        self._found.left_out.update(formats.kind_of(file.name) for file in single)
        return replace(self._found, photos=photos, error=error)

    def _take_rules(self, names: set[bytes]) -> None:
        """What lies in the folder may say that it, or some of it, is not for galleries."""
        if NO_MEDIA in names:
            self._found.ignored.add(b"")
        if IGNORE_FILE in names:
            path = os.path.join(self._path, IGNORE_FILE)  # noqa: PTH118 (bytes)
            self.rules = self.rules.with_file(self._found.relative, path)

    def _take(self, entry: os.DirEntry[bytes]) -> OSError | None:
        """Put one entry where it belongs; the error that kept it from being looked at, if it is still there."""
        try:
            if entry.is_dir(follow_symlinks=False):
                self._take_folder(entry)
            else:
                self._take_file(entry)
        except OSError as error:
            return None if error.errno in _NOT_THERE else error
        return None

    def _take_folder(self, entry: os.DirEntry[bytes]) -> None:
        is_photos_own = self._is_package and entry.name.lower() not in PHOTOS_ORIGINALS
        if is_photos_own or self._left_out.has_folder(entry.name) or _is_marked(entry.stat(follow_symlinks=False)):
            self._found.left_out[HIDDEN] += 1
        elif self._is_ignored(entry.name, is_folder=True):
            self._ignore(entry.name)
        else:
            self.below.append(self._below(entry.name))

    def _below(self, name: bytes) -> bytes:
        return self._found.relative + b"/" + name if self._found.relative else name

    def _is_ignored(self, name: bytes, *, is_folder: bool = False) -> bool:
        return b"" in self._found.ignored or self.rules.has(self._below(name), is_folder=is_folder)

    def _ignore(self, name: bytes) -> None:
        self._found.ignored.add(name)
        self._found.left_out[IGNORED] += 1

    def _take_file(self, entry: os.DirEntry[bytes]) -> None:
        found = self._found
        if self._left_out.has_file(entry.name) or self._is_package:
            found.left_out[HIDDEN] += 1
            return
        if entry.is_symlink() and entry.is_dir():
            found.left_out["link"] += 1
            return
        if not may_belong(entry.name):
            found.left_out[formats.kind_of(entry.name)] += 1
            return
        if self._is_ignored(entry.name):
            self._ignore(entry.name)
            return
        status = entry.stat()
        if not stat.S_ISREG(status.st_mode):
            found.left_out[SPECIAL] += 1
        elif _is_marked(status):
            found.left_out[HIDDEN] += 1
        else:
            self._files.append(_found(entry.name, status))


def _found(name: bytes, status: os.stat_result) -> FoundFile:
    return FoundFile(name, status.st_size, status.st_mtime_ns, is_online_only(status))


def _is_marked(status: os.stat_result) -> bool:
    """Marked as hidden or system (Windows, macOS), or a Windows junction: a link that looks like a folder."""
    attributes = getattr(status, "st_file_attributes", 0)
    if getattr(status, "st_reparse_tag", 0) == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1):
        return True
    hidden = stat.FILE_ATTRIBUTE_HIDDEN | stat.FILE_ATTRIBUTE_SYSTEM
    return bool(attributes & hidden or getattr(status, "st_flags", 0) & stat.UF_HIDDEN)


def found_file(path: Path) -> FoundFile:
    """One file that a person named, as a walk would have found it; of any suffix.

    Raises:
        PathMissing: there is no regular file.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise PathMissing(path=path) from error
    if not stat.S_ISREG(status.st_mode):
        raise PathMissing(path=path)
    return _found(os.fsencode(path.name), status)
