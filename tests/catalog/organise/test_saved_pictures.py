"""A picture is kept as long as a saved search names it, or undo could bring one back that does."""

from __future__ import annotations

import numpy as np
import pytest

from app.catalog.catalog import Catalog
from app.catalog.organise import history


def _later(catalog: Catalog) -> None:
    now = catalog._sql.now() + 3600
    catalog._sql.now = lambda: now


def test_a_picture_goes_when_nothing_can_ask_for_it_any_more(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    key = catalog.keep_picture(b"jpeg")
    search_id = catalog.save_search("Like this", f'{{"examples": [{{"kept": "{key}"}}]}}')
    _later(catalog)
    assert catalog.forget_pictures() == 0
    catalog.remove_search(search_id)
    assert catalog.forget_pictures() == 0, "undo would bring the search back"
    monkeypatch.setattr(history, "KEPT", 1)
    catalog.save_search("Other", "{}")
    assert catalog.forget_pictures() == 1
    assert catalog.saved_picture(key) is None


def test_a_picture_that_was_kept_just_now_waits_for_its_search(catalog: Catalog) -> None:
    first, second = catalog.keep_picture(b"one"), catalog.keep_picture(b"two")
    assert catalog.keep_picture(b"one") == first
    assert catalog.saved_picture(second) == b"two"
    _later(catalog)
    third = catalog.keep_picture(b"three")
    assert [catalog.saved_picture(key) for key in (first, second, third)] == [None, None, b"three"]


def test_vectors_are_kept_by_picture_part_and_model(catalog: Catalog) -> None:
    key = catalog.keep_picture(b"jpeg")
    vector = np.array([0.6, 0.8, 0], np.float32)
    catalog.keep_picture_vector(key, "", "clip", vector)
    catalog.keep_picture_vector("unknown", "", "clip", vector)
    kept = catalog.picture_vector(key, "", "clip")
    assert kept is not None
    assert kept.dtype == np.float32
    assert np.allclose(kept, vector, atol=1e-3)
    assert catalog.picture_vector(key, "[0, 0, 1, 0.5]", "clip") is None
    assert catalog.picture_vector(key, "", "siglip") is None
    assert catalog.picture_vector("unknown", "", "clip") is None
    _later(catalog)
    catalog.forget_pictures()
    assert catalog.picture_vector(key, "", "clip") is None
