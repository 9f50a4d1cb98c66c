"""`oriel models`: lists, downloads, checks, chooses and removes models."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from app import paths, startup
from app.cli_changing import choose_embedder, drop_vectors
from app.cli_measuring import measure_models
from app.cli_words import RETRIES, ProgressBar, download_trouble, print_json, sentence, size
from app.core.errors import DownloadFailed, OrielError
from app.core.models import (
    MANY_LANGUAGES,
    Checking,
    Converting,
    Difference,
    Downloaded,
    DownloadFact,
    Downloading,
    ModelKind,
    ModelState,
    PublishedModel,
    Retrying,
)
from app.settings import Settings, SettingsFile
from app.vision.downloads.comparing import compare
from app.vision.downloads.downloading import download
from app.vision.downloads.store import ModelStore

NO_CAPTIONS = "no-captions"
NO_TEXT_MODEL = "no-text-model"
"""What `use` takes where no model is wanted."""
_FIELDS: dict[ModelKind, str] = {
    "embedder": "embedder_folder",
    "captioner": "captioner_folder",
    "text_tower": "text_folder",
}
_AIMS: dict[ModelKind, str] = {"embedder": "search", "captioner": "captions", "text_tower": "queries"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """What may stand behind `oriel models`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION")

    def action(name: str, text: str) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=text, description=text)
        # What stood before the action stays, where it does not stand behind it too.
        made.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="one JSON object a line")
        return made

    action("list", "list the models that Oriel knows (also without an ACTION)")
    for name, text in (
        ("download", "download a model; what was cut or stopped goes on where it was"),
        ("use", f"choose a model ('starter', '{NO_TEXT_MODEL}' and '{NO_CAPTIONS}': back to none)"),
        ("remove", "delete a downloaded model, or what is left of an unfinished download"),
    ):
        action(name, text).add_argument("model", metavar="ID")
    measure = action("measure", "find out in which number type models run fastest here, with photos of the library")
    measure.add_argument(
        "measured", nargs="*", metavar="ID|FOLDER", help="models or their folders (default: those in use)"
    )
    measure.add_argument("--library", type=Path, default=argparse.SUPPRESS, metavar="DIR", help="the library's folder")
    drop = action("drop-vectors", "delete the vectors of models that are not in use; they can be made again")
    drop.add_argument("spaces", nargs="*", metavar="SPACE", help="as 'oriel status --json' names them (default: all)")
    check = action("check", "compare what Oriel knows of its models with the hub")
    check.add_argument("models", nargs="*", metavar="ID")


def run(options: argparse.Namespace) -> int:
    """Run `oriel models …`; returns the exit code. Raises OrielError."""
    file = SettingsFile(paths.settings_file())
    chosen = file.settings
    store = startup.model_store(chosen)
    match options.action:
        case "download":
            return _download(store, options)
        case "use":
            return _use(store, file, options)
        case "drop-vectors":
            return drop_vectors(chosen, options)
        case "remove":
            return _remove(store, chosen, options)
        case "check":
            return _check(store, options)
        case "measure":
            return measure_models(store, chosen, options)
    return _list(store, chosen, options)


def _list(store: ModelStore, chosen: Settings, options: argparse.Namespace) -> int:
    for state in store.states():
        model = state.model
        if options.json:
            print_json(_as_object(state, chosen))
            continue
        print(f"{model.model_id:16} {model.name} · {_purpose(model)}")
        print(f"{'':16} {size(_size(state))} · {model.licence} · {_state(state, chosen)}")
    return 0


def _as_object(state: ModelState, chosen: Settings) -> dict[str, Any]:
    model = state.model
    return {
        "id": model.model_id,
        "name": model.name,
        "for": _AIMS[model.kind],
        "serves": list(model.serves),
        "languages": list(model.languages),
        "recommended_for": list(model.recommended_for),
        "dim": model.dim,
        "size_bytes": _size(state),
        "licence": model.licence,
        "repository": model.repository,
        "commit": model.commit,
        "installed": state.is_installed,
        "bytes_here": state.bytes_here,
        "in_use": _is_in_use(state, chosen),
        "folder": str(state.folder),
    }


def _size(state: ModelState) -> int:
    return state.bytes_here if state.model.is_bundled else state.model.size_bytes


def _purpose(model: PublishedModel) -> str:
    aim = _AIMS[model.kind]
    if model.serves:
        aim = f"reads {aim} for {', '.join(model.serves)}"
    told = f"{aim} in many languages" if MANY_LANGUAGES in model.languages else f"{aim} in English"
    return f"{told}, recommended" if model.recommended_for else told


def _state(state: ModelState, chosen: Settings) -> str:
    if _is_in_use(state, chosen):
        return "in use"
    if _is_next(state, chosen):
        return "being prepared"
    if state.model.is_bundled:
        return "ships with Oriel"
    if state.is_installed:
        return "on this computer"
    return f"{size(state.bytes_here)} of it here" if state.is_partial else "not here"


def _is_in_use(state: ModelState, chosen: Settings) -> bool:
    named = getattr(chosen, _FIELDS[state.model.kind])
    if named is None:
        return state.model.is_bundled and state.model.kind == "embedder"
    return Path(named).resolve() == state.folder.resolve()


def _is_next(state: ModelState, chosen: Settings) -> bool:
    following = chosen.next_embedder_folder
    if not following:
        return following == startup.STARTER and state.model.is_bundled
    return Path(following).resolve() == state.folder.resolve()


def _download(store: ModelStore, options: argparse.Namespace) -> int:
    model = store.find(options.model)
    with closing(download(store, model)) as facts, _Report(is_json=options.json) as report:
        for fact in facts:
            report.show(model, fact)
    return 0


class _Report:
    """Shows a download: a bar on a terminal, lines elsewhere, objects with --json."""

    def __init__(self, *, is_json: bool) -> None:
        self._is_json = is_json
        self._bar = ProgressBar("B", is_json=is_json)
        self._last_error: OrielError | None = None
        self._converting: Converting | None = None

    def __enter__(self) -> _Report:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.end()

    def show(self, model: PublishedModel, fact: DownloadFact) -> None:
        match fact:
            case Downloading() | Checking():
                self._advance(fact)
            case Retrying():
                self._retry(fact)
            case Converting():
                self._convert(fact)
            case Downloaded():
                self._bar.end()
                if self._is_json:
                    print_json({"id": model.model_id, "folder": str(fact.folder), "seconds": round(fact.seconds, 2)})
                else:
                    print(f"{model.name} is on this computer. To use it: oriel models use {model.model_id}")

    def _advance(self, fact: Downloading | Checking) -> None:
        self._last_error = None
        if self._is_json:
            speed = fact.bytes_per_s if isinstance(fact, Downloading) else None
            told = {"file": fact.file, "done_bytes": fact.done_bytes, "total_bytes": fact.total_bytes}
            print_json(told | ({"bytes_per_s": round(speed)} if speed is not None else {"checking": True}))
        else:
            self._bar.advance(fact.file, fact.done_bytes, fact.total_bytes)

    def _convert(self, fact: Converting) -> None:
        """Said once, however many steps it has."""
        if fact == self._converting:
            return
        self._converting = fact
        self._bar.end()
        if self._is_json:
            print_json({"converting": fact.file})
        else:
            print(f"Writing {fact.file} as safetensors", file=sys.stderr)

    def _retry(self, fact: Retrying) -> None:
        """Said once for each failure, however many steps its pause has."""
        if fact.error is self._last_error:
            return
        self._last_error = fact.error
        if self._is_json:
            print_json({"retrying": fact.error.trouble, "wait_s": round(fact.wait_s, 1)})
            return
        self._bar.say(f"{RETRIES[fact.error.trouble]}; trying again")


def _use(store: ModelStore, file: SettingsFile, options: argparse.Namespace) -> int:
    if options.model == NO_CAPTIONS:
        return _save(file, "captioner_folder", None, "No captions from now on; those that there are stay.", options)
    if options.model == NO_TEXT_MODEL:
        return _save(file, "text_folder", None, "The search model reads queries itself from now on.", options)
    model = store.find(options.model)
    changed = startup.choose_model(file.settings, store, model)
    if model.kind != "embedder":
        field = _FIELDS[model.kind]
        return _save(file, field, getattr(changed, field), _used(model), options)
    root = Path(os.path.realpath(options.library or paths.default_library()))
    told = choose_embedder(file, changed.embedder_folder or startup.STARTER, root)
    chosen = {name: getattr(file.settings, name) for name in ("embedder_folder", "next_embedder_folder")}
    return _say(options, chosen, told)


def _used(model: PublishedModel) -> str:
    if model.kind == "text_tower":
        return f"Queries: {model.name}. Photos need no new look; only their tags are chosen anew, in seconds."
    return f"Captions: {model.name}. 'oriel rescan' describes all photos; so does the window."


def _save(file: SettingsFile, field: str, folder: str | None, told: str, options: argparse.Namespace) -> int:
    changes: dict[str, Any] = {field: folder}
    file.save(replace(file.settings, **changes))
    return _say(options, changes, told)


def _remove(store: ModelStore, chosen: Settings, options: argparse.Namespace) -> int:
    model = store.find(options.model)
    named = [getattr(chosen, field) for field in (*_FIELDS.values(), "next_embedder_folder")]
    in_use = [Path(folder) for folder in named if folder]
    freed = store.remove(model, in_use=in_use)
    told = f"{size(freed)} freed." if freed else f"Nothing of {model.name} was on this computer."
    return _say(options, {"removed": model.model_id, "freed_bytes": freed}, told)


def _check(store: ModelStore, options: argparse.Namespace) -> int:
    """0: nothing contradicts the hub. A model that could not be compared does not keep the others from it."""
    models: Iterable[PublishedModel] = [store.find(name) for name in options.models] or store.published
    is_right = True
    for model in models:
        try:
            differences = list(compare(store, model))
        except OrielError as error:
            is_right = False
            why = download_trouble(error) if isinstance(error, DownloadFailed) else sentence(error)
            _say(options, {"id": model.model_id, "error": str(error)}, f"{model.model_id}: {why}")
            continue
        is_right = is_right and all(each.is_news for each in differences)
        for each in differences:
            _say(options, _difference_as_object(each), _difference(each))
        if not differences:
            _say(options, {"id": model.model_id, "same": True}, f"{model.model_id}: as the hub says")
    return 0 if is_right else 1


def _difference(difference: Difference) -> str:
    about = " ".join(part for part in (difference.model_id + ":", difference.file, difference.fact) if part)
    if difference.is_news:
        return f"{about}: {difference.found} (not known to Oriel yet)"
    found = "not there" if difference.found is None else difference.found
    return f"{about}: {found} instead of {difference.expected}"


def _difference_as_object(difference: Difference) -> dict[str, Any]:
    return {
        "id": difference.model_id,
        "file": difference.file,
        "fact": difference.fact,
        "expected": difference.expected,
        "found": difference.found,
    }


def _say(options: argparse.Namespace, as_json: dict[str, Any], line: str) -> int:
    if options.json:
        print_json(as_json)
    else:
        print(line)
    return 0
