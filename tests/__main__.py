"""Runs every check in one command: `python -m tests`. What is green here is green in CI, which runs just this."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent

CHECKS = {
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "contracts": ["importlinter.cli", "lint"],
    "types": ["mypy"],
    "tests": ["pytest"],
}


BESIDE = "types"
"""Runs beside the others and is told last: it takes one processor most of a minute."""


def main(arguments: list[str]) -> int:
    """Run all checks (or those named, such as `python -m tests lint types`); 0 if every one passed."""
    names = arguments or list(CHECKS)
    with ThreadPoolExecutor() as pool, tempfile.TemporaryFile("w+") as output:
        later = pool.submit(_run, BESIDE, output) if BESIDE in names else None
        failed = [name for name in names if name != BESIDE and not _told(name, *_run(name))]
        if later is not None:
            passed = later.result()
            output.seek(0)
            print(f"== {BESIDE}", output.read(), sep="\n", end="")
            failed += [] if _told(BESIDE, *passed) else [BESIDE]
    if failed:
        print(f"Failed: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


def _run(name: str, output: IO[str] | None = None) -> tuple[bool, float]:
    """Whether a check passed, and its seconds; it prints into ``output``, or else where this program does."""
    if output is None:
        print(f"== {name}", flush=True)
    started = time.monotonic()
    ran = subprocess.run(_command(name), cwd=ROOT, env=_environment(), stdout=output, stderr=output, check=False)
    return ran.returncode == 0, time.monotonic() - started


def _told(name: str, has_passed: bool, seconds: float) -> bool:
    print(f"== {name}: {seconds:.0f} s", flush=True)
    return has_passed


def _command(name: str) -> list[str]:
    module, *rest = CHECKS[name]
    if module == "importlinter.cli":
        code = "import sys; from importlinter.cli import lint_imports_command as run; sys.exit(run())"
        return [sys.executable, "-c", code]
    if module == "pytest":
        rest += ["-n", str(_workers()), "--dist", "worksteal"]
    return [sys.executable, "-m", module, *rest]


def _workers() -> int:
    """A process for each processor that may be used, up to four: more would need more memory than they save time."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(4, usable)


def _environment() -> dict[str, str]:
    """No display is needed, no hub is asked, and each process of the tests computes on its own processor alone."""
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
