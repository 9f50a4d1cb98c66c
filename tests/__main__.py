"""Runs every check in one command: `python -m tests`. What is green here is green in CI, which runs just this."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

CHECKS = {
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "contracts": ["importlinter.cli", "lint"],
    "types": ["mypy"],
    "tests": ["pytest"],
}


def main(arguments: list[str]) -> int:
    """Run all checks (or those named, such as `python -m tests lint types`); 0 if every one passed."""
    failed = []
    for name in arguments or CHECKS:
        print(f"== {name}", flush=True)
        started = time.monotonic()
        if subprocess.run(_command(name), cwd=ROOT, env=_environment(), check=False).returncode != 0:
            failed.append(name)
        print(f"== {name}: {time.monotonic() - started:.0f} s", flush=True)
    if failed:
        print(f"Failed: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


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
