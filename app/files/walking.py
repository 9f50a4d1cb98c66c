"""Walks a folder and says which picture files are in it, opening none of them."""

from __future__ import annotations

import errno
import fnmatch
import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.core.errors import PathMissing
from app.core.types import FoundFile
from app.files import formats
from app.files.volumes import volume_of

__all__ = ["HIDDEN", "FoundFolder", "LeftOut", "found_file", "volume_of", "walk"]

HIDDEN = "hidden"
SPECIAL = "special"

_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
"""Deleted since it was listed, or a link that leads nowhere or to itself."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundFolder:
    """One folder of a walk.

    Attributes:
        relative: path below the root, "/" between parts, b"" for the root itself.
        files: the pictures in it, by name.
        left_out: how many entries were passed over, by kind ("video": 312, "hidden": 4).
        error: the folder, or some of it, could not be listed: that a file is not in ``files`` then means
            nothing.
    """

    relative: bytes
    files: list[FoundFile] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    error: OSError | None = None


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


def walk(root: Path, *, left_out: LeftOut, is_excluded: Callable[[bytes], bool] = _nothing) -> Iterator[FoundFolder]:
    """Walk a folder from the top, folders and files by name.

    Links to folders are not followed, so a walk always ends. Links to files count as files.

    Args:
        root: the folder; need not exist.
        left_out: names that are passed over and counted as "hidden"; the root's own name is not asked.
        is_excluded: asked with a folder's relative path; such a folder is passed over with all below it,
            uncounted.

    Yields:
        Every folder once, also where nothing is in it. A folder that can't be listed, and a root that is not
        there, have ``error``.
    """
    top = os.fsencode(root)
    waiting = [b""]
    while waiting:
        relative = waiting.pop()
        if relative and is_excluded(relative):
            continue
        folder, below = _list_folder(top, relative, left_out)
        yield folder
        waiting.extend(sorted(below, reverse=True))


def _list_folder(top: bytes, relative: bytes, left_out: LeftOut) -> tuple[FoundFolder, list[bytes]]:
    found = FoundFolder(relative)
    below: list[bytes] = []
    error: OSError | None = None
    try:
        with os.scandir(os.path.join(top, relative) if relative else top) as entries:  # noqa: PTH118 (bytes)
            for entry in entries:
                error = _take(entry, found, below, left_out) or error
    except OSError as failure:
        error = failure
    found.files.sort(key=lambda file: file.name)
    parent = relative + b"/" if relative else b""
    return FoundFolder(relative, found.files, found.left_out, error), [parent + name for name in below]


def _take(entry: os.DirEntry[bytes], found: FoundFolder, below: list[bytes], left_out: LeftOut) -> OSError | None:
    """Put one entry where it belongs; the error that kept it from being looked at, if it is still there."""
    try:
        if entry.is_dir(follow_symlinks=False):
            if left_out.has_folder(entry.name) or _is_marked(entry.stat(follow_symlinks=False)):
                found.left_out[HIDDEN] += 1
            else:
                below.append(entry.name)
        else:
            _take_file(entry, found, left_out)
    except OSError as error:
        return None if error.errno in _NOT_THERE else error
    return None


def _take_file(entry: os.DirEntry[bytes], found: FoundFolder, left_out: LeftOut) -> None:
    if left_out.has_file(entry.name):
        found.left_out[HIDDEN] += 1
        return
    if entry.is_symlink() and entry.is_dir():
        found.left_out["link"] += 1
        return
    kind = formats.kind_of(entry.name)
    if kind != formats.PICTURE:
        found.left_out[kind] += 1
        return
    status = entry.stat()
    if not stat.S_ISREG(status.st_mode):
        found.left_out[SPECIAL] += 1
    elif _is_marked(status):
        found.left_out[HIDDEN] += 1
    else:
        found.files.append(FoundFile(entry.name, status.st_size, status.st_mtime_ns))


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
    return FoundFile(os.fsencode(path.name), status.st_size, status.st_mtime_ns)
