"""Every error has a sentence without gaps, and says what to do next."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core import errors
from app.core.types import (
    Reason,
    Stage,
    Unavailable,
)
from app.ui import error_words, wording
from app.vision.checkpoints.weights import inspect


@pytest.mark.parametrize("kind", [each for each in vars(errors).values() if isinstance(each, type)])
def test_every_error_of_ours_has_a_sentence_without_gaps(kind):
    if not issubclass(kind, errors.OrielError) or kind is errors.OrielError:
        return
    fields = {"path": Path("/photos/a.jpg"), "detail": "why"}
    if kind is errors.CatalogDamaged:
        error = kind(path=Path("/photos/a.jpg"), backup=None)
    else:
        error = kind(**fields, **({"reason": Reason.CORRUPT} if kind is errors.UnreadableImage else {}))
    text = error_words.error(error)
    assert text != str(error), f"{kind.code} has no sentence"
    assert "{" not in text


@pytest.mark.parametrize("trouble", list(errors.FetchTrouble))
def test_every_trouble_of_a_picture_from_an_address_is_a_sentence(trouble):
    text = error_words.error(errors.FetchFailed(trouble=trouble, address="https://photos.example/dog.jpg"))
    assert "{" not in text
    assert text.endswith((".", "?"))
    assert error_words.error(errors.FetchFailed(trouble=trouble, address="nonsense"))


def test_an_error_that_is_not_ours_names_the_log_and_not_the_person():
    assert "not your fault" in error_words.error(ZeroDivisionError())


def test_a_missing_captioner_says_where_to_choose_one():
    assert "settings" in error_words.unavailable(Unavailable(Stage.CAPTION))


def test_every_reason_why_a_model_cannot_be_used_has_words():
    told = inspect.__doc__.partition("one of")[2].partition(";")[0]
    details = [detail.strip(" .\n") for detail in told.split(",")]
    assert "config_missing" in details
    for detail in details:
        sentence = error_words.error(errors.ModelUnusable(path=Path("/models/x"), detail=detail, what="config.json"))
        assert detail not in sentence


@pytest.mark.parametrize("trouble", list(errors.DownloadTrouble))
def test_every_trouble_of_a_download_says_where_and_what_next(trouble):
    known = {"wait_s": 120, "needed_bytes": 605_000_000, "free_bytes": 1_000_000}
    text = error_words.error(errors.DownloadFailed(trouble=trouble, address="hub.example", what="model.bin", **known))
    assert "{" not in text
    assert text.count(".") + text.count("?") >= 2, "a next step"
    if trouble is errors.DownloadTrouble.NO_ROOM:
        assert wording.size(605_000_000) in text
    if trouble is errors.DownloadTrouble.BUSY:
        assert "2 min" in text
