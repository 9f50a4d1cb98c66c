"""`oriel evaluate`: how well search finds photos by texts of one's own."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from app import startup
from app.cli_words import ProgressBar, print_json, shown
from app.core.errors import FileUnreadable, ModelNotInstalled, PathMissing
from app.library.find.evaluating import Asking, Direction, Evaluation, Line, Row, evaluate, read_queries
from app.library.library import Library
from app.search.metrics import FIGURES
from app.settings import Settings

_TOLD_NAMES = 3
_DIRECTIONS = {Direction.TEXT_TO_IMAGE: "text → photo", Direction.IMAGE_TO_TEXT: "photo → text"}
_HEADINGS = ("recall@1", "recall@5", "recall@10", "MRR", "MAP", "median rank")


def add_options(parser: argparse.ArgumentParser) -> None:
    """What may stand behind `oriel evaluate`."""
    parser.add_argument("queries", type=Path, metavar="QUERIES.tsv", help="lines of file name, tab, text")
    parser.add_argument("--model", metavar="ID|FOLDER", help="judge this model instead of the one in use")


def with_model(chosen: Settings, model: str | None) -> Settings:
    """The settings with the model that is to be judged: one of `oriel models`, or a checkpoint's folder.

    Raises:
        ModelUnknown, ModelNotInstalled
    """
    if model is None:
        return chosen
    if Path(model).is_dir():
        return replace(chosen, embedder_folder=os.path.realpath(model))
    store = startup.model_store(chosen)
    state = store.state(store.find(model))
    if not state.is_installed:
        raise ModelNotInstalled(name=model)
    return replace(chosen, embedder_folder=str(state.folder))


def read(path: Path) -> list[Line]:
    """The lines of the file; what is no such line is counted and said. Raises PathMissing, FileUnreadable."""
    try:
        # Names may hold bytes that are no text, as on the disk.
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError as error:
        raise PathMissing(path=path) from error
    except OSError as error:
        raise FileUnreadable(path=path, detail=error.strerror) from error
    lines, odd = read_queries(text)
    if odd:
        print(f"{odd:,} lines without a name, a tab and a text are left out.", file=sys.stderr)
    return lines


def run(library: Library, lines: Sequence[Line], options: argparse.Namespace) -> int:
    """Run `oriel evaluate …` on photos that have their vectors; returns the exit code. Raises OrielError."""
    with ProgressBar("texts", is_json=options.json) as bar:
        for fact in evaluate(library, lines):
            match fact:
                case Asking():
                    bar.advance("Asking", fact.done, fact.total)
                case Evaluation():
                    told = fact
    if options.json:
        for row in told.rows:
            print_json(_as_object(library.embedder.name, told, row))
    else:
        _say_left_out(told)
    if not any(row.metrics.queries for row in told.rows):
        print("Nothing to judge: no line names a photo of the library, and a text for it.", file=sys.stderr)
        return 1
    if not options.json:
        _print_table(library.embedder.name, told.rows)
    return 0


def _as_object(model: str, told: Evaluation, row: Row) -> dict[str, Any]:
    figures = {name: _rounded(row.metrics.values.get(name)) for name in FIGURES}
    return {
        "signal": row.signal,
        "direction": row.direction,
        **figures,
        "intervals": {name: [_rounded(end) for end in ends] for name, ends in row.metrics.intervals.items()},
        "queries": row.metrics.queries,
        "candidates": row.candidates,
        "model": model,
        "missing_files": len(told.missing),
        "ambiguous_names": len(told.ambiguous),
        "photos_without_vector": told.without_vector,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _say_left_out(told: Evaluation) -> None:
    for names, trouble in ((told.missing, "not in the library"), (told.ambiguous, "names of several photos")):
        if names:
            first = ", ".join(shown(name) for name in names[:_TOLD_NAMES])
            more = ", …" if len(names) > _TOLD_NAMES else ""
            print(f"Left out, {trouble}: {len(names):,} ({first}{more})", file=sys.stderr)
    if told.without_vector:
        print(f"{told.without_vector:,} photos without a vector stand last by meaning.", file=sys.stderr)


def _print_table(model: str, rows: Sequence[Row]) -> None:
    print(f"{model}; in brackets: 95 % of bootstrap resamples")
    for row in rows:
        print(f"\n{row.signal}, {_DIRECTIONS[row.direction]}: {row.metrics.queries:,} among {row.candidates:,}")
        for name, heading in zip(FIGURES, _HEADINGS, strict=True):
            if name in row.metrics.values:
                low, high = row.metrics.intervals[name]
                print(f"  {heading:12} {row.metrics.values[name]:8.4g}  [{low:.4g}, {high:.4g}]")
