"""Answers are folded by what was worked out of the library's own pictures."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.library.enrich.embedding import embed_missing
from app.library.find.finding import find
from app.library.find.folding import folded, look_for_alikes
from app.library.intake.importing import import_path
from app.library.intake.reading import read_missing
from app.library.library import Library
from tests.making import make_photo


def test_copies_stand_once_as_soon_as_they_are_known(library: Library, photos: Path) -> None:
    for name in ("red", "blue"):
        make_photo(photos / f"{name}.jpg", name)
    shutil.copy(photos / "red.jpg", photos / "copy of red.jpg")
    for fact in (import_path(library, photos), read_missing(library), embed_missing(library)):
        list(fact)
    answer = find(library, "red", wait_for_model=True)
    assert len(folded(library, answer).answer) == 3, "nobody has looked yet"
    assert look_for_alikes(library) == 2
    once = folded(library, answer)
    assert len(once.answer) == 2
    assert len(once.behind(once.answer.hit(0).photo_id)) == 1
