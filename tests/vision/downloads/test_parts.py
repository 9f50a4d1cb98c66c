"""What has come of a file, and when it is enough."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.vision.downloads.parts import Part, Wanted
from tests.small_hub import git_blob

DATA = bytes(range(256)) * 4


def part_of(folder: Path, *, sha256: str | None = None, blob: str | None = None) -> Part:
    wanted = Wanted("deep/in/model.bin", len(DATA), sha256, blob)
    return Part(wanted.part(folder), wanted)


def test_both_hashes_are_asked_where_both_are_known(tmp_path: Path) -> None:
    right, wrong = hashlib.sha256(DATA).hexdigest(), "0" * 64
    for sha256, blob, fits in (
        (right, None, True),
        (None, git_blob(DATA), True),
        (right, git_blob(DATA), True),
        (wrong, git_blob(DATA), False),
        (right, git_blob(DATA + b"!"), False),
    ):
        part = part_of(tmp_path, sha256=sha256, blob=blob)
        part.empty()
        list(part.append([DATA[:100], DATA[100:]]))
        assert (part.is_full, part.fits) == (True, fits)


def test_what_an_earlier_program_left_is_hashed_and_gone_on_with(tmp_path: Path) -> None:
    sha256 = hashlib.sha256(DATA).hexdigest()
    list(part_of(tmp_path, sha256=sha256).append([DATA[:700]]))
    part = part_of(tmp_path, sha256=sha256)
    assert list(part.take_stock()) == [700]
    assert not part.is_full
    list(part.append([DATA[700:]]))
    assert part.fits
    assert part.path.read_bytes() == DATA


def test_what_had_come_before_a_cut_is_kept(tmp_path: Path) -> None:
    def cut() -> Iterator[bytes]:
        yield DATA[:300]
        raise ConnectionError

    part = part_of(tmp_path, sha256="0" * 64)
    with pytest.raises(ConnectionError):
        list(part.append(cut()))
    assert part.done == part.path.stat().st_size == 300


def test_a_hub_that_never_ends_does_not_fill_the_disk(tmp_path: Path) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield DATA

    part = part_of(tmp_path, sha256=hashlib.sha256(DATA).hexdigest())
    list(part.append(endless()))
    assert part.path.stat().st_size == len(DATA) + 1
    assert part.is_full
    assert not part.fits


def test_a_part_is_named_by_what_it_will_be(tmp_path: Path) -> None:
    one, other = part_of(tmp_path, sha256="1" * 64), part_of(tmp_path, blob="2" * 40)
    assert one.path != other.path
    assert one.path.name == f"model.bin.{'1' * 16}.part"
