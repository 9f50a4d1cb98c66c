"""Proves that the frozen program's terminal does its work: fields, judging, measuring, a change of the search model."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from check_models import draw_photos, environment

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.cli_words import UNKNOWN_LANGUAGE  # noqa: E402
from tests import checkpoints  # noqa: E402

STARTER = "starter"


def main(program: Path) -> int:
    """0 if all of it works."""
    with tempfile.TemporaryDirectory() as folder:
        terminal = Terminal(program, Path(folder, "home"))
        faults = list(_faults(terminal, Path(folder)))
    sys.stdout.write(f"{'BROKEN ' if faults else 'ok     '} terminal: fields, judging, measuring, a change of model\n")
    sys.stdout.writelines(f"        {fault}\n" for fault in faults)
    return 1 if faults else 0


class Terminal:
    """Runs commands of the program on a library of its own; ``said`` is what the last one told people."""

    def __init__(self, program: Path, home: Path) -> None:
        home.mkdir()
        self.home = home
        self.said = ""
        self._program = program

    def told(self, *words: object) -> list[dict[str, Any]]:
        """What a command answers with ``--json``; nothing where it failed."""
        command = [self._program, "--json", *map(str, words)]
        ran = subprocess.run(
            command, env=environment(self.home), capture_output=True, text=True, encoding="utf-8", check=False
        )
        self.said = ran.stdout + ran.stderr
        return [json.loads(line) for line in ran.stdout.splitlines() if line[:1] == "{"] if ran.returncode == 0 else []


def _faults(terminal: Terminal, place: Path) -> Iterator[str]:
    model, photos = checkpoints.build_clip(place / "model"), draw_photos(place / "photos")
    (terminal.home / "settings.json").write_text(json.dumps({"embedder_folder": str(model)}), encoding="utf-8")
    if not any(told.get("added") == len(checkpoints.CLASSES) for told in terminal.told("index", photos)):
        yield f"it takes no photos in: {terminal.said}"
        return
    yield from _faults_of_search(terminal, place / "queries.tsv")
    terminal.told("models", "use", STARTER)
    terminal.told("rescan")
    if [told["model"] for told in terminal.told("status")] != [STARTER]:
        yield f"the search model does not change: {terminal.said}"
    if not terminal.told("find", "un chien qui court sur la plage") or UNKNOWN_LANGUAGE not in terminal.said:
        yield f"a query in a language that the model does not know goes unnoticed: {terminal.said}"
    yield from _faults_of_measuring(terminal)
    if not any(told.get("freed_bytes") for told in terminal.told("models", "drop-vectors")):
        yield f"the former model's vectors stay: {terminal.said}"


def _faults_of_search(terminal: Terminal, queries: Path) -> Iterator[str]:
    wanted = checkpoints.CLASSES.index(("red", "circle"))
    found = [Path(hit["path"]).stem for hit in terminal.told("find", "circle -blue rating:>=0")]
    if str(wanted) not in found[:3]:
        yield f"a query with fields does not find its photo, but {found}: {terminal.said}"
    queries.write_text(
        "".join(f"{number}.png\ta {colour} {shape}\n" for number, (colour, shape) in enumerate(checkpoints.CLASSES)),
        encoding="utf-8",
    )
    rows = [row for row in terminal.told("evaluate", queries) if row["signal"] == "meaning"]
    if not rows or any(row["recall_at_5"] < 1 for row in rows):
        yield f"judging search by texts does not find their photos: {terminal.said}"


def _faults_of_measuring(terminal: Terminal) -> Iterator[str]:
    """Ways are tried in a process of its own, which the frozen program has to start by itself."""
    told = terminal.told("models", "measure")
    if [row["model"] for row in told] != [STARTER] or not told[0]["per_second"] or _has_failed(told[0]):
        yield f"{STARTER} can't be measured: {terminal.said}"


def _has_failed(row: dict[str, Any]) -> bool:
    return any(trial["lost"] in ("failed", "crashed", "timed_out") for trial in row["tried"])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
