"""One program at a time runs models, and what keeps the lock from being made is told in our words."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.errors import CatalogUnavailable, ModelsBusy
from app.library.models_lock import ModelsLock


def test_only_one_of_two_programs_runs_models(tmp_path: Path) -> None:
    one, other = ModelsLock(tmp_path), ModelsLock(tmp_path)
    with one.step():
        with pytest.raises(ModelsBusy), other.step(timeout_s=0.05):
            pass
        with one.step():  # a step within a step of the same program waits for nobody
            pass
    with other.step(timeout_s=0.05):
        pass


def test_a_lock_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "models.lock").mkdir()
    with pytest.raises(CatalogUnavailable), ModelsLock(tmp_path).step(timeout_s=0.05):
        pass
