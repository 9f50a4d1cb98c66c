"""Proves that this Oriel is whole: loads every part, takes in a picture, finds it, and says what is broken."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app import APP_NAME, __version__, paths

if TYPE_CHECKING:
    from app.library.library import Library

Check = tuple[str, Callable[[], object]]
"""What is checked, and a function that raises where it is broken; what it returns is shown."""


def main() -> int:
    """Print one line for each part; 0 if all are whole, else 1. Touches neither the person's library nor settings."""
    _say(f"{APP_NAME} {__version__}, Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory(prefix="oriel-check-", ignore_cleanup_errors=True) as folder:
        broken = [name for name, act in _checks(Path(folder)) if not _passes(name, act)]
    _say(f"Broken: {', '.join(broken)}. Install Oriel again." if broken else "Everything works.")
    return 1 if broken else 0


def _passes(name: str, act: Callable[[], object]) -> bool:
    try:
        told = act()
    except Exception as error:
        logging.getLogger(__name__).exception("Self-check: %s", name)
        _say(f"BROKEN  {name}: {type(error).__name__}: {error}")
        return False
    _say(f"ok      {name}" + (f": {told}" if told else ""))
    return True


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _checks(folder: Path) -> Iterator[Check]:
    """Parts before what is made of them. Imports stand inside: a library that can't load breaks its line alone."""
    yield "Qt", _check_qt
    yield "torch", _check_torch
    yield "transformers", _check_transformers
    yield "downloads", _check_hub
    yield "FAISS", _check_faiss
    yield "languages", _check_languages
    yield "SQLite", _check_sqlite
    yield from _format_checks(folder)
    yield "places", _check_places
    yield "starter model", _check_starter
    yield "library", lambda: _check_library(folder)


def _check_qt() -> str:
    from app.ui.drawing_check import check_drawing

    return check_drawing(paths.resource("icons", "oriel.svg"))


def _check_torch() -> str:
    from app.vision.library_check import check_torch

    return check_torch()


def _check_transformers() -> str:
    from app.vision.library_check import check_transformers

    return check_transformers()


def _check_hub() -> str:
    from app.vision.library_check import check_hub

    return check_hub()


def _check_faiss() -> str:
    from app.search.vectors import check_faiss

    return check_faiss()


def _check_languages() -> str:
    from app.search.language import check_languages

    return check_languages()


def _check_sqlite() -> str:
    from app.catalog.store.sqlite_check import check_sqlite

    return check_sqlite()


def _format_checks(folder: Path) -> Iterator[Check]:
    try:
        from app.files.codec_check import format_checks
    except ImportError as error:
        yield "picture formats", lambda error=error: _raise(error)  # type: ignore[misc]
        return
    for name, act in format_checks(folder, paths.resource("check")):
        yield f"{name} pictures", act


def _check_places() -> str:
    from app.files.places.place_check import check_places

    return check_places()


def _raise(error: Exception) -> None:
    raise error


def _check_starter() -> str:
    from app.vision.embedder import ClipEmbedder

    embedder = ClipEmbedder(paths.resource("models", "starter"))
    vectors = embedder.embed_texts(["a photo of a beach"])
    return f"{embedder.name}, {vectors.shape[1]} numbers a photo"


def _check_library(folder: Path) -> str:
    """Take a drawing of a blue sea and one of a red field in; find the sea by its name and by likeness."""
    from app import startup
    from app.settings import Settings

    sea, _ = _draw(folder / "photos")
    library = startup.library_opener(Settings(), folder / "library")()
    try:
        return _check_finding(library, sea)
    finally:
        startup.close_for_good(library)


def _draw(folder: Path) -> tuple[Path, Path]:
    import numpy as np

    from app.files.codec_check import save_picture

    folder.mkdir()
    rising = np.linspace(0, 60, 256).astype(np.uint8)[:, None, None]
    sea, field = folder / "blue sea.jpg", folder / "red field.jpg"
    for path, colour in ((sea, (20, 90, 180)), (field, (180, 30, 20))):
        save_picture(np.broadcast_to(np.array(colour, np.uint8) + rising, (256, 384, 3)).copy(), path)
    return sea, field


def _check_finding(library: Library, sea: Path) -> str:
    from app.core.examples import Example, Picture
    from app.library.enrich.embedding import embed_missing
    from app.library.enrich.tagging import tag_missing
    from app.library.find.finding import find
    from app.library.find.likeness import find_like
    from app.library.intake.importing import import_path
    from app.library.intake.reading import read_missing

    for stage in (
        import_path(library, sea.parent),
        read_missing(library),
        embed_missing(library),
        tag_missing(library),
    ):
        for _ in stage:
            pass
    wanted = library.catalog.photo_at(Path(os.path.realpath(sea)))
    by_words = find(library, "sea", wait_for_model=True)
    by_likeness = find_like(library, [Example(Picture(sea.name, path=sea))], wait_for_model=True)
    for way, answer in (("words", by_words), ("likeness", by_likeness)):
        if len(answer) == 0 or answer.searched != 2 or answer.ids[0] != wanted:
            raise LookupError(f"a picture that was taken in is not found by {way}")
    return "takes a picture in, finds it by words and by likeness"
