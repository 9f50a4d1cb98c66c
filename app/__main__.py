"""Starts Oriel: no command opens the window; a command runs in the terminal (each imported only when chosen)."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Sequence

from app import logs

COMMANDS = ("index", "find", "search", "similar", "list", "remove", "status", "rescan", "models", "evaluate")
TERMINAL_OPTIONS = ("-h", "--help", "--version")
SELF_CHECK = "--self-check"
DECODER = "--decoder"
"""What the frozen program starts itself with, to decode pictures in that process."""
WRONG_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the window or one terminal command; returns the exit code."""
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except KeyboardInterrupt:  # Ctrl+C while the program is still being loaded
        sys.stderr.write("Stopped.\n")
        return 130


def _run(words: list[str]) -> int:
    if words[:1] == [DECODER]:
        from app.files.isolation import inside

        inside.main(words[1:])
    if words == [SELF_CHECK]:
        from app import self_check

        return self_check.main()
    if is_for_terminal(words):
        from app import cli

        return cli.main(words)
    mistyped = mistyped_command(words)
    if mistyped is not None:
        sys.stderr.write(
            f"“{mistyped}” is neither a command nor a file or folder here.\n"
            f"Commands: {', '.join(COMMANDS)}. “oriel --help” says what they do.\n"
        )
        return WRONG_USAGE
    from app.ui import application

    return application.main(words)


def main_window() -> int:
    """Open the window, whatever the arguments: the program that menus and file managers start."""
    logs.give_streams()
    from app.ui import application

    return application.main(sys.argv[1:])


def is_for_terminal(words: Sequence[str]) -> bool:
    """A first word that is a command is a command; ``--library DIR`` may stand before it."""
    rest = _after_library(words)
    return bool(rest) and (rest[0] in COMMANDS or rest[0] in (*TERMINAL_OPTIONS, "--json"))


def mistyped_command(words: Sequence[str]) -> str | None:
    """The first word if it can only have been meant as a command: a bare name, and nothing of that name is here."""
    first = next(iter(_after_library(words)), "")
    is_name = bool(first) and not first.startswith("-") and os.path.basename(first) == first  # noqa: PTH119 - as typed
    return first if is_name and not os.path.lexists(first) else None


def _after_library(words: Sequence[str]) -> list[str]:
    rest = list(words)
    while rest and rest[0].startswith("--library"):
        del rest[: 1 if "=" in rest[0] else 2]
    return rest


if __name__ == "__main__":
    multiprocessing.freeze_support()
    logs.give_streams()
    sys.exit(main())
