"""Turns what is typed into questions after a short pause, and what is asked into chips."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.core.examples import Example, Picture
from app.core.types import FolderId, PhotoId
from app.ui import wording
from app.ui.timers import pausing
from app.ui.views import View

translate = QCoreApplication.translate

PAUSE_MS = 250


class Searching(QObject):
    """Waits until the person pauses; Enter waits for nothing."""

    asked = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._pause = pausing(self, PAUSE_MS, lambda: self.asked.emit(self._text))

    def type(self, text: str) -> None:
        """The text is this now. An emptied field needs no pause."""
        self._text = text
        if text.strip():
            self._pause.start()
        else:
            self._pause.stop()
            self.asked.emit("")

    def ask_now(self, text: str) -> None:
        self._text = text
        self._pause.stop()
        self.asked.emit(text)

    def drop(self) -> None:
        """Forget what was typed and not yet asked."""
        self._pause.stop()


def chips(view: View, folder_names: Mapping[FolderId, str], name_of: Callable[[PhotoId], str]) -> list[tuple[str, str]]:
    """What narrows the view, as key and text of chips."""
    found: list[tuple[str, str]] = []
    scope = view.scope
    if scope.folder_id is not None:
        unknown = translate("searching", "a folder that is gone") if folder_names else "…"
        name = folder_names.get(scope.folder_id, unknown)
        found.append(("folder", translate("searching", "in {name}").format(name=name)))
    if scope.tag is not None:
        found.append(("tag", translate("searching", "tag: {name}").format(name=scope.tag)))
    if scope.is_favourite:
        found.append(("favourite", translate("searching", "favourites")))
    if scope.is_recent:
        found.append(("recent", translate("searching", "recently added")))
    if scope.place is not None:
        found.append(("place", wording.place(scope.place)))
    if scope.kind is not None:
        found.append(("kind", wording.kinds(scope.kind)))
    together = len(view.examples) - _MOST_CHIPS + 1 if len(view.examples) > _MOST_CHIPS else 0
    if together:
        found.append((f"{FIRST}{together}", translate("searching", "{count} pictures").format(count=f"{together:,}")))
    for number in range(together, len(view.examples)):
        found.append((f"{EXAMPLE}{number}", _told(view.examples[number], name_of)))
    return found


EXAMPLE = "example "
"""Keys of pictures' chips begin so; their number follows."""
FIRST = "first "
"""The key of the chip for all but the newest pictures begins so, where there are many; how many they are follows."""
_MOST_CHIPS = 3
"""As many can be read side by side."""


def _told(example: Example, name_of: Callable[[PhotoId], str]) -> str:
    source = example.source
    known = source.name if isinstance(source, Picture) else name_of(source)
    name = known or translate("searching", "a photo that is gone")
    is_part, is_wanted = example.box is not None, example.weight > 0
    sentence = {
        (False, True): translate("searching", "like {name}"),
        (True, True): translate("searching", "like a part of {name}"),
        (False, False): translate("searching", "unlike {name}"),
        (True, False): translate("searching", "unlike a part of {name}"),
    }[is_part, is_wanted]
    told = sentence.format(name=name)
    return told if abs(example.weight) == 1 else f"{abs(example.weight):g}× {told}"


_LEFT_OUT: dict[str, dict[str, Any]] = {
    "folder": {"folder_id": None},
    "tag": {"tag": None},
    "favourite": {"is_favourite": False},
    "recent": {"is_recent": False},
    "kind": {"kind": None},
    "place": {"place": None},
}
"""What of the scope goes with the chip of a key."""


def without(view: View, key: str) -> View:
    """The view without the filter of this chip."""
    if key.startswith(FIRST):
        return replace(view, examples=view.examples[int(key.removeprefix(FIRST)) :], saved_id=None)
    if key.startswith(EXAMPLE):
        number = int(key.removeprefix(EXAMPLE))
        return replace(view, examples=view.examples[:number] + view.examples[number + 1 :], saved_id=None)
    return replace(view, scope=replace(view.scope, **_LEFT_OUT[key]), saved_id=None)


def with_weight(view: View, key: str, weight: float) -> View:
    """The view in which the picture of this chip counts so much; below 0: it is unwanted."""
    number = int(key.removeprefix(EXAMPLE))
    examples = list(view.examples)
    examples[number] = replace(examples[number], weight=weight)
    return replace(view, examples=tuple(examples), saved_id=None)


def with_examples(view: View, examples: Sequence[Example]) -> View:
    """The view with more pictures in its question; one that is in it already only changes its weight."""
    given = {(example.source, example.box): example for example in (*view.examples, *examples)}
    return replace(view, examples=tuple(given.values()), is_by_match=True, saved_id=None)
