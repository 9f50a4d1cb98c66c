"""Says which files of a folder are one photo, by their names and sizes alone.

A photo's shown file is the one that the camera rendered: of a raw and a JPEG (or HEIC) that one, of a Live Photo the
still, of an edited picture the edited one. Only files whose names say so are joined: two pictures of one stem
(``a.jpg``, ``a.png``) stay two photos, and a program's rendering of a raw (``a.cr2.jpg``) stays one of its own, since
it may be a small preview.

To add a way of naming: 1. for pictures and videos a line in ``_read_stem``, for sidecars one in ``sidecars.py``;
2. names that have it, and names that only look like it, in tests/files/test_pairing.py.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.core.types import FoundFile, FoundPhoto, Kind, Role
from app.files.walk import formats, sidecars

MOST_MOTION_BYTES = 16_000_000
"""Three seconds at 40 Mbit/s, more than any phone writes for a Live Photo: a larger video that shares a still's stem is
a video of its own. A smaller one that only happens to have the name is taken for the motion of that still."""

_RENDERED = ("heic", "heif", "hif", "jpg", "jpeg", "jpe")
"""What cameras and phones write beside a raw or a Live Photo's video, in the order in which one is preferred: where a
JPEG stands beside a HEIC of the same name, the JPEG is a conversion."""
_KINDS = {"raw": Kind.RAW, "video": Kind.VIDEO}
_MOVING = ("mov", "mp4", "m4v", "3gp", "mp")
"""Of a Live Photo, its export, or Google's motion photo (``.MP``), in the order in which one is preferred."""

# Google Photos adds the word in the language of the account.
_EDITED_WORDS = (
    "edited|bearbeitet|modifié|modificato|editado|editada|ha editado|editat|bewerkt|edytowane|redigerad|redigeret|"
    "redigert|muokattu|upraveno|upravené|szerkesztve|editată|editat|düzenlendi|изменено|измененный|отредактировано|"
    "відредаговано|επεξεργασμένο|編集済み|已编辑|已修改|編輯過|已編輯|수정됨|đã chỉnh sửa|diedit"
)
_EDITED = re.compile(rf"(.+)-(?:{_EDITED_WORDS})(\(\d+\))?", re.IGNORECASE)
_APPLE_EDITED = re.compile(r"img_e(\d{4})(?![0-9a-z])(.*)", re.DOTALL)
# Google's camera: PXL_….RAW-01.COVER.jpg with ….RAW-02.ORIGINAL.dng, or PORTRAIT with two JPEGs.
_COVER = re.compile(r"(.+\.[a-z_]+)-\d\d(?:\.mp)?\.(cover|original)", re.DOTALL)


@dataclass(slots=True)
class _Named:
    """A picture, raw or video with what its name says; not changed once made."""

    file: FoundFile
    text: str
    """The folded name."""
    stem: str
    """Without the marks of an edit, so that all versions of one shot share it."""
    is_edited: bool
    suffix: str
    sort: str
    """"rendered", "picture" (of another sort), "raw" or "video"."""


class _Joined:
    """A photo in the making."""

    def __init__(self, lead: _Named) -> None:
        self.lead = lead
        self.others: list[tuple[_Named, Role]] = []

    def add(self, named: _Named, role: Role) -> None:
        self.others.append((named, role))

    @property
    def all(self) -> list[_Named]:
        return [self.lead, *(named for named, _ in self.others)]

    def has_rendered(self, *, edited: bool) -> bool:
        return any(named.sort == "rendered" and named.is_edited is edited for named in self.all)


def pair(files: Iterable[FoundFile]) -> tuple[list[FoundPhoto], list[FoundFile]]:
    """Join the files of one folder to photos; the order in which they come does not matter.

    Returns:
        The photos by their shown file's name; the files that belong to none (sidecars of nothing, and what can't be
        shown by itself).
    """
    left: list[FoundFile] = []
    beside: list[FoundFile] = []
    by_stem: dict[str, list[_Named]] = {}
    for file in sorted(files, key=_name):
        named = _read(file)
        if named is not None:
            by_stem.setdefault(named.stem, []).append(named)
        else:
            (beside if sidecars.is_sidecar(file.name) else left).append(file)
    photos = [photo for alike in by_stem.values() for photo in _join(alike)]
    shown = [photo for photo in photos if _sort_of(photo.lead.suffix)[1]]
    left += [named.file for photo in photos if not _sort_of(photo.lead.suffix)[1] for named in photo.all]
    written = _sidecars_of(shown, beside, left) if beside else {}
    made = [_photo(photo, written.get(number, ())) for number, photo in enumerate(shown)]
    made.sort(key=lambda photo: photo.shown.name)
    return made, left


def may_belong(name: bytes) -> bool:
    """Whether a file of this suffix can be a photo, or belong to one."""
    suffix = name.rpartition(b".")[2].decode("utf-8", "replace").lower()
    return bool(_sort_of(suffix)[0]) or sidecars.is_sidecar(name)


def _name(file: FoundFile) -> bytes:
    return file.name


def _photo(joined: _Joined, written: Iterable[FoundFile]) -> FoundPhoto:
    kind = _KINDS.get(joined.lead.sort, Kind.PHOTO)
    if not joined.others and not written:
        return FoundPhoto(joined.lead.file, (), kind)
    others = [(named.file, role) for named, role in joined.others]
    return FoundPhoto(joined.lead.file, (*others, *((file, Role.SIDECAR) for file in written)), kind)


def _sidecars_of(
    photos: Sequence[_Joined], beside: Sequence[FoundFile], left: list[FoundFile]
) -> dict[int, list[FoundFile]]:
    """The sidecars of each photo, by its place; those of none go to ``left``."""
    finder = sidecars.Finder(
        [
            sidecars.Owner(number, named.file.name, named.text, named.stem, named.sort == "raw")
            for number, photo in enumerate(photos)
            for named in photo.all
        ]
    )
    found: dict[int, list[FoundFile]] = defaultdict(list)
    for file in beside:
        number = finder.photo_of(file.name)
        (left if number is None else found[number]).append(file)
    return found


def _read(file: FoundFile) -> _Named | None:
    """What the name says; None for what is neither picture nor raw nor video."""
    text = sidecars.folded(file.name)
    stem, _, suffix = text.rpartition(".")
    sort = _sort_of(suffix)[0] if stem else ""
    if not sort:
        return None
    stem, is_edited = _read_stem(stem, sort)
    return _Named(file, text, stem, is_edited, suffix, sort)


@lru_cache(maxsize=1024)
def _sort_of(suffix: str) -> tuple[str, bool]:
    """What a file of this suffix (lower case) is here, "" for none of ours; whether it is a photo by itself."""
    kind, is_member = formats.kind_of(f"a.{suffix}"), formats.is_member(f"a.{suffix}")
    if suffix in _RENDERED:
        return "rendered", is_member
    if kind in (formats.RAW, formats.VIDEO):
        return ("raw" if kind == formats.RAW else "video"), is_member
    return ("picture" if is_member else ""), is_member


def _read_stem(stem: str, sort: str) -> tuple[str, bool]:
    """The stem that all versions of one shot share, and whether this is an edited one."""
    if sort == "video":
        stem = stem.removesuffix("_hevc")  # icloudpd names the video of a HEIC so
    if stem.startswith("img_e") and (found := _APPLE_EDITED.fullmatch(stem)):
        return f"img_{found[1]}{found[2]}", True
    is_edited = False
    if "-" in stem:
        # A second one of the name: IMG_1-edited(1).jpg is of IMG_1(1).jpg.
        if found := _EDITED.fullmatch(stem):
            stem, is_edited = found[1] + (found[2] or ""), True
        elif found := _COVER.fullmatch(stem):
            stem, is_edited = found[1], found[2] == "cover"
    return (stem.removesuffix(".mp") if sort == "rendered" else stem), is_edited


def _join(alike: Sequence[_Named]) -> list[_Joined]:
    """Photos of the files that share a stem: pictures with what they were before an edit, then raws, then videos."""
    if len(alike) == 1:
        return [_Joined(alike[0])]
    pictures = _join_edited([named for named in alike if named.sort in ("rendered", "picture")])
    rendered = [photo for photo in pictures if any(named.sort == "rendered" for named in photo.all)]
    alone: list[_Joined] = []
    for raw in (named for named in alike if named.sort == "raw"):
        if photo := _best(rendered, raw):
            photo.add(raw, Role.TWIN)
        else:
            alone.append(_Joined(raw))
    videos = []
    for video in _preferred(named for named in alike if named.sort == "video"):
        photo = _best(rendered, video) if _may_be_motion(video) else None
        if photo and not any(role is Role.MOTION and n.is_edited is video.is_edited for n, role in photo.others):
            photo.add(video, Role.MOTION)
        else:
            videos.append(video)
    return [*pictures, *alone, *_join_edited(videos)]


def _join_edited(alike: Sequence[_Named]) -> list[_Joined]:
    """Each edited one takes what it was before, of the same suffix where there is one."""
    free = _preferred(named for named in alike if not named.is_edited)
    photos = []
    for edited in _preferred(named for named in alike if named.is_edited):
        photo = _Joined(edited)
        if free:
            before = min(free, key=lambda named: named.suffix != edited.suffix)
            free.remove(before)
            photo.add(before, Role.UNEDITED)
        photos.append(photo)
    return [*photos, *(_Joined(named) for named in free)]


def _best(photos: Sequence[_Joined], named: _Named) -> _Joined | None:
    """The photo that a raw or a video belongs to: whose name is the same to the letter, then the preferred one."""
    if not photos:
        return None
    stem = _plain_stem(named)
    return min(
        photos,
        key=lambda photo: (
            not photo.has_rendered(edited=named.is_edited),
            stem not in [_plain_stem(other) for other in photo.all],
            min(_preference(other) for other in photo.all),
        ),
    )


def _may_be_motion(video: _Named) -> bool:
    return video.suffix in _MOVING and video.file.size_bytes <= MOST_MOTION_BYTES


def _preferred(alike: Iterable[_Named]) -> list[_Named]:
    return sorted(alike, key=_preference)


def _preference(named: _Named) -> tuple[int, bytes]:
    ranks = _MOVING if named.sort == "video" else _RENDERED
    return (ranks.index(named.suffix) if named.suffix in ranks else len(ranks), named.file.name)


def _plain_stem(named: _Named) -> bytes:
    return named.file.name.rpartition(b".")[0]
