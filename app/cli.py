"""Reads arguments and drives the library's verbs."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app import APP_NAME, __version__, cli_changing, cli_evaluate, cli_models, logs, paths, settings, startup
from app.cli_words import (
    LIBRARY_EMPTY,
    NO_GOOD_MATCH,
    REASONS,
    STAGES,
    UNKNOWN_LANGUAGE,
    WEAKER,
    ProgressBar,
    lacking,
    mistake,
    print_json,
    reason,
    reason_as_json,
    sentence,
    shown,
)
from app.core.errors import ModelUnusable, OrielError, PathMissing
from app.core.examples import Example, Picture
from app.core.query import Query, Scope
from app.core.types import (
    Answer,
    Fact,
    FolderUnavailable,
    MovedToProcessor,
    Order,
    Progress,
    Skipped,
    Stage,
    Summary,
    Unavailable,
    Waiting,
)
from app.library.enrich.caption_meaning import embed_captions
from app.library.enrich.captioning import caption_missing
from app.library.enrich.embedding import embed_missing
from app.library.enrich.placing import place_missing
from app.library.enrich.reading_text import read_text_missing
from app.library.enrich.tagging import tag_missing
from app.library.find.explaining import explain
from app.library.find.finding import find
from app.library.find.lacking import lack
from app.library.find.likeness import find_like
from app.library.intake.importing import import_path, rescan
from app.library.intake.reading import read_missing
from app.library.library import Library
from app.library.models.changing import prepare_missing
from app.library.organise.removing import remove_path
from app.search.alternatives import alternatives
from app.search.query import parse, to_text


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code: 0 it went through, 1 it could not, 2 wrong usage, 130 interrupted."""
    _make_streams_lossless()
    options = _parser().parse_args(_queries_apart(_library_first(arguments)))
    logs.start_log(paths.log_folder())
    try:
        return _run(options)
    except OrielError as error:
        print(sentence(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What was done is kept; the same command goes on from there.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output left (head, less): not an error, but Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:
        logging.getLogger(__name__).exception("The command failed")
        print(
            f"Oriel failed, and it is not your fault. The log has the details: {paths.log_folder()}",
            file=sys.stderr,
        )
        return 1


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--library", type=Path, metavar="DIR", help="the library's folder (default: your own)")
    shared.add_argument("--json", action="store_true", help="one JSON object a line")
    parser = argparse.ArgumentParser(
        prog="oriel",
        description="Finds any photo by what is in it, entirely on this computer. "
        "Without a command, the window opens; with a folder, it takes that folder in.",
    )
    parser.add_argument("--version", action="version", version=f"{APP_NAME} {__version__}")
    parser.add_argument("--self-check", action="store_true", help="prove that this Oriel is whole (stands alone)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, parents=[shared])

    index = command("index", "take folders or single files into the library")
    index.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    index.add_argument("--no-captions", action="store_true", help="leave captions for later")
    again = command("rescan", "look for changes in the library's folders")
    again.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    again.add_argument("--no-captions", action="store_true", help="leave captions for later")
    searches = [command("find", "find photos by words and fields"), command("search", "the same as find")]
    for search in searches:
        told = 'words, "exact phrases", -not, this OR that, tag:x, rating:>=4, date:2023 …'
        search.add_argument("query", nargs="+", help=told)
        search.add_argument("--explain", action="store_true", help="say how the query was understood, and why each hit")
    similar = command("similar", "find photos that look like one")
    similar.add_argument("image", type=Path)
    similar.add_argument("--explain", action="store_true", help="say how like the picture each hit is")
    listing = command("list", "list the photos, newest first")
    for each, default in (*((search, 20) for search in searches), (similar, 20), (listing, None)):
        each.add_argument("--limit", type=_count, default=default, metavar="N")
    listing.add_argument("--offset", type=_count, default=0, metavar="N")
    remove = command("remove", "take photos or folders out of the library; the files stay")
    remove.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    command("status", "what is in the library")
    cli_evaluate.add_options(command("evaluate", "judge search by texts of your own: how often is the photo found?"))
    cli_models.add_options(command("models", "models for search and captions: list, download, use, remove, check"))
    return parser


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


def _library_first(arguments: Sequence[str]) -> list[str]:
    """Options that all commands share may stand before the command too."""
    words = list(arguments)
    moved: list[str] = []
    while words and (words[0] == "--json" or words[0].startswith("--library")):
        size = 2 if words[0] == "--library" else 1
        moved, words = moved + words[:size], words[size:]
    return words[:1] + moved + words[1:]


def _queries_apart(arguments: Sequence[str]) -> list[str]:
    """What a search leaves out ("-cat") is no option: all of ours but -h have two dashes."""
    words = list(arguments)
    if not words or words[0] not in ("find", "search"):
        return words
    return [f" {word}" if word[:1] == "-" and word[1:2] not in ("-", "") and word != "-h" else word for word in words]


def _run(options: argparse.Namespace) -> int:
    if options.command in WITHOUT_LIBRARY:
        return WITHOUT_LIBRARY[options.command](options)
    chosen = settings.load(paths.settings_file())
    if options.command == "evaluate":
        chosen = cli_evaluate.with_model(chosen, options.model)
    root = Path(os.path.realpath(options.library or paths.default_library()))
    library = _opener(options.command, chosen, root)()
    try:
        if options.command in WRITING:
            startup.settle(library)
        return int(COMMANDS[options.command](library, options))
    finally:
        startup.close_for_good(library)


def _opener(command: str, chosen: settings.Settings, root: Path) -> startup.OpenLibrary:
    """The settings' models. Every command goes on without a text tower, one that needs no model without any."""
    while True:
        try:
            return startup.library_opener(chosen, root)
        except ModelUnusable as error:
            without = settings.without_model(chosen, Path(str(error.fields["path"])))
            is_embedder = without.embedder_folder != chosen.embedder_folder
            if without == chosen or (is_embedder and command not in WITHOUT_MODEL):
                raise
            print(sentence(error), file=sys.stderr)
            if without.next_embedder_folder != chosen.next_embedder_folder:
                cli_changing.give_up(chosen, is_for_good=command in WRITING)
            chosen = without


def _index(library: Library, options: argparse.Namespace) -> int:
    missing = [path for path in options.paths if not os.path.lexists(path) and not _is_known(library, path)]
    if missing:
        raise PathMissing(path=shown(missing[0]))
    return _follow(library, [import_path(library, path) for path in options.paths], options)


def _is_known(library: Library, path: Path) -> bool:
    return any(root.path == Path(os.path.realpath(path)) for root in library.catalog.roots())


def _rescan(library: Library, options: argparse.Namespace) -> int:
    finds = [rescan(library, path) for path in options.paths] or [rescan(library)]
    return _follow(library, finds, options)


def _follow(library: Library, finds: Sequence[Iterator[Fact]], options: argparse.Namespace) -> int:
    """Drive the stages one after the other and close with one line of totals."""
    report = _Report(is_json=options.json)
    stages = [*finds, read_missing(library), place_missing(library), embed_missing(library), prepare_missing(library)]
    with report:
        for stage in stages:
            report.follow(stage)
        for stage in _following(cli_changing.switch_if_complete(library, options), options):
            report.follow(stage)
    report.close()
    return 0


def _following(library: Library, options: argparse.Namespace) -> Iterator[Iterator[Fact]]:
    """What is made once photos have their vectors."""
    yield tag_missing(library)
    if library.text_reader is not None:
        yield read_text_missing(library)
    if not options.no_captions:
        yield caption_missing(library)
    yield embed_captions(library)


class _Report:
    """Shows facts as they come: a bar on a terminal, lines elsewhere, objects with --json."""

    def __init__(self, *, is_json: bool) -> None:
        self._is_json = is_json
        self._bar = ProgressBar("photos", is_json=is_json)
        self._is_waiting = False
        self._totals = {"added": 0, "updated": 0, "unchanged": 0, "skipped": 0, "seconds": 0.0}
        self._left_out: dict[str, int] = {}

    def __enter__(self) -> _Report:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.end()

    def follow(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            self._show(fact)
        self._bar.end()

    def close(self) -> None:
        """The last line (or object): the totals of the whole command."""
        totals = self._totals | {"seconds": round(self._totals["seconds"], 2)}
        if self._is_json:
            print_json({**totals, "left_out": self._left_out})
            return
        for kind, number in sorted(self._left_out.items()):
            print(f"{number:,} {kind} left out")
        print(
            "{added} added, {updated} updated, {unchanged} unchanged, {skipped} skipped, {seconds} s".format(**totals)
        )

    def _show(self, fact: Fact) -> None:
        match fact:
            case Progress():
                self._is_waiting = False
                self._bar.advance(STAGES[fact.stage], fact.done, fact.total)
            case Skipped():
                self._say(
                    f"Skipped {shown(fact.path)}: {REASONS[fact.reason]}",
                    {"skipped": str(fact.path), "reason": fact.reason, "detail": fact.detail},
                )
            case FolderUnavailable():
                state = "is not there (offline); its photos stay" if fact.is_offline else "can't be read"
                detail = f" ({fact.detail})" if fact.detail and not fact.is_offline else ""
                told = {"unavailable": str(fact.path), "offline": fact.is_offline, "detail": fact.detail}
                self._say(f"{shown(fact.path)} {state}{detail}", told)
            case Waiting():
                if not self._is_waiting:
                    self._say("Waiting: another Oriel is running the models.", {"waiting": fact.stage})
                self._is_waiting = True
            case MovedToProcessor():
                self._say(
                    f"The graphics card has no memory left for {fact.model}; it goes on on the processor, more slowly",
                    {"model": fact.model, "moved_from": fact.device, "moved_to": "cpu"},
                )
            case Unavailable():
                why = "not installed" if fact.error is None else sentence(fact.error)
                self._say(_unavailable(fact), {"stage": fact.stage, "unavailable": why})
            case Summary():
                self._add(fact)

    def _add(self, summary: Summary) -> None:
        self._totals["seconds"] += summary.seconds
        self._totals["skipped"] += summary.skipped
        if summary.stage is Stage.FIND:
            for name in ("added", "updated", "unchanged"):
                self._totals[name] += getattr(summary, name)
        for kind, number in summary.left_out.items():
            self._left_out[kind] = self._left_out.get(kind, 0) + number

    def _say(self, line: str, as_json: dict[str, object]) -> None:
        if self._is_json:
            print_json(as_json)
        else:
            self._bar.say(line)


def _unavailable(fact: Unavailable) -> str:
    if fact.error is not None:
        return f"{STAGES[fact.stage]} is left out, all else works. {sentence(fact.error)}"
    return (
        "No captions: there is no BLIP model yet, all else works. 'oriel models download blip-base' brings one and "
        "'oriel models use blip-base' chooses it; so does the window, under Settings → Models."
    )


def _search(library: Library, options: argparse.Namespace) -> int:
    asked = " ".join(options.query).strip()
    query = parse(asked)
    for problem in query.problems:
        print(mistake(problem, asked), file=sys.stderr)
    if options.explain:
        _explain(query, options)
    _show_answer(library, find(library, query, wait_for_model=True), options, asked=asked)
    return 0


def _explain(query: Query, options: argparse.Namespace) -> None:
    """What each way to answer the query ranks by, and what must hold for it."""
    ways = [(way.text, [to_text(part) for part in way.conditions]) for way in alternatives(query.root)]
    if options.json:
        told = [{"words": text, "conditions": conditions} for text, conditions in ways]
        print_json({"query": to_text(query.root), "ways": told})
        return
    print(f"Understood: {shown(to_text(query.root)) or 'nothing to search for'}", file=sys.stderr)
    for text, conditions in ways:
        by = f"by “{shown(text)}”" if text else "newest first"
        print(
            f"  {by}{', where '.join(['', ' and '.join(map(shown, conditions))]) if conditions else ''}",
            file=sys.stderr,
        )


def _similar(library: Library, options: argparse.Namespace) -> int:
    path = Path(os.path.realpath(options.image))
    photo_id = library.catalog.photo_at(path)
    if photo_id is None and not path.exists():
        raise PathMissing(path=options.image)
    example = Example(Picture(path.name, path=path) if photo_id is None else photo_id)
    answer = find_like(library, [example], wait_for_model=photo_id is None)
    _show_answer(library, answer, options, examples=[example])
    return 0


def _show_answer(
    library: Library,
    answer: Answer,
    options: argparse.Namespace,
    *,
    asked: str = "",
    examples: Sequence[Example] = (),
) -> None:
    """The hits, with ``--explain`` each with its reasons; ``asked``, ``examples``: the question."""
    if answer.searched < answer.total and len(answer):
        print(f"Searching {answer.searched:,} of {answer.total:,} photos by meaning.", file=sys.stderr)
    if answer.unknown_language:
        print(UNKNOWN_LANGUAGE, file=sys.stderr)
    hits = [answer.hit(row) for row in range(min(len(answer), options.limit))]
    ids = [hit.photo_id for hit in hits]
    places, captions, tags = (
        library.catalog.paths(ids),
        library.catalog.captions_of(ids),
        library.catalog.tags_of(ids),
    )
    for row, hit in enumerate(hits):
        reasons = explain(library, asked, hit.photo_id, examples=examples) if options.explain else ()
        if row == answer.good and not options.json:
            print(WEAKER if row else NO_GOOD_MATCH, file=sys.stderr)
        if options.json:
            print_json(
                {
                    "path": str(places[hit.photo_id]),
                    "score": round(hit.score, 4),
                    "why": list(hit.why),
                    "good": hit.is_good,
                    "caption": captions.get(hit.photo_id),
                    "tags": [tag.name for tag in tags.get(hit.photo_id, ())],
                    **({"reasons": [reason_as_json(each) for each in reasons]} if options.explain else {}),
                }
            )
        else:
            why = f"  ({', '.join(hit.why)})" if hit.why else ""
            print(f"{hit.score:6.3f}  {shown(places[hit.photo_id])}{why}", flush=row + 1 == answer.good)
            for each in reasons:
                print(f"        {reason(each)}")
    if not hits and not options.json:
        print(_why_nothing(library, asked), file=sys.stderr)


def _why_nothing(library: Library, asked: str) -> str:
    if not len(library.catalog.scope_ids(Scope())):
        return LIBRARY_EMPTY
    missing = lack(library, asked)
    return "Nothing found." if missing is None else f"Nothing found. {lacking(missing)}"


def _list(library: Library, options: argparse.Namespace) -> int:
    table = library.catalog.table(Order.NEWEST, Scope())
    end = None if options.limit is None else options.offset + options.limit
    ids, taken = table.ids[options.offset : end].tolist(), table.taken_at[options.offset : end].tolist()
    places = library.catalog.paths(ids)
    for photo_id, seconds in zip(ids, taken, strict=True):
        when = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat(timespec="seconds")
        if options.json:
            print_json({"path": str(places[photo_id]), "taken": when})
        else:
            print(shown(places[photo_id]))
    return 0


def _remove(library: Library, options: argparse.Namespace) -> int:
    removed = sum(remove_path(library, path) for path in options.paths)
    if options.json:
        print_json({"removed": removed})
    else:
        print(f"{removed} removed from the library. The files are where they were.")
    return 0


def _evaluate(library: Library, options: argparse.Namespace) -> int:
    lines = cli_evaluate.read(options.queries)
    with _Report(is_json=False) as report:
        report.follow(embed_missing(library))
    return cli_evaluate.run(library, lines, options)


def _status(library: Library, options: argparse.Namespace) -> int:
    status, failures = startup.status(library), library.catalog.failures()
    roots = library.catalog.roots()
    told: dict[str, Any] = {
        "photos": status.photos,
        "embedded": status.embedded,
        "text_read": status.text_read,
        "captioned": status.captioned,
        "failed": status.failed,
        "failures": [
            {"path": str(each.path), "stage": each.stage, "reason": each.reason, "detail": each.detail}
            for each in failures
        ],
        **cli_changing.told_of(library),
        "folders": [{"path": str(root.path), "photos": root.photo_count, "offline": root.is_offline} for root in roots],
        "library": str(library.root),
    }
    if options.json:
        print_json(told)
        return 0
    for line in _status_lines(told):
        print(line)
    return 0


def _status_lines(told: dict[str, Any]) -> Iterator[str]:
    for name in ("library", "photos", "embedded", "text_read", "captioned", "failed"):
        yield f"{name.replace('_', ' '):10} {told[name]}"
    for failure in told["failures"]:
        yield f"    {shown(failure['path'])}: {REASONS[failure['reason']]}"
    yield from cli_changing.lines_of(told)
    for folder in told["folders"]:
        yield f"{'folder':10} {shown(folder['path'])} ({folder['photos']}{', offline' if folder['offline'] else ''})"


COMMANDS = {
    "index": _index,
    "rescan": _rescan,
    "find": _search,
    "search": _search,
    "similar": _similar,
    "list": _list,
    "remove": _remove,
    "status": _status,
    "evaluate": _evaluate,
}

WITHOUT_LIBRARY = {"models": cli_models.run}

WITHOUT_MODEL = ("list", "remove", "status")

WRITING = ("index", "rescan", "remove")


def _make_streams_lossless() -> None:
    """Print file names byte for byte as the disk has them, even where they are not valid text."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="surrogateescape" if os.name == "posix" else "replace")
