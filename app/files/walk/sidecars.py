"""Says by names alone which photo of a folder a sidecar belongs to; what is in it is read elsewhere.

Programs write ``name.xmp`` (Adobe; AAE by Apple) or ``name.ext.xmp`` (darktable, digiKam; and its second version
``name_01.ext.xmp``). Google Takeout writes ``name.ext.supplemental-metadata.json``, formerly ``name.ext.json``, cut off
where the whole would be longer than 51 characters, and for ``name(1).ext`` ``name.ext.supplemental-metadata(1).json``.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, TypeVar

from app.files.walk import formats

K = TypeVar("K", bound=Hashable)

_TAKEOUT = ".supplemental-metadata"
_CUT_AT = 45
"""Takeout's names are cut at 46 characters before ``.json``; some counted one less."""

_NUMBERED = re.compile(r"(.*)\((\d+)\)", re.DOTALL)
_SECOND_VERSION = re.compile(r"(.+)_\d\d(\.[^.]+)", re.DOTALL)
_APPLE = re.compile(r"img_[eo](\d{4}.*)", re.DOTALL)


def is_sidecar(name: bytes) -> bool:
    """Whether a file of this suffix may be a sidecar."""
    return formats.kind_of(name) == formats.SIDECAR or name[-5:].lower() == b".json"


def folded(name: bytes) -> str:
    """A name as names are compared: without case, and composed, since macOS takes letters and their accents apart."""
    text = name.decode("utf-8", "surrogateescape")
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text.casefold())


class Owner(NamedTuple):
    """A picture, raw or video that a sidecar may be about.

    Attributes:
        photo: the number of its photo.
        name: as it is.
        text: the folded name.
        version: its folded stem without marks of an edit.
    """

    photo: int
    name: bytes
    text: str
    version: str
    is_raw: bool


class Finder:
    """Finds the photo of each sidecar of one folder."""

    def __init__(self, owners: Sequence[Owner]) -> None:
        self._owners = owners
        self._exact = {owner.name: owner.photo for owner in owners}

    def photo_of(self, name: bytes) -> int | None:
        """The number of the photo that a sidecar belongs to; None where it belongs to none, or where several fit."""
        if name[-5:].lower() == b".json":
            return self._of_export(folded(name[:-5]))
        base = name.rpartition(b".")[0]
        if base in self._exact:
            return self._exact[base]
        text = folded(base)
        second = _SECOND_VERSION.fullmatch(text)
        apple = _APPLE.fullmatch(text)
        places = (
            self._by_name.get(text),
            self._by_name.get(second[1] + second[2]) if second else None,
            self._raw_by_stem.get(text),
            self._by_stem.get(text),
            self._by_version.get(f"img_{apple[1]}" if apple else text),
        )
        return next((min(found) for found in places if found), None)

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        return _listed((owner.text, owner.photo) for owner in self._owners)

    @cached_property
    def _by_stem(self) -> dict[str, list[int]]:
        return _listed((owner.text.rpartition(".")[0], owner.photo) for owner in self._owners)

    @cached_property
    def _raw_by_stem(self) -> dict[str, list[int]]:
        return _listed((owner.text.rpartition(".")[0], owner.photo) for owner in self._owners if owner.is_raw)

    @cached_property
    def _by_version(self) -> dict[str, list[int]]:
        return _listed((owner.version, owner.photo) for owner in self._owners)

    @cached_property
    def _exported(self) -> dict[tuple[str, str], list[int]]:
        """By the titles and numbers under which Takeout knows them."""
        return _listed(
            (title, owner.photo)
            for owner in self._owners
            # An edited picture has the JSON of what it was before.
            for name in {owner.text, f"{owner.version}.{owner.text.rpartition('.')[2]}"}
            for title in _titles(name)
        )

    @cached_property
    def _sorted_titles(self) -> list[tuple[str, str]]:
        return sorted(self._exported)

    def _of_export(self, text: str) -> int | None:
        for title, number in _titles(text):
            for cut in range(len(_TAKEOUT) + 1):
                whole = title[: len(title) - cut]
                if title.endswith(_TAKEOUT[:cut]) and (found := self._exported.get((whole, number))):
                    return min(found)
        # Takeout's oldest exports: the JSON of name.jpg is name.json.
        fitting = set(self._of_cut(text)) or set(self._by_stem.get(text, ()))
        return fitting.pop() if len(fitting) == 1 else None

    def _of_cut(self, text: str) -> Iterator[int]:
        """Of a title that was cut off itself: all photos whose name begins so."""
        for title, number in _titles(text):
            if max(len(title), len(title.encode("utf-8", "surrogateescape"))) < _CUT_AT:
                continue
            for at in range(bisect_left(self._sorted_titles, (title, "")), len(self._sorted_titles)):
                if not self._sorted_titles[at][0].startswith(title):
                    break
                if self._sorted_titles[at][1] == number:
                    yield from self._exported[self._sorted_titles[at]]


def _listed(pairs: Iterable[tuple[K, int]]) -> dict[K, list[int]]:
    found: dict[K, list[int]] = {}
    for key, photo in pairs:
        found.setdefault(key, []).append(photo)
    return found


def _titles(name: str) -> Iterator[tuple[str, str]]:
    """A name, and the number that makes it differ from others: ``a(1).jpg`` is ``a.jpg`` and 1."""
    yield name, ""
    stem, dot, suffix = name.rpartition(".")
    if dot and (found := _NUMBERED.fullmatch(stem)):
        yield f"{found[1]}.{suffix}", found[2]
    if found := _NUMBERED.fullmatch(name):
        yield found[1], found[2]
