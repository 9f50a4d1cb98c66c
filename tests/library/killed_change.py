"""A program that changes the model of a library of colours, over and over, until it is killed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from app.library.models.changing import is_complete, prepare_missing, take_over
from app.library.models.spaces import drop_space, spaces
from app.startup import close_library
from tests.changing_models import MODELS, open_library


def main(root: Path) -> None:
    """Tells each step by a letter; the file beside the library stands for the settings."""
    told = root.with_name("models.json")
    while True:
        present, following = json.loads(told.read_text())
        library = open_library(root, present, following)
        for _ in prepare_missing(library):
            tell("p")
        if following and is_complete(library):
            take_over(library)
            tell("t")
            write(told, following, None)
            tell("s")
            close_library(library)
            library = open_library(root, following)
        for space in spaces(library):
            if not space.is_in_use:
                tell("d")
                drop_space(library, space.name)
        close_library(library)
        present, _ = json.loads(told.read_text())
        write(told, present, next(name for name in MODELS if name != present))


def tell(step: str) -> None:
    sys.stdout.write(step)
    sys.stdout.flush()


def write(told: Path, *models: str | None) -> None:
    beside = told.with_suffix(f".{os.getpid()}")
    beside.write_text(json.dumps(models))
    beside.replace(told)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
