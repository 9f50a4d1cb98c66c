"""A change of the search model in the terminal: chosen, prepared beside the present one, done, old vectors deleted."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from app import paths, startup
from app.catalog.store.backup import CATALOG_NAME
from app.cli_words import print_json, size
from app.core.errors import ModelUnusable, VectorsUnknown
from app.library.library import Library
from app.library.models.changing import as_successor, begin_change, is_complete, take_over
from app.library.models.spaces import drop_space, former_spaces, spaces
from app.settings import Settings, SettingsFile


def choose_embedder(file: SettingsFile, folder: str, root: Path) -> str:
    """Search with this model: at once where nothing is lost by it, else when all photos have its vectors.

    Args:
        file: gets the choice.
        folder: of a checkpoint that was looked through, or startup.STARTER.
        root: the library's folder, which need not be there yet.

    Returns:
        What becomes of it, for people.
    """
    chosen = file.settings
    present, name = chosen.embedder_folder or startup.STARTER, startup.folder_title(folder)
    if _is_same(folder, present):
        file.save(replace(chosen, next_embedder_folder=None))
        return f"Search: {name}, as before."
    if chosen.next_embedder_folder is not None and _is_same(folder, chosen.next_embedder_folder):
        return _prepared_by(name, present)
    if _can_switch(replace(chosen, next_embedder_folder=folder), root):
        file.save(replace(chosen, embedder_folder=folder or None, next_embedder_folder=None))
        return f"Search: {name}. Photos that have no vectors of it get them by 'oriel rescan', or in the window."
    file.save(replace(chosen, next_embedder_folder=folder))
    return _prepared_by(name, present)


def _prepared_by(name: str, present: str) -> str:
    return (
        f"'oriel rescan' prepares {name}, or the window. Until all photos have its vectors, "
        f"{startup.folder_title(present)} goes on answering; choose that again to stay with it."
    )


def _can_switch(settings: Settings, root: Path) -> bool:
    """Whether nothing is lost by it; then the library is told."""
    if not (root / CATALOG_NAME).exists():
        return True
    try:
        open_library = startup.library_opener(settings, root)
    except ModelUnusable as error:
        if settings.embedder_folder and str(error.fields.get("path")) == settings.embedder_folder:
            return True  # the present one answers nothing any more
        raise
    library = open_library()
    try:
        if begin_change(library) and not is_complete(library):
            return False
        take_over(library)
        return True
    finally:
        startup.close_for_good(library)


def give_up(settings: Settings, *, is_for_good: bool) -> None:
    """The next model can't be used, as was said; for good: the present one stays until somebody chooses again."""
    print(f"Search stays with {startup.folder_title(settings.embedder_folder or startup.STARTER)}.", file=sys.stderr)
    if is_for_good:
        SettingsFile(paths.settings_file(), settings).save(replace(settings, next_embedder_folder=None))


def switch_if_complete(library: Library, options: argparse.Namespace) -> Library:
    """The library as it answers from now on: by its successor where that has a vector of every photo.

    Whoever has chosen otherwise meanwhile, in the window say, is heeded.
    """
    successor = library.successor
    file = SettingsFile(paths.settings_file())
    following = file.settings.next_embedder_folder
    if successor is None or following is None or not is_complete(library):
        return library
    if startup.folder_space(following) != successor.embedder.space:
        return library
    take_over(library)
    file.save(replace(file.settings, embedder_folder=following or None, next_embedder_folder=None))
    switched = as_successor(library)
    former, told = former_spaces(switched), f"Search now uses {startup.folder_title(following)}."
    former_bytes = sum(space.size_bytes for space in former)
    if former:
        told += (
            f" The vectors of {startup.model_title(former[0].model or former[0].name)} take {size(former_bytes)}; "
            "while they are kept, a change back is instant. 'oriel models drop-vectors' deletes them."
        )
    _say(options, {"model": successor.embedder.name, "former_bytes": former_bytes}, told)
    return switched


def drop_vectors(chosen: Settings, options: argparse.Namespace) -> int:
    """Delete the vectors of the named spaces, or of all that the library does not answer by."""
    root = Path(os.path.realpath(options.library or paths.default_library()))
    library = startup.library_opener(chosen, root)()
    try:
        known = {space.name: space.is_in_use for space in spaces(library)}
        for name in options.spaces:
            if name not in known:
                raise VectorsUnknown(space=name)
        unused = [name for name, is_in_use in known.items() if not is_in_use]
        freed = {name: drop_space(library, name) for name in options.spaces or unused}
    finally:
        startup.close_for_good(library)
    told = f"{size(sum(freed.values()))} freed." if freed else "There are no vectors but those in use."
    _say(options, {"removed": list(freed), "freed_bytes": sum(freed.values())}, told)
    return 0


def told_of(library: Library) -> dict[str, Any]:
    """What `oriel status` says of models and vectors, for programs."""
    successor = library.successor
    return {
        "model": library.embedder.name,
        "next_model": None if successor is None else successor.embedder.name,
        "prepared": 0 if successor is None else successor.embeddings.count(),
        "vectors": [
            {
                "space": space.name,
                "model": space.model,
                "photos": space.photos,
                "of_captions": space.is_of_captions,
                "size_bytes": space.size_bytes,
                "in_use": space.is_in_use,
            }
            for space in spaces(library)
        ],
    }


def lines_of(told: dict[str, Any]) -> Iterator[str]:
    """The same, for people."""
    yield f"{'model':10} {told['model']}"
    if told["next_model"]:
        yield f"{'next model':10} {told['next_model']} ({told['prepared']:,} of {told['photos']:,} photos prepared)"
    for space in told["vectors"]:
        if not space["in_use"]:
            of = "captions" if space["of_captions"] else "photos"
            model = space["model"] or space["space"]
            yield f"{'kept':10} vectors of {space['photos']:,} {of} by {model}: {size(space['size_bytes'])}"


def _is_same(one: str, other: str) -> bool:
    if not one or not other:
        return one == other
    return os.path.realpath(one) == os.path.realpath(other)


def _say(options: argparse.Namespace, as_json: dict[str, Any], line: str) -> None:
    if options.json:
        print_json(as_json)
    else:
        print(line)
