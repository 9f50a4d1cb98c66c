"""Tells the person news in one quiet line: facts, errors and sentences, as far as they should know them."""

from __future__ import annotations

from collections.abc import Callable

from app.core.types import FolderUnavailable, MovedToProcessor, Skipped, Stage, Summary
from app.ui import error_words, wording

Say = Callable[..., None]
"""``say(text, is_error=…, about=…)``."""


def tell(news: object, say: Say) -> None:
    """Word the news; what nobody has to know is not said."""
    match news:
        case FolderUnavailable():
            say(wording.folder_unavailable(news), is_error=True, about=news.path if news.is_offline else None)
        case MovedToProcessor():
            say(wording.moved_to_processor(news))
        case Summary(left_out=counts) if (text := wording.left_out(counts)) and news.added:
            say(text)
        case Skipped(stage=Stage.FIND):
            say(f"{news.path.name}: {wording.reason(news.reason)}", is_error=True)
        case Exception():
            say(error_words.error(news), is_error=True)
        case str():
            say(news)
