"""Paths as the catalogue stores them: bytes without loss, "/" between the parts, and a text to show beside them."""

from __future__ import annotations

import os
from pathlib import Path

ROOT_ITSELF = b""


def encoded(path: Path) -> bytes:
    """The path's bytes with "/" between its parts, whatever the system's separator is."""
    return os.fsencode(path.as_posix())


def joined(root: bytes, *parts: bytes) -> Path:
    """The path of a root, a folder in it and a name; empty parts (the root itself) are passed over."""
    inside = b"/".join(part for part in parts if part)
    if not inside:
        return Path(os.fsdecode(root))
    # The root of a disk ("/", "C:/") ends in its separator already.
    return Path(os.fsdecode(root.rstrip(b"/") + b"/" + inside))


def shown(raw: bytes) -> str:
    """Text to show and to search: what is not UTF-8 becomes U+FFFD, since SQLite refuses lone surrogates."""
    return raw.decode("utf-8", "replace")


def below(root: bytes, path: bytes) -> bytes | None:
    """Where ``path`` lies in ``root``: relative bytes, b"" for the root itself, None where it is outside."""
    root = root.rstrip(b"/")
    head, tail = os.path.normcase(path[: len(root)]), path[len(root) :]
    if head != os.path.normcase(root) or (tail and not tail.startswith(b"/")):
        return None
    return tail.strip(b"/")


def parent(relative: bytes) -> bytes:
    """The folder that a place lies in; of a root's own folder, that itself."""
    return relative.rpartition(b"/")[0]


def name(relative: bytes) -> bytes:
    """The last part of a place."""
    return relative.rpartition(b"/")[2]


def ancestors(relative: bytes) -> list[bytes]:
    """The folder itself and all above it, nearest first, the root (b"") last."""
    found = [relative]
    while found[-1]:
        found.append(parent(found[-1]))
    return found
