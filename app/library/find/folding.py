"""Folds nearly the same pictures of an answer into one, by groups that are worked out in the background."""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

from app.core.types import Answer
from app.library.library import Library
from app.library.notes import Notes
from app.search.folding import Folded, Groups, fold, group

_groups_of: WeakKeyDictionary[Notes, Groups] = WeakKeyDictionary()
"""By the part of a library that all its threads share, and that stays when it is opened anew with another model."""
_lock = threading.Lock()


def look_for_alikes(library: Library) -> int:
    """Work out which photos are nearly the same picture: some seconds for a million. Returns how many are in groups."""
    groups = group(library.catalog.looks())
    with _lock:
        _groups_of[library.notes] = groups
    return groups.count


def folded(library: Library, answer: Answer) -> Folded:
    """The answer with the best of each group in its place; unchanged until ``look_for_alikes`` has come to its end."""
    with _lock:
        groups = _groups_of.get(library.notes)
    return fold(answer, groups or Groups.none())
