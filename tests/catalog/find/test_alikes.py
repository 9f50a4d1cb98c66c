"""Looks of photos come out of the catalogue as they went in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.catalog.catalog import Catalog
from app.core.types import DateSource, Kind, Metadata
from tests.catalog.conftest import Filler


def test_looks_stand_in_the_order_of_the_shots_with_their_hashes_whole(catalog: Catalog, fill: Filler) -> None:
    late, early, unread = fill.add("late.jpg", "early.jpg", "unread.jpg")
    hashes = {late: -(2**63) + 1, early: 2**62 + 3}
    for photo_id, moment in ((late, 2_000.5), (early, 1_000.0)):
        said = Metadata(taken_at=moment, date_source=DateSource.EXIF)
        catalog.write_reads([replace(fill.reading(photo_id, metadata=said), perceptual_hash=hashes[photo_id])])
    looks = catalog.looks()
    assert looks.ids.tolist() == [early, late]
    assert looks.shot_at.tolist() == [1_000.0, 2_000.5]
    assert looks.hashes.tolist() == [hashes[early], hashes[late] % 2**64]
    assert unread not in looks.ids


def test_the_time_of_a_file_is_not_the_moment_of_a_shot(catalog: Catalog, fill: Filler) -> None:
    fill.read(*fill.add("scan.jpg"))
    assert np.isnan(catalog.looks().shot_at).all()


def test_screens_are_told_from_photos(catalog: Catalog, fill: Filler) -> None:
    photo, screen = fill.add("a.jpg", "b.jpg")
    fill.read(photo)
    catalog.write_reads([replace(fill.reading(screen), kind=Kind.SCREENSHOT)])
    looks = catalog.looks()
    assert dict(zip(looks.ids.tolist(), looks.is_laid_out.tolist(), strict=True)) == {photo: False, screen: True}


def test_copies_name_the_first_photo_with_their_data(catalog: Catalog, fill: Filler) -> None:
    first, second, removed, other = fill.add("a.jpg", "b.jpg", "c.jpg", "d.jpg")
    for photo_id in (first, second, removed):
        fill.read(photo_id, content=b"the same pixels.")
    fill.read(other)
    catalog.remove_photos([removed])
    assert catalog.looks().copies.tolist() == [[second, first]]


def test_photos_without_a_moment_follow_each_other_by_name_within_their_folder(catalog: Catalog, fill: Filler) -> None:
    tenth, second, dated, screen = fill.add("IMG_10.jpg", "IMG_2.jpg", "IMG_3.jpg", "IMG_4.jpg")
    (elsewhere,) = fill.add("IMG_5.jpg", folder=b"other")
    fill.read(tenth, second, elsewhere)
    said = Metadata(taken_at=1_000.0, date_source=DateSource.EXIF)
    catalog.write_reads([replace(fill.reading(dated, metadata=said))])
    catalog.write_reads([replace(fill.reading(screen), kind=Kind.SCREENSHOT)])
    assert catalog.following().tolist() == [[second, tenth]]
