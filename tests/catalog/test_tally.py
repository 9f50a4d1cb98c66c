"""Tests for the numbers that triggers of the schema keep: they are what counting gives, whatever happens."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalog.catalog import Catalog
from app.core.types import Metadata, PhotoId, Place
from tests.catalog.conftest import Filler

_COUNTED = {
    "photo": "SELECT '', count(*) FROM photo WHERE removed_at IS NULL",
    "read": "SELECT '', coalesce(sum(is_read), 0) FROM photo WHERE removed_at IS NULL",
    "thumbnail_bytes": "SELECT '', coalesce(sum(thumbnail_bytes), 0) FROM photo WHERE removed_at IS NULL",
    "folder": "SELECT folder_id, count(*) FROM photo WHERE removed_at IS NULL GROUP BY 1",
    "kind": "SELECT kind, count(*) FROM photo WHERE removed_at IS NULL GROUP BY 1",
    "camera": "SELECT coalesce(camera, ''), count(*) FROM photo WHERE removed_at IS NULL GROUP BY 1",
    "lens": "SELECT coalesce(lens, ''), count(*) FROM photo WHERE removed_at IS NULL GROUP BY 1",
    "place": "SELECT coalesce(place_id, ''), count(*) FROM photo WHERE removed_at IS NULL GROUP BY 1",
    "year": "SELECT strftime('%Y', taken_at, 'unixepoch'), count(*) FROM photo WHERE removed_at IS NULL GROUP BY 1",
    "tagged": "SELECT version, count(*) FROM tagged GROUP BY 1",
    "captioned": "SELECT model_id, count(*) FROM machine_caption GROUP BY 1",
    "text_read": "SELECT version, count(*) FROM picture_text GROUP BY 1",
    "machine_tag": "SELECT tag_id, count(*) FROM machine_tag WHERE confidence >= 0.5 GROUP BY 1",
}


def _assert_is_what_counting_gives(catalog: Catalog) -> None:
    for what, counted in _COUNTED.items():
        kept = dict(catalog._sql.rows("SELECT value, n FROM tally WHERE what = ? AND n <> 0", (what,)))
        assert kept == {value: n for value, n in catalog._sql.rows(counted) if n}, what
    noted = catalog._sql.column("SELECT photo_id FROM tagged WHERE has_tags = 1 ORDER BY photo_id")
    assert noted == catalog._sql.column(
        "SELECT DISTINCT photo_id FROM machine_tag WHERE confidence >= 0.5"
        " AND photo_id IN (SELECT photo_id FROM tagged) ORDER BY 1"
    )


def test_an_older_catalogue_is_counted_once_when_it_is_brought_up_to_date(tmp_path: Path) -> None:
    for old in sorted((Path(__file__).parents[1] / "data").glob("catalog_schema_*.sqlite")):
        library = tmp_path / old.stem
        library.mkdir()
        shutil.copy(old, library / "catalog.sqlite")
        catalog = Catalog.open(library)
        _assert_is_what_counting_gives(catalog)
        assert catalog._sql.value("SELECT n FROM tally WHERE what = 'photo'") == 2
        catalog.close()


def test_text_in_pictures_of_an_older_catalogue_is_weighed(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parents[1] / "data" / "catalog_schema_4.sqlite", tmp_path / "catalog.sqlite")
    catalog = Catalog.open(tmp_path)
    # "Via Appia" at 0.75 and "42" at 0.5.
    assert catalog._sql.rows("SELECT letters, round(confidence, 4) FROM picture_text") == [(11, 0.7045)]
    catalog.close()


_ACTS = st.lists(st.tuples(st.sampled_from(range(11)), st.integers(0, 5)), max_size=25)


@settings(max_examples=25, deadline=None)
@given(acts=_ACTS)
def test_the_numbers_are_what_counting_gives_whatever_happens(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[int, int]]
) -> None:
    catalog = Catalog.open(tmp_path_factory.mktemp("library"))
    fill = Filler(catalog)
    ids = [*fill.add("a.jpg", "b.jpg", "c.jpg", folder=b"one"), *fill.add("d.jpg", "e.jpg", "f.jpg", folder=b"two")]
    for act, number in acts:
        _do(catalog, fill, act, ids[number], number)
        _assert_is_what_counting_gives(catalog)
    catalog.close()


def _do(catalog: Catalog, fill: Filler, act: int, photo_id: PhotoId, number: int) -> None:
    if catalog.photo(photo_id) is None:
        return  # it was recognised as another one that had moved
    if act == 0:
        fill.read(photo_id, metadata=Metadata(taken_at=4e8 * number, camera=f"Camera {number % 2}", latitude=1.0))
    elif act == 1:
        fill.read(photo_id, content=b"the same")
    elif act == 2:
        catalog.write_machine_tags(f"v{number % 2}", [(photo_id, [("Dog", 0.9), ("dog", 0.4), ("cat", 0.3)])])
    elif act == 3:
        catalog.write_machine_tags("v2", [(photo_id, [("cat", 0.6)] * (number % 2))], documents={photo_id})
    elif act == 4:
        catalog.write_captions(f"m{number % 2}", [(photo_id, "a dog")])
    elif act == 5:
        catalog.write_texts("r", [(photo_id, [])])
    elif act == 6:
        catalog.remove_photos([photo_id])
    elif act == 7:
        catalog.undo()
    elif act == 8:
        catalog.forget_machine(photo_id)
    elif act == 9:
        catalog.mark_folder_missing(catalog._sql.value("SELECT folder_id FROM photo WHERE id = ?", (photo_id,)))
    else:
        found = catalog.photos_without_place(2)
        catalog.write_places([(at, Place("Rome", "Lazio", "Italy", "IT")) for at in found])
