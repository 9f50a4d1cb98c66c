"""The rows of the sidebar as plain values: where each leads, what it says, what stands below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from PySide6.QtCore import QCoreApplication

from app.core.query import Scope
from app.core.types import Folder, Kind, Place, SavedSearch
from app.library.find.questions import from_json
from app.ui import wording

_MOST_TAGS = 15
_MOST_CITIES = 20
"""In one country; the search knows all of them."""

_KIND_ICONS = {
    Kind.PHOTO: "image",
    Kind.VIDEO: "film",
    Kind.LIVE: "circle-dot",
    Kind.ANIMATION: "clapperboard",
    Kind.RAW: "aperture",
    Kind.PANORAMA: "gallery-horizontal",
    Kind.SCREENSHOT: "smartphone",
    Kind.DOCUMENT: "file-text",
}

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class Entry:
    """A row: where it leads, how it looks. With neither ``scope`` nor ``saved`` it is the heading of a section."""

    text: str
    icon: str = ""
    scope: Scope | None = None
    count: int | None = None
    folder: Folder | None = None
    is_offline: bool = False
    below: tuple[Entry, ...] = ()
    saved: SavedSearch | None = None

    section: str = ""
    """Of a heading below which rows can be put away: its name, in no language."""

    @property
    def is_heading(self) -> bool:
        return self.scope is None and self.saved is None

    @property
    def tip(self) -> str:
        """What does not fit into the row: where a folder lies, what a saved search asks."""
        if self.folder is not None:
            return str(self.folder.path)
        if self.saved is None:
            return ""
        asked = _asked(self.saved)
        return self.saved.name if asked in ("", self.saved.name) else f"{self.saved.name}\n{asked}"

    @property
    def key(self) -> object:
        """What the row is known by: the part of the library that it leads to, or the saved search's id."""
        return self.scope if self.saved is None else self.saved.search_id


def _asked(saved: SavedSearch) -> str:
    """In words; "" where it asks in none, or in a way that this program does not know."""
    try:
        return from_json(saved.question).text.strip()
    except ValueError:
        return ""


def library_entries(counts: Mapping[str, int]) -> list[Entry]:
    """``counts`` of photos, favourites and recent ones, where they are known."""
    return [
        Entry(translate("sidebar", "Library")),
        Entry(translate("sidebar", "All photos"), "images", Scope(), counts.get("photos")),
        Entry(translate("sidebar", "Favourites"), "heart", Scope(is_favourite=True), counts.get("favourites")),
        Entry(translate("sidebar", "Recently added"), "clock", Scope(is_recent=True), counts.get("recent")),
    ]


def saved_entries(saved: Sequence[SavedSearch], counts: Mapping[int, int | None]) -> list[Entry]:
    """Saved searches in their order, each with its number of photos, where that is known."""
    rows = [Entry(each.name, "bookmark", count=counts.get(each.search_id), saved=each) for each in saved]
    return [Entry(translate("sidebar", "Saved searches"), section="saved"), *rows] if rows else []


def folders_heading() -> Entry:
    """Above the folders."""
    return Entry(translate("sidebar", "Folders"), section="folders")


def folder_entry(folder: Folder) -> Entry:
    """One folder, without those in it."""
    return Entry(
        folder.name or str(folder.path),
        "hard-drive" if folder.is_offline else "folder",
        Scope(folder_id=folder.folder_id),
        folder.photo_count,
        folder,
        folder.is_offline,
    )


def place_entries(places: Sequence[tuple[Place, int]]) -> list[Entry]:
    """A row for each country, and below it its cities."""
    rows = []
    for (code, name), found in groupby(places, lambda each: (each[0].country_code, each[0].country)):
        cities = list(found)
        below = tuple(
            Entry(place.city or place.region, "map-pin", Scope(place=place), count)
            for place, count in cities[:_MOST_CITIES]
            if place.city or place.region
        )
        whole = Scope(place=Place("", "", name, code))
        rows.append(Entry(name, "map-pin", whole, sum(count for _, count in cities), below=below))
    return [Entry(translate("sidebar", "Places"), section="places"), *rows] if rows else []


def kind_entries(kinds: Mapping[Kind, int]) -> list[Entry]:
    """Nothing where all photos are plain ones: then the kinds tell nothing."""
    if not kinds.keys() - {Kind.PHOTO}:
        return []
    rows = [
        Entry(wording.kinds(kind), icon, Scope(kind=kind), kinds[kind])
        for kind, icon in _KIND_ICONS.items()
        if kind in kinds
    ]
    return [Entry(translate("sidebar", "Kinds"), section="kinds"), *rows]


def tag_entries(tags: Sequence[tuple[str, int]]) -> list[Entry]:
    """``tags``: name and count, most used first."""
    rows = [Entry(name, "tag", Scope(tag=name), count) for name, count in tags[:_MOST_TAGS]]
    return [Entry(translate("sidebar", "Tags"), section="tags"), *rows] if rows else []
