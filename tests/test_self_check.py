"""The self-check passes where Oriel is whole, and names what is broken where it is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MISSING = """
import sys
for name in ("faiss", "torch", "transformers"):
    sys.modules[name] = None
from app.__main__ import main
sys.exit(main(["--self-check"]))
"""


def self_check(home: Path, *start: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ORIEL_HOME": str(home)}
    return subprocess.run(
        [sys.executable, *start], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_a_whole_oriel_passes_its_self_check_and_touches_nothing_of_the_person(tmp_path: Path) -> None:
    ran = self_check(tmp_path / "home", "-m", "app", "--self-check")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[-1] == "Everything works."
    for part in (
        "Qt",
        "torch",
        "transformers",
        "downloads",
        "FAISS",
        "languages",
        "SQLite",
        "HEIC pictures",
        "AVIF pictures",
        "places",
        "starter",
        "library",
    ):
        assert any(line.startswith(f"ok      {part}") for line in lines), part
    assert not (tmp_path / "home").exists()


def test_missing_libraries_are_named_and_the_other_parts_are_checked_still(tmp_path: Path) -> None:
    ran = self_check(tmp_path / "home", "-c", MISSING)
    assert ran.returncode == 1
    lines = ran.stdout.splitlines()
    for part in ("FAISS", "torch", "transformers"):
        assert any(line.startswith(f"BROKEN  {part}: ") for line in lines), part
    for part in ("Qt", "languages", "SQLite", "HEIC pictures", "places"):
        assert any(line.startswith(f"ok      {part}") for line in lines), part
    assert lines[-1].startswith("Broken: torch, transformers, ")
    assert lines[-1].endswith("FAISS, starter model, library. Install Oriel again.")
