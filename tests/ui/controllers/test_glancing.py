"""A few photos are looked up in the library that is open now; a closed window asks nothing."""

from __future__ import annotations

from types import SimpleNamespace

from app.core.types import PhotoId, PhotoRow
from app.ui.controllers.glancing import Glancing


class _Catalog:
    def __init__(self, name: str) -> None:
        self.name = name

    def rows(self, ids):
        known = PhotoRow(PhotoId(1), self.name, None, 0.0, 0, is_favourite=False, is_offline=False, failure=None)
        return [known for photo_id in ids if photo_id == 1]


def test_names_come_from_the_library_that_is_open_now():
    libraries = [SimpleNamespace(catalog=_Catalog("first.jpg"))]
    glancing = Glancing(lambda: libraries[-1])
    assert (glancing.name_of(1), glancing.name_of(2)) == ("first.jpg", "")
    libraries.append(SimpleNamespace(catalog=_Catalog("second.jpg")))
    assert glancing.name_of(1) == "second.jpg"


def test_a_closed_window_that_is_painted_once_more_asks_nothing():
    glancing = Glancing(lambda: SimpleNamespace(catalog=_Catalog("a.jpg")))
    assert [row.name for row in glancing.rows([PhotoId(1)])] == ["a.jpg"]
    glancing.close()
    assert glancing.rows([PhotoId(1)]) == []
